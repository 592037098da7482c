"""Whatever is sent, the answer is a clear one of ours; nothing is changed by what is not understood."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rulebook.actions import actions
from rulebook.inputs import Amount, Choice, Flag, Input, Moment, Reference, Rows, Text, Whole
from rulebook.models import JournalEntry
from tests.api.conftest import Caller
from tests.fair import Fair

NASTY: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1,
    2**31,
    2**63,
    2**64,
    -(2**63),
    10**400,
    1.5,
    -0.0,
    1e308,
    "",
    " ",
    "0",
    "-1",
    "--5",
    "1e5",
    "x" * 5_000,
    "9" * 5_000,
    "\u202e",
    "\x7f",
    "\u0661\u0662",
    "\U0001f4a9",
    "'; DROP TABLE orders_order; --",
    "<script>alert(1)</script>",
    "{}",
    "%s%s%s",
    "{refund}",
    "NaN",
    "Infinity USD",
    "1.00 usd",
    "1,00 USD",
    "99999999999999999999.99 USD",
    "1.00 XXX",
    "-1.00 USD",
    "1.00 JPY",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "2026-02-30",
    [],
    [[]],
    [None],
    {},
    {"amount": "1.00"},
    {"amount": 1, "currency": "USD"},
    {"amount": "1e9", "currency": "USD"},
    {"amount": "9" * 30, "currency": "USD"},
    {"amount": "1.00", "currency": "US\u00d0"},
    {"amount": "1", "currency": "USD", "x": 1},
    {"$ne": None},
    {"a": {"b": {"c": [1, 2, {"d": None}]}}},
    "ord_" + "z" * 26,
    "ord_" + "7" + "z" * 25,
    "00000000-0000-0000-0000-000000000000",
]


def good(spec: Input) -> Any:
    """A value that the input takes."""
    if isinstance(spec, Amount):
        return {"amount": "1.00", "currency": "USD"}
    if isinstance(spec, Whole):
        return spec.least
    if isinstance(spec, Choice):
        return spec.codes[0]
    if isinstance(spec, Flag):
        return False
    if isinstance(spec, Reference):
        return f"{spec.prefix}_{'0' * 26}"
    if isinstance(spec, Rows):
        return [{name: good(field) for name, field in spec.fields.items()}]
    if isinstance(spec, Moment):
        return "2099-01-01"
    return "word" if isinstance(spec, Text) else None


@pytest.fixture
def scene(fair: Fair) -> dict[str, Any]:
    """An object of each kind that actions act on, and a caller of each kind of actor."""
    dispute = fair.disputed()
    order, cancelled = fair.paid(), fair.paid()
    return {
        "listing": fair.listings["lamp"],
        "order": order,
        "cancellation": fair.do("buyer.request_cancellation", on=cancelled),
        "shipment": fair.do("seller.ship", on=fair.paid(), waybill="W10"),
        "dispute": dispute,
        "store": fair.store,
        "callers": {
            "buyer": Caller(fair.storefront_key(), **{"Piepowder-Buyer": fair.buyer.reference}),
            "seller": Caller(fair.store_key()),
            "moderator": Caller(fair.moderator_key(_superuser(fair))),
            "carrier": Caller(fair.provider_key("carrier")),
            "bank": Caller(fair.provider_key("bank")),
        },
    }


def _superuser(fair: Fair) -> Any:
    user = fair.second
    user.is_superuser = True
    user.save()
    return user


def address(act: Any, scene: dict[str, Any]) -> str:
    from rulebook.api.resources import collection_of

    if act.on is None:
        return collection_of(act.creates)
    target = scene.get(act.on.KIND)
    identity = target.public_id if target is not None else f"{act.on.PREFIX}_{'0' * 26}"
    return f"{collection_of(act.on)}/{identity}/{act.verb}"


@pytest.mark.parametrize(
    "name", sorted(name for name, act in actions().items() if act.actor != "system" and act.inputs)
)
def test_no_value_of_any_input_breaks_an_action(scene: dict[str, Any], settings, name: str):
    settings.API_REQUESTS_PER_MINUTE = 0
    act = actions()[name]
    caller = scene["callers"].get(act.actor)
    if caller is None:
        pytest.fail(f"nobody speaks for a {act.actor}")
    base = {key: good(spec) for key, spec in act.inputs.items() if spec.required}
    for field in act.inputs:
        for value in NASTY:
            status, answer = caller.post(address(act, scene), {**base, field: value})
            assert status in (200, 201, 404, 409, 422), (field, value, answer)
            if status == 422:
                assert answer["errors"]


def test_no_value_breaks_a_natural_creation(scene: dict[str, Any], settings):
    settings.API_REQUESTS_PER_MINUTE = 0
    for kind, collection, word in (
        ("buyer", "orders", "listing"),
        ("buyer", "disputes", "order"),
        ("seller", "withdrawals", "store"),
        ("seller", "shipments", "order"),
        ("buyer", "evidence", "dispute"),
    ):
        for value in NASTY:
            status, answer = scene["callers"][kind].post(collection, {word: value})
            assert status in (404, 409, 422), (collection, value, answer)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
NAMES = sorted(
    {name for act in actions().values() for name in act.inputs}
    | {"listing", "order", "store", "dispute", "state", "id"}
)
ADDRESSES = st.sampled_from(["orders", "disputes", "withdrawals", "evidence", "messages", "rulings", "amendments"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    address=ADDRESSES, body=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6) | VALUES, who=st.integers(0, 4)
)
def test_any_json_gets_a_clear_answer(scene: dict[str, Any], address: str, body: Any, who: int):
    caller = list(scene["callers"].values())[who]
    before = JournalEntry.objects.count()

    status, answer = caller.post(address, json.dumps(body))

    assert status in (201, 400, 403, 404, 405, 409, 422, 429), answer
    if status != 201:
        assert answer["code"]
        assert JournalEntry.objects.count() == before


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=200) | st.text(max_size=80).map(lambda text: ('{"' + text).encode("utf-8", "replace")))
def test_any_bytes_get_a_clear_answer(scene: dict[str, Any], raw: bytes):
    status, answer = scene["callers"]["buyer"].post("orders", raw)
    assert status in (400, 422, 429), answer


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(["orders", "disputes", "listings", "shipments", "rules", "withdrawals", "stores"]),
    name=st.sampled_from(
        ["state", "cursor", "limit", "store", "order", "placed_from", "opened_before", "reference", "article", "x"]
    ),
    value=st.text(max_size=60) | st.sampled_from([str(item) for item in NASTY]),
)
def test_any_query_gets_a_clear_answer(scene: dict[str, Any], path: str, name: str, value: str):
    from urllib.parse import urlencode

    for kind in ("buyer", "seller", "moderator"):
        status, answer = scene["callers"][kind].get(
            f"{path}?{urlencode({name: value.encode('utf-8', 'surrogatepass')})}"
        )
        assert status in (200, 403, 404, 422, 429), answer


def test_multipart_that_is_none_is_told_so(scene: dict[str, Any]):
    caller = scene["callers"]["buyer"]
    path = f"/api/v1/disputes/{scene['dispute'].public_id}/add_evidence"
    for content, kind in (
        (b"", "multipart/form-data"),
        (b"xx", "multipart/form-data; boundary=y"),
        (b"--y\r\n\r\n", "multipart/form-data; boundary=y"),
        (b"--y--", "multipart/form-data; boundary=" + "y" * 300),
        (b"\xff" * 50, "multipart/form-data; boundary=\xff"),
        (b"{}", "text/plain"),
        (b"{}", "application/x-www-form-urlencoded"),
        (b"{}", "nonsense"),
        (b"{}", ""),
    ):
        caller.last = caller.client.generic("POST", path, content, content_type=kind)
        assert caller.last.status_code in (400, 413, 415, 422), (kind, caller.last.content)
        assert caller.last["Content-Type"] == "application/problem+json"
    too_many = (
        b"".join(b'--y\r\nContent-Disposition: form-data; name="a%d"\r\n\r\n1\r\n' % number for number in range(1_200))
        + b"--y--"
    )
    caller.last = caller.client.generic("POST", path, too_many, content_type="multipart/form-data; boundary=y")
    assert caller.last.status_code in (400, 413)
