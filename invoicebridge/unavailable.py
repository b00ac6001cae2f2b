"""
What is answered when something broke under a page (handler500).

A database that is away, restarting or full is no fault of the page: that is said with 503, and what
was typed waits on the page for a press (reliability F-30, F-42). Needs no database itself.
"""

from __future__ import annotations

import sys
from typing import Final

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.template import loader
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.views.defaults import server_error as broken

from connections.frames.mount import FRAMES
from invoices.native import answers, failures

SECONDS: Final = 30
# Means to sign in: they are typed again.
_SECRETS: Final = ("/accounts/",)
_SECRET_FIELDS: Final = ("secret", "password")
_NATIVE: Final = "/native/"


def server_error(request: HttpRequest) -> HttpResponse:
    """
    Answer for a view or a middleware that failed: Django calls this while it handles the error.

    :return: 503 where the database could not be asked or written, 500 for everything else
    """
    if not isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return broken(request)
    with translation.override(_language(request)):
        response = _answer(request)
    response["Retry-After"] = str(SECONDS)
    add_never_cache_headers(response)
    return response


def _answer(request: HttpRequest) -> HttpResponse:
    if request.path.startswith(_NATIVE):
        return answers.failure(failures.unavailable(seconds=SECONDS))
    is_part = "HX-Request" in request.headers or request.path.startswith(FRAMES)
    if is_part:
        # The page's script says so; what was typed is still in front of the person.
        return HttpResponse(status=503, content_type="text/plain")
    context = {"address": request.get_full_path(), "typed": _typed(request)}
    return HttpResponse(loader.render_to_string("503.html", context), status=503)


def _typed(request: HttpRequest) -> list[tuple[str, str]] | None:
    """Return what was posted, to be posted again; None where nothing was, or no one may see it."""
    if request.method != "POST" or request.path.startswith(_SECRETS):
        return None
    try:
        posted = request.POST.lists()
    except UnreadablePostError:
        return None
    return [
        (name, value)
        for name, values in posted
        if not any(each in name for each in _SECRET_FIELDS)
        for value in values
    ]


def _language(request: HttpRequest) -> str:
    """Return the language that the page would have had, as far as that was found out."""
    if getattr(request, "membership", None) is not None:
        return translation.get_language() or ""
    return translation.get_language_from_request(request)
