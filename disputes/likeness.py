"""Past rulings on cases like this one: the same reason, then category, value and words; and how they ended.

One statement, however many rulings there are: the newest of the reason and category and, from the newest of all, those
of the reason; their claims' words are compared, and the nearest are given.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from disputes.states import AppealState, Liable, RulingState
from rulebook.ids import public_id
from rulebook.money import Money
from rulebook.sentences import money_text

CANDIDATES = 200
"""Of the reason and category, newest first; as many of the reason alone."""
LOOKED_AT = 2000
"""The latest rulings of all among which those of the reason alone are looked for."""
COMPARED = 600
"""Letters of each claim that are compared: its beginning says what is wrong."""
BAND = 3
"""A claim of a third to three times the value is of like value."""
SHOWN = 6

REASON, CATEGORY, VALUE, WORDS = 40, 20, 15, 25
"""What each likeness is worth, of 100."""
SAME_WORDS = 0.6
"""From this similarity on, texts count as wholly alike."""
SOME_WORDS = 0.2
"""From this similarity on, it is named among what is alike."""

SQL = """
WITH near AS (
    (SELECT id FROM disputes_ruling
      WHERE about = %(about)s AND category = %(category)s AND made_at < %(until)s AND in_force_at IS NOT NULL
        AND dispute_id <> %(dispute)s
      ORDER BY made_at DESC, id DESC LIMIT %(candidates)s)
    UNION
    (SELECT id FROM (
        SELECT id, about, dispute_id, in_force_at, made_at FROM disputes_ruling
         WHERE made_at < %(until)s ORDER BY made_at DESC, id DESC LIMIT %(looked_at)s) AS latest
      WHERE about = %(about)s AND in_force_at IS NOT NULL AND dispute_id <> %(dispute)s
      ORDER BY made_at DESC, id DESC LIMIT %(candidates)s)
), scored AS (
    SELECT r.id, r.category = %(category)s AS same_category,
           r.claimed_usd_minor * %(band)s >= %(value)s AND r.claimed_usd_minor <= %(value)s * %(band)s AS same_band,
           similarity(left(d.text, %(compared)s), %(text)s) AS words
      FROM near JOIN disputes_ruling r USING (id) JOIN disputes_dispute d ON d.id = r.dispute_id
), best AS (
    SELECT *, %(reason)s + CASE WHEN same_category THEN %(by_category)s ELSE 0 END
           + CASE WHEN same_band THEN %(by_value)s ELSE 0 END
           + %(by_words)s * least(1, words / %(same_words)s) AS score
      FROM scored
)
SELECT r.id, r.dispute_id, d.number, r.made_at, r.refund_minor, d.refund_minor, r.currency, r.liable, r.return_goods,
       r.counterfeit, r.state, r.reason, d.text, b.same_category, b.same_band, b.words, b.score,
       (SELECT array_agg(a.side || ':' || a.state ORDER BY a.filed_at) FROM disputes_appeal a WHERE a.ruling_id = r.id)
  FROM best b JOIN disputes_ruling r ON r.id = b.id JOIN disputes_dispute d ON d.id = r.dispute_id
 ORDER BY b.score DESC, r.made_at DESC, r.id LIMIT %(shown)s
"""


@dataclass(frozen=True, slots=True)
class Like:
    """A past ruling. name: of its dispute. appeals: side and state of each. text: the claim's; reason: the moderator's.
    score: of 100; why: what it is made of. share: of the claim that was refunded, in percent."""

    ruling_id: UUID
    dispute_id: UUID
    name: str
    made_at: datetime
    refund: Money
    claimed: Money
    liable: str
    return_goods: bool
    counterfeit: bool
    state: str
    appeals: tuple[tuple[str, str], ...]
    reason: str
    text: str
    score: int
    why: tuple[str, ...]

    @property
    def public_id(self) -> str:
        return public_id("dsp", self.dispute_id)

    @property
    def share(self) -> int:
        return round(100 * self.refund.minor / self.claimed.minor) if self.claimed.minor else 0

    @property
    def liable_word(self) -> str:
        return str(Liable(self.liable).label)

    @property
    def overturned(self) -> bool:
        return self.state == RulingState.OVERTURNED

    @property
    def appeal_word(self) -> str:
        """What became of it on appeal; empty where nobody appealed."""
        states = [state for _side, state in self.appeals]
        if self.overturned:
            return _("Overturned on appeal")
        if AppealState.OPEN in states:
            return _("Appeal open")
        return _("Upheld on appeal") if states else ""

    @property
    def outcome(self) -> str:
        if not self.refund.minor:
            return _("Rejected")
        if self.return_goods:
            return _("{refund} against the goods").format(refund=money_text(self.refund))
        return _("{refund} refunded").format(refund=money_text(self.refund))


def alike(dispute: Any, *, value_usd_minor: int, category: str, until: datetime, shown: int = SHOWN) -> list[Like]:
    """The nearest rulings made before `until`, best first. The dispute's own are not among them."""
    params = {
        "about": dispute.reason,
        "category": category,
        "dispute": dispute.id,
        "until": until,
        "value": value_usd_minor,
        "text": dispute.text[:COMPARED],
        "candidates": CANDIDATES,
        "looked_at": LOOKED_AT,
        "compared": COMPARED,
        "band": BAND,
        "reason": REASON,
        "by_category": CATEGORY,
        "by_value": VALUE,
        "by_words": WORDS,
        "same_words": SAME_WORDS,
        "shown": shown,
    }
    with connection.cursor() as cursor:
        cursor.execute(SQL, params)
        return [_like(row) for row in cursor.fetchall()]


def _like(row: Any) -> Like:
    (
        identity,
        dispute_id,
        number,
        made_at,
        refund,
        claimed,
        currency,
        liable,
        return_goods,
        counterfeit,
        state,
        reason,
        text,
        same_category,
        same_band,
        words,
        score,
        appeals,
    ) = row
    return Like(
        identity,
        dispute_id,
        f"D{number}" if number else public_id("dsp", dispute_id),
        made_at,
        Money(refund, currency),
        Money(claimed, currency),
        liable,
        return_goods,
        counterfeit,
        state,
        tuple(tuple(one.split(":", 1)) for one in appeals or ()),
        reason,
        text,
        round(float(score)),
        _why(same_category, same_band, float(words)),
    )


def _why(same_category: bool, same_band: bool, words: float) -> tuple[str, ...]:
    parts = [_("same reason")]
    if same_category:
        parts.append(_("same category"))
    if same_band:
        parts.append(_("like value"))
    if words >= SOME_WORDS:
        parts.append(_("words alike: {percent} %").format(percent=round(100 * words)))
    return tuple(parts)


def summed_up(found: list[Like]) -> str:
    """What they come to together; overturned ones are no example."""
    good = [one for one in found if not one.overturned]
    if len(good) < 2:
        return ""
    won = sum(1 for one in good if one.refund.minor)
    share = round(median(one.share for one in good))
    return _("{won} of {count} for the buyer; half of them refunded {share} % of the claim or more.").format(
        won=won, count=len(good), share=share
    )
