"""Whom we believe: the secrets that providers sign with."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from disputes.providers.known import SANDBOX
from orders.carriers.secrets import made_here


def secrets_for(code: str) -> tuple[str, ...]:
    """All that are good now; none means that the provider has no webhook here. From PIEPOWDER_PROVIDER_SECRETS; in
    development the sandbox has one of its own, made when it is first asked for."""
    known: tuple[str, ...] = settings.PROVIDER_SECRETS.get(code, ())
    if not known and code == SANDBOX.code and settings.ENV == "development":
        return (made_here(sandbox_secret_file()),)
    return known


def sandbox_secret_file() -> Path:
    return Path(settings.DATA) / "provider_secret"
