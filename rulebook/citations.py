"""Which rule is carried out where: collected while the code is imported, read by `manage.py rulebook`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from rulebook.articles import Article, all_rules, article

F = TypeVar("F", bound=Callable[..., Any])

_places: dict[str, set[str]] = defaultdict(set)


def cite(rule_id: str, where: str) -> Article:
    """Record that `where` (a dotted name) carries out the rule; raises `UnknownRule` for one that is not there.

    A whole article may be cited (a refusal because of the object's state does); that covers none of its rules.
    """
    entry = article(rule_id)
    _places[entry.id].add(where)
    return entry


def formula(*rule_ids: str) -> Callable[[F], F]:
    """Say of a function that it is what these rules compute."""

    def declare(function: F) -> F:
        for rule_id in rule_ids:
            cite(rule_id, function.__qualname__)
        return function

    return declare


def citations() -> Mapping[str, tuple[str, ...]]:
    """Rule id → the places that cite it, sorted."""
    return {rule_id: tuple(sorted(places)) for rule_id, places in sorted(_places.items())}


def uncovered() -> list[Article]:
    """The rules that nothing cites, in the order of the rulebook."""
    return [entry for rule_id, entry in all_rules().items() if rule_id not in _places]
