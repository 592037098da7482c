"""Whoever changes what was written is found out: journal, checkpoints, ledger, and the database's own guards."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from disputes import sql as disputes_sql
from finance import sql as finance_sql
from finance.models import Balance, Leg, Transaction
from finance.verifying import check, checks, verify_ledger
from orders import sql as orders_sql
from orders.models import Order
from rulebook import checkpoints, files
from rulebook import sql as rulebook_sql
from rulebook.checkpoints import Exported, export, is_genuine, take
from rulebook.clock import now
from rulebook.docket.effects import entry_hash
from rulebook.ids import new_id
from rulebook.models import ChainHead, Checkpoint, Deadline, JournalEntry
from rulebook.verifying import verify_journal
from tests.fair import build_fair

pytestmark = pytest.mark.django_db

PROVING = ("rulebook_journalentry", "rulebook_checkpoint", "finance_transaction", "finance_leg")


@pytest.fixture
def fair():
    """Some history in two books, and no guard that would stop a tamperer with the owner's rights."""
    fair = build_fair()
    fair.completed()
    fair.disputed()
    look_at_all_constraints()
    run(*(rulebook_sql.not_append_only(table) for table in PROVING))
    return fair


@pytest.fixture
def guarded():
    """The same under the guards that the migrations have set."""
    fair = build_fair()
    fair.completed()
    return fair


def run(*statements, **params):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, params or None)


def look_at_all_constraints():
    """As at the end of a transaction."""
    run("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL DEFERRED")


def faults(**how):
    return [str(fault) for fault in verify_journal(**how)]


def ledger_faults(name):
    return [fault for found, fault in verify_ledger() if found == name]


def book(fair):
    return JournalEntry.objects.filter(store_id=fair.store.id).order_by("number")


# ------------------------------------------------------------------ the journal


def test_what_nobody_touched_is_whole(fair):
    take()

    assert faults() == []


TAMPERINGS = {
    "a word of the reasons": lambda entry: run(
        "UPDATE rulebook_journalentry SET reason = 'x' WHERE id = %(id)s", id=entry.id
    ),
    "a fact": lambda entry: run(
        "UPDATE rulebook_journalentry SET facts = facts || '{\"x\": 1}' WHERE id = %(id)s", id=entry.id
    ),
    "a parameter": lambda entry: run(
        "UPDATE rulebook_journalentry SET parameters = '{\"x\": 1}' WHERE id = %(id)s", id=entry.id
    ),
    "the article": lambda entry: run(
        "UPDATE rulebook_journalentry SET rules = '[\"A1\"]' WHERE id = %(id)s", id=entry.id
    ),
    "the actor": lambda entry: run(
        "UPDATE rulebook_journalentry SET actor_name = 'Somebody' WHERE id = %(id)s", id=entry.id
    ),
    "the door": lambda entry: run("UPDATE rulebook_journalentry SET door = 'api x' WHERE id = %(id)s", id=entry.id),
    "the moment": lambda entry: run(
        "UPDATE rulebook_journalentry SET effective_at = effective_at - interval '1 microsecond' WHERE id = %(id)s",
        id=entry.id,
    ),
    "the case it is about": lambda entry: run(
        "UPDATE rulebook_journalentry SET subject_id = gen_random_uuid() WHERE id = %(id)s", id=entry.id
    ),
    "the transaction": lambda entry: run(
        "UPDATE rulebook_journalentry SET transaction_id = gen_random_uuid() WHERE id = %(id)s", id=entry.id
    ),
    "the state it led to": lambda entry: run(
        "UPDATE rulebook_journalentry SET to_state = 'x' WHERE id = %(id)s", id=entry.id
    ),
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_a_changed_entry_is_named(fair, what):
    entry = book(fair)[3]

    TAMPERINGS[what](entry)

    assert faults() == [f"entry 4 of book {fair.store.id} ({entry.id}): it does not say what was sealed"]


def test_a_missing_entry_is_named_by_the_one_after_it(fair):
    run("DELETE FROM rulebook_journalentry WHERE id = %(id)s", id=book(fair)[3].id)

    (fault,) = faults()
    assert fault.startswith(f"entry 5 of book {fair.store.id}")
    assert "1 are missing" in fault


def test_an_inserted_entry_is_found(fair):
    last = book(fair).last()
    JournalEntry.objects.create(
        **{**fields_of(last), "id": new_id(), "number": last.number + 1, "previous_hash": last.hash}
    )

    (fault,) = faults()
    assert fault.startswith(f"entry {last.number + 1} of book")


def test_an_entry_changed_with_its_own_hash_is_found_by_the_one_after_it(fair):
    entry = book(fair)[3]
    entry.reason = "nothing happened"
    entry.hash = entry_hash(entry)
    entry.save()

    (fault,) = faults()
    assert fault.startswith(f"entry 5 of book {fair.store.id}")
    assert fault.endswith("it does not follow from the entry before it")


def test_two_entries_that_changed_places_are_found(fair):
    first, second = book(fair)[2:4]
    run("UPDATE rulebook_journalentry SET number = -1 WHERE id = %(id)s", id=first.id)
    run("UPDATE rulebook_journalentry SET number = %(number)s WHERE id = %(id)s", id=second.id, number=first.number)
    run("UPDATE rulebook_journalentry SET number = %(number)s WHERE id = %(id)s", id=first.id, number=second.number)

    assert faults()[0].startswith(f"entry 3 of book {fair.store.id}")


def test_a_cut_tail_is_found_by_the_head(fair):
    last = book(fair).last()
    run("DELETE FROM rulebook_journalentry WHERE id = %(id)s", id=last.id)

    assert faults() == [
        f"book {fair.store.id}: its head stands at {last.number}, its last entry is number {last.number - 1}"
    ]


def test_a_book_that_is_gone_is_found_by_its_head(fair):
    count = book(fair).count()
    run("DELETE FROM rulebook_journalentry WHERE store_id = %(id)s", id=fair.store.id)

    assert faults() == [f"book {fair.store.id}: its head stands at {count}, but it has no entries"]


def test_a_head_that_is_gone_is_missed(fair):
    ChainHead.objects.filter(store_id=fair.store.id).delete()

    assert any("and no head" in fault for fault in faults())


def test_one_bad_book_does_not_hide_another(fair):
    run("UPDATE rulebook_journalentry SET reason = 'x' WHERE number = 1")

    assert len(faults()) == ChainHead.objects.count()


def test_one_book_can_be_looked_at_alone(fair):
    run("UPDATE rulebook_journalentry SET reason = 'x' WHERE store_id = %(id)s AND number = 1", id=fair.other_store.id)

    assert faults(store=fair.store.id) == []
    assert len(faults(store=fair.other_store.id)) == 1


def fields_of(entry):
    return {field.attname: getattr(entry, field.attname) for field in JournalEntry._meta.concrete_fields}


def rewrite(book_id, number, **changes):
    """What the owner of the database can do: change an entry and compute all hashes after it anew, head included."""
    entries = list(JournalEntry.objects.filter(store_id=book_id).order_by("number"))
    previous = checkpoints.GENESIS
    for entry in entries:
        if entry.number == number:
            entry.__dict__.update(changes)
        entry.previous_hash = previous
        entry.hash = previous = entry_hash(entry)
        entry.save()
    ChainHead.objects.filter(store_id=book_id).update(number=len(entries), hash=previous)


# ------------------------------------------------------------------ checkpoints


@pytest.fixture
def sealed(fair, tmp_path):
    """Checkpoints that lie where whoever owns the database cannot reach them."""
    path = tmp_path / "checkpoints.jsonl"
    export(Exported(*take()), path)
    return path


def test_a_book_rewritten_with_all_its_hashes_is_found_from_the_export_alone(fair, sealed):
    rewrite(fair.store.id, 2, reason="nothing happened")
    assert faults() == []

    last = ChainHead.objects.get(store_id=fair.store.id).number
    assert faults(exports=sealed) == [
        f"entry {last} of book {fair.store.id}: it or one before it was rewritten after it was sealed"
    ]


def test_a_tail_cut_off_with_its_head_is_found_from_the_export(fair, sealed):
    last = book(fair).last()
    run("DELETE FROM rulebook_journalentry WHERE id = %(id)s", id=last.id)
    before = book(fair).last()
    ChainHead.objects.filter(store_id=fair.store.id).update(number=before.number, hash=before.hash)

    assert any(f"entry {last.number} of book {fair.store.id}: sealed at" in fault for fault in faults(exports=sealed))
    assert any("the last checkpoint counted" in fault for fault in faults())


def test_a_database_set_back_to_yesterday_is_found_from_the_export(fair, sealed):
    Checkpoint.objects.all().delete()

    assert any("does not know it any more" in fault for fault in faults(exports=sealed))


def test_an_export_whose_heads_were_changed_is_found(fair, sealed):
    line = json.loads(sealed.read_text())
    line["heads"][0][1] += 1
    sealed.write_text(json.dumps(line) + "\n")

    assert any("its heads are not those that were sealed" in fault for fault in faults(exports=sealed))


def test_a_line_that_is_no_checkpoint_is_named(fair, sealed):
    sealed.write_text(sealed.read_text() + "{}\n")

    with pytest.raises(CommandError, match=r"line 2 of checkpoints\.jsonl"):
        call_command("verify_journal", checkpoints=sealed)


@pytest.mark.parametrize("column", ["entries", "books", "digest", "previous", "taken_at"])
def test_a_changed_checkpoint_loses_its_signature(fair, column):
    checkpoint, _heads = take()
    value = {"taken_at": now() - timedelta(days=9), "digest": "0" * 64, "previous": "1" * 64}.get(column, 1)
    Checkpoint.objects.filter(id=checkpoint.id).update(**{column: value})

    assert any("its signature does not fit" in fault for fault in faults())


def test_a_checkpoint_taken_out_of_the_chain_is_missed(fair):
    take()
    middle, _heads = take()
    take()
    Checkpoint.objects.filter(id=middle.id).delete()

    assert any("does not follow from the one before it" in fault for fault in faults())


def test_another_key_makes_another_signature(fair, settings):
    checkpoint, _heads = take()
    assert is_genuine(checkpoint)

    settings.SIGNING_KEY = "another"

    assert not is_genuine(checkpoint)


def test_production_does_not_sign_with_the_key_of_the_sessions(fair, settings):
    settings.PRODUCTION, settings.SIGNING_KEY = True, ""

    with pytest.raises(Exception, match="PIEPOWDER_SIGNING_KEY"):
        take()


def test_the_nightly_checkpoint_is_written_to_the_file_of_the_settings(fair, settings, tmp_path):
    settings.CHECKPOINTS_FILE = str(tmp_path / "out.jsonl")

    report = checkpoints.nightly(now())

    (exported,) = checkpoints.exported_in(tmp_path / "out.jsonl")
    assert exported.checkpoint.digest == report["digest"]
    assert {head[0] for head in exported.heads} == set(ChainHead.objects.values_list("store_id", flat=True))


def test_the_command_prints_the_first_bad_row_and_ends_with_one(fair, capsys):
    call_command("verify_journal")
    assert "The journal is whole" in capsys.readouterr().out
    entry = book(fair)[0]
    run("UPDATE rulebook_journalentry SET reason = 'x' WHERE id = %(id)s", id=entry.id)

    with pytest.raises(CommandError) as ended:
        call_command("verify_journal")

    assert ended.value.returncode == 1
    assert str(entry.id) in capsys.readouterr().out


def test_a_journal_of_any_length_is_read_in_few_statements(fair):
    with CaptureQueriesContext(connection) as few:
        faults()

    assert len(few) <= 6


# ------------------------------------------------------------------ the ledger


def test_books_that_nobody_touched_balance(fair):
    assert list(verify_ledger()) == []


def test_a_changed_leg_shows_in_its_transaction_and_in_its_balance(fair):
    leg = Leg.objects.filter(kind="escrow", amount_minor__gt=0).first()
    Leg.objects.filter(id=leg.id).update(amount_minor=leg.amount_minor + 1)

    assert ledger_faults("transactions balance") == [
        f"transaction {leg.transaction_id}: its legs in USD sum to 1, not to zero"
    ]
    assert len(ledger_faults("balances are the sums of legs")) == 1


def test_a_changed_balance_is_found(fair):
    Balance.objects.filter(kind="clearing", currency="USD").update(amount_minor=0)

    assert "balance clearing USD" in ledger_faults("balances are the sums of legs")[0]


def test_a_missing_balance_row_is_found(fair):
    Balance.objects.filter(kind="escrow", amount_minor__gt=0).delete()

    assert "it stands at 0" in ledger_faults("balances are the sums of legs")[0]


def test_a_leg_without_its_transaction_and_a_transaction_without_legs_are_found(fair):
    first, second = Transaction.objects.order_by("id")[:2]
    Transaction.objects.filter(id=first.id).delete()
    Leg.objects.filter(transaction_id=second.id).delete()

    found = ledger_faults("legs belong together")
    assert any(f"no transaction {first.id}" in fault for fault in found)
    assert f"transaction {second.id}: it has no legs" in found


def test_a_leg_in_another_stores_books_is_found(fair):
    Leg.objects.filter(id=Leg.objects.first().id).update(store_id=fair.other_store.id)

    assert len(ledger_faults("legs belong together")) == 1


def test_a_transaction_that_no_entry_explains_is_found(fair):
    posted = Transaction.objects.exclude(order_id=None).first()
    Transaction.objects.filter(id=posted.id).update(entry_id=new_id())

    assert "has no entry" in ledger_faults("transactions have their entry")[0]


def test_a_transaction_under_a_rule_that_its_entry_does_not_cite_is_found(fair):
    posted = Transaction.objects.exclude(order_id=None).first()
    Transaction.objects.filter(id=posted.id).update(rule="A1-1")

    assert "does not cite A1-1" in ledger_faults("transactions have their entry")[0]


def test_money_that_an_order_claims_to_hold_and_does_not_is_found(fair):
    order = Order.objects.filter(escrow_minor__gt=0).first()
    Order.objects.filter(id=order.id).update(escrow_minor=order.escrow_minor - 1)

    assert len(ledger_faults("orders hold what lies in escrow")) == 1
    assert str(order.id) in ledger_faults("each order holds what its legs left in escrow")[0]


def test_money_moved_between_two_orders_is_found_though_the_sum_is_right(fair):
    fair.paid()
    first, second = Order.objects.filter(escrow_minor__gt=0)[:2]
    Order.objects.filter(id=first.id).update(escrow_minor=first.escrow_minor - 1)
    Order.objects.filter(id=second.id).update(escrow_minor=second.escrow_minor + 1)

    assert ledger_faults("orders hold what lies in escrow") == []
    assert len(ledger_faults("each order holds what its legs left in escrow")) == 2


@pytest.mark.parametrize("column", ["subject_id", "root_id"])
def test_a_deadline_about_nothing_is_found(fair, column):
    Deadline.objects.filter(id=Deadline.objects.filter(subject_kind="order").first().id).update(**{column: new_id()})

    assert "there is no order" in ledger_faults("subjects exist")[0]


def test_a_kind_that_does_not_exist_is_found(fair):
    Deadline.objects.update(subject_kind="unicorn")

    assert "rulebook_deadline: nothing is of the kind unicorn" in ledger_faults("subjects exist")


def test_an_open_dispute_that_does_not_exist_is_found(fair):
    Order.objects.exclude(open_dispute_id=None).update(open_dispute_id=new_id())

    assert "its open_dispute_id" in ledger_faults("disputes' references exist")[0]


def test_a_store_that_does_not_exist_is_found(fair):
    Deadline.objects.update(store_id=new_id())

    assert "there is no store" in ledger_faults("stores exist")[0]


def test_evidence_that_was_changed_after_it_was_kept_is_found(fair):
    dispute = fair.disputed()
    with files.memory_files() as kept:
        fair.do("buyer.add_evidence", on=dispute, file=files.sample("photo.jpg"))
        assert ledger_faults("evidence is what was kept") == []
        key = next(iter(kept.kept))
        kept.kept[key] = b"something else"

        assert "changed after it was kept" in ledger_faults("evidence is what was kept")[0]


def test_the_command_counts_and_ends_with_one(fair, capsys):
    call_command("verify_ledger")
    assert "The books balance" in capsys.readouterr().out
    Balance.objects.filter(kind="clearing").update(amount_minor=0)

    with pytest.raises(CommandError) as ended:
        call_command("verify_ledger")

    assert ended.value.returncode == 1


def test_upper_apps_bring_their_own_checks(fair, monkeypatch):
    monkeypatch.setattr("finance.verifying._CHECKS", dict(checks()))

    @check("mine")
    def mine():
        yield "something is wrong"

    assert ledger_faults("mine") == ["something is wrong"]


# ------------------------------------------------------------------ the database's own guards


@pytest.mark.parametrize("table", PROVING)
@pytest.mark.parametrize(
    "act", ["UPDATE {} SET id = id", "UPDATE {} SET id = id WHERE false", "DELETE FROM {}", "TRUNCATE {}"]
)
def test_what_proves_something_is_neither_changed_nor_deleted(guarded, table, act):
    look_at_all_constraints()

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        run(act.format(table))


def test_work_goes_on_under_the_guards(guarded):
    guarded.disputed()

    assert list(verify_ledger()) == []


def legs(*amounts, **fields):
    posted = new_id()
    return [
        Leg(store_id=new_id(), transaction_id=posted, kind=kind, amount_minor=minor, currency=currency, **fields)
        for kind, minor, currency in amounts
    ]


@pytest.mark.parametrize(
    "amounts",
    [
        [("escrow", 1, "USD")],
        [("escrow", 100, "USD"), ("clearing", -99, "USD")],
        [("escrow", 100, "USD"), ("clearing", -100, "EUR")],
        [("escrow", 100, "USD"), ("clearing", -100, "USD"), ("available", 5, "CNY")],
    ],
)
def test_the_database_refuses_legs_that_do_not_sum_to_zero_in_each_currency(guarded, amounts):
    with pytest.raises(IntegrityError, match="does not balance"), transaction.atomic():
        Leg.objects.bulk_create(legs(*amounts))
        look_at_all_constraints()


def test_two_wrong_transactions_do_not_make_up_for_each_other(guarded):
    with pytest.raises(IntegrityError, match="does not balance"), transaction.atomic():
        Leg.objects.bulk_create([*legs(("escrow", 1, "USD")), *legs(("clearing", -1, "USD"))])
        look_at_all_constraints()


def test_no_leg_is_slipped_into_a_transaction_of_yesterday(guarded):
    (late,) = legs(("escrow", 1, "USD"))
    late.transaction_id = Transaction.objects.first().id

    with pytest.raises(IntegrityError, match="does not balance"), transaction.atomic():
        late.save(force_insert=True)
        look_at_all_constraints()


def test_copied_legs_are_looked_at_as_well(guarded):
    (leg,) = legs(("escrow", 1, "USD"))
    row = [leg.id, leg.store_id, leg.transaction_id, leg.kind, leg.amount_minor, leg.currency]

    columns = "id, store_id, transaction_id, kind, amount_minor, currency"
    with pytest.raises(IntegrityError, match="does not balance"), transaction.atomic(), connection.cursor() as cursor:
        with cursor.copy(f"COPY finance_leg ({columns}) FROM STDIN") as copy:
            copy.write_row(row)
        look_at_all_constraints()


def test_legs_that_sum_to_zero_in_each_currency_are_taken(guarded):
    amounts = [
        ("clearing", -100, "USD"),
        ("available", 100, "USD"),
        ("clearing", 700, "CNY"),
        ("available", -700, "CNY"),
    ]

    assert len(Leg.objects.bulk_create(legs(*amounts))) == 4
    look_at_all_constraints()


@pytest.mark.parametrize("table", [*orders_sql.TABLES, *disputes_sql.PARTS])
def test_nothing_points_at_another_stores_order_or_case(guarded, table):
    make_one_of_each(guarded)
    look_at_all_constraints()

    with pytest.raises(IntegrityError, match=f"{table}_of_its_store"), transaction.atomic():
        run(f"UPDATE {table} SET store_id = %(store)s", store=guarded.other_store.id)
        look_at_all_constraints()


def test_no_dispute_points_at_another_stores_order(guarded):
    dispute = guarded.disputed()
    foreign = guarded.do("buyer.place_order", on=guarded.other_listing)
    look_at_all_constraints()

    with pytest.raises(IntegrityError, match="disputes_dispute_of_its_store"), transaction.atomic():
        run("UPDATE disputes_dispute SET order_id = %(order)s WHERE id = %(id)s", order=foreign.id, id=dispute.id)
        look_at_all_constraints()


def make_one_of_each(fair):
    fair.do("buyer.request_cancellation", on=fair.paid(), reason="changed_mind")
    fair.do("buyer.message", on=fair.paid(), text="When will it come?")
    fair.do("buyer.request_handling_extension", on=fair.paid(), days=1)
    done = fair.completed()
    fair.do("buyer.review", on=done, stars=5)
    fair.do("seller.complain_carrier", on=done, text="Torn.")
    dispute = fair.escalated()
    fair.do("buyer.add_evidence", on=dispute, text="Look.")
    fair.do("seller.make_offer", on=dispute, refund="5.00 USD")
    fair.do("moderator.rule", on=dispute, refund="5.00 USD", liable="seller", reason="It is different.")


def test_the_guards_can_be_taken_off_and_put_on_again(guarded):
    look_at_all_constraints()
    run(disputes_sql.NO_KEYS, orders_sql.NO_KEYS, finance_sql.NO_GUARDS, rulebook_sql.NO_GUARDS)
    Leg.objects.all().delete()

    run(rulebook_sql.GUARDS, finance_sql.GUARDS, orders_sql.KEYS, disputes_sql.KEYS)
