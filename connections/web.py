"""Who is asking: the signed-in person's company, language and connection, for views."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control

from connections import demo, queries
from connections.models import Company, Membership, XeroConnection

COMPANY_KEY = "company_id"
FORBIDDEN = 403
View = Callable[..., HttpResponseBase]


class CompanyRequest(HttpRequest):
    """A request after MembershipMiddleware; `connection` is set by `connection_required`."""

    membership: Membership
    company: Company
    connection: XeroConnection


class MembershipMiddleware:
    """Set `request.membership`, `request.company` and the language; keep pages out of caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        membership = _membership(request)
        request.membership = membership  # type: ignore[attr-defined]
        request.company = membership.company if membership else None  # type: ignore[attr-defined]
        zone = ZoneInfo(membership.time_zone) if membership and membership.time_zone else UTC
        with translation.override(_language(request, membership)), timezone.override(zone):
            request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        return response


def _membership(request: HttpRequest) -> Membership | None:
    if not request.user.is_authenticated:
        return None
    memberships = queries.list_memberships(request.user)
    chosen = request.session.get(COMPANY_KEY)
    for membership in memberships:
        if membership.company_id == chosen:
            return membership
    return memberships[0] if memberships else None


def _language(request: HttpRequest, membership: Membership | None) -> str:
    """A choice made here wins, then Pipedrive's word for the person, then the company's (R-5)."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if chosen in dict(settings.LANGUAGES):
        return chosen
    if membership:
        return membership.language or membership.company.language
    return translation.get_language_from_request(request)


def member_required(view: View) -> View:
    """Let members of a company in; others are shown how to connect one."""

    @login_required
    @wraps(view)
    def inner(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.membership is None:
            return redirect("connections:overview")
        return view(request, *args, **kwargs)

    return inner


def admin_required(view: View) -> View:
    """Let company admins in; other members are told that it is theirs to do."""

    @member_required
    @wraps(view)
    def inner(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.membership.is_admin:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return inner


def books_required(view: View) -> View:
    """
    Let admins and accountants in, who see the company's books as a whole; others are told.

    A sales rep sees the invoices of the deals that Pipedrive shows them (P-11).
    """

    @member_required
    @wraps(view)
    def inner(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.membership.keeps_books:
            return render(request, "connections/not_for_reps.html", status=FORBIDDEN)
        return view(request, *args, **kwargs)

    return inner


def connection_required(view: View) -> View:
    """Add `request.connection`; a company without one is sent to make it."""

    @member_required
    @wraps(view)
    def inner(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        connection = queries.live_connection(request.company)
        if connection is None:
            return redirect("connections:overview")
        request.connection = connection
        return view(request, *args, **kwargs)

    return inner


def page_context(request: HttpRequest) -> dict[str, Any]:
    """Give every page the person's company and membership, without a query."""
    return {
        "membership": getattr(request, "membership", None),
        "company": getattr(request, "company", None),
        "is_demo": settings.IS_DEMO,
        "marketplace_url": settings.PIPEDRIVE_MARKETPLACE_URL,
        "site_languages": settings.LANGUAGES,
        "demo_people": demo.PEOPLE if settings.IS_DEMO else (),
    }
