"""What the player supplies in disputes."""

from __future__ import annotations

from rulebook.scenarios.stage import by_default

by_default("seller.reject_dispute", text=lambda stage: "The claim is not right.")
by_default(
    "buyer.ship_return",
    unless_refused=True,
    waybill=lambda stage: f"RR{len(stage.made.get('dispute', ())) + 200000000}CN",
)
for verb in ("buyer.add_evidence", "seller.add_evidence", "seller.submit_chargeback_evidence"):
    by_default(verb, unless_refused=True, text=lambda stage: "As the story has it.")
