"""The store's standing after the sale: the cover with its terms, where returns go, penalties and their appeals."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from stores.models import Store
from tests.fair import Fair
from tests.portal.test_chargebacks import _cost
from tests.portal.test_dispute_acts import plain

ADDRESS = {
    "name": "Lin Lighting",
    "street": "Lamp Lane 3",
    "postcode": "528400",
    "city": "Zhongshan",
    "region": "Guangdong",
    "country": "China",
    "phone": "",
}


def penalized(fair: Fair, **inputs: Any) -> Any:
    """A penalty that two moderators found right."""
    said = {"kind": "warning", "severity": "general", "article": "V-16", "reason": "The waybill was made up.", **inputs}
    first = fair.moderator_actor("senior_arbitrator")
    penalty = fair.do("moderator.propose_penalty", on=fair.store, as_=first, **said)
    return fair.do("moderator.confirm_penalty", on=penalty, as_=fair.moderator_actor("policy_manager"))


# ------------------------------------------------------------------ the cover


def test_the_terms_are_read_in_words_with_figures_before_joining(fair: Fair, owner: Client) -> None:
    page = plain(owner.get("/portal/store/aftersale/join/"))
    assert "up to 50.00 USD for an order and 500.00 USD for a store in a month" in page
    assert "within 3 working days" in page
    assert "From 3 parcels within 90 days" in page

    assert owner.post("/portal/store/aftersale/join/", {}).status_code == 302

    store = Store.objects.get(pk=fair.store.pk)
    assert store.aftersale_cover
    assert store.cover_accepted_at is not None
    shown = plain(owner.get("/portal/store/aftersale/"))
    assert "Terms accepted" in shown
    assert "Leave the cover" in shown


def test_leaving_is_one_press_after_what_it_means(fair: Fair, owner: Client) -> None:
    fair.do("seller.join_cover", on=fair.store)
    assert "come to you to answer" in plain(owner.get("/portal/store/aftersale/leave/"))

    assert owner.post("/portal/store/aftersale/leave/", {}).status_code == 302

    assert not Store.objects.get(pk=fair.store.pk).aftersale_cover


def test_a_cover_that_the_platform_ended_says_why_and_cannot_be_joined(fair: Fair, owner: Client) -> None:
    fair.do("seller.join_cover", on=fair.store)
    fair.do("moderator.stop_cover", on=fair.store, reason="Empty parcels were sent on purpose")

    page = plain(owner.get("/portal/store/aftersale/"))

    assert "Ended by the platform" in page
    assert "Empty parcels were sent on purpose" in page
    assert owner.post("/portal/store/aftersale/join/", {}).status_code == 409


# ------------------------------------------------------------------ the return address


def test_the_return_address_has_named_fields_and_is_shown(fair: Fair, owner: Client) -> None:
    assert "No address is known" in plain(owner.get("/portal/store/aftersale/"))

    answer = owner.post("/portal/store/aftersale/address/", ADDRESS)

    assert answer.status_code == 302
    assert Store.objects.get(pk=fair.store.pk).return_address == {key: text for key, text in ADDRESS.items() if text}
    assert "Lamp Lane 3528400Zhongshan" in plain(owner.get("/portal/store/aftersale/")).replace(" 528400 ", "528400")


def test_without_one_the_address_of_the_registration_is_shown(fair: Fair, owner: Client) -> None:
    """PLUS-27."""
    Store.objects.filter(pk=fair.store.pk).update(registered_address={"street": "Tower 9", "city": "Guangzhou"})

    for address in ("/portal/store/aftersale/", "/portal/store/aftersale/address/"):
        page = plain(owner.get(address))
        assert "the address of your registration:" in page
        assert "Tower 9" in page


@pytest.mark.parametrize("part", ["name", "street", "postcode", "city", "country"])
def test_an_address_without_a_part_that_parcels_need_is_sent_back_with_all_that_was_typed(
    part: str, fair: Fair, owner: Client
) -> None:
    answer = owner.post("/portal/store/aftersale/address/", {**ADDRESS, part: " "})

    assert answer.status_code == 422
    assert "This field is required" in plain(answer)
    kept = next(name for name in ("name", "street") if name != part)
    assert answer.context["form"][kept].value() == ADDRESS[kept]
    assert Store.objects.get(pk=fair.store.pk).return_address == {}


@pytest.mark.parametrize("act", ["join/", "leave/", "address/"])
def test_only_the_owner_changes_them(act: str, fair: Fair, sign_in: Any) -> None:
    assert sign_in("manager").get(f"/portal/store/aftersale/{act}").status_code == 403
    assert sign_in("manager").get("/portal/store/aftersale/").status_code == 200
    assert Client().get(f"/portal/store/aftersale/{act}").status_code == 302


# ------------------------------------------------------------------ penalties


def test_a_penalty_is_read_with_its_reasons_and_appealed_against_once(fair: Fair, owner: Client) -> None:
    fair.paid()
    penalty = penalized(fair)
    assert f"Read penalty {penalty.name}; you may appeal" in plain(owner.get("/portal/"))
    address = f"/portal/store/penalties/{penalty.public_id}/"
    page = plain(owner.get(address))
    assert "The waybill was made up." in page
    assert "Warning" in page
    assert "Appeal against the penalty" in page

    filed = owner.post(f"{address}appeal/", {"text": "The carrier mixed it up."})

    assert (filed.status_code, filed["Location"]) == (302, address)
    page = plain(owner.get(address))
    assert "The carrier mixed it up." in page
    assert "Appealed: being decided" in page
    assert "you may appeal" not in plain(owner.get("/portal/"))
    assert owner.post(f"{address}appeal/", {"text": "Again."}).status_code == 409


def test_the_list_has_points_by_account_and_only_what_was_confirmed(fair: Fair, owner: Client) -> None:
    assert "No penalty is in force" in plain(owner.get("/portal/store/penalties/"))
    penalty = penalized(fair)
    proposed = fair.do(
        "moderator.propose_penalty",
        on=fair.store,
        as_=fair.moderator_actor("senior_arbitrator"),
        kind="warning",
        severity="general",
        article="V-16",
        reason="Not to be read yet.",
    )

    page = owner.get("/portal/store/penalties/")

    assert [row["title"] for row in page.context["worklist"]["rows"]] == [penalty.name]
    assert page.context["points"][0]["points"] == penalty.points > 0
    assert owner.get(f"/portal/store/penalties/{proposed.public_id}/").status_code == 404
    assert owner.get(f"/portal/store/penalties/{proposed.public_id}/appeal/").status_code == 404


def test_what_came_of_an_appeal_is_told_without_naming_who_decided(fair: Fair, owner: Client) -> None:
    penalty = penalized(fair)
    fair.do("seller.appeal_penalty", on=penalty, text="The carrier mixed it up.")
    fair.do(
        "moderator.decide_penalty_appeal",
        on=penalty,
        as_=fair.moderator_actor("senior_arbitrator"),
        uphold=False,
        reason="The carrier confirms it.",
    )

    page = plain(owner.get(f"/portal/store/penalties/{penalty.public_id}/"))

    assert "Lifted on appeal" in page
    assert "The carrier confirms it." in page
    for person in fair.moderators.values():
        assert person.name not in page


def test_strangers_find_no_penalty(fair: Fair, sign_in: Any) -> None:
    penalty = penalized(fair)

    assert sign_in(fair.stranger).get(f"/portal/store/penalties/{penalty.public_id}/").status_code == 404
    assert sign_in("finance").get(f"/portal/store/penalties/{penalty.public_id}/appeal/").status_code == 403


def test_the_lists_cost_the_same_for_one_and_for_many(fair: Fair, owner: Client) -> None:
    penalized(fair)
    one = _cost(owner, "/portal/store/penalties/"), _cost(owner, "/portal/")
    for _more in range(3):
        penalized(fair)

    assert (_cost(owner, "/portal/store/penalties/"), _cost(owner, "/portal/")) == one
    assert max(one) <= 17
