"""What advice is, and where it is kept: by code, in the order of an order's life."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import translation

from rulebook.citations import cite
from rulebook.sentences import fact_text, fill

ORDER, THREAD, CANCELLATION = "order", "thread", "cancellation"
BUYER, SUPPORT, COMPLAINT = "buyer", "support", "complaint"


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides whether advice fits. order: with its bundle, or None; kind: of the conversation, or empty."""

    at: datetime
    rules: Any
    order: Any = None
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """shown: the places that may show it. fits: whether it helps now. figures: facts for `text` out of the rules."""

    code: str
    rule: str
    title: str
    text: str
    shown: frozenset[str]
    words: str = ""
    fits: Callable[[Facts], bool] = lambda _facts: True
    figures: Callable[[Facts], dict[str, Any]] = lambda _facts: {}

    def text_for(self, facts: Facts) -> str:
        """The advice in the reader's language."""
        return fill(self.text, self.figures(facts))

    def words_for(self, known: dict[str, Any]) -> str:
        """The message, in the language of the talk; what is not known is left to the writer as an ellipsis."""
        with translation.override("en"):
            return self.words.format_map(_Written(known))


class _Written(dict[str, Any]):
    """Facts as a message writes them."""

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        return "…" if value in (None, "") else fact_text(value)

    def __missing__(self, name: str) -> str:
        return "…"


_ADVICE: dict[str, Advice] = {}


def advise(code: str, rule: str, *, shown: Iterable[str], **more: Any) -> Advice:
    """Register advice; it is what carries out its guidance rule."""
    cite(rule, f"advice.{code}")
    found = _ADVICE[code] = Advice(code=code, rule=rule, shown=frozenset(shown), **more)
    return found


def advice(code: str) -> Advice | None:
    return _ADVICE.get(code)


def all_advice() -> list[Advice]:
    return list(_ADVICE.values())


def fitting(place: str, facts: Facts) -> list[Advice]:
    """What helps at this place now, in the order of an order's life."""
    return [found for found in _ADVICE.values() if place in found.shown and found.fits(facts)]


def shown(found: Advice, facts: Facts) -> dict[str, Any]:
    """For `orders/_advice.html`."""
    return {
        "code": found.code,
        "rule": found.rule,
        "title": translation.gettext(found.title),
        "text": found.text_for(facts),
        "has_words": bool(found.words),
    }


def greeting(name: str) -> str:
    return f"Hello {name}," if name else "Hello,"


# ------------------------------------------------------------------ letters


def from_store(said: str) -> str:
    """A message of a store to its buyer, with its greeting and the store's name below it."""
    return f"{{hello}}\n{said}\n{{store}}"


def from_operator(said: str) -> str:
    """A message of somebody in the support chat; his name stands beside it anyhow."""
    return f"{{hello}}\n{said}"


def from_platform(said: str) -> str:
    """An answer of the administration."""
    return from_operator(f"{said}\nThe administration")
