"""The one base of the moderators' registers: everything can be read, nothing can be changed here.

Changes go through the action room. Who may look is the site's matter: it puts the person, as an actor, on the request.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator
from unfold.views import ChangeList

from rulebook.actors import Actor
from rulebook.clock import now
from rulebook.ids import parse_id
from rulebook.models import Case
from rulebook.templatetags.piepowder import icon, state_label, state_tone

AFTER, BEFORE = "after", "before"
LIST_COOKIE = "pp-list"
"""Where the reader left the worklist: its address after the ``?``."""
View = Callable[..., HttpResponse]


def actor_of(request: HttpRequest) -> Actor:
    """The moderator at the door; the site has asked who he is before any page runs."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def chip(state: str) -> SafeString:
    """A state as all our pages show it."""
    tone = state_tone(state)
    picture = icon("clock" if tone == "due" else tone)
    return format_html('<span class="pp-state pp-state--{}">{}{}</span>', tone, picture, state_label(state))


def page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page of our own inside the console's frame. One about a case of the worklist (`case.row`) has its desk as well,
    and its way back leads to the list as it was left."""
    frame = admin.site.each_context(request)
    context = {"now": now(), "is_fullwidth": "1", **_beside(request, context), **context}
    return render(request, template, {**frame, **context, "crumbs": _back_to_list(request, context)}, status=status)


def _beside(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    from rulebook.admin.desk import desk_of
    from rulebook.admin.texts import texts_for

    case = context.get("case")
    row = case.get("row") if isinstance(case, dict) else None
    if not isinstance(row, Case):
        return {}
    actor = actor_of(request)
    desk = {} if "desk" in context else {"desk": desk_of(actor, row, now())}
    return {**desk, "texts": texts_for(row, actor) if row.open else []}


def _back_to_list(request: HttpRequest, context: dict[str, Any]) -> Any:
    """The page's own crumbs; a link to the worklist becomes one to the view and page that the reader came from."""
    crumbs, plain = context.get("crumbs", []), reverse("admin:worklist")
    said = request.COOKIES.get(LIST_COOKIE, "")
    if not said or request.path == plain:
        return crumbs
    left = f"{plain}?{said}"
    return [
        {**crumb, "url": left} if str(crumb.get("url", "")).partition("?")[0] == plain else crumb for crumb in crumbs
    ]


class KeysetPages(InfinitePaginator):
    """Neighbours of a page instead of numbers: nothing is counted."""

    template_name = "console/_pages.html"


class KeysetChangeList(ChangeList):
    """Pages by position in the primary key: any page costs the same, and coming back shows the same rows."""

    def get_filters_params(self, params: dict[str, Any] | None = None) -> dict[str, Any]:
        found: dict[str, Any] = super().get_filters_params(params)
        return {name: value for name, value in found.items() if name not in (AFTER, BEFORE)}

    def get_query_string(self, new_params: dict[str, Any] | None = None, remove: list[str] | None = None) -> str:
        """Another filter starts at the first page."""
        text: str = super().get_query_string(new_params, [*(remove or []), AFTER, BEFORE])
        return text

    def get_results(self, request: HttpRequest) -> None:
        after, before = self._position(request, AFTER), self._position(request, BEFORE)
        rows = self._page(after, before)
        self.result_list = rows[: self.list_per_page]
        more = len(rows) > self.list_per_page
        if before is not None:
            self.result_list.reverse()
        newer, older = (more, True) if before is not None else (after is not None, more)
        self.newer_url = self._turn(BEFORE, 0) if newer and self.result_list else ""
        self.older_url = self._turn(AFTER, -1) if older and self.result_list else ""
        self.result_count = len(self.result_list)
        self.full_result_count, self.show_full_result_count = self.result_count, False  # the page counts no further
        self.show_admin_actions = self.can_show_all = self.multi_page = False
        self.paginator = KeysetPages(self.result_list, self.list_per_page)

    def _page(self, after: UUID | None, before: UUID | None) -> list[Any]:
        key = self.model._meta.pk.name
        rows = self.queryset.order_by(key if before is not None else f"-{key}")
        if before is not None:
            rows = rows.filter(**{f"{key}__gt": before})
        elif after is not None:
            rows = rows.filter(**{f"{key}__lt": after})
        return list(rows[: self.list_per_page + 1])

    def _position(self, request: HttpRequest, name: str) -> UUID | None:
        try:
            return UUID(request.GET[name]) if name in request.GET else None
        except ValueError as error:
            raise IncorrectLookupParameters(str(error)) from error

    def _turn(self, name: str, row: int) -> str:
        text: str = ChangeList.get_query_string(self, {name: str(self.result_list[row].pk)}, [AFTER, BEFORE])
        return text


class CaseAdmin(ModelAdmin):
    """A register of court records.

    `page`: name of our own page about one record, which takes the place of the form. `search_by`: columns, each with an
    index, that are compared as a whole with what was typed; a public id is always understood.
    """

    page: ClassVar[str] = ""
    search_by: ClassVar[tuple[str, ...]] = ()
    search_ids: ClassVar[dict[str, str]] = {}
    """Prefix of a public id to the column that holds such an id."""

    actions = None
    list_per_page = 50
    list_fullwidth = True
    show_full_result_count = False
    ordering = ("-pk",)
    sortable_by: tuple[str, ...] = ()
    list_filter_sheet = False
    search_fields: tuple[str, ...] = ("pk",)
    search_help_text = _("An id, as it stands on a page.")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return getattr(request, "actor", None) is not None

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return KeysetChangeList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied("Records are not changed in a list.")
        return super().changelist_view(request, {"title": self.opts.verbose_name_plural, **(extra_context or {})})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied("Records are changed by actions only.")
        if self.page and object_id is not None:
            found = self.get_object(request, object_id)
            if found is not None:
                return HttpResponseRedirect(self.page_of(found))
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), "show_history": False})

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        raise PermissionDenied("Court records are never deleted.")

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        raise Http404("What happened to a record stands in the journal.")

    def page_of(self, obj: Any) -> str:
        """The address of our own page about the record."""
        return reverse(f"admin:{self.page}", args=[obj.public_id])

    @admin.display(description=_("State"))
    def state_shown(self, obj: Any) -> SafeString:
        return chip(obj.state)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Whole values of indexed columns only: no search walks a table."""
        term = search_term.strip()
        if not term:
            return queryset, False
        column, value = self._id_in(term)
        if column:
            return queryset.filter(**{column: value}), False
        found = queryset.none()
        for name in self.search_by:
            found = found | queryset.filter(**{name: term})
        return found, False

    def _id_in(self, term: str) -> tuple[str, Any]:
        prefix = term.partition("_")[0].lower() if "_" in term else ""
        own = getattr(self.model, "PREFIX", None)
        known = {**({own: "pk"} if own else {}), **self.search_ids}
        try:
            if prefix in known:
                return known[prefix], parse_id(term, prefix)
            return "pk", UUID(term)
        except ValueError:
            return "", None


class NarrowAdmin(CaseAdmin):
    """A register without an id of ours, or one that is short: ordinary pages, still uncounted."""

    search_fields = ()
    paginator = InfinitePaginator

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ChangeList
