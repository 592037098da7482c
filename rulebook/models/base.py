"""What every thing under the rules has: an identity, a version, a kind, the row whose lock covers it, its public fields."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.db import models

from rulebook.ids import new_id, public_id
from rulebook.rule import collect_rules

KINDS: dict[str, type[Aggregate]] = {}
PREFIXES: dict[str, type[Aggregate]] = {}


class Aggregate(models.Model):
    """A row that changes only by transitions.

    KIND is its word in actions, scenarios and the API, PREFIX that of its public ids. ROOT names the kind and the column
    of the row whose lock covers it (None: its own). PUBLIC lists the fields that API and scenarios may read; reading them
    needs no query. NUMBERED rows get a number of their own within the store.
    """

    KIND: ClassVar[str]
    PREFIX: ClassVar[str]
    ROOT: ClassVar[tuple[str, str] | None] = None
    PUBLIC: ClassVar[tuple[str, ...]] = ()
    NUMBERED: ClassVar[bool] = False

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    version = models.PositiveIntegerField(default=1, help_text="Raised by every change; pages and API calls may send it back.")

    class Meta:
        abstract = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "KIND" in cls.__dict__:
            KINDS[cls.KIND] = PREFIXES[cls.PREFIX] = cls
            collect_rules(cls)

    @classmethod
    def public_fields(cls) -> list[tuple[str, str]]:
        """Public name and attribute; ``release=shown_release`` in PUBLIC shows an attribute under another name."""
        return [(name, attribute or name) for name, _sign, attribute in (entry.partition("=") for entry in cls.PUBLIC)]

    @property
    def root_kind(self) -> str:
        return self.ROOT[0] if self.ROOT else self.KIND

    @property
    def root_id(self) -> UUID:
        return getattr(self, self.ROOT[1]) if self.ROOT else self.id

    @property
    def public_id(self) -> str:
        return public_id(self.PREFIX, self.id)

    @property
    def book(self) -> UUID | None:
        """The store whose journal chain its entries join; None: the platform's."""
        return getattr(self, "store_id", None)

    def __str__(self) -> str:
        return self.public_id


def of_kind(kind: str) -> type[Aggregate]:
    return KINDS[kind]
