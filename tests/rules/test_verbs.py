"""A verb that comes at the wrong time is refused under its own rule, at the door; and only by who may take it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from rulebook.actions import actions, perform
from rulebook.actors import BANK, BUYER, CARRIER, MODERATOR, PERMISSIONS, PLATFORM_ROLES, SELLER, STAFF_ROLES, Actor
from rulebook.articles import matches
from rulebook.ids import new_id
from rulebook.inputs import Amount, Anything, Choice, Codes, Reference, Rows, Text, Whole
from rulebook.refusals import Forbidden, NotDone, NotFound, Refused
from tests.court import Court

TALKING = "awaiting_seller negotiating arbitration platform_review"
UNENDED = f"{TALKING} awaiting_return return_in_transit return_contested"

# verb: (the rule that a wrong state is refused under, the states that are right)
VERBS = {
    "buyer.pay": ("A32", "awaiting_payment"),
    "buyer.request_cancellation": ("A33-1", "awaiting_shipment partially_shipped"),
    "seller.agree_cancellation": ("A33", "requested"),
    "seller.decline_cancellation": ("A33", "requested"),
    "seller.ship": ("A34", "awaiting_shipment partially_shipped"),
    "buyer.confirm_receipt": ("A35", "shipped"),
    "buyer.open_dispute": ("A39", "shipped completed"),
    "buyer.revise_dispute": ("A39-4", "awaiting_seller negotiating"),
    "buyer.withdraw_dispute": ("A39-4", TALKING),
    "seller.accept_dispute": ("A40", "awaiting_seller negotiating"),
    "seller.reject_dispute": ("A40", "awaiting_seller"),
    "seller.make_offer": ("A41", TALKING),
    "buyer.accept_offer": ("A41", TALKING),
    "buyer.escalate": ("A41-2", ""),
    "seller.escalate": ("A41-2", ""),
    "buyer.make_offer": ("A41", TALKING),
    "seller.accept_offer": ("A41", TALKING),
    "buyer.claim_late_delivery": ("AS-3", "shipped completed"),
    "moderator.intervene": ("A43-2", TALKING),
    "buyer.accept_suggestion": ("A43-2", TALKING),
    "seller.accept_suggestion": ("A43-2", TALKING),
    "buyer.add_evidence": ("A43", UNENDED),
    "seller.add_evidence": ("A43", UNENDED),
    "buyer.ship_return": ("A44", "awaiting_return"),
    "seller.confirm_return": ("A44", "return_in_transit"),
    "seller.contest_return": ("A44", "return_in_transit"),
    "carrier.bill_return": ("PLUS-11", "return_in_transit return_contested resolved"),
    "moderator.take_over": ("A45-1", "awaiting_seller negotiating platform_review"),
    "moderator.declare_not_covered": ("A42-1", "platform_review"),
    "moderator.request_cooperation": ("A48-4", "platform_review"),
    "seller.cooperate": ("A48-4", "platform_review"),
    "moderator.report_abuse": (
        "A49-1",
        "platform_review resolved awaiting_return return_in_transit return_contested",
    ),
    "moderator.rule": ("A45-2", "arbitration platform_review return_contested"),
    "moderator.approve_ruling": ("A45", "proposed"),
    "moderator.send_back_ruling": ("A45", "proposed"),
    "buyer.appeal": ("V-22", "in_force"),
    "seller.appeal": ("V-22", "in_force"),
    "moderator.decide_appeal": ("V-22", "in_force"),
    "moderator.decide_appeal_itself": ("V-22", "open"),
    "moderator.confirm_penalty": ("V-22", "proposed"),
    "seller.appeal_penalty": ("V-22", "in_force"),
    "moderator.decide_penalty_appeal": ("V-22", "appealed"),
    "moderator.close_account": ("A22-2", "preparing open suspended exiting"),
    "seller.join_cover": ("A51-1", "preparing open suspended"),
    "seller.leave_cover": ("A51-1", "preparing open suspended"),
    "seller.set_return_address": ("PLUS-27", "preparing open suspended"),
    "moderator.confirm_stolen_card": ("A70-2", "awaiting_shipment"),
    "bank.decide": ("A69-2", "received awaiting_evidence represented pre_arbitration"),
    "bank.reopen": ("A70-13", "won lost"),
    "seller.submit_chargeback_evidence": ("A70-11", "awaiting_evidence"),
    "seller.pay_pre_arbitration_fee": ("A70-13", "pre_arbitration"),
    "moderator.request_shipping_proof": ("A70-9", "received represented"),
    "bank.settle_withdrawal": ("A66-1", "requested approved sent"),
    "bank.fail_withdrawal": ("A66-1", "requested approved sent"),
    "seller.leave_plus": ("PLUS-14", "preparing open suspended"),
    "seller.join_plus": ("PLUS-15", "preparing open suspended"),
    "moderator.block_for_warehouse": ("A38E-3", "declared_late"),
    "moderator.refer_warehouse": ("A38E-4", "declared_late"),
    "moderator.excuse_warehouse": ("A38E-3", "declared_late"),
    "seller.change_delivery_template": ("A37-3", "in_use"),
    "seller.retire_delivery_template": ("A37-3", "in_use"),
    "buyer.request_handling_extension": ("A34", "awaiting_shipment partially_shipped"),
    "seller.grant_extension": ("A34", "requested"),
    "seller.decline_extension": ("A34", "requested"),
    "seller.extend_receipt": ("A35-3", "shipped"),
    "buyer.consent_method": ("A37-6", "awaiting_shipment partially_shipped"),
    "buyer.request_address_change": ("A70-6", "awaiting_payment awaiting_shipment partially_shipped"),
    "seller.check_address": ("A70-6", "awaiting_payment awaiting_shipment partially_shipped"),
    "seller.report_shortage": ("PRE-9", "awaiting_shipment partially_shipped"),
    "carrier.answer_claim": ("A38-2", "open unanswered"),
    "buyer.follow_up_review": ("FB-10", "published"),
    "seller.reply_to_review": ("A57-1", "published"),
    "buyer.reply_to_review": ("A57-1", "published"),
    "seller.report_review": ("A59-1", "published"),
    "buyer.report_review": ("A59-1", "published"),
    "moderator.hide_review": ("A58-1", "published"),
    "moderator.restore_review": ("A58-1", "hidden"),
    "moderator.keep_review": ("A58-1", "published"),
    "moderator.delete_review": ("A59-1", "published hidden"),
    "moderator.answer_chat": ("FB-14", "open"),
    "buyer.close_chat": ("FB-16", "open"),
    "moderator.close_chat": ("FB-16", "open"),
    "buyer.rate_chat": ("FB-16", "closed"),
    "moderator.answer_complaint": ("FB-18", "open"),
}
# verbs that any state allows; other facts decide
ALWAYS = {
    "moderator.block_countries",
    "moderator.unblock_countries",
    "moderator.block_listing_countries",
    "moderator.demote_listing",
    "moderator.restore_ranking",
    "seller.use_delivery_template",
    "seller.complain_carrier",
    "moderator.clear_shipment",
    "moderator.find_false_shipping",
    "seller.request_withdrawal",
    "buyer.review",
    "seller.review_buyer",
    "moderator.exclude_order",
    "moderator.include_order",
    "moderator.hold_order",
    "moderator.clear_order",
    "moderator.stop_cover",
    "bank.chargeback",
}

ADDRESS = {"name": "Xu", "street": "1 Hill Road", "city": "Yiwu", "country": "CN"}
PROMISE = {"country": "US", "carrier_charges": "none", "duties": "none", "vat": "none"}
OWNERS = {"owner"}
MANAGERS = {"owner", "manager"}
JUDGES = {"arbitrator", "senior_arbitrator"}
WATCHERS = frozenset({"kyc_reviewer", "listing_reviewer", "senior_arbitrator"})
# verb: the roles of its kind that may
MAY = {
    **dict.fromkeys(["seller.ship"], MANAGERS | {"fulfilment"}),
    **dict.fromkeys(
        ["seller.agree_cancellation", "seller.decline_cancellation", "seller.message"], MANAGERS | {"support"}
    ),
    **dict.fromkeys(
        [
            "seller.accept_dispute",
            "seller.reject_dispute",
            "seller.make_offer",
            "seller.escalate",
            "seller.add_evidence",
            "seller.accept_offer",
            "seller.accept_suggestion",
            "seller.confirm_return",
            "seller.contest_return",
            "seller.cooperate",
            "seller.appeal",
            "seller.appeal_penalty",
            "seller.submit_chargeback_evidence",
        ],
        MANAGERS | {"support"},
    ),
    **dict.fromkeys(
        [
            "seller.leave_plus",
            "seller.join_plus",
            "seller.declare_warehouse",
            "seller.join_cover",
            "seller.leave_cover",
            "seller.set_return_address",
        ],
        OWNERS,
    ),
    **dict.fromkeys(
        [
            "seller.create_delivery_template",
            "seller.change_delivery_template",
            "seller.retire_delivery_template",
            "seller.use_delivery_template",
        ],
        MANAGERS,
    ),
    **dict.fromkeys(
        [
            "seller.grant_extension",
            "seller.decline_extension",
            "seller.extend_receipt",
            "seller.check_address",
            "seller.report_shortage",
            "seller.complain_carrier",
        ],
        MANAGERS | {"fulfilment"},
    ),
    **dict.fromkeys(
        [
            "seller.review_buyer",
            "seller.reply_to_review",
            "seller.report_review",
            "seller.write",
            "seller.message_in_dispute",
        ],
        MANAGERS | {"support"},
    ),
    **dict.fromkeys(
        [
            "moderator.block_for_warehouse",
            "moderator.refer_warehouse",
            "moderator.excuse_warehouse",
            "moderator.block_countries",
            "moderator.unblock_countries",
            "moderator.block_listing_countries",
            "moderator.clear_shipment",
            "moderator.find_false_shipping",
        ],
        WATCHERS,
    ),
    **dict.fromkeys(
        [
            "moderator.hide_review",
            "moderator.restore_review",
            "moderator.keep_review",
            "moderator.delete_review",
            "moderator.exclude_order",
            "moderator.include_order",
        ],
        JUDGES | {"listing_reviewer"},
    ),
    **dict.fromkeys(["moderator.answer_chat", "moderator.close_chat"], JUDGES | {"kyc_reviewer", "listing_reviewer"}),
    "moderator.answer_complaint": JUDGES,
    "moderator.demote_listing": {"listing_reviewer"},
    "moderator.restore_ranking": {"listing_reviewer"},
    **dict.fromkeys(
        ["seller.pay_deposit", "seller.request_withdrawal", "seller.pay_pre_arbitration_fee"], OWNERS | {"finance"}
    ),
    **dict.fromkeys(
        [
            "moderator.rule",
            "moderator.approve_ruling",
            "moderator.send_back_ruling",
            "moderator.intervene",
            "moderator.take_over",
            "moderator.declare_not_covered",
            "moderator.request_cooperation",
            "moderator.report_abuse",
            "moderator.stop_cover",
            "moderator.decide_appeal",
            "moderator.decide_appeal_itself",
        ],
        JUDGES,
    ),
    **dict.fromkeys(
        [
            "moderator.hold_order",
            "moderator.clear_order",
            "moderator.confirm_stolen_card",
            "moderator.request_shipping_proof",
        ],
        JUDGES | {"finance_officer"},
    ),
    **dict.fromkeys(
        [
            "moderator.propose_penalty",
            "moderator.confirm_penalty",
            "moderator.decide_penalty_appeal",
            "moderator.close_account",
        ],
        frozenset({"senior_arbitrator", "listing_reviewer", "policy_manager"}),
    ),
    **dict.fromkeys(
        ["moderator.propose_amendment", "moderator.approve_amendment", "moderator.withdraw_amendment"],
        frozenset({"policy_manager"}),
    ),
}
ROLES = {SELLER: STAFF_ROLES, MODERATOR: PLATFORM_ROLES, BUYER: ("buyer",), CARRIER: ("carrier",), BANK: ("bank",)}


PUBLIC = {"buyer.place_order", "buyer.ask", "buyer.report_review"}
"""What any buyer may do with what any buyer sees."""


@pytest.fixture
def court() -> Court:
    """With one of everything."""
    court = Court(given={"listings": {"item": {"price": "700.00 USD", "delivery": [{"days": 5}]}}})
    court.advance("5h")
    court.do("buyer.open_chat", topic="Help", text="Hello")
    court.do("buyer.complain", text="Unfair")
    court.do("seller.declare_warehouse", country="DE")
    court.do("seller.create_delivery_template", entries=[PROMISE], name="World")
    court.do("buyer.place_order", named="earlier")
    court.do("buyer.pay")
    court.do("seller.ship")
    court.do("seller.complain_carrier", text="Torn")
    court.do("buyer.confirm_receipt")
    court.do("buyer.review", stars=2)
    court.do("buyer.open_dispute", reason="quality", refund="20.00 USD")
    court.do("seller.reject_dispute")
    court.do("moderator.propose_penalty", severity="general", article="V-16", reason="A parcel of stones.")
    court.do("buyer.place_order", named="other")
    court.do("buyer.pay")
    court.do("buyer.request_handling_extension", days=1)
    court.do("buyer.request_cancellation")
    court.do("seller.decline_cancellation")
    court.do("moderator.propose_amendment", **{"parameter": "release.wait_days", "value": 9, "from": "2027-01-01"})
    court.advance("9d")
    court.do("moderator.rule", refund="20.00 USD", reason="Worn.")
    court.do("seller.appeal", text="It was new.")
    court.do("bank.chargeback", on="other", reason="not_as_described")
    court.do("buyer.place_order", named="order")
    court.do("buyer.pay")
    court.do("seller.ship")
    court.do("buyer.open_dispute", reason="quality", refund="600.00 USD")
    court.do("seller.reject_dispute")
    court.do("seller.make_offer", refund="5.00 USD")
    court.advance("7d")
    court.do("seller.request_withdrawal", amount="20.00 USD")
    court.do("moderator.rule", refund="600.00 USD", reason="Because.")
    return court


def filled(act: Any, court: Court | None = None) -> dict[str, Any]:
    """Valid inputs of the right shape."""
    values: dict[str, Any] = {}
    for name, spec in act.inputs.items():
        if isinstance(spec, Amount):
            values[name] = "15.00 CNY" if act.name == "seller.pay_deposit" else "15.00 USD"
        elif isinstance(spec, Choice):
            values[name] = next(iter(spec.options))
        elif isinstance(spec, Whole):
            values[name] = 1
        elif isinstance(spec, Anything) and name == "address":
            values[name] = ADDRESS
        elif isinstance(spec, Codes):
            values[name] = ["DE"]
        elif isinstance(spec, Rows) and spec.required:
            values[name] = [PROMISE]
        elif isinstance(spec, Reference) and spec.required:
            values[name] = court.stage.newest("delivery_template") if court else new_id()
        elif name == "country":
            values[name] = "DE"
        elif isinstance(spec, Text) and (spec.required or name == "text"):
            values[name] = "words"
    return {
        "buyer.place_order": {},
        "moderator.propose_amendment": {"parameter": "release.wait_days", "value": 9, "from": "2027-01-01"},
    }.get(act.name, values)


def test_the_table_holds_every_verb_that_looks_at_a_state() -> None:
    looking = {
        name
        for name, act in actions().items()
        if act.laws and not act.name.endswith(("message", "scan", "amendment", "deposit"))
    }

    assert looking == set(VERBS) | ALWAYS


@pytest.mark.parametrize("name", VERBS)
def test_in_a_wrong_state_a_verb_is_refused_under_its_rule_and_offered_to_nobody(name: str, court: Court) -> None:
    act = actions()[name]
    rule, right = VERBS[name]
    wrong = 0
    for state, _label in act.on._meta.get_field("state").choices:
        subject = court.memory.rows[act.on][court.stage.newest(act.on.KIND)]
        was = subject.__dict__["state"]
        subject.__dict__["state"] = str(state)
        if state not in right.split():
            wrong += 1
            with pytest.raises(Refused) as refusal:
                court.do(name, on=subject, **filled(act, court))
            assert matches(refusal.value.rule, rule), (state, refusal.value)
            assert subject.__dict__["state"] == state
            assert (act.stands_for or name) in court.read(f"{court.stage.made[act.on.KIND][-1]}.may_not")
        subject.__dict__["state"] = was
    assert wrong


# ------------------------------------------------------------------ roles


def actor(kind: str, role: str, court: Court) -> Actor:
    likeness = court.actor(kind)
    return Actor(
        kind=kind,
        id=likeness.id,
        name=role,
        roles=frozenset({role}),
        stores=likeness.stores,
        country="US",
        door="scenario",
    )


def test_the_table_of_roles_holds_every_verb() -> None:
    of_one_role = {name for name, act in actions().items() if len(ROLES[act.actor]) == 1}

    assert {*MAY, *of_one_role} == set(actions())


def test_every_permission_names_known_roles_and_every_action_a_permission() -> None:
    known = {role for roles in ROLES.values() for role in roles} | {"nobody"}

    assert {role for roles in PERMISSIONS.values() for role in roles} <= known
    assert {act.may for act in actions().values()} <= set(PERMISSIONS)


@pytest.mark.parametrize("name", sorted(actions()))
@pytest.mark.parametrize("kind", ROLES)
def test_a_verb_is_for_its_roles_only(name: str, kind: str, court: Court) -> None:
    act = actions()[name]
    for role in ROLES[kind]:
        may = kind == act.actor and role in MAY.get(name, {role})
        on = court.find(act.on, None)
        if kind == SELLER and act.on is not None and act.on.KIND == "listing":
            on = court.stage.identity("item")
        outcome = attempt(name, actor(kind, role, court), on, filled(act, court), court)

        assert (outcome is not Forbidden) is may, (name, role, outcome)


def attempt(name: str, who: Actor, on: Any, inputs: dict[str, Any], court: Court) -> Any:
    try:
        perform(
            name,
            actor=who,
            on=on,
            inputs=inputs,
            clock=court.stage.clock,
            source=court.memory,
            rulebook=court.stage.rulebook,
        )
    except NotDone as refusal:
        return type(refusal)
    return None


@pytest.mark.parametrize(
    "name",
    sorted(
        name
        for name, act in actions().items()
        if act.actor in (SELLER, BUYER) and act.on is not None and name not in PUBLIC
    ),
)
def test_a_stranger_finds_nothing(name: str, court: Court) -> None:
    act = actions()[name]
    stranger = Actor(
        kind=act.actor,
        id=new_id(),
        name="eve",
        roles=frozenset({"owner", "buyer"}),
        stores=frozenset({UUID(int=7)}),
        country="US",
    )

    assert attempt(name, stranger, court.find(act.on, None), filled(act, court), court) is NotFound


def test_an_action_that_does_not_exist_is_not_found(court: Court) -> None:
    assert attempt("buyer.fly", court.actor(BUYER), None, {}, court) is NotFound
