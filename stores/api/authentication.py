"""Who calls the API: a key in ``Authorization: Bearer pp_…``; a storefront's key names the buyer in each call.

Piepowder-Buyer: customer-17          the storefront's own reference; he is recorded at first mention
Piepowder-Buyer-Name: Ada Buyer       optional
Piepowder-Buyer-Country: US           optional, two letters
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import F, Q
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed

from rulebook.api.access import Caller
from rulebook.clock import now
from rulebook.inputs import Text, clean
from rulebook.refusals import Forbidden, Invalid
from rulebook.zones import platform_zone
from stores.acting import actor_of_key
from stores.keys import key_of
from stores.models import ApiKey, Buyer
from stores.models.access import KeyKind

MARK_AGAIN_AFTER = timedelta(minutes=1)

VISITOR = "visitor"
"""A buyer who is not named. He is never written down, so that nothing can be his."""

BUYER_HEADERS = {
    "Piepowder-Buyer": Text(longest=120),
    "Piepowder-Buyer-Name": Text(longest=120, default=""),
    "Piepowder-Buyer-Country": Text(longest=2, default=""),
}


class KeyAuthentication(BaseAuthentication):
    """A key that is known, not revoked, not expired, and whose owner is still active."""

    def authenticate(self, request: Any) -> tuple[Caller, ApiKey] | None:
        scheme, _sign, text = get_authorization_header(request).decode("latin-1").partition(" ")
        if not scheme:
            return None
        if scheme.lower() != "bearer":
            raise AuthenticationFailed(_("Send the key as: Authorization: Bearer pp_…"))
        key, moment = key_of(text.strip()), now()
        if key is None or not is_good(key, moment):
            raise AuthenticationFailed(_("The key is not known, or is no longer good."))
        actor = actor_of_key(key, _buyer(request, key) if key.kind == KeyKind.STOREFRONT else None)
        if actor is None:
            raise AuthenticationFailed(_("The key's owner may not act any more."))
        _mark_used(key, moment)
        return Caller(actor, _zone(key)), key

    def authenticate_header(self, request: Any) -> str:
        return 'Bearer realm="piepowder"'


def is_good(key: ApiKey, moment: datetime) -> bool:
    """Neither revoked nor run out; a storefront's only while the storefront is active."""
    if key.revoked_at is not None and key.revoked_at <= moment:
        return False
    if key.expires_at is not None and key.expires_at <= moment:
        return False
    return key.storefront is None or key.storefront.active


def _mark_used(key: ApiKey, moment: datetime) -> None:
    """At most once a minute, so that a busy key is no hot row."""
    before = moment - MARK_AGAIN_AFTER
    if key.last_used_at is None or key.last_used_at < before:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=before)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=moment)


def _zone(key: ApiKey) -> Any:
    if key.user is not None and key.user.zone:
        try:
            return ZoneInfo(key.user.zone)
        except (ZoneInfoNotFoundError, ValueError):
            pass
    return platform_zone()


# ------------------------------------------------------------------ the buyer of a storefront's call


def _buyer(request: Any, key: ApiKey) -> Buyer:
    """Whom the storefront acts for. What it says of him is kept; his orders keep what they were placed with.

    Where a view is `open_to_visitors`, because it changes nothing and shows nothing of his, he need not be named.
    """
    if "Piepowder-Buyer" not in request.headers and getattr(request.parser_context["view"], "open_to_visitors", False):
        return Buyer(storefront_id=key.storefront_id, reference=VISITOR)
    said = _said(request)
    known = {
        name: value
        for name, value in (("name", said["Piepowder-Buyer-Name"]), ("country", said["Piepowder-Buyer-Country"]))
        if value
    }
    buyer, _made = Buyer.objects.get_or_create(
        storefront_id=key.storefront_id, reference=said["Piepowder-Buyer"], defaults=known
    )
    changed = {name: value for name, value in known.items() if getattr(buyer, name) != value}
    if changed:
        Buyer.objects.filter(pk=buyer.pk).update(**changed, version=F("version") + 1)
        for name, value in changed.items():
            setattr(buyer, name, value)
    return buyer


def _said(request: Any) -> dict[str, str]:
    given = {name: _utf8(name, request.headers[name]) for name in BUYER_HEADERS if name in request.headers}
    if not given.get("Piepowder-Buyer", "").strip():
        raise Forbidden(_("A storefront's key acts for a buyer: name him in the header Piepowder-Buyer."))
    said = clean(BUYER_HEADERS, given)
    country = said["Piepowder-Buyer-Country"] = said["Piepowder-Buyer-Country"].upper()
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise Invalid({"Piepowder-Buyer-Country": [_("Send a country's two letters, such as US.")]})
    return said


def _utf8(name: str, value: str) -> str:
    """Headers arrive as Latin-1; what people write in them is UTF-8."""
    try:
        text = value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        raise Invalid({name: [_("Send this as UTF-8.")]}) from None
    if not text.isprintable():
        raise Invalid({name: [_("This holds characters that cannot be shown. Remove them.")]})
    return text
