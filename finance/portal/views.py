"""Balance, statement, withdrawals and the deposit at the sellers' door."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateformat import format as write_date
from django.utils.translation import gettext as _

from finance.accounts import shown
from finance.models import Transaction, Withdrawal
from finance.models.withdrawal import CHARGEBACK_HOLD
from finance.portal import export, reading
from finance.portal.effects import preview_of
from finance.portal.words import ACCOUNTS, KINDS, SELLERS, TOLD
from rulebook.actions import actions
from rulebook.amending import current_rulebook
from rulebook.clock import now
from rulebook.docket import Docket
from rulebook.money import Money, convert, digits
from rulebook.refusals import Missing, Refused
from rulebook.rehearsal import Rehearsal, look, read_balances, read_missing
from rulebook.sentences import money_text, refusal_text
from rulebook.timeline import subject_timeline, why_it_stands
from rulebook.zones import platform_zone
from stores.models import Store
from stores.portal.doors import ActPage, find, forbidden, store_staff_required
from stores.portal.linking import names_of, subject_url
from stores.portal.paging import page_of
from stores.portal.words import word
from stores.states import DepositStatus

FIRST_YEAR = 2010
MONTHS_OFFERED = 24


# ------------------------------------------------------------------ balance and statement


@store_staff_required
def balance(request: Any) -> HttpResponse:
    """Where the money is, by currency, with the postings behind each figure."""
    found = reading.balances(request.store)
    context = {
        "nav_current": "balance",
        "table": reading.table(request.store, found),
        "ways": _ways(request, found),
        "withdrawals": list(Withdrawal.objects.filter(store=request.store).order_by("-number")[:5]),
    }
    return render(request, "finance/portal/balance.html", context)


def _ways(request: Any, found: dict[str, dict[str, int]]) -> dict[str, Any]:
    """A withdrawal for each currency with something available; which rule stands in the way, where one does."""
    if not request.actor.may("move_money"):
        return {"open": [], "closed": []}
    docket = look(Store, [request.store.id], request.actor)
    read_balances(docket, request.store.id)
    read_missing(docket, Missing(("totals", request.store.id)))
    opened: list[dict[str, Any]] = []
    closed: list[dict[str, Any]] = []
    for currency in sorted(found["available"]):
        label = _("Withdraw {currency}").format(currency=currency)
        held = docket.total(request.store.id, f"{CHARGEBACK_HOLD}_{currency}")
        available = max(1, found["available"][currency])
        free = available - held if held < available else available  # asked for all of it, the rule says what holds it
        refusal = _refusal(docket, request.store.id, Money(free, currency))
        if refusal is None:
            url = reverse("portal:withdraw", args=[request.store.public_id, currency])
            opened.append({"label": label, "url": url, "primary": not opened, "hint": ""})
        else:
            reason = refusal_text(refusal).rstrip(".")
            closed.append({"label": label, "reason": reason, "rule": refusal.rule, "opens_at": refusal.not_before})
    return {"open": opened, "closed": closed}


class _TakenBack(Exception):
    """Ends a try whose effects are not wanted."""


def _refusal(docket: Docket, store_id: Any, amount: Money) -> Refused | None:
    """What stands in the way of withdrawing all that is free: the action itself is tried, on a docket that nobody writes."""
    try:
        with docket.act():
            actions()["seller.request_withdrawal"].run(docket, docket.held[store_id], amount=amount)
            raise _TakenBack
    except _TakenBack:
        return None
    except Refused as refusal:
        return refusal


def _fee(store: Store, currency: str) -> Money:
    rules = current_rulebook().at(now(), store=store.id)
    return convert(rules.withdraw.fee, currency, rules.exchange.usd)


@store_staff_required
def statement(request: Any) -> HttpResponse:
    """Every movement of the store's money, newest first, each with its reason; by month if asked."""
    month = _month(request.GET.get("month", ""))
    rows = Transaction.objects.filter(store_id=request.store.id)
    if month:
        since, until = bounds(month)
        rows = rows.filter(effective_at__gte=since, effective_at__lt=until)
    page = page_of(rows, request.GET, "-effective_at", "-id")
    legs = reading.legs_of(page.rows)
    orders = names_of("order", {entry.order_id for entry in page.rows if entry.order_id})
    context = {
        "nav_current": "statement",
        "movements": [_movement(entry, legs[entry.id], orders.get(entry.order_id, "")) for entry in page.rows],
        "pager": page.pager,
        "month": month.strftime("%Y-%m") if month else "",
        "month_name": write_date(month, "F Y") if month else "",
        "months": _months(),
        "platform_zone": platform_zone().key,
    }
    return render(request, "finance/portal/statement.html", context)


def _movement(entry: Transaction, legs: list[Any], order: str) -> dict[str, Any]:
    told = sorted((leg for leg in legs if leg.kind in TOLD), key=lambda leg: TOLD.index(leg.kind))
    return {
        "at": entry.effective_at,
        "text": reading.movement(entry.kind),
        "rule": entry.rule,
        "order": _("Order {name}").format(name=order) if order else "",
        "order_url": subject_url("order", entry.order_id) if entry.order_id else "",
        "legs": [
            {
                "account": word(ACCOUNTS, leg.kind),
                "amount": shown(leg.kind, leg.amount_minor, leg.currency),
                "own": leg.kind in SELLERS[:-1],
            }
            for leg in told
        ],
    }


@store_staff_required
def statement_csv(request: Any) -> StreamingHttpResponse:
    """The same as a file."""
    month = _month(request.GET.get("month", ""))
    since, until = bounds(month) if month else (None, None)
    name = (
        f"statement-{request.store.subdomain}-{month:%Y-%m}.csv"
        if month
        else f"statement-{request.store.subdomain}.csv"
    )
    response = StreamingHttpResponse(
        export.lines(request.store.id, since, until), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


def _month(text: str) -> date | None:
    """The first day of ``2026-03``; None for anything else."""
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return found if FIRST_YEAR <= found.year <= 9000 else None


def bounds(month: date) -> tuple[datetime, datetime]:
    """A month's first moment and that of the next: calendar months are platform time's."""
    zone: ZoneInfo = platform_zone()
    after = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return datetime(month.year, month.month, 1, tzinfo=zone), datetime(after.year, after.month, 1, tzinfo=zone)


def _months() -> list[dict[str, str]]:
    today = now().astimezone(platform_zone()).date()
    found = []
    for back in range(MONTHS_OFFERED):
        count = today.year * 12 + today.month - 1 - back
        first = date(count // 12, count % 12 + 1, 1)
        found.append({"value": first.strftime("%Y-%m"), "label": write_date(first, "F Y")})
    return found


# ------------------------------------------------------------------ withdrawals


@store_staff_required
def withdraw(request: Any, store: str, currency: str) -> HttpResponse:
    """Ask for money: how much, what the bank keeps of it, then the deed.

    The store stands in the address, so that a page of one store never withdraws from another.
    """
    found, docket = find(request, Store, store)
    if not request.actor.may("move_money"):
        return forbidden(request, _("Withdrawals are made by an owner or by finance."))
    try:
        fee, places = _fee(found, currency), digits(currency)
    except (ValueError, KeyError, LookupError):
        raise Http404 from None
    available = Money(reading.balances(found)["available"].get(currency, 0), currency)

    def preview(rehearsal: Rehearsal) -> dict[str, Any]:
        made = next(row for row in rehearsal.docket.new if isinstance(row, Withdrawal))
        sentence = _("{amount} leave your balance. The bank keeps {fee}; {net} arrive on your account.").format(
            amount=money_text(made.amount), fee=money_text(made.fee), net=money_text(made.net)
        )
        return preview_of(
            rehearsal,
            title=_("Withdraw {amount}?").format(amount=money_text(made.amount)),
            sentence=sentence,
            currency=made.currency,
            kinds={},
            final=False,
            effects=[_("If the bank cannot pay it out, the whole amount comes back to your balance.")],
        )

    crumbs = [
        {"label": _("Balance"), "url": reverse("portal:balance")},
        {"label": _("Withdraw {currency}").format(currency=currency)},
    ]
    return ActPage(
        request,
        found,
        docket,
        "seller.request_withdrawal",
        "finance/portal/withdraw.html",
        {
            "nav_current": "balance",
            "crumbs": crumbs,
            "back_url": reverse("portal:balance"),
            "available": available,
            "fee": fee,
            "currency": currency,
        },
        submit=_("See what arrives"),
        confirm=_("Withdraw now"),
        preview=preview,
        currency=currency,
        watch=False,
        done=_("The withdrawal was sent to the bank."),
        then=reverse("portal:withdrawals"),
        helps={
            "amount": _(
                "In {currency}, like {example}; at most {available}. The bank's fee of {fee} is part of it."
            ).format(
                currency=currency,
                example="1250" if not places else "1250." + "0" * places,
                available=money_text(available),
                fee=money_text(fee),
            )
        },
    ).respond()


@store_staff_required
def withdrawals(request: Any) -> HttpResponse:
    """What was withdrawn, newest first."""
    page = page_of(Withdrawal.objects.filter(store=request.store, number__isnull=False), request.GET, "-number")
    worklist = {
        "id": "withdrawals",
        "title": _("Withdrawals"),
        "sorted_by": _("number, newest first"),
        "columns": [
            {"label": _("Withdrawal")},
            {"label": _("State")},
            {"label": _("Amount"), "num": True},
            {"label": _("Bank's fee"), "num": True},
            {"label": _("Arrives"), "num": True},
            {"label": _("Asked for")},
        ],
        "rows": [
            {
                "id": row.public_id,
                "title": f"W{row.number}",
                "subtitle": row.requested_by,
                "url": reverse("portal:withdrawal", args=[row.public_id]),
                "cells": [
                    {"kind": "state", "value": str(row.state)},
                    {"kind": "money", "value": row.amount},
                    {"kind": "money", "value": row.fee},
                    {"kind": "money", "value": row.net},
                    {"kind": "moment", "value": row.requested_at},
                ],
            }
            for row in page.rows
        ],
        "pager": page.pager,
        "empty": {
            "title": _("Nothing was withdrawn yet"),
            "text": _(
                "Money of completed orders becomes available after the waiting time; then you can send it to your bank."
            ),
            "url": reverse("portal:balance"),
            "action": _("See your balance"),
            "icon": "bank",
        },
    }
    crumbs = [{"label": _("Balance"), "url": reverse("portal:balance")}, {"label": _("Withdrawals")}]
    context = {"nav_current": "balance", "worklist": worklist, "heading": _("Withdrawals"), "crumbs": crumbs}
    return render(request, "stores/portal/list.html", context)


@store_staff_required
def withdrawal(request: Any, withdrawal: str) -> HttpResponse:
    """One withdrawal and how it went."""
    found, _docket = find(request, Withdrawal, withdrawal)
    crumbs = [
        {"label": _("Balance"), "url": reverse("portal:balance")},
        {"label": _("Withdrawals"), "url": reverse("portal:withdrawals")},
        {"label": f"W{found.number}"},
    ]
    story = subject_timeline(found.id)
    for row in story:
        row["money"] = [{"account": word(ACCOUNTS, move["account"]), "amount": move["amount"]} for move in row["money"]]
    context = {
        "nav_current": "balance",
        "withdrawal": found,
        "crumbs": crumbs,
        "why": why_it_stands(found.id, named=False),
        "timeline": story,
    }
    return render(request, "finance/portal/withdrawal.html", context)


# ------------------------------------------------------------------ deposit


@store_staff_required
def deposit(request: Any) -> HttpResponse:
    """How the deposit stands; the form stands under the store's own address."""
    return _deposit_page(request, request.store.public_id)


@store_staff_required
def pay_deposit(request: Any, store: str) -> HttpResponse:
    """Pay what is missing, or a part of it."""
    return _deposit_page(request, store)


def _deposit_page(request: HttpRequest, text: str) -> HttpResponse:
    found, docket = find(request, Store, text)
    missing = found.deposit_missing
    context = {
        "nav_current": "balance",
        "crumbs": [{"label": _("Balance"), "url": reverse("portal:balance")}, {"label": _("Deposit")}],
        "deposit": found,
        "action": reverse("portal:pay_deposit", args=[found.public_id]),
        "back_url": reverse("portal:deposit"),
        "short": found.deposit_status != DepositStatus.SUFFICIENT and missing.minor,
        "why": why_it_stands(found.id, named=False),
    }
    may = request.actor.may("move_money")  # type: ignore[attr-defined]
    if request.method != "POST" and not (may and context["short"]):
        return render(request, "finance/portal/deposit.html", {**context, "may": may})

    def preview(rehearsal: Rehearsal) -> dict[str, Any]:
        paid = Money(
            sum(delta for (kind, _cur), (_was, delta) in rehearsal.money.items() if kind == "deposit"),
            found.deposit_currency,
        )
        title = _("Pay {amount} of the deposit?").format(amount=money_text(paid))
        sentence = _("{amount} are taken by your means of payment and held as your deposit.").format(
            amount=money_text(paid)
        )
        return preview_of(
            rehearsal, title=title, sentence=sentence, currency=found.deposit_currency, kinds=KINDS, final=False
        )

    return ActPage(
        request,
        found,
        docket,
        "seller.pay_deposit",
        "finance/portal/deposit.html",
        {**context, "may": may},
        submit=_("Go on"),
        confirm=_("Pay now"),
        preview=preview,
        currency=found.deposit_currency,
        watch=False,
        done=_("The deposit was paid."),
        then=reverse("portal:deposit"),
        helps={
            "amount": _("In {currency}; left out: all that is missing, {missing}.").format(
                currency=found.deposit_currency, missing=money_text(missing)
            )
        },
    ).respond()
