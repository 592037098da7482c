"""Conversations: about a product, an order, a dispute, or with the platform's support (FB-1 … FB-5, FB-14 … FB-16).

What was sent is kept and can be read again; the parties can delete nothing.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_noop as _
from django_fsm import FSMField

from orders.models.message import Message
from orders.states import ThreadKind, ThreadState
from rulebook.citations import formula
from rulebook.docket import Ref, brings, tie
from rulebook.ids import new_id
from rulebook.models import Aggregate
from rulebook.models.base import make
from rulebook.refusals import Refused
from rulebook.rule import BUYER, MODERATOR, SELLER, rule

_THREADS = UUID("6f1d7f6e-7a52-5c58-9d0a-0b3c5b0b8a11")


def thread_id(kind: str, about: UUID, buyer: UUID) -> UUID:
    """A conversation's identity follows from what it is about, so that two first messages meet in one."""
    return uuid5(_THREADS, f"{kind} {about} {buyer}")


class Thread(Aggregate):
    """One conversation. The unread counters are the parties' own; they change nothing that a rule reads."""

    KIND, PREFIX, CASE_KIND = "thread", "thr", "support"
    PUBLIC = (
        "state",
        "about=kind",
        "title",
        "topic",
        "buyer_name",
        "messages_count",
        "last_text",
        "last_by",
        "last_at",
        "opened_at",
        "closed_at",
        "rating",
    )
    State = ThreadState

    store_id = models.UUIDField(help_text="The platform's fixed id for talks with its support.")
    kind = models.CharField(max_length=8, choices=ThreadKind.choices)
    state = FSMField(choices=State.choices, default=State.OPEN, protected=True)
    buyer_id = models.UUIDField()
    buyer_name = models.CharField(max_length=120, blank=True)
    listing_id = models.UUIDField(null=True, blank=True)
    order_id = models.UUIDField(null=True, blank=True)
    dispute_id = models.UUIDField(null=True, blank=True)
    title = models.CharField(max_length=240, blank=True)
    topic = models.CharField(max_length=60, blank=True, help_text="Of a talk with support (FB-15).")
    messages_count = models.PositiveIntegerField(default=0)
    last_text = models.CharField(max_length=160, blank=True)
    last_by = models.CharField(max_length=12, blank=True)
    last_at = models.DateTimeField()
    buyer_unread = models.PositiveIntegerField(default=0)
    seller_unread = models.PositiveIntegerField(default=0)
    moderator_unread = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    rating = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Of the operator, 1 to 5 (FB-16).")

    class Meta:
        constraints = [
            models.CheckConstraint(name="thread_state_known", condition=Q(state__in=ThreadState.values)),
            models.CheckConstraint(name="thread_kind_known", condition=Q(kind__in=ThreadKind.values)),
            models.UniqueConstraint(name="thread_of_its_store", fields=["store_id", "id"]),
        ]
        indexes = [
            models.Index(name="thread_of_store", fields=["store_id", "-last_at", "-id"]),
            models.Index(name="thread_of_buyer", fields=["buyer_id", "-last_at", "-id"]),
            models.Index(name="thread_of_order", fields=["order_id"], condition=Q(order_id__isnull=False)),
            models.Index(name="thread_of_support", fields=["-last_at", "-id"], condition=Q(kind="support")),
            models.Index(name="thread_of_store_by_kind", fields=["store_id", "kind", "-last_at", "-id"]),
            models.Index(
                "store_id",
                OpClass(Upper("buyer_name"), name="text_pattern_ops"),
                name="thread_by_buyers_name",
            ),
            models.Index(
                name="thread_unread_by_store", fields=["store_id", "-last_at", "-id"], condition=Q(seller_unread__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return self.title or f"{self.kind} with {self.buyer_name}"

    def may_be_seen_by_buyer(self, actor: Any) -> bool:
        return bool(self.buyer_id == actor.id)

    @property
    def takes_papers(self) -> bool:
        """Whether its messages may carry PDFs beside pictures: where invoices and letters prove something."""
        return self.kind in (ThreadKind.DISPUTE, ThreadKind.SUPPORT)

    # ------------------------------------------------------------------ words

    @rule("FB-1", source=ThreadState.values, by=[BUYER, SELLER], otherwise="FB-1", says=_("A message about {title}."))
    def write_about_product(self, docket: Any, *, text: str, files: list[Any]) -> Message:
        """A question from the product's page, or its answer."""
        docket.because(title=self.title)
        return self._write(docket, text, files)

    @rule(
        "FB-2",
        source=ThreadState.values,
        by=[BUYER, SELLER],
        otherwise="FB-2",
        also=["A33-2"],
        says=_("A message about {title}."),
    )
    def write_about_order(self, docket: Any, *, text: str, files: list[Any]) -> Message:
        """One side of an order writes to the other."""
        docket.because(title=self.title)
        return self._write(docket, text, files)

    @rule(
        "FB-14",
        source=ThreadState.OPEN,
        by=[BUYER, MODERATOR],
        otherwise="FB-14",
        says=_("A message in the support chat."),
    )
    def write_to_support(self, docket: Any, *, text: str, files: list[Any]) -> Message:
        """A buyer and an operator of the platform."""
        return self._write(docket, text, files)

    def write(self, docket: Any, *, text: str, files: list[Any]) -> Message:
        """Under the rule of its kind; a dispute's talk is that of its order."""
        by_kind = {ThreadKind.PRODUCT: self.write_about_product, ThreadKind.SUPPORT: self.write_to_support}
        act = by_kind.get(ThreadKind(self.kind), self.write_about_order)
        message: Message = act(docket, text=text, files=files)
        return message

    @formula("FB-3", "FB-4", "FB-5")
    def _write(self, docket: Any, text: str, files: list[Any]) -> Message:
        """FB-3: kept for good, and usable as evidence; FB-5: pictures within the limits."""
        rules, actor = docket.rules_for(self), docket.actor
        self._judge_files(rules.message, files)
        docket.also_under("FB-3")
        message = make(
            Message,
            id=new_id(),
            store_id=self.store_id,
            thread_id=self.id,
            order_id=self.order_id,
            dispute_id=self.dispute_id,
            sender=actor.kind,
            sender_id=actor.id,
            sender_name=actor.name,
            text=text,
            files=[file.columns() for file in files],
            advice=_advice(text, rules.message.language),
            steers=_steers(text, actor.kind, rules),
            sent_at=docket.at,
        )
        tie(message, thread=self)
        docket.add(message)
        self.messages_count += 1
        self.last_text, self.last_by, self.last_at = text[:160], actor.kind, docket.at
        for side in (BUYER, SELLER, MODERATOR):
            if side != actor.kind and self._concerns(side):
                setattr(self, f"{side}_unread", getattr(self, f"{side}_unread") + 1)
        self._tell(docket, actor.kind)
        if message.steers:
            docket.because(steers=message.steers)
            docket.notify("moderator", None, "message_steers", self, phrase=message.steers)
        return message

    def _judge_files(self, limits: Any, files: list[Any]) -> None:
        if len(files) > limits.max_files:
            raise Refused("FB-5", _("A message carries {most} files at most."), most=limits.max_files)
        large = next((file for file in files if file.size > limits.max_bytes), None)
        if large is not None:
            raise Refused("FB-5", _("{name} is larger than {most} bytes."), name=large.name, most=limits.max_bytes)

    def _concerns(self, side: str) -> bool:
        return side == BUYER or (side == MODERATOR) == (self.kind == ThreadKind.SUPPORT)

    def _tell(self, docket: Any, sender: str) -> None:
        if sender != BUYER:
            docket.notify("buyer", self.buyer_id, "message_received", self, title=self.title)
        elif self.kind == ThreadKind.SUPPORT:
            docket.notify("moderator", None, "support_message", self, topic=self.topic)
        else:
            docket.notify("seller", self.store_id, "message_received", self, title=self.title)

    # ------------------------------------------------------------------ support

    @rule("FB-14", source=ThreadState.OPEN, by=BUYER, creates=True, says=_("A talk with support about {topic}."))
    def open_chat(self, docket: Any) -> None:
        """Within the chat's hours; the topic is chosen first (FB-15)."""
        docket.also_under("FB-15")
        if not self.topic:
            raise Refused("FB-15", _("Choose a topic first: help, buyer's guide, questions, then the chat."))
        hours = docket.rules.support.hours
        opens = chat_opens(docket.at, hours)
        if opens > docket.at:
            raise Refused(
                "FB-14",
                _("The support chat is open from {opens} to {closes} ({zone})."),
                opens=hours["opens"],
                closes=hours["closes"],
                zone=hours["zone"],
                not_before=opens,
            )
        docket.because(topic=self.topic)

    @rule(
        "FB-16",
        source=ThreadState.OPEN,
        target=ThreadState.CLOSED,
        by=[BUYER, MODERATOR],
        otherwise="FB-16",
        says=_("The talk is over."),
    )
    def close_chat(self, docket: Any) -> None:
        """Over; the buyer is asked to rate the operator, if he likes."""
        self.closed_at = docket.at
        docket.notify("buyer", self.buyer_id, "rate_support", self, topic=self.topic)

    @rule("FB-16", source=ThreadState.CLOSED, by=BUYER, otherwise="FB-16", says=_("The operator got {stars} of 5."))
    def rate_chat(self, docket: Any, *, stars: int) -> None:
        """How the operator did; once."""
        if self.rating is not None:
            raise Refused("FB-16", _("This talk was rated already."))
        self.rating = stars
        docket.because(stars=stars)

    def case_row(self, docket: Any) -> dict[str, Any] | None:
        """Its row of the moderators' worklists: a talk with support waits while the buyer's last word is unanswered."""
        if self.kind != ThreadKind.SUPPORT:
            return None
        waits = self.state == ThreadState.OPEN
        return {
            "store_id": self.store_id,
            "kind": self.CASE_KIND,
            "subject_id": self.id,
            "number": 0,
            "store_name": "",
            "party": self.buyer_name,
            "topic": self.topic[:40],
            "state": str(self.state),
            "lane": ("support" if self.last_by in ("", BUYER) else "buyer") if waits else "done",
            "open": waits,
            "value_minor": 0,
            "currency": "USD",
            "value_usd_minor": 0,
            "opened_at": self.opened_at,
            "due_at": None,
            "closed_at": self.closed_at,
        }


def chat_opens(moment: datetime, hours: Any) -> datetime:
    """When the chat is next open: the moment itself if it is open now. The hours may cross midnight (FB-14)."""
    zone = ZoneInfo(hours["zone"])
    local = moment.astimezone(zone)
    opens, closes = (time.fromisoformat(hours[key]) for key in ("opens", "closes"))
    now = local.time()
    is_open = opens <= now < closes if opens < closes else now >= opens or now < closes
    if is_open:
        return moment
    start = local.replace(hour=opens.hour, minute=opens.minute, second=0, microsecond=0)
    return start if start > local else start + timedelta(days=1)


def _advice(text: str, language: str) -> str:
    """FB-4: talk is in English; what looks otherwise is sent all the same, with a word of advice."""
    letters = [letter for letter in text if letter.isalpha()]
    foreign = sum(not letter.isascii() for letter in letters)
    return language if letters and foreign * 2 > len(letters) else ""


@formula("A48-13")
def _steers(text: str, sender: str, rules: Any) -> str:
    """The phrase with which a seller tells the buyer what reason to choose (C7, PRE-10), or that the platform will pay and a
    dispute be opened (A48-13). Moderators are shown it; nothing else follows by itself."""
    lowered = " ".join(text.lower().split())
    phrases = (*rules.message.steering_phrases, *rules.ppas.steering_phrases)
    return next((phrase for phrase in phrases if sender == SELLER and phrase in lowered), "")


brings(Message, thread=Ref(Thread, at="thread_id"))
