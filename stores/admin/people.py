"""The two ordinary forms of the console: people and keys. Administrators use them, auditors may look."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from rulebook.actors import PLATFORM_ROLES, STAFF_ROLES
from rulebook.ids import parse_id
from stores.keys import make_key
from stores.models import ApiKey, StaffMember, Store, Storefront, User
from stores.models.access import KeyKind


def _words(codes: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(code, code.replace("_", " ").capitalize()) for code in codes]


class ForAdministrators:
    """Superusers change, auditors look, nobody else finds it. Nothing is deleted: the journal names people and keys."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        actor = getattr(request, "actor", None)
        return actor is not None and (request.user.is_superuser or "auditor" in actor.roles)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(self.has_view_permission(request) and request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_add_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class StaffForm(forms.ModelForm):
    role = forms.ChoiceField(
        choices=_words(STAFF_ROLES),
        widget=UnfoldAdminSelectWidget({"aria-label": _("Role in the store")}),
        label=_("Role"),
    )

    class Meta:
        model = StaffMember
        fields = ("store", "role")


class StaffInline(ForAdministrators, TabularInline):
    model = StaffMember
    form = StaffForm
    extra = 0
    autocomplete_fields = ("store",)
    verbose_name, verbose_name_plural = _("membership of a store"), _("memberships of stores")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A membership ends; what the person did stays in the journal under his name."""
        return self.has_add_permission(request)


class PersonForm(UserChangeForm):
    platform_roles = forms.MultipleChoiceField(
        choices=_words(PLATFORM_ROLES),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=_("Platform roles"),
        help_text=_(
            "What the person may do in the console. Without a role, or without the right to sign in, it stays closed."
        ),
    )


class NewPersonForm(UserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name")


@admin.register(User)
class PersonAdmin(ForAdministrators, UserAdmin, ModelAdmin):
    form, add_form, change_password_form = PersonForm, NewPersonForm, AdminPasswordChangeForm
    list_display = ("email", "name", "roles", "is_staff", "is_active", "joined_at")
    list_filter = ("is_staff", "is_active")
    search_fields = ("email__iexact",)
    search_help_text = _("The whole e-mail address.")
    ordering = ("email",)
    filter_horizontal = ()
    actions = None
    show_full_result_count = False
    list_filter_sheet = False
    inlines = (StaffInline,)
    readonly_fields = ("joined_at", "last_login")
    fieldsets = (
        (None, {"fields": ("email", "password", "name")}),
        (_("In the console"), {"fields": ("is_staff", "platform_roles", "is_superuser")}),
        (_("Reader"), {"fields": ("zone", "language")}),
        (_("Access"), {"fields": ("is_active", "joined_at", "last_login")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),)

    @admin.display(description=_("Roles"))
    def roles(self, person: User) -> str:
        said = [code.replace("_", " ") for code in person.platform_roles]
        return ", ".join([str(_("administrator")), *said] if person.is_superuser else said) or "–"

    def get_inlines(self, request: HttpRequest, obj: Model | None) -> tuple[Any, ...]:
        return self.inlines if obj is not None else ()

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        raise PermissionDenied(_("People stand in the journal: take their access away instead."))


class NewKeyForm(forms.ModelForm):
    """Who the key speaks for is decided once; only its end may be set later."""

    kind = forms.ChoiceField(choices=KeyKind.choices, widget=UnfoldAdminSelectWidget, label=_("Kind"))
    role = forms.ChoiceField(
        choices=[("", "–"), *_words(STAFF_ROLES)],
        required=False,
        widget=UnfoldAdminSelectWidget,
        label=_("Role"),
        help_text=_("Of a store's key only."),
    )
    scopes = forms.CharField(
        required=False,
        label=_("Scopes"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Names of actions or kinds, one a line; empty: all that the role may."),
    )

    owner = forms.CharField(
        required=False,
        max_length=254,
        label=_("Speaks for"),
        widget=UnfoldAdminTextInputWidget,
        help_text=_(
            "A storefront's name, a store's id or subdomain, a moderator's e-mail. Nobody for a carrier or bank."
        ),
    )

    class Meta:
        model = ApiKey
        fields = ("name", "kind", "role", "scopes", "expires_at")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        kind, said = data.get("kind", ""), str(data.get("owner") or "")
        find = OWNERS.get(kind)
        if find is None and said:
            self.add_error("owner", _("A key of this kind belongs to nobody."))
        elif find is not None:
            column, model, look_up = find
            found = model.objects.filter(look_up(said)).first() if said else None
            if found is None:
                self.add_error("owner", _("Nothing is found by this name. Write the whole of it."))
            setattr(self.instance, column, found)
        if kind == KeyKind.STORE and not data.get("role"):
            self.add_error("role", _("A store's key needs a role."))
        elif kind != KeyKind.STORE and data.get("role"):
            self.add_error("role", _("Only a store's key has a role of its own."))
        return data

    def clean_scopes(self) -> list[str]:
        return str(self.cleaned_data["scopes"]).split()


def _store(said: str) -> Q:
    try:
        return Q(pk=parse_id(said, Store.PREFIX))
    except ValueError:
        return Q(subdomain__iexact=said)


OWNERS: dict[str, tuple[str, Any, Any]] = {
    KeyKind.STOREFRONT: ("storefront", Storefront, lambda said: Q(name=said)),
    KeyKind.STORE: ("store", Store, _store),
    KeyKind.MODERATOR: ("user", User, lambda said: Q(email__iexact=said, is_staff=True)),
}
"""By kind of key: the column of its owner, and how a written owner is found."""


@admin.register(ApiKey)
class KeyAdmin(ForAdministrators, ModelAdmin):
    list_display = ("prefix", "name", "kind", "owner", "role", "last_used_at", "expires_at", "revoked_at")
    list_filter = ("kind",)
    list_select_related = ("storefront", "store", "user")
    search_fields = ("prefix__exact",)
    search_help_text = _("The public prefix.")
    ordering = ("-id",)
    actions = None
    show_full_result_count = False
    list_filter_sheet = False
    SET_LATER = ("name", "expires_at", "revoked_at")

    @admin.display(description=_("Speaks for"))
    def owner(self, key: ApiKey) -> str:
        return str(key.storefront or key.store or key.user or key.name)

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm]:
        if obj is None:
            kwargs["form"] = NewKeyForm
        made: type[ModelForm] = super().get_form(request, obj, change=change, **kwargs)
        return made

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        if obj is None:
            return ("name", "kind", "owner", "role", "scopes", "expires_at")
        return (
            "prefix",
            "name",
            "kind",
            "storefront",
            "store",
            "user",
            "role",
            "scopes",
            "created_at",
            "last_used_at",
            "expires_at",
            "revoked_at",
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return (
            () if obj is None else tuple(name for name in self.get_fields(request, obj) if name not in self.SET_LATER)
        )

    def save_model(self, request: HttpRequest, obj: ApiKey, form: ModelForm, change: bool) -> None:
        """A new key's text is shown once, here."""
        if change:
            obj.save(update_fields=list(self.SET_LATER))
            return
        made, text = make_key(
            kind=obj.kind,
            name=obj.name,
            storefront=obj.storefront,
            store=obj.store,
            user=obj.user,
            role=obj.role,
            scopes=obj.scopes,
            expires_at=obj.expires_at,
        )
        obj.__dict__.update(made.__dict__)
        messages.warning(
            request, _("The key, shown this once: {text}. Keep it now; nobody can read it again.").format(text=text)
        )
