"""Whom we believe: the secrets that senders sign with."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings

from rulebook.webhooks.signing import new_secret


def secrets_among(known: Mapping[str, tuple[str, ...]], code: str, *, sandbox: str, file: Path) -> tuple[str, ...]:
    """All of this sender's that are good now; none means that it has no webhook here. In development the sandbox has
    one of its own, in `file`."""
    found = known.get(code, ())
    if not found and code == sandbox and settings.ENV == "development":
        return (made_here(file),)
    return found


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
