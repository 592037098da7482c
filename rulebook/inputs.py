"""What an action takes, defined once: the API's schema, the forms of portal and console and the scenarios read the same fields."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from rulebook.files import StoredFile, keep
from rulebook.ids import parse_id
from rulebook.money import Money
from rulebook.refusals import Invalid
from rulebook.zones import platform_zone

MISSING: Any = object()


@dataclass(frozen=True, kw_only=True)
class Input:
    """One field. `default` makes it optional. `clean` returns the value or raises ValueError with a sentence.

    nullable: null said on purpose stays None, while a field that is left out is its default.
    """

    label: str = ""
    help: str = ""
    default: Any = MISSING
    nullable: bool = False

    @property
    def required(self) -> bool:
        return self.default is MISSING

    def clean(self, raw: Any) -> Any:
        raise TypeError("an input says how it is cleaned")


@dataclass(frozen=True, kw_only=True)
class Text(Input):
    """Words; `longest` in characters. White space around is dropped; NUL is refused. quoted: the journal keeps them as the
    actor's reason; not those of a message, which are forgotten some day."""

    longest: int = 4000
    lines: int = 4
    quoted: bool = True

    def clean(self, raw: Any) -> str:
        if not isinstance(raw, str | int | float):
            raise ValueError(_("Write text here."))
        text = str(raw).strip()
        if "\x00" in text:
            raise ValueError(_("The text holds a character that cannot be stored (NUL). Remove it."))
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValueError(_("The text holds characters that are not valid Unicode. Remove them.")) from None
        if len(text) > self.longest:
            raise ValueError(
                _("Write at most {longest} characters; these are {length}.").format(
                    longest=self.longest, length=len(text)
                )
            )
        if not text and self.required:
            raise ValueError(_("Write something here."))
        return text


@dataclass(frozen=True, kw_only=True)
class Amount(Input):
    """Money as ``12.34 USD`` or ``{"amount": "12.34", "currency": "USD"}``."""

    least: int = 0

    def clean(self, raw: Any) -> Money:
        if isinstance(raw, Mapping):
            if set(raw) != {"amount", "currency"} or not all(isinstance(raw[key], str) for key in raw):
                raise ValueError(_('Send money as {"amount": "12.34", "currency": "USD"}.'))
            raw = f"{raw['amount']} {raw['currency']}"
        if not isinstance(raw, str | Money):
            raise ValueError(_("Write an amount like 12.34 USD."))
        try:
            money = Money.parse(raw)
        except ValueError:
            raise ValueError(_("Write an amount like 12.34 USD: digits, a point, the currency's code.")) from None
        if money.minor < self.least:
            raise ValueError(_("The amount is too small."))
        return money


_WHOLE = re.compile(r"-?\d{1,18}")


def _digits(raw: int | str) -> str:
    """A number as text; one that is too long to be written (Python refuses) is too long for us as well."""
    return raw.strip() if isinstance(raw, str) else "…" if abs(raw) >= 10**18 else str(raw)


@dataclass(frozen=True, kw_only=True)
class Whole(Input):
    """A whole number between `least` and `most`."""

    least: int = 1
    most: int = 1_000_000

    def clean(self, raw: Any) -> int:
        if isinstance(raw, bool) or not isinstance(raw, int | str) or not _WHOLE.fullmatch(_digits(raw)):
            raise ValueError(_("Write a whole number."))
        number = int(_digits(raw))
        if not self.least <= number <= self.most:
            raise ValueError(_("Choose a number from {least} to {most}.").format(least=self.least, most=self.most))
        return number


@dataclass(frozen=True, kw_only=True)
class Flag(Input):
    """Yes or no."""

    default: Any = False

    def clean(self, raw: Any) -> bool:
        if isinstance(raw, bool):
            return raw
        if isinstance(raw, str) and raw.strip().lower() in {"true", "false", "1", "0"}:
            return raw.strip().lower() in {"true", "1"}
        raise ValueError(_("Say true or false."))


@dataclass(frozen=True, kw_only=True)
class Choice(Input):
    """One of `options` (code to label, or codes). Codes compare without case."""

    options: Mapping[str, str] | Sequence[str] = field(default_factory=tuple)

    @property
    def codes(self) -> list[str]:
        return list(self.options)

    def clean(self, raw: Any) -> str:
        found = {code.lower(): code for code in self.options}.get(str(raw).strip().lower())
        if found is None:
            raise ValueError(_("Choose one of: {options}.").format(options=", ".join(self.options)))
        return found


@dataclass(frozen=True, kw_only=True)
class Codes(Input):
    """A list of codes, or one text with commas between them; in capitals, each once."""

    longest: int = 40
    most: int = 100

    def clean(self, raw: Any) -> list[str]:
        words = re.split(r"[,;\s]+", raw) if isinstance(raw, str) else raw
        if not isinstance(words, list | tuple) or not all(isinstance(word, str) for word in words):
            raise ValueError(_("Write codes with commas between them."))
        codes = list(dict.fromkeys(word.strip().upper() for word in words if word.strip()))
        if not codes or len(codes) > self.most:
            raise ValueError(_("Write 1 to {most} codes.").format(most=self.most))
        strange = next((code for code in codes if len(code) > self.longest or not code.isalnum()), None)
        if strange:
            raise ValueError(_("{code} is no such code.").format(code=strange[:40]))
        return codes


@dataclass(frozen=True, kw_only=True)
class Moment(Input):
    """An instant: a date (00:00 platform time), ISO 8601 with its offset, or an aware datetime.

    In stories a length of time: since the story's start, or, `from_step`, since the step.
    """

    from_step: bool = False

    def clean(self, raw: Any) -> datetime:
        try:
            moment = raw if isinstance(raw, datetime) else datetime.fromisoformat(str(raw).strip())
        except ValueError:
            raise ValueError(_("Write a date like 2026-03-07 or a moment like 2026-03-07T14:00:00+08:00.")) from None
        if moment.tzinfo is None and len(str(raw).strip()) == len("2026-03-07"):
            moment = moment.replace(tzinfo=platform_zone())
        if moment.tzinfo is None:
            raise ValueError(_("Say the offset from UTC as well, like 2026-03-07T14:00:00+08:00."))
        try:
            return moment.astimezone(UTC)
        except OverflowError:
            raise ValueError(_("This moment lies outside of all calendars.")) from None


@dataclass(frozen=True, kw_only=True)
class Reference(Input):
    """The id of another object, of `prefix`."""

    prefix: str = ""

    def clean(self, raw: Any) -> UUID:
        if isinstance(raw, UUID):
            return raw
        identity = getattr(raw, "id", None)
        if isinstance(identity, UUID):
            return identity
        try:
            return parse_id(str(raw), self.prefix)
        except ValueError as error:
            raise ValueError(str(error)) from None


@dataclass(frozen=True, kw_only=True)
class Rows(Input):
    """A list of rows with fields of their own."""

    fields: Mapping[str, Input] = field(default_factory=dict)
    most: int = 100

    def clean(self, raw: Any) -> list[dict[str, Any]]:
        if not isinstance(raw, list) or not raw or len(raw) > self.most:
            raise ValueError(_("Send a list of 1 to {most} rows.").format(most=self.most))
        rows = []
        for number, row in enumerate(raw, 1):
            if not isinstance(row, Mapping):
                raise ValueError(_("Row {number} is not an object.").format(number=number))
            try:
                rows.append(clean(self.fields, row))
            except Invalid as error:
                raise ValueError(_("Row {number}: {errors}").format(number=number, errors=error)) from None
        return rows


@dataclass(frozen=True, kw_only=True)
class Upload(Input):
    """A file: anything with ``name`` and ``read()``, or one that was kept before; checked and kept at once (`rulebook.files`)."""

    def clean(self, raw: Any) -> StoredFile:
        if not isinstance(raw, StoredFile) and not (hasattr(raw, "read") and hasattr(raw, "name")):
            raise ValueError(_("Choose a file."))
        return keep(raw)


@dataclass(frozen=True, kw_only=True)
class Uploads(Input):
    """Up to `most` files, each checked and kept at once; one alone is a list of one."""

    most: int = 5

    def clean(self, raw: Any) -> list[StoredFile]:
        files = raw if isinstance(raw, list | tuple) else [raw]
        if len(files) > self.most:
            raise ValueError(
                _("Send {most} files at most; these are {count}.").format(most=self.most, count=len(files))
            )
        return [Upload.clean(self, file) for file in files]  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True)
class Anything(Input):
    """A value that the action itself understands (an amendment's)."""

    def clean(self, raw: Any) -> Any:
        return raw


def clean(fields: Mapping[str, Input], raw: Mapping[str, Any]) -> dict[str, Any]:
    """All values by name, defaults filled in. Invalid names every field that is wrong, unknown ones included."""
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name in raw:
        if name not in fields:
            errors[name] = [
                _("There is no such field here. Known: {known}.").format(known=", ".join(fields) or _("none"))
            ]
    for name, spec in fields.items():
        value = raw.get(name, MISSING)
        if value is None and spec.nullable:
            values[name] = None
            continue
        if value is MISSING or value is None or (value == "" and not isinstance(spec, Text)):
            if spec.required:
                errors[name] = [_("This is needed.")]
            else:
                values[name] = spec.default
            continue
        try:
            values[name] = spec.clean(value)
        except ValueError as error:
            errors[name] = [str(error)]
    if errors:
        raise Invalid(errors)
    return values
