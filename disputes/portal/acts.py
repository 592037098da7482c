"""What a seller can do about a dispute: each act has its page, with what it means for goods and money spelled out."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from disputes.models import Dispute, Ruling
from disputes.portal import reading
from disputes.portal.views import facts, way_back
from disputes.portal.words import FREIGHT
from finance.portal.effects import preview_of
from orders.models import Message
from orders.portal.words import KINDS
from rulebook.docket import Docket
from rulebook.rehearsal import Rehearsal
from rulebook.sentences import moment_text, money_text
from stores.portal.doors import ActPage, Preview, find, identity_of, store_staff_required
from stores.portal.words import word

LONGEST_EVIDENCE = 4000


def _page(request: Any, found: Dispute, docket: Docket, name: str, here: str, **said: Any) -> ActPage:
    """An act's page under the dispute's head. said: title, lead, and what `ActPage` takes."""
    context = {
        **facts(found, docket),
        **way_back(found, here),
        "act_title": said.pop("title"),
        "act_lead": said.pop("lead", ""),
        "warning": said.pop("warning", ""),
        "danger": "preview" in said,
        "goods_back": reading.return_of(found),
    }
    said.setdefault("then", reading.page_url(found))
    return ActPage(request, found, docket, name, "disputes/portal/act.html", context, **said)


def _previewed(found: Dispute, title: str, sentence: str) -> Preview:
    def preview(rehearsal: Rehearsal) -> dict[str, Any]:
        return preview_of(rehearsal, title=title, sentence=sentence, currency=found.currency, kinds=KINDS)

    return preview


def leaves_the_cover(found: Dispute, docket: Docket) -> str:
    """A48-12: whoever settles between themselves gives up what the cover would have paid."""
    if not found.covered:
        return ""
    cap = money_text(docket.rules_for(found.order).ppas.cap_usd)
    return _(
        "The after-sale cover would pay up to {cap} here, free for you. If you settle with the buyer, the cover pays "
        "nothing and your store bears the refund."
    ).format(cap=cap)


# ------------------------------------------------------------------ answers


@store_staff_required
def accept_dispute(request: Any, dispute: str) -> HttpResponse:
    """Do what the buyer asks: first what that does, then the deed. What he asks may be the platform's proposal by now."""
    found, docket = find(request, Dispute, dispute)
    if found.suggestion_accepted_by == "buyer":
        return _suggestion_taken(request, found, docket)
    refund = money_text(found.refund)
    if found.return_goods:
        title = _("Accept the claim: {refund} against the goods?").format(refund=refund)
        confirm = _("Accept; {refund} against the goods").format(refund=refund)
        done = _("The claim was accepted. The buyer sends the goods back; you were both told where to and until when.")
    else:
        title = _("Accept the claim and refund {refund}?").format(refund=refund)
        confirm = _("Accept and refund {refund}").format(refund=refund)
        done = _("The claim was accepted; {refund} go back to the buyer.").format(refund=refund)
    means = f"{reading.what_settles(found.refund, found.return_goods)} {_way_back_of(found, docket)}".strip()
    return _page(
        request,
        found,
        docket,
        "seller.accept_dispute",
        _("Accept"),
        title=_("Accept the claim of dispute {name}").format(name=found.name),
        lead=means,
        warning=leaves_the_cover(found, docket),
        submit=_("See what this does"),
        confirm=confirm,
        preview=_previewed(found, title, f"{_('You accept the claim for good.')} {means}"),
        done=done,
        helps={"text": _("The journal keeps them as your reason.")},
        labels={"text": _("Your words")},
    ).respond()


def _way_back_of(found: Dispute, docket: Docket) -> str:
    """Where goods that come back would go, and on whose cost."""
    if not found.return_goods:
        return ""
    rules = docket.rules_for(found.order)
    payer = "platform" if found.order.plus else rules.dispute.reasons[found.reason]["return_paid_by"]
    store = found.order.store
    address = ", ".join(reading.address_lines(store.return_address or store.registered_address))
    return _("The buyer posts them within {days} days to {address}. {freight}.").format(
        days=rules.return_.ship_days,
        address=address or _("the address that you set under Store (none is set yet)"),
        freight=word(FREIGHT, payer),
    )


@store_staff_required
def reject_dispute(request: Any, dispute: str) -> HttpResponse:
    """Refuse the claim with reasons, and with another offer if one likes."""
    found, docket = find(request, Dispute, dispute)
    return _page(
        request,
        found,
        docket,
        "seller.reject_dispute",
        _("Reject"),
        title=_("Reject the claim of dispute {name}").format(name=found.name),
        lead=_(
            "The buyer and, later, the moderator read your reasons. Afterwards you can both still agree; "
            "if you do not, the platform decides."
        ),
        submit=_("Reject the claim"),
        done=_("The claim was rejected; the buyer was told your reasons."),
        currency=found.currency,
        require=("text",),
        labels={"offer_return": _("Against the goods: the offer is paid once they are back")},
        helps={
            "text": _("Say which facts and which evidence speak against the claim. At most 4,000 characters."),
            "offer_refund": _("In {currency}, at most {most}. Left out: no offer.").format(
                currency=found.currency, most=money_text(found.order.refundable)
            ),
        },
    ).respond()


@store_staff_required
def make_offer(request: Any, dispute: str) -> HttpResponse:
    """Offer a settlement; it takes the place of the one before."""
    found, docket = find(request, Dispute, dispute)
    return _page(
        request,
        found,
        docket,
        "seller.make_offer",
        _("Offer"),
        title=_("Offer a refund in dispute {name}").format(name=found.name),
        lead=_("If the buyer takes it, the dispute ends for good: nobody can go back to the platform about it."),
        warning=leaves_the_cover(found, docket),
        submit=_("Make the offer"),
        done=_("Your offer was made; the buyer was told."),
        currency=found.currency,
        labels={"return_goods": _("Against the goods: it is paid once they are back with you")},
        helps={
            "refund": _("In {currency}, at most {most}. It takes the place of your offer before.").format(
                currency=found.currency, most=money_text(found.order.refundable)
            )
        },
    ).respond()


@store_staff_required
def accept_offer(request: Any, dispute: str) -> HttpResponse:
    """Settle for what the buyer offers."""
    found, docket = find(request, Dispute, dispute)
    return _taken(
        request, found, docket, "seller.accept_offer", found.current_offer("buyer"), _("Take the buyer's offer?")
    )


@store_staff_required
def accept_suggestion(request: Any, dispute: str) -> HttpResponse:
    """Take the platform's proposal: it binds when the buyer takes it, too."""
    found, docket = find(request, Dispute, dispute)
    return _suggestion_taken(request, found, docket)


def _suggestion_taken(request: Any, found: Dispute, docket: Docket) -> HttpResponse:
    title = _("Take the platform's proposal?")
    return _taken(request, found, docket, "seller.accept_suggestion", found.current_offer("moderator"), title)


def _taken(request: Any, found: Dispute, docket: Docket, name: str, offer: Any, title: str) -> HttpResponse:
    means, waits = "", name == "seller.accept_suggestion" and found.suggestion_accepted_by != "buyer"
    if offer is not None:
        means = reading.what_settles(offer.refund, offer.return_goods)
    if waits:
        means = _("It binds when the buyer takes it, too; until then all periods run on. Then: {means}").format(
            means=means
        )
    return _page(
        request,
        found,
        docket,
        name,
        _("Settle"),
        title=title,
        lead="",
        warning=leaves_the_cover(found, docket),
        submit=_("See what this does"),
        confirm=_("Take it: {refund}").format(refund=money_text(offer.refund)) if offer is not None else "",
        preview=_previewed(found, title, means),
        done=_("You have taken the proposal; the buyer was told.") if waits else _("You have settled with the buyer."),
    ).respond()


@store_staff_required
def escalate_dispute(request: Any, dispute: str) -> HttpResponse:
    """Neither side may skip ahead: the page says from when on."""
    found, docket = find(request, Dispute, dispute)
    return _page(
        request,
        found,
        docket,
        "seller.escalate",
        _("Platform"),
        title=_("Ask the platform to decide dispute {name}").format(name=found.name),
        submit=_("Ask the platform to decide"),
        done=_("The platform decides."),
    ).respond()


@store_staff_required
def cooperate(request: Any, dispute: str) -> HttpResponse:
    """Answer what the platform asked in a covered dispute."""
    found, docket = find(request, Dispute, dispute)
    return _page(
        request,
        found,
        docket,
        "seller.cooperate",
        _("Help"),
        title=_("Help the platform in dispute {name}").format(name=found.name),
        lead=_("The platform asks: {question}").format(question=found.help_question) if found.help_question else "",
        submit=_("Send the answer"),
        done=_("Your answer was sent; the cover goes on."),
        helps={
            "text": _(
                "Product data, what went wrong, how the listing is mended. Files go in as evidence. "
                "Silence counts as a refusal: the cover of this dispute ends then, and its cost is yours."
            )
        },
    ).respond()


# ------------------------------------------------------------------ evidence


@store_staff_required
def add_evidence(request: Any, dispute: str) -> HttpResponse:
    """Show something: files, words, or both."""
    found, docket = find(request, Dispute, dispute)
    rules = docket.rules_for(found.order).dispute
    film = found.return_freight_by and request.GET.get("shows") == "unboxing_video"
    return _page(
        request,
        found,
        docket,
        "seller.add_evidence",
        _("Evidence"),
        title=_("Add evidence to dispute {name}").format(name=found.name),
        lead=_("The buyer and the moderator see it. It cannot be taken back."),
        submit=_("Add the evidence"),
        done=_("Your evidence was added."),
        hide=("file",),
        initial={
            "text": _quoted(request.GET.get("message", ""), found),
            "shows": "unboxing_video" if film else "other",
        },
        helps={
            "files": _(
                "Up to 5 at a time: pictures (JPEG, PNG, WebP, GIF), films (MP4, WebM), PDF or plain text, "
                "{most} MB each."
            ).format(most=rules.evidence_max_bytes // (1024 * 1024)),
            "text": _("What one sees, and where to look. It stands with the first file."),
        },
        then=f"{reading.page_url(found)}#evidence-ours",
        watch=False,
    ).respond()


def _quoted(text: str, dispute: Dispute) -> str:
    """A message of the parties as evidence: who, when, and the words; pictures by their fingerprints."""
    if not text:
        return ""
    message = Message.objects.filter(pk=identity_of(Message, text), order_id=dispute.order_id).first()
    if message is None:
        raise Http404
    who = message.sender_name or message.sender
    lines = [
        _("Message of {who} ({side}), {at}:").format(who=who, side=message.sender, at=moment_text(message.sent_at))
    ]
    lines += [message.text] if message.text else []
    lines += [
        _("Picture {name}, SHA-256 {sha}").format(name=file["file_name"], sha=file["sha256"]) for file in message.files
    ]
    return "\n".join(lines)[:LONGEST_EVIDENCE]


# ------------------------------------------------------------------ the return


@store_staff_required
def confirm_return(request: Any, dispute: str) -> HttpResponse:
    """The goods are back: the refund that waited for them is paid."""
    found, docket = find(request, Dispute, dispute)
    refund = money_text(found.agreed_refund) if found.agreed_refund is not None else ""
    title = _("Are the goods back? Pay {refund}?").format(refund=refund)
    sentence = _(
        "You confirm that the goods are back and in order. The dispute ends for good, and {refund} go back to the buyer."
    ).format(refund=refund)
    return _page(
        request,
        found,
        docket,
        "seller.confirm_return",
        _("The goods are back"),
        title=_("Confirm the return of dispute {name}").format(name=found.name),
        lead=sentence,
        submit=_("See what this does"),
        confirm=_("The goods are back: pay {refund}").format(refund=refund),
        preview=_previewed(found, title, sentence),
        done=_("The return was confirmed; {refund} go back to the buyer.").format(refund=refund),
        labels={"text": _("Your words")},
        helps={"text": _("The journal keeps them as your reason.")},
    ).respond()


@store_staff_required
def contest_return(request: Any, dispute: str) -> HttpResponse:
    """Nothing came, or something else: the platform decides; then show the film of the opening."""
    found, docket = find(request, Dispute, dispute)
    film = f"{reverse('portal:add_evidence', args=[found.public_id])}?shows=unboxing_video"
    return _page(
        request,
        found,
        docket,
        "seller.contest_return",
        _("Contest the return"),
        title=_("Contest the return of dispute {name}").format(name=found.name),
        lead=_(
            "The platform decides then. A film of the opening and the weight slip help most: the next page takes them."
        ),
        submit=_("Contest the return"),
        done=_("The return is contested, and the platform decides. Now show the film of the opening, if you have one."),
        then=film,
        require=("text",),
        labels={"text": _("What is wrong with the return")},
        helps={
            "text": _(
                "Whether nothing came, or what came instead: pieces, weight, state, the number on the goods. "
                "The buyer and the moderator read it."
            )
        },
    ).respond()


# ------------------------------------------------------------------ appeal


@store_staff_required
def appeal_ruling(request: Any, ruling: str) -> HttpResponse:
    """Once, within the time: somebody who had no part in the ruling decides."""
    found, docket = find(request, Ruling, ruling)
    if found.in_force_at is None:
        raise Http404
    dispute = found.dispute
    context = {
        **facts(dispute, docket),
        **way_back(dispute, _("Appeal")),
        "act_title": _("Appeal against the ruling in dispute {name}").format(name=dispute.name),
        "act_lead": _(
            "A moderator who had no part in the ruling decides. The ruling stands meanwhile; if you succeed, money and "
            "standing follow the new decision. Each side may appeal once."
        ),
        "deadlines": [chip for chip in [reading.deadline_of(found, docket, "appeal")] if chip],
        "ruling": next((one for one in reading.rulings_of(dispute, docket) if one["id"] == found.public_id), None),
    }
    return ActPage(
        request,
        found,
        docket,
        "seller.appeal",
        "disputes/portal/act.html",
        context,
        submit=_("File the appeal"),
        done=_("Your appeal was filed; you are told how it is decided."),
        then=reading.page_url(dispute),
        helps={
            "text": _("Say what the ruling overlooked and what is new. You cannot add to it later, nor appeal again.")
        },
    ).respond()
