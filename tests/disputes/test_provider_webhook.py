"""What providers tell by their webhook: who is believed, what becomes of it, and what does no harm."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO
from itertools import permutations
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.test import Client

from config.production import insecurities
from disputes.models import Chargeback, ProviderNotice
from disputes.providers import SANDBOX, port
from disputes.providers.port import DECIDED, MOST_EVENTS, Provider
from disputes.providers.receiving import take_up_waiting
from finance.models import Payment, Withdrawal
from orders.models import Order
from rulebook.clock import now
from rulebook.ids import new_id, public_id
from rulebook.models import JournalEntry
from rulebook.webhooks import sign
from tests.carriers.test_races import together
from tests.config.test_production import ADDRESS, SECURE
from tests.fair import Fair, build_fair

SECRET = "what the clerk and the sandbox bank know"


class Bank:
    """Speaks as the sandbox bank."""

    def __init__(self, provider: str = "sandbox", secret: str = SECRET) -> None:
        self.provider, self.secret, self.sent, self.client = provider, secret, 0, Client()

    def event(self, word: str, case: str = "cb_1", **more: Any) -> dict[str, Any]:
        self.sent += 1
        moment = more.pop("occurred_at", now() - timedelta(minutes=30) + timedelta(seconds=self.sent))
        return {
            "id": f"evt_{self.sent}",
            "event": f"chargeback.{word}",
            "case": case,
            "occurred_at": moment.isoformat(),
            **more,
        }

    def tell(self, *events: dict[str, Any]) -> list[str]:
        """In one notice that must be taken; the results."""
        status, answer = self.post(events)
        results = [row["result"] for row in answer["results"]]
        assert status == (202 if "waiting" in results else 200), answer
        return results

    def post(self, events: Any, **how: Any) -> tuple[int, Any]:
        return self.send(json.dumps({"events": events}).encode(), **how)

    def send(self, body: bytes, *, at: datetime | None = None, signature: str | None = None) -> tuple[int, Any]:
        header = sign(body, self.secret, at=at or now()) if signature is None else signature
        self.last = self.client.post(
            f"/webhooks/providers/{self.provider}/",
            body,
            content_type="application/json",
            headers={"X-Signature": header} if header else {},
        )
        return self.last.status_code, json.loads(self.last.content)


@pytest.fixture(autouse=True)
def secrets(settings: LazySettings) -> None:
    settings.PROVIDER_SECRETS = {"sandbox": (SECRET,)}


@pytest.fixture
def fair(db: None) -> Fair:
    return build_fair(begin=now() - timedelta(hours=1))


@pytest.fixture
def bank() -> Bank:
    return Bank()


def only() -> Chargeback:
    return Chargeback.objects.get()


def state_of(order: Order) -> tuple[Any, ...]:
    """All of it that order of arrival must not change."""
    found, order = Chargeback.objects.get(order_id=order.id), Order.objects.get(pk=order.id)
    return (
        found.state,
        found.decided_under,
        found.borne_by,
        found.taken_minor,
        order.state,
        order.refunded_minor,
        order.escrow_minor,
        order.open_chargebacks,
        order.chargebacks_count,
    )


# ------------------------------------------------------------------ who is believed


def test_a_signed_opening_makes_a_chargeback(fair: Fair, bank: Bank):
    order = fair.shipped("lantern")

    status, answer = bank.post(
        [bank.event("opened", order=order.public_id, amount="35.00 USD", network="Visa", code="13.1")]
    )

    found = only()
    assert (status, answer) == (
        200,
        {"results": [{"id": "evt_1", "result": "done", "chargeback": found.public_id}]},
    )
    assert (found.state, found.reason, found.network, found.code) == (
        "awaiting_evidence",
        "not_received",
        "visa",
        "13.1",
    )
    assert (found.provider, found.reference, found.amount_minor) == ("sandbox", "cb_1", 35_00)
    entry = JournalEntry.objects.get(subject_id=found.id)
    assert (entry.rule, entry.actor_kind, entry.actor_name, entry.door) == (
        "A69-2",
        "bank",
        "Sandbox Bank",
        "webhook sandbox",
    )


@pytest.mark.parametrize("signature", ["", "t=1,v1=" + "0" * 64, "nonsense", "\xff"])
def test_an_unsigned_notice_is_refused_and_changes_nothing(fair: Fair, bank: Bank, signature: str):
    order = fair.shipped("lantern")

    status, answer = bank.post([bank.event("opened", order=order.public_id)], signature=signature)

    assert (status, answer["code"]) == (401, "not_authenticated")
    assert bank.last["Content-Type"] == "application/problem+json"
    assert SECRET not in json.dumps(answer)
    assert not Chargeback.objects.exists()
    assert not ProviderNotice.objects.exists()


@pytest.mark.parametrize(("minutes", "status"), [(-6, 401), (-4, 202), (0, 202), (4, 202), (6, 401)])
def test_a_notice_is_good_for_five_minutes(db: None, bank: Bank, minutes: int, status: int):
    at = now() + timedelta(minutes=minutes)

    assert bank.post([bank.event("opened", order="ord_none")], at=at)[0] == status


def test_another_secret_is_not_believed(db: None):
    assert Bank(secret="a guess").post([])[0] == 401


@pytest.mark.parametrize("code", ["nobody", "SANDBOX", "x" * 400])
def test_providers_that_are_not_known_have_no_webhook(code: str):
    assert Bank(code).post([])[0] == 404


def test_a_provider_without_a_secret_has_no_webhook(settings: LazySettings):
    settings.PROVIDER_SECRETS = {}

    assert Bank().post([])[0] == 404


def test_production_refuses_weak_secrets():
    faults = list(insecurities({**SECURE, "PROVIDER_SECRETS": {"cards": ("short",)}}, ADDRESS))

    assert any("PIEPOWDER_PROVIDER_SECRETS" in fault for fault in faults)


# ------------------------------------------------------------------ what is not understood


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{not json", 400, "malformed"),
        (b"{}", 422, "invalid"),
        (b'{"events": []}', 422, "invalid"),
        (b'{"events": [3]}', 422, "invalid"),
        (json.dumps({"events": [{}] * (MOST_EVENTS + 1)}).encode(), 413, "too_large"),
        (b" " * 600_000, 413, "too_large"),
    ],
)
def test_what_cannot_be_read_is_a_problem_with_a_name(db: None, bank: Bank, body: bytes, status: int, code: str):
    answer = bank.send(body)

    assert (answer[0], answer[1]["code"]) == (status, code)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("occurred_at", "yesterday"),
        ("occurred_at", "2026-03-01T00:00:00"),
        ("amount", "much"),
        ("amount", "0.00 USD"),
        ("round", 0),
        ("winner", "nobody"),
        ("reason", "because"),
        ("id", ""),
        ("case", "a b"),
        ("text", "a\x07b"),
    ],
)
def test_a_field_that_makes_no_sense_is_named_and_nothing_is_done(fair: Fair, bank: Bank, field: str, value: Any):
    order = fair.shipped("lantern")
    good, bad = bank.event("opened", order=order.public_id), bank.event("opened", order=order.public_id)

    status, answer = bank.post([good, {**bad, field: value}])

    assert status == 422
    assert list(answer["errors"]) == [f"events[1].{field}"]
    assert not Chargeback.objects.exists()
    assert not ProviderNotice.objects.exists()


def test_an_event_from_the_future_is_not_believed(fair: Fair, bank: Bank):
    order = fair.shipped("lantern")

    assert bank.tell(bank.event("opened", order=order.public_id, occurred_at=now() + timedelta(hours=1))) == ["invalid"]


def test_a_rule_that_stands_in_the_way_is_told_and_kept(fair: Fair, bank: Bank):
    order = fair.placed("lantern")

    _status, answer = bank.post([bank.event("opened", order=order.public_id)])

    assert (answer["results"][0]["result"], answer["results"][0]["rule"]) == ("refused", "A69-1")
    assert ProviderNotice.objects.get().outcome == "refused"


def test_money_of_another_currency_is_invalid_and_kept(fair: Fair, bank: Bank):
    order = fair.shipped("lantern")

    assert bank.tell(bank.event("opened", order=order.public_id, amount="35.00 EUR")) == ["invalid"]
    assert ProviderNotice.objects.get().why


# ------------------------------------------------------------------ reasons, networks, references


@pytest.mark.parametrize(
    ("network", "code", "reason"),
    [
        ("visa", "10.4", "stolen_card"),
        ("Visa", "13.3", "not_as_described"),
        ("MC", "4837", "stolen_card"),
        ("mastercard", "4853", "not_received"),
        ("PAYPAL", "NOT_AS_DESCRIBED", "not_as_described"),
        ("visa", "99.9", "other"),
        ("rupay", "U009", "other"),
        ("", "", "other"),
    ],
)
def test_a_code_is_kept_and_says_the_family(fair: Fair, bank: Bank, network: str, code: str, reason: str):
    order = fair.shipped("lantern")
    said = {name: value for name, value in (("network", network), ("code", code)) if value}

    assert bank.tell(bank.event("opened", order=order.public_id, **said)) == ["done"]
    assert (only().reason, only().code) == (reason, code)


def test_a_reason_that_is_said_goes_before_the_code(fair: Fair, bank: Bank):
    order = fair.shipped("lantern")

    bank.tell(bank.event("opened", order=order.public_id, network="mastercard", code="4853", reason="not_as_described"))

    assert only().reason == "not_as_described"


def test_an_order_is_found_by_the_reference_of_its_payment(fair: Fair, bank: Bank):
    order = fair.shipped("lantern")
    reference = Payment.objects.get(order_id=order.id).reference

    assert bank.tell(bank.event("opened", payment=reference)) == ["done"]
    assert only().order_id == order.id


# ------------------------------------------------------------------ twice, late, in the wrong order


def test_an_event_that_is_sent_again_is_carried_out_once(fair: Fair, bank: Bank):
    order = fair.shipped("lantern")
    opened = bank.event("opened", order=order.public_id)
    lost = bank.event("decided", winner="buyer", round=1)

    assert [bank.tell(opened), bank.tell(opened), bank.tell(lost, opened), bank.tell(lost)] == [
        ["done"],
        ["duplicate"],
        ["done", "duplicate"],
        ["duplicate"],
    ]
    assert fair.fresh(order).refunded_minor == 100_00
    assert JournalEntry.objects.filter(subject_id=only().id).count() == 2


def test_a_case_that_is_opened_under_another_id_is_open_already(fair: Fair, bank: Bank):
    order = fair.shipped("lantern")

    results = [bank.tell(bank.event("opened", order=order.public_id)) for _ in range(2)]

    assert results == [["done"], ["outdated"]]
    assert only().number == 1


def test_a_case_is_about_one_order(fair: Fair, bank: Bank):
    order, other = fair.shipped("lantern"), fair.shipped("lamp")
    bank.tell(bank.event("opened", order=order.public_id))

    assert bank.tell(bank.event("opened", order=other.public_id)) == ["invalid"]
    assert bank.tell(bank.event("opened")) == ["outdated"]
    assert only().order_id == order.id


def test_what_pre_arbitration_ended_is_not_contested_once_more(db: None, bank: Bank):
    fair = build_fair(begin=now() - timedelta(days=16))
    fair.completed("palace")
    fair.advance("15d 1h")
    order = fair.shipped("lantern")
    bank.tell(bank.event("opened", order=order.public_id, network="mastercard", code="4853"))
    bank.tell(bank.event("decided", winner="seller", round=1), bank.event("reopened", round=2))
    fair.do("seller.pay_pre_arbitration_fee", on=only())
    bank.tell(bank.event("decided", winner="buyer", round=2))

    assert bank.tell(bank.event("reopened", round=3)) == ["refused"]
    assert bank.tell(bank.event("reopened")) == ["refused"]
    assert (only().state, only().decided_under) == ("lost", "A70-15")


def test_another_event_under_a_known_id_is_invalid(fair: Fair, bank: Bank):
    order = fair.shipped("lantern")
    opened = bank.event("opened", order=order.public_id)
    bank.tell(opened)

    assert bank.tell({**opened, "amount": "1.00 USD"}) == ["invalid"]
    assert only().amount_minor == 100_00


def test_a_decision_before_its_opening_waits_and_is_taken_up(fair: Fair, bank: Bank):
    order = fair.shipped("lantern")
    opened = bank.event("opened", order=order.public_id)
    won = bank.event("decided", winner="seller", round=1)

    assert bank.tell(won) == ["waiting"]
    assert bank.tell(opened) == ["done"]
    assert only().state == "won"
    assert bank.tell(won) == ["duplicate"]


def test_what_waits_for_something_in_the_same_notice_is_answered_as_done(fair: Fair, bank: Bank):
    order = fair.shipped("lantern")
    opened = bank.event("opened", order=order.public_id)
    won = bank.event("decided", winner="seller")

    assert bank.tell(won, opened) == ["done", "done"]


@pytest.mark.parametrize("counted", [True, False], ids=["with rounds", "without"])
def test_every_order_of_arrival_leads_to_the_same_state(fair: Fair, counted: bool):
    """Opened, evidence due, lost, contested: in all twenty-four orders, each event twice."""
    ends = set()
    for arrival in permutations(range(4)):
        bank, order = Bank(), fair.shipped("lantern")
        case = f"cb_{order.number}"
        rounds = iter((1, 2)) if counted else iter(())
        events = [
            bank.event("opened", case, order=order.public_id, network="visa", code="13.3"),
            bank.event("evidence_due", case, due_at=(now() + timedelta(days=5)).isoformat()),
            bank.event("decided", case, winner="buyer", **({"round": next(rounds)} if counted else {})),
            bank.event("reopened", case, **({"round": next(rounds)} if counted else {})),
        ]
        events = [{**event, "id": f"{case}-{event['id']}"} for event in events]
        for place in arrival:
            bank.tell(events[place])
            bank.tell(events[place])
        ends.add(state_of(order))

    assert ends == {("pre_arbitration", "A69-2", "seller", 100_00, "closed", 100_00, 0, 1, 1)}
    assert not ProviderNotice.objects.filter(taken_at__isnull=True).exists()


def test_an_older_event_after_a_newer_one_changes_nothing(fair: Fair, bank: Bank):
    order = fair.shipped("lantern")
    bank.tell(bank.event("opened", order=order.public_id))
    early = bank.event("reopened", occurred_at=now() - timedelta(days=3))
    late_first = bank.event("decided", winner="buyer", round=1)
    bank.tell(bank.event("decided", winner="seller"))
    bank.tell(bank.event("reopened"))

    assert bank.tell(early, late_first) == ["outdated", "outdated"]
    assert only().state == "pre_arbitration"


def test_the_last_decision_waits_for_the_seller_s_fee(db: None, bank: Bank):
    fair = build_fair(begin=now() - timedelta(days=16))
    fair.completed("palace")
    fair.advance("15d 1h")
    order = fair.shipped("lantern")
    bank.tell(bank.event("opened", order=order.public_id, network="mastercard", code="4853"))
    bank.tell(bank.event("decided", winner="seller", round=1), bank.event("reopened", round=2))
    final = bank.event("decided", winner="seller", round=2)

    status, answer = bank.post([final])
    assert (status, answer["results"][0]["result"], answer["results"][0]["rule"]) == (202, "waiting", "A70-13")

    fair.do("seller.pay_pre_arbitration_fee", on=only())
    assert take_up_waiting() == 1
    assert (only().state, only().decided_under) == ("won", "A70-16")


def test_a_decision_that_silence_came_before_is_refused_and_kept(fair: Fair, bank: Bank):
    order = fair.shipped("lantern")
    bank.tell(bank.event("opened", order=order.public_id))
    fair.advance("20d")

    assert bank.tell(bank.event("decided", winner="seller", round=1)) == ["refused"]
    assert (only().state, only().decided_under) == ("lost", "A70-12")


def test_an_unknown_order_waits_where_moderators_see_it(fair: Fair, bank: Bank):
    status, answer = bank.post([bank.event("opened", order=public_id("ord", new_id()))])

    assert (status, answer["results"][0]["result"]) == (202, "waiting")
    row = ProviderNotice.objects.get()
    assert (row.outcome, row.taken_at, row.case_id) == ("", None, "cb_1")
    assert "No order" in row.why
    assert take_up_waiting() == 0


def test_an_order_that_becomes_known_later_is_taken_up_with_all_that_waits_for_it(fair: Fair, bank: Bank):
    order = fair.shipped("lantern")
    reference = Payment.objects.get(order_id=order.id).reference
    Payment.objects.filter(order_id=order.id).update(reference="not told yet")
    assert bank.tell(bank.event("decided", winner="buyer"), bank.event("opened", payment=reference)) == [
        "waiting",
        "waiting",
    ]
    Payment.objects.filter(order_id=order.id).update(reference=reference)

    assert take_up_waiting() == 2
    assert (only().state, only().borne_by) == ("awaiting_evidence", "")


def test_a_word_that_nobody_has_translated_waits_for_its_translation(fair: Fair, bank: Bank, monkeypatch: Any):
    order = fair.shipped("lantern")
    bank.tell(bank.event("opened", order=order.public_id))
    assert bank.tell({**bank.event("decided", winner="buyer"), "event": "case.verdict"}) == ["waiting"]

    learned = replace(SANDBOX, words={**SANDBOX.words, "case.verdict": DECIDED})
    monkeypatch.setitem(port._PROVIDERS, "sandbox", learned)

    assert take_up_waiting() == 1
    assert only().state == "lost"


def test_what_cannot_be_read_any_more_does_not_stop_what_waits_beside_it(fair: Fair, bank: Bank, monkeypatch: Any):
    """An adapter may let through what the form of today refuses."""
    order = fair.shipped("lantern")
    bank.tell(bank.event("opened", order=order.public_id))
    bank.tell({**bank.event("decided", winner="buyer"), "event": "case.verdict"}, bank.event("decided", "cb_old"))
    old = ProviderNotice.objects.filter(case_id="cb_old")
    old.update(payload={**old.get().payload, "winner": "nobody"})
    learned = replace(SANDBOX, words={**SANDBOX.words, "case.verdict": DECIDED})
    monkeypatch.setitem(port._PROVIDERS, "sandbox", learned)

    assert take_up_waiting() == 1
    assert only().state == "lost"
    assert (old.get().outcome, "winner" in old.get().why) == ("invalid", True)


def test_what_waited_for_three_months_is_kept_and_tried_no_more(fair: Fair, bank: Bank):
    order = fair.shipped("lantern")
    bank.tell(bank.event("decided", winner="buyer"))
    ProviderNotice.objects.update(received_at=now() - timedelta(days=91))

    assert bank.tell(bank.event("opened", order=order.public_id)) == ["done"]
    assert only().state == "awaiting_evidence"
    assert ProviderNotice.objects.filter(taken_at__isnull=True).count() == 1


# ------------------------------------------------------------------ stolen cards, wallets, withdrawals


def test_a_stolen_card_of_an_unshipped_order_returns_the_money_at_once(fair: Fair, bank: Bank):
    order = fair.paid("lantern")

    bank.tell(bank.event("opened", order=order.public_id, network="visa", code="10.4"))

    assert (only().state, fair.fresh(order).close_reason) == ("closed", "chargeback")


def test_the_first_decision_of_two_channels_holds_in_both(fair: Fair, bank: Bank):
    order = fair.shipped("lantern")
    bank.tell(
        bank.event("opened", "card", order=order.public_id, network="visa"),
        bank.event("opened", "wallet", order=order.public_id, network="paypal"),
    )

    bank.tell(bank.event("decided", "wallet", winner="buyer", round=1))
    status, answer = bank.post([bank.event("decided", "card", winner="buyer", round=1)])

    assert (answer["results"][0]["result"], answer["results"][0]["rule"]) == ("refused", "A70-18")
    assert status == 200
    assert fair.fresh(order).refunded_minor == 100_00


@pytest.mark.parametrize(("word", "state"), [("withdrawal.settled", "paid"), ("withdrawal.failed", "failed")])
def test_a_withdrawal_ends_as_the_bank_says_once(fair: Fair, bank: Bank, word: str, state: str):
    fair.completed("lantern")
    fair.advance("16d")
    withdrawal = fair.do("seller.request_withdrawal", on=fair.store, amount="20.00 USD")
    event = {**bank.event("", ""), "event": word, "withdrawal": withdrawal.public_id}
    del event["case"]

    assert [bank.tell(event), bank.tell(event)] == [["done"], ["duplicate"]]
    assert Withdrawal.objects.get(pk=withdrawal.pk).state == state


def test_a_withdrawal_that_nobody_knows_waits(fair: Fair, bank: Bank):
    event = {**bank.event(""), "event": "withdrawal.settled", "withdrawal": public_id("wdr", new_id())}

    assert bank.tell(event) == ["waiting"]
    assert bank.tell({**bank.event(""), "event": "withdrawal.settled", "withdrawal": "nonsense"}) == ["invalid"]


def test_a_provider_translates_to_words_of_ours_only():
    with pytest.raises(ValueError, match="no event of ours"):
        Provider(code="cards", name="Cards", words={"boom": "explode"})


# ------------------------------------------------------------------ the sandbox command


def play(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command("sandbox_bank", *arguments, stdout=out, **options)
    return out.getvalue()


def test_the_sandbox_bank_asks_decides_and_asks_again(fair: Fair):
    order = fair.shipped("lantern")

    said = play(order.public_id, reason="not_received", network="visa")
    assert '"done"' in said
    assert only().state == "awaiting_evidence"

    play(order.public_id, decide="seller")
    assert only().state == "won"

    play(order.public_id, reopen=True)
    assert only().state == "pre_arbitration"


def test_the_sandbox_bank_sends_everything_twice_and_backwards(fair: Fair):
    order = fair.shipped("lantern")

    play(order.public_id, reason="not_received", decide="buyer", twice=True)

    assert only().state == "lost"
    assert fair.fresh(order).refunded_minor == 100_00


def test_the_sandbox_bank_says_so_when_nobody_answers(fair: Fair):
    with pytest.raises(CommandError, match="Nobody answers"):
        play(fair.shipped("lantern").public_id, reason="not_received", url="http://127.0.0.1:1")


def test_the_sandbox_bank_makes_nothing_up_in_production(settings: LazySettings):
    settings.PRODUCTION = True

    with pytest.raises(CommandError, match="production"):
        play("ord_none")


# ------------------------------------------------------------------ at once


@pytest.mark.django_db(transaction=True)
def test_a_notice_that_arrives_several_times_at_once_is_carried_out_once():
    fair, bank = build_fair(begin=now() - timedelta(hours=1)), Bank()
    order = fair.shipped("lantern")
    body = json.dumps(
        {
            "events": [
                bank.event("opened", order=order.public_id),
                bank.event("decided", winner="buyer", round=1),
                bank.event("reopened", round=2),
            ]
        }
    ).encode()

    answers = together(lambda: Bank().send(body))
    last = bank.send(body)

    assert {status for status, _answer in answers} <= {200, 202, 409}
    assert [row["result"] for row in last[1]["results"]] == ["duplicate"] * 3
    assert set(ProviderNotice.objects.values_list("outcome", flat=True)) == {"done"}
    assert state_of(order)[:6] == ("pre_arbitration", "A69-2", "seller", 100_00, "closed", 100_00)
    assert JournalEntry.objects.filter(subject_id=only().id).count() == 3


# ------------------------------------------------------------------ the console


def test_moderators_see_what_waits_and_why(fair: Fair, bank: Bank):
    order = fair.shipped("lantern")
    bank.tell(
        bank.event("opened", "cb_known", order=order.public_id), bank.event("opened", "cb_lost", order="ord_none")
    )
    browser = Client()
    browser.force_login(fair.moderators["arbitrator"])

    waiting = browser.get("/console/disputes/providernotice/?waits=1").content.decode()
    everything = browser.get("/console/disputes/providernotice/").content.decode()
    found = browser.get("/console/disputes/providernotice/?q=cb_known").content.decode()

    assert ("cb_lost" in waiting, "cb_known" in waiting, "No order is known" in waiting) == (True, False, True)
    assert ("cb_lost" in everything, "cb_known" in everything) == (True, True)
    assert ("cb_lost" in found, "done" in found) == (False, True)
