"""The parameter files: what they hold, and what is refused when they are read."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from rulebook.articles import is_known
from rulebook.money import Money
from rulebook.parameters import (
    NoValueThen,
    ParameterError,
    Structure,
    Table,
    UnknownParameter,
    all_parameters,
    coerce,
    describe,
    parameter,
    split_key,
    to_json,
)
from rulebook.parameters.loading import read_parameters

NOW = datetime(2026, 3, 2, tzinfo=UTC)
ENTRY = """
days:
  rule: A40-1
  unit: natural days
  values: {2010-01-01: 5}
  help: A line.
"""


def read(text: str, group: str = "sample"):
    return read_parameters({group: text})


def one(values: str, unit: str = "natural days", more: str = ""):
    text = f"it:\n  rule: A40-1\n  unit: {unit}\n  help: A line.\n  values: {values}\n{more}"
    return read(text)["sample.it"]


# What the rulebook holds

LAW = [
    ("order.unpaid_close_days", 20),
    ("order.flash_close_minutes", 30),
    ("order.cancel_silent_hours", None),
    ("dispute.wait_days", 10),
    ("dispute.response_days", 5),
    ("dispute.negotiation_days", 7),
    ("return.ship_days", 10),
    ("return.receive_days", 30),
    ("release.wait_days", 15),
    ("release.closed_days", 180),
    ("withdraw.fee", Money(15_00, "USD")),
    ("fake.multiplier", 2),
    ("review.supplement_days", 150),
    ("plus.free_items", 100),
    ("deposit.freeze_ratio", Decimal("0.5")),
    ("sales.first_run", date(2022, 1, 13)),
    ("sales.windows", (180, 365)),
    ("cert.ubo_threshold", 25_00),
    ("worryfree.cap.priority", Money(1_200_00, "CNY")),
]


@pytest.mark.parametrize(("key", "value"), LAW)
def test_the_numbers_of_the_articles_are_in_force(key, value):
    assert parameter(key).at(NOW) == value


def test_every_parameter_belongs_to_rules_and_says_what_it_is():
    for found in all_parameters().values():
        assert found.help.endswith("."), found.key
        assert all(is_known(rule_id) for rule_id in (found.rule, *found.also)), found.key
        assert describe(found, found.versions[0][1]), found.key


def test_the_commission_table_holds_every_row():
    rate = parameter("commission.rate").at(NOW)

    assert rate["hair-extensions-wigs"] == 10_00
    assert rate["apparel-and-accessories"] == rate["apparel-accessories"] == 8_00
    assert rate["computer-office/tablet-pc-stands"] == 5_00
    assert rate["never-heard-of"] == 8_00
    main = [row for (row,) in rate if "/" not in row and row != "*"]
    assert len(main) == 30


@pytest.mark.parametrize(
    ("country", "service", "days"),
    [
        ("US", "standard", 45),
        ("US", "priority", 45),
        ("US", "ems", 27),
        ("RU", "economy", 90),
        ("BY", "standard", 60),
        ("BR", "economy", 120),
        ("BR", "express", 30),
        ("CL", "standard", 60),
        ("RU", "local_warehouse", 15),
        ("BR", "local_warehouse", 20),
        ("US", "by camel", 60),
    ],
)
def test_the_receipt_window_depends_on_destination_and_service(country, service, days):
    assert parameter("delivery.default_days").at(NOW)[country, service] == days


@pytest.mark.parametrize(
    ("category", "amount"),
    [
        ("home-garden", 10_000),
        ("phones-telecommunications", 10_000),
        ("phones-telecommunications/mobile-phones", 30_000),
        ("hair-extensions-wigs", 50_000),
    ],
)
def test_deposit_and_bond_follow_the_category(category, amount):
    for key in ("deposit.amount", "bond.amount"):
        assert parameter(key).at(NOW)[category] == Money(amount * 100, "CNY")


def test_dear_categories_need_more_sales():
    threshold = parameter("sales.threshold").at(NOW)

    assert threshold["home-garden", "veteran", 365] == Money(10_000_00, "USD")
    assert threshold["home-garden", "one_year", 180] == Money(1_500_00, "USD")
    assert threshold["hair-extensions-wigs", "veteran", 180] == Money(9_000_00, "USD")


def test_a_parcel_of_low_value_may_go_the_cheapest_way():
    policy = parameter("logistics.policy").at(NOW)

    assert [policy["US", band] for band in ("up_to_2", "up_to_5", "above")] == ["economy", "simple", "standard"]
    assert policy["BR", "above"] == "simple"
    assert policy["JP", "above"] == "economy"


def test_a_repealed_value_is_an_error_that_names_parameter_and_date():
    cap = parameter("listing.cap.base")
    repeal = datetime(2022, 1, 31, 16, tzinfo=UTC)  # 1 February, 00:00 in Shanghai

    assert cap.at(repeal - timedelta(seconds=1)) == 3000
    with pytest.raises(NoValueThen, match=r"listing\.cap\.base .*31 January 2022, 16:00"):
        cap.at(repeal)


def test_before_its_first_date_a_parameter_has_no_value():
    with pytest.raises(NoValueThen, match=r"dispute\.wait_days .*before 31 December 2009"):
        parameter("dispute.wait_days").at(datetime(2009, 6, 1, tzinfo=UTC))


def test_an_unknown_parameter_names_the_nearest_known_ones():
    with pytest.raises(UnknownParameter, match=r"dispute\.response_days"):
        parameter("dispute.respond_days")


@pytest.mark.parametrize(
    ("text", "key", "named"),
    [
        ("dispute.response_days", "dispute.response_days", ()),
        ("commission.rate", "commission.rate", ()),
        ("commission.rate[home-garden]", "commission.rate", ("home-garden",)),
        ("delivery.default_days[US, standard]", "delivery.default_days", ("US", "standard")),
        ("delivery.default_days[US]", "delivery.default_days", ("US",)),
    ],
)
def test_a_written_key_names_parameter_and_row(text, key, named):
    assert split_key(text) == (key, named)


@pytest.mark.parametrize(
    "text", ["dispute.response_days[x]", "commission.rate[]", "commission.rate[a", "commission.rate[a,b]"]
)
def test_a_key_that_names_no_row_is_refused(text):
    with pytest.raises(UnknownParameter, match="the form is"):
        split_key(text)


# Reading the files


def test_dates_begin_at_midnight_of_the_platform():
    found = one("{2010-01-01: 5, 2026-03-02: 3}")

    assert found.at(datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC)) == 5
    assert found.at(datetime(2026, 3, 1, 16, tzinfo=UTC)) == 3


def test_the_platform_file_says_in_which_zone_dates_begin():
    platform = ENTRY.replace("days:\n", "tz:\n").replace("natural days", "text").replace("5}", "Europe/Moscow}")

    found = read_parameters({"platform": platform, "sample": ENTRY})["sample.days"]

    assert found.versions[0][0] == datetime(2009, 12, 31, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("A40-1", "A400-1", r"sample\.yaml: days: the rulebook has no rule 'A400-1'"),
        ("rule: A40-1", "also: [A40-1]", r"days: the rulebook has no rule None"),
        ("natural days", "fortnights", r"days: unknown unit 'fortnights'"),
        ("{2010-01-01: 5}", "{}", r"days: there are no values"),
        ("{2010-01-01: 5}", "5", r"days: there are no values"),
        ("{2010-01-01: 5}", "{2010-01-01: soon}", r"days: sample\.days: 'soon' is not a value in natural days"),
        ("{2010-01-01: 5}", "{2010-01-01: 2.5}", r"a whole number is needed"),
        ("{2010-01-01: 5}", "{2010-01-01: -1}", r"-1 is below the least"),
        ("{2010-01-01: 5}", "{2010-01-01: true}", r"a number is needed"),
        ("{2010-01-01: 5}", "{2010-01-01: off}", r"is not a value in natural days"),
        ("{2010-01-01: 5}", "{2011-01-01: 5, 2010-01-01: 4}", r"days: the dates are not in order"),
        ("{2010-01-01: 5}", "{2010-01-01: 5, 2010-01-01: 4}", r"sample\.yaml: .*2010-01-01 is written twice"),
        ("{2010-01-01: 5}", "{always: 5}", r"'always' is not a date"),
        ("help: A line.", "origin: ours", r"days: a line of help is missing"),
        ("help: A line.", "help: A line.\n  origin: rumour", r"the origin is one of"),
        ("help: A line.", "help: A line.\n  colour: red", r"unknown field 'colour'"),
    ],
)
def test_a_wrong_entry_is_refused_with_file_and_key(old, new, message):
    with pytest.raises(ParameterError, match=message):
        read(ENTRY.replace(old, new))


def test_an_entry_that_is_only_a_number_is_refused():
    with pytest.raises(ParameterError, match=r"sample\.yaml: days: an entry is a mapping"):
        read("days: 5\n")


def test_a_key_written_twice_is_refused():
    with pytest.raises(ParameterError, match="days is written twice"):
        read(ENTRY + ENTRY.lstrip())


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ("{2010-01-01: {US: 5}}", "a table needs a row for"),
        ("{2010-01-01: 5}", "a table by country, class is a mapping"),
        ('{2010-01-01: {"*": 5, US: {standard: {more: 5}}}}', "is not a value in natural days"),
        ('{2010-01-01: {"*": 5, US: soon}}', "'soon' is not a value"),
    ],
)
def test_a_wrong_table_is_refused(values, message):
    with pytest.raises(ParameterError, match=message):
        one(values, more="  keys: [country, class]\n")


def test_a_choice_outside_the_list_is_refused():
    with pytest.raises(ParameterError, match="one of OPEN, AUDIT"):
        one("{2010-01-01: SHUT}", "text", "  choices: [OPEN, AUDIT]\n")


def test_country_codes_and_words_are_not_taken_for_truth_values():
    found = one('{2010-01-01: {"*": 5, NO: 6}}', more="  keys: [country]\n")

    assert found.at(NOW)["NO"] == 6


def test_groups_stand_for_their_members():
    found = one('{2010-01-01: {"*": 5, CIS: 9}}', more="  keys: [country]\n  groups: {CIS: [RU, BY]}\n").at(NOW)

    assert (found["RU"], found["BY"], found["US"]) == (9, 9, 5)
    assert ("CIS",) not in list(found)


# Tables


def test_a_lookup_takes_the_most_specific_row():
    table = Table(("category",), {("*",): 1, ("a",): 2, ("a/b",): 3})

    assert [table["a/b/c"], table["a/b"], table["a/x"], table["a"], table["x"]] == [3, 3, 2, 2, 1]
    assert table.get("a", "b") == 3
    assert table["A/B"] == 3


def test_of_two_keys_the_first_weighs_more():
    table = Table(("k1", "k2"), {("*", "*"): 1, ("*", "y"): 2, ("x", "*"): 3, ("x", "z"): 4})

    assert [table["x", "z"], table["x", "y"], table["q", "y"], table["q", "q"], table["x"]] == [4, 3, 2, 1, 3]


def test_a_table_is_not_read_by_more_keys_than_it_has():
    with pytest.raises(KeyError, match="read by k1"):
        Table(("k1",), {("*",): 1})["a", "b"]


def test_a_table_without_a_rest_has_no_row_for_strangers():
    rates = parameter("exchange.usd").at(NOW)

    assert rates["CNY"] == Decimal("7.20")
    with pytest.raises(KeyError, match="no row for xau"):
        rates["XAU"]


def test_changing_rows_leaves_the_old_table_as_it_was():
    old = Table(("k1", "k2"), {("*", "*"): 1, ("x", "y"): 2})

    new = old.with_rows({("x",): 5})

    assert (old["x", "y"], new["x", "y"], new["x", "q"], new["q"]) == (2, 5, 5, 1)
    assert old.with_rows({(): 9}) == Table(("k1", "k2"), {("*", "*"): 9})


def test_structures_are_not_changed_in_place():
    weights = parameter("search.weights").at(NOW)

    assert weights["relevance"] == Decimal("0.30")
    with pytest.raises(TypeError):
        weights["relevance"] = 1


# Written values


@pytest.mark.parametrize(
    ("unit", "raw", "value"),
    [
        ("natural days", "3", 3),
        ("natural days", "3d", 3),
        ("natural days", "3 natural days", 3),
        ("natural days", 3.0, 3),
        ("count", 3, 3),
        ("percent", "8", 8_00),
        ("percent", "0.5 %", 50),
        ("percent", 0.29, 29),
        ("ratio", "0.5", Decimal("0.5")),
        ("ratio", 0.1, Decimal("0.1")),
        ("money", "50.00 USD", Money(50_00, "USD")),
        ("date", "2026-03-02", date(2026, 3, 2)),
        ("moment", "2026-03-02T08:00+08:00", NOW),
        ("text", "abc", "abc"),
        ("list", "a, b, 3", ("a", "b", 3)),
        ("list", ["a"], ("a",)),
        ("list", 180, (180,)),
        ("switch", "off", False),
        ("switch", True, True),
        ("structure", "{a: 15.00 USD, b: [1, 0.5]}", {"a": Money(15_00, "USD"), "b": (1, Decimal("0.5"))}),
    ],
)
def test_a_value_is_taken_as_people_write_it(unit, raw, value):
    first = {"structure": "{}", "list": "[]", "switch": "true", "money": "1.00 USD", "moment": '"2020-01-01T00:00Z"'}
    found = one(f"{{2010-01-01: {first.get(unit, '2010-01-01' if unit == 'date' else '1')}}}", unit)

    assert coerce(found, raw) == value


def test_choices_compare_without_case_and_are_kept_as_the_file_writes_them():
    shape = parameter("category.admission")

    assert coerce(shape, "audit ", "toys") == "AUDIT"


@pytest.mark.parametrize(
    ("key", "raw", "message"),
    [
        ("dispute.response_days", "five", "'five' is not a value in natural days"),
        ("dispute.response_days", None, "a value is missing"),
        ("dispute.response_days", "Infinity", "a number that can be written out"),
        ("dispute.response_days", "1e999999999", "a number that can be written out"),
        ("deposit.freeze_ratio", "1e-999999999", "a number that can be written out"),
        ("commission.rate", "120", "from 0 to 100"),
        ("commission.rate", "0.005", "no finer than a hundredth"),
        ("withdraw.fee", "15", "an amount"),
        ("withdraw.fee", True, "an amount with its currency is needed"),
        ("cb.prearb_fee", 700, "an amount"),
        ("withdraw.fee", "15 doubloons", "is not a value in money"),
        ("withdraw.fee", "-1.00 USD", "below the least"),
        ("deposit.freeze_ratio", "-0.5", "not below zero"),
        ("order.flash_close_minutes", 29, "below the least that is allowed, 30"),
        ("svc.run_day", 31, "above the most that is allowed, 28"),
        ("sales.first_run", "tomorrow", "is not a value in date"),
        ("ppas.enabled", "perhaps", "true or false"),
        ("category.admission", "SHUT", "one of OPEN, AUDIT, INVITE"),
        ("sales.windows", {"a": 1}, "a list is needed"),
        ("search.weights", "[1]", "a mapping is needed"),
        ("commission.rate", {"a": {"b": 1}}, "is not a value in percent"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_in_words(key, raw, message):
    with pytest.raises(ValueError, match=message):
        coerce(parameter(key), raw)


def test_a_rate_of_nothing_is_refused():
    """Money is divided by it."""
    with pytest.raises(ValueError, match="below the least"):
        coerce(parameter("exchange.usd"), "0", ("EUR",))


def test_a_bare_number_is_in_the_currency_of_the_values_so_far():
    assert str(coerce(parameter("withdraw.fee"), 12)) == "12.00 USD"
    assert str(coerce(parameter("withdraw.fee"), Decimal("12.5"))) == "12.50 USD"


def test_a_moment_without_offset_is_refused():
    with pytest.raises(ValueError, match="offset from UTC is missing"):
        coerce(one('{2010-01-01: "2020-01-01T00:00Z"}', "moment"), "2026-03-02T08:00")


def test_a_row_of_a_table_is_one_value():
    assert coerce(parameter("commission.rate"), "9", "home-garden") == 9_00


def test_a_written_table_is_the_rows_to_set():
    rate = parameter("commission.rate")

    assert coerce(rate, "9") == {(): 9_00}
    assert coerce(rate, {"shoes": 6, "watches": "7"}) == {("shoes",): 6_00, ("watches",): 7_00}
    assert coerce(parameter("delivery.default_days"), {"CIS": {"LINE": 9}}) == {
        (country, line): 9 for country in ("RU", "UA", "BY") for line in ("standard", "priority")
    }


def test_what_may_be_off_can_be_switched_off_and_on():
    hours = parameter("order.cancel_silent_hours")

    assert coerce(hours, "off") is None
    assert coerce(hours, False) is None
    assert coerce(hours, 48) == 48


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("dispute.response_days", 5, "5 natural days"),
        ("dispute.response_days", 1, "1 natural day"),
        ("cb.appeal_days", 3, "3 working days"),
        ("early.deposit_hold_months", 6, "6 calendar months"),
        ("commission.rate", 8_00, "8 %"),
        ("commission.rate", 50, "0.5 %"),
        ("withdraw.fee", Money(15_00, "USD"), "15.00 USD"),
        ("order.cancel_silent_hours", None, "off"),
        ("ppas.enabled", True, "yes"),
        ("sales.windows", (180, 365), "180, 365"),
        ("brand.invited", (), "none"),
    ],
)
def test_a_value_is_shown_with_its_unit(key, value, shown):
    assert describe(parameter(key), value) == shown


def test_values_are_kept_as_json():
    assert to_json(Money(15_00, "USD")) == "15.00 USD"
    assert to_json(Structure(a=(Decimal("0.5"), date(2026, 3, 2)))) == {"a": ["0.5", "2026-03-02"]}
    assert to_json(NOW) == "2026-03-02T00:00:00Z"
    assert to_json(Table(("a", "b"), {("*", "*"): 1})) == {"*,*": 1}
