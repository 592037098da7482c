"""Keys: who they speak for, how far they reach, and when they are no longer good."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client

from rulebook.clock import now
from stores.keys import key_of, make_key
from stores.models import ApiKey, Buyer
from tests.api.conftest import Caller
from tests.api.test_problems import assert_problem
from tests.fair import Fair


def test_only_the_hash_of_a_key_is_kept(fair: Fair):
    key, text = make_key(kind="store", name="system", store=fair.store, role="owner")

    _mark, prefix, secret = text.split("_")
    assert prefix == key.prefix
    assert len(secret) == 64
    assert secret not in str(ApiKey.objects.filter(pk=key.pk).values().get())
    assert key_of(text) == key
    assert key_of(text[:-1] + ("0" if text[-1] != "0" else "1")) is None


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer x",
        "Bearer pp_",
        "Bearer pp_aaaaaaaaaaaa_",
        "Bearer pp_aaaaaaaaaaaa_bbbb",
        "Basic YTpi",
        "Bearer pp_a\u00e9_b",
        "Bearer " + "pp_" * 3000,
    ],
)
def test_without_a_good_key_nobody_is_known(fair: Fair, header: str):
    caller = Caller("")
    caller.client = Client(headers={"Authorization": header} if header else {})

    caller.get("orders")

    assert_problem(caller, 401, "not_authenticated")
    assert caller.last["WWW-Authenticate"].startswith("Bearer")


def test_a_key_ends_when_it_is_revoked_or_runs_out_or_its_owner_leaves(fair: Fair):
    revoked, expired, personal, front = (
        Caller(fair.store_key()),
        Caller(fair.store_key()),
        Caller(fair.moderator_key("arbitrator")),
        Caller(fair.storefront_key(), **{"Piepowder-Buyer": "customer-1"}),
    )
    callers = [revoked, expired, personal, front]
    assert [caller.get("rules")[0] for caller in callers] == [200] * 4
    first, second = ApiKey.objects.filter(kind="store").order_by("created_at")
    ApiKey.objects.filter(pk=first.pk).update(revoked_at=now())
    ApiKey.objects.filter(pk=second.pk).update(expires_at=now())
    user = fair.moderators["arbitrator"]
    user.is_active = False
    user.save()
    fair.storefront.active = False
    fair.storefront.save()

    for caller in callers:
        caller.get("rules")
        assert_problem(caller, 401, "not_authenticated")


def test_a_key_that_runs_out_later_is_good_until_then(fair: Fair):
    key = make_key(kind="bank", name="bank", expires_at=now() + timedelta(hours=1))[1]
    assert Caller(key).get("withdrawals")[0] == 200


def test_scopes_narrow_a_key_to_actions_or_kinds(fair: Fair):
    order = fair.paid()
    ships = Caller(fair.store_key("owner", scopes=("seller.ship",)))
    orders = Caller(fair.store_key("owner", scopes=("orders",)))

    ships.get(f"orders/{order.public_id}")
    assert_problem(ships, 403, "forbidden")
    orders.get("disputes")
    assert_problem(orders, 403, "forbidden")
    orders.post("withdrawals", {"amount": {"amount": "1.00", "currency": "USD"}})
    assert_problem(orders, 403, "forbidden")
    ships.post(f"orders/{order.public_id}/message", {"text": "Hi"})
    assert_problem(ships, 403, "forbidden")
    assert orders.get(f"orders/{order.public_id}")[1]["actions"]["open"] == ["ship", "report_shortage", "message"]
    assert orders.done(f"orders/{order.public_id}/message", {"text": "Hi"})
    assert ships.done(f"orders/{order.public_id}/ship", {"waybill": "W10"})


def test_what_a_key_does_stands_in_the_journal_with_its_prefix(fair: Fair, arbitrator: Caller):
    key, text = make_key(kind="store", name="Lin's system", store=fair.store, role="fulfilment")
    order = fair.paid()
    Caller(text).done(f"orders/{order.public_id}/ship", {"waybill": "W10"})

    from rulebook.models import JournalEntry

    entry = JournalEntry.objects.get(root_id=order.pk, act="order.ship_rest")
    assert (entry.door, entry.actor_name, entry.actor_kind) == (f"api {key.prefix}", "Lin's system", "seller")


def test_use_of_a_key_is_noted_once_a_minute(fair: Fair, seller: Caller):
    key = ApiKey.objects.get(kind="store", store=fair.store)
    seller.get("rules")
    first = ApiKey.objects.get(pk=key.pk).last_used_at
    seller.get("rules")
    assert ApiKey.objects.get(pk=key.pk).last_used_at == first
    ApiKey.objects.filter(pk=key.pk).update(last_used_at=now() - timedelta(minutes=2))
    seller.get("rules")
    assert ApiKey.objects.get(pk=key.pk).last_used_at >= first


def test_a_storefront_names_its_buyer_who_is_recorded_at_first_mention(fair: Fair):
    headers = {
        "Piepowder-Buyer": "novel-7",
        "Piepowder-Buyer-Name": "Zoë".encode().decode("latin-1"),
        "Piepowder-Buyer-Country": "de",
    }
    caller = Caller(fair.storefront_key(), **headers)

    assert [caller.get("orders")[0] for _time in range(2)] == [200, 200]

    buyer = Buyer.objects.get(storefront_id=fair.storefront.pk, reference="novel-7")
    assert (buyer.name, buyer.country) == ("Zoë", "DE")
    order = caller.done("orders", {"listing": fair.listings["lamp"].public_id})
    assert order["country"] == "DE"


def test_a_storefront_without_a_buyer_is_forbidden(fair: Fair):
    caller = Caller(fair.storefront_key())
    caller.get("orders")
    assert_problem(caller, 403, "forbidden")


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Piepowder-Buyer", "x" * 121),
        ("Piepowder-Buyer", "a\x7fb"),
        ("Piepowder-Buyer", "\xff\xfe"),
        ("Piepowder-Buyer-Country", "USA"),
        ("Piepowder-Buyer-Country", "1!"),
        ("Piepowder-Buyer-Name", "y" * 121),
    ],
)
def test_a_buyer_that_cannot_be_recorded_is_invalid(fair: Fair, header: str, value: str):
    caller = Caller(fair.storefront_key(), **{"Piepowder-Buyer": "fine", header: value})
    caller.get("orders")
    assert header in assert_problem(caller, 422, "invalid")["errors"]


def test_too_many_requests_in_a_minute_are_put_off(fair: Fair, seller: Caller, settings):
    settings.API_REQUESTS_PER_MINUTE = 2
    with time_machine.travel(now(), tick=False):  # all of them in one minute of the clock
        statuses = [seller.get("rules")[0] for _time in range(3)]

    assert statuses == [200, 200, 429]
    assert_problem(seller, 429, "throttled")
    assert 0 < int(seller.last["Retry-After"]) <= 60


def test_keys_are_made_by_command(fair: Fair):
    out = StringIO()
    call_command(
        "create_api_key",
        "store",
        "lins-lights",
        "--role",
        "fulfilment",
        "--scope",
        "seller.ship",
        stdout=out,
        stderr=StringIO(),
    )
    key = key_of(out.getvalue().strip())
    assert (key.store, key.role, key.scopes) == (fair.store, "fulfilment", ["seller.ship"])

    call_command("create_api_key", "storefront", "A new window", stdout=out, stderr=StringIO())
    for wrong in (
        ["store", "nowhere", "--role", "owner"],
        ["store", "lins-lights"],
        ["moderator", "owner@lin.example"],
        ["bank", "x"],
        ["storefront", "A new window", "--scope", "seller.shop"],
        ["store"],
    ):
        with pytest.raises(CommandError):
            call_command("create_api_key", *wrong, stdout=out, stderr=StringIO())


def test_a_providers_key_reads_its_own_kind_only(fair: Fair, bank: Caller, carrier: Caller):
    order = fair.shipped()
    assert carrier.get(f"shipments?waybill=WB{order.number}")[1]["results"][0]["order"] == order.public_id
    for caller, path in (
        (carrier, "orders"),
        (bank, "orders"),
        (carrier, "withdrawals"),
        (bank, "shipments?waybill=1"),
        (bank, "stores"),
    ):
        caller.get(path)
        assert_problem(caller, 403, "forbidden")
