"""How facts look on a page: money, moments, time left, states, rules. No queries, no rules, no clock of its own.

`now` is the context variable that the view took from the rulebook's clock; without it no time left is told.
`reader_zone` (context), else the signed-in person's `zone`, else platform time, decides how moments are written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.numbers import format_decimal, get_currency_precision
from django import template
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext, pgettext, to_locale
from django.utils.translation import gettext_noop as _n

from rulebook.zones import platform_zone

register = template.Library()

NEAR = timedelta(hours=24)  # amber on the page; no rule depends on it
NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


def _get(thing: Any, name: str, default: Any = None) -> Any:
    """An attribute or a key: partials take objects and plain dictionaries alike."""
    if isinstance(thing, Mapping):
        return thing.get(name, default)
    return getattr(thing, name, default)


# Money ---------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _locale(language: str | None) -> Locale:
    try:
        return Locale.parse(to_locale(language or "en"))
    except (UnknownLocaleError, ValueError):
        return Locale("en")


@register.filter
def money(value: Any, style: str = "") -> str:
    """``1,138.00 USD`` in the reader's language. value: anything with `minor` and `currency`.

    style: words of ``signed`` (a plus before gains), ``bare`` (without the currency), ``abs`` (without the sign).
    """
    minor, currency = _get(value, "minor"), _get(value, "currency")
    if minor is None or not currency:
        return "" if value is None else str(value)
    styles = set(style.replace(",", " ").split())
    places = get_currency_precision(currency)
    pattern = "#,##0" + ("." + "0" * places if places else "")
    figure = format_decimal(Decimal(abs(minor)).scaleb(-places), format=pattern, locale=_locale(get_language()))
    sign = ""
    if "abs" not in styles:
        sign = MINUS if minor < 0 else "+" if minor > 0 and "signed" in styles else ""
    return f"{sign}{figure}" if "bare" in styles else f"{sign}{figure}{NBSP}{currency}"


@register.simple_tag
def money_text(value: Any, style: str = "") -> str:
    """The filter `money` for templates whose style may be missing from the context."""
    return money(value, style or "")


@register.filter
def money_tone(value: Any) -> str:
    """``gain``, ``loss`` or ``nil``, for the class of a moved amount; the sign itself is always written too."""
    minor = _get(value, "minor", 0) or 0
    return "gain" if minor > 0 else "loss" if minor < 0 else "nil"


# Moments -------------------------------------------------------------------------------------------------------------


def _zone(context: Mapping[str, Any]) -> tzinfo:
    wanted = context.get("reader_zone")
    if not wanted:
        wanted = getattr(getattr(context.get("request"), "user", None), "zone", None)
    if isinstance(wanted, tzinfo):
        return wanted
    try:
        return ZoneInfo(str(wanted)) if wanted else platform_zone()
    except (ZoneInfoNotFoundError, ValueError):
        return platform_zone()


def _instant(value: Any) -> datetime | None:
    """An aware datetime, or its ISO text. What has no zone is taken as UTC, as stored."""
    if isinstance(value, str):
        value = parse_datetime(value)
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def zone_name(moment: datetime) -> str:
    """``UTC+8``, ``UTC-3:30``, ``UTC``: the distance at that very moment."""
    minutes = int((moment.utcoffset() or timedelta()).total_seconds() // 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else MINUS}{hours}" + (f":{rest:02}" if rest else "")


@register.simple_tag(takes_context=True)
def moment(context: Mapping[str, Any], value: Any, style: str = "full") -> SafeString | str:
    """``7 March 2026, 14:00 UTC+8`` in a `<time>`, in the reader's zone.

    style: ``full``, ``short`` (7 Mar, 14:00 UTC+8; with the year when it is another than `now`'s), ``time``, ``day``.
    """
    instant = _instant(value)
    if instant is None:
        if isinstance(value, date):
            return date_format(value, pgettext("day", "j F Y"))
        return ""
    local = instant.astimezone(_zone(context))
    now = _instant(context.get("now"))
    if style == "day":
        text = date_format(local, pgettext("day", "j F Y"))
    elif style == "time":
        text = date_format(local, pgettext("time", "H:i"))
    elif style == "short":
        this_year = now is not None and now.astimezone(local.tzinfo).year == local.year
        text = date_format(local, pgettext("moment", "j M, H:i") if this_year else pgettext("moment", "j M Y, H:i"))
        text = f"{text} {zone_name(local)}"
    else:
        text = f"{date_format(local, pgettext('moment', 'j F Y, H:i'))} {zone_name(local)}"
    return format_html('<time class="pp-time" datetime="{}">{}</time>', instant.astimezone(UTC).isoformat(), text)


@register.simple_tag(takes_context=True)
def reader_zone_name(context: Mapping[str, Any]) -> str:
    """The zone in which this page writes moments: ``Asia/Shanghai, UTC+8``."""
    zone = _zone(context)
    now = _instant(context.get("now"))
    key = getattr(zone, "key", str(zone))
    return f"{key}, {zone_name(now.astimezone(zone))}" if now else key


def in_words(length: timedelta) -> str:
    """The two largest units of a length of time: ``2 d 4 h``, ``3 h 20 min``, ``12 min``."""
    minutes = int(abs(length.total_seconds()) // 60)
    days, minutes_of_day = divmod(minutes, 24 * 60)
    hours, rest = divmod(minutes_of_day, 60)
    if days >= 10:
        return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    if days:
        return (
            gettext("%(days)d d %(hours)d h") % {"days": days, "hours": hours}
            if hours
            else gettext("%(days)d d") % {"days": days}
        )
    if hours:
        return (
            gettext("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest}
            if rest
            else gettext("%(hours)d h") % {"hours": hours}
        )
    if minutes:
        return gettext("%(minutes)d min") % {"minutes": minutes}
    return gettext("less than a minute")


@register.simple_tag(takes_context=True)
def time_left(context: Mapping[str, Any], due: Any) -> str:
    """``2 d 4 h left`` or ``overdue by 3 h``. A period is over at its very end: due equal to now is overdue."""
    instant, now = _instant(due), _instant(context.get("now"))
    if instant is None or now is None:
        return ""
    template_text = gettext("%(length)s left") if now < instant else gettext("overdue by %(length)s")
    return template_text % {"length": in_words(instant - now)}


@register.simple_tag(takes_context=True)
def time_ago(context: Mapping[str, Any], value: Any) -> str:
    """``3 h ago``; nothing without `now`."""
    instant, now = _instant(value), _instant(context.get("now"))
    return "" if instant is None or now is None else gettext("%(length)s ago") % {"length": in_words(now - instant)}


@register.simple_tag(takes_context=True)
def due_state(context: Mapping[str, Any], due: Any, standing: str = "") -> str:
    """``overdue``, ``near`` (within 24 hours) or ``ok``; any other standing than pending stays as it is."""
    if standing and standing != "pending":
        return str(standing)
    instant, now = _instant(due), _instant(context.get("now"))
    if instant is None or now is None:
        return "ok"
    if instant <= now:
        return "overdue"
    return "near" if instant - now <= NEAR else "ok"


@register.simple_tag(takes_context=True)
def by_day(context: Mapping[str, Any], entries: Iterable[Any] | None) -> list[dict[str, Any]]:
    """Entries (each with `at`, oldest first) grouped by the reader's day: ``[{day, entries}]``."""
    zone = _zone(context)
    days: list[dict[str, Any]] = []
    for entry in entries or ():
        instant = _instant(_get(entry, "at"))
        day = instant.astimezone(zone).date() if instant else None
        if not days or days[-1]["day"] != day:
            days.append({"day": day, "entries": []})
        days[-1]["entries"].append(entry)
    return days


@register.simple_tag
def words_for_script() -> str:
    """The few sentences that the page's script writes itself, as JSON for a data attribute."""
    return json.dumps(
        {
            "left": gettext("%(length)s left"),
            "over": gettext("overdue by %(length)s"),
            "dh": gettext("%(days)d d %(hours)d h"),
            "d": gettext("%(days)d d"),
            "hm": gettext("%(hours)d h %(minutes)d min"),
            "h": gettext("%(hours)d h"),
            "m": gettext("%(minutes)d min"),
            "less": gettext("less than a minute"),
            "days": gettext("%(count)d days"),
            "copied": gettext("Copied"),
            "sure": gettext("Press again to confirm"),
            "room": gettext("%(count)d characters left"),
            "kept": gettext("This was not sent; here is what you had written."),
        },
        ensure_ascii=False,
    )


# States --------------------------------------------------------------------------------------------------------------

# code: (label, tone). Tones: risk (red), due (amber), turn (blue), wait (grey), done (green).
# A page that knows whose turn it is says so.
STATES: dict[str, tuple[str, str]] = {
    "registered": (_n("Registered"), "wait"),
    "submitted": (_n("Submitted"), "wait"),
    "verified": (_n("Verified"), "done"),
    "rejected": (_n("Rejected"), "risk"),
    "suspended": (_n("Suspended"), "risk"),
    "closed": (_n("Closed"), "wait"),
    "preparing": (_n("Preparing"), "turn"),
    "open": (_n("Open"), "done"),
    "exiting": (_n("Closing down"), "due"),
    "requested": (_n("Requested"), "wait"),
    "admitted": (_n("Admitted"), "done"),
    "revoked": (_n("Revoked"), "risk"),
    "approved": (_n("Approved"), "done"),
    "expired": (_n("Expired"), "wait"),
    "draft": (_n("Draft"), "wait"),
    "in_review": (_n("In review"), "wait"),
    "live": (_n("Live"), "done"),
    "removed": (_n("Removed"), "risk"),
    "retired": (_n("Retired"), "wait"),
    "proposed": (_n("Proposed"), "due"),
    "in_force": (_n("In force"), "done"),
    "appealed": (_n("Appealed"), "wait"),
    "upheld": (_n("Upheld"), "risk"),
    "overturned": (_n("Overturned"), "done"),
    "awaiting_payment": (_n("Awaiting payment"), "wait"),
    "awaiting_shipment": (_n("To ship"), "turn"),
    "partially_shipped": (_n("Partly shipped"), "turn"),
    "shipped": (_n("Shipped"), "wait"),
    "completed": (_n("Completed"), "done"),
    "agreed": (_n("Agreed"), "done"),
    "declined": (_n("Declined"), "wait"),
    "lapsed": (_n("Lapsed"), "wait"),
    "granted": (_n("Granted"), "done"),
    "awaiting_seller": (_n("Seller to answer"), "turn"),
    "negotiating": (_n("Negotiating"), "wait"),
    "arbitration": (_n("In arbitration"), "turn"),
    "platform_review": (_n("Platform review"), "turn"),
    "awaiting_return": (_n("Buyer to send back"), "wait"),
    "return_in_transit": (_n("Return on its way"), "wait"),
    "return_contested": (_n("Return contested"), "turn"),
    "resolved": (_n("Resolved"), "done"),
    "withdrawn": (_n("Withdrawn"), "wait"),
    "published": (_n("Published"), "done"),
    "hidden": (_n("Hidden"), "wait"),
    "deleted": (_n("Deleted"), "wait"),
    "held": (_n("Held"), "wait"),
    "frozen": (_n("Frozen"), "risk"),
    "advanced": (_n("Paid early"), "done"),
    "released": (_n("Released"), "done"),
    "refunded": (_n("Refunded"), "wait"),
    "sent": (_n("Sent to the bank"), "wait"),
    "paid": (_n("Paid"), "done"),
    "failed": (_n("Failed"), "risk"),
    "refused": (_n("Refused"), "risk"),
    "sufficient": (_n("Sufficient"), "done"),
    "short": (_n("Short"), "due"),
    "below_half": (_n("Below half"), "risk"),
    "exhausted": (_n("Exhausted"), "risk"),
    "releasing": (_n("Being released"), "wait"),
    "received": (_n("Received"), "turn"),
    "awaiting_evidence": (_n("Evidence wanted"), "turn"),
    "represented": (_n("Contested at the bank"), "wait"),
    "won": (_n("Won"), "done"),
    "lost": (_n("Lost"), "risk"),
    "pre_arbitration": (_n("Before arbitration"), "due"),
    "pending": (_n("Pending"), "wait"),
    "met": (_n("Met"), "done"),
    "cancelled": (_n("No longer needed"), "wait"),
    "fired": (_n("Passed"), "wait"),
    "stuck": (_n("Stuck"), "risk"),
    "refund_as_claimed": (_n("Refunded as claimed"), "wait"),
    "refund_agreed": (_n("Refund agreed"), "wait"),
    "refund_ruled": (_n("Refund ruled"), "wait"),
    "refund_rejected": (_n("No refund"), "wait"),
    "return_not_sent": (_n("Return not sent"), "wait"),
}


@register.filter
def state_label(value: Any) -> str:
    """A state's name in the reader's language; an unknown code is written in plain words rather than hidden."""
    code = str(_get(value, "value", value) or "")
    known = STATES.get(code)
    return gettext(known[0]) if known else code.replace("_", " ").capitalize()


@register.filter
def state_tone(value: Any) -> str:
    """The usual tone of a state; ``wait`` when unknown."""
    known = STATES.get(str(_get(value, "value", value) or ""))
    return known[1] if known else "wait"


# Rules ---------------------------------------------------------------------------------------------------------------

_ARTICLE = re.compile(r"A(\d+)(?:-(\w+))?")


@register.filter
def rule_label(rule: Any) -> str:
    """``Article 40`` for A40, ``Article 40-2`` for A40-2, the id itself for the other sources; an own `label` wins."""
    own = _get(rule, "label") if not isinstance(rule, str) else None
    if own:
        return str(own)
    rule_id = str(_get(rule, "id", rule) or "")
    found = _ARTICLE.fullmatch(rule_id)
    if not found:
        return rule_id
    return gettext("Article %(number)s") % {"number": found[1] + (f"-{found[2]}" if found[2] else "")}


@register.filter
def rule_url(rule: Any) -> str:
    """The page of a rule: its own `url`, else the page named ``rulebook:rule``, else nothing."""
    own = _get(rule, "url") if not isinstance(rule, str) else None
    if own:
        return str(own() if callable(own) else own)
    try:
        return reverse("rulebook:rule", args=[str(_get(rule, "id", rule))])
    except NoReverseMatch:
        return ""


@register.simple_tag
def rule_link(rule: Any) -> SafeString | str:
    """A link to a rule's page with its title as a hint; plain text without one. rule: id, or id/title/url."""
    if not rule:
        return ""
    label, url, title = rule_label(rule), rule_url(rule), _get(rule, "title", "") if not isinstance(rule, str) else ""
    hint = format_html(' title="{}"', title) if title else ""
    if not url:
        return format_html('<span class="pp-rule"{}>{}</span>', hint, label)
    return format_html('<a class="pp-rule" href="{}"{}>{}</a>', url, hint, label)


# Small things --------------------------------------------------------------------------------------------------------


@register.filter
def initials(name: Any) -> str:
    """Up to two letters for a person or a store: ``Mei Lin`` gives ML. Decoration: the name stands beside it."""
    words = [word for word in re.split(r"[\s._@-]+", str(name or "").strip()) if word and word[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


@register.filter
def labelled(cells: Iterable[Mapping[str, Any]], columns: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Cells of a worklist's row with their columns' labels; the first column is the row's title and has no cell."""
    return [
        {**cell, "column": column.get("label", "")}
        for cell, column in zip(cells or (), (columns or [])[1:], strict=False)
    ]


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """A picture from the one sheet, hidden from screen readers: a word always stands beside it."""
    return format_html(
        '<svg class="pp-icon{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        f" {extra}" if extra else "",
        static("piepowder/icons.svg"),
        name,
    )
