"""The style guide: every part of the visual language with sample data in all its states. Served in development only.

Doors: ``path("styleguide/", styleguide.page)`` and, before the console's own, ``path("console/styleguide/",
styleguide.case)``. Nothing here reads the database; the clock of the samples stands still.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static

from rulebook.money import Money

NOW = datetime(2026, 3, 5, 1, 50, tzinfo=UTC)
LONG_NAME = "Guangzhou Wonderfully Long Trading & Export Company Limited (Panyu Branch)"
REST_OF_NAV = [
    {"key": "balance", "label": "Balance", "url": "#", "count": 1, "tone": "risk"},
    {"key": "reviews", "label": "Reviews", "url": "#"},
    {"key": "statement", "label": "Statement", "url": "#"},
    {"key": "store", "label": "Store", "url": "#"},
]


def _rule(rule_id: str, title: str = "") -> dict[str, str]:
    return {"id": rule_id, "title": title, "url": f"/styleguide/#rule-{rule_id}"}


def _usd(minor: int) -> Money:
    return Money(minor, "USD")


class AnswerForm(forms.Form):
    """A form with one control of each kind."""

    answer = forms.ChoiceField(
        label="Your answer",
        widget=forms.RadioSelect,
        choices=[
            ("accept", "Accept and refund 138.00 USD"),
            ("offer", "Offer another amount"),
            ("reject", "Reject the claim"),
        ],
    )
    amount = forms.CharField(
        label="Amount you offer",
        help_text="In USD, at most 138.00. The buyer may accept it or go on negotiating.",
        required=False,
    )
    text = forms.CharField(
        label="Your reasons",
        widget=forms.Textarea,
        help_text="1 to 4,000 characters. The buyer and the moderator read them.",
    )
    carrier = forms.ChoiceField(
        label="Carrier of the return",
        choices=[("", "Choose one"), ("ems", "EMS"), ("yanwen", "Yanwen")],
        required=False,
    )
    files = forms.FileField(label="Evidence", help_text="Pictures or PDF, up to 10 MB each.", required=False)
    told = forms.BooleanField(label="I know that the answer cannot be changed afterwards")


def _deadlines() -> list[dict[str, Any]]:
    then = "then the claim is paid in full"
    rule = _rule("A40-2", "Silence of the seller")
    return [
        {
            "name": "Answer the claim",
            "due_at": NOW + timedelta(days=2, hours=4, minutes=10),
            "then": then,
            "rule": rule,
        },
        {"name": "Answer the claim", "due_at": NOW + timedelta(hours=3, minutes=20), "then": then, "rule": rule},
        {"name": "Answer the claim", "due_at": NOW - timedelta(hours=3), "then": then, "rule": rule},
        {
            "name": "Answer the claim",
            "due_at": NOW - timedelta(hours=30),
            "then": "answered on 3 March, in time",
            "rule": rule,
            "standing": "met",
        },
        {
            "name": "Ship the rest",
            "due_at": NOW + timedelta(days=20),
            "then": "the buyer cancelled before",
            "rule": _rule("A34-3"),
            "standing": "cancelled",
        },
        {
            "name": "Release the money",
            "due_at": NOW - timedelta(days=1),
            "then": "tried 3 times; the worker says: bank unknown",
            "rule": _rule("A60-1"),
            "standing": "stuck",
        },
    ]


def _evidence() -> list[dict[str, Any]]:
    picture = static("piepowder/mark.svg")
    return [
        {
            "id": "ev1",
            "name": "parcel-label.jpg",
            "by": "Buyer",
            "at": NOW,
            "size": 482_113,
            "url": picture,
            "is_picture": True,
            "alt": "Label of the parcel, address readable",
        },
        {
            "id": "ev2",
            "name": "proof_of_posting_with_a_rather_long_name_2026-02-25.pdf",
            "by": "Seller",
            "at": NOW,
            "size": 88_012,
            "url": "#",
            "is_picture": False,
        },
    ]


def _timeline() -> list[dict[str, Any]]:
    seller = {"kind": "seller", "name": "Mei Lin"}
    return [
        {
            "at": NOW - timedelta(days=8, hours=5),
            "actor": {"kind": "buyer", "name": "Buyer"},
            "text": "paid the order.",
            "rule": _rule("A31-1"),
            "icon": "money",
            "money": [{"account": "Clearing", "amount": _usd(-13_800)}, {"account": "Escrow", "amount": _usd(13_800)}],
        },
        {
            "at": NOW - timedelta(days=8),
            "actor": seller,
            "text": "shipped parcel 1 of 2 with Yanwen.",
            "rule": _rule("A34-1"),
            "icon": "parcel",
        },
        {
            "at": NOW - timedelta(days=3),
            "actor": {"kind": "carrier", "name": "Yanwen"},
            "text": "scanned parcel 1 in Frankfurt: customs cleared.",
        },
        {
            "at": NOW - timedelta(days=2, hours=20),
            "actor": {"kind": "buyer", "name": "Buyer"},
            "text": "claimed 138.00 USD: not received.",
            "rule": _rule("A39-1"),
            "quote": "The tracking has not moved for two weeks. I ask for all of my money.",
            "files": _evidence(),
            "params": [
                {"name": "Days to answer", "value": "5 natural days", "rule": _rule("A40-1")},
                {"name": "Negotiation", "value": "15 natural days, until 18 March 2026"},
            ],
        },
        {
            "at": NOW - timedelta(hours=2),
            "actor": {"kind": "system", "name": "Piepowder"},
            "text": "carried out the claim, because no answer came in time.",
            "rule": _rule("A40-2"),
            "money": [{"account": "Escrow", "amount": _usd(-13_800)}, {"account": "Refunds", "amount": _usd(13_800)}],
        },
        {
            "at": NOW - timedelta(hours=1),
            "actor": {"kind": "moderator", "name": "Arbitrator"},
            "text": "reopened the case on appeal.",
            "rule": _rule("A47-1"),
        },
    ]


def _worklist(count: int) -> dict[str, Any]:
    rows = []
    samples = [
        ("DSP-1042", "Not received", "Lantern & Loom", _usd(13_800), "awaiting_seller", _deadlines()[2], "You"),
        (
            "DSP-1043",
            "Not as described",
            LONG_NAME,
            Money(1_250_000, "JPY"),
            "arbitration",
            _deadlines()[1],
            "Arbitrator Ng",
        ),
        ("DSP-1044", "Damaged", "Al Noor Perfumes", Money(1_234_567, "KWD"), "platform_review", _deadlines()[0], ""),
        ("DSP-1045", "Return contested", "Lantern & Loom", _usd(450), "return_contested", None, ""),
    ]
    for index in range(count):
        title, reason, store, value, state, deadline, holder = samples[index % len(samples)]
        tone = "turn" if state == "arbitration" else ""
        rows.append(
            {
                "id": f"{index}",
                "title": title,
                "subtitle": reason,
                "url": "/styleguide/#dsp",
                "cells": [
                    {"kind": "due", "value": deadline},
                    {"kind": "money", "value": value},
                    {"kind": "text", "value": store},
                    {"kind": "state", "value": state, "tone": tone},
                    {"kind": "person", "value": holder},
                ],
            }
        )
    return {
        "id": f"disputes-{count}",
        "title": "Disputes to decide" if count else "Disputes to decide, none left",
        "sorted_by": "due time, then value",
        "count_text": f"{count} shown" if count else "",
        "filters": [
            {"label": "Mine", "url": "#", "active": True, "count": 4, "tone": "turn"},
            {"label": "Overdue", "url": "#", "count": 1, "tone": "risk"},
            {"label": "Not taken", "url": "#", "count": "10,000+"},
            {"label": "All open", "url": "#", "count": None},
        ],
        "columns": [
            {"label": "Dispute"},
            {"label": "Due"},
            {"label": "Claimed", "num": True},
            {"label": "Store"},
            {"label": "State"},
            {"label": "Holder"},
        ],
        "rows": rows,
        "bulk": [
            {"label": "Take them", "name": "act", "value": "take"},
            {"label": "Give back", "name": "act", "value": "return"},
        ],
        "pager": {"newer": "", "older": "#older", "note": "Rows 1 to 50"} if count else None,
        "empty": {
            "title": "No dispute waits for you",
            "text": "Disputes that you take, or that are given to you, appear here with their deadline.",
            "url": "#",
            "action": "See those not taken",
        },
    }


def sample() -> dict[str, Any]:
    """All that the style guide's templates ask for."""
    bad = AnswerForm({"b-answer": "offer", "b-amount": "200", "b-text": "", "b-told": "on"}, prefix="b")
    bad.add_error("amount", "At most 138.00 USD can be offered: that is what the buyer claims.")
    held = _usd(13_800)
    why = {
        "sentence": "Closed under Article 34: the 7-day handling period ended on 12 March with 1 of 2 parcels shipped.",
        "rule": _rule("A34-3", "Not shipped in time"),
    }
    return {
        "now": NOW,
        "reader_zone": "Asia/Shanghai",
        "store": {"name": "Lantern & Loom"},
        "stores": [{"name": "Lantern & Loom", "url": "#", "current": True}, {"name": LONG_NAME, "url": "#"}],
        "role": "Owner",
        "urls": {"home": "/styleguide/", "profile": "#", "sign_out": "#", "rules": "#", "help": "#"},
        "nav_current": "todo",
        "nav": [
            {"key": "todo", "label": "To do", "url": "#", "count": 3, "tone": "risk"},
            {"key": "orders", "label": "Orders", "url": "#"},
            {"key": "messages", "label": "Messages", "url": "#", "count": 1},
            {"key": "disputes", "label": "Disputes", "url": "#", "count": 2},
            *REST_OF_NAV,
        ],
        "nav_more": {"shown": 4, "rest": REST_OF_NAV, "count": 1, "tone": "risk"},
        "crumbs": [{"label": "Disputes", "url": "#"}, {"label": "DSP-1042"}],
        "notes": [
            {"level_tag": "success", "text": "Your answer was recorded. The buyer was told."},
            {"level_tag": "info", "text": "Working days follow the calendar of China."},
            {"level_tag": "warning", "text": "Your deposit will be short from 1 April."},
            {"level_tag": "error", "text": "The file could not be read. Nothing was sent."},
        ],
        "deadlines": _deadlines(),
        "why": why,
        "why_person": {
            "sentence": "Ruled under Article 46: the seller proved delivery to the buyer's address.",
            "rule": _rule("A46-2"),
            "by": "a senior arbitrator",
        },
        "states": [
            "awaiting_seller",
            "negotiating",
            "arbitration",
            "resolved",
            "frozen",
            "short",
            "awaiting_shipment",
            "completed",
            "closed",
            "exiting",
        ],
        "amounts": [_usd(13_800), Money(1_250_000, "JPY"), Money(1_234_567, "KWD"), _usd(-4_250), _usd(0)],
        "postings": [
            {"account": "Order 1041, paid", "amount": held},
            {"account": "Dispute DSP-1042, frozen", "amount": _usd(-4_250)},
        ],
        "table": {
            "caption": "Where your money is",
            "currencies": ["USD", "JPY", "KWD"],
            "rows": [
                {
                    "label": "Available",
                    "note": "Free to withdraw",
                    "amounts": [_usd(1_204_050), Money(1_250_000, "JPY"), None],
                },
                {
                    "label": "Held until delivery",
                    "note": "Released 15 days after delivery, the next on 9 March",
                    "amounts": [held, None, Money(1_234_567, "KWD")],
                    "postings": [{"account": "Order 1041", "amount": held}],
                },
                {
                    "label": "Frozen by disputes",
                    "amounts": [_usd(4_250), None, None],
                    "why": {"sentence": "1 dispute is open.", "rule": _rule("A39-3")},
                },
                {"label": "Owed to the platform", "amounts": [_usd(-1_500), None, None]},
            ],
            "total": {
                "label": "Yours in all",
                "amounts": [_usd(1_220_600), Money(1_250_000, "JPY"), Money(1_234_567, "KWD")],
            },
        },
        "actions": {
            "open": [
                {"label": "Answer the claim", "url": "#", "primary": True, "hint": "Until 7 March 2026, 14:00 UTC+8"},
                {"label": "Offer another amount", "url": "#"},
                {
                    "label": "Accept and refund 138.00 USD",
                    "url": "#",
                    "method": "post",
                    "danger": True,
                    "confirm": "Press again: refund 138.00 USD",
                },
            ],
            "closed": [
                {
                    "label": "Ask the platform to step in",
                    "reason": "the parties may first agree between themselves",
                    "rule": _rule("A42-1"),
                    "opens_at": NOW + timedelta(days=7),
                },
                {
                    "label": "Withdraw the money",
                    "reason": "it is frozen while the dispute is open",
                    "rule": _rule("A39-3"),
                },
            ],
        },
        "timeline": _timeline(),
        "worklist": _worklist(4),
        "worklist_empty": _worklist(0),
        "form": AnswerForm(),
        "bad_form": bad,
        "version": 7,
        "refusal": {
            "sentence": "The claim can no longer be rejected: the 5 days to answer ended "
            "on 7 March 2026, 14:00 UTC+8, under Article 40.",
            "rule": _rule("A40-2"),
            "instead": "You can appeal until 22 March.",
        },
        "stale": {"sentence": "A senior arbitrator took the case at 09:48.", "url": "#"},
        "evidence": _evidence(),
        "thread": [
            {
                "at": NOW - timedelta(days=2),
                "by": "Buyer",
                "role": "buyer",
                "text": "Where is my parcel? It should have been here last week.",
            },
            {
                "at": NOW - timedelta(days=1),
                "by": "Mei Lin",
                "role": "seller",
                "own": True,
                "text": "I am sorry for the wait. Customs released it today;\nit should reach you by Friday.",
            },
            {
                "at": NOW - timedelta(hours=5),
                "by": "Buyer",
                "role": "buyer",
                "text": "مرحبا، شكرا لك. سأنتظر حتى يوم الجمعة.",
                "note": "Sent from the storefront",
            },
        ],
        "rule": {
            "id": "A40-2",
            "title": "Silence of the seller",
            "kind": "hard rule",
            "url": "#",
            "figures": [
                {"name": "Days to answer", "value": "5 natural days", "since": datetime(2010, 1, 1, tzinfo=UTC)}
            ],
            "text": "If the seller gives no answer in time, the buyer's request is carried out in full.",
        },
        "rules": [
            {
                "id": "A39-1",
                "title": "When a claim may be opened",
                "kind": "hard rule",
                "url": "#",
                "text": "From the end of the promised delivery until 15 days after it, for all or a part of the price.",
            },
            {
                "id": "A46-2",
                "title": "Proof of delivery",
                "kind": "the moderator weighs",
                "url": "#",
                "text": "A scan at the buyer's address proves delivery unless the buyer shows otherwise.",
            },
        ],
        "preview": {
            "title": "Refund 138.00 USD to the buyer?",
            "sentence": "You accept the claim. The dispute ends and the order's money goes back to the buyer at once.",
            "rule": _rule("A40-3"),
            "final": True,
            "states": [
                {"what": "Dispute", "before": "awaiting_seller", "after": "resolved"},
                {"what": "Order", "before": "shipped", "after": "closed"},
            ],
            "money": {
                "currency": "USD",
                "rows": [
                    {"account": "Held for the order", "before": held, "change": -held, "after": _usd(0)},
                    {"account": "Buyer, refunded", "before": _usd(0), "change": held, "after": held},
                ],
            },
            "effects": [
                "The buyer and you get a notice with the reasons.",
                "Your dispute rate of the last 90 days rises from 1.2 % to 1.4 %; the limit is 2.5 %.",
                "No commission is taken for this order.",
            ],
        },
        "todos": [
            {
                "title": "Answer the claim of DSP-1042",
                "detail": "Not received · 138.00 USD claimed",
                "deadline": _deadlines()[1],
                "url": "#",
                "act": "Answer the claim",
            },
            {
                "title": "Ship order 1044",
                "detail": "2 lines · 45.00 USD · promised within 7 days",
                "deadline": _deadlines()[0]
                | {"name": "Ship", "then": "then the order is closed and the buyer refunded", "rule": _rule("A34-3")},
                "url": "#",
                "act": "Enter the shipment",
            },
        ],
        "fields": [{"name": "version", "value": 7}],
    }


class _Person(AnonymousUser):
    """Somebody to show in the menu; no row stands behind."""

    username = "mei.lin"
    is_authenticated = True  # type: ignore[assignment]

    def get_full_name(self) -> str:
        return "Mei Lin"


def page(request: HttpRequest) -> HttpResponse:
    return render(request, "base/styleguide.html", sample() | {"user": _Person()})


def case(request: HttpRequest) -> HttpResponse:
    """The case page in the console's frame."""
    context = sample()
    context["case"] = {
        "title": "DSP-1042",
        "id": "dsp_0195e2c7a1",
        "line": ["Not received", "138.00 USD claimed", "lane: negotiation", "Lantern & Loom"],
        "state": "awaiting_seller",
        "state_tone": "wait",
        "why": context["why"],
        "deadline": context["deadlines"][1],
        "holder": "you",
    }
    return render(
        request,
        "base/styleguide_case.html",
        admin.site.each_context(request) | context | {"next_url": "#next", "title": "DSP-1042"},
    )
