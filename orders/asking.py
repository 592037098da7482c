"""What a person asks of a list of orders: its address read as search and filters, its views, and those that he saved."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from orders.models.views import SavedView
from orders.queries import DUE, NEWEST, Filters, Page, Place, tidy
from orders.states import OrderState
from rulebook.ids import parse_id
from rulebook.money import Money
from stores.portal.words import METHODS

PER_PAGE = 50
CONSOLE = "console"
MOST_VIEWS = 20
"""Saved views of one person at one place."""
LONGEST_NAME = 40

DUES: dict[str, Any] = {"today": _("Today"), "soon": _("Within 24 hours"), "overdue": _("Overdue")}
SORTS: dict[str, Any] = {NEWEST: _("Newest first"), DUE: _("Soonest to ship first")}
FLAGS: dict[str, Any] = {
    "dispute": _("With a dispute"),
    "cancellation": _("Cancellation asked for"),
    "unread": _("Unread message"),
}
DAYS = ("since", "until", "paid_since", "paid_until", "shipped_since", "shipped_until")
AMOUNTS = ("least", "most")

VIEWS: dict[str, tuple[Any, dict[str, str]]] = {
    "all": (_("All"), {}),
    "today": (_("To ship today"), {"due": "today", "sort": DUE}),
    "overdue": (_("Overdue"), {"due": "overdue", "sort": DUE}),
    "unpaid": (_("Unpaid"), {"state": OrderState.AWAITING_PAYMENT.value}),
    "receipt": (_("Waiting for receipt"), {"state": OrderState.SHIPPED.value}),
    "dispute": (_("With dispute"), {"dispute": "1"}),
    "cancellation": (_("Cancellation asked for"), {"cancellation": "1"}),
}
"""The built-in views: name, and what the address says."""
URGENT = {"today": "turn", "overdue": "risk", "dispute": "due", "cancellation": "turn"}
"""Tones of counts that are not nought."""


@dataclass(frozen=True)
class Asked:
    """values: what the address says and makes sense, as texts; the same list has the same values. Positions are left out."""

    values: Mapping[str, str]

    @property
    def text(self) -> str:
        return self.values.get("q", "")

    @property
    def sort(self) -> str:
        return self.values.get("sort", NEWEST)

    @property
    def query(self) -> str:
        """The address after its ``?``."""
        query = QueryDict(mutable=True)
        query.update(self.values)
        return query.urlencode()

    def filters(self, moment: datetime, zone: tzinfo) -> Filters:
        """Days are the reader's, who filters by what he sees."""
        said = self.values
        due_from, due_before = _due(said.get("due", ""), moment, zone)
        return Filters(
            state=said.get("state", ""),
            placed_from=_start(said.get("since"), zone),
            placed_before=_end(said.get("until"), zone),
            paid_from=_start(said.get("paid_since"), zone),
            paid_before=_end(said.get("paid_until"), zone),
            shipped_from=_start(said.get("shipped_since"), zone),
            shipped_before=_end(said.get("shipped_until"), zone),
            due_from=due_from,
            due_before=due_before,
            dispute="dispute" in said,
            cancellation="cancellation" in said,
            unread="unread" in said,
            country=said.get("country", ""),
            method=said.get("method", ""),
            currency=said.get("currency", ""),
            least_minor=_minor(said, "least"),
            most_minor=_minor(said, "most"),
            item=_identity(said.get("item", ""), "lst"),
            store=_identity(said.get("store", ""), "sto"),
        )


def asked(query: QueryDict, *, stores: bool = False) -> Asked:
    """What the reader filters by; what makes no sense is left out. stores: he may choose one."""
    said = {name: query.get(name, "").replace("\x00", "").strip() for name in query}
    found = {"q": tidy(said.get("q", ""))}
    for name, codes in (("state", OrderState.values), ("due", DUES), ("sort", SORTS), ("method", METHODS)):
        found[name] = said.get(name, "") if said.get(name, "") in codes else ""
    found |= {name: _day(said.get(name, "")) for name in DAYS}
    found |= {name: "1" if said.get(name) == "1" else "" for name in FLAGS}
    found["country"] = said.get("country", "").upper() if _COUNTRY.fullmatch(said.get("country", "")) else ""
    found |= _money(said)
    found["item"] = said.get("item", "").lower() if _identity(said.get("item", ""), "lst") else ""
    found["store"] = said.get("store", "").lower() if stores and _identity(said.get("store", ""), "sto") else ""
    if found["sort"] == NEWEST:
        found["sort"] = ""
    return Asked({name: value for name, value in found.items() if value})


def page_asked(query: QueryDict) -> Page:
    """The position in the address; the first page when it makes no sense."""
    after = Place.read(query.get("after", ""))
    return Page(after=after, before=None if after else Place.read(query.get("before", "")), limit=PER_PAGE)


_COUNTRY = re.compile(r"[A-Za-z]{2}", re.ASCII)


def _day(text: str) -> str:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return ""
    return found.isoformat() if 1970 <= found.year <= 9000 else ""


def _start(day: str | None, zone: tzinfo) -> datetime | None:
    return _midnight(date.fromisoformat(day), zone) if day else None


def _end(day: str | None, zone: tzinfo) -> datetime | None:
    return _midnight(date.fromisoformat(day) + timedelta(days=1), zone) if day else None


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _due(word: str, moment: datetime, zone: tzinfo) -> tuple[datetime | None, datetime | None]:
    """From when and before when the handling period ends. What ends now is over."""
    over = moment + timedelta(microseconds=1)
    if word == "today":
        return over, _midnight(moment.astimezone(zone).date() + timedelta(days=1), zone)
    if word == "soon":
        return over, moment + timedelta(hours=24)
    return (None, over) if word == "overdue" else (None, None)


def _money(said: Mapping[str, str]) -> dict[str, str]:
    """Amounts of one currency; who writes none means dollars."""
    amounts = {name: said.get(name, "").replace(",", ".") for name in AMOUNTS}
    currency = (said.get("currency") or ("USD" if any(amounts.values()) else "")).upper()
    if _amount("0", currency) is None:
        return {}
    return {"currency": currency} | {
        name: text for name, text in amounts.items() if _amount(text, currency) is not None
    }


def _amount(text: str, currency: str) -> int | None:
    try:
        return Money.parse(f"{text} {currency}").minor
    except ValueError:
        return None


def _minor(said: Mapping[str, str], name: str) -> int | None:
    return _amount(said[name], said["currency"]) if name in said else None


def _identity(text: str, prefix: str) -> UUID | None:
    try:
        return parse_id(text, prefix) if text.lower().startswith(f"{prefix}_") else None
    except ValueError:
        return None


# ------------------------------------------------------------------ views


def counted_views(moment: datetime, zone: tzinfo) -> dict[str, tuple[Filters, str]]:
    """The built-in views that say how much is in them: all but the whole list."""
    return {
        name: (Asked(said).filters(moment, zone), said.get("sort", NEWEST))
        for name, (_label, said) in VIEWS.items()
        if said
    }


def saved_views(user: Any, scope: str) -> list[SavedView]:
    return list(SavedView.objects.filter(user=user, scope=scope).order_by("name", "id")[:MOST_VIEWS])


def save_view(user: Any, scope: str, name: str, query: str, *, stores: bool = False) -> SavedView | None:
    """Keep what a list was asked under a name; a name that is there already gets the new meaning. None: it says nothing,
    has no name, or there are too many.
    """
    name = tidy(name)[:LONGEST_NAME].strip()
    meant = asked(QueryDict(query[:2000]), stores=stores).query
    if not name or not meant or len(meant) > 600:
        return None
    mine = SavedView.objects.filter(user=user, scope=scope)
    if mine.count() >= MOST_VIEWS and not mine.filter(name=name).exists():
        return None
    return SavedView.objects.update_or_create(user=user, scope=scope, name=name, defaults={"query": meant})[0]


def forget_view(user: Any, scope: str, view: UUID) -> bool:
    return bool(SavedView.objects.filter(user=user, scope=scope, id=view).delete()[0])


def tabs(wanted: Asked, saved: Iterable[SavedView], counts: Mapping[str, str | int]) -> list[dict[str, Any]]:
    """The views as `base/_worklist.html` shows them; the one whose list this is is marked."""
    own = [
        {"label": view.name, "url": f"?{view.query}", "active": view.query == wanted.query, "count": None}
        for view in saved
    ]
    built_in = [
        {
            "label": label,
            "url": f"?{Asked(said).query}" if said else "?",
            "active": dict(wanted.values) == said,
            "count": counts.get(name),
            "tone": URGENT.get(name, "") if counts.get(name) else "",
        }
        for name, (label, said) in VIEWS.items()
    ]
    return built_in + own


def panel(wanted: Asked, *, console: bool = False) -> dict[str, Any]:
    """For `orders/_filters.html`: what can be chosen, and what was."""
    shown = wanted.values
    return {
        "said": shown,
        "states": _choices(STATES, shown.get("state", "")),
        "dues": _choices(DUES, shown.get("due", "")),
        "sorts": _choices(SORTS, wanted.sort),
        "methods": _choices(METHODS, shown.get("method", "")),
        "flags": [{"name": name, "label": label, "on": name in shown} for name, label in FLAGS.items()],
        "open": bool(set(shown) - {"q", "state", "sort", "due"}),
        "any": bool(shown),
        "console": console,
    }


STATES: dict[str, Any] = {
    "awaiting_payment": _("Awaiting payment"),
    "awaiting_shipment": _("Awaiting shipment"),
    "partially_shipped": _("Partially shipped"),
    "shipped": _("Shipped"),
    "completed": _("Completed"),
    "closed": _("Closed"),
}


def _choices(words: Mapping[str, Any], chosen: str) -> list[dict[str, Any]]:
    return [{"code": code, "label": label, "chosen": code == chosen} for code, label in words.items()]
