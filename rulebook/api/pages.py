"""Keyset pages: a cursor names the last row seen, so that nothing is skipped or shown twice while rows come and go."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from rulebook.inputs import Input, Text, Whole, clean
from rulebook.refusals import Invalid

LONGEST_PAGE = 100

PAGING: dict[str, Input] = {
    "limit": Whole(help="Rows of a page.", least=1, most=LONGEST_PAGE, default=25),
    "cursor": Text(help="`next_cursor` of the page before.", longest=300, default=""),
}


def query_of(request: Any, known: Mapping[str, Input]) -> dict[str, Any]:
    """The query parameters, read like inputs: unknown or repeated ones are told, not ignored."""
    given = request.query_params
    twice = {name: [_("Send this once.")] for name in given if len(given.getlist(name)) > 1}
    if twice:
        raise Invalid(twice)
    return clean({**known, **PAGING}, given.dict())


def page_of(rows: QuerySet, order: Sequence[str], cursor: str, limit: int) -> tuple[list[tuple[Any, ...]], str | None]:
    """Values of `order` (the last one an id) for one page, newest first, and the cursor of the page after it."""
    if cursor:
        rows = rows.filter(_after(order, _read(cursor, order, rows.model)))
    found = list(rows.order_by(*(f"-{column}" for column in order)).values_list(*order)[: limit + 1])
    page = found[:limit]
    return page, _write(page[-1]) if len(found) > limit else None


def _after(order: Sequence[str], last: Sequence[Any]) -> Q:
    """Rows behind the last one. Written so that the index of the first column bounds the scan."""
    if len(order) == 1:
        return Q(**{f"{order[0]}__lt": last[0]})
    first, rest = order[0], _after(order[1:], last[1:])
    return Q(**{f"{first}__lte": last[0]}) & (Q(**{f"{first}__lt": last[0]}) | rest)


def _write(row: Sequence[Any]) -> str:
    said = [
        value.isoformat() if isinstance(value, datetime) else value.hex if isinstance(value, UUID) else value
        for value in row
    ]
    return base64.urlsafe_b64encode(json.dumps(said, separators=(",", ":")).encode()).decode().rstrip("=")


def _read(cursor: str, order: Sequence[str], model: Any) -> list[Any]:
    try:
        said = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        if not isinstance(said, list) or len(said) != len(order):
            raise ValueError
        return [_value(model._meta.get_field(column), value) for column, value in zip(order, said, strict=True)]
    except (ValueError, TypeError, RecursionError, binascii.Error):
        raise Invalid({"cursor": [_("This is no cursor of this list. Begin with the first page.")]}) from None


def _value(field: Any, value: Any) -> Any:
    kind = field.get_internal_type()
    if kind == "UUIDField":
        return UUID(hex=str(value))
    if kind == "DateTimeField":
        moment = datetime.fromisoformat(value)
        if moment.utcoffset() != timedelta(0):
            raise ValueError
        return moment
    if type(value) is not int or not 0 <= value < 2**63:
        raise ValueError
    return value
