"""The ledger's accounts, their signs, and a worked example for each movement.

Each store is its own set of books: an account is (store, kind, currency). Amounts are whole minor units.

**Sign.** A positive leg raises what the platform owes or has earned; a negative leg raises what it holds outside or has
lost. So money of buyers and sellers (`escrow`, `available`, `in_transit`, `deposit`, `bond`, `advance_reserve`) and income
(`commission`, `penalties`, `pass_through`) are at or above zero, claims and costs (`owed`, `compensation`, `logistics`,
`chargeback_loss`) at or below it, and `clearing`, the money at the payment provider, is minus what lies there. The legs
of a transaction sum to zero in each currency, so the whole does. Balances are *shown* without sign, in the sense of their
name.

**Movements**, for an order of 100.00 at 8 %:

===================================  ==========================================================
paid                                 clearing −100.00, escrow +100.00
refund of 20.00 before the release   escrow −20.00, clearing +20.00
release                              escrow −80.00, commission +6.40, available +73.60
refund of 20.00 after it             commission −1.60, available −18.40, clearing +20.00
the same with 10.00 available        commission −1.60, available −10.00, owed −8.40, clearing +20.00
the same with nothing but a deposit  commission −1.60, deposit −132.48 CNY, clearing +132.48 CNY, clearing −18.40 +20.00
refund borne by the platform         compensation −20.00, clearing +20.00
taken back from the order's escrow   escrow −20.00, compensation +20.00
counterfeit, 200.00 on top           available −200.00, clearing +200.00
appeal won by the seller             compensation −20.00, available +20.00
chargeback lost, platform bears      chargeback_loss −100.00, clearing +100.00
pre-arbitration fee                  available −750.00, pass_through +750.00
withdrawal of 50.00 asked for        available −50.00, in_transit +50.00
settled by the bank                  in_transit −50.00, pass_through +15.00 −15.00, clearing +50.00
failed                               in_transit −50.00, available +50.00
deposit of 10,000 CNY paid           clearing −10,000, deposit +10,000
===================================  ==========================================================
"""

from __future__ import annotations

from django.db import models

from rulebook.money import Money


class Account(models.TextChoices):
    CLEARING = "clearing"
    ESCROW = "escrow"
    AVAILABLE = "available"
    IN_TRANSIT = "in_transit"
    DEPOSIT = "deposit"
    BOND = "bond"
    ADVANCE_RESERVE = "advance_reserve"
    OWED = "owed"
    COMMISSION = "commission"
    PENALTIES = "penalties"
    PASS_THROUGH = "pass_through"
    COMPENSATION = "compensation"
    LOGISTICS = "logistics"
    CHARGEBACK_LOSS = "chargeback_loss"


AT_OR_BELOW_ZERO = ("owed", "compensation", "logistics", "chargeback_loss")
ANY_SIGN = ("clearing",)
AT_OR_ABOVE_ZERO = tuple(kind for kind in Account.values if kind not in (*AT_OR_BELOW_ZERO, *ANY_SIGN))


def may_hold(kind: str, minor: int) -> bool:
    """Whether an account of this kind may stand at this amount (ledger sign)."""
    if kind in ANY_SIGN:
        return True
    return minor <= 0 if kind in AT_OR_BELOW_ZERO else minor >= 0


def shown(kind: str, minor: int, currency: str) -> Money:
    """A balance as people read it: never negative, in the sense of the account's name."""
    return Money(-minor if kind in AT_OR_BELOW_ZERO or kind in ANY_SIGN else minor, currency)
