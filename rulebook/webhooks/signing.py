"""The signature of a notice.

    X-Signature: t=1793000000,v1=5f1c…,v1=08ab…

`t` is the moment of sending in seconds since 1970, each `v1` the HMAC-SHA256 of ``t``, a point and the raw body, in
hexadecimal. Several `v1` are one for each secret: who changes a secret signs with both, or who receives knows both.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets as random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

HEADER = "X-Signature"
TOLERANCE = timedelta(minutes=5)
"""How far the sender's clock and ours may be apart. What is older could have been overheard and be sent again."""

MOST_SIGNATURES = 5
_FORM = re.compile(r"t=([0-9]{1,11})((?:,v1=[0-9a-f]{64})+)")


class BadSignature(Exception):
    """The notice is not known to come from its sender. The text says why, and gives nothing away."""


def new_secret() -> str:
    """256 random bits as text."""
    return random.token_urlsafe(32)


def sign(body: bytes, *secrets: str, at: datetime) -> str:
    """The header's value: one signature with each of the secrets. at: the moment of sending, aware."""
    if not secrets or not all(secrets):
        raise ValueError("a notice is signed with a secret")
    stamp = str(int(at.timestamp()))
    return ",".join([f"t={stamp}", *(f"v1={_mac(secret, stamp, body)}" for secret in secrets)])


def verify(
    header: str | None, body: bytes, secrets: Iterable[str], *, at: datetime, tolerance: timedelta = TOLERANCE
) -> datetime:
    """When it was sent, if one of its signatures is by one of the secrets; else `BadSignature`.

    Every pair is compared, each in constant time: how long it takes tells nothing about which one came near.
    """
    found = _FORM.fullmatch((header or "")[:1024])
    if found is None:
        raise BadSignature("missing, or not of the form t=…,v1=…" if header else "missing")
    stamp, signatures = found[1], found[2].split(",v1=")[1:]
    if len(signatures) > MOST_SIGNATURES:
        raise BadSignature(f"more than {MOST_SIGNATURES} signatures")
    wanted = [_mac(secret, stamp, body) for secret in secrets if secret]
    fits = [hmac.compare_digest(mine, theirs) for mine in wanted for theirs in signatures]
    if not any(fits):
        raise BadSignature("does not fit body and secret")
    if abs(int(at.timestamp()) - int(stamp)) > tolerance.total_seconds():
        raise BadSignature(f"sent more than {int(tolerance.total_seconds())} seconds ago, or the clocks differ")
    return datetime.fromtimestamp(int(stamp), UTC)


def _mac(secret: str, stamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
