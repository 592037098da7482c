"""What the columns of a shipping list mean, and what a row of it asks for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.carriers import carriers
from orders.portal.bulk.sheet import Table, unguarded
from stores.portal.words import METHODS

SHIP = "seller.ship"
FILLED_IN = ("waybill", "carrier", "quantity", "method")
"""Columns of what ships; a row in which all of these are empty was left for another day."""

LABELS: dict[str, Any] = {
    "number": gettext_lazy("Order"),
    "id": gettext_lazy("Order id"),
    "buyer": gettext_lazy("Buyer"),
    "country": gettext_lazy("Country"),
    "items": gettext_lazy("Items to ship"),
    "chosen": gettext_lazy("Method the buyer chose"),
    "ship_by": gettext_lazy("Ship by"),
    "waybill": gettext_lazy("Waybill"),
    "carrier": gettext_lazy("Carrier"),
    "quantity": gettext_lazy("Quantity"),
    "method": gettext_lazy("Method"),
}
"""The columns of the table that can be downloaded, in its order."""
VERDICT = {"rule": gettext_lazy("Rule"), "reason": gettext_lazy("Why it was not shipped")}
"""Added behind the file's own columns where rows are handed back."""

ALIASES: dict[str, tuple[str, ...]] = {
    "number": ("order", "ordernumber", "orderno", "orderref", "ordernr", "no", "订单号", "订单编号"),
    "id": ("orderid", "id", "orderuuid", "publicid", "订单id"),
    "waybill": (
        *("waybill", "waybillnumber", "waybillno", "tracking", "trackingnumber", "trackingno", "trackingcode"),
        *("trackingid", "awb", "parcelnumber", "consignment", "consignmentnumber", "运单号", "物流单号", "快递单号"),
    ),
    "carrier": ("carrier", "shippingcarrier", "carriername", "courier", "logisticsprovider", "承运商", "物流公司"),
    "quantity": ("quantity", "qty", "pieces", "itemsinparcel", "shippedquantity", "数量"),
    "method": ("method", "shippingmethod", "deliverymethod", "service", "shipmentmethod", "物流方式"),
}

_WAY_OUT = gettext_lazy(
    "Set the column's format to “text”, enter the number again from the carrier's paper, and send it."
)
_ROUNDED = re.compile(r"\d+([.,]\d+)?e[+-]?\d+", re.IGNORECASE)
_WITH_ZERO = re.compile(r"(\d+)[.,]0+")
_CUT_OFF = re.compile(r"[1-9]\d{14}0{3,}")


@dataclass
class Asked:
    """One row as it was understood. errors: what is wrong with the row itself, whatever the rules say."""

    number: int
    cells: list[str]
    order_id: str = ""
    order_number: str = ""
    inputs: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    @property
    def blank(self) -> bool:
        return not self.inputs


def places(header: list[str]) -> dict[str, int]:
    """Column by meaning, in any order and under any of its names. ValueError tells which is missing or there twice."""
    known = _names()
    found: dict[str, int] = {}
    for place, name in enumerate(header):
        meaning = known.get(_plain(name))
        if meaning is None or meaning not in ALIASES:
            continue
        if meaning in found:
            raise ValueError(
                _(
                    "Two columns mean the same: “{one}” and “{other}”. Remove one of them, then send the file again."
                ).format(one=header[found[meaning]], other=name)
            )
        found[meaning] = place
    if "waybill" not in found or not {"id", "number"} & set(found):
        missing = LABELS["waybill"] if "waybill" not in found else LABELS["number"]
        raise ValueError(
            _(
                "The first row must name the columns; none is called “{missing}”. Found: {found}. "
                "Download the table of waiting orders to see the names."
            ).format(missing=missing, found=", ".join(name for name in header if name)[:200] or "–")
        )
    return found


def _names() -> dict[str, str]:
    """Plain spelling to meaning. Our own labels win over aliases: the table's “Items to ship” is no quantity."""
    names = {alias: meaning for meaning, aliases in ALIASES.items() for alias in aliases}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            names.update({_plain(str(label)): meaning for meaning, label in {**LABELS, **VERDICT}.items()})
    return names


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()


def asked(table: Table) -> Iterator[Asked]:
    """The rows with what each asks for."""
    where = places(table.header)
    for number, cells in table.rows:
        row = Asked(number, cells)
        given = {meaning: unguarded(cells[place]) for meaning, place in where.items()}
        row.order_id, row.order_number = given.get("id", ""), given.get("number", "").removeprefix("#")
        row.inputs = {name: given[name] for name in FILLED_IN if given.get(name)}
        if not row.blank:
            _check_numbers(row)
        yield row


def _check_numbers(row: Asked) -> None:
    for name in ("waybill", "quantity"):
        text = row.inputs.get(name, "")
        if _ROUNDED.fullmatch(text):
            row.errors.append(
                _("The spreadsheet turned the number into {text}; its digits are lost.").format(text=text)
                + f" {_WAY_OUT}"
            )
    if _CUT_OFF.fullmatch(row.inputs.get("waybill", "")):
        row.errors.append(
            _("Spreadsheets keep 15 digits of a number; the end of {text} looks cut off.").format(
                text=row.inputs["waybill"]
            )
            + f" {_WAY_OUT}"
        )
    if found := _WITH_ZERO.fullmatch(row.inputs.get("quantity", "")):
        row.inputs["quantity"] = found[1]
    if found := _WITH_ZERO.fullmatch(row.order_number):
        row.order_number = found[1]


def for_the_action(given: Mapping[str, str]) -> dict[str, str]:
    """The inputs of the action: methods and carriers by their codes."""
    inputs = dict(given)
    if "method" in inputs:
        inputs["method"] = _method(inputs["method"])
    if "carrier" in inputs:
        inputs["carrier"] = _carrier(inputs["carrier"])
    return inputs


def _carrier(text: str) -> str:
    """A carrier that is known, by its code or its name; another one stays as it is written."""
    wanted = _plain(text)
    return next((one.code for one in carriers() if wanted in (_plain(one.code), _plain(one.name))), text)


def _method(text: str) -> str:
    """A method by its code, or by its word in any of our languages; anything else is left for the action to refuse."""
    wanted = _plain(text)
    for code, label in METHODS.items():
        if wanted == _plain(code):
            return code
        for language, _name in settings.LANGUAGES:
            with translation.override(language):
                if wanted == _plain(str(label)):
                    return code
    return text


def rejects(header: list[str], rows: Iterable[Any]) -> Iterator[list[str]]:
    """The file's own columns with rule and reason behind them; those of an earlier round are written anew."""
    verdicts = {_plain(str(label)) for label in VERDICT.values()}
    kept = [place for place, name in enumerate(header) if _plain(name) not in verdicts]
    yield [*(header[place] for place in kept), *(str(label) for label in VERDICT.values())]
    for row in rows:
        yield [*(row.cells[place] for place in kept), row.rule, row.reason]
