"""`manage.py create_api_key storefront "Bright Windows"`: a new key, whose text is shown this once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from rulebook.actors import STAFF_ROLES
from rulebook.clock import now
from rulebook.ids import parse_id
from stores.keys import make_key
from stores.models import Store, Storefront, User
from stores.models.access import KeyKind


class Command(BaseCommand):
    """Makes a key for the API."""

    help = "Make an API key. Its text is shown once and cannot be read again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=KeyKind.values)
        parser.add_argument(
            "owner",
            nargs="?",
            default="",
            help="A storefront's name (made if new), a store's id or subdomain, a moderator's e-mail; else none.",
        )
        parser.add_argument("--name", default="", help="What the key is called in lists.")
        parser.add_argument("--role", default="", choices=["", *STAFF_ROLES], help="Of a store's key.")
        parser.add_argument(
            "--scope", action="append", default=[], help="An action (seller.ship) or a kind (orders); may be repeated."
        )
        parser.add_argument("--days", type=int, default=0, help="After so many days it is no longer good; 0: no end.")

    def handle(self, *args: Any, **options: Any) -> None:
        kind, owner = options["kind"], options["owner"]
        if bool(owner) == (kind in (KeyKind.CARRIER, KeyKind.BANK)):
            raise CommandError("Name the owner of the key." if not owner else f"A {kind}'s key has no owner here.")
        expires_at = now() + timedelta(days=options["days"]) if options["days"] > 0 else None
        try:
            key, text = make_key(
                kind=kind,
                name=options["name"] or owner or kind,
                role=options["role"],
                scopes=options["scope"],
                expires_at=expires_at,
                **_owner(kind, owner),
            )
        except ValueError as problem:
            raise CommandError(str(problem)) from None
        self.stderr.write(f"Key {key.prefix} of {key.name}. Keep it now; it is not shown again:")
        self.stdout.write(text)


def _owner(kind: str, owner: str) -> dict[str, Any]:
    if kind == KeyKind.STOREFRONT:
        return {"storefront": Storefront.objects.get_or_create(name=owner)[0]}
    if kind == KeyKind.STORE:
        return {"store": _store(owner)}
    if kind == KeyKind.MODERATOR:
        user = User.objects.filter(email__iexact=owner, is_staff=True).first()
        if user is None:
            raise CommandError(f"Nobody of the platform's staff has the e-mail {owner}.")
        return {"user": user}
    return {}


def _store(owner: str) -> Store:
    identity: UUID | None
    try:
        identity = parse_id(owner, Store.PREFIX)
    except ValueError:
        identity = None
    found = Store.objects.filter(pk=identity) if identity else Store.objects.filter(subdomain__iexact=owner)
    store = found.first()
    if store is None:
        raise CommandError(f"There is no store {owner!r}: give its id or its subdomain.")
    return store
