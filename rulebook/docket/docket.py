"""The docket: what was loaded and locked, and everything that acts cause, written at the end in one go.

A transition changes its object and speaks to the docket. It never queries and never saves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.utils.translation import gettext as _

from rulebook.actors import SYSTEM, Actor
from rulebook.calendars import working_days
from rulebook.clock import Clock, system
from rulebook.docket.effects import PLATFORM, Call, Entry, Increment, NoticeDraft, Posting, TallyDraft, plain
from rulebook.docket.frame import Frame
from rulebook.docket.loading import brought_by
from rulebook.docket.taking_back import Act, copies
from rulebook.docket.waiting import Waiting
from rulebook.ids import new_id, public_id
from rulebook.models.base import KINDS
from rulebook.models.deadline import Deadline
from rulebook.money import Money
from rulebook.refusals import Missing, NotFound
from rulebook.rule import Rule
from rulebook.rules import Rulebook, Rules

T = TypeVar("T")


class Docket(Waiting):
    """One unit of work.

    `at` is the only "now" inside; `actor` who acts; `rules` the parameters in force at that moment. Objects come by
    `lock`; effects go by `add`, `post`, `set_deadline`, `meet`, `cancel`, `notify`, `increment`, `call`, `announce`, `because`.
    """

    def __init__(self, source: Any, actor: Actor, clock: Clock, rulebook: Rulebook) -> None:
        self.source, self.clock, self.rulebook = source, clock, rulebook
        self.actor, self.reason = actor, ""
        self.at: datetime = clock.now()
        self.recorded_at = self.at
        self.held: dict[UUID, Any] = {}
        self.bundles: dict[UUID, list[Any]] = {}
        self.pending: dict[UUID, dict[tuple[UUID, str], Deadline]] = {}
        self.balances: dict[tuple[UUID, str, str], int] = {}
        self.balances_of: set[UUID] = set()
        self.totals: dict[tuple[UUID, str], int] = {}
        self.totals_of: set[UUID] = set()
        self.counts: dict[tuple[UUID, str, datetime], int] = {}
        self.new: list[Any] = []
        self.journal: list[Entry] = []
        self.postings: list[Posting] = []
        self.notices: list[NoticeDraft] = []
        self.increments: list[Increment] = []
        self.tallies: list[TallyDraft] = []
        self.calls: list[Call] = []
        self.announced: list[tuple[str, Any]] = []
        self.settled: list[tuple[Deadline, dict[str, Any]]] = []  # deadlines that were ended, and how they were before
        self.touched: dict[UUID, Any] = {}
        self.amended = False
        self.quiet = False  # what happened long ago is told to nobody
        self.dirty = False
        self._frames: list[Frame] = []
        self._frame: Frame | None = None
        self._marked: list[Any] | None = None

    @classmethod
    @contextmanager
    def open(
        cls, *, actor: Actor = SYSTEM, clock: Clock = system, source: Any = None, rulebook: Rulebook | None = None
    ) -> Iterator[Docket]:
        """One database transaction around the block (with the memory source: nothing but the block); written when it ends."""
        if source is None:
            from rulebook.docket.postgres import PostgresSource

            source = PostgresSource()
        with source.transaction():
            docket = cls(source, actor, clock, rulebook or source.rulebook(clock.now()))
            yield docket
            docket.write()
        if docket.amended:
            from rulebook.amending import forget

            forget()

    # ------------------------------------------------------------------ what is there

    def lock(self, model: type[T], identity: UUID) -> T:
        """The object, locked by its root, with all that its rules read. NotFound when there is none."""
        found = self.held.get(identity)
        if found is None:
            self._bring(model, [identity])
            found = self.held.get(identity)
        if found is None or not isinstance(found, model):
            raise _there_is_no(model, identity)
        return found

    def lock_all(self, model: type[T], identities: Iterable[UUID]) -> list[T]:
        """Several at once, in the same number of statements; in the order asked for. NotFound when one is missing."""
        wanted = list(identities)
        missing = [identity for identity in wanted if identity not in self.held]
        if missing:
            self._bring(model, missing)
        absent = [identity for identity in wanted if not isinstance(self.held.get(identity), model)]
        if absent:
            raise _there_is_no(model, absent[0])
        return [self.held[identity] for identity in wanted]

    def _bring(self, model: type, identities: list[UUID]) -> None:
        known = None if self._marked is None else set(self.bundles)
        self.source.bring(self, model, identities)
        if self._marked is not None and known is not None:  # what comes in the middle of an act can be taken back, too
            self._marked += copies(self, (root for root in self.bundles if root not in known))

    def hold(self, obj: Any, root_id: UUID) -> None:
        """Called by the source for everything that it brings."""
        self.held[obj.id] = obj
        self.bundles.setdefault(root_id, []).append(obj)

    def read_now(self) -> None:
        """The locks are held: this is the moment."""
        self.at = self.recorded_at = max(self.clock.now(), self.at)

    @property
    def rules(self) -> Rules:
        """The parameters in force at the act's moment; inside a transition what is read is written into its entry."""
        rules = self.rulebook.at(self.at)
        return self._frame.reading(rules) if self._frame is not None else rules

    def rules_for(self, obj: Any, since: datetime | None = None) -> Rules:
        """The same, with the amendments whose scope covers the object: store before category before country.

        since: as of when a period began that has no deadline of its own; it keeps the value it was given.
        """
        if not self.rulebook.scoped:
            rules = self.rulebook.at(since or self.at)
        else:
            rules = self.rulebook.at(
                since or self.at,
                store=getattr(obj, "store_id", None) or (obj.id if obj.KIND == "store" else None),
                category=getattr(obj, "category", None),
                country=getattr(obj, "country", None),
            )
        return self._frame.reading(rules) if self._frame is not None else rules

    def working_days(self, days: int, since: datetime | None = None) -> datetime:
        """The end of that working day after `since` (default: now), by the platform's calendar."""
        platform = self.rules.platform
        calendar = {"zone": platform.tz, "country": platform.calendar, "declared": platform.holidays}
        return working_days(since or self.at, days, **calendar)

    @property
    def rule(self) -> str:
        """The id of the rule being carried out."""
        assert self._frame is not None, "outside a transition"
        return self._frame.rule_id

    # ------------------------------------------------------------------ effects

    def carrying_out(self, law: Rule, subject: Any) -> Frame:
        return Frame(self, law, subject)

    def because(self, **facts: Any) -> None:
        """Facts that decided, or that the sentence of the entry needs."""
        assert self._frame is not None, "facts belong to a transition"
        for name, value in facts.items():
            self._frame.facts[name] = plain(value)

    def also_under(self, rule_id: str) -> None:
        """A further rule that the transition rests on."""
        assert self._frame is not None
        if rule_id not in self._frame.rules:
            self._frame.rules.append(rule_id)

    def add(self, obj: T, into: list[Any] | None = None) -> T:
        """A new record. `into`: the list of its parent that it joins."""
        self.new.append(obj)
        self.held[obj.id] = obj  # type: ignore[attr-defined]
        root_id = obj.root_id  # type: ignore[attr-defined]
        self.bundles.setdefault(root_id, []).append(obj)
        if into is not None:
            into.append(obj)
        return obj

    def increment(self, model: type, identity: UUID, column: str, delta: int) -> None:
        """Add to a counter that lies in a row of its own; no lock is taken before writing."""
        if delta:
            self.increments.append(Increment(model, identity, column, delta))

    def tally(self, obj: Any, name: str, at: datetime, value: int) -> None:
        """Count something for the object's store; objects say what by `Measured.measures`."""
        self.tallies.append(TallyDraft(obj.book or PLATFORM, name, at, value, obj.root_id))

    def call(self, model: type, identity: UUID, store_id: UUID, name: str) -> None:
        """Have something done to an object that this act does not hold: a deadline due now on it, swept right after.

        The law of that deadline looks at the facts as they stand then; called twice before that, it runs once.
        """
        assert self._frame is not None, "a call is a consequence"
        self.calls.append(Call(model, identity, store_id, name, self._frame.rule_id, self.at))

    def post(
        self,
        kind: str,
        store_id: UUID,
        legs: Mapping[str, Money] | Iterable[tuple[str, Money]],
        *,
        order_id: UUID | None = None,
        key: str | None = None,
        reverses: UUID | None = None,
        **facts: Any,
    ) -> Posting:
        """Move money in a store's books. The legs sum to zero in each currency; a positive leg raises a platform liability
        (see `finance.accounts` for the signs). `key`: idempotency key (default: the entry and the kind)."""
        pairs = list(legs.items() if isinstance(legs, Mapping) else legs)
        rows = [(account, amount.minor, amount.currency) for account, amount in pairs if amount.minor]
        sums: dict[str, int] = {}
        for _account, minor, currency in rows:
            sums[currency] = sums.get(currency, 0) + minor
        if any(sums.values()):
            raise ValueError(f"{kind} does not balance: {pairs}")
        frame = self._frame
        posting = Posting(
            id=new_id(),
            store_id=store_id,
            kind=kind,
            legs=rows,
            order_id=order_id,
            entry_id=frame.entry.id if frame else None,
            rule=frame.rule_id if frame else "",
            effective_at=self.at,
            facts={name: plain(value) for name, value in facts.items()},
            key=key or "",
            reverses_id=reverses,
        )
        posting.key = key or f"{posting.entry_id or posting.id}:{kind}:{len(self.postings)}"
        self.postings.append(posting)
        self._count(posting, 1)
        if frame is not None and frame.entry.transaction_id is None:
            frame.entry.transaction_id = posting.id
        return posting

    def _count(self, posting: Posting, sign: int) -> None:
        for account, minor, currency in posting.legs:
            key = (posting.store_id, account, currency)
            self.balances[key] = self.balances.get(key, 0) + sign * minor

    def balance(self, store_id: UUID, account: str, currency: str) -> int:
        """A locked balance, in the ledger's sign. The action or the rule says ``needs=["balances"]`` to have it brought."""
        if store_id not in self.balances_of:
            raise Missing(("balances", store_id))
        return self.balances.get((store_id, account, currency), 0)

    def balances_in(self, store_id: UUID, account: str) -> dict[str, int]:
        """All currencies of one account that are not zero."""
        if store_id not in self.balances_of:
            raise Missing(("balances", store_id))
        return {
            cur: minor
            for (store, kind, cur), minor in self.balances.items()
            if store == store_id and kind == account and minor
        }

    def total(self, store_id: UUID, name: str) -> int:
        """A store's sum of all time (locked), without what this docket itself adds. Brought with ``needs=["totals"]``."""
        if store_id not in self.totals_of:
            raise Missing(("totals", store_id))
        return self.totals.get((store_id, name), 0)

    def counted_since(self, store_id: UUID, name: str, since: datetime) -> int:
        """A store's sum later than `since`, as it stood before this docket. Not locked: for limits that may be late by one."""
        found = self.counts.get((store_id, name, since))
        if found is None:
            raise Missing(("counts", store_id, name, since))
        return found

    # ------------------------------------------------------------------ words

    def notify(self, audience_kind: str, audience_id: UUID | None, code: str, subject: Any, **facts: Any) -> None:
        """Tell somebody, after the commit. `audience_id`: a buyer's id, a store's for its staff, none for moderators."""
        if self.quiet:
            return
        self.notices.append(
            NoticeDraft(
                store_id=subject.book or PLATFORM,
                root_kind=subject.root_kind,
                root_id=subject.root_id,
                subject_kind=subject.KIND,
                subject_id=subject.id,
                audience_kind=audience_kind,
                audience_id=audience_id,
                code=code,
                rule=self._frame.rule_id if self._frame else "",
                facts={name: plain(value) for name, value in facts.items()},
                effective_at=self.at,
            )
        )

    def announce(self, event: str, subject: Any) -> None:
        """Tell upper apps' followers; they run right after this act, each as an act of its own."""
        self.announced.append((event, subject))

    # ------------------------------------------------------------------ acts

    def act(self, roots: Iterable[UUID] | None = None) -> Act:
        """``with docket.act():`` one act: when it is refused or fails, everything that it changed is taken back, in memory too.

        roots: whose bundles it may change (default: all that is held).
        """
        return Act(self, roots)

    def write(self) -> None:
        """Hand everything to the source, once."""
        self._measure()
        if (
            self.dirty
            or self.new
            or self.journal
            or self.touched
            or self.postings
            or self.notices
            or self.increments
            or self.calls
        ):
            self.source.write(self)

    def _measure(self) -> None:
        """What changed objects count for their stores."""
        for root in {obj.root_id for obj in self.touched.values()}:
            for obj in self.bundles.get(root, ()):
                if getattr(type(obj), "MEASURED", False):
                    obj.remeasure(self)


def _there_is_no(model: Any, identity: UUID) -> NotFound:
    return NotFound(_("There is no {kind} {id}.").format(kind=model.KIND, id=public_id(model.PREFIX, identity)))


def subject_of(docket: Docket, deadline: Deadline) -> Any | None:
    """The object that a deadline is about, if it was brought."""
    found = docket.held.get(deadline.subject_id)
    return found if found is not None and isinstance(found, KINDS.get(deadline.subject_kind, ())) else None


def brought(obj: Any) -> Iterator[Any]:
    """Everything that came along with an object, one level deep."""
    for attribute in brought_by(type(obj)):
        value = obj.__dict__.get(attribute)
        if isinstance(value, list):
            yield from value
