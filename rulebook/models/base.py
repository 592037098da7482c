"""What every thing under the rules has: an identity, a version, a kind, the row whose lock covers it, its public fields."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from django.db import models
from django.db.models.base import ModelState

from rulebook.ids import new_id, public_id
from rulebook.rule import collect_rules

M = TypeVar("M", bound=models.Model)
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
    MEASURED: ClassVar[bool] = False
    CASE_KIND: ClassVar[str] = ""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    version = models.PositiveIntegerField(
        default=1, help_text="Raised by every change; pages and API calls may send it back."
    )

    class Meta:
        abstract = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "KIND" in cls.__dict__:
            KINDS[cls.KIND] = PREFIXES[cls.PREFIX] = cls
            collect_rules(cls)

    def __str__(self) -> str:
        return self.public_id

    @classmethod
    def public_fields(cls) -> list[tuple[str, str]]:
        """Public name and attribute; ``release=shown_release`` in PUBLIC shows an attribute under another name."""
        return [(name, attribute or name) for name, _sign, attribute in (entry.partition("=") for entry in cls.PUBLIC)]

    @property
    def root_kind(self) -> str:
        return self.ROOT[0] if self.ROOT else self.KIND

    @property
    def root_id(self) -> UUID:
        if self.ROOT is None:
            return self.id
        # A foreign key's column has a descriptor; what was loaded, which is nearly always, can do without.
        found: UUID | None = self.__dict__.get(self.ROOT[1])
        return found if found is not None else getattr(self, self.ROOT[1])

    @property
    def public_id(self) -> str:
        return public_id(self.PREFIX, self.id)

    @property
    def called(self) -> str:
        """How people name it in a sentence: by its number or name, where it has one."""
        return str(getattr(self, "name", "") or self.public_id)

    @property
    def book(self) -> UUID | None:
        """The store whose journal chain its entries join; None: the platform's."""
        return self.__dict__.get("store_id") or getattr(self, "store_id", None)


Measure = tuple[str, datetime, int]


class Measured(Aggregate):
    """An aggregate that counts for its store: `measures` says what, from its facts alone; the docket writes what changed.

    A fact that is taken back (a review deleted, a dispute withdrawn) is thereby taken out of the day on which it had counted.
    """

    MEASURED: ClassVar[bool] = True

    counted = models.JSONField(default=list, blank=True, help_text="What it counts for now: name, microseconds, value.")

    class Meta:
        abstract = True

    def measures(self, docket: Any) -> list[Measure]:
        """Names, moments and values that its facts amount to; called when the docket is written, with all that was brought."""
        raise NotImplementedError

    def remeasure(self, docket: Any) -> None:
        """Tell the docket what differs from what counted before."""
        wanted: list[list[Any]] = [
            [name, _microseconds(at), value] for name, at, value in self.measures(docket) if value
        ]
        before: list[list[Any]] = self.counted
        if wanted == before:
            return
        sums: dict[tuple[str, int], int] = {}
        for sign, rows in ((1, wanted), (-1, before)):
            for name, at, value in rows:
                sums[name, at] = sums.get((name, at), 0) + sign * value
        for (name, at), value in sums.items():
            if value:
                docket.tally(self, name, _EPOCH + timedelta(microseconds=at), value)
        self.counted = wanted


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def make(model: type[M], **values: Any) -> M:
    """A new record from its columns (foreign keys by ``…_id``), defaults filled in.

    The same as calling the class, without its checks and signals, which cost more than the rest of an act: a docket makes
    several records for each. TypeError for a column that does not exist.
    """
    plain, called = _defaults(model)
    record = model.__new__(model)
    fields = record.__dict__
    fields.update(plain)
    fields.update(values)
    if len(fields) != len(plain):
        raise TypeError(f"{model.__name__} has no column {', '.join(sorted(values.keys() - plain.keys()))}")
    for name, default in called:
        if name not in values:
            fields[name] = default()
    record._state = ModelState()
    return record


@cache
def _defaults(model: type[models.Model]) -> tuple[dict[str, Any], tuple[tuple[str, Any], ...]]:
    plain: dict[str, Any] = {}
    called: list[tuple[str, Any]] = []
    for field in model._meta.concrete_fields:
        if field.has_default() and callable(field.default):
            called.append((field.attname, field.default))
            plain[field.attname] = None
        else:
            plain[field.attname] = field.get_default()
    return plain, tuple(called)


def of_kind(kind: str) -> type[Aggregate]:
    return KINDS[kind]
