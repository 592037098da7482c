"""What a seller does in disputes: settling in every way, the platform's own lane, returns, appeals."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from disputes.models import Appeal, Dispute, Evidence, Offer
from rulebook.samples import sample
from tests.fair import Fair
from tests.portal.test_acts import text_of

pytestmark = pytest.mark.usefixtures("kept")


def plain(answer: Any) -> str:
    """What one reads: without tags, in one line."""
    return " ".join(re.sub(r"<[^>]*>", "", text_of(answer).replace("\xa0", " ")).split())


def confirmed(page: Any, **typed: str) -> dict[str, str]:
    """What the preview's button posts."""
    return {**{field["name"]: field["value"] for field in page.context["fields"]}, "confirmed": "yes", **typed}


def covered(fair: Fair) -> None:
    """The store joins the after-sale cover, before anything is bought."""
    fair.do("seller.join_cover", on=fair.store)


def to_return(fair: Fair, **inputs: Any) -> Any:
    """A return that was agreed."""
    fair.do(
        "seller.set_return_address",
        on=fair.store,
        address={"name": "Lin Lighting", "street": "Lamp Lane 3", "postcode": "528400", "city": "Zhongshan"},
    )
    dispute = fair.disputed(return_goods=True, **inputs)
    return fair.do("seller.accept_dispute", on=dispute)


def ruled(fair: Fair, refund: str = "20.00 USD", **inputs: Any) -> Any:
    """A dispute that a moderator decided against the seller; returns dispute and ruling."""
    dispute = fair.escalated(refund)
    ruling = fair.do(
        "moderator.rule", on=dispute, refund=refund, liable="seller", reason="The photo shows another colour.", **inputs
    )
    return fair.fresh(dispute), ruling


# ------------------------------------------------------------------ answering


def test_accepting_a_claim_with_a_return_says_where_the_goods_go_who_pays_and_what_is_paid_then(
    fair: Fair, owner: Client
) -> None:
    fair.do("seller.set_return_address", on=fair.store, address={"street": "Lamp Lane 3", "city": "Zhongshan"})
    dispute = fair.disputed(return_goods=True)
    address = f"/portal/disputes/{dispute.public_id}/accept/"

    page = owner.get(address)
    assert "20.00 USD go back to the buyer once the goods are back with you" in plain(page)
    assert "within 10 days to Lamp Lane 3, Zhongshan" in plain(page)
    assert "Your store pays the way back" in plain(page)

    previewed = owner.post(address, {"version": dispute.version})
    assert owner.post(address, confirmed(previewed)).status_code == 302
    assert fair.fresh(dispute).state == "awaiting_return"


def test_an_offer_against_the_goods_stands_on_the_page_as_such(fair: Fair, owner: Client) -> None:
    dispute = fair.disputed()
    typed = {"text": "It is the colour of the page.", "offer_refund": "5", "offer_return": "on"}

    assert owner.post(f"/portal/disputes/{dispute.public_id}/reject/", typed).status_code == 302

    assert Offer.objects.get().return_goods is True
    assert "Your store: 5.00 USD against the goods back" in plain(owner.get(f"/portal/disputes/{dispute.public_id}/"))


def test_the_buyers_offer_is_taken_after_a_look_at_its_effects(fair: Fair, owner: Client) -> None:
    dispute = fair.disputed()
    address = f"/portal/disputes/{dispute.public_id}/"
    assert "Take the buyer" not in plain(owner.get(address))
    fair.do("buyer.make_offer", on=dispute, refund="12.00 USD", text="Half would do.")

    assert "Take the buyer's offer of 12.00 USD" in plain(owner.get(address))
    page = owner.get(f"{address}offer/take/")
    assert "12.00 USD go back to the buyer at once; the buyer keeps the goods" in plain(page)
    assert owner.post(f"{address}offer/take/", confirmed(page)).status_code == 302
    ended = fair.fresh(dispute)
    assert (ended.state, str(ended.ruled_refund)) == ("resolved", "12.00 USD")


def test_the_platforms_proposal_binds_when_both_sides_have_taken_it(fair: Fair, owner: Client) -> None:
    dispute = fair.disputed()
    fair.do("moderator.intervene", on=dispute, suggest_refund="8.00 USD", text="Meet in the middle.")
    address = f"/portal/disputes/{dispute.public_id}/"
    assert "Platform: 8.00 USD" in plain(owner.get(address))
    assert "binds only when both of you take it" in plain(owner.get(address))

    page = owner.get(f"{address}proposal/take/")
    assert "It binds when the buyer takes it, too" in plain(page)
    assert owner.post(f"{address}proposal/take/", confirmed(page)).status_code == 302
    assert fair.fresh(dispute).state == "awaiting_seller"
    shown = plain(owner.get(address))
    assert "You have taken it; it binds when the buyer takes it, too" in shown
    assert "the other's word is missing" in shown

    fair.do("buyer.accept_suggestion", on=dispute)
    assert fair.fresh(dispute).state == "resolved"


# ------------------------------------------------------------------ evidence


def test_once_the_buyer_took_the_proposal_the_page_no_longer_asks_for_the_whole_claim(
    fair: Fair, owner: Client
) -> None:
    dispute = fair.disputed(refund="20.00 USD")
    fair.do("moderator.intervene", on=dispute, suggest_refund="8.00 USD", text="Meet in the middle.")
    address = f"/portal/disputes/{dispute.public_id}/"
    assert f"{address}accept/" in text_of(owner.get(address))
    fair.do("buyer.accept_suggestion", on=dispute)
    page = text_of(owner.get(address))
    assert f"{address}accept/" not in page and f"{address}proposal/take/" in page
    assert "Take it: 8.00 USD" in plain(owner.get(f"{address}accept/"))


def test_several_files_become_several_pieces_with_what_they_show(fair: Fair, owner: Client) -> None:
    dispute = fair.disputed()
    files = [sample("packing.jpg"), sample("film.mp4"), sample("weight.pdf")]

    answer = owner.post(
        f"/portal/disputes/{dispute.public_id}/evidence/",
        {"text": "How it was packed.", "shows": "unboxing_video", "files": files},
    )

    assert answer.status_code == 302
    pieces = list(Evidence.objects.order_by("id"))
    assert [(one.media_type, one.kind_code, one.text) for one in pieces] == [
        ("image/jpeg", "unboxing_video", "How it was packed."),
        ("video/mp4", "unboxing_video", ""),
        ("application/pdf", "unboxing_video", ""),
    ]
    assert "Film of the opening" in plain(owner.get(f"/portal/disputes/{dispute.public_id}/"))


def test_one_bad_file_among_several_keeps_all_out(fair: Fair, owner: Client) -> None:
    dispute = fair.disputed()
    files = [sample("packing.jpg"), SimpleUploadedFile("x.jpg", b"<svg onload=alert(1)>", "image/jpeg")]

    answer = owner.post(f"/portal/disputes/{dispute.public_id}/evidence/", {"files": files, "shows": "photo"})

    assert answer.status_code == 422
    assert "Web pages, SVG and XML are not taken" in plain(answer)
    assert fair.fresh(dispute).evidence_count == 0


def test_more_files_than_fit_at_once_are_told_with_the_number(fair: Fair, owner: Client) -> None:
    dispute = fair.disputed()
    files = [sample(f"{number}.jpg") for number in range(6)]

    answer = owner.post(f"/portal/disputes/{dispute.public_id}/evidence/", {"files": files, "shows": "photo"})

    assert answer.status_code == 422
    assert "Send 5 files at most; these are 6" in plain(answer)


def test_a_film_can_be_wound(fair: Fair, owner: Client) -> None:
    dispute = fair.disputed()
    fair.do("seller.add_evidence", on=dispute, file=sample("film.mp4"))
    piece = Evidence.objects.get()
    address = f"/portal/disputes/{dispute.public_id}/evidence/{piece.public_id}/"

    whole = owner.get(address)
    part = owner.get(address, headers={"Range": "bytes=4-11"})

    assert whole["Accept-Ranges"] == "bytes"
    assert (part.status_code, part.content) == (206, whole.content[4:12])
    assert part["Content-Range"] == f"bytes 4-11/{len(whole.content)}"
    assert owner.get(address, headers={"Range": f"bytes={10**12}-"}).status_code == 416
    assert owner.get(address, headers={"Range": f"bytes={'9' * 5000}-"}).status_code == 200


def test_a_page_that_fell_behind_tells_nothing_of_a_ruling_that_waits_nor_who_made_it(
    fair: Fair, owner: Client
) -> None:
    dispute = fair.escalated("600.00 USD", "palace")
    fair.do("seller.add_evidence", on=dispute, text="The photo of the workshop.")
    fair.do("moderator.rule", on=dispute, refund="600.00 USD", reason="Secret thoughts.")
    typed = {"refund": "1.00", "version": str(dispute.version)}

    answer = owner.post(f"/portal/disputes/{dispute.public_id}/offer/", typed)

    assert answer.status_code == 412
    assert len(answer.context["since"]) == 1
    assert "Evidence added" in answer.context["since"][0]["sentence"]
    assert "Decided by" not in plain(answer)


# ------------------------------------------------------------------ the platform's lane


def test_a_covered_dispute_says_what_the_cover_means_and_asks_for_nothing(fair: Fair, owner: Client) -> None:
    covered(fair)
    dispute = fair.disputed()
    assert dispute.state == "platform_review"

    page = plain(owner.get(f"/portal/disputes/{dispute.public_id}/"))

    assert "The after-sale cover takes this dispute" in page
    assert "nothing to pay up to 50.00 USD" in page
    assert "Accept" not in page
    assert "Answer the claim" not in plain(owner.get("/portal/"))


def test_whoever_would_settle_a_covered_dispute_is_warned_that_the_cover_then_pays_nothing(
    fair: Fair, owner: Client
) -> None:
    """C20, A48-12."""
    covered(fair)
    dispute = fair.disputed()
    fair.do("buyer.make_offer", on=dispute, refund="12.00 USD")
    address = f"/portal/disputes/{dispute.public_id}/"

    for act in ("offer/", "offer/take/"):
        page = plain(owner.get(f"{address}{act}"))
        assert "The after-sale cover would pay up to 50.00 USD here" in page, act
        assert "your store bears the refund" in page, act


def test_help_is_asked_on_the_desk_and_given_on_its_page(fair: Fair, owner: Client) -> None:
    covered(fair)
    dispute = fair.disputed()
    fair.do("moderator.request_cooperation", on=dispute, text="Which batch was it?")

    assert "Help the platform in dispute D1" in plain(owner.get("/portal/"))
    page = plain(owner.get(f"/portal/disputes/{dispute.public_id}/help/"))
    assert "Which batch was it?" in page
    assert "Silence counts as a refusal" in page

    answer = owner.post(f"/portal/disputes/{dispute.public_id}/help/", {"text": "Batch 7, a wrong label."})

    assert answer.status_code == 302
    assert fair.fresh(dispute).help_answer == "Batch 7, a wrong label."
    assert "Help the platform in dispute D1" not in plain(owner.get("/portal/"))


def test_a_dispute_that_the_cover_leaves_out_says_why(fair: Fair, owner: Client) -> None:
    covered(fair)
    dispute = fair.disputed(reason="missing_items")

    page = plain(owner.get(f"/portal/disputes/{dispute.public_id}/"))

    assert dispute.not_covered_under == "A50-3"
    assert "Outside of the after-sale cover" in page
    assert "It goes the usual way" in page


# ------------------------------------------------------------------ returns


def test_a_return_is_confirmed_after_a_look_at_what_is_paid(fair: Fair, owner: Client) -> None:
    dispute = to_return(fair)
    fair.do("buyer.ship_return", on=dispute, waybill="RT1")
    address = f"/portal/disputes/{dispute.public_id}/"
    page = plain(owner.get(address))
    assert "Film the opening of the parcel" in page
    assert "Lamp Lane 3" in page
    assert "then it counts as received, and 20.00 USD go back to the buyer" in page

    previewed = owner.post(f"{address}return/confirm/", {"text": "All there."})
    assert owner.post(f"{address}return/confirm/", confirmed(previewed)).status_code == 302

    assert fair.fresh(dispute).state == "resolved"


def test_a_return_is_contested_with_reasons_and_leads_to_the_film(fair: Fair, owner: Client) -> None:
    dispute = to_return(fair)
    fair.do("buyer.ship_return", on=dispute, waybill="RT1")
    address = f"/portal/disputes/{dispute.public_id}/"
    assert owner.post(f"{address}return/contest/", {"text": " "}).status_code == 422

    answer = owner.post(f"{address}return/contest/", {"text": "A brick of 2 kg came."})

    assert (answer.status_code, answer["Location"]) == (302, f"{address}evidence/?shows=unboxing_video")
    assert fair.fresh(dispute).state == "return_contested"
    assert 'value="unboxing_video" selected' in text_of(owner.get(answer["Location"]))
    assert "A brick of 2 kg came." in plain(owner.get(address))


def test_the_list_of_returns_has_what_is_on_its_way_first_and_what_is_over_apart(fair: Fair, owner: Client) -> None:
    assert "Nothing comes back" in plain(owner.get("/portal/returns/"))
    waiting, sent = to_return(fair), to_return(fair)
    fair.do("buyer.ship_return", on=sent, waybill="RT2")

    back = owner.get("/portal/returns/")
    assert [row["title"] for row in back.context["worklist"]["rows"]] == [sent.name]
    coming = owner.get("/portal/returns/?view=coming").context["worklist"]["rows"]
    assert [row["title"] for row in coming] == [waiting.name, sent.name]
    fair.do("seller.confirm_return", on=sent)
    before = owner.get("/portal/returns/?view=before").context["worklist"]["rows"]
    assert [row["title"] for row in before] == [sent.name]
    assert "Say whether the return" not in plain(owner.get("/portal/"))


def test_a_return_without_any_address_says_so(fair: Fair, owner: Client) -> None:
    dispute = fair.do("seller.accept_dispute", on=fair.disputed(return_goods=True))
    assert fair.fresh(fair.store).registered_address == {}

    assert "No address was set when it was agreed" in plain(owner.get(f"/portal/disputes/{dispute.public_id}/"))


# ------------------------------------------------------------------ rulings and appeals


def test_a_ruling_is_read_with_its_reasons_and_appealed_against_once(fair: Fair, owner: Client) -> None:
    dispute, ruling = ruled(fair)
    address = f"/portal/disputes/{dispute.public_id}/"
    page = plain(owner.get(address))
    assert "The photo shows another colour." in page
    assert "liable: your store" in page
    assert "Appeal against the ruling" in page
    assert f"Read the ruling in dispute {dispute.name}; you may appeal" in plain(owner.get("/portal/"))

    filed = owner.post(f"/portal/rulings/{ruling.public_id}/appeal/", {"text": "The photo is of another order."})

    assert (filed.status_code, filed["Location"]) == (302, address)
    assert Appeal.objects.get().side == "seller"
    page = plain(owner.get(address))
    assert "The photo is of another order." in page
    assert "Being decided" in page
    assert "Appeal against the ruling" not in page
    assert "you may appeal" not in plain(owner.get("/portal/"))
    assert owner.post(f"/portal/rulings/{ruling.public_id}/appeal/", {"text": "Again."}).status_code == 409


def test_how_an_appeal_was_decided_is_told_without_naming_who_did(fair: Fair, owner: Client) -> None:
    dispute, ruling = ruled(fair)
    fair.do("seller.appeal", on=ruling, text="Look again.")
    other = fair.moderator_actor(fair.second)
    fair.do("moderator.decide_appeal", on=ruling, as_=other, uphold=False, reason="The photo is of another order.")

    page = plain(owner.get(f"/portal/disputes/{dispute.public_id}/"))

    assert "Succeeded" in page
    assert "The photo is of another order." in page
    assert fair.second.name not in page
    assert fair.moderators["arbitrator"].name not in page


def test_a_ruling_that_waits_for_its_second_moderator_is_nowhere_to_be_read(fair: Fair, owner: Client) -> None:
    dispute = fair.escalated("800.00 USD", "palace")
    ruling = fair.do("moderator.rule", on=dispute, refund="800.00 USD", liable="seller", reason="Not yet to be read.")
    assert fair.fresh(dispute).proposed_ruling_id == ruling.id

    for address in (f"/portal/disputes/{dispute.public_id}/", f"/portal/orders/{dispute.order.public_id}/"):
        page = plain(owner.get(address))
        assert "Not yet to be read." not in page
        assert "Decided by a moderator" not in page
    assert owner.get(f"/portal/rulings/{ruling.public_id}/appeal/").status_code == 404


# ------------------------------------------------------------------ who may


@pytest.mark.parametrize(
    "act", ["offer/take/", "proposal/take/", "help/", "return/confirm/", "return/contest/", "evidence/"]
)
def test_a_stranger_finds_no_act_and_a_reader_may_not_take_it(fair: Fair, sign_in: Any, act: str) -> None:
    dispute = fair.disputed()
    address = f"/portal/disputes/{dispute.public_id}/{act}"

    assert sign_in(fair.stranger).get(address).status_code == 404
    assert sign_in("read_only").get(address).status_code == 403
    assert Client().get(address).status_code == 302


def test_strangers_find_no_ruling_to_appeal_against(fair: Fair, sign_in: Any) -> None:
    _dispute, ruling = ruled(fair)

    assert sign_in(fair.stranger).get(f"/portal/rulings/{ruling.public_id}/appeal/").status_code == 404
    assert sign_in("finance").get(f"/portal/rulings/{ruling.public_id}/appeal/").status_code == 403
    assert Dispute.objects.count() == 1
