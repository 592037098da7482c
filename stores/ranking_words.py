"""What pages say of a place in searches: the factors, their parts, and what would raise them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from stores.indicators import indicators
from stores.ranking import Factor, Part


def title_of(code: str) -> str:
    """A factor's name."""
    return {
        "description": _("Description quality"),
        "relevance": _("Relevance to the search"),
        "conversion": _("Conversion ability"),
        "service": _("Service ability"),
    }[code]


def worded(factor: Factor) -> list[dict[str, Any]]:
    """The factor's parts as people read them: {title, said, hint, value}."""
    speak = {"description": _description, "relevance": _relevance, "conversion": _conversion, "service": _service}
    weights = sum(part.weight for part in factor.parts) or 1
    return [{"value": part.value, "share": part.weight / weights, **speak[factor.code](part)} for part in factor.parts]


def _line(title: str, said: str, hint: str = "") -> dict[str, str]:
    return {"title": title, "said": said, "hint": hint}


def _description(part: Part) -> dict[str, str]:
    if part.code == "attributes" and part.facts["required"]:
        return _required(part)
    count, full = part.facts["count"], part.facts["full"]
    missing = max(0, full - count)
    lines = {
        "title": (
            _("Title"),
            ngettext("{count} character of {full}", "{count} characters of {full}", count),
            _("Say in the title what it is, of what, and for what."),
        ),
        "attributes": (
            _("Attributes"),
            ngettext("{count} attribute of {full}", "{count} attributes of {full}", count),
            ngettext("Fill in {missing} more.", "Fill in {missing} more, such as material, size, colour.", missing),
        ),
        "text": (
            _("Description"),
            ngettext("{count} character of {full}", "{count} characters of {full}", count),
            _("Describe it in {missing} characters more."),
        ),
        "pictures": (
            _("Pictures"),
            ngettext("{count} picture of {full}", "{count} pictures of {full}", count),
            ngettext("Add {missing} picture.", "Add {missing} pictures.", missing),
        ),
        "delivery": (
            _("Delivery told"),
            _("{count} of {full} charges told for every promise"),
            _("Tell for every promise who pays the carrier, duties and VAT.")
            if part.facts.get("promised", True)
            else _("Promise a delivery."),
        ),
    }
    title, said, hint = lines[part.code]
    facts = {"count": count, "full": full, "missing": missing}
    return _line(title, said.format(**facts), hint.format(**facts) if part.value < 1 else "")


def _required(part: Part) -> dict[str, str]:
    required, missing = part.facts["required"], part.facts["missing"]
    said = _("{n} of {all} that the category asks for").format(n=len(required) - len(missing), all=len(required))
    return _line(_("Attributes"), said, _("Fill in: {names}.").format(names=", ".join(missing)) if missing else "")


def _relevance(part: Part) -> dict[str, str]:
    said = {
        "title": _("in the title"),
        "category": _("in the category, not in the title"),
        "attributes": _("in brand or attributes only"),
        "": _("not in this listing"),
    }[part.facts["place"]]
    hint = _("If it is what you sell, say “{word}” in the title.").format(word=part.code)
    return _line(f"“{part.code}”", said, "" if part.facts["place"] == "title" else hint)


def _conversion(part: Part) -> dict[str, str]:
    if part.code == "sales":
        orders, usual = part.facts["orders"], part.facts["usual"]
        said = ngettext("{n} order; {usual} are usual here", "{n} orders; {usual} are usual here", orders)
        said = said if orders else _("none yet, which counts as neutral")
        return _line(_("Sales"), said.format(n=orders, usual=f"{usual:,.1f}"))
    reviews, stars = part.facts["reviews"], part.facts["stars"]
    if not reviews:
        return _line(_("Rating"), _("no reviews yet, which counts as neutral"))
    said = ngettext(
        "{stars} stars in {n} review; {usual} are usual here",
        "{stars} stars in {n} reviews; {usual} are usual here",
        reviews,
    )
    return _line(
        _("Rating"), said.format(stars=f"{stars / reviews:.1f}", n=reviews, usual=f"{part.facts['usual']:.1f}")
    )


def _service(part: Part) -> dict[str, str]:
    known, figure = indicators().get(part.code), part.facts["figure"]
    title = _(known.title) if known else part.code.replace("_", " ").capitalize()
    if figure is None:
        return _line(title, _("nothing to count yet, which counts as neutral"))
    return _line(title, _("{figure} % of {count}").format(figure=f"{figure:.1f}", count=f"{part.facts['count']:,}"))
