"""Forms about the person at the door; those about orders, disputes and money are made from the actions."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _

from rulebook.clock import now
from rulebook.templatetags.piepowder import zone_name
from rulebook.zones import platform_zone
from stores.middleware import zone_of
from stores.models import User


class SignInForm(AuthenticationForm):
    """E-mail and password. What went wrong is said without telling which of the two."""

    error_messages = {
        "invalid_login": _("This e-mail and password do not belong together. Mind capitals in the password."),
        "inactive": _("This sign-in was closed. Ask an owner of your store."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("E-mail")
        self.fields["username"].widget = forms.EmailInput(
            attrs={"autofocus": True, "autocomplete": "username", "maxlength": 254}
        )


@lru_cache(maxsize=1)
def zones() -> tuple[str, ...]:
    """The zones of regions that people know by a city; the old spellings are left out."""
    regions = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
    return tuple(sorted(name for name in available_timezones() if name.startswith(regions)))


class ProfileForm(forms.ModelForm):
    """How somebody is called and reads."""

    zone = forms.ChoiceField(label=_("Time zone"), required=False)
    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, help_text=_("What is not translated yet appears in English.")
    )

    class Meta:
        model = User
        fields = ["name", "zone", "language"]
        labels = {"name": _("Your name")}
        help_texts = {"name": _("Buyers and moderators read it beside what you write and do.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usual = _("Platform time ({zone})").format(zone=platform_zone().key)
        choices = [("", usual), *((name, name.replace("_", " ")) for name in zones())]
        self.fields["zone"].choices = choices  # type: ignore[attr-defined]
        here = zone_name(now().astimezone(zone_of(self.instance)))
        self.fields["zone"].help_text = _(
            "All moments and deadlines are written in it; now {offset}. The deadlines themselves stay the same."
        ).format(offset=here)
