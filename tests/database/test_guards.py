"""PostgreSQL makes impossible what the rules forbid: raw SQL goes around Python and is refused."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import Error, connection, transaction

from disputes.models import Dispute
from finance.models import Balance, Leg, Transaction
from rulebook.docket.speaking import bound
from rulebook.ids import new_id
from rulebook.models import Deadline, JournalEntry
from tests.fair import Fair, build_fair

pytestmark = pytest.mark.django_db


@pytest.fixture
def fair() -> Fair:
    return build_fair()


def refused(sql: str, params: list[Any], words: str) -> None:
    """The statement, or the deferred check at the transaction's end, is refused, and nothing stays."""
    with pytest.raises(Error, match=words), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
        assert cursor.rowcount != 0, "nothing was touched: the test tests nothing"
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


# ------------------------------------------------------------------ the ledger


def leg(
    transaction_id: Any, store: Any, minor: int, kind: str = "escrow", currency: str = "USD"
) -> tuple[str, list[Any]]:
    return (
        "INSERT INTO finance_leg (id, store_id, transaction_id, kind, amount_minor, currency)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [new_id(), store, transaction_id, kind, minor, currency],
    )


def test_a_leg_alone_does_not_balance(fair: Fair) -> None:
    order = fair.paid()
    known = Transaction.objects.get(order_id=order.id)

    refused(*leg(known.id, order.store_id, 5), "does not balance")
    refused(*leg(new_id(), order.store_id, 5), "does not balance")


def test_legs_balance_in_each_currency_not_over_all(fair: Fair) -> None:
    store, fresh = fair.store.id, new_id()
    one, two = leg(fresh, store, 5, "escrow", "USD"), leg(fresh, store, -5, "clearing", "EUR")

    refused(f"{one[0]}; {two[0]}", [*one[1], *two[1]], "does not balance")


def test_legs_that_balance_are_taken(fair: Fair) -> None:
    store, fresh = fair.store.id, new_id()

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(*leg(fresh, store, 5, "escrow"))
        cursor.execute(*leg(fresh, store, -5, "clearing"))
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    assert Leg.objects.filter(transaction_id=fresh).count() == 2


def test_a_leg_moves_something_in_a_known_account(fair: Fair) -> None:
    refused(*leg(new_id(), fair.store.id, 0), "leg_moves_something")
    refused(*leg(new_id(), fair.store.id, 1, kind="pocket"), "leg_kind_known")


@pytest.mark.parametrize(
    ("kind", "minor", "right"),
    [
        ("escrow", -1, False),
        ("available", -1, False),
        ("in_transit", -1, False),
        ("deposit", -1, False),
        ("bond", -1, False),
        ("advance_reserve", -1, False),
        ("commission", -1, False),
        ("penalties", -1, False),
        ("pass_through", -1, False),
        ("owed", 1, False),
        ("compensation", 1, False),
        ("logistics", 1, False),
        ("chargeback_loss", 1, False),
        ("escrow", 1, True),
        ("owed", -1, True),
        ("compensation", -1, True),
        ("clearing", -1, True),
        ("clearing", 1, True),
        ("available", 0, True),
        ("owed", 0, True),
        ("pocket", 1, False),
    ],
)
def test_a_balance_has_the_sign_of_its_kind(fair: Fair, kind: str, minor: int, right: bool) -> None:
    sql = "INSERT INTO finance_balance (id, store_id, kind, currency, amount_minor) VALUES (%s, %s, %s, 'USD', %s)"
    params = [new_id(), fair.other_store.id, kind, minor]

    if not right:
        refused(sql, params, "balance_has_the_sign_of_its_kind|balance_kind_known")
        return
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def test_more_than_there_is_cannot_leave_an_account(fair: Fair) -> None:
    fair.paid()

    refused(
        "UPDATE finance_balance SET amount_minor = amount_minor - 999999 WHERE kind = 'escrow'",
        [],
        "balance_has_the_sign_of_its_kind",
    )
    assert Balance.objects.filter(kind="escrow", amount_minor__lt=0).count() == 0


def test_one_cause_posts_once_and_an_account_has_one_balance(fair: Fair) -> None:
    fair.paid()
    columns = "store_id, kind, order_id, entry_id, rule, effective_at, facts, key, reverses_id"

    refused(
        f"INSERT INTO finance_transaction (id, {columns}) SELECT gen_random_uuid(), {columns} FROM finance_transaction",
        [],
        "transaction_once_per_key",
    )
    refused(
        "INSERT INTO finance_balance (id, store_id, kind, currency, amount_minor)"
        " SELECT gen_random_uuid(), store_id, kind, currency, amount_minor FROM finance_balance",
        [],
        "balance_once_per_account",
    )


# ------------------------------------------------------------------ what is said once

APPEND_ONLY = ["rulebook_journalentry", "finance_transaction", "finance_leg"]


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}", "TRUNCATE {} CASCADE"])
def test_what_was_written_is_never_changed_or_taken_away(fair: Fair, table: str, statement: str) -> None:
    fair.paid()

    with pytest.raises(Error, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement.format(table))
    assert JournalEntry.objects.exists()


def test_a_number_of_a_book_is_given_once(fair: Fair) -> None:
    fair.placed()
    names = [field.column for field in JournalEntry._meta.concrete_fields if field.name != "id"]
    columns = ", ".join(f'"{name}"' for name in names)

    refused(
        f"INSERT INTO rulebook_journalentry (id, {columns})"
        f" SELECT gen_random_uuid(), {columns} FROM rulebook_journalentry",
        [],
        "journal_number_once_per_book",
    )


# ------------------------------------------------------------------ states and cases


@pytest.mark.parametrize(
    ("table", "column", "constraint"),
    [
        ("orders_order", "state", "order_state_known"),
        ("orders_order", "release", "order_release_known"),
        ("orders_order", "close_reason", "order_close_reason_known"),
        ("disputes_dispute", "state", "dispute_state_known"),
        ("disputes_dispute", "outcome", "dispute_outcome_known"),
        ("disputes_dispute", "reason", "dispute_reason_known"),
        ("disputes_ruling", "state", "ruling_state_known"),
        ("orders_shipment", "state", "shipment_state_known"),
        ("stores_store", "state", "store_state_known"),
        ("stores_store", "deposit_status", "store_deposit_status_known"),
        ("stores_seller", "state", "seller_state_known"),
        ("stores_listing", "state", "listing_state_known"),
        ("finance_payment", "state", "payment_state_known"),
        ("rulebook_deadline", "status", "deadline_status_known"),
    ],
)
def test_a_state_that_no_machine_has_is_refused(fair: Fair, table: str, column: str, constraint: str) -> None:
    fair.do("moderator.rule", on=fair.escalated(), refund="1.00 USD", reason="A trifle.")

    refused(f"UPDATE {table} SET {column} = 'bored'", [], constraint)


@pytest.mark.parametrize(
    ("sql", "constraint"),
    [
        ("UPDATE orders_order SET refunded_minor = paid_minor + 1", "order_refunds_no_more_than_paid"),
        ("UPDATE orders_order SET escrow_minor = -1", "order_escrow_not_negative"),
        ("UPDATE orders_orderline SET quantity_shipped = quantity + 1", "line_ships_no_more_than_bought"),
        ("UPDATE orders_orderline SET quantity = 0, quantity_shipped = 0", "line_of_at_least_one"),
        ("UPDATE orders_shipment SET quantity = 0", "shipment_holds_something"),
        ("UPDATE stores_listing SET stock = -1", "listing_stock_not_negative"),
        ("UPDATE stores_store SET deposit_paid_minor = -1", "store_deposit_not_negative"),
        ("UPDATE disputes_dispute SET refund_minor = 0", "dispute_claims_some_money"),
        ("UPDATE disputes_ruling SET reason = ''", "ruling_gives_its_reason"),
        ("UPDATE disputes_ruling SET refund_minor = -1", "ruling_not_negative"),
        ("UPDATE disputes_ruling SET approved_by = made_by", "ruling_approved_by_another"),
        ("UPDATE finance_payment SET amount_minor = 0", "payment_of_some_money"),
    ],
)
def test_what_no_rule_allows_the_database_refuses(fair: Fair, sql: str, constraint: str) -> None:
    fair.do("moderator.rule", on=fair.escalated(), refund="1.00 USD", reason="A trifle.")

    refused(sql, [], constraint)


def copied(model: Any, source: Any, **changed: Any) -> tuple[str, list[Any]]:
    """An INSERT of a row like another one."""
    values = {field.column: getattr(source, field.attname) for field in model._meta.concrete_fields}
    values |= {"id": new_id(), **changed}
    values = {name: bound(value) for name, value in values.items()}
    names = ", ".join(f'"{name}"' for name in values)
    return f"INSERT INTO {model._meta.db_table} ({names}) VALUES ({', '.join(['%s'] * len(values))})", list(
        values.values()
    )


def test_an_order_has_one_open_dispute(fair: Fair) -> None:
    dispute = fair.disputed()

    refused(*copied(Dispute, dispute, number=99), "dispute_one_open_per_order")


def test_a_case_cannot_point_at_another_store_s_order(fair: Fair) -> None:
    dispute = fair.disputed()
    fair.do("seller.accept_dispute", on=dispute)
    theirs = copied(Dispute, fair.fresh(dispute), number=99, store_id=fair.other_store.id)

    refused(*theirs, "of_its_store|foreign key")


def test_a_line_a_parcel_and_a_ruling_stay_in_their_store(fair: Fair) -> None:
    fair.do("moderator.rule", on=fair.escalated(), refund="1.00 USD", reason="A trifle.")

    for table in ("orders_orderline", "orders_shipment", "disputes_ruling"):
        refused(f"UPDATE {table} SET store_id = %s", [fair.other_store.id], "foreign key|of_its_store")


def test_a_subject_has_one_pending_deadline_of_a_name(fair: Fair) -> None:
    fair.placed()

    refused(*copied(Deadline, Deadline.objects.get(name="payment")), "deadline_one_pending_per_subject_and_name")


@pytest.mark.parametrize(
    "table", ["stores_store", "orders_order", "disputes_dispute", "stores_listing", "stores_seller"]
)
def test_nothing_that_proves_something_takes_others_with_it(fair: Fair, table: str) -> None:
    fair.do("moderator.rule", on=fair.escalated(), refund="1.00 USD", reason="A trifle.")

    refused(f"DELETE FROM {table}", [], "foreign key|violates")


def constraint_names() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint UNION SELECT indexname FROM pg_indexes")
        return {row[0] for row in cursor.fetchall()}


def test_every_constraint_of_the_models_is_in_the_database() -> None:
    from django.apps import apps

    apps_of_ours = ("rulebook", "stores", "finance", "orders", "disputes")
    wanted = {
        item.name
        for app in apps_of_ours
        for model in apps.get_app_config(app).get_models()
        for item in model._meta.constraints
    }

    assert wanted - constraint_names() == set()
