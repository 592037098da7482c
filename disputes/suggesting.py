"""A suggested outcome: what the liability table and the facts of a case point to, and what is missing. It binds nobody.

Pure: from facts to a suggestion. The page offers it; one press fills the form, a person decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from disputes.states import ABOUT_THE_GOODS, CAUSED_ON_THE_WAY, EvidenceKind, Liable, Reason
from rulebook.citations import formula
from rulebook.money import Money
from rulebook.sentences import moment_text, money_text

CLEAR, LIKELY, OPEN = "clear", "likely", "open"

SURE: dict[str, Any] = {
    CLEAR: gettext_lazy("The facts decide it"),
    LIKELY: gettext_lazy("The facts point there"),
    OPEN: gettext_lazy("Open: the facts do not decide it"),
}

_PICTURES = frozenset({EvidenceKind.PHOTO.value, EvidenceKind.VIDEO.value, EvidenceKind.UNBOXING_VIDEO.value})
_FILMS = frozenset({EvidenceKind.VIDEO.value, EvidenceKind.UNBOXING_VIDEO.value})
_PAPERS = frozenset({EvidenceKind.STATEMENT.value, EvidenceKind.RECEIPT.value})

PROOFS: dict[str, tuple[Any, frozenset[str]]] = {
    "tracking": (gettext_lazy("tracking to the address"), frozenset({EvidenceKind.TRACKING.value})),
    "hand_over": (gettext_lazy("proof of handing over"), frozenset({EvidenceKind.TRACKING.value, *_PAPERS})),
    "photo_of_box": (gettext_lazy("photos of the box"), _PICTURES),
    "photo_of_goods": (gettext_lazy("photos of the goods"), _PICTURES),
    "photo": (gettext_lazy("photos"), _PICTURES),
    "packing_photo": (gettext_lazy("photos of the packing"), _PICTURES),
    "listing_snapshot": (gettext_lazy("the listing as it stood"), frozenset({*_PICTURES, *_PAPERS})),
    "unboxing_video": (gettext_lazy("a film of the opening"), frozenset({EvidenceKind.UNBOXING_VIDEO.value})),
    "weight_slip": (gettext_lazy("a weight slip"), frozenset({EvidenceKind.WEIGHT_SLIP.value})),
    "packing_weight": (gettext_lazy("the weight at packing"), frozenset({EvidenceKind.WEIGHT_SLIP.value})),
    "video": (gettext_lazy("a film"), _FILMS),
    "test_record": (gettext_lazy("a record of tests"), _PAPERS),
    "brand_statement": (gettext_lazy("a statement of the brand"), frozenset({EvidenceKind.STATEMENT.value})),
    "authorisation": (gettext_lazy("the brand's authorisation"), _PAPERS),
    "customs_paper": (gettext_lazy("the paper of customs"), _PAPERS),
    "declaration": (gettext_lazy("the customs declaration"), _PAPERS),
    "invoice": (gettext_lazy("the invoice"), _PAPERS),
    "unused_state": (gettext_lazy("the goods, unused"), _PICTURES),
    "receipt": (gettext_lazy("the receipt of the charge"), _PAPERS),
    "consent": (gettext_lazy("the buyer's consent"), frozenset({EvidenceKind.STATEMENT.value})),
}
"""The proofs of the table of reasons: in words, and the kinds of evidence that can be it."""

ONE_IS_ENOUGH = frozenset({"missing_items", "counterfeit"})
"""Reasons of which each of the buyer's proofs is enough by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a case.

    row: the reason's row of `dispute.reasons`; causes: `dispute.causes`; lost_days: `dispute.lost_days`. arrived_at: by the
    carrier's scan. returned: the parcel went back or was not taken. silent_days: since the last scan. doubted: the waybill
    is. untold_charges: the order names none. cap: what cover or worry-free logistics pay at most, in the order's currency;
    None where neither has a part. shown: kinds of evidence by side; late: some came after its time. contested: what the
    seller says of a return that he contests, else empty; agreed: what was to be paid for it.
    """

    reason: str
    claim: Money
    refundable: Money
    wants_return: bool
    row: Mapping[str, Any]
    causes: Mapping[str, Mapping[str, Any]]
    at: datetime
    promised_at: datetime | None
    arrived_at: datetime | None
    lost_days: int
    returned: bool = False
    silent_days: int | None = None
    address_changed: bool = False
    doubted: bool = False
    worry_free: bool = False
    plus: bool = False
    covered: bool = False
    untold_charges: bool = False
    returnable: bool = True
    cap: Money | None = None
    shown: Mapping[str, frozenset[str]] = field(default_factory=dict)
    late: bool = False
    seller_offer: Money | None = None
    buyer_offer: Money | None = None
    contested: str = ""
    agreed: Money | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """Why: a sentence and its rule. against: it speaks against the suggestion."""

    text: str
    rule: str = ""
    against: bool = False


@dataclass(slots=True)
class Suggestion:
    """cause: a code of `dispute.causes`, or empty; freight: who pays the way back, or empty. sure: how much the facts
    decide. missing: proofs that the table expects and nobody has shown, by side."""

    liable: str
    refund: Money
    return_goods: bool = False
    counterfeit: bool = False
    cause: str = ""
    freight: str = ""
    sure: str = OPEN
    grounds: list[Ground] = field(default_factory=list)
    missing: list[Ground] = field(default_factory=list)

    def because(self, text: str, rule: str = "", *, against: bool = False) -> None:
        self.grounds.append(Ground(text, rule, against))

    @property
    def liable_word(self) -> str:
        return str(Liable(self.liable).label)

    @property
    def sure_word(self) -> str:
        return str(SURE[self.sure])

    def initial(self) -> dict[str, Any]:
        """For the form of the ruling."""
        return {
            "refund": self.refund.amount,
            "liable": self.liable,
            "return_goods": self.return_goods,
            "counterfeit": self.counterfeit,
            "cause": self.cause,
        }


@formula("AS-6")
def suggest(facts: Facts) -> Suggestion:
    """AS-6: the table of reasons says whose fault it usually is; what is known of this case says how far that holds."""
    usual = {"carrier": Liable.LOGISTICS.value}.get(facts.row["liable"], facts.row["liable"])
    found = Suggestion(usual if usual in Liable.values else Liable.SELLER.value, min_of(facts.claim, facts.refundable))
    if facts.contested:
        _contested(facts, found)
    elif facts.reason == Reason.NO_REASON_RETURN:
        _changed_mind(facts, found)
    elif facts.reason in (Reason.NOT_RECEIVED, Reason.LATE_DELIVERY, Reason.CUSTOMS):
        _on_the_way(facts, found)
    else:
        _about_goods(facts, found)
    _who_pays(facts, found)
    _offers(facts, found)
    if not facts.contested:
        _missing(facts, found)
    if facts.late:
        found.because(_("Some evidence came after its time and is marked; you weigh it."), "A41-2", against=True)
    if not found.refund.minor:
        found.return_goods = False
    found.freight = _freight(facts) if found.return_goods else ""
    return found


def min_of(one: Money, other: Money) -> Money:
    """The smaller of two amounts of one currency."""
    return one if one.minor <= other.minor else other


# ------------------------------------------------------------------ by what is claimed


def _nothing(found: Suggestion, currency: str, liable: str = Liable.BUYER.value) -> None:
    found.refund, found.liable = Money(0, currency), liable


def _on_the_way(facts: Facts, found: Suggestion) -> None:
    """Not received, late, or held at customs: the scans and the promise decide."""
    currency = facts.claim.currency
    found.cause = _cause_on_the_way(facts)
    if facts.reason == Reason.LATE_DELIVERY:
        _late(facts, found)
        return
    if facts.arrived_at is not None:
        if facts.address_changed or facts.doubted:
            text = _("A scan says delivered on {at}, but its address or its waybill is doubted.")
            found.because(text.format(at=moment_text(facts.arrived_at)), "A37-7", against=True)
            return
        _nothing(found, currency)
        found.cause = ""
        found.sure = CLEAR if "tracking" in facts.row["seller_proof"] else LIKELY
        found.because(_("The carrier's scan says delivered on {at}.").format(at=moment_text(facts.arrived_at)), "AS-6")
        return
    if facts.returned:
        found.sure = LIKELY
        found.because(_("The parcel went back, or was not taken: find out who caused it."), "AS-6", against=True)
        return
    if facts.promised_at is not None and facts.at < facts.promised_at:
        text = _("The promised time is not over yet: it ends on {at}. Arrival would end this claim.")
        found.because(text.format(at=moment_text(facts.promised_at)), "AS-3", against=True)
        return
    found.sure = CLEAR
    if facts.promised_at is not None:
        text = _("The promised time ended on {at}, and no scan says delivered.")
        found.because(text.format(at=moment_text(facts.promised_at)), "AS-3")
    if _probably_lost(facts):
        text = _("No scan for {days} days: probably lost.")
        found.because(text.format(days=facts.silent_days), "A39-1")


def _cause_on_the_way(facts: Facts) -> str:
    """A code of the table of causes, where the scans tell one."""
    fitting = [code for code in facts.row["causes"] if code in facts.causes]
    if facts.doubted:
        wanted = "NR-TRACK"
    elif facts.returned:
        wanted = "NR-RETURNED"
    else:
        wanted = "NR-LOST" if _probably_lost(facts) else "NR-TRANSIT"
    return wanted if wanted in fitting else _the_only(fitting)


def _probably_lost(facts: Facts) -> bool:
    return facts.silent_days is not None and facts.silent_days >= facts.lost_days


def _the_only(codes: list[str]) -> str:
    return codes[0] if len(codes) == 1 else ""


def _late(facts: Facts, found: Suggestion) -> None:
    if facts.promised_at is None or (facts.arrived_at is not None and facts.arrived_at <= facts.promised_at):
        _nothing(found, facts.claim.currency)
        found.sure, found.cause = CLEAR, ""
        found.because(_("It arrived within the promised time."), "AS-3")
        return
    if facts.at < facts.promised_at:
        found.because(_("The promised time is not over yet."), "AS-3", against=True)
        return
    found.sure = LIKELY
    there = facts.arrived_at or facts.at
    days = max(1, (there - facts.promised_at).days)
    found.because(
        _("It came {days} days after the promised time; you decide how much, up to all of it.").format(days=days),
        "AS-4",
    )


def _changed_mind(facts: Facts, found: Suggestion) -> None:
    found.liable, found.return_goods = Liable.BUYER.value, True
    if facts.plus and facts.returnable:
        found.sure = CLEAR
        found.because(_("Plus goods may be sent back without a reason, for all that was paid."), "PLUS-7")
        return
    _nothing(found, facts.claim.currency)
    found.sure = LIKELY
    found.because(_("These goods cannot be returned without a reason."), "PLUS-7")


def _about_goods(facts: Facts, found: Suggestion) -> None:
    """What came is damaged, other, missing, poor or fake: the proofs of both sides decide."""
    buyer, seller = has_proof(facts, "buyer"), has_proof(facts, "seller")
    found.return_goods = facts.wants_return
    found.cause = _the_only([code for code in facts.row["causes"] if code in facts.causes]) if buyer else ""
    if facts.reason == Reason.COUNTERFEIT:
        found.counterfeit = buyer and not seller
        if found.counterfeit:
            found.because(_("For a counterfeit the buyer gets a multiple of the price on top."), "AS-5")
    if facts.reason == Reason.UNDISCLOSED_FEE and facts.untold_charges:
        found.because(_("The order says that no charges were told beforehand."), "A37-5")
    if buyer and not seller:
        found.sure = CLEAR if facts.row["seller_proof"] else LIKELY
        found.because(
            _("The buyer has shown what this reason asks for; the seller has shown nothing against it."), "AS-6"
        )
    elif buyer and seller:
        found.because(_("Both sides have shown what this reason asks for: weigh it."), "AS-6", against=True)
    elif seller:
        _nothing(found, facts.claim.currency)
        found.sure, found.counterfeit = LIKELY, False
        found.because(_("The seller has shown what speaks for him, the buyer has not shown the fault."), "AS-6")
    else:
        found.because(_("Neither side has shown what this reason asks for."), "AS-6", against=True)


@formula("PLUS-28")
def _contested(facts: Facts, found: Suggestion) -> None:
    """PLUS-28: a film of the opening proves a swapped return; without one the scan of the return stands."""
    agreed = min_of(facts.agreed or facts.claim, facts.refundable)
    filmed = EvidenceKind.UNBOXING_VIDEO.value in facts.shown.get("seller", frozenset())
    found.return_goods, found.cause = False, ""
    if filmed:
        _nothing(found, facts.claim.currency)
        found.sure = LIKELY
        found.because(_("The seller filmed the opening of the return: {text}").format(text=facts.contested), "PLUS-28")
        return
    found.refund = agreed
    said = _("The seller contests the return and shows no film of its opening: {text}").format(text=facts.contested)
    found.because(said, "PLUS-28", against=True)
    found.missing.append(
        Ground(_("The seller has not shown: {what}.").format(what=PROOFS["unboxing_video"][0]), "PLUS-28")
    )
    found.because(_("{refund} were agreed against the goods.").format(refund=money_text(agreed)), "A44-5")


# ------------------------------------------------------------------ who bears it, and what else counts


def _who_pays(facts: Facts, found: Suggestion) -> None:
    """Cover and worry-free logistics take the place of the usual side, up to their caps."""
    if not found.refund.minor or facts.contested:
        return
    if facts.worry_free and facts.reason in CAUSED_ON_THE_WAY:
        found.liable = Liable.LOGISTICS.value
        found.because(_("Worry-free logistics answer for what happened on the way."), "A38-5")
    elif facts.covered and facts.reason in ABOUT_THE_GOODS:
        found.liable = Liable.PLATFORM.value
        found.because(_("The after-sale cover answers for goods unlike their listing."), "A47-1")
    elif found.liable == Liable.LOGISTICS and not facts.worry_free:
        found.liable = Liable.SELLER.value
        found.because(
            _("The carrier is at fault as a rule; without worry-free logistics the seller bears the way."), "A38-2"
        )
    elif not any(ground.rule == "PLUS-7" for ground in found.grounds):
        found.because(_("As a rule this reason is the {side}'s fault.").format(side=found.liable_word.lower()), "AS-6")
    _above_the_cap(facts, found)


def _above_the_cap(facts: Facts, found: Suggestion) -> None:
    if found.liable not in (Liable.LOGISTICS, Liable.PLATFORM):
        return
    if facts.cap is not None and found.refund.minor > facts.cap.minor:
        above = found.refund - facts.cap
        found.because(
            _("Up to {cap}; the {above} above it come from the seller.").format(
                cap=money_text(facts.cap), above=money_text(above)
            ),
            "A38-5" if found.liable == Liable.LOGISTICS else "A47-1",
        )


def _offers(facts: Facts, found: Suggestion) -> None:
    """What a side has offered it can live with."""
    offer = facts.seller_offer
    if offer is not None and offer.minor > found.refund.minor and not facts.contested:
        found.because(_("The seller offers {offer} himself.").format(offer=money_text(offer)), "A41-1", against=True)
    asked = facts.buyer_offer
    if asked is not None and found.refund.minor > asked.minor:
        found.refund = asked
        found.because(_("The buyer would settle for {asked}.").format(asked=money_text(asked)), "A41-1")
    if facts.claim.minor > facts.refundable.minor:
        found.because(
            _("Only {left} of the payment are left to refund.").format(left=money_text(facts.refundable)), "A45-2"
        )


def _freight(facts: Facts) -> str:
    return "platform" if facts.plus else str(facts.row["return_paid_by"])


# ------------------------------------------------------------------ proofs


def proofs(facts: Facts, side: str) -> list[tuple[str, bool]]:
    """What the table expects of a side, in words, and whether something of that kind was shown."""
    shown = facts.shown.get(side, frozenset())
    scanned = side == "seller" and (facts.arrived_at is not None or facts.silent_days is not None)
    return [
        (str(PROOFS[code][0]), bool(PROOFS[code][1] & shown) or (scanned and code in ("tracking", "hand_over")))
        if code in PROOFS
        else (code.replace("_", " "), bool(shown))
        for code in facts.row[f"{side}_proof"]
    ]


def has_proof(facts: Facts, side: str) -> bool:
    """Whether a side has shown what is expected of it; where nothing is expected, whether it has shown anything."""
    expected = proofs(facts, side)
    if not expected:
        return bool(facts.shown.get(side))
    met = [there for _words, there in expected]
    return any(met) if side == "buyer" and facts.reason in ONE_IS_ENOUGH else all(met)


def _missing(facts: Facts, found: Suggestion) -> None:
    for side, words in (
        ("buyer", _("The buyer has not shown: {what}.")),
        ("seller", _("The seller has not shown: {what}.")),
    ):
        absent = [text for text, there in proofs(facts, side) if not there]
        if absent and not (side == "buyer" and has_proof(facts, side)):
            found.missing.append(Ground(words.format(what=", ".join(absent)), "AS-6"))
