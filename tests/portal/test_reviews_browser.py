"""Reviews in a real browser: replying in place with the count of what is left, photos, and axe on a desk and on a phone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from orders.models import Review
from rulebook.clock import now, parse_duration
from rulebook.samples import sample
from tests.fair import PASSWORD, Fair, build_fair

pytestmark = pytest.mark.django_db(transaction=True)

GRAVE = {"serious", "critical"}

LONG = (
    "The lamp came after three weeks, in a box that somebody must have sat on. The paper is torn at one side, "
    "and the bulb that the page shows is not in it. I wrote twice and heard nothing."
)


@pytest.fixture
def fair(transactional_db: Any, settings: Any, tmp_path: Any) -> Fair:
    settings.MEDIA_ROOT = tmp_path
    fair = build_fair(begin=now() - parse_duration("20d"))

    def review(stars: int, text: str = "", **inputs: Any) -> Any:
        return fair.do("buyer.review", on=fair.completed(), stars=stars, text=text, **inputs)

    for stars in (5, 5, 4):
        review(stars, described=stars, communication=5, shipping=4)
    fair.advance("2d")
    answered = review(3, "Nice, but smaller than I thought.", described=3, communication=5, shipping=4)
    fair.do("seller.reply_to_review", on=answered, text="The sizes stand on the page; we are sorry all the same.")
    hidden = review(1, "Call me at the number below.")
    fair.do("seller.report_review", on=hidden, reason="A telephone number.")
    fair.do("moderator.hide_review", on=hidden, reason="It holds a telephone number.")
    fair.advance("1d")
    low = review(1, LONG, described=1, communication=2, shipping=2, photos=[sample("box.jpg"), sample("paper.png")])
    fair.do("buyer.follow_up_review", on=low, text="Still nothing after a week.", photos=[sample("later.jpg")])
    fair.do("seller.review_buyer", on=low.order, stars=4, text="Paid at once.")
    insult = review(2, "Thieves, all of you!")
    fair.do("seller.report_review", on=insult, reason="An insult to our people.")
    fair.advance("17d")
    fair.completed()
    return fair


@pytest.fixture
def page(fair: Fair, browser: Any, live_server: Any) -> Iterator[Any]:
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    yield page
    context.close()
    assert troubles == [], "no script of ours fails, and the policy on scripts and styles is kept"


def sign_in(page: Any, email: str = "owner@lin.example") -> None:
    page.goto("/portal/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/portal/")


def enter_console(page: Any) -> None:
    page.goto("/console/login/")
    page.get_by_label("E-mail").fill("arbitrator@platform.example")
    page.locator("input[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/worklist/")


def low(fair: Fair) -> Review:
    return Review.objects.get(side="buyer", text=LONG)


def test_a_reply_is_written_in_place_and_says_how_much_room_is_left(page: Any, fair: Fair) -> None:
    """A57-1."""
    sign_in(page)
    page.goto("/portal/reviews/?view=unanswered")
    article = page.locator(f"#{low(fair).public_id}")

    article.locator("summary", has_text="Reply").click()
    article.get_by_label("Reply").fill("x" * 990)
    assert article.get_by_text("10 characters left").is_visible()
    article.get_by_label("Reply").fill("We sent a new one today.")
    article.get_by_role("button", name="Publish the reply").click()

    page.get_by_text("Your reply is published").wait_for()
    assert page.url.endswith(f"/portal/reviews/?view=unanswered#{low(fair).public_id}")
    assert low(fair).reply == "We sent a new one today."


def test_photos_are_drawn_and_open_in_the_page(page: Any, fair: Fair) -> None:
    """FB-8."""
    sign_in(page)
    page.goto("/portal/reviews/")
    pictures = page.locator(f"#{low(fair).public_id} .pp-evidence__open img")

    expect(pictures).to_have_count(3)
    for picture in pictures.all():
        picture.scroll_into_view_if_needed()
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    pictures.first.click()
    page.locator(".pp-zoom:target").wait_for()


def test_the_buyer_is_reviewed_on_the_orders_page(page: Any, fair: Fair) -> None:
    """A52-5."""
    from orders.models import Order

    order = Order.objects.filter(reviews_count=0).get()
    sign_in(page)
    page.goto(f"/portal/orders/{order.public_id}/#reviews")
    page.get_by_text("Review the buyer").click()
    page.get_by_text("5 of 5 stars: very good").click()
    page.get_by_label("Review", exact=False).last.fill("A pleasure.")
    page.get_by_role("button", name="Publish the review").click()

    page.get_by_text("Your review of the buyer is published.").wait_for()
    assert Review.objects.get(order=order).stars == 5


def addresses(fair: Fair) -> tuple[list[str], list[str]]:
    review = low(fair)
    reported = Review.objects.get(text="Thieves, all of you!")
    portal = [
        "/portal/reviews/",
        "/portal/reviews/?view=unanswered&stars=5",
        "/portal/reviews/what-buyers-see/",
        f"/portal/reviews/{review.public_id}/reply/",
        f"/portal/reviews/{review.public_id}/report/",
        f"/portal/orders/{review.order.public_id}/",
        f"/portal/orders/{review.order.public_id}/review/",
    ]
    console = [
        "/console/reviews/",
        f"/console/reviews/{reported.public_id}/",
        f"/console/store/{fair.store.public_id}/profile/",
        f"/console/order/{review.order.public_id}/abnormal/",
        f"/console/order/{review.order.public_id}/",
    ]
    return portal, console


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_the_pages_have_no_serious_fault_for_people_who_read_otherwise(
    page: Any, fair: Fair, width: int, scheme: str
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    for enter, places in zip((sign_in, enter_console), addresses(fair), strict=True):
        page.context.clear_cookies()
        enter(page)
        for place in places:
            page.goto(place)
            keep_picture(page, place, width, scheme)
            found = Axe().run(page).response["violations"]
            grave = [
                (fault["id"], [node["html"][:120] for node in fault["nodes"]][:3])
                for fault in found
                if fault["impact"] in GRAVE
            ]
            assert grave == [], place
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{place} is wider than the screen"


def keep_picture(page: Any, place: str, width: int, scheme: str) -> None:
    folder = os.environ.get("PICTURES")
    if folder:
        name = "-".join(part[:14] for part in place.strip("/").replace("?", "/").split("/"))
        page.screenshot(path=Path(folder) / f"{name}-{width}-{scheme}.png", full_page=True)
