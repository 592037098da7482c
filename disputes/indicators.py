"""The indicators that follow from disputes.

What the platform's logistics caused does not count against a store (A38-1, A38-3).
"""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from stores.indicators import days, indicator

for code, rule, title, formula, above, below in (
    (
        "dispute_rate",
        "A38-1",
        _("Dispute rate"),
        _("Claims, less those withdrawn / orders confirmed, completed by time or disputed"),
        "claims",
        "decided",
    ),
    (
        "not_received_rate",
        "A38-1",
        _("Not received"),
        _("Claims of goods not received, less those withdrawn / orders confirmed, completed by time or disputed"),
        "claims_not_received",
        "decided",
    ),
    (
        "not_as_described_rate",
        "A38-1",
        _("Not as described"),
        _("Claims about the goods, less those withdrawn / orders confirmed, completed by time or disputed"),
        "claims_not_as_described",
        "decided",
    ),
    (
        "arbitration_rate",
        "A41-2",
        _("Arbitration rate"),
        _("Orders sent to arbitration / orders completed, settled in a dispute or sent to arbitration"),
        "arbitrations",
        "judged",
    ),
    (
        "seller_liable_rate",
        "A45-2",
        _("Rulings against the seller"),
        _("Orders ruled the seller's fault / orders completed, settled in a dispute or sent to arbitration"),
        "liable",
        "judged",
    ),
):
    indicator(
        code,
        rule=rule,
        title=title,
        formula=formula,
        unit="percent",
        window=days("svc.window_days"),
        above={above: 1},
        below={below: 1},
        higher_is_better=False,
        window_text=_("30 days"),
        part="disputes",
    )

indicator(
    "chargeback_rate",
    rule="A69-2",
    title=_("Chargeback rate"),
    formula=_("Chargebacks opened / orders paid"),
    unit="percent",
    window=days("cb.rate_days"),
    above={"chargebacks": 1},
    below={"orders": 1},
    higher_is_better=False,
    window_text=_("90 days"),
    part="disputes",
)
