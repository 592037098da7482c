"""API keys: made here, shown once; afterwards only the SHA-256 of the secret is known.

A key reads ``pp_<prefix>_<secret>``: the prefix is public and stands in the journal, the secret has 256 bits.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from rulebook.actions import actions
from rulebook.actors import STAFF_ROLES
from rulebook.api.resources import resources
from stores.models import ApiKey
from stores.models.access import KeyKind

_LETTERS = "abcdefghjkmnpqrstvwxyz23456789"
_PREFIX_LENGTH = 12
_OWNER = {KeyKind.STOREFRONT: "storefront", KeyKind.STORE: "store", KeyKind.MODERATOR: "user"}


def make_key(
    *,
    kind: str,
    name: str,
    storefront: Any = None,
    store: Any = None,
    user: Any = None,
    role: str = "",
    scopes: Iterable[str] = (),
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """A new key and its text, which nobody can read again. ValueError says what does not fit its kind.

    scopes: names of actions (``seller.ship``) or kinds of objects (``orders``); none: all that the owner may.
    """
    owners = {"storefront": storefront, "store": store, "user": user}
    if kind not in KeyKind.values:
        raise ValueError(_("A key is of one of these kinds: {kinds}.").format(kinds=", ".join(KeyKind.values)))
    scopes = list(scopes)
    wanted = _OWNER.get(KeyKind(kind))
    if [owner for owner, given in owners.items() if given is not None] != ([wanted] if wanted else []):
        raise ValueError(
            _("A key of the kind {kind} belongs to: {owner}.").format(kind=kind, owner=wanted or _("nobody"))
        )
    if kind == KeyKind.STORE and role not in STAFF_ROLES:
        raise ValueError(_("A store's key has one of these roles: {roles}.").format(roles=", ".join(STAFF_ROLES)))
    if kind != KeyKind.STORE and role:
        raise ValueError(_("Only a store's key has a role of its own."))
    if strange := sorted(set(scopes) - known_scopes()):
        raise ValueError(
            _("There is no scope {scope}: name an action (seller.ship) or a kind (orders).").format(scope=strange[0])
        )
    prefix = "".join(secrets.choice(_LETTERS) for _place in range(_PREFIX_LENGTH))
    secret = secrets.token_hex(32)
    key = ApiKey.objects.create(
        prefix=prefix,
        secret_sha256=digest(secret),
        kind=kind,
        name=name,
        role=role,
        scopes=scopes,
        expires_at=expires_at,
        **owners,
    )
    return key, f"pp_{prefix}_{secret}"


def known_scopes() -> set[str]:
    """Names of actions, and kinds of objects, which cover reading them and every action on them."""
    words = (resource.collection for resource in resources().values())
    return {*actions(), *words, "balances", "statement", "figures", "journal"}


def digest(secret: str) -> str:
    """What is kept of a secret. It is random and long, so one round is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def key_of(text: str) -> ApiKey | None:
    """The key that a text proves, with its owner, or None. Whether it is still good is the door's matter."""
    mark, _sign, rest = text.partition("_")
    prefix, _sign, secret = rest.partition("_")
    if mark != "pp" or not text.isascii() or len(prefix) != _PREFIX_LENGTH or not secret:
        return None
    key = ApiKey.objects.select_related("storefront", "store", "user").filter(prefix=prefix).first()
    known = key.secret_sha256 if key is not None else "0" * 64
    return key if hmac.compare_digest(known, digest(secret)) else None
