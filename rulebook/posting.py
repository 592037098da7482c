"""Views that only take what a form sends."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect

View = Callable[..., HttpResponse]


def posted_from(page: str, *arguments: str) -> Callable[[View], View]:
    """A decorator for a view that acts on POST alone. page: the name of the page with its form; arguments: those of the
    view's that its address needs.

    Whoever comes by GET, as after signing in again in the middle of the act, is led to that page, and nothing is done.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "POST":
                return view(request, *args, **kwargs)
            if request.method in ("GET", "HEAD"):
                return redirect(page, *(kwargs[name] for name in arguments))
            return HttpResponseNotAllowed(["GET", "POST"])

        return answer

    return decorate
