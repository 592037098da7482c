"""Identities: UUIDv7 made here, so that a new object has its id on the docket, before it is written.

People and the API see them with a prefix that names the kind: ``ord_0jx2…`` (Crockford base 32, lower case).
"""

from __future__ import annotations

import os
import random
import threading
import time
from uuid import UUID, SafeUUID

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_LENGTH = 26

_set_number, _set_safety = UUID.int.__set__, UUID.is_safe.__set__  # type: ignore[attr-defined,misc]
_UNKNOWN = SafeUUID.unknown

_lock = threading.Lock()
_last = 0
_tails = random.Random(os.urandom(32))
os.register_at_fork(after_in_child=lambda: _tails.seed(os.urandom(32)))


def new_id() -> UUID:
    """A UUIDv7, strictly increasing within the process. Nothing reads time from it, and nothing rests on its being secret."""
    global _last
    with _lock:
        # 48 bits of milliseconds and 12 of a fraction; a tie or a clock that went back counts on from the last one
        stamp = time.time_ns() * 4096 // 1_000_000
        _last = stamp = stamp if stamp > _last else _last + 1
    number = (stamp >> 12) << 80 | 0x7000_0000_0000_0000_0000 | (stamp & 0xFFF) << 64 | 1 << 63 | _tails.getrandbits(62)
    identity = UUID.__new__(UUID)  # past the constructor: it checks what is known here, and every row needs an id
    _set_number(identity, number)
    _set_safety(identity, _UNKNOWN)
    return identity


def public_id(prefix: str, identity: UUID) -> str:
    """The form that people and the API see."""
    number, letters = identity.int, []
    for _ in range(_LENGTH):
        letters.append(_ALPHABET[number & 31])
        number >>= 5
    return f"{prefix}_{''.join(reversed(letters))}"


def parse_id(text: str, prefix: str | None = None) -> UUID:
    """The UUID behind ``ord_…`` or behind a plain UUID text. ValueError says what is wrong with it."""
    head, _, tail = str(text).strip().lower().rpartition("_")
    if not head:
        try:
            return UUID(tail)
        except ValueError:
            raise ValueError(f"{text!r} is not an id: expected {prefix or 'kind'}_ and {_LENGTH} characters") from None
    if prefix is not None and head != prefix:
        raise ValueError(f"{text!r} names another kind of object: expected an id that begins with {prefix}_")
    if len(tail) != _LENGTH or any(letter not in _VALUES for letter in tail) or _VALUES[tail[0]] > 7:
        raise ValueError(f"{text!r} is not an id: {_LENGTH} characters of {_ALPHABET} follow {head}_")
    number = 0
    for letter in tail:
        number = number << 5 | _VALUES[letter]
    return UUID(int=number)
