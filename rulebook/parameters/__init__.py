"""Every number, table and switch of the rules: a dated value with a unit and the rule that it belongs to.

The values lie beside this module, one YAML file a group: `response_days` in `dispute.yaml` is `dispute.response_days`.
Dates are at 00:00 platform time; the value of a date holds until the next date, `~` repeals it from its date on.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from rulebook.articles import nearest
from rulebook.parameters.loading import read_parameters
from rulebook.parameters.parameter import (
    REPEALED,
    NoValueThen,
    Parameter,
    ParameterError,
    UnknownParameter,
)
from rulebook.parameters.tables import Structure, Table
from rulebook.parameters.units import coerce, describe, to_json
from rulebook.reading_yaml import yaml_files

__all__ = [
    "REPEALED",
    "NoValueThen",
    "Parameter",
    "ParameterError",
    "Structure",
    "Table",
    "UnknownParameter",
    "all_parameters",
    "coerce",
    "describe",
    "parameter",
    "split_key",
    "to_json",
]


@lru_cache(maxsize=1)
def all_parameters() -> Mapping[str, Parameter]:
    """Every parameter by its full key. Raises `ParameterError` if a file is wrong."""
    return read_parameters(yaml_files(__package__))


def parameter(key: str) -> Parameter:
    """The parameter with this full key. Raises `UnknownParameter`, naming the nearest known ones."""
    found = all_parameters().get(key)
    if found is None:
        near = nearest(key, all_parameters())
        hint = f"; nearest are {', '.join(near)}" if near else ""
        raise UnknownParameter(f"The rulebook has no parameter {key!r}{hint}")
    return found


def split_key(text: str) -> tuple[str, tuple[str, ...]]:
    """`commission.rate[home-garden]` → key and table key; without brackets the table key is empty.

    Raises `UnknownParameter`, also for a table key on a parameter that is no table.
    """
    key, bracket, rest = text.strip().partition("[")
    found = parameter(key)
    if not bracket:
        return key, ()
    named = tuple(part.strip() for part in rest.removesuffix("]").split(","))
    if not rest.endswith("]") or not all(named) or len(named) > len(found.keys):
        form = f"{key}[{', '.join(found.keys)}]" if found.keys else f"{key}, without brackets"
        raise UnknownParameter(f"{text!r} names no value of the rulebook; the form is {form}")
    return key, named
