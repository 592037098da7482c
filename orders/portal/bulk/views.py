"""Shipping many orders at the sellers' door: a table down, a file up, a preview, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import wraps
from pathlib import PurePath
from typing import Any

from django import forms
from django.db import transaction
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models.batch import NOT_DONE, BatchState, RowState, ShippingBatch, ShippingRow
from orders.portal.bulk import doing, waiting
from orders.portal.bulk.columns import asked, rejects
from orders.portal.bulk.judging import judged
from orders.portal.bulk.sheet import MOST_BYTES, MOST_ROWS, read_table, written
from orders.portal.words import WORDS_OF_INPUTS
from rulebook.clock import now
from rulebook.ids import public_id
from rulebook.posting import posted_from
from stores.portal.doors import forbidden, remember, serve, store_staff_required
from stores.portal.paging import page_of

LATEST = 10
KEPT = timedelta(days=90)
"""Lists older than this are forgotten: they name buyers, and the journal knows what was shipped."""
TABS = {
    BatchState.PREVIEW: (RowState.CANNOT, RowState.READY, RowState.BLANK),
    BatchState.RUNNING: (RowState.SHIPPED, RowState.REFUSED, RowState.CANNOT, RowState.READY, RowState.BLANK),
    BatchState.DONE: (RowState.REFUSED, RowState.CANNOT, RowState.SHIPPED, RowState.BLANK),
}
TAB_WORDS = {
    RowState.READY: gettext_lazy("Will be shipped"),
    RowState.CANNOT: gettext_lazy("Cannot be shipped"),
    RowState.BLANK: gettext_lazy("Not filled in"),
    RowState.SHIPPED: gettext_lazy("Shipped"),
    RowState.REFUSED: gettext_lazy("Refused while shipping"),
}


class UploadForm(forms.Form):
    """One file."""

    file = forms.FileField(
        label=gettext_lazy("Your table"),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv,text/plain"}),
        error_messages={"empty": gettext_lazy("The file is empty. Choose another one.")},
        max_length=200,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = _(
            "CSV with comma, semicolon or tab; at most {rows} rows and {size} MB. Rows without a waybill, carrier, "
            "quantity and method are left for another day."
        ).format(rows=f"{MOST_ROWS:,}", size=MOST_BYTES // 1_000_000)


def shippers_only(view: Callable[..., Any]) -> Callable[..., Any]:
    """For staff whose role may ship."""

    @store_staff_required
    @wraps(view)
    def door(request: Any, *args: Any, **kwargs: Any) -> Any:
        if not request.actor.may("ship_orders"):
            return forbidden(request, _("Your role in this store does not include this: {act}.").format(act=_("Ship")))
        return view(request, *args, **kwargs)

    return door


def _found(request: Any, text: str) -> ShippingBatch:
    """A list of one of the person's stores; the request goes over to that store. A stranger's is a 404."""
    try:
        batch = ShippingBatch.objects.filter(id=ShippingBatch.parse(text)).first()
    except ValueError:
        batch = None
    member = next((one for one in request.memberships if batch is not None and one.store_id == batch.store_id), None)
    if batch is None or member is None or not text.startswith(f"{ShippingBatch.PREFIX}_"):
        raise Http404
    if member is not request.member:
        serve(request, member)
    remember(request)
    return batch


def for_batch(view: Callable[..., Any]) -> Callable[..., Any]:
    """For whoever may ship for the store whose list the address names."""

    @store_staff_required
    @wraps(view)
    def door(request: Any, batch: str, **kwargs: Any) -> Any:
        found = _found(request, batch)
        if not request.actor.may("ship_orders"):
            return forbidden(request, _("Your role in this store does not include this: {act}.").format(act=_("Ship")))
        return view(request, found, **kwargs)

    return door


# ------------------------------------------------------------------ down and up


@shippers_only
def start(request: Any) -> HttpResponse:
    """Step 1: the table of what waits, and the place for the file that comes back."""
    if request.method != "POST":
        return _start(request, UploadForm())
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            return redirect(address(_kept(request, form.cleaned_data["file"])))
        except ValueError as problem:
            form.add_error("file", str(problem))
    return _start(request, form, 422)


def _start(request: Any, form: UploadForm, status: int = 200) -> HttpResponse:
    latest = list(ShippingBatch.objects.filter(store_id=request.store.id).order_by("-made_at", "-id")[:LATEST])
    counts = doing.counts_of([batch.id for batch in latest])
    context = {
        "nav_current": "orders",
        "crumbs": [{"label": _("Orders"), "url": reverse("portal:orders")}, {"label": _("Ship many orders")}],
        "form": form,
        "waiting": waiting.waiting(request.store),
        "most": MOST_ROWS,
        "latest": [_entry(batch, counts[batch.id]) for batch in latest],
    }
    return render(request, "orders/portal/bulk.html", context, status=status)


def _entry(batch: ShippingBatch, counts: dict[str, int]) -> dict[str, Any]:
    return {
        "name": str(batch),
        "url": address(batch),
        "at": batch.made_at,
        "by": batch.made_by_name,
        "state": batch.state,
        "shipped": counts[RowState.SHIPPED],
        "ready": counts[RowState.READY],
        "failed": sum(counts[state] for state in NOT_DONE),
    }


def _kept(request: Any, file: Any) -> ShippingBatch:
    """The file's rows with their verdicts, kept until somebody confirms them. ValueError: it is no such table."""
    table = read_table(file.read(MOST_BYTES + 1))
    rows = judged(asked(table), request.store, request.actor)
    if not rows:
        raise ValueError(_("Below its header the file has no rows."))
    if all(row.state == RowState.BLANK for row in rows):
        raise ValueError(
            _("No row has a waybill. Fill in the waybills of the parcels that you hand over, then send the file again.")
        )
    batch = ShippingBatch(
        store_id=request.store.id,
        file_name=_name(file.name),
        header=table.header,
        made_by=request.user.id,
        made_by_name=str(request.user)[:120],
        made_at=now(),
    )
    with transaction.atomic():
        ShippingBatch.objects.filter(store_id=request.store.id, made_at__lt=now() - KEPT).delete()
        batch.save(force_insert=True)
        for row in rows:
            row.batch = batch
        ShippingRow.objects.bulk_create(rows, batch_size=1000)
    return batch


def _name(given: str) -> str:
    """A file's name as it is shown: its last part, without what cannot be printed."""
    return "".join(sign for sign in PurePath(given.replace("\\", "/")).name if sign.isprintable())[:120]


@shippers_only
def waiting_csv(request: Any) -> StreamingHttpResponse:
    """The table of what waits."""
    return _table(written(waiting.rows(request.store)), f"to-ship-{request.store.subdomain}.csv")


def _table(lines: Iterable[str], name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


# ------------------------------------------------------------------ one list


def address(batch: ShippingBatch) -> str:
    return reverse("portal:bulk_batch", args=[batch.public_id])


@for_batch
def batch(request: Any, batch: ShippingBatch) -> HttpResponse:
    """Step 2, the preview; then how far it is; then what came of it."""
    counts = doing.counts(batch)
    tabs = [state for state in TABS[BatchState(batch.state)] if counts[state]]
    shown = request.GET.get("rows", "")
    shown = shown if shown in tabs else str(tabs[0])
    page = page_of(batch.rows.filter(state=shown), request.GET, "number")
    done = counts[RowState.SHIPPED] + counts[RowState.REFUSED]
    context = {
        "nav_current": "orders",
        "crumbs": [
            {"label": _("Orders"), "url": reverse("portal:orders")},
            {"label": _("Ship many orders"), "url": reverse("portal:bulk")},
            {"label": str(batch)},
        ],
        "batch": batch,
        "counts": counts,
        "failed": sum(counts[state] for state in NOT_DONE),
        "done": done,
        "all": done + counts[RowState.READY],
        "rests": doing.rests(batch),
        "tabs": [_tab(state, counts[state], shown) for state in tabs],
        "rows": [_row(row) for row in page.rows],
        "why": (_("What to know") if shown == RowState.READY else _("Why not"))
        if any(row.reason for row in page.rows)
        else "",
        "pager": page.pager,
        "urls_of": _urls(batch),
    }
    return render(request, "orders/portal/bulk_batch.html", context)


def _tab(state: str, count: int, shown: str) -> dict[str, Any]:
    tone = "risk" if state in NOT_DONE else ""
    return {
        "label": TAB_WORDS[RowState(state)],
        "url": f"?rows={state}",
        "active": state == shown,
        "count": count,
        "tone": tone,
    }


def _row(row: ShippingRow) -> dict[str, Any]:
    inputs = [(name, str(value)) for name, value in row.inputs.items()]
    return {
        "number": row.number,
        "order": row.order_name or "–",
        "url": reverse("portal:order", args=[public_id("ord", row.order_id)]) if row.order_id else "",
        "waybill": row.inputs.get("waybill", ""),
        "more": " · ".join(
            f"{WORDS_OF_INPUTS.get(name, name)}: {value}" for name, value in inputs if name != "waybill"
        ),
        "rule": row.rule,
        "reason": row.reason,
    }


def _urls(batch: ShippingBatch) -> dict[str, str]:
    names = ("bulk_confirm", "bulk_go_on", "bulk_rejects", "bulk_slips")
    return {name.removeprefix("bulk_"): reverse(f"portal:{name}", args=[batch.public_id]) for name in names}


@posted_from("portal:bulk_batch", "batch")
@for_batch
def confirm(request: Any, batch: ShippingBatch) -> HttpResponse:
    """Step 3: what was ready is shipped. A second press finds the list running and shows how far it is."""
    if doing.confirm(batch, request.user):
        doing.begin(batch)
    return redirect(address(batch))


@posted_from("portal:bulk_batch", "batch")
@for_batch
def go_on(request: Any, batch: ShippingBatch) -> HttpResponse:
    """For a list that rests: a turn right now, in the name of whoever confirmed it, and the queue is asked again."""
    if doing.rests(batch) and doing.turn(batch.id, seconds=5.0):
        doing.hand_over(batch.id)
    return redirect(address(batch))


@for_batch
def rejects_csv(request: Any, batch: ShippingBatch) -> StreamingHttpResponse:
    """What was not shipped, in the file's own columns with the reasons behind them: to be corrected and sent again."""
    rows = batch.rows.filter(state__in=NOT_DONE).order_by("number").iterator(chunk_size=500)
    stem = PurePath(batch.file_name or "list").stem[:80]
    return _table(written(rejects(batch.header, rows)), f"{stem}-not-shipped.csv")
