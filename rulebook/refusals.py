"""What isn't done is one of five, alike at every door: invalid, forbidden, refused, stale, busy. A stranger finds nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any


class NotDone(Exception):
    """Something was asked and was not done. Nothing changed."""

    status = 500
    code = "not_done"

    @property
    def sentence(self) -> str:
        return str(self)


class Invalid(NotDone):
    """The inputs do not make sense. `errors`: field name to a list of sentences; ``""`` for the whole."""

    status = 422
    code = "invalid"

    def __init__(self, errors: dict[str, list[str]] | str) -> None:
        self.errors = {"": [errors]} if isinstance(errors, str) else errors
        super().__init__(
            "; ".join(f"{field}: {text}" if field else text for field, texts in self.errors.items() for text in texts)
        )


class Forbidden(NotDone):
    """The person's role may not do this."""

    status = 403
    code = "forbidden"


class NotFound(NotDone):
    """There is no such object, or it is a stranger's: both look alike."""

    status = 404
    code = "not_found"


class Stale(NotDone):
    """The object was changed since the page that asked was shown. `version`: the present one."""

    status = 412
    code = "stale"

    def __init__(self, message: str, version: int | None = None) -> None:
        super().__init__(message)
        self.version = version


class Busy(NotDone):
    """The same idempotency key is being worked on right now."""

    status = 409
    code = "busy"


class Refused(NotDone):
    """A rule stands in the way.

    rule: the rule's id. says: key of a template in the house's sentences, or the template itself (msgid with
    ``{facts}``). not_before: from when on it will be allowed, if it will.
    """

    status = 409
    code = "refused"

    def __init__(self, rule: str, says: str = "", *, not_before: datetime | None = None, **facts: Any) -> None:
        super().__init__(rule)
        self.rule = rule
        self.says = says
        self.facts = facts
        self.not_before = not_before

    @property
    def sentence(self) -> str:
        """The reason in the reader's language and zone."""
        from rulebook.sentences import refusal_sentence

        return refusal_sentence(self)

    def __str__(self) -> str:
        return f"{self.rule}: {self.says or 'refused'}"


class Missing(Exception):
    """A rule needs something that was not brought. The docket's driver brings it and starts the act again; never shown."""

    def __init__(self, what: tuple[Any, ...]) -> None:
        super().__init__(what)
        self.what = what
