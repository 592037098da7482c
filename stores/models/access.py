"""How systems come in: storefronts and keys."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from rulebook.ids import new_id


class Storefront(models.Model):
    """A shop window that sells for stores and acts for its buyers through the API."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120, unique=True)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class KeyKind(models.TextChoices):
    STOREFRONT = "storefront"
    STORE = "store"
    MODERATOR = "moderator"
    CARRIER = "carrier"
    BANK = "bank"


class ApiKey(models.Model):
    """A public prefix and 256 random bits, of which only the SHA-256 is kept. Exactly one owner by its kind."""

    Kind = KeyKind

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    prefix = models.CharField(max_length=16, unique=True)
    secret_sha256 = models.CharField(max_length=64)
    kind = models.CharField(max_length=12, choices=KeyKind.choices)
    name = models.CharField(max_length=120)
    storefront = models.ForeignKey(Storefront, null=True, blank=True, on_delete=models.PROTECT, related_name="keys")
    store = models.ForeignKey("stores.Store", null=True, blank=True, on_delete=models.PROTECT, related_name="keys")
    user = models.ForeignKey("stores.User", null=True, blank=True, on_delete=models.PROTECT, related_name="keys")
    role = models.CharField(max_length=24, blank=True, help_text="Role of a store's key; scopes narrow it further.")
    scopes = models.JSONField(
        default=list, blank=True, help_text="Names of actions or kinds; empty: all that the role may."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="api_key_kind_known", condition=Q(kind__in=KeyKind.values)),
            models.CheckConstraint(
                name="api_key_has_the_owner_of_its_kind",
                condition=Q(kind="storefront", storefront__isnull=False, store__isnull=True, user__isnull=True)
                | Q(kind="store", store__isnull=False, storefront__isnull=True, user__isnull=True)
                | Q(kind="moderator", user__isnull=False, store__isnull=True, storefront__isnull=True)
                | Q(kind__in=["carrier", "bank"], user__isnull=True, store__isnull=True, storefront__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}"
