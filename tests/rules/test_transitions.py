"""One table covers every transition: allowed from these states, refused from all others under the rule of the verb."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest

from rulebook.docket import Docket, tie
from rulebook.ids import new_id
from rulebook.models.base import KINDS, make
from rulebook.refusals import Refused
from rulebook.rule import _BY_DEADLINE, all_rules, rules_for_deadline, rules_of

UNSHIPPED = "awaiting_shipment partially_shipped"
EVERY_ORDER = "awaiting_payment awaiting_shipment partially_shipped shipped completed closed"
EVERY_PARCEL = "handed_over accepted in_transit arrived awaiting_pickup delivered failed returned"
EVERY_STORE = "preparing open suspended exiting closed"
EVERY_LISTING = "draft in_review live removed retired"
BEFORE = "awaiting_seller negotiating"
TALKING = "awaiting_seller negotiating arbitration platform_review"
RULED = "arbitration platform_review return_contested"
AT_THE_BANK = "received awaiting_evidence represented"
TRADING = "preparing open suspended"
UNENDED = f"{TALKING} awaiting_return return_in_transit return_contested"

# transition: (its rule, the states it may start from, what a wrong state is refused under, who, the causing deadline)
TABLE: dict[str, tuple[str, str, str, str, str | None]] = {
    "amendment.propose": ("A67-2", "proposed", "A67", "moderator", None),
    "amendment.approve": ("A67-2", "proposed", "A67-2", "moderator", None),
    "amendment.come_into_force": ("A67-2", "approved", "A67", "system", "announcement"),
    "amendment.withdraw": ("A67-2", "proposed approved", "A67-2", "moderator", None),
    "seller.enrol": ("A14-1", "registered submitted verified rejected suspended closed", "A14", "system", None),
    "store.enrol": ("A17-2", "preparing open suspended exiting closed", "A17", "system", None),
    "store.top_up": ("A73-2", "short below_half exhausted", "A73-2", "seller", None),
    "listing.enrol": ("A16-1", "draft in_review live removed retired", "A16", "system", None),
    "withdrawal.request": ("A66-1", "requested", "A66", "seller", None),
    "withdrawal.settle": ("A66-1", "requested approved sent", "A66-1", "bank", None),
    "withdrawal.fail": ("A66-1", "requested approved sent", "A66-1", "bank", None),
    "order.place": ("A32-1", "awaiting_payment", "A32", "buyer", None),
    "order.pay": ("A34-1", "awaiting_payment", "A32", "buyer", None),
    "order.close_unpaid": ("A32-1", "awaiting_payment", "A32", "system", "payment"),
    "order.close_unpaid_flash_sale": ("A32-2", "awaiting_payment", "A32", "system", "payment"),
    "order.open_cancellation": ("A33-1", UNSHIPPED, "A33-1", "buyer", None),
    "order.close_cancelled": ("cause", UNSHIPPED, "cause", "seller", None),
    "order.ship_part": ("A34-1", UNSHIPPED, "A34", "seller", None),
    "order.ship_rest": ("A35-1", UNSHIPPED, "A34", "seller", None),
    "order.cancel_by_silence": ("A33-5", UNSHIPPED, "A33", "system", "handling"),
    "order.cancel_part_shipped": ("A33-6", UNSHIPPED, "A33", "system", "handling"),
    "order.close_unshipped": ("A34-3", UNSHIPPED, "A34", "system", "handling"),
    "order.confirm": ("A35-5", "shipped", "A35", "buyer", None),
    "order.complete_by_time": ("A35-4", "shipped", "A35", "system", "receipt"),
    "order.complete_with_dispute": ("cause", "shipped", "cause", "system", None),
    "order.release_money": ("A62-1", "held", "A62", "system", "release"),
    "order.close_refunded": ("cause", "shipped completed", "cause", "system", None),
    "order.end_release": ("cause", "held frozen", "cause", "system", None),
    "cancellation.request": ("A33-1", "requested", "A33", "buyer", None),
    "cancellation.agree": ("A33-3", "requested", "A33", "seller", None),
    "cancellation.decline": ("A33-4", "requested", "A33", "seller", None),
    "cancellation.be_overtaken": ("A33-4", "requested", "A33", "seller", None),
    "cancellation.lapse_by_silence": ("A33-5", "requested", "A33", "system", "cancellation_answer"),
    "order.close_unanswered": ("cause", UNSHIPPED, "cause", "system", None),
    "cancellation.lapse": ("cause", "requested", "cause", "system", None),
    "shipment.scan": ("PRE-13", EVERY_PARCEL, "PRE-13", "carrier", None),
    "ruling.propose": ("A45-2", "proposed", "A45", "moderator", None),
    "ruling.come_into_force": ("A45-2", "proposed", "A45", "moderator", None),
    "dispute.open": ("A39-1", "awaiting_seller", "A39", "buyer", None),
    "dispute.revise": ("A40-1", BEFORE, "A39-4", "buyer", None),
    "dispute.withdraw": ("A39-4", TALKING, "A39-4", "buyer", None),
    "dispute.accept": ("A40-1", BEFORE, "A40", "seller", None),
    "dispute.reject": ("A41-1", "awaiting_seller", "A40", "seller", None),
    "dispute.resolve_by_silence": ("A40-2", "awaiting_seller", "A40", "system", "seller_response"),
    "dispute.make_offer": ("A41-1", TALKING, "A41", "seller", None),
    "dispute.accept_offer": ("A41-1", TALKING, "A41", "buyer", None),
    "dispute.escalate": ("A41-2", BEFORE, "A41", "system", "negotiation"),
    "dispute.escalate_early": ("A41-2", BEFORE, "A41-2", "buyer seller", None),
    "dispute.add_evidence": ("A43-3", UNENDED, "A43", "buyer seller", None),
    "dispute.decide": ("A45-2", RULED, "A45-2", "moderator", None),
    "dispute.refund_by_ruling": ("A45-2", RULED, "A45", "moderator", None),
    "dispute.refund_for_carrier": ("A38-5", RULED, "A38", "moderator", None),
    "dispute.reject_claim": ("AS-4", RULED, "AS", "moderator", None),
    "store.leave_plus": ("PLUS-14", "preparing open suspended", "PLUS-14", "seller", None),
    "store.join_plus": ("PLUS-15", "preparing open suspended", "PLUS-15", "seller", None),
    "store.be_taken_out_of_plus": ("PLUS-18", EVERY_STORE, "PLUS-18", "system", "plus_late"),
    "store.judge_delivery": ("PLUS-21", EVERY_STORE, "PLUS-21", "system", None),
    "store.block_countries": ("A38E-3", EVERY_STORE, "A38E", "moderator", None),
    "store.unblock_countries": ("A38E-3", EVERY_STORE, "A38E", "moderator", None),
    "delivery_template.write": ("A37-3", "in_use retired", "A37", "seller", None),
    "delivery_template.change": ("A37-3", "in_use", "A37-3", "seller", None),
    "delivery_template.retire": ("A37-3", "in_use", "A37-3", "seller", None),
    "listing.leave_plus_late": ("PLUS-17", EVERY_LISTING, "PLUS-17", "system", "plus_late"),
    "listing.block_countries": ("A38E-3", EVERY_LISTING, "A38E", "moderator", None),
    "listing.use_template": ("A37-3", EVERY_LISTING, "A37", "seller", None),
    "listing.demote": ("A31-2", EVERY_LISTING, "A31-2", "moderator", None),
    "listing.restore_ranking": ("A31-2", EVERY_LISTING, "A31-2", "moderator", None),
    "warehouse.declare": ("A38E-1", "declared", "A38E", "seller", None),
    "warehouse.answer_with_block": ("A38E-3", "declared_late", "A38E-3", "moderator", None),
    "warehouse.refer": ("A38E-4", "declared_late", "A38E-4", "moderator", None),
    "warehouse.excuse": ("A38E-3", "declared_late", "A38E-3", "moderator", None),
    "carrier_claim.file": ("A38-2", "open", "A38", "seller", None),
    "carrier_claim.pay": ("A38-2", "open unanswered", "A38-2", "carrier", None),
    "carrier_claim.refuse": ("A38-2", "open unanswered", "A38-2", "carrier", None),
    "carrier_claim.go_unanswered": ("A38-2", "open", "A38", "system", "carrier_answer"),
    "complaint.file": ("FB-17", "open", "FB-17", "buyer", None),
    "complaint.give_answer": ("FB-18", "open", "FB-18", "moderator", None),
    "complaint.become_overdue": ("FB-18", "open", "FB-18", "system", "answer"),
    "complaint.remind": ("FB-18", "open", "FB-18", "system", "answer_reminder"),
    "extension.request": ("A34-2", "requested", "A34", "buyer", None),
    "extension.grant": ("A34-2", "requested", "A34", "seller", None),
    "extension.decline": ("A34-2", "requested", "A34", "seller", None),
    "extension.lapse": ("cause", "requested", "cause", "system", None),
    "review.publish": ("A54-1", "published", "A54", "buyer seller", None),
    "review.add_supplement": ("FB-10", "published", "FB-10", "buyer", None),
    "review.answer": ("A57-1", "published", "A57-1", "buyer seller", None),
    "review.report": ("A59-1", "published", "A59-1", "buyer seller", None),
    "review.hide": ("A58-1", "published", "A58-1", "moderator", None),
    "review.restore": ("A58-1", "hidden", "A58-1", "moderator", None),
    "review.keep": ("A58-1", "published", "A58-1", "moderator", None),
    "review.delete_for_words": ("A59-1", "published hidden", "A59-1", "moderator", None),
    "shipment.look_false": ("A37-7", EVERY_PARCEL, "A37", "system", "first_scan"),
    "shipment.raise_doubt": ("V-16", EVERY_PARCEL, "V-16", "system", None),
    "shipment.clear": ("A37-7", EVERY_PARCEL, "A37-7", "moderator", None),
    "shipment.find_false": ("V-16", EVERY_PARCEL, "V-16", "moderator", None),
    "order.exclude": ("A58-1", EVERY_ORDER, "A58-1", "moderator", None),
    "order.include": ("A58-1", EVERY_ORDER, "A58-1", "moderator", None),
    "order.extend_receipt": ("A35-3", "shipped", "A35-3", "seller", None),
    "order.remind_of_receipt": ("A35-2", "shipped", "A35", "system", "receipt_reminder"),
    "order.remind_of_review": ("FB-7", "completed closed", "FB-7", "system", "review_reminder"),
    "order.close_for_false_shipping": ("V-17", "partially_shipped shipped", "V-17", "moderator", None),
    "order.open_extension": ("A34-2", UNSHIPPED, "A34", "buyer", None),
    "order.consent_to_method": ("A37-6", UNSHIPPED, "A37-6", "buyer", None),
    "order.ask_for_address": ("A70-6", f"awaiting_payment {UNSHIPPED}", "A70-6", "buyer", None),
    "order.check_address": ("A70-6", f"awaiting_payment {UNSHIPPED}", "A70-6", "seller", None),
    "order.report_shortage": ("PRE-9", UNSHIPPED, "PRE-9", "seller", None),
    "order.complain_to_carrier": ("A38-2", EVERY_ORDER, "A38-2", "seller", None),
    "order.remind_of_handling": ("A34-1", UNSHIPPED, "A34", "system", "handling_reminder"),
    "order.miss_plus_shipping": (
        "PLUS-17",
        "awaiting_shipment partially_shipped closed",
        "PLUS-17",
        "system",
        "plus_shipping",
    ),
    "order.miss_plus_delivery": (
        "PLUS-18",
        "awaiting_shipment partially_shipped shipped completed",
        "PLUS-18",
        "system",
        "plus_delivery",
    ),
    "order.remind_of_payment": ("PRE-7", "awaiting_payment", "PRE-7", "system", "payment_reminder"),
    "order.return_late_money": ("A32-1", EVERY_ORDER, "A32", "bank", None),
    "thread.write_about_product": ("FB-1", "open closed", "FB-1", "buyer seller", None),
    "thread.write_about_order": ("FB-2", "open closed", "FB-2", "buyer seller", None),
    "thread.write_to_support": ("FB-14", "open", "FB-14", "buyer moderator", None),
    "thread.open_chat": ("FB-14", "open", "FB-14", "buyer", None),
    "thread.close_chat": ("FB-16", "open", "FB-16", "buyer moderator", None),
    "thread.rate_chat": ("FB-16", "closed", "FB-16", "buyer", None),
    "dispute.remind_seller": ("A40-1", "awaiting_seller", "A40", "system", "seller_response_reminder"),
    "dispute.refund_for_untold_charges": ("A37-4", RULED, "A37", "moderator", None),
    "seller.close": ("A50-5", "registered submitted verified suspended", "A50", "system", "account_closed"),
    "store.fall_short": ("A73-2", "sufficient short below_half exhausted", "A73", "system", "security_taken"),
    "store.remind_of_top_up": ("A73-2", "short below_half exhausted", "A73", "system", "deposit_top_up_reminder"),
    "store.be_overdue": ("A73-2", "short below_half exhausted", "A73", "system", "deposit_top_up"),
    "store.join_cover": ("A51-1", TRADING, "A51-1", "seller", None),
    "store.leave_cover": ("A51-1", TRADING, "A51-1", "seller", None),
    "store.stop_cover": ("A48-1", EVERY_STORE, "A48-1", "moderator", None),
    "store.lose_cover": ("A48-1", EVERY_STORE, "A48", "system", "cover_abused"),
    "store.set_return_address": ("PLUS-27", TRADING, "PLUS-27", "seller", None),
    "store.freeze": ("cause", "open suspended", "cause", "system", None),
    "store.thaw": ("V-8", "suspended", "V-8", "system", "freeze"),
    "store.be_thawed": ("cause", "suspended", "cause", "system", None),
    "store.reopen": ("cause", "closed", "cause", "system", None),
    "seller.reopen": ("V-22", "closed", "V-22", "system", "account_reopened"),
    "store.close_account": ("A50-5", "preparing open suspended exiting", "A22-2", "moderator", None),
    "penalty.propose": ("V-6", "proposed", "V-6", "moderator", None),
    "penalty.confirm": ("V-7", "proposed", "V-22", "moderator", None),
    "penalty.appeal": ("V-22", "in_force", "V-22", "seller", None),
    "penalty.uphold": ("V-22", "appealed", "V-22", "moderator", None),
    "penalty.overturn": ("V-22", "appealed", "V-22", "moderator", None),
    "penalty.expire": ("V-2", "in_force appealed upheld", "V-2", "system", "expiry"),
    "penalty.end_sanction": ("V-7", "in_force appealed upheld", "V-7", "system", "sanction"),
    "order.close_charged_back": ("cause", "awaiting_shipment partially_shipped shipped", "cause", "system", None),
    "order.close_for_stolen_card": ("A70-2", "awaiting_shipment", "A70-2", "moderator", None),
    "order.hold_for_risk": ("A62-6", EVERY_ORDER, "A62-6", "moderator", None),
    "order.clear_risk": ("A62-6", EVERY_ORDER, "A62-6", "moderator", None),
    "order.hand_over_untold": ("A70-4", UNSHIPPED, "A34", "seller", None),
    "appeal.file": ("V-22", "open", "V-22", "buyer seller", None),
    "appeal.fail": ("V-22", "open", "V-22", "moderator", None),
    "appeal.succeed": ("V-22", "open", "V-22", "moderator", None),
    "chargeback.open": ("A69-2", "received", "A69", "bank", None),
    "chargeback.let_the_platform_check": ("A70-3", "received", "A70", "bank", None),
    "chargeback.ask_for_waybill": ("A70-4", "received", "A70", "bank", None),
    "chargeback.close_unshipped": ("A70-2", "received", "A70", "bank", None),
    "chargeback.remind": ("A70-11", "awaiting_evidence", "A70", "system", "chargeback_evidence_reminder"),
    "chargeback.represent": ("A70-11", "awaiting_evidence", "A70-11", "seller", None),
    "chargeback.ask_for_proof": ("A70-9", "received represented", "A70-9", "moderator", None),
    "chargeback.lose_by_silence": ("A70-12", "awaiting_evidence", "A70", "system", "chargeback_evidence"),
    "chargeback.lose_untold": ("A70-5", "awaiting_evidence", "A70", "system", "chargeback_evidence"),
    "chargeback.go_on_with_notice": ("A70-3", "awaiting_evidence", "A70", "system", "chargeback_evidence"),
    "chargeback.go_on_without_proof": ("A70-9", "awaiting_evidence", "A70", "system", "chargeback_evidence"),
    "chargeback.win": ("A69-2", AT_THE_BANK, "A69-2", "bank", None),
    "chargeback.lose": ("A69-2", AT_THE_BANK, "A69-2", "bank", None),
    "chargeback.lose_for_violation": ("A70-10", AT_THE_BANK, "A70", "bank", None),
    "chargeback.lose_unproven": ("A70-9", AT_THE_BANK, "A70", "bank", None),
    "chargeback.lose_unchecked": ("A70-7", AT_THE_BANK, "A70", "bank", None),
    "chargeback.lose_checked": ("A70-8", AT_THE_BANK, "A70", "bank", None),
    "chargeback.lose_not_shown": ("A70-5", AT_THE_BANK, "A70", "bank", None),
    "chargeback.lose_shipped": ("A70-3", AT_THE_BANK, "A70", "bank", None),
    "chargeback.reopen": ("A70-13", "won lost", "A70-13", "bank", None),
    "chargeback.remind_of_fee": ("A70-13", "pre_arbitration", "A70", "system", "pre_arbitration_fee_reminder"),
    "chargeback.prepay": ("A70-13", "pre_arbitration", "A70-13", "seller", None),
    "chargeback.lose_unpaid": ("A70-13", "pre_arbitration", "A70", "system", "pre_arbitration_fee"),
    "chargeback.win_finally": ("A70-16", "pre_arbitration", "A69-2", "bank", None),
    "chargeback.lose_finally": ("A70-15", "pre_arbitration", "A69-2", "bank", None),
    "chargeback.follow_dispute": (
        "A70-18",
        "received awaiting_evidence represented pre_arbitration",
        "A70",
        "system",
        None,
    ),
    "ruling.approve": ("A45-2", "proposed", "A45-2", "moderator", None),
    "ruling.send_back": ("A45-2", "proposed", "A45-2", "moderator", None),
    "dispute.wait_for_another_ruling": ("cause", RULED, "cause", "system", None),
    "ruling.fall": ("cause", "proposed", "cause", "system", None),
    "ruling.open_appeal": ("V-22", "in_force", "V-22", "buyer seller", None),
    "ruling.decide_appeal": ("V-22", "in_force", "V-22", "", None),
    "ruling.be_overturned": ("cause", "in_force", "cause", "system", None),
    "dispute.resolve": ("cause", UNENDED, "cause", "system", None),
    "dispute.await_return": (
        "cause",
        "awaiting_seller negotiating arbitration platform_review return_contested",
        "cause",
        "system",
        None,
    ),
    "dispute.remind_to_send": ("A44-1", "awaiting_return", "A44", "system", "return_shipment_reminder"),
    "dispute.ship_return": ("A44-1", "awaiting_return", "A44", "buyer", None),
    "dispute.remind_of_return": ("A44-3", "return_in_transit", "A44", "system", "return_receipt_reminder"),
    "dispute.bill_return": ("PLUS-11", "return_in_transit return_contested resolved", "PLUS-11", "carrier", None),
    "dispute.confirm_return": ("A44-3", "return_in_transit", "A44", "seller", None),
    "dispute.receive_by_silence": ("A44-4", "return_in_transit", "A44", "system", "return_receipt"),
    "dispute.receive_plus_by_silence": ("PLUS-25", "return_in_transit", "PLUS-25", "system", "return_receipt"),
    "dispute.contest_return": ("A44-5", "return_in_transit", "A44", "seller", None),
    "dispute.wait_too_long": ("A41-2", RULED, "A41", "system", "ruling"),
    "dispute.lapse": ("A44-2", "awaiting_return", "A44", "system", "return_shipment"),
    "dispute.follow_bank": ("A70-18", UNENDED, "A70", "system", None),
    "dispute.follow_order": ("V-17", UNENDED, "V-17", "system", None),
    "dispute.intervene": ("A43-2", TALKING, "A43-2", "moderator", None),
    "dispute.accept_suggestion": ("A43-2", TALKING, "A43-2", "buyer seller", None),
    "dispute.refund_from_cover": ("A47-1", RULED, "A47", "moderator", None),
    "dispute.rule_counterfeit": ("AS-5", RULED, "AS", "moderator", None),
    "dispute.open_with_logistics": ("A38-4", "awaiting_seller", "A38", "buyer", None),
    "dispute.open_with_cover": ("A46-1", "awaiting_seller", "A46", "buyer", None),
    "dispute.take_over": ("A45-1", "awaiting_seller negotiating platform_review", "A45-1", "moderator", None),
    "dispute.declare_not_covered": ("A42-1", "platform_review", "A42-1", "moderator", None),
    "dispute.request_help": ("A48-4", "platform_review", "A48-4", "moderator", None),
    "dispute.remind_of_help": ("A48-4", "platform_review", "A48", "system", "cooperation_reminder"),
    "dispute.cooperate": ("A48-4", "platform_review", "A48-4", "seller", None),
    "dispute.end_cover_for_silence": ("A48-5", "platform_review", "A48", "system", "cooperation"),
    "dispute.report_abuse_early": ("A49-1", "platform_review", "A49-1", "moderator", None),
    "dispute.report_abuse": (
        "A49-1",
        "awaiting_return return_in_transit return_contested resolved",
        "A49-1",
        "moderator",
        None,
    ),
    "dispute.open_plus_return": ("PLUS-7", "awaiting_seller", "PLUS-7", "buyer", None),
    "dispute.make_counter_offer": ("A41-1", TALKING, "A41", "buyer", None),
    "dispute.accept_counter_offer": ("A41-1", TALKING, "A41", "seller", None),
}
MACHINES = {
    "store.top_up": "deposit_status",
    "store.fall_short": "deposit_status",
    "store.remind_of_top_up": "deposit_status",
    "store.be_overdue": "deposit_status",
    "order.release_money": "release",
    "order.end_release": "release",
}


def law_of(act: str) -> Any:
    laws = rules_of(KINDS[act.partition(".")[0]]).values()
    return next(law for law in laws if law.machine_act == act)


def states_of(act: str) -> list[str]:
    kind = act.partition(".")[0]
    return [str(code) for code, _label in KINDS[kind]._meta.get_field(MACHINES.get(act, "state")).choices]


EVERY_STATE = [(act, state) for act in TABLE for state in states_of(act)]


def test_the_table_holds_every_transition_and_no_other() -> None:
    declared = {law.machine_act for laws in all_rules().values() for law in laws.values()}

    assert declared == set(TABLE)


@pytest.mark.parametrize("act", TABLE)
def test_a_transition_is_declared_as_the_table_says(act: str) -> None:
    law = law_of(act)
    rule, _states, otherwise, by, deadline = TABLE[act]

    assert (law.id, law.otherwise, set(law.by), law.deadline) == (rule, otherwise, set(by.split()), deadline)
    assert law.field == MACHINES.get(act, "state")


@pytest.mark.parametrize(("act", "state"), EVERY_STATE)
def test_a_transition_starts_from_its_states_and_no_others(
    act: str, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    law = law_of(act)
    subject = make(KINDS[act.partition(".")[0]])
    subject.__dict__[law.field] = state
    _rule, allowed, otherwise, *_ = TABLE[act]
    monkeypatch.setattr(law, "conditions", ())

    if state in allowed.split():
        law.check(subject, None)
        return
    with pytest.raises(Refused) as refusal:
        (law.call or law.check)(subject, None)  # refused before the docket is asked for anything
    assert (refusal.value.rule, refusal.value.says) == (otherwise, "wrong_state")
    assert subject.__dict__[law.field] == state


# ------------------------------------------------------------------ laws that share a deadline

SHARED = [key for key, laws in _BY_DEADLINE.items() if len(laws) > 1]


def combinations(**facts: list[Any]) -> list[dict[str, Any]]:
    return [dict(zip(facts, values, strict=True)) for values in product(*facts.values())]


def worlds(kind: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Every combination of the facts that conditions of deadlines look at: the subject's own, and its order's."""
    if kind == "order":
        return [
            (facts, {})
            for facts in combinations(
                flash_minutes=[None, 30],
                open_cancellation_id=[None, new_id()],
                open_dispute_id=[None, new_id()],
                units_shipped=[0, 1, 3],
                completed_at=[None, 1],
            )
        ]
    if kind == "dispute":
        return [({}, facts) for facts in combinations(plus=[False, True])]
    went_out = [{"units_shipped": 1}, {"units_shipped": 0, "handed_over_at": 1}]  # else it was closed at the intake
    own = combinations(reason=["stolen_card", "not_received"], proof_asked_at=[None, 1])
    return [(facts, order) for facts, order in product(own, went_out)]


def subject_in(model: Any, state: str, own: dict[str, Any], of_order: dict[str, Any]) -> Any:
    if model.KIND == "order":
        return make(model, state=state, units=3, **own)
    return tie(make(model, state=state, **own), order=make(KINDS["order"], units=3, **of_order))


def test_four_deadlines_are_shared_by_laws() -> None:
    assert sorted((model.KIND, name) for model, name in SHARED) == [
        ("chargeback", "chargeback_evidence"),
        ("dispute", "return_receipt"),
        ("order", "handling"),
        ("order", "payment"),
    ]


@pytest.mark.parametrize(("model", "name"), SHARED)
def test_laws_that_share_a_deadline_exclude_each_other_and_leave_no_gap(model: Any, name: str) -> None:
    laws = rules_for_deadline(model, name)
    docket: Docket = SimpleNamespace(deadline=lambda *_: None)  # type: ignore[assignment]
    seen = set()
    for state in model._meta.get_field("state").choices:
        for own, of_order in worlds(model.KIND):
            subject = subject_in(model, str(state[0]), own, of_order)
            applying = [law.name for law in laws if law.applies(subject, docket)]
            expected = 1 if any(state[0] in law.source for law in laws) else 0

            assert len(applying) == expected, (state[0], own, of_order, applying)
            seen.update(applying)
    assert seen == {law.name for law in laws}
