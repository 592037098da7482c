"""What the player supplies in disputes."""

from __future__ import annotations

from rulebook.scenarios.stage import by_default

by_default("seller.reject_dispute", text=lambda stage: "The claim is not right.")
