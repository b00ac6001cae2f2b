"""
The frames themselves: the first page in an iframe of Pipedrive, and the renewal of its session.

A frame answers at once, without asking anybody outside, because Pipedrive waits ten seconds for
its first sign of life; its script then fetches the content (docs/adr/0020).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils import timezone, translation
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from connections import queries as connection_queries
from connections import throttling
from connections.frames import identity, mount, sessions
from connections.models import Membership

MAX_DATA = 2000
_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_THEMES = frozenset({"light", "dark"})


@dataclass(frozen=True, slots=True)
class Start:
    """Where a frame begins; `address` is "" when what was asked for is not there."""

    address: str
    deal_id: int | None = None


@require_safe
@xframe_options_exempt
def panel(request: HttpRequest) -> HttpResponse:
    """Hold the panel of the deal that Pipedrive names; which one it is, is only a hint."""
    deal_id = _selected_deal(request)
    return _open(request, "panel", Start(_address("invoices:deal", deal_id), deal_id))


@require_safe
@xframe_options_exempt
def modal(request: HttpRequest) -> HttpResponse:
    """Hold what our panel, or a menu of Pipedrive, opened in the modal."""
    return _open(request, "modal", _read_start(request))


@require_safe
@xframe_options_exempt
def settings_page(request: HttpRequest) -> HttpResponse:
    """Hold the preferences, among Pipedrive's settings."""
    return _open(request, "settings", Start(_address("mappings:preferences")))


# No cookie is read here: whoever comes shows what Pipedrive signed.
@csrf_exempt
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """Swap what Pipedrive has signed just now for a new session token (S-9)."""
    now = timezone.now()
    try:
        membership = sessions.admit(_read_token(request.POST.getlist("token"), now))
    except identity.NotTrusted:
        return JsonResponse({"error": "unauthorised"}, status=HTTPStatus.UNAUTHORIZED)
    except sessions.NotInstalled as exc:
        return JsonResponse({"error": exc.code}, status=HTTPStatus.FORBIDDEN)
    if wait := throttling.take(membership, throttling.FRAMES, now=now):
        headers = {"Retry-After": str(wait)}
        return JsonResponse(
            {"error": "too_many"}, status=HTTPStatus.TOO_MANY_REQUESTS, headers=headers
        )
    return JsonResponse({"token": sessions.start(membership, now=now)})


def _open(request: HttpRequest, kind: str, start: Start) -> HttpResponse:
    now = timezone.now()
    context: dict[str, Any] = {"kind": kind, "start": start, "theme": _read_theme(request)}
    try:
        who = _read_fresh(request, now)
        membership = sessions.admit(who)
    except identity.Expired as exc:
        return _ask_anew(request, context, exc.identity)
    except identity.NotTrusted:
        return _show(request, context | {"trouble": "refused"}, status=HTTPStatus.UNAUTHORIZED)
    except sessions.NotInstalled as exc:
        context |= {"trouble": exc.code}
        with translation.override(_language(request, exc.membership)):
            return _show(request, context, status=HTTPStatus.FORBIDDEN)
    with translation.override(_language(request, membership)):
        if not start.address:
            return _show(request, context | {"trouble": "nothing"}, status=HTTPStatus.NOT_FOUND)
        if wait := throttling.take(membership, throttling.FRAMES, now=now):
            busy = _show(
                request, context | {"trouble": "busy"}, status=HTTPStatus.TOO_MANY_REQUESTS
            )
            busy.headers["Retry-After"] = str(wait)
            return busy
        context["token"] = sessions.start(membership, now=now)
        return _show(request, context)


def _ask_anew(
    request: HttpRequest, context: dict[str, Any], who: identity.Identity
) -> HttpResponse:
    """
    Have the page's script show what Pipedrive signs now.

    It holds no session and nothing of the company: only words, in the language of whom it was for.
    """
    member = connection_queries.find_pipedrive_member(who.company_id, who.user_id)
    with translation.override(_language(request, member)):
        if not context["start"].address:
            return _show(request, context | {"trouble": "nothing"}, status=HTTPStatus.NOT_FOUND)
        return _show(request, context | {"is_expired": True})


def _show(request: HttpRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    is_here = settings.FRAME_SDK_IS_HERE
    policy = {"frame-ancestors": settings.FRAME_ANCESTORS}
    if not is_here:
        policy["script-src"] = ["'self'", settings.FRAME_SDK_URL]
    shown = context | {
        "app": mount.APP,
        "modal_id": settings.PIPEDRIVE_MODAL_ID,
        "sdk_url": static(settings.FRAME_SDK_STATIC_NAME) if is_here else settings.FRAME_SDK_URL,
        "sdk_integrity": "" if is_here else settings.FRAME_SDK_INTEGRITY,
    }

    @csp_replace(policy)
    def draw(asked: HttpRequest) -> HttpResponse:
        return render(asked, "frames/frame.html", shown, status=status)

    response = draw(request)
    response.headers["Content-Language"] = translation.get_language() or settings.LANGUAGE_CODE
    assert isinstance(response, HttpResponse)
    return response


def _read_fresh(request: HttpRequest, now: datetime) -> identity.Identity:
    """
    Return who opens this frame, by the token in its address.

    :raises identity.Expired: whom it names opened it, but too long ago
    :raises identity.NotTrusted: nobody that we know of did
    """
    try:
        who = _read_token(request.GET.getlist("token"), now)
    except identity.Expired as exc:
        identity.check_said(exc.identity, request.GET)
        raise
    identity.check_said(who, request.GET)
    return who


def _read_token(given: list[str], now: datetime) -> identity.Identity:
    """Two tokens in one address are a trick: another reader may believe the other one."""
    if len(given) != 1:
        raise identity.NotTrusted
    return identity.read(given[0], secrets=settings.PIPEDRIVE_JWT_SECRETS, now=now)


def _language(request: HttpRequest, membership: Membership | None) -> str:
    if membership is None:
        return translation.get_language_from_request(request)
    return membership.language or membership.company.language


def _read_theme(request: HttpRequest) -> str:
    theme = request.GET.get("theme", "")
    return theme if theme in _THEMES else "light"


def _selected_deal(request: HttpRequest) -> int | None:
    if request.GET.get("resource", "deal") != "deal":
        return None
    return _read_number(request.GET.get("selectedIds", ""))


def _read_start(request: HttpRequest) -> Start:
    """Return where the modal begins: what the panel asked for, else the dialog of the deal."""
    data = _read_data(request.GET.get("data", ""))
    deal_id = _read_number(data.get("deal", "")) or _selected_deal(request)
    match data.get("page", "create"):
        case "create":
            return Start(_address("invoices:new", deal_id), deal_id)
        case "invoices":
            return Start(_address("invoices:contact_invoices", deal_id), deal_id)
        case "address":
            return Start(_check_address(data.get("address", "")), deal_id)
        case _:
            return Start("")


def _read_data(text: str) -> dict[str, str]:
    """Return what OPEN_MODAL was given; text that is none of ours says nothing."""
    if len(text) > MAX_DATA:
        return {"page": ""}
    try:
        data = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {"page": ""}
    if not isinstance(data, dict):
        return {"page": ""}
    return {name: value for name, value in data.items() if isinstance(value, str)}


def _check_address(address: str) -> str:
    """Return an address of ours below the mount, "" for any other."""
    path, _mark, _query = address.partition("?")
    if not path.startswith(mount.APP) or "\\" in address:
        return ""
    try:
        resolve(path, urlconf=settings.FRAME_URLCONF)
    except Resolver404:
        return ""
    return address


def _address(name: str, *args: object) -> str:
    if None in args:
        return ""
    try:
        return reverse(name, args=args, urlconf=settings.FRAME_URLCONF)
    except NoReverseMatch:
        return ""


def _read_number(text: object) -> int | None:
    return int(text) if isinstance(text, str) and _NUMBER.fullmatch(text) else None
