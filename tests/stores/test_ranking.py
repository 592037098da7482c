"""What places in searches are made of: the factors as formulas, without a database."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulebook.citations import citations
from rulebook.clock import now
from rulebook.rules import AmendmentValue, Rulebook
from stores.ranking import (
    NEUTRAL,
    Factor,
    Usual,
    conversion,
    description,
    left_by_cheating,
    plus_boost,
    rating,
    score,
    service,
    service_total,
    total,
    usual_of,
)
from stores.ranking_words import worded

RULES = Rulebook().at(now())
USUAL = Usual(orders=8.0, stars=4.4)


def listing(**fields: Any) -> Any:
    plain = {
        "title": "Brass table lamp",
        "category": "home-garden",
        "description": "",
        "pictures": [],
        "attributes": {},
        "promises": [],
        "orders_count": 0,
        "reviews_count": 0,
        "stars_sum": 0,
        "rating": None,
    }
    return SimpleNamespace(**{**plain, **fields})


TOLD = {"country": "*", "carrier_charges": "included", "duties": "buyer", "vat": "none"}


# ------------------------------------------------------------------ description


@pytest.mark.parametrize(
    ("field", "poorer", "richer"),
    [
        ("title", "Lamp", "Lamp of brass for the table"),
        ("description", "x" * 10, "x" * 400),
        ("pictures", ["a"], ["a", "b"]),
        ("attributes", {"Material": "brass"}, {"Material": "brass", "Height": "30 cm"}),
        ("promises", [{"country": "*", "duties": "buyer"}], [TOLD]),
    ],
)
def test_telling_more_never_lowers_the_description(field: str, poorer: Any, richer: Any):
    assert total(description(listing(**{field: poorer}), RULES)) < total(description(listing(**{field: richer}), RULES))


def test_a_whole_description_is_worth_everything_and_has_nothing_to_improve():
    parts = description(
        listing(
            title="x" * 40,
            description="x" * 500,
            pictures=list("abcde"),
            attributes={str(n): "x" for n in range(5)},
            promises=[TOLD],
        ),
        RULES,
    )

    assert total(parts) == 10_000
    assert [line["hint"] for line in worded(Factor("description", 1, 1, parts))] == [""] * 5


def test_a_category_that_requires_attributes_is_measured_by_them():
    rules = Rulebook({"listing.required_attributes[home-garden]": ["Material", "Height"]}).at(now())
    (part,) = (
        p
        for p in description(listing(attributes={"material": "brass", "Height": " "}), rules)
        if p.code == "attributes"
    )

    assert part.value == 0.5
    assert part.facts["missing"] == ("Height",)
    assert worded(Factor("description", 1, 1, [part]))[0]["hint"] == "Fill in: Height."


@given(
    st.one_of(
        st.none(), st.just([1]), st.just("x"), st.dictionaries(st.text("ab ", max_size=3), st.integers(), max_size=8)
    )
)
def test_attributes_of_any_shape_are_counted(attributes: Any):
    assert 0 <= total(description(listing(attributes=attributes), RULES)) <= 10_000


# ------------------------------------------------------------------ conversion


def test_unsold_and_unreviewed_is_neutral():
    """FB-19."""
    assert total(conversion(listing(), USUAL, RULES)) == 5_000
    assert {"FB-19", "A31-1", "A31-2", "PLUS-10"} <= citations().keys()


def test_without_reviews_a_product_stands_where_one_of_average_reviews_stands():
    """FB-19."""
    average = listing(reviews_count=100, stars_sum=440, rating="4.4")
    assert total(conversion(listing(), USUAL, RULES)) == total(conversion(average, USUAL, RULES))


@given(st.integers(0, 10_000), st.integers(1, 1_000))
def test_every_order_raises_and_none_ever_lowers(orders: int, more: int):
    few, many = (conversion(listing(orders_count=count), USUAL, RULES)[0].value for count in (orders, orders + more))
    assert NEUTRAL <= few < many < 1


@given(st.integers(1, 5_000), st.floats(1, 5), st.floats(1, 5), st.floats(1, 5))
def test_more_stars_are_never_worse(reviews: int, one: float, other: float, average: float):
    low, high = sorted((round(one * reviews), round(other * reviews)))
    poor, good = rating(low, reviews, average, 5), rating(high, reviews, average, 5)
    assert 0 <= poor <= good <= 1


@given(st.integers(1, 1_000))
def test_stars_above_the_categorys_average_raise_and_below_it_lower(reviews: int):
    assert rating(5 * reviews, reviews, 4.4, 5) > NEUTRAL > rating(3 * reviews, reviews, 4.4, 5)


def test_one_bad_review_weighs_less_than_twenty():
    assert rating(20, 20, 4.4, 5) < rating(1, 1, 4.4, 5) < NEUTRAL


def test_a_category_without_sales_is_measured_by_all_and_then_by_the_rulebook():
    row = SimpleNamespace
    every = row(sold=10, orders=70, reviews=50, stars=200)
    own = row(sold=2, orders=50, reviews=1, stars=5)

    assert usual_of({}, "toys", RULES) == Usual(1.0, 4.5)
    assert usual_of({"*": every}, "toys", RULES) == Usual(7.0, 4.0)
    assert usual_of({"*": every, "toys": own}, "toys", RULES) == Usual(25.0, 4.0)  # one review is too few


# ------------------------------------------------------------------ service


def served(**figures: tuple[int, int]) -> int:
    return service_total(service(figures, RULES))


def test_a_new_store_is_neutral():
    """FB-19."""
    assert served() == 5_000


@given(st.integers(1, 10_000), st.data())
def test_better_service_is_never_worse(orders: int, data: Any):
    one, other = sorted(data.draw(st.tuples(st.integers(0, orders), st.integers(0, orders))))
    for code, better_high in (("on_time_rate", True), ("odr", False), ("dispute_rate", False), ("positive_rate", True)):
        low, high = served(**{code: (one, orders)}), served(**{code: (other, orders)})
        assert low <= high if better_high else low >= high


def test_few_orders_move_the_service_less_than_many():
    assert served(odr=(100, 100)) < served(odr=(1, 1)) < 5_000 < served(odr=(0, 1)) < served(odr=(0, 100))


# ------------------------------------------------------------------ the score

VALUES = {"description": 0.8, "relevance": 1.0, "conversion": 0.5, "service": 0.6}


def test_the_score_is_the_weighted_sum():
    made = score(VALUES, {}, 1.0, 1.0, RULES)

    assert made.value == pytest.approx(0.2 * 0.8 + 0.3 * 1.0 + 0.25 * 0.5 + 0.25 * 0.6)
    assert [factor.code for factor in made.factors] == ["description", "relevance", "conversion", "service"]


@pytest.mark.parametrize("name", list(VALUES))
def test_each_factor_raises_the_score(name: str):
    assert score({**VALUES, name: VALUES[name] * 0.9}, {}, 1, 1, RULES).value < score(VALUES, {}, 1, 1, RULES).value


@pytest.mark.parametrize(
    ("cheating", "restrictions", "left"),
    [
        ("none", [], 1.0),
        ("product_demoted", [], 0.5),
        ("store_demoted", [], 0.2),
        ("blocked", [], 0.0),
        ("none", ["search_demoted"], 0.2),
        ("product_demoted", ["search_demoted"], 0.2),
        ("blocked", ["search_demoted"], 0.0),
        ("none", ["withdrawals_frozen"], 1.0),
    ],
)
def test_the_worse_of_product_and_store_counts(cheating: str, restrictions: list[str], left: float):
    assert left_by_cheating(cheating, restrictions, RULES) == left
    assert score(VALUES, {}, left, 1, RULES).value == pytest.approx(left * score(VALUES, {}, 1, 1, RULES).value)


def test_plus_boosts():
    assert plus_boost(False, RULES) == 1
    assert plus_boost(True, RULES) == 1.2


def test_weights_are_dated():
    later = AmendmentValue.from_text(
        "search.weights", "{description: 0.5, relevance: 0, conversion: 0, service: 0.5}", now(), None
    )
    book = Rulebook(amendments=[later])
    assert score(VALUES, {}, 1, 1, book.at(now())).value == pytest.approx(0.7)
