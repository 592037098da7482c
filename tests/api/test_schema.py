"""The description is valid, says what there is, and the answers keep to it."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from io import StringIO
from typing import Any

import jsonschema
import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import get_resolver

from rulebook.actions import actions
from rulebook.inputs import Amount, Choice, Codes, Flag, Input, Moment, Reference, Rows, Text, Upload, Uploads, Whole
from rulebook.samples import sample
from tests.api.conftest import Caller
from tests.fair import Fair


@lru_cache(maxsize=1)
def described() -> dict[str, Any]:
    out = StringIO()
    call_command("spectacular", "--format", "openapi-json", "--validate", "--fail-on-warn", stdout=out)
    return json.loads(out.getvalue())


def validator(name: str) -> jsonschema.Draft202012Validator:
    schema = {"$ref": f"#/components/schemas/{name}", "components": described()["components"]}
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())


def keeps_to(name: str, value: Any) -> None:
    errors = [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in validator(name).iter_errors(value)
    ]
    assert errors == []


def test_it_is_valid_openapi_without_a_warning():
    assert described()["openapi"] == "3.1.1"


def test_every_reference_leads_somewhere():
    names = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(described())))
    assert names <= described()["components"]["schemas"].keys()


def test_every_action_has_its_address():
    paths = described()["paths"]
    for act in actions().values():
        if act.on is not None:
            assert any(
                path.endswith(f"/{{public_id}}/{act.verb}") and f"`{act.name}`" in operations["post"]["description"]
                for path, operations in paths.items()
                if "post" in operations
            ), act.name


def test_every_address_below_the_version_is_described():
    addresses = {
        "/api/v1/" + re.sub(r"<[^:]+:(\w+)>", r"{\1}", str(pattern.pattern))
        for entry in get_resolver().url_patterns
        if str(entry.pattern) == "api/v1/"
        for pattern in entry.url_patterns
    }
    assert addresses == set(described()["paths"])


def test_every_operation_has_a_name_of_its_own_a_tag_and_its_key():
    operations = [operation for path in described()["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert all(operation["tags"] and operation["security"] == [{"key": []}] for operation in operations)
    assert {tag for operation in operations for tag in operation["tags"]} == {
        tag["name"] for tag in described()["tags"]
    }


@pytest.mark.parametrize("name", sorted(actions()))
def test_inputs_are_described_as_they_are_read(name: str):
    """What the description allows at its edges, the input takes; what it forbids, the input refuses."""
    act = actions()[name]
    operation = next(
        (
            operations["post"]
            for path, operations in described()["paths"].items()
            if act.on is not None
            and path.endswith(f"/{{public_id}}/{act.verb}")
            and f"`{name}`" in operations["post"]["description"]
        ),
        None,
    )
    if operation is None:
        assert act.on is None
        return
    ref = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    schema = described()["components"]["schemas"][ref]
    assert schema["additionalProperties"] is False
    shown = {key for key, spec in act.inputs.items() if not isinstance(spec, Upload | Uploads)}
    assert schema["properties"].keys() == shown
    assert set(schema.get("required", ())) == {key for key in shown if act.inputs[key].required}
    for key in shown:
        agree(act.inputs[key], {**schema["properties"][key], "components": described()["components"]})


def agree(spec: Input, schema: dict[str, Any]) -> None:
    known = jsonschema.Draft202012Validator(schema)
    for value in samples(spec):
        try:
            spec.clean(value)
            taken = True
        except ValueError:
            taken = False
        assert taken == known.is_valid(value), (spec, value)


def samples(spec: Input) -> list[Any]:
    if isinstance(spec, Text):
        return ["x" * spec.longest, "x" * (spec.longest + 1), [], {}]
    if isinstance(spec, Whole):
        return [spec.least, spec.most, spec.least - 1, spec.most + 1, [], {}, "x", True, 1.5]
    if isinstance(spec, Amount):
        return [
            {"amount": "12.34", "currency": "USD"},
            {"amount": 12, "currency": "USD"},
            {"amount": "12.34"},
            12,
            [],
            "x",
        ]
    if isinstance(spec, Choice):
        return [*spec.codes, "no such code", 7, []]
    if isinstance(spec, Flag):
        return [True, False, [], "perhaps"]
    if isinstance(spec, Reference):
        return [f"{spec.prefix}_{'0' * 26}", "xyz_" + "0" * 26, f"{spec.prefix}_short", 5]
    if isinstance(spec, Codes):
        return [["DE", "fr"], ["DE"], [], ["x" * (spec.longest + 1)], ["D-E"], [7], {}, 7, ["D1"] * spec.most]
    if isinstance(spec, Rows):
        return [[], {}, "x", [{}] * (spec.most + 1)]
    return ["2026-03-07T14:00:00+08:00", "2026-03-07"] if isinstance(spec, Moment) else []


def test_answers_keep_to_the_description(fair: Fair, buyer: Caller, seller: Caller, arbitrator: Caller):
    dispute = fair.disputed()
    fair.do("seller.make_offer", on=dispute, refund="5.00 USD")
    fair.do("buyer.add_evidence", on=dispute, text="Look.", file=sample("one.jpg"))
    fair.do("buyer.request_cancellation", on=fair.paid())
    fair.completed()
    store = fair.store.public_id
    fair.do("buyer.message", on=dispute.order, text="Hello?")

    for caller in (buyer, seller):
        for collection, word in (
            ("orders", "Order"),
            ("disputes", "Dispute"),
            ("listings", "Listing"),
            ("cancellations?state=requested", "Cancellation"),
            (f"shipments?order={dispute.order.public_id}", "Shipment"),
            (f"evidence?dispute={dispute.public_id}", "Evidence"),
            (f"messages?order={dispute.order.public_id}", "Message"),
        ):
            status, page = caller.get(collection)
            assert status == 200, page
            assert page["results"], collection
            keeps_to(f"{collection.partition('?')[0].capitalize()}Page", page)
            keeps_to(word, caller.get(f"{collection.partition('?')[0]}/{page['results'][0]['id']}")[1])
    keeps_to("StoresPage", seller.get("stores")[1])
    keeps_to("Balances", arbitrator.get(f"stores/{store}/balances")[1])
    keeps_to("StatementPage", seller.get(f"stores/{store}/statement")[1])
    keeps_to("EntriesPage", seller.get(f"stores/{store}/journal")[1])
    keeps_to("EntriesPage", buyer.get(f"orders/{dispute.order.public_id}/journal")[1])
    keeps_to("RulesPage", buyer.get("rules?limit=100")[1])
    keeps_to("RuleInForce", buyer.get("rules/A40")[1])
    keeps_to("Problem", buyer.post(f"disputes/{dispute.public_id}/escalate")[1])
    keeps_to("Problem", seller.post(f"orders/{dispute.order.public_id}/ship", {"quantity": "x"})[1])
    keeps_to("Withdrawal", withdrawn(fair, seller))


def withdrawn(fair: Fair, seller: Caller) -> Any:
    fair.advance("365d")
    return seller.done("withdrawals", {"amount": {"amount": "50.00", "currency": "USD"}})


def test_the_pages_for_people_are_open_and_ask_nobody_else(client: Client, db: None):
    page = client.get("/api/docs/")
    assert page.status_code == 200
    assert "http" not in re.sub(r"http://(testserver|www\.w3\.org)", "", page.content.decode())
    schema = client.get("/api/schema/?format=json")
    assert schema.status_code == 200
    assert json.loads(schema.content)["servers"] == [{"url": "/", "description": "Here"}]
