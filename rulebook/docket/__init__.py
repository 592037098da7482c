"""The docket and its sources."""

from rulebook.docket.docket import Docket
from rulebook.docket.effects import PLATFORM
from rulebook.docket.loading import Many, Ref, brings, tie

__all__ = ["PLATFORM", "Docket", "Many", "Ref", "brings", "tie"]
