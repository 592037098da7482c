"""Read the rulebook's YAML files strictly: no floats, no doubled keys, no surprises with `NO` or `off`."""

from __future__ import annotations

import re
from decimal import Decimal
from importlib import resources
from typing import Any

import yaml

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _StrictLoader(_Base):
    """YAML 1.1 less its traps: `NO` is a country, `off` a word, 0.5 an exact decimal."""


# Only `true` and `false` are booleans here; the country code NO and the word `off` stay text.
_StrictLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in _Base.yaml_implicit_resolvers.items()
}
_StrictLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def _decimal(loader: Any, node: yaml.ScalarNode) -> Decimal:
    return Decimal(loader.construct_scalar(node))


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    found: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in found:
            line = key_node.start_mark.line + 1
            raise yaml.constructor.ConstructorError(None, None, f"{key} is written twice (line {line})")
        found[key] = loader.construct_object(value_node, deep=True)
    return found


_StrictLoader.add_constructor("tag:yaml.org,2002:float", _decimal)
_StrictLoader.add_constructor("tag:yaml.org,2002:map", _mapping)


def parse(text: str) -> Any:
    """The document in `text`. Raises `yaml.YAMLError`, also for a key that is written twice."""
    return yaml.load(text, Loader=_StrictLoader)  # a safe loader, made stricter


def yaml_files(package: str) -> dict[str, str]:
    """Name without suffix → text, of every YAML file that lies in the package, by name."""
    folder = resources.files(package)
    return {
        entry.name.removesuffix(".yaml"): entry.read_text(encoding="utf-8")
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".yaml")
    }
