"""Whom we believe: the secrets that carriers sign with."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from orders.carriers.known import SANDBOX
from rulebook.webhooks.secrets import secrets_among


def secrets_for(code: str) -> tuple[str, ...]:
    """From PIEPOWDER_CARRIER_SECRETS; see `secrets_among`."""
    return secrets_among(settings.CARRIER_SECRETS, code, sandbox=SANDBOX.code, file=sandbox_secret_file())


def sandbox_secret_file() -> Path:
    return Path(settings.DATA) / "carrier_secret"
