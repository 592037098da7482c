"""The register of what providers told, and what of it still waits."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from disputes.models import ProviderNotice
from rulebook.admin.base import CaseAdmin


class StillWaiting(admin.SimpleListFilter):
    title, parameter_name = _("state"), "waits"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", _("Waiting")), ("0", _("Came to an end"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ProviderNotice]) -> QuerySet[ProviderNotice]:
        if self.value() is None:
            return queryset
        return queryset.filter(taken_at__isnull=self.value() == "1")


@admin.register(ProviderNotice)
class ProviderNoticeAdmin(CaseAdmin):
    """Events of card processors and wallets; those that wait name what is missing."""

    list_display = ("provider", "word", "case_id", "occurred_at", "result", "why")
    list_filter = (StillWaiting,)
    search_by = ("case_id", "event_id")
    search_help_text = _("The provider's number of the case or of the event.")

    @admin.display(description=_("Result"))
    def result(self, notice: ProviderNotice) -> str:
        return notice.outcome or str(_("waiting"))
