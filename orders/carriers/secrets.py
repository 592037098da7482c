"""Whom we believe: the secrets that carriers sign with."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings

from orders.carriers.known import SANDBOX
from rulebook.webhooks import new_secret


def secrets_for(code: str) -> tuple[str, ...]:
    """All that are good now; none means that the carrier has no webhook here. From PIEPOWDER_CARRIER_SECRETS; in
    development the sandbox has one of its own, made when it is first asked for."""
    known: tuple[str, ...] = settings.CARRIER_SECRETS.get(code, ())
    if not known and code == SANDBOX.code and settings.ENV == "development":
        return (made_here(sandbox_secret_file()),)
    return known


def sandbox_secret_file() -> Path:
    return Path(settings.DATA) / "carrier_secret"


def made_here(path: Path) -> str:
    """A secret in a file of its own, made when it is first asked for.

    Two processes may ask at once: the one that comes second reads what the first has written.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(new_secret())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
