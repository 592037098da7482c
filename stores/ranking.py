"""How listings are ranked in searches: one method for all sellers (A31-1), made of four factors (A31-2).

    score = (weight × description + weight × relevance + weight × conversion + weight × service)
            × what cheating leaves × Plus

Each factor lies between 0 and 1, and 0.5 is neutral: what nothing is known of stands in the middle and is not ranked lower for it
(FB-19). Weights (`search.weights`) and everything else here are dated parameters; staff see them, a seller sees the factors of his
own listings, a storefront gets the order only. A store's service level, once stores have one, is one more multiplier in `Score`
and in `stores.search.score_sql` (`svc.ranking`).

The functions are pure. The ranking run keeps what they say of descriptions, sales and service; the search adds the relevance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rulebook.citations import formula
from rulebook.rules import Rules
from stores.models.delivery import CHARGES
from stores.states import SEARCH_DEMOTED, Cheating

NEUTRAL = 0.5
WHOLE = 10_000
"""Factors are kept in ten-thousandths."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a factor. value: 0 to 1. weight: its share of the factor. facts: what `stores.ranking_words` speaks of."""

    code: str
    value: float
    weight: float
    facts: Mapping[str, Any] = field(default_factory=dict)


def total(parts: Sequence[Part]) -> int:
    """The factor in ten-thousandths: the weighted mean of its parts."""
    weights = sum(part.weight for part in parts)
    return round(WHOLE * sum(part.value * part.weight for part in parts) / weights) if weights else WHOLE // 2


# ------------------------------------------------------------------ description quality


@formula("A31-2", "A28-3")
def description(listing: Any, rules: Rules) -> list[Part]:
    """Title, attributes, text, pictures and told charges, each as a share of what is enough.

    Attributes: of those that the category requires (`listing.required_attributes`), else of a usual number. Charges: for every
    promise of a delivery it is told who pays the carrier's further charges, duties and VAT (A37-3).
    """
    shape, required = rules.search.description, rules.listing.required_attributes[listing.category]
    told = min((sum(1 for name in CHARGES if entry.get(name)) for entry in listing.promises), default=0)
    return [
        _share("title", len(listing.title.strip()), shape),
        _attributes(listing.attributes, required, shape),
        _share("text", len(listing.description.strip()), shape),
        _share("pictures", len(listing.pictures), shape),
        _share("delivery", told, shape, promised=bool(listing.promises)),
    ]


def _share(code: str, count: int, shape: Mapping[str, Any], **facts: Any) -> Part:
    full = int(shape[code]["full"])
    return Part(
        code,
        min(1.0, count / full),
        float(shape[code]["weight"]),
        {"count": count, "full": full, "required": (), **facts},
    )


def _attributes(given: Any, required: Sequence[str], shape: Mapping[str, Any]) -> Part:
    filled = (
        {name.casefold() for name, value in given.items() if str(value).strip()} if isinstance(given, dict) else set()
    )
    if not required:
        return _share("attributes", len(filled), shape)
    missing = [name for name in required if name.casefold() not in filled]
    facts = {"required": tuple(required), "missing": tuple(missing)}
    return Part("attributes", 1 - len(missing) / len(required), float(shape["attributes"]["weight"]), facts)


# ------------------------------------------------------------------ conversion ability


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual in a category: orders of a listing that sells, stars of a review."""

    orders: float
    stars: float


@formula("A31-2", "FB-19")
def conversion(listing: Any, usual: Usual, rules: Rules) -> list[Part]:
    """Sales and rating against the category's.

    Sales: 0.5 + 0.5 × orders / (orders + the category's average of listings that sell). Unsold is neutral, each order raises it.
    Rating: the average of the product's stars and of `prior_reviews` more that are as good as the category's; on the scale 1 star
    is 0, the category's average 0.5, 5 stars 1. So the first reviews move it little, and none not at all.
    """
    shape, orders = rules.search.conversion, max(0, listing.orders_count)
    sales = NEUTRAL + NEUTRAL * orders / (orders + max(usual.orders, 1.0)) if orders else NEUTRAL
    rated = rating(listing.stars_sum, listing.reviews_count, usual.stars, float(shape["rating"]["prior_reviews"]))
    return [
        Part("sales", sales, float(shape["sales"]["weight"]), {"orders": orders, "usual": usual.orders}),
        Part(
            "rating",
            rated,
            float(shape["rating"]["weight"]),
            {"reviews": listing.reviews_count, "stars": listing.stars_sum, "usual": usual.stars},
        ),
    ]


def rating(stars: int, reviews: int, average: float, prior: float) -> float:
    """0 to 1, with 0.5 for the average and for no review at all. stars: their sum."""
    average = min(max(average, 1.01), 4.99)
    if reviews <= 0:
        return NEUTRAL
    known = (stars + prior * average) / (reviews + prior)
    if known >= average:
        return min(1.0, NEUTRAL + NEUTRAL * (known - average) / (5 - average))
    return max(0.0, NEUTRAL * (known - 1) / (average - 1))


def usual_of(figures: Mapping[str, Any], category: str, rules: Rules) -> Usual:
    """Of the category, else of all categories, else as the rulebook supposes. figures: `CategoryFigures` by category."""
    supposed = rules.search.usual
    rows = [row for row in (figures.get(category), figures.get("*")) if row is not None]
    sold = next((row for row in rows if row.sold), None)
    enough = next((row for row in rows if row.reviews >= rules.search.conversion["rating"]["prior_reviews"]), None)
    return Usual(
        sold.orders / sold.sold if sold else float(supposed["orders"]),
        enough.stars / enough.reviews if enough else float(supposed["stars"]),
    )


# ------------------------------------------------------------------ service ability


@formula("A31-2", "FB-19")
def service(figures: Mapping[str, tuple[int, int]], rules: Rules) -> list[dict[str, Any]]:
    """The store's indicators, as they are kept: {code, value, weight, figure, count}.

    figures: by code what stands above and below the line. Each is placed between its worst and its best value, then drawn to the
    middle by `service_prior` orders of which nothing is known: a new store is neutral, and one bad order does not sink it.
    """
    prior, parts = rules.search.service_prior, []
    for code, shape in rules.search.service.items():
        above, below = figures.get(code, (0, 0))
        share = 100 * above / below if below > 0 else None
        worst, best = float(shape["worst"]), float(shape["best"])
        placed = NEUTRAL if share is None else min(1.0, max(0.0, (share - worst) / (best - worst)))
        value = (placed * below + NEUTRAL * prior) / (below + prior) if below > 0 else NEUTRAL
        parts.append(
            {
                "code": code,
                "value": round(value, 6),
                "weight": float(shape["weight"]),
                "figure": None if share is None else round(share, 2),
                "count": max(0, below),
            }
        )
    return parts


def service_total(parts: Sequence[Mapping[str, Any]]) -> int:
    """The factor in ten-thousandths, of parts as they are kept."""
    return total([Part(part["code"], part["value"], part["weight"]) for part in parts])


# ------------------------------------------------------------------ the score


@formula("A31-2")
def left_by_cheating(cheating: str, restrictions: Sequence[str], rules: Rules) -> float:
    """What is left of the score: the listing's own degree, or its store's if that is worse. 0: it is not found."""
    multipliers = rules.search.cheating_multiplier
    degrees = [cheating, *([Cheating.STORE_DEMOTED.value] if SEARCH_DEMOTED in restrictions else [])]
    return min(float(multipliers[degree]) for degree in degrees)


@formula("PLUS-10")
def plus_boost(plus: bool, rules: Rules) -> float:
    """What the badge makes of the score."""
    return float(rules.plus.search_boost) if plus else 1.0


@dataclass(frozen=True, slots=True)
class Factor:
    """One of the four. value: 0 to 1; weight and points are for staff only (A31-1)."""

    code: str
    value: float
    weight: float
    parts: Sequence[Part] = ()

    @property
    def points(self) -> float:
        return self.value * self.weight


@dataclass(frozen=True, slots=True)
class Score:
    """Where a listing stands for a search, and why."""

    factors: list[Factor]
    cheating: float
    plus: float

    @property
    def sum(self) -> float:
        return sum(factor.points for factor in self.factors)

    @property
    def value(self) -> float:
        return self.sum * self.cheating * self.plus


FACTORS = ("description", "relevance", "conversion", "service")


@formula("A31-1")
def score(
    values: Mapping[str, float], parts: Mapping[str, Sequence[Part]], cheating: float, plus: float, rules: Rules
) -> Score:
    """The same for every seller: weights are read for nobody in particular."""
    weights = rules.search.weights
    factors = [Factor(code, values[code], float(weights[code]), parts.get(code, ())) for code in FACTORS]
    return Score(factors, cheating, plus)
