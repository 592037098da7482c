"""Delivery templates, warehouses and Plus at the sellers' door."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from stores.models import DeliveryTemplate, Listing, Store, Warehouse
from tests.fair import Fair

pytestmark = pytest.mark.usefixtures("kept")
PAGE = "/portal/store/delivery/"
TOLD = {"carrier_charges": "none", "duties": "buyer", "vat": "included"}


def html(client: Client, address: str, expected: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == expected, answer.status_code
    return answer.content.decode()


def rows(*promises: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """What the editor sends: the promises, and an empty row with what stands in it from the beginning."""
    sent = [*promises, {"method": "", "country": "*", "fee": "0.00 USD", "online": "on"}]
    found = {"row-TOTAL_FORMS": str(len(sent)), "row-INITIAL_FORMS": "0", **fields}
    for number, promise in enumerate(sent):
        found |= {f"row-{number}-{name}": value for name, value in promise.items()}
    return found


def promise(**changed: Any) -> dict[str, Any]:
    return {"method": "standard", "country": "DE", "days": "12", "fee": "3.50 USD", "online": "on", **TOLD, **changed}


def write(client: Client, name: str = "Europe", *promises: dict[str, Any]) -> DeliveryTemplate:
    answer = client.post(f"{PAGE}templates/new/", rows(*(promises or (promise(),)), name=name))
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    return DeliveryTemplate.objects.get(name=name)


def test_a_template_is_written_row_by_row(fair: Fair, owner: Client) -> None:
    template = write(owner, "Europe", promise(), promise(method="express", country="fr", days="5", worry_free="on"))

    assert [(entry["method"], entry["country"], entry["days"]) for entry in template.entries] == [
        ("standard", "DE", 12),
        ("express", "FR", 5),
    ]
    assert template.entries[0]["fee"] == "3.50 USD"
    assert template.entries[1]["worry_free"] is True
    assert "Europe" in html(owner, PAGE)


def test_a_charge_that_is_not_told_is_refused_and_nothing_typed_is_lost(owner: Client) -> None:
    answer = owner.post(f"{PAGE}templates/new/", rows(promise(duties=""), name="Europe"))
    page = answer.content.decode()

    assert answer.status_code == 422
    assert not DeliveryTemplate.objects.exists()
    assert 'value="3.50 USD"' in page
    assert 'value="Europe"' in page


def test_more_days_than_may_be_promised_are_refused_under_the_rule(owner: Client) -> None:
    answer = owner.post(f"{PAGE}templates/new/", rows(promise(days="300"), name="Europe"))

    assert answer.status_code == 409
    assert "A35-1" in answer.content.decode()
    assert 'value="300"' in answer.content.decode()


def test_more_rows_keep_what_was_typed(owner: Client) -> None:
    answer = owner.post(f"{PAGE}templates/new/", rows(promise(days="11"), name="Europe", more="yes"))

    assert answer.status_code == 200
    assert 'value="11"' in answer.content.decode()
    assert answer.context["rows"].total_form_count() == 4
    assert not DeliveryTemplate.objects.exists()


def test_promises_are_changed_and_a_page_out_of_date_is_told(owner: Client) -> None:
    template = write(owner)
    address = f"{PAGE}templates/{template.public_id}/"

    assert 'value="3.50 USD"' in html(owner, address)
    first = owner.post(address, rows(promise(days="9"), version=template.version))
    late = owner.post(address, rows(promise(days="8"), version=template.version))

    template = DeliveryTemplate.objects.get()
    assert (first.status_code, late.status_code) == (302, 412)
    assert template.entries[0]["days"] == 9
    assert 'value="8"' in late.content.decode()


def test_the_same_press_twice_writes_one_template(owner: Client) -> None:
    for _ in range(2):
        assert owner.post(f"{PAGE}templates/new/", rows(promise(), name="Europe", key="k1")).status_code == 302

    assert DeliveryTemplate.objects.count() == 1


def test_a_retired_template_can_be_read_and_no_longer_changed(owner: Client) -> None:
    template = write(owner)
    address = f"{PAGE}templates/{template.public_id}/"

    assert f"{address}retire/" in html(owner, address)
    assert owner.post(f"{address}retire/").status_code == 302

    page = html(owner, address)
    assert "row-0-method" not in page
    assert "DE" in page


def test_a_listing_takes_a_template(fair: Fair, owner: Client) -> None:
    template = write(owner)
    listing = fair.listings["lamp"]
    address = f"/portal/store/listings/{listing.public_id}/template/"

    assert template.public_id in html(owner, address)
    assert owner.post(address, {"template": template.public_id}).status_code == 302

    assert Listing.objects.get(pk=listing.pk).template_id == template.pk
    assert "Standard to DE within 12 days" in html(owner, f"/portal/store/listings/{listing.public_id}/")


def test_a_warehouse_is_declared_and_a_late_one_is_told_so(owner: Client) -> None:
    assert owner.post(f"{PAGE}warehouses/declare/", {"country": "DE"}).status_code == 302
    assert owner.post(f"{PAGE}warehouses/declare/", {"country": "FR", "established": "2024-01-02"}).status_code == 302

    page = html(owner, PAGE)
    assert Warehouse.objects.count() == 2
    assert "Declared late; the platform looks at it" in page


def test_a_country_that_needs_no_declaration_is_refused_under_the_rule(owner: Client) -> None:
    answer = owner.post(f"{PAGE}warehouses/declare/", {"country": "BR"})

    assert answer.status_code == 409
    assert "A38E-2" in answer.content.decode()


def test_a_member_from_the_beginning_brings_the_badges_of_late_products_back(fair: Fair, owner: Client) -> None:
    """Such a store has no moment at which it joined."""
    Store.objects.filter(pk=fair.store.pk).update(plus=True, plus_since=None)
    assert f"{PAGE}plus/join/" not in html(owner, PAGE)

    Listing.objects.filter(pk=fair.listings["lamp"].pk).update(plus_late_at=fair.clock.now())

    assert f"{PAGE}plus/join/" in html(owner, PAGE)


def test_plus_is_joined_and_left(fair: Fair, owner: Client) -> None:
    assert f"{PAGE}plus/join/" in html(owner, PAGE)
    assert owner.post(f"{PAGE}plus/join/").status_code == 302
    page = html(owner, PAGE)
    assert "In Plus" in page
    assert f"{PAGE}plus/leave/" in page
    assert owner.post(f"{PAGE}plus/leave/").status_code == 302
    assert fair.fresh(fair.store).plus is False


@pytest.mark.parametrize("role", ["fulfilment", "support", "finance", "read_only"])
def test_who_may_not_change_it_reads_it(sign_in: Callable[..., Client], owner: Client, role: str) -> None:
    template = write(owner)
    client = sign_in(role)

    assert "plus/join" not in html(client, PAGE)
    assert "row-0-method" not in html(client, f"{PAGE}templates/{template.public_id}/")
    for address in ("templates/new/", "plus/join/", "warehouses/declare/", f"templates/{template.public_id}/"):
        assert client.post(f"{PAGE}{address}", rows(promise())).status_code == 403


def test_another_stores_template_is_not_found(fair: Fair, owner: Client, sign_in: Callable[..., Client]) -> None:
    template = write(owner)

    assert sign_in(fair.stranger).get(f"{PAGE}templates/{template.public_id}/").status_code == 404
