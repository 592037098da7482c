"""The words at the end of an import."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from finance.accounts import ANY_SIGN, Account, shown
from orders.importing.olist import CURRENCY, Reading
from orders.importing.replay import BEFORE_THE_END, Early
from orders.importing.runs import Done
from orders.importing.tables import Rejects
from orders.importing.verifying_profiles import Check, Difference
from rulebook.articles import article
from rulebook.money import Money
from rulebook.parameters import split_key
from rulebook.zones import platform_zone


def lines_of(reading: Reading, rejects: Rejects, done: Done, overrides: Iterable[str] = ()) -> Iterator[str]:
    """Everything that went in comes out here: imported, skipped, refused or rejected. overrides: keys of parameters."""
    yield from _files(reading, rejects)
    yield from _remarks(reading, done)
    if not done.tally.stores:
        yield "Nothing was imported."
        return
    yield from _unread(done, overrides)
    yield from _ends(done)
    yield from _reviews(reading, done)
    yield from _refusals(done)
    yield from _money(done)
    yield from _verdict(done)


def _files(reading: Reading, rejects: Rejects) -> Iterator[str]:
    yield ""
    yield from _table(
        ("file", "rows", "used", "not needed", "rejected"),
        [(count.file, count.rows, count.used, count.not_needed, count.rejected) for count in reading.files],
    )
    yield ""
    if not rejects.reasons:
        yield "Rejected: nothing."
        return
    yield f"Rejected: {sum(rejects.reasons.values()):,} rows, written to {rejects.path}"
    for (file, kind), number in sorted(rejects.reasons.items(), key=lambda item: -item[1]):
        yield f"  {number:>9,}  {file}: {kind}"


def _remarks(reading: Reading, done: Done) -> Iterator[str]:
    tally = done.tally
    differ = reading.payments_differ
    yield ""
    if done.skipped:
        yield f"Already there: {done.skipped:,} stores with {done.skipped_orders:,} orders; nothing was added to them."
    for name, more in list(done.grown.items())[:10]:
        yield f"  {name} has {more:,} more orders in the files; a store is imported whole or not at all."
    if differ:
        off = Money(sum(abs(minor) for minor in differ.values()), CURRENCY)
        yield f"Payments that differ from items + freight: {len(differ):,} orders, by {off}; the latter was used."
    if tally.stores:
        yield f"Moments pulled up to that of the event before: {tally.pulled_up:,}."
    if tally.shortened:
        yield (
            f"Handling times above the rulebook's longest (order.stocking_days_max): {tally.shortened:,} orders, "
            f"the longest asked for {tally.longest_handling:,} days."
        )
    if reading.without_approval:
        yield f"Orders whose payment was never approved: {reading.without_approval:,}."
    if reading.unknown_categories:
        yield f"Items of categories that the commission table lacks: {reading.unknown_categories:,}; its row * applies."


def _unread(done: Done, overrides: Iterable[str]) -> Iterator[str]:
    read = done.rulebook.keys_read()
    for key in overrides:
        if split_key(key)[0] not in read:
            yield f"Note: {key} was overridden, but nothing here depends on it: the orders bring their own terms."


def _ends(done: Done) -> Iterator[str]:
    tally = done.tally
    yield ""
    yield f"{tally.orders:,} orders of {tally.stores:,} stores, by how they stand and the rule that decided it:"
    for (state, reason, rule), number in sorted(tally.ends.items(), key=lambda item: -item[1]):
        said = f"{state} ({reason})" if reason else state
        why = f"{rule:<8} {article(rule).title}" if rule else "still open"
        yield f"  {number:>9,}  {said:<36} {why}"
    never = tally.late - tally.late_shipped
    yield (
        f"Closed for late shipping (A34-3): {tally.late:,}; of these {tally.late_shipped:,} were really shipped, "
        f"after the handling period, and {never:,} never."
    )


EARLY = {
    Early.REFUSE: "the trade ends with the receipt window, since nobody confirmed; see --early-reviews",
    Early.WAIT: "it waited for the end of the trade",
    Early.CONFIRM: "it was taken as the word that the delivered goods are there (A35-5)",
}


def _reviews(reading: Reading, done: Done) -> Iterator[str]:
    """Of the reviews that were replayed: what was published, and why the others were not."""
    tally = done.tally
    if not reading.reviews:
        return
    asked = tally.reviews + sum(tally.reviews_refused.values())
    yield f"Reviews: {asked:,} replayed, {tally.reviews:,} published, {asked - tally.reviews:,} refused."
    if tally.helped:
        yield f"  {tally.helped:>9,}  published though written before the end of the trade: {EARLY[done.early]}"
    for (rule, why), number in sorted(tally.reviews_refused.items(), key=lambda item: -item[1]):
        more = f"; {EARLY[Early.REFUSE]}" if why == BEFORE_THE_END and done.early is Early.REFUSE else ""
        yield f"  {number:>9,}  {rule:<8} {why}{more}"


def _refusals(done: Done) -> Iterator[str]:
    tally = done.tally
    yield ""
    yield f"Acts: {tally.acts:,}; refused by a rule: {sum(tally.refused.values()):,}."
    for (action, rule), number in sorted(tally.refused.items(), key=lambda item: -item[1]):
        yield f"  {number:>9,}  {action:<28} {rule:<8} {article(rule).title}"
    for action, number in sorted(tally.not_reached.items()):
        yield f"  {number:>9,}  {action:<28} had nothing to act on: the act before it was refused"


def _money(done: Done) -> Iterator[str]:
    money = done.tally.money
    yield ""
    yield "Money by account:"
    order = {kind: place for place, kind in enumerate(Account.values)}
    for (account, currency), minor in sorted(money.items(), key=lambda item: (item[0][1], order[item[0][0]])):
        if minor:
            held = Money(minor, currency) if account in ANY_SIGN else shown(account, minor, currency)
            yield f"  {account:<16} {_grouped(held):>24}"


def _verdict(done: Done) -> Iterator[str]:
    tally = done.tally
    yield ""
    for fault in tally.faults[:20]:
        yield f"LEDGER: {fault}"
    if not tally.faults:
        yield f"Ledger verified: {tally.legs:,} legs; transactions sum to zero, balances are the sums of their legs."
    where = "in memory; nothing was kept" if done.memory else "into the database"
    rate = tally.orders / max(done.seconds, 0.001)
    took = f"{done.seconds:.1f} s, {rate:,.0f} orders/s (reading the files: {done.read_seconds:.1f} s)"
    yield f"{tally.entries:,} journal entries {where}. {took}."


def checked_lines(check: Check, differences: Sequence[Difference]) -> Iterator[str]:
    """What --verify found: nothing, or every figure that differs."""
    yield ""
    for difference in differences:
        yield f"DIFFERENT: {difference}"
    figures = len(next(iter(check.shown.values()), ()))
    zone = platform_zone()
    at = f"{check.at.astimezone(zone):%Y-%m-%d %H:%M:%S} ({zone.key})"
    found = f"{len(differences):,} differences" if differences else "no difference"
    yield (
        f"Profiles verified as of {at}: {len(check.retold.lives):,} stores, {figures} figures each, worked out from the "
        f"tables alone: {found}. {check.seconds:.1f} s."
    )


def _grouped(money: Money) -> str:
    whole, point, cents = money.amount.partition(".")
    return f"{int(whole):,}{point}{cents} {money.currency}"


def _table(header: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    cells = [header, *((str(row[0]), *(f"{number:,}" for number in row[1:])) for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(header))]
    for row in cells:
        yield "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
