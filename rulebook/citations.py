"""Which rule is carried out where: collected while the code is imported, read by `manage.py rulebook`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from rulebook.articles import Article, all_rules, article

_places: dict[str, set[str]] = defaultdict(set)


def cite(rule_id: str, where: str) -> Article:
    """Record that `where` (a dotted name) carries out the rule; raises `UnknownRule` for one that is not there.

    A whole article may be cited (a refusal because of the object's state does); that covers none of its rules.
    """
    entry = article(rule_id)
    _places[entry.id].add(where)
    return entry


def citations() -> Mapping[str, tuple[str, ...]]:
    """Rule id → the places that cite it, sorted."""
    return {rule_id: tuple(sorted(places)) for rule_id, places in sorted(_places.items())}


def uncovered() -> list[Article]:
    """The rules that nothing cites, in the order of the rulebook."""
    return [entry for rule_id, entry in all_rules().items() if rule_id not in _places]
