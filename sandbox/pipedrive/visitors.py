"""Which person is looking at the pages: a cookie, no password."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from sandbox.pipedrive import api, validation
from sandbox.pipedrive.models import User

View = Callable[..., HttpResponse]

COOKIE = "sandbox_pipedrive_user"


def get(request: HttpRequest) -> User | None:
    """The person at the browser, or None until they have chosen one."""
    chosen = request.COOKIES.get(COOKIE, "")
    if not chosen.isdecimal():
        return None
    return User.objects.select_related("company").filter(pk=int(chosen)).first()


def remember(response: HttpResponse, user: User) -> HttpResponse:
    """Make this person the one at the browser."""
    response.set_cookie(COOKIE, str(user.pk), httponly=True, samesite="Lax")
    return response


def forget(response: HttpResponse) -> HttpResponse:
    """Let the next person choose."""
    response.delete_cookie(COOKIE)
    return response


def page(*methods: str) -> Callable[[View], View]:
    """A page for somebody: strangers choose who they are first, refusals become pages."""

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def wrapper(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            visitor = get(request)
            if visitor is None:
                return HttpResponseRedirect("/")
            try:
                return view(request, visitor=visitor, **kwargs)
            except (api.Refused, validation.Invalid) as refusal:
                context = {"visitor": visitor, "problem": str(refusal)}
                status = getattr(refusal, "status", 400)
                return render(request, "pipedrive/refused.html", context, status=status)

        return require_http_methods(methods)(wrapper)

    return decorate


def read_back(request: HttpRequest) -> str:
    """Return the page of ours that a form wants to come back to, else the first page."""
    back = request.POST.get("back", "")
    return back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "/"
