"""Many parcels in a real browser: from the table down to the rows that come back, with and without scripts."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from orders.models import Order, Shipment
from orders.models.batch import ShippingBatch
from orders.portal.bulk import doing
from orders.tasks import ship_list
from tests.fair import PASSWORD, Fair, build_fair

pytestmark = pytest.mark.django_db(transaction=True)

GRAVE = {"serious", "critical"}


@pytest.fixture
def fair(transactional_db: Any) -> Fair:
    fair = build_fair()
    fair.paid("lamp", quantity=3)
    fair.paid("lantern")
    fair.paid("palace")
    fair.shipped("lamp")
    return fair


def enter(browser: Any, live_server: Any, **options: Any) -> Any:
    context = browser.new_context(base_url=live_server.url, accept_downloads=True, **options)
    page = context.new_page()
    page.goto("/portal/")
    page.get_by_label("E-mail").fill("fulfilment@lin.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/portal/")
    return page


@pytest.fixture
def page(fair: Fair, browser: Any, live_server: Any) -> Iterator[Any]:
    page = enter(browser, live_server, viewport={"width": 1440, "height": 900})
    troubles: list[str] = []
    page.on(
        "console", lambda said: troubles.append(said.text) if said.type == "error" and "422" not in said.text else 0
    )
    page.on("pageerror", lambda error: troubles.append(str(error)))
    yield page
    page.context.close()
    assert troubles == []


def fetched(page: Any, name: str, folder: Path) -> Path:
    with page.expect_download() as waiting:
        page.get_by_role("link", name=name).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def send(page: Any, path: Path, rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    page.get_by_label("Your table").set_input_files(path)
    page.get_by_role("button", name="See what would be shipped").click()


def test_a_morning_of_parcels(page: Any, fair: Fair, tmp_path: Path) -> None:
    """The table down, filled in, up again; the preview, one confirmation, the rows to correct, and those once more."""
    page.goto("/portal/orders/")
    page.get_by_role("link", name="Ship many orders").click()
    page.get_by_text("3 orders wait for their shipment").wait_for()
    header, *rows = rows_of(fetched(page, "Download the table (CSV)", tmp_path))
    waybill, quantity = header.index("Waybill"), header.index("Quantity")
    assert [row[0] for row in rows] == ["#1", "#2", "#3"]

    page.get_by_label("Your table").set_input_files(
        {"name": "parcels.xlsx", "mimeType": "application/octet-stream", "buffer": b"PK\x03\x04"}
    )
    page.get_by_role("button", name="See what would be shipped").click()
    page.get_by_text("In the spreadsheet, choose “Save as”").first.wait_for()

    rows[0][waybill], rows[0][quantity] = "LP00000001CN", "2"
    rows[1][waybill] = "1.23E+11"
    send(page, tmp_path / "parcels.csv", [header, *rows])
    page.get_by_role("heading", name="1 parcel will be shipped, 1 cannot").wait_for()
    page.get_by_text("its digits are lost").wait_for()
    assert Shipment.objects.count() == 1, "a preview ships nothing"

    page.get_by_role("button", name="Ship 1 parcel").dblclick()
    page.get_by_role("heading", name="1 parcel was shipped, 1 was not").wait_for()
    assert Order.objects.get(number=1).state == "partially_shipped"
    assert Shipment.objects.count() == 2

    header, *rows = rows_of(fetched(page, "Download 1 row to correct", tmp_path))
    assert [row[0] for row in rows] == ["#2"]
    rows[0][waybill] = "LP00000002CN"
    page.get_by_role("link", name="Send another table").click()
    send(page, tmp_path / "again.csv", [header, *rows])
    page.get_by_role("button", name="Ship 1 parcel").click()
    page.get_by_role("heading", name="1 parcel was shipped", exact=True).wait_for()
    assert Order.objects.get(number=2).state == "shipped"
    assert fetched(page, "Packing slips, A4", tmp_path).read_bytes().startswith(b"%PDF")


def test_slips_are_printed_from_the_list(page: Any, tmp_path: Path) -> None:
    page.goto("/portal/orders/?state=awaiting_shipment")
    page.get_by_label("Select #1").check()
    page.get_by_label("Select #3").check()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Packing slips, labels").click()

    assert waiting.value.suggested_filename == "packing-slips.pdf"


@pytest.mark.parametrize("scripts", [True, False])
def test_a_long_list_shows_how_far_it_is_with_and_without_scripts(
    scripts: bool, fair: Fair, browser: Any, live_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doing, "AT_ONCE", 1)
    page = enter(browser, live_server, java_script_enabled=scripts)
    page.goto("/portal/orders/bulk/")
    rows = [["order", "waybill"], ["1", "LP00000001CN"], ["2", "LP00000002CN"]]
    send(page, tmp_path / "long.csv", rows)
    page.get_by_role("button", name="Ship 2 parcels").click()
    page.get_by_role("heading", name="0 of 2 parcels done").wait_for()

    ship_list(str(ShippingBatch.objects.get().id))

    page.get_by_role("heading", name="2 parcels were shipped").wait_for()
    page.context.close()


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_its_pages_have_no_serious_fault_for_people_who_read_otherwise(
    page: Any, tmp_path: Path, width: int, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doing, "AT_ONCE", 0)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.goto("/portal/orders/bulk/")
    rows = [["order", "waybill"], ["1", "LP00000001CN"], ["4", "LP00000002CN"], ["2", "W" * 61], ["9" * 60, "LP1"]]
    look(page, width)
    send(page, tmp_path / ("a-long-name-of-a-file" * 5 + ".csv"), rows)
    page.get_by_role("heading", name="1 parcel will be shipped, 3 cannot").wait_for()
    look(page, width)
    page.get_by_role("button", name="Ship 1 parcel").click()
    page.get_by_role("heading", name="0 of 1 parcels done").wait_for()
    look(page, width)
    ship_list(str(ShippingBatch.objects.get().id))
    page.get_by_role("heading", name="1 parcel was shipped, 3 were not").wait_for()
    look(page, width)
    page.goto("/portal/orders/bulk/")
    look(page, width)


def look(page: Any, width: int) -> None:
    found = Axe().run(page).response["violations"]
    grave = [
        (fault["id"], [node["html"][:120] for node in fault["nodes"]][:3])
        for fault in found
        if fault["impact"] in GRAVE
    ]
    assert grave == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "scrolls sideways"
