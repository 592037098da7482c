"""The moderators' pages about the clerk's own books: journal, deadlines, notices, and the task queue."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.models import Group
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django_q.models import Failure, OrmQ, Schedule, Success

from rulebook.admin.base import CaseAdmin, NarrowAdmin, chip
from rulebook.models import Amendment, Checkpoint, DailyRun, Deadline, Delivery, Heartbeat, JournalEntry, Notice
from rulebook.templatetags.piepowder import rule_link


@admin.register(JournalEntry)
class JournalAdmin(CaseAdmin):
    list_display = ("said", "law", "actor", "effective_at", "number")
    search_ids = dict.fromkeys(("ord", "sel", "amd"), "root_id") | {
        "dsp": "subject_id",
        "rul": "subject_id",
        "wdr": "subject_id",
        "lst": "subject_id",
        "can": "subject_id",
        "shp": "subject_id",
        "sto": "store_id",
    }
    search_help_text = _("The id of a store, an order, a dispute, or of whatever changed.")

    @admin.display(description=_("What happened"))
    def said(self, entry: JournalEntry) -> str:
        return f"{entry.subject_kind.capitalize()}: {entry.sentence()}"

    @admin.display(description=_("Rule"))
    def law(self, entry: JournalEntry) -> str:
        return rule_link(entry.rule)

    @admin.display(description=_("By"))
    def actor(self, entry: JournalEntry) -> str:
        return entry.actor_name or entry.actor_kind


@admin.register(Deadline)
class DeadlineAdmin(CaseAdmin):
    list_display = ("subject_kind", "name", "due_at", "status_shown", "law", "attempts", "error_head")
    list_filter = ("status",)
    search_ids = {"ord": "root_id", "dsp": "subject_id", "sto": "root_id"}
    search_help_text = _("The id of what it is about.")

    @admin.display(description=_("Status"))
    def status_shown(self, deadline: Deadline) -> str:
        return chip(deadline.status)

    @admin.display(description=_("Rule"))
    def law(self, deadline: Deadline) -> str:
        return rule_link(deadline.rule)

    @admin.display(description=_("Error"))
    def error_head(self, deadline: Deadline) -> str:
        return deadline.error[:120] or "–"


@admin.register(Notice)
class NoticeAdmin(CaseAdmin):
    list_display = ("code", "audience_kind", "rule", "subject_kind", "queued_at", "sent_at")
    search_ids = {"ord": "root_id", "sto": "root_id", "byr": "audience_id"}
    search_help_text = _("The id of an order, a store or a buyer.")


@admin.register(Delivery)
class DeliveryAdmin(CaseAdmin):
    list_display = ("channel", "target", "state", "attempts", "due_at", "done_at", "error_head")
    list_filter = ("state",)

    @admin.display(description=_("Error"))
    def error_head(self, delivery: Delivery) -> str:
        return delivery.error[:120] or "–"


@admin.register(Amendment)
class AmendmentAdmin(CaseAdmin):
    page = "amendment"
    list_display = ("parameter", "written", "scope", "state_shown", "in_force_from")
    list_filter = ("state",)

    @admin.display(description=_("Value"))
    def written(self, amendment: Amendment) -> str:
        return str(amendment.value)


@admin.register(DailyRun)
class DailyRunAdmin(CaseAdmin):
    list_display = ("name", "moment", "done_at", "error")
    search_fields = ()


@admin.register(Checkpoint)
class CheckpointAdmin(CaseAdmin):
    list_display = ("taken_at", "books", "entries", "short")
    search_fields = ()

    @admin.display(description=_("Digest"))
    def short(self, checkpoint: Checkpoint) -> SafeString:
        return format_html("<code>{}…</code>", checkpoint.digest[:16])


@admin.register(Heartbeat)
class HeartbeatAdmin(NarrowAdmin):
    list_display = ("name", "beat_at")
    ordering = ("name",)


for model in (Group, Schedule, Success, Failure, OrmQ):
    if admin.site.is_registered(model):  # the queue's own pages would let tasks be added and deleted, unthemed
        admin.site.unregister(model)


@admin.register(Schedule)
class ScheduleAdmin(NarrowAdmin):
    list_display = ("name", "func", "schedule_type", "next_run", "repeats")
    ordering = ("id",)


@admin.register(Success)
class SuccessAdmin(NarrowAdmin):
    list_display = ("name", "func", "started", "stopped")
    ordering = ("-stopped",)


@admin.register(Failure)
class FailureAdmin(NarrowAdmin):
    list_display = ("name", "func", "started", "attempt_count")
    ordering = ("-stopped",)


@admin.register(OrmQ)
class QueuedAdmin(NarrowAdmin):
    list_display = ("id", "name", "func", "lock")
    fields = ("key", "lock", "name", "func")
    readonly_fields = ("name", "func")
    ordering = ("id",)
