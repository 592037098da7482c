"""The indicators that follow from orders and reviews."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_noop as _

from orders.models.review import SCORES
from stores.indicators import days, ever, indicator, months

STARS = range(1, 6)

OF_30_DAYS: dict[str, Any] = {"window": days("svc.window_days"), "window_text": _("30 days")}
OF_6_MONTHS: dict[str, Any] = {"window": months("review.rate_months"), "window_text": _("6 months")}
OF_ALL_TIME: dict[str, Any] = {"window": ever, "window_text": _("all time")}


def rate(code: str, above: str, below: Iterable[str], **more: Any) -> None:
    """One tally in a hundred of others. More tells of rule, title, formula, window and part."""
    indicator(code, unit="percent", above={above: 1}, below=dict.fromkeys(below, 1), **more)


def number(code: str, *tallies: str, **more: Any) -> None:
    """How often something happened."""
    indicator(code, unit="count", above=dict.fromkeys(tallies, 1), **more)


def average(code: str, tally: str, **more: Any) -> None:
    """Of stars, which are counted by their number."""
    above, below = {f"{tally}_{star}": star for star in STARS}, {f"{tally}_{star}": 1 for star in STARS}
    indicator(code, unit="average", above=above, below=below, part="reviews", **OF_ALL_TIME, **more)


# ------------------------------------------------------------------ sales

number(
    "items_sold",
    "units",
    rule="A58-1",
    title=_("Items sold"),
    formula=_("Units of paid orders, without abnormal ones"),
    base=lambda store: store.items_sold,
    part="sales",
    **OF_ALL_TIME,
)
number(
    "orders",
    "orders",
    rule="A34-1",
    title=_("Orders paid"),
    formula=_("Orders that were paid"),
    part="sales",
    **OF_30_DAYS,
)
for code, which, title, text in (
    ("gmv_180d", min, _("Sales of 180 days"), _("180 days")),
    ("gmv_365d", max, _("Sales of 365 days"), _("365 days")),
):
    indicator(
        code,
        rule="OPS22-4-1",
        title=title,
        formula=_("Paid amounts in USD, without abnormal orders"),
        unit="money",
        window=lambda at, rules, which=which: at - timedelta(days=which(rules.sales.windows)),
        above={"sales": 1},
        window_text=text,
        part="sales",
    )

# ------------------------------------------------------------------ orders and shipping

rate(
    "odr",
    "defective",
    ["ended"],
    rule="PRE-2",
    title=_("Order defect rate"),
    formula=_("Orders with any bad experience / paid orders that ended"),
    window=days("svc.odr_days"),
    window_text=_("90 days"),
    higher_is_better=False,
)
rate(
    "non_fulfilment_rate",
    "unfulfilled",
    ["due_to_ship"],
    rule="V-15",
    title=_("Non-fulfilment rate"),
    formula=_("Orders not shipped in time or cancelled for a reason of the seller / orders due to ship"),
    higher_is_better=False,
    **OF_30_DAYS,
)
rate(
    "shipped_on_time_rate",
    "shipped_in_time",
    ["due_to_ship"],
    rule="A34-1",
    title=_("Shipped on time"),
    formula=_("Orders shipped within the handling period / orders due to ship"),
    **OF_30_DAYS,
)
number(
    "cancelled_by_seller",
    "cancelled_seller",
    rule="PRE-2",
    title=_("Cancelled for a reason of the seller"),
    formula=_("Orders cancelled for a reason of the seller"),
    higher_is_better=False,
    **OF_30_DAYS,
)
number(
    "cancelled_by_buyer",
    "cancelled_buyer",
    rule="PRE-3",
    title=_("Cancelled for a reason of the buyer"),
    formula=_("Orders cancelled for a reason of the buyer; they do not count against the store"),
    **OF_30_DAYS,
)
for code, tally, title, move in (
    (
        "online_rate_72h",
        "online_hours",
        _("Online rate, 72 hours"),
        lambda rules: timedelta(hours=rules.online_rate.hours),
    ),
    ("online_rate_7d", "online_days", _("Online rate, 7 days"), lambda rules: timedelta(days=rules.online_rate.days)),
):
    rate(
        code,
        tally,
        ["online_due"],
        rule="A38O-1",
        title=title,
        formula=_("Orders with a carrier event within the time from payment / orders for which that time ended"),
        shift=move,
        **OF_30_DAYS,
    )
rate(
    "on_time_rate",
    "promise_kept",
    ["promise_due"],
    rule="PLUS-21",
    title=_("Arrived as promised"),
    formula=_("Orders shipped in the handling time and delivered in the promised days / orders whose promise ended"),
    window=days("plus.badge_window_days"),
    window_text=_("30 days"),
)

# ------------------------------------------------------------------ reviews (A55, A56)

rate(
    "positive_rate",
    "positive",
    ["positive", "negative"],
    rule="A56-5",
    also=["FB-13", "A53-2"],
    title=_("Positive reviews"),
    formula=_("Reviews of 4 and 5 stars / those and reviews of 1 and 2 stars; 3 stars are in neither"),
    part="reviews",
    **OF_6_MONTHS,
)
rate(
    "negative_rate",
    "negative",
    ["positive", "negative"],
    rule="A56-6",
    title=_("Negative reviews"),
    formula=_("Reviews of 1 and 2 stars / those and reviews of 4 and 5 stars"),
    higher_is_better=False,
    part="reviews",
    **OF_6_MONTHS,
)
average(
    "average_stars",
    "stars",
    rule="A56-7",
    title=_("Average stars"),
    formula=_("Sum of the stars of the reviews that count / their number"),
)
for score, title in zip(SCORES, (_("Goods as described"), _("Communication"), _("Shipping speed")), strict=True):
    average(
        score,
        score,
        rule="A56-8",
        also=["A52-3"],
        title=title,
        formula=_("Sum of the scores / their number, half up to one decimal"),
    )
number(
    "reviews",
    *(f"stars_{star}" for star in STARS),
    rule="A55-1",
    title=_("Reviews that count"),
    formula=_("Published reviews of ordinary orders"),
    part="reviews",
    **OF_ALL_TIME,
)
number(
    "feedback_score",
    "feedback",
    rule="A55-3",
    title=_("Feedback score"),
    formula=_("4 and 5 stars one point, 3 stars none, 1 and 2 stars minus one; the sum of all time"),
    part="reviews",
    **OF_ALL_TIME,
)
rate(
    "reply_rate",
    "answered",
    ["answerable"],
    rule="FB-20",
    also=["A57-1"],
    title=_("Critical reviews answered"),
    formula=_("Reviews of 1 to 3 stars that the store replied to / reviews of 1 to 3 stars"),
    part="reviews",
    **OF_6_MONTHS,
)
