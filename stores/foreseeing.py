"""How a store's indicators would stand after an act that was only rehearsed: what it counts, added to what is counted now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from rulebook.docket.effects import TallyDraft
from rulebook.docket.postgres import PostgresSource
from rulebook.rules import Rules
from stores.health import Standing, standing
from stores.indicators import Figure, Indicator, figures, indicators


@dataclass(frozen=True, slots=True)
class Foreseen:
    """An indicator that would change. before, after: its values; stood, stands: against its limits."""

    indicator: Indicator
    before: Any
    after: Any
    stood: Standing | None
    stands: Standing | None

    @property
    def better(self) -> bool:
        if self.before is None or self.after is None:
            return False
        return bool((self.after > self.before) == self.indicator.higher_is_better)


def foreseen(
    store: Any, drafts: Iterable[TallyDraft], at: datetime, rules: Rules, codes: Iterable[str] | None = None
) -> list[Foreseen]:
    """Those of the indicators that the drafts change; one statement, none when nothing of the store is counted."""
    ours = [draft for draft in drafts if draft.store_id == store.id]
    wanted = [one for one in indicators().values() if codes is None or one.code in set(codes)]
    moved = {one.code: _moved(one, store.id, ours, at, rules) for one in wanted}
    touched = [one.code for one in wanted if any(moved[one.code])]
    if not touched:
        return []
    now = figures(PostgresSource(), store, at, rules, touched)
    return [change for code in touched if (change := _change(now[code], *moved[code], rules)) is not None]


def _moved(one: Indicator, store_id: UUID, drafts: list[TallyDraft], at: datetime, rules: Rules) -> tuple[int, int]:
    """What comes to its sums above and below the line."""
    return _sum(one, one.above, store_id, drafts, at, rules), _sum(one, one.below, store_id, drafts, at, rules)


def _sum(
    one: Indicator, names: Mapping[str, int], store_id: UUID, drafts: list[TallyDraft], at: datetime, rules: Rules
) -> int:
    if not names:
        return 0
    span = one.span(store_id, names, at, rules)
    return sum(
        draft.value * names[draft.name]
        for draft in drafts
        if draft.name in names
        and (span.since is None or draft.at > span.since)
        and (span.until is None or draft.at <= span.until)
    )


def _change(now: Figure, above: int, below: int, rules: Rules) -> Foreseen | None:
    one = now.indicator
    after = one.value(now.above + above, now.below + below, rules)
    if after == now.value:
        return None
    return Foreseen(one, now.value, after, standing(one.code, now.value, rules), standing(one.code, after, rules))
