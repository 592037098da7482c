"""The indicators that follow from orders and reviews."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_noop as _

from orders.models.review import SCORES
from stores.indicators import days, ever, indicator, months

STARS = range(1, 6)

indicator(
    "items_sold",
    rule="A58-1",
    title=_("Items sold"),
    formula=_("Units of paid orders, without abnormal ones"),
    unit="count",
    window=ever,
    above={"units": 1},
    base=lambda store: store.items_sold,
    window_text=_("all time"),
    part="sales",
)
indicator(
    "orders",
    rule="A34-1",
    title=_("Orders paid"),
    formula=_("Orders that were paid"),
    unit="count",
    window=days("svc.window_days"),
    above={"orders": 1},
    window_text=_("30 days"),
    part="sales",
)
indicator(
    "gmv_180d",
    rule="OPS22-4-1",
    title=_("Sales of 180 days"),
    formula=_("Paid amounts in USD, without abnormal orders"),
    unit="money",
    window=lambda at, rules: at - timedelta(days=min(rules.sales.windows)),
    above={"sales": 1},
    window_text=_("180 days"),
    part="sales",
)
indicator(
    "gmv_365d",
    rule="OPS22-4-1",
    title=_("Sales of 365 days"),
    formula=_("Paid amounts in USD, without abnormal orders"),
    unit="money",
    window=lambda at, rules: at - timedelta(days=max(rules.sales.windows)),
    above={"sales": 1},
    window_text=_("365 days"),
    part="sales",
)
indicator(
    "odr",
    rule="PRE-2",
    title=_("Order defect rate"),
    formula=_("Orders with any bad experience / paid orders that ended"),
    unit="percent",
    window=days("svc.odr_days"),
    above={"defective": 1},
    below={"ended": 1},
    higher_is_better=False,
    window_text=_("90 days"),
)
indicator(
    "non_fulfilment_rate",
    rule="V-15",
    title=_("Non-fulfilment rate"),
    formula=_("Orders not shipped in time or cancelled for a reason of the seller / orders due to ship"),
    unit="percent",
    window=days("svc.window_days"),
    above={"unfulfilled": 1},
    below={"due_to_ship": 1},
    higher_is_better=False,
    window_text=_("30 days"),
)
indicator(
    "shipped_on_time_rate",
    rule="A34-1",
    title=_("Shipped on time"),
    formula=_("Orders shipped within the handling period / orders due to ship"),
    unit="percent",
    window=days("svc.window_days"),
    above={"shipped_in_time": 1},
    below={"due_to_ship": 1},
    window_text=_("30 days"),
)
indicator(
    "cancelled_by_seller",
    rule="PRE-2",
    title=_("Cancelled for a reason of the seller"),
    formula=_("Orders cancelled for a reason of the seller"),
    unit="count",
    window=days("svc.window_days"),
    above={"cancelled_seller": 1},
    higher_is_better=False,
    window_text=_("30 days"),
)
indicator(
    "cancelled_by_buyer",
    rule="PRE-3",
    title=_("Cancelled for a reason of the buyer"),
    formula=_("Orders cancelled for a reason of the buyer; they do not count against the store"),
    unit="count",
    window=days("svc.window_days"),
    above={"cancelled_buyer": 1},
    window_text=_("30 days"),
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
    indicator(
        code,
        rule="A38O-1",
        title=title,
        formula=_("Orders with a carrier event within the time from payment / orders for which that time ended"),
        unit="percent",
        window=days("svc.window_days"),
        above={tally: 1},
        below={"online_due": 1},
        shift=move,
        window_text=_("30 days"),
    )
indicator(
    "on_time_rate",
    rule="PLUS-21",
    title=_("Arrived as promised"),
    formula=_("Orders shipped in the handling time and delivered in the promised days / orders whose promise ended"),
    unit="percent",
    window=days("plus.badge_window_days"),
    above={"promise_kept": 1},
    below={"promise_due": 1},
    window_text=_("30 days"),
)

# ------------------------------------------------------------------ reviews (A55, A56)

indicator(
    "positive_rate",
    rule="A56-5",
    also=["FB-13", "A53-2"],
    title=_("Positive reviews"),
    formula=_("Reviews of 4 and 5 stars / those and reviews of 1 and 2 stars; 3 stars are in neither"),
    unit="percent",
    window=months("review.rate_months"),
    above={"positive": 1},
    below={"positive": 1, "negative": 1},
    window_text=_("6 months"),
    part="reviews",
)
indicator(
    "negative_rate",
    rule="A56-6",
    title=_("Negative reviews"),
    formula=_("Reviews of 1 and 2 stars / those and reviews of 4 and 5 stars"),
    unit="percent",
    window=months("review.rate_months"),
    above={"negative": 1},
    below={"positive": 1, "negative": 1},
    higher_is_better=False,
    window_text=_("6 months"),
    part="reviews",
)
indicator(
    "average_stars",
    rule="A56-7",
    title=_("Average stars"),
    formula=_("Sum of the stars of the reviews that count / their number"),
    unit="average",
    window=ever,
    above={f"stars_{star}": star for star in STARS},
    below={f"stars_{star}": 1 for star in STARS},
    window_text=_("all time"),
    part="reviews",
)
for score, title in zip(SCORES, (_("Goods as described"), _("Communication"), _("Shipping speed")), strict=True):
    indicator(
        score,
        rule="A56-8",
        also=["A52-3"],
        title=title,
        formula=_("Sum of the scores / their number, half up to one decimal"),
        unit="average",
        window=ever,
        above={f"{score}_{star}": star for star in STARS},
        below={f"{score}_{star}": 1 for star in STARS},
        window_text=_("all time"),
        part="reviews",
    )
indicator(
    "reviews",
    rule="A55-1",
    title=_("Reviews that count"),
    formula=_("Published reviews of ordinary orders"),
    unit="count",
    window=ever,
    above={f"stars_{star}": 1 for star in STARS},
    window_text=_("all time"),
    part="reviews",
)
indicator(
    "feedback_score",
    rule="A55-3",
    title=_("Feedback score"),
    formula=_("4 and 5 stars one point, 3 stars none, 1 and 2 stars minus one; the sum of all time"),
    unit="count",
    window=ever,
    above={"feedback": 1},
    window_text=_("all time"),
    part="reviews",
)
indicator(
    "reply_rate",
    rule="FB-20",
    also=["A57-1"],
    title=_("Critical reviews answered"),
    formula=_("Reviews of 1 to 3 stars that the store replied to / reviews of 1 to 3 stars"),
    unit="percent",
    window=months("review.rate_months"),
    above={"answered": 1},
    below={"answerable": 1},
    window_text=_("6 months"),
    part="reviews",
)
