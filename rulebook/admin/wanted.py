"""What a moderator asks of the worklist: its address read as view, filters and order, and written again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any
from uuid import UUID

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rulebook.actors import Actor
from rulebook.admin.base import actor_of
from rulebook.admin.cases import (
    CASE_KINDS,
    DUE,
    LANES,
    VALUE,
    VIEWS,
    Position,
    capped,
    counts,
    free,
    in_view,
    open_cases,
)
from rulebook.clock import now
from rulebook.ids import parse_id
from rulebook.models import Case
from rulebook.money import Money

LONGEST = 80
"""Characters of a search."""
DUES: dict[str, Any] = {
    "overdue": gettext_lazy("Overdue"),
    "today": gettext_lazy("Today"),
    "soon": gettext_lazy("Within 24 hours"),
    "week": gettext_lazy("Within 7 days"),
    "never": gettext_lazy("Without a due time"),
}
HOLDERS: dict[str, Any] = {
    "me": gettext_lazy("You"),
    "nobody": gettext_lazy("Nobody"),
    "other": gettext_lazy("A colleague"),
}
SORTS: dict[str, Any] = {DUE: gettext_lazy("Due time"), VALUE: gettext_lazy("Value")}
NAMES = ("q", "kind", "lane", "topic", "due", "until", "least", "most", "holder", "sort")


@dataclass(frozen=True)
class Wanted:
    """values: what the address says and makes sense, as texts, without a position; the same list has the same values."""

    values: Mapping[str, str]
    actor: Actor
    moment: datetime
    zone: tzinfo

    def __getattr__(self, name: str) -> str:
        if name in NAMES:
            return self.values.get(name, "")
        raise AttributeError(name)

    @property
    def view(self) -> str:
        return self.values.get("view", "todo")

    @property
    def order(self) -> str:
        return self.values.get("sort", DUE)

    @property
    def filtered(self) -> bool:
        """Whether it says more than a view, a lane and an order."""
        return bool(set(self.values) - {"view", "lane", "sort"})

    def query(self, **changes: Any) -> str:
        """The address after its ``?``, with changes; what is empty is left out."""
        said = QueryDict(mutable=True)
        said.update({name: str(value) for name, value in {**self.values, **changes}.items() if value})
        return said.urlencode()

    def url(self, **changes: Any) -> str:
        query = self.query(**changes)
        return reverse("admin:worklist") + (f"?{query}" if query else "")

    # ------------------------------------------------------------------ rows

    @cached_property
    def common(self) -> QuerySet[Case]:
        """All filters but view and lane."""
        rows = _searched(open_cases(self.kind), self.q)
        if self.topic:
            rows = rows.filter(topic=self.topic)
        if self.least:
            rows = rows.filter(value_usd_minor__gte=_minor(self.least))
        if self.most:
            rows = rows.filter(value_usd_minor__lte=_minor(self.most))
        return rows.filter(self._due(), self._holder())

    def rows(self) -> QuerySet[Case]:
        return self.common.filter(self._lane(), in_view(self.view, self.actor, self.moment))

    def _lane(self) -> Q:
        return Q(lane=self.lane) if self.lane else Q()

    def _due(self) -> Q:
        """A period that ends at 24:00 is over at the next day's first instant and belongs to the day that it ends."""
        found = Q()
        if self.until:
            found &= Q(due_at__lte=self._end_of(date.fromisoformat(self.until)))
        if self.due == "never":
            return found & Q(due_at__isnull=True)
        ends = {
            "overdue": self.moment,
            "today": self._end_of(self.moment.astimezone(self.zone).date()),
            "soon": self.moment + timedelta(hours=24),
            "week": self.moment + timedelta(days=7),
        }
        return found & Q(due_at__lte=ends[self.due]) if self.due in ends else found

    def _end_of(self, day: date) -> datetime:
        return datetime.combine(day + timedelta(days=1), time(), tzinfo=self.zone)

    def _holder(self) -> Q:
        held = Q(holder_id__isnull=False, held_until__gt=self.moment)
        return {
            "me": Q(holder_id=self.actor.id, held_until__gt=self.moment),
            "nobody": free(self.moment),
            "other": held & ~Q(holder_id=self.actor.id),
        }.get(self.holder, Q())

    # ------------------------------------------------------------------ counts

    def counted(self) -> tuple[dict[str, int], dict[str, int]]:
        """How much is in each view (within the lane) and in each lane (within the view), in one statement.

        The plain list counts each by its own index and stops at a hundred; a filtered one goes once over what it found.
        """
        views = {name: self._lane() & in_view(name, self.actor, self.moment) for name in VIEWS}
        here = in_view(self.view, self.actor, self.moment)
        lanes = {name: here & Q(lane=name) for name in LANES}
        wanted = {f"view_{name}": test for name, test in views.items()}
        wanted |= {f"lane_{name}": test for name, test in lanes.items()}
        if self.filtered:
            found: Mapping[str, int] = self.common.order_by().aggregate(
                **{name: Count("id", filter=test) if test else Count("id") for name, test in wanted.items()}
            )
        else:
            found = counts({name: self.common.filter(test) for name, test in wanted.items()})
        return {name: found[f"view_{name}"] for name in VIEWS}, {name: found[f"lane_{name}"] for name in LANES}


def asked_for(request: HttpRequest, query: QueryDict | None = None) -> Wanted:
    """What the page's own address asks for; or another one's."""
    zone = timezone.get_current_timezone()
    return wanted_of(request.GET if query is None else query, actor_of(request), now(), zone)


def wanted_of(query: QueryDict, actor: Actor, moment: datetime, zone: tzinfo) -> Wanted:
    """What makes no sense is left out. A lane may be said as a view: older links do."""
    said = {name: query.get(name, "").replace("\x00", "").strip()[:LONGEST] for name in (*NAMES, "view")}
    if said["view"] in LANES:
        said["view"], said["lane"] = "all", said["lane"] or said["view"]
    for name, codes in (
        ("view", VIEWS),
        ("kind", CASE_KINDS),
        ("lane", LANES),
        ("due", DUES),
        ("holder", HOLDERS),
        ("sort", SORTS),
    ):
        said[name] = said[name] if said[name] in codes else ""
    said["topic"] = said["topic"] if re.fullmatch(r"[\w-]{1,40}", said["topic"], re.ASCII) else ""
    said["until"] = _day(said["until"])
    said["least"], said["most"] = (_amount(said[name]) for name in ("least", "most"))
    said["view"] = "" if said["view"] == "todo" else said["view"]
    said["sort"] = "" if said["sort"] == DUE else said["sort"]
    return Wanted({name: value for name, value in said.items() if value}, actor, moment, zone)


def position_in(query: QueryDict) -> dict[str, Position | None]:
    return {name: Position.read(query.get(name, "")) for name in ("after", "before")}


def _day(text: str) -> str:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return ""
    return found.isoformat() if 1970 <= found.year <= 9000 else ""


def _amount(text: str) -> str:
    text = text.replace(",", "")
    try:
        return text if abs(_minor(text)) < 2**62 else ""
    except ValueError:
        return ""


def _minor(text: str) -> int:
    return Money.parse(f"{text} USD").minor


# ------------------------------------------------------------------ search

NAMES_OF_PARTIES = SearchVector("store_name", "party", config="simple")
"""Must read as the index `case_by_name` does."""


def _searched(rows: QuerySet[Case], text: str) -> QuerySet[Case]:
    """A number, an id of the matter or of its store, or the beginnings of words in the names of store and party."""
    if not text:
        return rows
    number = re.fullmatch(r"[#A-Za-z]?(\d{1,9})", text)
    if number:
        return rows.filter(number=int(number[1]))
    try:
        identity: UUID | None = parse_id(text) if "_" in text or len(text) == 36 else None
    except ValueError:
        identity = None
    if identity is not None:
        return rows.filter(Q(subject_id=identity) | Q(store_id=identity))
    words = [word for word in text.split() if re.search(r"\w", word)]
    if not words:
        return rows.none()
    query = SearchQuery(" & ".join(_beginning(word) for word in words), search_type="raw", config="simple")
    return rows.alias(words=NAMES_OF_PARTIES).filter(words=query)


def _beginning(word: str) -> str:
    quoted = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}':*"


# ------------------------------------------------------------------ the form


def panel(wanted: Wanted, in_lanes: Mapping[str, int]) -> dict[str, Any]:
    """For `console/_filters.html`. in_lanes: how many cases of the view each lane has."""
    return {
        "said": wanted.values,
        "view": wanted.values.get("view", ""),
        "kinds": _choices({name: kind.label for name, kind in CASE_KINDS.items()}, wanted.kind),
        "lanes": [
            {**choice, "count": capped(in_lanes[choice["code"]])}
            for choice in _choices(LANES, wanted.lane)
            if in_lanes[choice["code"]] or choice["chosen"]
        ],
        "topics": _topics(wanted),
        "dues": _choices(DUES, wanted.due),
        "holders": _choices(HOLDERS, wanted.holder),
        "sorts": _choices(SORTS, wanted.order),
        "any": bool(set(wanted.values) - {"view"}),
        "more": bool({"topic", "until", "least", "most"} & set(wanted.values)),
        "clear": wanted.url(**dict.fromkeys(NAMES, "")),
    }


def _choices(codes: Mapping[str, Any], chosen: str) -> list[dict[str, Any]]:
    return [{"code": code, "label": label, "chosen": code == chosen} for code, label in codes.items()]


def _topics(wanted: Wanted) -> list[dict[str, Any]]:
    """The reasons of the kind that is asked for, or of all kinds, by kind; one that is unknown stays to be seen."""
    kinds = [CASE_KINDS[wanted.kind]] if wanted.kind else list(CASE_KINDS.values())
    groups = [{"label": kind.label, "topics": _choices(kind.topics, wanted.topic)} for kind in kinds if kind.topics]
    if wanted.topic and not any(topic["chosen"] for group in groups for topic in group["topics"]):
        unknown = [{"code": wanted.topic, "label": wanted.topic.replace("_", " "), "chosen": True}]
        groups.append({"label": _("Other"), "topics": unknown})
    return groups
