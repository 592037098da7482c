"""The rules as of a moment: overrides, amendments, scopes, and what was read."""

from datetime import UTC, datetime, timedelta
from timeit import timeit
from uuid import UUID

import pytest

from rulebook.money import Money
from rulebook.parameters import NoValueThen, UnknownParameter
from rulebook.rules import AmendmentValue, Rulebook

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def amend(key, value, at=NOW, **scope):
    return AmendmentValue.from_text(key, value, at, scope or None)


def test_values_are_attributes_of_their_groups():
    rules = Rulebook().at(NOW)

    assert rules.dispute.response_days == rules.value("dispute.response_days") == 5
    assert rules.listing.cap.basic == 300
    assert rules.plus.carriers.CN == ("platform_logistics",)
    assert rules.commission.rate["shoes"] == 5_00


def test_a_word_that_python_keeps_gets_an_underscore():
    assert Rulebook().at(NOW).return_.ship_days == 10


@pytest.mark.parametrize("read", [lambda r: r.dispute.respond_days, lambda r: r.nowhere, lambda r: r.value("dispute")])
def test_what_the_rulebook_does_not_hold_cannot_be_read(read):
    with pytest.raises(UnknownParameter):
        read(Rulebook().at(NOW))


def test_a_repealed_value_cannot_be_read():
    with pytest.raises(NoValueThen, match=r"listing\.cap\.base"):
        Rulebook().at(NOW).listing.cap.base


def test_the_moment_chooses_the_value():
    rulebook = Rulebook(
        amendments=[amend("dispute.response_days", 3, NOW), amend("dispute.response_days", 4, NOW + DAY)]
    )

    values = [
        rulebook.at(moment).dispute.response_days for moment in (NOW - SECOND, NOW, NOW + DAY - SECOND, NOW + DAY)
    ]

    assert values == [5, 3, 3, 4]


def test_between_two_changes_the_view_is_the_same():
    rulebook = Rulebook(amendments=[amend("dispute.response_days", 3, NOW + DAY)])

    assert rulebook.at(NOW) is rulebook.at(NOW + DAY - SECOND)
    assert rulebook.at(NOW) is not rulebook.at(NOW + DAY)


def test_the_later_named_of_two_amendments_at_once_wins():
    rulebook = Rulebook(amendments=[amend("dispute.response_days", 3), amend("dispute.response_days", 4)])

    assert rulebook.at(NOW).dispute.response_days == 4


def test_the_instants_of_change_can_be_listed():
    rulebook = Rulebook(amendments=[amend("dispute.response_days", 3, NOW + DAY, country="BR")])

    assert rulebook.key_changes("dispute.response_days")[-1] == NOW + DAY


# Overrides


def test_an_override_holds_at_every_moment():
    rulebook = Rulebook({"dispute.response_days": 3, "listing.cap.base": 7})

    assert rulebook.at(NOW).dispute.response_days == 3
    assert rulebook.at(datetime(1999, 1, 1, tzinfo=UTC)).dispute.response_days == 3
    assert rulebook.at(NOW).listing.cap.base == 7


def test_an_amendment_changes_an_overridden_value():
    rulebook = Rulebook({"dispute.response_days": 3}, [amend("dispute.response_days", 9, NOW + DAY)])

    assert [rulebook.at(moment).dispute.response_days for moment in (NOW, NOW + DAY)] == [3, 9]


def test_money_is_overridden_as_people_write_it():
    assert Rulebook({"dispute.four_eyes_above": "50.00 USD"}).at(NOW).dispute.four_eyes_above == Money(50_00, "USD")


def test_a_single_value_sets_every_row_of_a_table():
    rate = Rulebook({"commission.rate": 7}).at(NOW).commission.rate

    assert rate["shoes"] == rate["computer-office/laptops"] == rate["x"] == 7_00


def test_a_list_sets_every_row_of_a_table_of_lists():
    assert Rulebook({"brand.docs_required": ["invoice"]}).at(NOW).brand.docs_required["shoes"] == ("invoice",)


def test_a_mapping_sets_the_rows_that_it_names():
    rules = Rulebook(
        {
            "brand.docs_required": {"home-garden": ["certificate"]},
            "delivery.default_days": {"US": 11, "BR": {"ems": 12}},
        }
    ).at(NOW)

    assert rules.brand.docs_required["home-garden"] == ("certificate",)
    assert len(rules.brand.docs_required["shoes"]) == 3
    assert [rules.delivery.default_days["US", name] for name in ("standard", "ems")] == [11, 11]
    assert [rules.delivery.default_days["BR", name] for name in ("standard", "ems")] == [75, 12]


def test_one_row_can_be_overridden_by_its_written_key():
    rate = Rulebook({"commission.rate[home-garden]": 3}).at(NOW).commission.rate

    assert (rate["home-garden"], rate["shoes"]) == (3_00, 5_00)


def test_a_mapping_sets_the_entries_of_a_structure_that_it_names():
    thresholds = Rulebook({"svc.thresholds": {"snad_rate": {"pass": 9}}}).at(NOW).svc.thresholds

    assert (thresholds["snad_rate"]["pass"], thresholds["snad_rate"]["good"]) == (9, 2)
    assert thresholds["not_received_rate"]["pass"] == 4


def test_an_override_by_dates_is_a_history():
    rulebook = Rulebook({"dispute.response_days": {NOW.date(): 3, NOW.date() + DAY: 4}})

    midnight = datetime(2026, 3, 1, 16, tzinfo=UTC)
    assert [rulebook.at(moment).dispute.response_days for moment in (midnight, midnight + DAY)] == [3, 4]


def test_an_unknown_key_is_refused_with_the_nearest_known_ones():
    with pytest.raises(UnknownParameter, match=r"dispute\.response_days"):
        Rulebook({"dispute.respons_days": 3})


def test_a_value_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"dispute\.response_days: 'soon'"):
        Rulebook({"dispute.response_days": "soon"})


def test_what_is_off_by_default_can_be_switched_on():
    assert Rulebook().at(NOW).order.cancel_silent_hours is None
    assert Rulebook({"order.cancel_silent_hours": 48}).at(NOW).order.cancel_silent_hours == 48


# Scopes


def test_the_nearer_scope_wins_over_the_wider():
    rulebook = Rulebook(
        amendments=[
            amend("dispute.response_days", 1, store="s1"),
            amend("dispute.response_days", 2, category="shoes"),
            amend("dispute.response_days", 3, country="BR"),
            amend("dispute.response_days", 4),
        ]
    )

    def days(**where):
        return rulebook.at(NOW, **where).dispute.response_days

    assert days(store="s1", category="shoes", country="BR") == 1
    assert days(store="s2", category="shoes", country="BR") == 2
    assert days(store="s2", category="watches", country="BR") == 3
    assert days(store="s2", category="watches", country="US") == days() == 4


def test_a_store_is_named_by_its_id_or_the_text_of_it():
    store = UUID(int=7)
    rulebook = Rulebook(amendments=[amend("dispute.response_days", 2, store=store)])

    assert rulebook.at(NOW, store=store).dispute.response_days == 2
    assert rulebook.at(NOW, store=str(store)).dispute.response_days == 2


def test_a_scope_outlasts_a_later_general_change():
    rulebook = Rulebook(
        amendments=[amend("dispute.response_days", 2, store="s1"), amend("dispute.response_days", 9, NOW + DAY)]
    )

    assert rulebook.at(NOW + DAY, store="s1").dispute.response_days == 2
    assert rulebook.at(NOW + DAY).dispute.response_days == 9


def test_a_category_takes_in_its_sub_categories_and_the_narrowest_wins():
    rulebook = Rulebook(
        amendments=[
            amend("dispute.response_days", 3, category="tools/power-tools"),
            amend("dispute.response_days", 2, category="tools"),
        ]
    )

    found = [
        rulebook.at(NOW, category=name).dispute.response_days for name in ("tools/power-tools", "tools/x", "toolsets")
    ]

    assert found == [3, 2, 5]


def test_all_of_a_scope_must_match():
    rulebook = Rulebook(amendments=[amend("dispute.response_days", 2, category="shoes", country="BR")])

    assert rulebook.at(NOW, category="shoes", country="US").dispute.response_days == 5
    assert rulebook.at(NOW, category="shoes", country="BR").dispute.response_days == 2


def test_an_unknown_scope_is_refused():
    with pytest.raises(ValueError, match="'planet' is no scope"):
        Rulebook(amendments=[amend("dispute.response_days", 2, planet="Mars")])


def test_one_row_of_a_table_is_amended_from_a_date_on():
    rulebook = Rulebook(amendments=[amend("commission.rate[home-garden]", "9", NOW + DAY)])

    before, after = rulebook.at(NOW + DAY - SECOND).commission.rate, rulebook.at(NOW + DAY).commission.rate
    assert (before["home-garden"], after["home-garden"]) == (8_00, 9_00)
    assert before["shoes"] == after["shoes"] == 5_00


def test_a_row_amended_for_one_store_leaves_the_others_alone():
    rulebook = Rulebook(amendments=[amend("commission.rate[shoes]", "1", store="s1")])

    assert rulebook.at(NOW, store="s1").commission.rate["shoes"] == 1_00
    assert rulebook.at(NOW, store="s2").commission.rate["shoes"] == 5_00


# What was read


def test_reading_notes_the_values_that_decided():
    log = {}
    rules = Rulebook().at(NOW).reading(log)

    assert rules.dispute.response_days == 5
    assert rules.withdraw.fee == Money(15_00, "USD")
    assert rules.commission.rate["home-garden"] == 8_00
    assert rules.delivery.default_days.get("BR", "standard") == 75
    assert rules.return_.ship_days == 10
    assert rules.commission.rate.row_of("shoes/boots") == ("shoes",)

    assert log == {
        "dispute.response_days": 5,
        "withdraw.fee": "15.00 USD",
        "commission.rate[home-garden]": 800,
        "delivery.default_days[BR,standard]": 75,
        "return.ship_days": 10,
    }


def test_each_reader_has_its_own_log():
    rules = Rulebook().at(NOW)
    first, second = {}, {}

    rules.reading(first).dispute.wait_days
    rules.reading(second).reading(second).dispute.wait_days
    rules.dispute.response_days

    assert first == second == {"dispute.wait_days": 10}


def test_a_warm_view_costs_next_to_nothing():
    rulebook = Rulebook(amendments=[amend("dispute.response_days", 2, store="s1")])
    rulebook.at(NOW, store="s1", category="shoes", country="BR").dispute.response_days

    seconds = min(
        timeit(lambda: rulebook.at(NOW, store="s1", category="shoes", country="BR"), number=2_000) for _ in range(5)
    )

    assert seconds / 2_000 < 5e-6  # under one microsecond on an idle machine
