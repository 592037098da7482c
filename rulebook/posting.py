"""Views that only take what a form sends."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import redirect

View = Callable[..., HttpResponseBase]


def posted_from(page: str) -> Callable[[View], View]:
    """A decorator for a view that acts on POST alone. page: the name of the page with its form, without arguments.

    Whoever comes by GET, as after signing in again in the middle of the act, is led to that page, and nothing is done.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method == "POST":
                return view(request, *args, **kwargs)
            return redirect(page) if request.method in ("GET", "HEAD") else HttpResponseNotAllowed(["GET", "POST"])

        return answer

    return decorate
