"""Coming in and going out. Too many wrong passwords close the door for a while, for the address and for the e-mail."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib import messages
from django.contrib.auth import views as auth
from django.core.cache import cache
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _

from stores.portal.forms import SignInForm

WINDOW_SECONDS = 15 * 60
TRIES_BY_EMAIL, TRIES_BY_ADDRESS = 5, 50


class SignIn(auth.LoginView):
    """The portal's own page; staff of the platform are sent on to the console."""

    form_class = SignInForm
    authentication_form = None
    template_name = "stores/portal/sign_in.html"
    redirect_authenticated_user = True

    def get_default_redirect_url(self) -> str:
        return reverse("portal:home")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if too_many(request):
            return self._closed()
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        cache.delete(_by_email(self.request))
        return super().form_valid(form)

    def form_invalid(self, form: Any) -> HttpResponse:
        count(self.request)
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def _closed(self) -> HttpResponse:
        form: Form = self.get_form_class()(self.request)
        refusal = {
            "sentence": _(
                "There were too many wrong tries. Wait a quarter of an hour, then try again, "
                "or ask an owner of your store."
            )
        }
        response = self.render_to_response(self.get_context_data(form=form, refusal=refusal), status=429)
        response["Retry-After"] = str(WINDOW_SECONDS)
        return response


def too_many(request: HttpRequest) -> bool:
    """Whether this e-mail or this address has failed too often within the window."""
    return cache.get(_by_email(request), 0) >= TRIES_BY_EMAIL or cache.get(_by_address(request), 0) >= TRIES_BY_ADDRESS


def count(request: HttpRequest) -> None:
    for key in (_by_email(request), _by_address(request)):
        cache.add(key, 0, WINDOW_SECONDS)
        try:
            cache.incr(key)
        except ValueError:  # it ran out between the two
            cache.set(key, 1, WINDOW_SECONDS)


def _by_email(request: HttpRequest) -> str:
    said = request.POST.get("username", "").strip().lower()[:254]
    return f"sign-in:email:{hashlib.sha256(said.encode('utf-8', 'replace')).hexdigest()}"


def _by_address(request: HttpRequest) -> str:
    return f"sign-in:address:{request.META.get('REMOTE_ADDR', '')}"


class SignOut(auth.LogoutView):
    """By POST only; back to the sign-in page."""

    def get_success_url(self) -> str:
        return reverse("portal:sign_in")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().post(request, *args, **kwargs)
        messages.info(request, _("You are signed out."))
        return response


class ChangePassword(auth.PasswordChangeView):
    """Needs the old one; other sessions of the person end."""

    template_name = "stores/portal/password.html"
    success_url = reverse_lazy("portal:you")

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, _("Your password was changed. Other devices must sign in again."))
        return super().form_valid(form)

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)
