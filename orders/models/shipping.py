"""How an order is shipped: parcels, methods, what the sides agree on meanwhile, and what happens when it is not (A34, A37)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_noop as _

from orders import conditions as c
from orders.carriers import waybill_matches, written_waybill
from orders.models.claim import CarrierClaim
from orders.models.ending import EndingOrder
from orders.models.extension import Extension
from orders.models.record import OrderRecord
from orders.models.shipment import Shipment
from orders.states import UNSHIPPED, CloseReason, OrderState, Scene, Suspicion
from rulebook.calendars import natural_days
from rulebook.citations import formula
from rulebook.docket import tie
from rulebook.ids import new_id
from rulebook.models.base import make
from rulebook.money import Money, convert
from rulebook.refusals import Refused
from rulebook.rule import BUYER, SELLER, rule
from stores.models import Listing, Store

State = OrderState


class ShippedOrder(EndingOrder):
    """From payment to the last parcel."""

    class Meta(OrderRecord.Meta):
        abstract = True

    # ------------------------------------------------------------------ shipping

    def ship(self, docket: Any, *, quantity: int | None, **parcel: Any) -> Shipment:
        """The seller hands over a parcel: a part of what is left, or all of it. See `_hand_over` for what tells of it."""
        left = self.units - self.units_shipped
        number = left if quantity is None else quantity
        whole = number >= left or self.state not in UNSHIPPED
        shipment: Shipment = (self.ship_rest if whole else self.ship_part)(docket, quantity=number, **parcel)
        return shipment

    @rule(
        "A34-1",
        source=UNSHIPPED,
        target=State.PARTIALLY_SHIPPED,
        by=SELLER,
        otherwise="A34",
        says=_("Shipped in part: {shipped} of {units} items."),
    )
    def ship_part(self, docket: Any, *, waybill: str, **parcel: Any) -> Shipment:
        """A part is on its way; the handling period goes on for the rest."""
        shipment = self._hand_over(docket, waybill=waybill, **parcel)
        docket.because(shipped=self.units_shipped, units=self.units, waybill=waybill)
        docket.notify("buyer", self.buyer_id, "order_partly_shipped", self, waybill=waybill)
        return shipment

    @rule(
        "A35-1",
        source=UNSHIPPED,
        target=State.SHIPPED,
        by=SELLER,
        otherwise="A34",
        meets="handling",
        says=_("Shipped in full; to be received within {days} days, until {due}."),
    )
    def ship_rest(self, docket: Any, *, waybill: str, **parcel: Any) -> Shipment:
        """All is on its way: the receipt window begins, the larger of the promise and the platform's default. Until then the
        order keeps the buyer's method: each parcel may go by it or by the one he agreed to."""
        shipment = self._hand_over(docket, waybill=waybill, **parcel)
        self.method = shipment.method
        table = docket.rules_for(self).delivery.default_days
        self.receipt_days = max(self.promised_days, table[self.country, self.service_class])
        self.shipped_at = docket.at
        self.receipt_due_at = natural_days(docket.at, self.receipt_days)
        docket.because(days=self.receipt_days, promised=self.promised_days, due=self.receipt_due_at, waybill=waybill)
        if self.open_cancellation_id is not None:
            next(item for item in self.cancellations if item.id == self.open_cancellation_id).be_overtaken(docket)
        if self.open_extension_id is not None:
            next(item for item in self.extensions if item.id == self.open_extension_id).lapse(docket)
        docket.meet(self, "plus_shipping")
        self.start_receipt(docket)
        docket.notify("buyer", self.buyer_id, "order_shipped", self, waybill=waybill, due=self.receipt_due_at)
        return shipment

    @property
    def service_class(self) -> str:
        """The row of the receipt windows' table: a warehouse in the buyer's country, or abroad for the seller, has its own;
        priority goes as the standard line."""
        if self.scene == Scene.LOCAL_WAREHOUSE or self.warehouse_country:
            return "local_warehouse"
        return "standard" if self.method == "priority" else self.method

    def _hand_over(
        self,
        docket: Any,
        *,
        waybill: str,
        quantity: int,
        method: str | None = None,
        carrier: str = "",
        used_before: bool = False,
    ) -> Shipment:
        """A parcel of `quantity` items. used_before: another buyer's parcel bore this number."""
        rules = docket.rules_for(self)
        carrier = carrier.strip().lower()
        self._judge_waybill(rules, waybill, carrier)
        shipped_by = self._judge_method(rules, docket, method)
        left = self.units - self.units_shipped
        if not 1 <= quantity <= left:
            raise Refused(
                "A34-1", _("{left} items are left to ship, {quantity} were declared."), left=left, quantity=quantity
            )
        shipment = make(
            Shipment,
            id=new_id(),
            store_id=self.store_id,
            order_id=self.id,
            carrier=carrier,
            waybill=written_waybill(waybill),
            method=shipped_by,
            quantity=quantity,
            shipped_at=docket.at,
        )
        tie(shipment, order=self)
        self.parcels += 1
        self.units_shipped += quantity
        for line in self.lines:
            taken = min(quantity, line.quantity - line.quantity_shipped)
            line.quantity_shipped += taken
            quantity -= taken
        docket.add(shipment, self.shipments)
        docket.set_deadline(shipment, "first_scan", docket.working_days(rules.waybill.first_event_days), "A37-7")
        if used_before:
            shipment.suspect(docket, Suspicion.USED_BEFORE)
        if self.address_check == "safe":
            self.country, self.address = self.requested_country or self.country, self.requested_address or self.address
        return shipment

    @rule(
        "A70-4",
        source=UNSHIPPED,
        by=SELLER,
        otherwise="A34",
        conditions=[c.not_handed_over],
        says=_("Handed to a carrier without a waybill number; the delivery notice is still missing."),
    )
    def hand_over_untold(self, docket: Any) -> None:
        """A parcel left without the delivery notice: the order waits for its waybill as before, and the clock runs on."""
        self.handed_over_at = docket.at

    def _judge_waybill(self, rules: Any, waybill: str, carrier: str) -> None:
        """A37-7: complete and of the carrier's form; whether it is true, the carrier's events tell."""
        if not waybill:
            raise Refused("A37-7", _("A parcel needs the carrier's waybill number, so that it can be traced."))
        if not waybill_matches(rules, carrier, waybill):
            raise Refused("A37-7", _("{waybill} does not look like a waybill number of this carrier."), waybill=waybill)

    @formula("A37-1", "A37-2", "A37-8", "A37-9")
    def _judge_method(self, rules: Any, docket: Any, method: str | None) -> str:
        """A37-6: the buyer's choice, or what he consented to. A37-8: and not below the destination's lowest level."""
        chosen = method or self.method
        if chosen != self.method:
            if chosen != self.consented_method:
                raise Refused(
                    "A37-6",
                    _("The buyer chose {chosen}; another method needs the buyer's consent."),
                    chosen=self.method,
                )
            docket.also_under("A37-6")
        if self.warehouse_country:
            docket.also_under("A37-9")
            return chosen
        rates = docket.rulebook.at(docket.at).exchange.usd
        least = rules.logistics.policy[self.country, value_band(self.total, rules.logistics.value_bands, rates)]
        level = rules.logistics.method_levels[chosen]
        order = list(rules.logistics.levels)
        if order.index(level) < order.index(least):
            raise Refused(
                "A37-8",
                _("Orders of {total} to {country} go by {least} service at least; {method} is {level}."),
                total=self.total,
                country=self.country,
                least=least,
                method=chosen,
                level=level,
            )
        return chosen

    # ------------------------------------------------------------------ agreements on the way

    @rule(
        "A34-2",
        source=UNSHIPPED,
        by=BUYER,
        otherwise="A34",
        conditions=[c.no_open_extension, c.extensions_left],
        says=_("The buyer would give {days} days more."),
    )
    def open_extension(self, docket: Any, *, days: int) -> Extension:
        """The buyer gives the seller more time; at the request the limits are looked at."""
        most = docket.rules_for(self).order.stocking_ext_max_days
        if self.extension_days + days > most:
            raise Refused(
                "A34-2",
                _("The handling period can be {most} days longer in all; {given} were granted."),
                most=most,
                given=self.extension_days,
            )
        docket.because(days=days)
        extension = make(
            Extension, id=new_id(), store_id=self.store_id, order_id=self.id, days=days, requested_at=docket.at
        )
        tie(extension, order=self)
        self.extensions_count += 1
        docket.add(extension, self.extensions)
        extension.request(docket)
        return extension

    @rule("A37-6", source=UNSHIPPED, by=BUYER, otherwise="A37-6", says=_("The buyer agrees to {method}."))
    def consent_to_method(self, docket: Any, *, method: str) -> None:
        """Another way of shipping than the one chosen, agreed by the buyer."""
        self.consented_method = method
        docket.because(method=method, chosen=self.method)
        docket.notify("seller", self.store_id, "method_agreed", self, method=method)

    @rule(
        "A70-6",
        source=[State.AWAITING_PAYMENT, *UNSHIPPED],
        by=BUYER,
        otherwise="A70-6",
        says=_("The buyer asks for another address, in {country}."),
    )
    def ask_for_address(self, docket: Any, *, country: str, address: dict[str, Any]) -> None:
        """The seller checks it before shipping there: such requests come with stolen cards."""
        self.requested_country, self.requested_address, self.address_check = country, address, ""
        docket.because(country=country, chosen=self.country)
        docket.notify("seller", self.store_id, "address_requested", self, country=country)

    @rule(
        "A70-6",
        source=[State.AWAITING_PAYMENT, *UNSHIPPED],
        by=SELLER,
        otherwise="A70-6",
        conditions=[c.address_asked_for],
        says=_("The requested address is {answer}."),
    )
    def check_address(self, docket: Any) -> None:
        """The platform's tool: another country than the order's is the strong warning sign."""
        self.address_check = "safe" if self.requested_country == self.country else "unsafe"
        docket.because(answer=self.address_check, asked=self.requested_country, country=self.country)

    @rule("PRE-9", source=UNSHIPPED, by=SELLER, otherwise="PRE-9", says=_("The seller reports: out of stock. {text}"))
    def report_shortage(self, docket: Any, *, text: str) -> None:
        """The buyer is told at once and may cancel or take something else; the reason is the seller's (PRE-10)."""
        self.shortage_at = docket.at
        docket.also_under("PRE-10")
        docket.because(text=text)
        docket.notify("buyer", self.buyer_id, "out_of_stock", self, text=text)

    @rule(
        "A38-2",
        source=list(State.values),
        by=SELLER,
        otherwise="A38-2",
        conditions=[c.was_shipped, c.claim_is_possible],
        says=_("The seller complained to the carrier."),
    )
    def complain_to_carrier(self, docket: Any, *, text: str) -> CarrierClaim:
        """The seller asks the carrier to make good what happened on the way."""
        claim = make(
            CarrierClaim,
            id=new_id(),
            store_id=self.store_id,
            order_id=self.id,
            text=text,
            currency=self.currency,
            filed_at=docket.at,
        )
        tie(claim, order=self)
        self.claims_count += 1
        docket.add(claim, self.claims)
        claim.file(docket)
        return claim

    # ------------------------------------------------------------------ time

    def start_handling(self, docket: Any) -> None:
        """Set, or move, the end of the handling period, with its reminder. It stands still while the card is in doubt."""
        if self.risk_at is not None:
            return
        hours = docket.rules_for(self).order.handling_reminder_hours
        docket.set_deadline(self, "handling", self.handling_end, "A34-3", remind=timedelta(hours=hours))

    @rule("A34-1", source=UNSHIPPED, deadline="handling_reminder", quiet=True)
    def remind_of_handling(self, docket: Any) -> None:
        """The handling period ends soon."""
        docket.notify("seller", self.store_id, "handling_reminder", self, due=self.handling_due_at)

    @rule(
        "PLUS-17",
        source=[*UNSHIPPED, State.CLOSED],
        deadline="plus_shipping",
        says=_("Not shipped within {hours} hours after payment: its products leave Plus."),
    )
    def miss_plus_shipping(self, docket: Any) -> None:
        """Plus advises shipping within two days (PLUS-16); later, the product loses the badge, and nothing else happens. An
        order that was closed because nothing was shipped is late as well."""
        docket.also_under("PLUS-16")
        docket.because(hours=docket.rules_for(self, self.paid_at).plus.ship_hours)
        for identity in sorted({line.listing_id for line in self.lines}):
            docket.call(Listing, identity, self.store_id, "plus_late")

    @rule(
        "PLUS-18",
        source=[*UNSHIPPED, State.SHIPPED, State.COMPLETED],
        deadline="plus_delivery",
        says=_("Neither delivered nor confirmed within {days} days after payment."),
    )
    def miss_plus_delivery(self, docket: Any) -> None:
        """Not there in time, even if the receipt window ended: the store leaves the Plus section; the sale goes on."""
        docket.because(days=docket.rules_for(self, self.paid_at).plus.delivery_max)
        self.plus_late = True
        docket.call(Store, self.store_id, self.store_id, "plus_late")

    # ------------------------------------------------------------------ timeouts

    @rule(
        "A33-5",
        source=UNSHIPPED,
        target=State.CLOSED,
        deadline="handling",
        conditions=[c.open_cancellation, c.nothing_shipped],
        says=_(
            "Closed: the seller neither answered the request to cancel nor shipped within {days} days, which ended on {due}; "
            "{refunded} goes back."
        ),
    )
    def cancel_by_silence(self, docket: Any) -> None:
        """Silent about the request and nothing shipped until the handling period ended."""
        self._overtime(docket, CloseReason.CANCELLED_BY_SILENCE)

    @rule(
        "A33-6",
        source=UNSHIPPED,
        target=State.CLOSED,
        deadline="handling",
        conditions=[c.open_cancellation, c.something_shipped],
        says=_(
            "Closed: with a request to cancel open, {shipped} of {units} items were shipped within {days} days, which ended on "
            "{due}; {refunded} goes back."
        ),
    )
    def cancel_part_shipped(self, docket: Any) -> None:
        """Part shipped and not complete within the handling period: the buyer gets everything back."""
        self._overtime(docket, CloseReason.CANCELLED_BY_SILENCE)

    @rule(
        "A34-3",
        source=UNSHIPPED,
        target=State.CLOSED,
        deadline="handling",
        conditions=[c.no_open_cancellation],
        says=_(
            "Closed: the {days}-day handling period ended on {due} with {shipped} of {units} items shipped; {refunded} goes back."
        ),
    )
    def close_unshipped(self, docket: Any) -> None:
        """Not fully shipped when the handling period ended: close, refund the buyer in full."""
        self._overtime(docket, CloseReason.NOT_SHIPPED)

    def _overtime(self, docket: Any, reason: str) -> None:
        docket.because(
            days=self.handling_days + self.extension_days, due=docket.at, shipped=self.units_shipped, units=self.units
        )
        self._refund_everything(docket)
        self._close(docket, reason)


def value_band(value: Money, bands: Mapping[str, Money], rates: Any) -> str:
    """A37-8: the first band that an order's value does not exceed; ``above`` when it exceeds all."""
    for name, limit in sorted(bands.items(), key=lambda band: band[1].minor):
        if convert(value, limit.currency, rates).minor <= limit.minor:
            return name
    return "above"
