"""What becomes of what providers tell. Every event is kept once and goes through an action of the bank's.

Events come twice, late, in the wrong order, and before the order is known. Twice: the provider's id of the event, and
of the case for an opening, are idempotency keys. In the wrong order: a decision waits for its opening, a second round
for the first one, and whatever is older than what was carried out changes nothing. Too early: it waits, for moderators
to see, and is taken up as soon as it can be.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.utils.translation import gettext as _

from disputes.models import Chargeback, ProviderNotice
from disputes.providers.port import (
    DECIDED,
    EVENTS,
    EVIDENCE_DUE,
    FAILED,
    FIELDS,
    OPENED,
    REOPENED,
    SETTLED,
    Notice,
    Provider,
    providers,
)
from disputes.states import UNDECIDED, ChargebackReason, ChargebackState
from finance.models import Payment, Withdrawal
from orders.models import Order
from rulebook.actions import perform
from rulebook.actors import BANK, Actor
from rulebook.amending import current_rulebook
from rulebook.calendars import natural_days
from rulebook.clock import Clock, system
from rulebook.ids import parse_id
from rulebook.inputs import clean
from rulebook.money import Money
from rulebook.refusals import Busy, Invalid, NotFound, Refused
from rulebook.webhooks import TOLERANCE
from rulebook.webhooks.reading import BUSY, DONE, DUPLICATE, INVALID, REFUSED, folded

log = logging.getLogger("piepowder.providers")

AT_ONCE = 500
"""Waiting events that are tried in one go; of more, those that came last."""

OUTDATED, WAITING = "outdated", "waiting"


@dataclass(slots=True)
class Answer:
    """What came of an event. sentence: what it waits for, or what stood in the way."""

    notice: Notice
    result: str
    sentence: str = ""
    rule: str = ""
    chargeback: str = ""

    def shown(self) -> dict[str, Any]:
        more = {"sentence": self.sentence, "rule": self.rule, "chargeback": self.chargeback}
        return {"id": self.notice.id, "result": self.result} | {name: value for name, value in more.items() if value}


def actor_of(provider: Provider) -> Actor:
    """Who speaks: the provider itself, known by its code however it is called."""
    identity = uuid5(NAMESPACE_URL, f"piepowder:provider:{provider.code}")
    return Actor(kind=BANK, id=identity, name=provider.name, roles=frozenset({BANK}), door="webhook", key=provider.code)


def receive(provider: Provider, notices: Sequence[Notice], *, clock: Clock = system) -> list[Answer]:
    """Carry out what a provider tells, the oldest first; the answers stand in the order of the events."""
    desk = Desk(provider, clock)
    places = sorted(range(len(notices)), key=lambda place: _order(provider, notices[place]))
    answers = {place: desk.take(notices[place]) for place in places}
    return [desk.settled(answers[place]) for place in range(len(notices))]


def take_up_waiting(clock: Clock = system) -> int:
    """Carry out what could not be done when it came: orders have been entered since, fees been paid. Returns how many
    were carried out or refused. Harmless at any time and in several processes at once."""
    return sum(Desk(provider, clock).take_up() for provider in providers())


def _order(provider: Provider, notice: Notice) -> tuple[Any, int]:
    event = provider.event_of(notice.word)
    return notice.occurred_at, EVENTS.index(event) if event else len(EVENTS)


class Desk:
    """One provider's events being carried out, one after the other: there are few of them, and each moves money."""

    def __init__(self, provider: Provider, clock: Clock) -> None:
        self.provider, self.clock, self.actor = provider, clock, actor_of(provider)
        self.ended: dict[str, Answer] = {}

    # ------------------------------------------------------------------ once each

    def take(self, notice: Notice) -> Answer:
        """Keep it, and carry it out unless that was done before."""
        if notice.occurred_at - self.clock.now() > TOLERANCE:
            return Answer(notice, INVALID, _("This cannot have happened yet: look at the date and its offset."))
        row, made = ProviderNotice.objects.get_or_create(
            provider=self.provider.code,
            event_id=notice.id,
            defaults={
                "case_id": notice.case,
                "word": folded(notice.word),
                "payload": _payload(notice),
                "occurred_at": notice.occurred_at,
                "received_at": self.clock.now(),
            },
        )
        if not made and row.payload != _payload(notice):
            return Answer(notice, INVALID, _("Another event was sent under this id before."))
        if row.outcome:
            return Answer(notice, DUPLICATE, row.why if row.outcome != DONE else "")
        answer = self.carry_out(row, notice)
        if answer.result == DONE and notice.case:
            self.take_up(notice.case)
        return answer

    def take_up(self, case: str | None = None) -> int:
        """What waits, of one case or of all, the oldest first, for as long as something of it moves on."""
        moment = self.clock.now()
        days = current_rulebook().at(moment).cb.parked_event_days
        taken, tried = 0, -1
        while taken != tried:
            tried = taken
            rows = ProviderNotice.objects.filter(
                provider=self.provider.code,
                taken_at__isnull=True,
                received_at__gt=natural_days(moment, -days),
                **({} if case is None else {"case_id": case}),
            ).order_by("-received_at", "-id")[:AT_ONCE]
            notices = [(row, notice) for row in rows if (notice := self._read_again(row)) is not None]
            for row, notice in sorted(notices, key=lambda pair: _order(self.provider, pair[1])):
                taken += self.carry_out(row, notice).result not in (WAITING, BUSY)
        return taken

    def _read_again(self, row: ProviderNotice) -> Notice | None:
        """The event as it was kept; None for one that today's form refuses, which ends here: an adapter let it through."""
        try:
            return _notice(row.payload)
        except Invalid as fault:
            bare = Notice(id=row.event_id, word=row.word, occurred_at=row.occurred_at)
            self._note(row, Answer(bare, INVALID, fault.sentence))
            return None

    def settled(self, answer: Answer) -> Answer:
        """What waited when it came may have come to its end by what came after it."""
        return self.ended.get(answer.notice.id, answer) if answer.result == WAITING else answer

    def carry_out(self, row: ProviderNotice, notice: Notice) -> Answer:
        try:
            answer = self._do(notice)
        except Refused as refusal:
            answer = Answer(notice, REFUSED, refusal.sentence, refusal.rule)
        except (Invalid, NotFound) as fault:
            answer = Answer(notice, INVALID, fault.sentence)
        except Busy as twin:
            return Answer(notice, BUSY, twin.sentence)
        self._note(row, answer)
        return answer

    def _note(self, row: ProviderNotice, answer: Answer) -> None:
        """Two processes may have carried it out at once: whoever did it has the last word."""
        mine = ProviderNotice.objects.filter(pk=row.pk)
        waiting = mine.filter(taken_at__isnull=True)
        said = {"why": answer.sentence[:400], "rule": answer.rule}
        if answer.result == WAITING:
            if waiting.exclude(**said).update(**said):
                log.warning("event %s of provider %s waits: %s", row.event_id, row.provider, answer.sentence)
            return
        ends = mine if answer.result == DONE else waiting
        ends.update(taken_at=self.clock.now(), outcome=answer.result, **said)
        self.ended[answer.notice.id] = answer

    # ------------------------------------------------------------------ by kind

    def _do(self, notice: Notice) -> Answer:
        event = self.provider.event_of(notice.word)
        if event is None:
            return Answer(notice, WAITING, _("Nobody has translated {word} yet.").format(word=notice.word))
        if event in (SETTLED, FAILED):
            return self._withdrawal(event, notice)
        if not notice.case:
            raise Invalid({"case": [_("Name the case.")]})
        chargeback = Chargeback.objects.filter(provider=self.provider.code, reference=notice.case).first()
        if event == OPENED:
            return self._open(notice, chargeback)
        if chargeback is None:
            return Answer(notice, WAITING, _("The opening of case {case} has not come.").format(case=notice.case))
        if event == EVIDENCE_DUE:
            return Answer(notice, DONE, chargeback=chargeback.public_id)
        return self._go_on(event, notice, chargeback)

    def _open(self, notice: Notice, chargeback: Chargeback | None) -> Answer:
        if chargeback is not None:
            named = self._order_of(notice) if notice.order or notice.payment else None
            if named not in (None, chargeback.order_id):
                raise Invalid({"case": [_("This case is about another order.")]})
            return Answer(notice, OUTDATED, _("The case is open already."), chargeback=chargeback.public_id)
        order = self._order_of(notice)
        if order is None:
            said = notice.order or notice.payment or "—"
            return Answer(notice, WAITING, _("No order is known by {reference}.").format(reference=said))
        inputs = {
            "amount": notice.amount,
            "reason": notice.reason or (None if notice.code else ChargebackReason.OTHER.value),
            "network": self.provider.network_of(notice.network),
            "code": notice.code,
            "reference": notice.case,
            "provider": self.provider.code,
        }
        return self._perform("bank.chargeback", order, inputs, f"opened:{notice.case}", notice)

    def _order_of(self, notice: Notice) -> UUID | None:
        """By our id, or by the provider's reference of the payment. Invalid when the reference names several."""
        if notice.order:
            try:
                identity = parse_id(notice.order, Order.PREFIX)
            except ValueError:
                return None
            return identity if Order.objects.filter(pk=identity).exists() else None
        if not notice.payment:
            raise Invalid({"order": [_("Name the order, or the payment.")]})
        paid = Payment.objects.filter(provider=self.provider.payments, reference=notice.payment)
        found = list(paid.values_list("order_id", flat=True).distinct()[:2])
        if len(found) > 1:
            raise Invalid({"payment": [_("Several orders have this payment; name the order.")]})
        return found[0] if found else None

    def _go_on(self, event: str, notice: Notice, chargeback: Chargeback) -> Answer:
        """A decision, or another round: in its turn."""
        seen = ProviderNotice.objects.filter(provider=self.provider.code, case_id=notice.case).exclude(
            event_id=notice.id
        )
        done = [(row.occurred_at, self.provider.event_of(row.word)) for row in seen.filter(outcome=DONE)]
        now_in = max(1 + sum(kind == REOPENED for _at, kind in done), 2 if chargeback.reopened_at else 1)
        turn = _turn(event, notice, now_in, chargeback.state, [at for at, kind in done if kind != EVIDENCE_DUE])
        if turn == OUTDATED:
            return Answer(
                notice, OUTDATED, _("Something newer is known of this case."), chargeback=chargeback.public_id
            )
        earlier = seen.filter(taken_at__isnull=True, occurred_at__lt=notice.occurred_at).values_list("word", flat=True)
        if turn == WAITING or any(self.provider.event_of(word) in (DECIDED, REOPENED) for word in earlier):
            return Answer(notice, WAITING, _("What comes before it in this case has not come."))
        if event == REOPENED:
            return self._perform("bank.reopen", chargeback.id, {}, f"event:{notice.id}", notice)
        if notice.winner is None:
            raise Invalid({"winner": [_("Say who won: seller or buyer.")]})
        if chargeback.state == ChargebackState.PRE_ARBITRATION and chargeback.fee_paid_at is None:
            return Answer(notice, WAITING, _("The seller has not prepaid the fee yet."), "A70-13")
        return self._perform("bank.decide", chargeback.id, {"winner": notice.winner}, f"event:{notice.id}", notice)

    def _withdrawal(self, event: str, notice: Notice) -> Answer:
        try:
            identity = parse_id(notice.withdrawal, Withdrawal.PREFIX)
        except ValueError:
            raise Invalid({"withdrawal": [_("Name the withdrawal by its id.")]}) from None
        if not Withdrawal.objects.filter(pk=identity).exists():
            return Answer(notice, WAITING, _("No withdrawal is known by {id}.").format(id=notice.withdrawal))
        if event == SETTLED:
            return self._perform("bank.settle_withdrawal", identity, {}, f"event:{notice.id}", notice)
        inputs = {"reason": notice.text or _("The bank gave no reason.")}
        return self._perform("bank.fail_withdrawal", identity, inputs, f"event:{notice.id}", notice)

    def _perform(self, name: str, on: UUID, inputs: dict[str, Any], key: str, notice: Notice) -> Answer:
        done = perform(name, actor=self.actor, on=on, inputs=inputs, key=key, clock=self.clock)
        identity = done.answer.get("id", "") if notice.case else ""
        return Answer(notice, DONE, chargeback=identity)


def _turn(event: str, notice: Notice, now_in: int, state: str, done: list[Any]) -> str:
    """Whether the event is to be carried out now (done), has been overtaken (outdated), or comes too early (waiting).

    now_in: the round that the case is in. done: when what was carried out happened.
    """
    if notice.round is not None:
        wanted = notice.round if event == DECIDED else max(2, notice.round) - 1
        if wanted != now_in:
            return OUTDATED if wanted < now_in else WAITING
    elif done and notice.occurred_at < max(done):
        return OUTDATED
    return WAITING if event == REOPENED and state in UNDECIDED else DONE


def _payload(notice: Notice) -> dict[str, Any]:
    said = {name: getattr(notice, "word" if name == "event" else name) for name in FIELDS}
    return {name: _plain(value) for name, value in said.items() if value not in (None, "")}


def _plain(value: Any) -> Any:
    if isinstance(value, Money):
        return str(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def _notice(payload: dict[str, Any]) -> Notice:
    said = clean(FIELDS, payload)
    return replace(Notice(id="", word="", occurred_at=said["occurred_at"]), word=said.pop("event"), **said)
