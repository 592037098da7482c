"""Packing slips as people use them: the text is read back from the PDF, and the code on it is scanned."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orders.models import Order, OrderLine
from orders.portal.slips import fonts
from orders.portal.slips.drawing import PAPERS, Item, Slip, draw
from orders.portal.slips.fonts import needed, printable
from tests.fair import Fair
from tests.portal.test_bulk_shipping import confirmed, page_of, sent

AT = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
SCRIPTS = {
    "cyrillic": "Иван Петров, ул. Ленина 5, Москва",
    "greek": "Ελένη Παπαδοπούλου, Αθήνα",
    "polish": "Łódź, ul. Żwirki i Wigury 7",
    "vietnamese": "Nguyễn Thị Hồng, Đà Nẵng",
    "chinese": "王小明 北京市朝阳区建国路88号",
    "traditional": "臺北市信義區國學路",
    "japanese": "東京都千代田区カタカナひらがな",
    "korean": "서울특별시 강남구 테헤란로",
    "arabic": "شارع الملك فيصل القاهرة",
    "hebrew": "רחוב הרצל תל אביב",
    "hindi": "नई दिल्ली भारत",
    "thai": "กรุงเทพมหานคร",
}


def text_of(pdf: bytes, page: int | None = None) -> str:
    document = pypdfium2.PdfDocument(pdf)
    pages = range(len(document)) if page is None else [page]
    return "\n".join(document[number].get_textpage().get_text_bounded() for number in pages).replace("\r", "")


def picture_of(pdf: bytes, page: int = 0, dpi: int = 203) -> Any:
    """As a label printer of the usual resolution prints it, in greys."""
    return pypdfium2.PdfDocument(pdf)[page].render(scale=dpi / 72, grayscale=True).to_pil()


def scanned(pdf: bytes, page: int = 0) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(picture_of(pdf, page))]


def slip(**changes: Any) -> Slip:
    usual: dict[str, Any] = {
        "store": "Lin's lights",
        "title": "Packing slip #7",
        "code": "ord_01kaxqe8wg0000000000000000",
        "address": ("Ada Buyer", "1 Fair Lane", "London"),
        "facts": (("Buyer", "Ada Buyer"),),
        "items": (Item(2, "Paper lamp", "lst_01"),),
    }
    return Slip(**{**usual, **changes})


def drawn(*slips: Slip, paper: str = "a4") -> bytes:
    return draw(list(slips), PAPERS[paper], AT, "Lin's lights, printed today")


# ------------------------------------------------------------------ doors


def test_a_slip_says_what_goes_where(fair: Fair, owner: Client) -> None:
    order = fair.paid(
        "lamp",
        quantity=3,
        reference="SF-2041",
        address={"name": "Ada Buyer", "street": "1 Fair Lane", "city": "London", "remark": "Ring twice"},
    )
    fair.do("seller.ship", on=order, waybill="LP00123CN", quantity=1)

    answer = owner.get(f"/portal/orders/{order.public_id}/packing-slip.pdf")

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="packing-slip-{order.number}.pdf"'
    assert answer["Cache-Control"].startswith("private, no-store")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    text = text_of(answer.content)
    for words in (
        "Lin's lights",
        f"Packing slip #{order.number}",
        order.public_id,
        "Ada Buyer",
        "1 Fair Lane",
        "London",
        "SF-2041",
        "2 ×",
        "Paper lamp",
        "1 of 3 shipped",
        "LP00123CN: 1 item, Standard",
        "Ring twice",
        "printed",
    ):
        assert words in text, words
    assert text.count("Ring twice") == 1, "a remark is no line of the address"
    assert "138.00" not in text, "no money lies in a parcel"
    assert scanned(answer.content) == [order.public_id]


def test_an_order_that_is_shipped_is_printed_with_what_was_in_it(fair: Fair, owner: Client) -> None:
    order = fair.shipped("lamp", quantity=3)

    text = text_of(owner.get(f"/portal/orders/{order.public_id}/packing-slip.pdf").content)

    assert "3 ×" in text
    assert "3 of 3 items" in text


def test_every_role_of_the_store_may_print_and_nobody_else(fair: Fair, sign_in: Callable[..., Client]) -> None:
    order = fair.paid()
    address = f"/portal/orders/{order.public_id}/packing-slip.pdf"

    for role in fair.staff:
        assert sign_in(role).get(address).status_code == 200, role
    assert sign_in(fair.stranger).get(address).status_code == 404
    assert Client().get(address)["Location"].startswith("/portal/sign-in/")
    picked = sign_in(fair.stranger).post("/portal/orders/packing-slips/", {"picked": [order.public_id]})
    assert picked["Location"] == "/portal/orders/", "a stranger's order is as good as none"


def test_picked_orders_are_printed_in_their_order_each_on_its_own_sheet(fair: Fair, owner: Client) -> None:
    orders = [fair.paid() for _order in range(3)]
    picked = [orders[2].public_id, orders[0].public_id, "nonsense", orders[2].public_id]

    answer = owner.post("/portal/orders/packing-slips/", {"picked": picked, "paper": "label"})

    document = pypdfium2.PdfDocument(answer.content)
    assert [scanned(answer.content, page) for page in range(len(document))] == [
        [orders[2].public_id],
        [orders[0].public_id],
    ]
    assert [round(side * 25.4 / 72) for side in document[0].get_size()] == [100, 150]


def test_nothing_picked_or_too_much_is_told(fair: Fair, owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orders.portal.slips.views.MOST", 1)
    orders = [fair.paid(), fair.paid()]

    for picked, says in (
        ([], "Pick at least one order."),
        ([one.public_id for one in orders], "Pick at most 1 orders."),
    ):
        answer = owner.post("/portal/orders/packing-slips/", {"picked": picked}, follow=True)
        assert says in answer.content.decode()
    assert owner.get("/portal/orders/packing-slips/")["Location"] == "/portal/orders/"


def test_the_slips_of_a_shipping_list_come_before_and_after_shipping(fair: Fair, owner: Client) -> None:
    orders = [fair.paid("lamp", quantity=2) for _order in range(2)]
    lines = [f"{order.number},LP9000{order.number}CN,1" for order in (*orders, orders[0])]
    lines[2] = lines[2].replace("LP9", "LP8")
    batch = sent(owner, "\n".join(["order,waybill,quantity", *lines, "987654,LP90000CN,1"]))
    address = f"{page_of(batch)}packing-slips.pdf"

    before = owner.get(address).content
    confirmed(owner, batch)
    after = owner.get(address).content

    assert "4 ×" not in text_of(after, 0)
    assert ("2 ×" in text_of(before, 0), "2 ×" in text_of(after, 0), "1 ×" in text_of(after, 1)) == (True, True, True)
    assert [scanned(before, page)[0] for page in range(2)] == [order.public_id for order in orders]
    assert len(pypdfium2.PdfDocument(after)) == 2
    assert f"LP9000{orders[0].number}CN" in text_of(after, 0)


def test_many_slips_cost_the_same_number_of_statements_as_one(fair: Fair, owner: Client) -> None:
    orders = [fair.paid() for _order in range(6)]
    owner.get("/portal/orders/")

    def cost(count: int) -> int:
        with CaptureQueriesContext(connection) as caught:
            owner.post("/portal/orders/packing-slips/", {"picked": [order.public_id for order in orders[:count]]})
        return len(caught)

    assert cost(6) == cost(1)


def test_the_list_and_the_order_lead_to_the_slips(fair: Fair, owner: Client) -> None:
    order = fair.paid()

    listed = owner.get("/portal/orders/").content.decode()
    page = owner.get(f"/portal/orders/{order.public_id}/").content.decode()
    paper = owner.get(f"/portal/orders/{order.public_id}/packing-slip/").content.decode()

    assert 'formaction="/portal/orders/packing-slips/"' in listed
    assert f"/portal/orders/{order.public_id}/packing-slip.pdf" in page
    assert f"/portal/orders/{order.public_id}/packing-slip.pdf?paper=label" in paper


# ------------------------------------------------------------------ paper


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_name_is_printed_in_its_own_script(script: str) -> None:
    text = SCRIPTS[script]

    pdf = drawn(slip(address=(text,)), paper="label")

    assert printable(text) == (text, 0)
    printed = text_of(pdf)
    if script not in ("arabic", "hebrew", "hindi"):  # whose letters come back in the order in which they are drawn
        assert text.split()[0] in printed
    assert "could not be printed" not in printed
    assert ink_of(pdf) > ink_of(drawn(slip(address=()), paper="label")) + 200


@pytest.mark.parametrize("lines", [("王小明", "Ada"), ("王小明 Ada " * 12, "Иван"), ("Ada", "שלום", "Ada")])
def test_a_line_after_another_script_has_the_size_of_the_first(lines: tuple[str, ...]) -> None:
    """The font that a line borrows is its own: the next one is drawn in the sheet's."""
    page = pypdfium2.PdfDocument(drawn(slip(address=lines), paper="label"))[0].get_textpage()
    text = page.get_text_range()
    start, end = text.index("Ship to") + len("Ship to"), text.rindex("Buyer")
    end = text.rindex("Buyer", 0, end)

    sizes = {
        round(pypdfium2.raw.FPDFText_GetFontSize(page, place), 1)
        for place in range(start, end)
        if not text[place].isspace()
    }

    assert sizes == {round(PAPERS["label"].size * 1.25, 1)}


def ink_of(pdf: bytes) -> int:
    """Dark dots of the first sheet."""
    return sum(picture_of(pdf).histogram()[:128])


def test_a_sign_that_no_font_has_is_counted_and_told() -> None:
    text = text_of(drawn(slip(address=("Ada \U0001f9ff\U000e0041\ue000\ue001", "London"))))

    assert "2 signs could not be printed (?)" in text


def test_control_characters_do_not_reach_the_paper() -> None:
    assert printable("a\x00b\nc\u2028d\u202ee\u200b") == ("a b c de", 0)


def test_only_the_fonts_that_are_needed_are_loaded() -> None:
    assert [font.name for font in needed(["Ada", "Łódź", "Иван"])] == ["notosans"]
    assert [font.name for font in needed(["王小明"])] == ["notosans", "notosanssc-regular"]
    assert len(drawn(slip())) < 60_000, "the subset of a font, not the font"


def test_without_the_large_fonts_a_slip_is_still_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "PACKAGES", ("manimgx_fonts", "no_such_package"))
    for kept in (fonts.fonts, fonts._has):
        kept.cache_clear()
    try:
        text = text_of(drawn(slip(address=("王小明", "London"))))
    finally:
        monkeypatch.undo()
        for kept in (fonts.fonts, fonts._has):
            kept.cache_clear()

    assert "3 signs could not be printed" in text
    assert "London" in text


@pytest.mark.parametrize("paper", PAPERS)
def test_what_is_longer_than_its_sheet_goes_on_under_the_same_head(paper: str) -> None:
    items = tuple(Item(number, f"Lamp {number} " + "of paper, " * 20, f"lst_{number}") for number in range(1, 41))
    pdf = drawn(slip(items=items), slip(title="Packing slip #8", code="ord_2"), paper=paper)
    document = pypdfium2.PdfDocument(pdf)

    texts = [text_of(pdf, page) for page in range(len(document))]
    long = texts[:-1]
    assert len(long) > 1
    assert all("Packing slip #7 · continued" in text for text in long[1:])
    assert [f"Lamp {number} " in "".join(long) for number in range(1, 41)] == [True] * 40
    assert "Packing slip #8" in texts[-1]
    assert "continued" not in texts[-1]


@pytest.mark.parametrize("paper", PAPERS)
def test_nothing_is_drawn_beyond_the_margins(paper: str) -> None:
    words = "Pneumonoultramicroscopicsilicovolcanoconiosis" * 5
    wide = slip(
        store=words[:120],
        address=(words, "W" * 200, "北京" * 80),
        facts=(("Storefront's number", "9" * 64), ("Buyer", words[:120])),
        items=(Item(100_000, words[:218], "lst_" + "0" * 26, "99999 of 100000 shipped before"),),
        parcels=(f"{'9' * 60}: 3 items, Standard",),
        remark=words + " 备注" * 40,
    )

    pdf = drawn(wide, paper=paper)

    margin = PAPERS[paper].margin - 0.6
    for page in range(len(pypdfium2.PdfDocument(pdf))):
        picture = picture_of(pdf, page).point(lambda grey: 255 if grey < 128 else 0)
        left, top, right, bottom = (side * 25.4 / 203 for side in picture.getbbox())
        assert left >= margin
        assert top >= margin
        assert right <= PAPERS[paper].width - margin
        assert bottom <= PAPERS[paper].height - margin


@pytest.mark.parametrize("paper", PAPERS)
def test_the_code_is_read_from_paper(paper: str) -> None:
    assert scanned(drawn(slip(), paper=paper)) == ["ord_01kaxqe8wg0000000000000000"]


def test_titles_and_names_at_their_longest_come_through_the_door(fair: Fair, owner: Client) -> None:
    order = fair.paid()
    OrderLine.objects.filter(order=order).update(title="灯" * 218)
    Order.objects.filter(id=order.id).update(
        buyer_name="م" * 120, address={"street": "Й" * 2000, "odd": ["list"], "zip": 12345}
    )

    for paper in ("a4", "label", "nonsense"):
        answer = owner.get(f"/portal/orders/{order.public_id}/packing-slip.pdf?paper={paper}")
        assert answer.status_code == 200
        assert "12345" in text_of(answer.content)
