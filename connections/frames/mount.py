"""
The product's own pages at work inside Pipedrive, under `/frames/app/` (docs/adr/0020).

No cookie is read below `/frames/`: a browser sends none from another site's page, and whoever
could make it send one has no token. So these requests, and only these, need no CSRF token.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.messages.storage.base import BaseStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage
from django.contrib.sessions.middleware import SessionMiddleware as CookieSessionMiddleware
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.cookie import parse_cookie
from django.shortcuts import render
from django.utils import timezone

from connections import browser_sessions, dispensable
from connections.frames import sessions
from connections.models import FrameSession

FRAMES = "/frames/"
APP = "/frames/app/"
_SCHEME = "bearer "
_REDIRECTS = frozenset({HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND, HTTPStatus.SEE_OTHER})
_KEPT_PRIVATE = "private, no-store"
_SAFE = frozenset({"GET", "HEAD"})


class FrameMiddleware:
    """
    Let the bearer of a session token in, as its member, to the pages of FRAME_URLCONF.

    `request.frame` is the FrameSession there, and None everywhere else.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.frame = None  # type: ignore[attr-defined]
        if not request.path_info.startswith(FRAMES):
            return self.get_response(request)
        request.META.pop("HTTP_COOKIE", None)
        request.COOKIES = parse_cookie("")
        if request.path_info.startswith(APP):
            response = self._answer(request)
        else:
            response = self.get_response(request)
        response.cookies.clear()
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        frame = _find(request)
        if frame is None:
            return _unauthorised()
        request.frame = frame  # type: ignore[attr-defined]
        request.urlconf = settings.FRAME_URLCONF
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
        return self.get_response(request)


class SessionMiddleware(CookieSessionMiddleware):
    """Django's own; the session of a frame is its row, and no cookie is set for it."""

    def process_request(self, request: HttpRequest) -> None:
        """Open the session that the request belongs to."""
        frame = frame_of(request)
        if frame is None:
            super().process_request(request)
        else:
            request.session = sessions.FrameStore(frame)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Keep what was put into the session; a page that was only read can do without."""
        if request.method in _SAFE and response.status_code == HTTPStatus.OK:
            with dispensable.write("session"):
                response = self._keep(request, response)
        else:
            response = self._keep(request, response)
        return response

    def _keep(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if frame_of(request) is None:
            return super().process_response(request, response)
        if request.session.modified:
            request.session.save()
        return response


class LeavingMiddleware:
    """Say in the frame that a page is outside it, instead of leading the frame there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if frame_of(request) is None or response.status_code not in _REDIRECTS:
            return response
        address = response.headers["Location"]
        if address.startswith((APP, "?", "#")):
            return response
        return render(request, "frames/outside.html", {"address": address})


def frame_of(request: HttpRequest) -> FrameSession | None:
    """Return the session of a request from a frame; None for our own site."""
    return getattr(request, "frame", None)


def message_storage(request: HttpRequest, *args: Any, **kwargs: Any) -> BaseStorage:
    """Keep the messages of a frame in its session, because it has no cookies (MESSAGE_STORAGE)."""
    storage = FallbackStorage if frame_of(request) is None else SessionStorage
    return storage(request, *args, **kwargs)


def _find(request: HttpRequest) -> FrameSession | None:
    header = request.headers.get("Authorization", "")
    if header[: len(_SCHEME)].lower() != _SCHEME:
        return None
    return sessions.find(
        header[len(_SCHEME) :].strip(),
        is_only_looking=browser_sessions.ONLY_LOOKING in request.headers,
        now=timezone.now(),
    )


def _unauthorised() -> HttpResponse:
    """Ask the page's script to have itself signed in again; a person never sees this."""
    return JsonResponse(
        {"error": "unauthorised"},
        status=HTTPStatus.UNAUTHORIZED,
        headers={"WWW-Authenticate": "Bearer", "Cache-Control": _KEPT_PRIVATE},
    )
