"""The provider that comes along: the sandbox, which stands for a card processor and for a wallet."""

from __future__ import annotations

from disputes.providers.port import (
    DECIDED,
    EVIDENCE_DUE,
    FAILED,
    OPENED,
    REOPENED,
    SETTLED,
    Provider,
    register,
)

SANDBOX = register(
    Provider(
        code="sandbox",
        name="Sandbox Bank",
        payments="sandbox",
        networks={"MC": "mastercard", "Master Card": "mastercard", "Pay Pal": "paypal"},
        words={
            "chargeback.opened": OPENED,
            "chargeback.evidence_due": EVIDENCE_DUE,
            "chargeback.decided": DECIDED,
            "chargeback.reopened": REOPENED,
            "chargeback.pre_arbitration": REOPENED,
            "withdrawal.settled": SETTLED,
            "withdrawal.failed": FAILED,
        },
    )
)
