"""Whom we believe: the secrets that providers sign with."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from disputes.providers.known import SANDBOX
from rulebook.webhooks.secrets import secrets_among


def secrets_for(code: str) -> tuple[str, ...]:
    """From PIEPOWDER_PROVIDER_SECRETS; see `secrets_among`."""
    return secrets_among(settings.PROVIDER_SECRETS, code, sandbox=SANDBOX.code, file=sandbox_secret_file())


def sandbox_secret_file() -> Path:
    return Path(settings.DATA) / "provider_secret"
