"""Many parcels at once: what a file may look like, what the preview says, and that nothing is shipped twice."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orders.models import Order, Shipment
from orders.models.batch import BatchState, RowState, ShippingBatch, ShippingRow
from orders.portal.bulk import doing, sheet
from orders.tasks import go_on_with_lists, ship_list
from rulebook.clock import now, parse_duration
from rulebook.models import JournalEntry, Notice
from rulebook.refusals import Busy
from stores.models import StaffMember
from tests.fair import Fair, build_fair

BULK = "/portal/orders/bulk/"


def send(client: Client, content: str | bytes, name: str = "parcels.csv") -> Any:
    data = content.encode() if isinstance(content, str) else content
    return client.post(BULK, {"file": SimpleUploadedFile(name, data, "text/csv")})


def sent(client: Client, content: str | bytes, name: str = "parcels.csv") -> ShippingBatch:
    answer = send(client, content, name)
    assert answer.status_code == 302, text_of(answer)
    return ShippingBatch.objects.get(id=ShippingBatch.parse(answer["Location"].split("/")[-2]))


def page_of(batch: ShippingBatch) -> str:
    return f"{BULK}{batch.public_id}/"


def confirmed(client: Client, batch: ShippingBatch) -> ShippingBatch:
    assert client.post(f"{page_of(batch)}confirm/").status_code == 302
    batch.refresh_from_db()
    return batch


def text_of(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return " ".join(content.decode().replace("&#x27;", "'").split())


def table_of(answer: Any) -> list[list[str]]:
    content = b"".join(answer.streaming_content).decode()
    assert content.startswith("\ufeff"), "spreadsheets take it for UTF-8 by this mark"
    return list(csv.reader(io.StringIO(content.removeprefix("\ufeff"), newline="")))


def verdicts(batch: ShippingBatch) -> list[tuple[str, str, str]]:
    return list(batch.rows.order_by("number").values_list("state", "rule", "reason"))


def nothing_new() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (JournalEntry, Notice, Shipment))


# ------------------------------------------------------------------ down


def test_the_table_holds_what_waits_and_can_be_sent_back_filled_in(fair: Fair, owner: Client) -> None:
    two = fair.paid("lamp", quantity=2)
    fair.do("seller.ship", on=fair.paid("lantern"), waybill="LP00001CN")
    fair.placed("lamp")  # not paid
    part = fair.paid("lantern", quantity=3)
    fair.do("seller.ship", on=part, waybill="LP00002CN", quantity=1)

    header, *rows = table_of(owner.get(f"{BULK}waiting.csv"))

    assert header[0:2] == ["Order", "Order id"]
    assert [(row[0], row[1], row[4]) for row in rows] == [
        (two.name, two.public_id, "2 × Paper lamp"),
        (part.name, part.public_id, "2 × Stone lantern"),
    ]
    assert rows[0][-4:] == ["", "", "", ""]
    local = (two.paid_at + timedelta(days=7)).astimezone(now().tzinfo)
    assert str(local.year) in rows[0][6]
    rows[0][header.index("Waybill")] = "LP00123CN"
    batch = sent(owner, "\n".join(";".join(line) for line in [header, *rows]))
    assert [state for state, _rule, _reason in verdicts(batch)] == [RowState.READY, RowState.BLANK]


def test_the_table_costs_the_same_number_of_statements_for_one_order_and_for_many(fair: Fair, owner: Client) -> None:
    fair.paid()
    few, _rows = statements(lambda: table_of(owner.get(f"{BULK}waiting.csv")))
    for _order in range(6):
        fair.paid()
    many, rows = statements(lambda: table_of(owner.get(f"{BULK}waiting.csv")))

    assert len(rows) == 8
    assert many == few


def statements(work: Callable[[], Any]) -> tuple[int, Any]:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        answer = work()
    return len(caught), answer


def test_a_title_that_looks_like_a_formula_is_harmless_in_the_table(fair: Fair, owner: Client) -> None:
    order = fair.paid()
    Order.objects.filter(id=order.id).update(buyer_name="=cmd|' /C calc'!A0")

    assert table_of(owner.get(f"{BULK}waiting.csv"))[1][2] == "'=cmd|' /C calc'!A0"


# ------------------------------------------------------------------ preview


def test_each_row_is_judged_by_the_rules_and_nothing_is_done(fair: Fair, owner: Client) -> None:
    good, shipped, three, asked_other = fair.paid(), fair.shipped(), fair.paid("lamp", quantity=3), fair.paid()
    strange = other_stores_order(fair)
    before = nothing_new()

    batch = sent(
        owner,
        "\n".join(
            [
                "order,order id,waybill,quantity,method",
                f"{good.number},,LP10001CN,,",
                f"{shipped.number},,LP10002CN,,",
                f",{three.public_id},LP10003CN,2,{three.method}",
                f",{three.public_id},LP10004CN,2,",
                f"{good.number},,lp 10001 cn,,",
                f"{asked_other.number},,LP10005CN,,express",
                f"{asked_other.number},,,1,",
                f"{asked_other.number},,,,",
                ",,LP10006CN,,",
                "987654,,LP10007CN,,",
                f",{strange.public_id},LP10008CN,,",
                "x,,LP10009CN,,",
                f"{good.number},{three.public_id},LP10010CN,,",
                f"{asked_other.number},,1.23E+11,,",
                f"{asked_other.number},,{'9' * 10}{'A' * 51},,",
                f"{asked_other.number},,LP10011CN,many,teleport",
            ]
        ),
    )

    told = verdicts(batch)
    assert [state for state, _rule, _reason in told] == [
        "ready",
        "cannot",
        "ready",
        "cannot",
        "cannot",
        "cannot",
        "cannot",
        "blank",
        *["cannot"] * 8,
    ]
    assert told[1][2] == "This is not possible while the order is shipped."
    assert told[3][1:] == ("A34-1", "1 items are left to ship, 2 were declared.")
    assert told[4][2] == "The same parcel stands in row 2 already."
    assert told[5][1] == "A37-6"
    assert "buyer's consent" in told[5][2]
    assert told[6][1] == "A37-7"
    assert told[8][2] == "The row names no order: write its number or its id."
    assert told[9][2] == "Your store has no order 987654."
    assert told[10][2] == f"Your store has no order {strange.public_id}."
    assert told[11][2] == "Your store has no order x."
    assert told[12][2] == "The number and the id in this row are of different orders."
    assert "its digits are lost" in told[13][2]
    assert told[14][2].startswith("Waybill number: Write at most 60 characters")
    assert "Delivery method: Choose one of" in told[15][2]
    assert "Items in this parcel: Write a whole number." in told[15][2]
    assert nothing_new() == before, "a preview does nothing"
    page = text_of(owner.get(page_of(batch)))
    assert "2 parcels will be shipped, 13 cannot" in page
    assert "Your store has no order 987654." in page
    assert "/rules/A37-6" in page or "A37-6" in page
    assert nothing_new() == before


def other_stores_order(fair: Fair) -> Any:
    order = fair.do("buyer.place_order", on=fair.other_listing, as_=fair.buyer_actor())
    return fair.do("buyer.pay", on=order, as_=fair.buyer_actor())


def test_an_order_whose_time_is_over_cannot_be_shipped_though_nobody_has_closed_it_yet(db: Any, client: Client) -> None:
    fair = build_fair(begin=now() - parse_duration("8d"))
    order = fair.paid()
    client.force_login(fair.staff["owner"])

    batch = sent(client, f"order,waybill\n{order.number},LP10001CN\n")

    assert verdicts(batch)[0][0] == "cannot"
    assert fair.fresh(order).state == "awaiting_shipment", "closing it is the clerk's business"


def test_a_parcel_that_was_recorded_before_is_not_recorded_again(fair: Fair, owner: Client) -> None:
    order = fair.paid("lamp", quantity=3)
    fair.do("seller.ship", on=order, waybill="LP10001CN", quantity=1)

    batch = sent(owner, f"order,waybill,quantity\n{order.number},LP 10001-CN,1\n")

    assert verdicts(batch)[0][2].startswith("A parcel with the waybill LP 10001-CN was recorded")


def test_one_number_for_parcels_of_two_buyers_is_warned_of_and_for_one_buyer_is_not(fair: Fair, owner: Client) -> None:
    one, two, other = fair.paid(), fair.paid(), fair.paid(buyer=fair.other_buyer)
    lines = [f"{one.number},LP10001CN", f"{two.number},LP10001CN", f"{other.number},LP10002CN"]

    assert [row[2] for row in verdicts(sent(owner, "\n".join(["order,waybill", *lines])))] == ["", "", ""]
    lines[2] = f"{other.number},lp 10001-cn"
    batch = sent(owner, "\n".join(["order,waybill", *lines]))

    assert {row[:2] for row in verdicts(batch)} == {("ready", "V-16")}
    fair.do("seller.ship", on=one, waybill="LP10003CN")
    assert verdicts(sent(owner, f"order,waybill\n{other.number},LP10003CN"))[0][:2] == ("ready", "V-16")
    assert verdicts(sent(owner, f"order,waybill\n{two.number},LP10003CN"))[0] == ("ready", "", "")
    assert "Parcels of different buyers bear this number" in text_of(owner.get(page_of(batch)))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK\x03\x04", "Save as"),
        (b"order,waybill\n", "no rows"),
        (b"order,waybill\n7,\n8,\n", "No row has a waybill"),
        (b"name,street\nA,B\n", "The first row must name the columns"),
        (b"", "file is empty"),
    ],
)
def test_a_file_without_parcels_is_told_beside_the_form(content: bytes, says: str, fair: Fair, owner: Client) -> None:
    answer = send(owner, content)

    assert answer.status_code == 422
    assert says in text_of(answer)
    assert not ShippingBatch.objects.exists()


def test_no_file_at_all_is_told_as_well(owner: Client) -> None:
    answer = owner.post(BULK)

    assert answer.status_code == 422
    assert "This field is required" in text_of(answer)


def test_a_preview_costs_the_same_number_of_statements_for_two_rows_and_for_many(fair: Fair, owner: Client) -> None:
    orders = [fair.paid() for _order in range(12)]
    lines = [f"{order.number},LP{order.number:05}CN" for order in orders]
    few, two = statements(lambda: sent(owner, "\n".join(["order,waybill", *lines[:2]])))
    many, batch = statements(lambda: sent(owner, "\n".join(["order,waybill", *lines])))
    owner.get(page_of(batch))  # from here on the session knows the store
    page_of_few, _page = statements(lambda: owner.get(page_of(two)))
    page_of_many, _page = statements(lambda: owner.get(page_of(batch)))

    assert batch.rows.count() == 12
    assert many == few
    assert page_of_many == page_of_few


def test_a_long_list_is_shown_page_by_page(fair: Fair, owner: Client) -> None:
    lines = "\n".join(f"{number},LP{number:05}CN" for number in range(1000, 1120))
    batch = sent(owner, f"order,waybill\n{lines}\n")

    first = owner.get(page_of(batch))
    second = owner.get(page_of(batch) + first.context["pager"]["older"])

    assert [row["number"] for row in first.context["rows"]] == list(range(2, 52))
    assert [row["number"] for row in second.context["rows"]] == list(range(52, 102))
    assert "rows=cannot" in owner.get(f"{page_of(batch)}?rows=cannot").context["pager"]["older"]


# ------------------------------------------------------------------ doing


def test_what_is_confirmed_is_shipped_and_the_rest_comes_back_to_be_corrected(fair: Fair, owner: Client) -> None:
    one, two, third = fair.paid(), fair.paid("lantern", quantity=2), fair.paid()
    batch = sent(
        owner,
        "My ref;Waybill;Order;Quantity;Method\n"
        f"=A1;LP20001CN;#{one.number};;\n"
        f"B;LP20002CN;#{two.number};1;{two.method.title()}\n"
        f"C;LP20003CN;#{two.number};1;\n"
        f"D;00340434161094021501;#{third.number};5;\n",
        name="today's parcels.csv",
    )

    confirmed(owner, batch)

    assert batch.state == BatchState.DONE
    assert [fair.fresh(order).state for order in (one, two, third)] == ["shipped", "shipped", "awaiting_shipment"]
    assert set(Shipment.objects.filter(order=two).values_list("waybill", "quantity")) == {
        ("LP20002CN", 1),
        ("LP20003CN", 1),
    }
    entry = JournalEntry.objects.filter(root_id=one.id, act="order.ship_rest").get()
    assert (entry.actor_id, entry.door) == (fair.staff["owner"].id, "portal")
    page = text_of(owner.get(page_of(batch)))
    assert "3 parcels were shipped, 1 was not" in page
    answer = owner.get(f"{page_of(batch)}not-shipped.csv")
    assert "not-shipped.csv" in answer["Content-Disposition"]
    assert table_of(answer) == [
        ["My ref", "Waybill", "Order", "Quantity", "Method", "Rule", "Why it was not shipped"],
        [
            "D",
            "'00340434161094021501",
            f"#{third.number}",
            "5",
            "",
            "A34-1",
            "1 items are left to ship, 5 were declared.",
        ],
    ]


def test_the_carrier_of_a_row_is_known_by_code_or_name_and_its_form_of_numbers_holds(fair: Fair, owner: Client) -> None:
    one, two, three = fair.paid(), fair.paid(), fair.paid()
    batch = sent(
        owner,
        "order,waybill,carrier\n"
        f"{one.number},swp0000000001,SWIFT PARCEL\n"
        f"{two.number},LP10001CN,Post\n"
        f"{three.number},LP10001CN,Aunt Mary's van\n",
    )

    confirmed(owner, batch)

    assert [row[:2] for row in verdicts(batch)] == [("shipped", ""), ("cannot", "A37-7"), ("shipped", "")]
    assert [parcel.carrier.lower() for parcel in Shipment.objects.order_by("id")] == ["sandbox", "aunt mary's van"]


def test_the_rejects_can_be_corrected_and_sent_again(fair: Fair, owner: Client) -> None:
    order = fair.paid()
    batch = sent(owner, f"order,waybill,quantity\n{order.number},'00340434161094021501,5\n")
    lines = table_of(owner.get(f"{page_of(batch)}not-shipped.csv"))

    lines[1][2] = "1"
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    again = confirmed(owner, sent(owner, out.getvalue()))

    assert again.state == BatchState.DONE
    assert Shipment.objects.get(order=order).waybill == "00340434161094021501"
    assert again.header == ["order", "waybill", "quantity", "Rule", "Why it was not shipped"]


def test_a_second_press_and_a_second_worker_ship_nothing_twice(fair: Fair, owner: Client) -> None:
    order = fair.paid("lamp", quantity=4)
    batch = sent(owner, f"order,waybill,quantity\n{order.number},LP30001CN,1\n{order.number},LP30002CN,1\n")

    for _press in range(2):
        confirmed(owner, batch)
    doing.turn(batch.id)

    assert Shipment.objects.filter(order=order).count() == 2


class Dead(BaseException):
    """A process that ends between two statements."""


def test_a_crash_between_a_parcel_and_its_row_ships_nothing_twice_and_the_list_goes_on(
    fair: Fair, owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [fair.paid("lamp", quantity=2) for _order in range(3)]
    lines = "\n".join(f"{order.number},LP4000{order.number}CN,1" for order in orders)
    batch = sent(owner, f"order,waybill,quantity\n{lines}\n")
    really = doing.perform
    done: list[Any] = []

    def once(*args: Any, **kwargs: Any) -> Any:
        answer = really(*args, **kwargs)
        done.append(answer)
        if len(done) == 2:
            raise Dead
        return answer

    monkeypatch.setattr(doing, "perform", once)
    doing.confirm(batch, fair.staff["owner"])
    with pytest.raises(Dead):
        doing.turn(batch.id)
    assert [row[0] for row in verdicts(batch)] == ["shipped", "ready", "ready"]
    monkeypatch.setattr(doing, "perform", lambda *args, **kwargs: done.append(really(*args, **kwargs)) or done[-1])
    page = owner.get(page_of(batch))
    assert page.context["rests"]
    assert owner.post(f"{page_of(batch)}go-on/").status_code == 302

    batch.refresh_from_db()
    assert [row[0] for row in verdicts(batch)] == ["shipped"] * 3
    assert (batch.state, Shipment.objects.count()) == (BatchState.DONE, 3)
    assert [one.replayed for one in done] == [False, False, True, False]


def test_the_same_file_confirmed_twice_ships_once(fair: Fair, owner: Client) -> None:
    order = fair.paid("lamp", quantity=4)
    content = f"order,waybill,quantity\n{order.number},LP50001CN,1\n"
    first, second = sent(owner, content), sent(owner, content)

    confirmed(owner, first)
    confirmed(owner, second)

    assert Shipment.objects.filter(order=order).count() == 1
    assert verdicts(second)[0][0] == "refused"
    assert "was recorded for this order before" in verdicts(second)[0][2]


def test_what_changed_between_preview_and_confirmation_is_refused_under_its_rule(fair: Fair, owner: Client) -> None:
    order, other = fair.paid(), fair.paid()
    batch = sent(owner, f"order,waybill\n{order.number},LP60001CN\n{other.number},LP60002CN\n")
    fair.do("seller.ship", on=order, waybill="LP60009CN")

    confirmed(owner, batch)

    assert [row[0] for row in verdicts(batch)] == ["refused", "shipped"]
    assert "while the order is shipped" in verdicts(batch)[0][2]
    assert "Refused while shipping" in text_of(owner.get(page_of(batch)))


def test_a_failure_of_ours_stops_its_row_only(fair: Fair, owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    order, other = fair.paid(), fair.paid()
    batch = sent(owner, f"order,waybill\n{order.number},LP60001CN\n{other.number},LP60002CN\n")
    really = doing.perform

    def sometimes(name: str, **kwargs: Any) -> Any:
        if kwargs["on"] == order.id:
            raise ZeroDivisionError
        return really(name, **kwargs)

    monkeypatch.setattr(doing, "perform", sometimes)
    confirmed(owner, batch)

    assert [row[0] for row in verdicts(batch)] == ["refused", "shipped"]
    assert verdicts(batch)[0][2].startswith("An error of ours stopped this row")


def test_a_row_whose_twin_is_at_work_waits(fair: Fair, owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    order = fair.paid()
    batch = sent(owner, f"order,waybill\n{order.number},LP60001CN\n")
    doing.confirm(batch, fair.staff["owner"])

    def busy(*args: Any, **kwargs: Any) -> Any:
        raise Busy("at work")

    monkeypatch.setattr(doing, "perform", busy)

    assert doing.turn(batch.id) is True
    assert verdicts(batch)[0][0] == "ready"


def test_who_left_the_store_ships_nothing_more_in_his_name(fair: Fair, owner: Client) -> None:
    order = fair.paid()
    batch = sent(owner, f"order,waybill\n{order.number},LP60001CN\n")
    doing.confirm(batch, fair.staff["fulfilment"])
    StaffMember.objects.filter(user=fair.staff["fulfilment"]).delete()

    assert doing.turn(batch.id) is False

    assert verdicts(batch)[0][0] == "refused"
    assert "no longer works for the store" in verdicts(batch)[0][2]
    assert fair.fresh(order).state == "awaiting_shipment"


def test_whose_role_was_taken_away_ships_nothing_more(fair: Fair, owner: Client) -> None:
    order = fair.paid()
    batch = sent(owner, f"order,waybill\n{order.number},LP60001CN\n")
    doing.confirm(batch, fair.staff["fulfilment"])
    StaffMember.objects.filter(user=fair.staff["fulfilment"]).update(role="read_only")

    doing.turn(batch.id)

    assert "Your role may not do this" in verdicts(batch)[0][2]
    assert fair.fresh(order).state == "awaiting_shipment"


# ------------------------------------------------------------------ long lists


@pytest.fixture
def long(fair: Fair, owner: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[ShippingBatch]:
    """A confirmed list that is too long for the page, and the questions that were put to the queue."""
    monkeypatch.setattr(doing, "AT_ONCE", 2)
    orders = [fair.paid() for _order in range(5)]
    lines = "\n".join(f"{order.number},LP7000{order.number}CN" for order in orders)
    yield sent(owner, f"order,waybill\n{lines}\n")


def queued() -> list[tuple[Any, ...]]:
    from django_q.models import OrmQ

    return [(task.func(), *task.args()) for task in OrmQ.objects.order_by("id")]


def test_a_long_list_is_the_workers(
    long: ShippingBatch, owner: Client, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        confirmed(owner, long)
    assert (long.state, Shipment.objects.count()) == (BatchState.RUNNING, 0)
    assert queued() == [("orders.tasks.ship_list", str(long.id))]
    page = owner.get(page_of(long))
    assert "0 of 5 parcels done" in text_of(page)
    assert b'<noscript><meta http-equiv="refresh"' in page.content
    assert b'hx-trigger="every 2s"' in page.content

    moments = iter(range(100))
    monkeypatch.setattr(doing.time, "monotonic", lambda: next(moments) * 2.0)
    with django_capture_on_commit_callbacks(execute=True):
        assert ship_list(str(long.id)) is True, "its time was up"
    done = Shipment.objects.count()
    assert 0 < done < 5
    assert len(queued()) == 2
    assert f"{done} of 5 parcels done" in text_of(owner.get(page_of(long)))

    while ship_list(str(long.id)):
        pass
    long.refresh_from_db()
    assert (long.state, Shipment.objects.count()) == (BatchState.DONE, 5)
    page = owner.get(page_of(long))
    assert "5 parcels were shipped" in text_of(page)
    assert b"http-equiv" not in page.content


def test_a_list_that_the_queue_lost_is_taken_up_again(
    long: ShippingBatch, owner: Client, django_capture_on_commit_callbacks: Any
) -> None:
    from django_q.models import OrmQ

    with django_capture_on_commit_callbacks(execute=True):
        confirmed(owner, long)
    OrmQ.objects.all().delete()

    with django_capture_on_commit_callbacks(execute=True):
        assert go_on_with_lists() == 1

    assert queued() == [("orders.tasks.ship_list", str(long.id))]


def test_a_list_that_somebody_holds_is_left_to_him_until_his_lease_ends(long: ShippingBatch, owner: Client) -> None:
    confirmed(owner, long)
    ShippingBatch.objects.update(holder=long.id, lease_until=now() + doing.LEASE)

    assert doing.turn(long.id) is False
    assert go_on_with_lists() == 0
    assert owner.post(f"{page_of(long)}go-on/").status_code == 302
    assert Shipment.objects.count() == 0

    with time_machine.travel(now() + doing.LEASE):
        assert go_on_with_lists() == 1
        assert doing.turn(long.id) is False
    assert Shipment.objects.count() == 5


# ------------------------------------------------------------------ doors


@pytest.mark.parametrize("role", ["support", "finance", "read_only"])
def test_only_who_may_ship_ships_many(role: str, fair: Fair, owner: Client, sign_in: Callable[..., Client]) -> None:
    order = fair.paid()
    batch = sent(owner, f"order,waybill\n{order.number},LP80001CN\n")
    client = sign_in(role)

    for address in (BULK, f"{BULK}waiting.csv", page_of(batch), f"{page_of(batch)}not-shipped.csv"):
        assert client.get(address).status_code == 403, address
    for address in (BULK, f"{page_of(batch)}confirm/", f"{page_of(batch)}go-on/"):
        assert client.post(address).status_code == 403, address
    assert fair.fresh(order).state == "awaiting_shipment"
    assert "Ship many orders" not in text_of(client.get("/portal/orders/"))
    assert "Ship many orders" in text_of(sign_in("fulfilment").get("/portal/orders/"))


def test_another_stores_list_is_not_there(fair: Fair, owner: Client, sign_in: Callable[..., Client]) -> None:
    order = fair.paid()
    batch = sent(owner, f"order,waybill\n{order.number},LP80001CN\n")
    stranger = sign_in(fair.stranger)

    for address in (page_of(batch), f"{page_of(batch)}not-shipped.csv", f"{page_of(batch)}packing-slips.pdf"):
        assert stranger.get(address).status_code == 404, address
    assert stranger.post(f"{page_of(batch)}confirm/").status_code == 404
    assert "parcels.csv" not in text_of(stranger.get(BULK))
    for text in ("x", "shl_", str(batch.id), "ord_01kaxqe8wg0000000000000000", "%00", "x" * 3000):
        assert owner.get(f"{BULK}{text}/").status_code == 404, text


def test_the_latest_lists_are_at_hand_and_old_ones_are_forgotten(fair: Fair, owner: Client) -> None:
    order, other = fair.paid(), fair.paid()
    old = sent(owner, f"order,waybill\n{order.number},LP80001CN\n", name="old.csv")
    ShippingBatch.objects.filter(id=old.id).update(made_at=now() - timedelta(days=91))
    sent(owner, f"order,waybill\n{other.number},LP80002CN\n", name="C:\\Users\\Lin\\new.csv")

    page = text_of(owner.get(BULK))

    assert "new.csv" in page
    assert "old.csv" not in page
    assert "Users" not in page
    assert not ShippingRow.objects.filter(batch_id=old.id).exists()


def test_the_page_tells_the_limits_that_hold(owner: Client) -> None:
    page = text_of(owner.get(BULK))

    assert f"at most {sheet.MOST_ROWS:,} rows and {sheet.MOST_BYTES // 1_000_000} MB" in page
