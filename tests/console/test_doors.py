"""Who may open and do what: each role at each page and act, strangers, and posts that no page offers."""

import pytest
from django.contrib import admin
from django.urls import reverse

from disputes.models import Dispute
from rulebook.actions import actions
from rulebook.actors import PERMISSIONS, PLATFORM_ROLES
from rulebook.admin.base import CaseAdmin
from rulebook.models import Amendment, Case, JournalEntry
from stores.keys import key_of
from stores.models import ApiKey, User
from tests.console.conftest import ruling
from tests.console.talking import complaint, talk

ORDINARY = {User, ApiKey}
REGISTERS = [model for model in admin.site._registry if model not in ORDINARY]


def register(model, page="changelist", *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def pages_of(fair, dispute):
    return {
        "overview": reverse("admin:index"),
        "worklist": reverse("admin:worklist"),
        "case": reverse("admin:case", args=[dispute.public_id]),
        "order": reverse("admin:order", args=[dispute.order.public_id]),
        "store": reverse("admin:store", args=[fair.store.public_id]),
        "deadlines": reverse("admin:deadlines"),
        "amendments": reverse("admin:amendments"),
        **{model._meta.label: register(model) for model in REGISTERS},
    }


@pytest.mark.parametrize("role", PLATFORM_ROLES)
def test_every_platform_role_reads_every_court_record(role, fair, enter):
    dispute = fair.escalated()
    client = enter(fair.moderators[role])

    answers = {name: client.get(address).status_code for name, address in pages_of(fair, dispute).items()}

    assert set(answers.values()) == {200}, answers


def test_people_and_keys_are_for_administrators_and_auditors_look(fair, enter):
    administrator = User.objects.create_superuser("root@platform.example", "password of the house")

    seen = {role: enter(fair.moderators[role]).get(register(User)).status_code for role in PLATFORM_ROLES}

    assert seen == {role: 200 if role == "auditor" else 403 for role in PLATFORM_ROLES}
    assert enter(administrator).get(register(User)).status_code == 200
    assert enter(fair.moderators["auditor"]).get(register(ApiKey, "add")).status_code == 403
    assert enter(administrator).get(register(ApiKey, "add")).status_code == 200


@pytest.mark.parametrize("who", ["nobody", "seller", "moderator without a role", "moderator who left"])
def test_nobody_else_gets_past_the_door(who, fair, enter, client):
    dispute = fair.escalated()
    if who == "seller":
        client = enter(fair.staff["owner"])
    elif who != "nobody":
        person = fair.moderators["arbitrator"]
        User.objects.filter(pk=person.pk).update(**({"platform_roles": []} if "role" in who else {"is_staff": False}))
        client = enter(person)

    for address in pages_of(fair, dispute).values():
        answer = client.get(address)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/console/login/")
    answer = client.post(reverse("admin:case_rule", args=[dispute.public_id]), {**ruling(dispute), "confirmed": "yes"})

    assert answer.status_code == 302
    assert Dispute.objects.get(pk=dispute.pk).state == "arbitration"


def ranking_acts_of(fair):
    """Of search cheating."""

    def act(listing, verb, **sent):
        found = fair.fresh(listing)
        return reverse("admin:listing_ranking_act", args=[found.public_id, verb]), {"version": found.version, **sent}

    lantern = fair.do("moderator.demote_listing", on=fair.listings["lantern"], degree="blocked", reason="A copy.")
    return {
        "moderator.demote_listing": act(fair.listings["lamp"], "demote_listing", degree="blocked", reason="A copy."),
        "moderator.restore_ranking": act(lantern, "restore_ranking", reason="It was none."),
    }


def compliance_acts_of(fair):
    """Doubted parcels, late warehouses, blocked countries."""
    parcel = fair.shipped("lantern").shipment_rows.get()
    type(parcel).objects.filter(pk=parcel.pk).update(suspicion="used_before", suspected_at=fair.clock.now())
    late = fair.do("seller.declare_warehouse", on=fair.store, country="DE", established=fair.store.opened_at)
    reason, countries = {"reason": "Looked at."}, {"reason": "Looked at.", "countries": "DE"}
    store, listing = fair.store.public_id, fair.listings["lamp"].public_id

    def act(page, *args):
        return reverse(f"admin:{page}", args=args)

    return {
        "moderator.clear_shipment": (act("parcel_act", parcel.public_id, "clear_shipment"), reason),
        "moderator.find_false_shipping": (act("parcel_act", parcel.public_id, "find_false_shipping"), reason),
        "moderator.block_for_warehouse": (act("warehouse_act", late.public_id, "block_for_warehouse"), countries),
        "moderator.refer_warehouse": (act("warehouse_act", late.public_id, "refer_warehouse"), reason),
        "moderator.excuse_warehouse": (act("warehouse_act", late.public_id, "excuse_warehouse"), reason),
        "moderator.block_countries": (act("countries_act", "store", store, "block_countries"), countries),
        "moderator.unblock_countries": (act("countries_act", "store", store, "unblock_countries"), countries),
        "moderator.block_listing_countries": (
            act("countries_act", "listing", listing, "block_listing_countries"),
            countries,
        ),
    }


def review_acts_of(fair):
    """A reported review, and whether its order is abnormal."""
    review = fair.do("buyer.review", on=fair.completed("lantern"), stars=1)
    fair.do("seller.report_review", on=review, reason="An insult.")
    verbs = {"keep_review": "keep", "hide_review": "hide", "restore_review": "restore", "delete_review": "delete"}
    abnormal = reverse("admin:order_abnormal_act", args=[review.order.public_id])
    fields = {"reason": "Looked at."}
    return {
        **{
            f"moderator.{name}": (reverse("admin:review_act", args=[review.public_id, verb]), fields)
            for name, verb in verbs.items()
        },
        "moderator.exclude_order": (abnormal, {**fields, "act": "exclude", "ground": "A58-2"}),
        "moderator.include_order": (abnormal, {**fields, "act": "include"}),
    }


def acts_of(fair):
    """Every act of the console: its action, and a post that would do it."""
    dispute, waiting = fair.escalated(), fair.escalated("800.00 USD", "palace")
    fair.do(
        "moderator.rule",
        on=waiting,
        as_=fair.moderator_actor(fair.second),
        refund="800.00 USD",
        liable="seller",
        reason="Broken.",
    )
    waiting = fair.fresh(waiting)
    amendment = fair.do(
        "moderator.propose_amendment",
        on=None,
        parameter="dispute.response_days",
        value="6",
        **{"from": "2090-01-01"},
        reason="Holidays.",
    )
    proposal = {"parameter": "dispute.negotiation_days", "value": "9", "from": "2090-01-01", "reason": "Slow mail."}
    of_amendment = {
        name: reverse("admin:amendment_act", args=[amendment.public_id, name])
        for name in ("approve_amendment", "withdraw_amendment")
    }
    begun, filed = talk(fair), complaint(fair)
    reply = reverse("admin:talk_reply", args=[begun.public_id])
    return {
        "moderator.answer_chat": (reply, {"text": ""}),
        "moderator.close_chat": (reply, {"end": "yes", "version": "77"}),
        "moderator.answer_complaint": (
            reverse("admin:complaint_answer", args=[filed.public_id]),
            {"text": "We are sorry.", "version": filed.version},
        ),
        "moderator.rule": (reverse("admin:case_rule", args=[dispute.public_id]), ruling(dispute)),
        "moderator.approve_ruling": (reverse("admin:case_approve", args=[waiting.public_id]), {}),
        "moderator.propose_amendment": (reverse("admin:propose_amendment"), proposal),
        "moderator.approve_amendment": (of_amendment["approve_amendment"], {"version": amendment.version}),
        "moderator.withdraw_amendment": (of_amendment["withdraw_amendment"], {"version": amendment.version}),
        **court_acts_of(fair, dispute),
        **standing_acts_of(fair),
        **compliance_acts_of(fair),
        **ranking_acts_of(fair),
        **review_acts_of(fair),
    }


def court_acts_of(fair, dispute) -> dict[str, tuple[str, dict]]:
    """What is done on the pages of disputes, appeals and chargebacks beside ruling."""
    told = {"text": "Please.", "reason": "So it is.", "suggest_refund": "5.00"}
    acts = {
        f"moderator.{verb}": (reverse("admin:case_act", args=[dispute.public_id, verb]), told)
        for verb in ("intervene", "take_over", "request_cooperation", "declare_not_covered", "report_abuse")
    }
    dear = fair.escalated("800.00 USD", "palace")
    fair.do("moderator.rule", on=dear, refund="800.00 USD", liable="seller", reason="All.")
    acts["moderator.send_back_ruling"] = (reverse("admin:case_act", args=[dear.public_id, "send_back_ruling"]), told)
    ruled = fair.do("moderator.rule", on=fair.escalated(), refund="20.00 USD", liable="seller", reason="Seen.")
    appeal = fair.do("seller.appeal", on=ruled, text="Look again.")
    decide = (reverse("admin:appeal_decide", args=[appeal.public_id]), {"uphold": "true", "reason": "It stands."})
    taken = fair.do("bank.chargeback", on=fair.shipped("lantern"), reason="stolen_card", network="visa")
    proof = (reverse("admin:chargeback_act", args=[taken.public_id, "request_shipping_proof"]), told)
    return {
        **acts,
        "moderator.decide_appeal": decide,
        "moderator.decide_appeal_itself": decide,
        "moderator.request_shipping_proof": proof,
    }


def standing_acts_of(fair) -> dict[str, tuple[str, dict]]:
    """Orders held for their card, penalties, and what ends a store's cover or account."""

    def at(page, found, verb):
        return reverse(f"admin:{page}_act", args=[found.public_id, verb])

    order, held = fair.paid("lantern"), fair.paid("lantern")
    fair.do("moderator.hold_order", on=held, reason="Odd.")
    said = {"severity": "general", "article": "V-20", "reason": "It was so."}
    first = fair.moderator_actor("senior_arbitrator")
    proposed = fair.do("moderator.propose_penalty", on=fair.store, as_=first, **said)
    penalty = fair.do("moderator.propose_penalty", on=fair.store, as_=first, **said)
    penalty = fair.do("moderator.confirm_penalty", on=penalty, as_=fair.moderator_actor("policy_manager"))
    fair.do("seller.appeal_penalty", on=penalty, text="No.")
    reason = {"reason": "Looked at."}
    return {
        "moderator.hold_order": (at("order", order, "hold_order"), reason),
        "moderator.clear_order": (at("order", held, "clear_order"), reason),
        "moderator.confirm_stolen_card": (at("order", order, "confirm_stolen_card"), reason),
        "moderator.propose_penalty": (at("store", fair.store, "propose_penalty"), {**said, "kind": "points"}),
        "moderator.close_account": (at("store", fair.store, "close_account"), {"reason": "serious_violation"}),
        "moderator.stop_cover": (at("store", fair.store, "stop_cover"), reason),
        "moderator.confirm_penalty": (at("penalty", proposed, "confirm_penalty"), {}),
        "moderator.decide_penalty_appeal": (
            at("penalty", penalty, "decide_penalty_appeal"),
            {**reason, "uphold": "true"},
        ),
    }


def test_the_console_offers_every_act_of_moderators(fair):
    assert set(acts_of(fair)) == {name for name in actions() if name.startswith("moderator.")}


@pytest.mark.parametrize("role", PLATFORM_ROLES)
def test_what_a_role_may_not_do_is_refused_and_changes_nothing(role, fair, enter):
    acts = acts_of(fair)
    client = enter(fair.moderators[role])
    before = JournalEntry.objects.count()

    for name, (address, fields) in acts.items():
        allowed = role in PERMISSIONS[actions()[name].may]
        for step in ({}, {"confirmed": "yes", "key": f"key of {name}"}):
            if allowed and step:
                continue  # what a role may do is tried elsewhere
            answer = client.post(address, {**fields, **step})
            assert (answer.status_code == 403) is not allowed, (name, answer.status_code)

    assert JournalEntry.objects.count() == before
    assert not Amendment.objects.filter(parameter="dispute.negotiation_days").exists()


def test_a_role_that_only_reads_is_shown_no_form(fair, enter):
    dispute = fair.escalated()

    shown = enter(fair.moderators["auditor"]).get(reverse("admin:case", args=[dispute.public_id])).content.decode()

    assert 'name="reason"' not in shown
    assert "Your role reads this case" in shown


# ------------------------------------------------------------------ the admin's own doors


def test_every_register_is_one_of_the_read_only_kind():
    assert all(isinstance(admin.site._registry[model], CaseAdmin) for model in REGISTERS)
    assert all(not admin.site._registry[model].list_editable for model in admin.site._registry)


def record_of(fair, model):
    """A record of the model, made by actions where actions make such records."""
    return model._default_manager.order_by("pk").first()


@pytest.fixture
def busy(fair):
    """Something of nearly everything."""
    dispute = fair.escalated("800.00 USD", "palace")
    fair.do("buyer.add_evidence", on=dispute, text="Look.")
    fair.do("seller.make_offer", on=dispute, refund="5.00 USD")
    fair.do("buyer.message", on=dispute.order, text="Hello?")
    fair.do("moderator.rule", on=dispute, refund="800.00 USD", liable="seller", reason="Broken.")
    fair.do("buyer.request_cancellation", on=fair.paid("lantern"), reason="changed_mind")
    fair.do(
        "moderator.propose_amendment", on=None, parameter="dispute.response_days", value="6", **{"from": "2090-01-01"}
    )
    return fair


def test_no_court_record_is_added_changed_or_deleted_by_the_admins_forms(busy, enter):
    administrator = enter(User.objects.create_superuser("root@platform.example", "password of the house"))

    for model in REGISTERS:
        name = model._meta.label
        count = model._default_manager.count()
        fields = {field.name: "closed" for field in model._meta.concrete_fields}
        assert administrator.post(register(model, "add"), fields).status_code == 403, name
        assert administrator.get(register(model, "add")).status_code == 403, name
        found = record_of(busy, model)
        if found is not None:
            before = dict(found.__dict__, _state=None)
            assert administrator.post(register(model, "change", found.pk), fields).status_code == 403, name
            assert administrator.post(register(model, "delete", found.pk), {"post": "yes"}).status_code == 403, name
            bulk = {
                "action": "delete_selected",
                "_selected_action": [str(found.pk)],
                "post": "yes",
                "form-TOTAL_FORMS": "1",
            }
            assert administrator.post(register(model), bulk).status_code == 403, name
            assert dict(model._default_manager.get(pk=found.pk).__dict__, _state=None) == before, name
        assert model._default_manager.count() == count, name


@pytest.mark.parametrize("transition", ["resolve_by_silence", "decide", "withdraw", "reject_claim"])
def test_the_old_hidden_field_of_the_state_machine_moves_nothing(transition, fair, enter):
    dispute = fair.escalated()
    administrator = enter(User.objects.create_superuser("root@platform.example", "password of the house"))
    before = JournalEntry.objects.count()
    field = {"_fsm_transition_to": transition, "_save": "Save", "state": "resolved"}

    administrator.post(register(Dispute, "change", dispute.pk), field)
    administrator.post(register(Dispute), field)
    administrator.post(reverse("admin:case", args=[dispute.public_id]), field)
    administrator.get(register(Dispute, "change", dispute.pk), field)

    assert Dispute.objects.get(pk=dispute.pk).state == "arbitration"
    assert JournalEntry.objects.count() == before


def test_autocompletion_finds_whole_ids_and_names_no_more(fair, enter):
    administrator = enter(User.objects.create_superuser("root@platform.example", "password of the house"))
    field = {"app_label": "stores", "model_name": "staffmember", "field_name": "store"}

    part = administrator.get(reverse("admin:autocomplete"), {**field, "term": "lin"}).json()["results"]
    whole = administrator.get(reverse("admin:autocomplete"), {**field, "term": "lins-lights"}).json()["results"]

    assert part == []
    assert [found["id"] for found in whole] == [str(fair.store.pk)]
    assert (
        enter(fair.staff["owner"]).get(reverse("admin:autocomplete"), {**field, "term": "lins-lights"}).status_code
        == 302
    )


def test_holding_a_case_is_no_entry_of_the_journal(fair, arbitrator):
    dispute = fair.escalated()
    before = JournalEntry.objects.count()

    arbitrator.post(reverse("admin:next_case"))

    assert Case.objects.get(subject_id=dispute.pk).holder_id == fair.moderators["arbitrator"].pk
    assert JournalEntry.objects.count() == before


# ------------------------------------------------------------------ the two ordinary forms


def test_an_administrator_gives_a_person_roles(fair, enter):
    administrator = enter(User.objects.create_superuser("root@platform.example", "password of the house"))
    person = fair.staff["support"]
    fields = {
        "email": person.email,
        "name": "Sam",
        "is_staff": "on",
        "is_active": "on",
        "platform_roles": ["arbitrator", "auditor"],
        "zone": "",
        "language": "en",
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
    }

    answer = administrator.post(register(User, "change", person.pk), fields)

    assert answer.status_code == 302, answer.context["errors"]
    assert User.objects.get(pk=person.pk).platform_roles == ["arbitrator", "auditor"]
    assert enter(person).get(reverse("admin:worklist")).status_code == 200


def test_a_new_keys_text_is_shown_once_and_works(fair, enter):
    administrator = enter(User.objects.create_superuser("root@platform.example", "password of the house"))
    fields = {
        "name": "Warehouse",
        "kind": "store",
        "owner": fair.store.public_id,
        "role": "fulfilment",
        "scopes": "seller.ship",
    }

    answer = administrator.post(register(ApiKey, "add"), fields, follow=True)

    assert answer.redirect_chain, answer.context["errors"]
    text = next(
        word.rstrip(".")
        for message in answer.context["messages"]
        for word in str(message).split()
        if word.startswith("pp_")
    )
    key = key_of(text)
    assert (key.name, key.role, key.scopes) == ("Warehouse", "fulfilment", ["seller.ship"])
    assert text not in administrator.get(register(ApiKey, "change", key.pk)).content.decode()


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "store", "role": "fulfilment"},
        {"kind": "store", "owner": "lins-lights"},
        {"kind": "store", "owner": "lins", "role": "fulfilment"},
        {"kind": "bank", "owner": "lins-lights"},
        {"kind": "moderator", "owner": "second@platform.example", "role": "owner"},
        {"kind": "moderator", "owner": "owner@lin.example"},
        {"kind": "storefront", "owner": "'; DROP TABLE stores_apikey; --"},
        {"kind": "emperor"},
    ],
)
def test_a_key_without_the_owner_of_its_kind_is_not_made(fields, fair, enter):
    administrator = enter(User.objects.create_superuser("root@platform.example", "password of the house"))

    answer = administrator.post(register(ApiKey, "add"), {"name": "x", **fields})

    assert answer.status_code == 200
    assert answer.context["errors"]
    assert not ApiKey.objects.exists()
