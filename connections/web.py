"""Who is asking: the signed-in person's company, language and connection, for views."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control

from connections import (
    assurance,
    guard,
    queries,
    throttling,
    wording,
)
from connections.frames import mount
from connections.models import Company, FrameSession, Membership, XeroConnection

_COMPANY_KEY = "company_id"
FORBIDDEN = 403
TOO_MANY = 429
# Pipedrive itself calls there, with our app's secret.
WITHOUT_COOKIES = ("/native/",)
View = Callable[..., HttpResponseBase]


class CompanyRequest(HttpRequest):
    """
    A request after MembershipMiddleware; `connection` is set by `connection_required`.

    `companies` are those that the person may turn to on our own pages, the present one among them.
    """

    membership: Membership
    company: Company
    companies: list[Company]
    connection: XeroConnection
    frame: FrameSession | None


class HeadMiddleware:
    """
    Answer HEAD by what answers GET, whichever view it is, and leave the body out.

    Some of allauth's take it for a POST, and would begin a consent that nobody pressed for.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method != "HEAD":
            return self.get_response(request)
        request.method = "GET"
        response = self.get_response(request)
        request.method = "HEAD"
        if not response.streaming:
            response.content = b""
        return response


class CookielessMiddleware:
    """Let cookies count for nothing where no browser of ours calls: no session is read there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(WITHOUT_COOKIES):
            request.COOKIES = {}
        return self.get_response(request)


class MembershipMiddleware:
    """Set whose member asks, which companies are theirs, the language; keep pages out of caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        welcome: list[Membership] = []
        frame = mount.frame_of(request)
        if frame is not None:
            membership: Membership | None = frame.membership
            request.user = frame.membership.user
        else:
            theirs = queries.list_memberships(request.user) if request.user.is_authenticated else []
            welcome = _let_in(request, theirs)
            membership = _choose(request, welcome, is_one_of_several=len(theirs) > 1)
        request.companies = [each.company for each in welcome]  # type: ignore[attr-defined]
        request.membership = membership  # type: ignore[attr-defined]
        request.company = membership.company if membership else None  # type: ignore[attr-defined]
        # Who is no member reads UTC, our own staff among them.
        zone = membership.zone if membership else UTC
        with translation.override(_language(request, membership)), timezone.override(zone):
            request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        return response


def _let_in(request: HttpRequest, memberships: list[Membership]) -> list[Membership]:
    """Return those of a person's memberships whose companies let this session in."""
    bound = assurance.bound_company_id(request)
    if bound is not None:
        # Whom one company vouched for is nobody in another.
        memberships = [each for each in memberships if each.company_id == bound]
    # Where none does, it is said which one asks for another way in.
    return [
        each for each in memberships if not assurance.is_kept_out(request, each.company)
    ] or memberships


def _choose(
    request: HttpRequest, memberships: list[Membership], *, is_one_of_several: bool
) -> Membership | None:
    """Return as which of their memberships somebody is here, None for no one's."""
    if not memberships:
        return None
    chosen = request.session.get(_COMPANY_KEY)
    for membership in memberships:
        if membership.company_id == chosen:
            return membership
    if chosen is not None and request.method not in guard.SAFE:
        # What was pressed is on a page of the company that they are out of, not of the next one.
        return None
    if chosen is not None or is_one_of_several:
        choose_company(request, memberships[0].company_id)
    return memberships[0]


def choose_company(request: HttpRequest, company_id: int) -> None:
    """
    Let this session be at work in a company of the person's from now on.

    Pages of another company that are open in other tabs press nothing any more: their token is old.
    """
    shown = getattr(request, "company", None)
    before = request.session.get(_COMPANY_KEY) or (shown.pk if shown else None)
    if before not in {None, company_id}:
        rotate_token(request)
    request.session[_COMPANY_KEY] = company_id


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


def recent_required(view: View) -> View:
    """Let somebody do what is dangerous who showed within ten minutes who they are (S-5)."""

    @wraps(view)
    def inner(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not assurance.is_recent(request):
            return guard.ask_again(request)
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


def limited(limit: throttling.Limit, *methods: str) -> Callable[[View], View]:
    """
    Ask a member to wait who opens a page more often in a minute than people do (S-29).

    :param methods: those that count; GET and HEAD when left out
    """
    counted = frozenset(methods or ("GET", "HEAD"))

    def decorate(view: View) -> View:
        @wraps(view)
        def inner(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            wait = 0
            if request.method in counted:
                wait = throttling.take(request.membership, limit, now=timezone.now())
            return too_many(request, wait) if wait else view(request, *args, **kwargs)

        return inner

    return decorate


def too_many(request: HttpRequest, wait: int) -> HttpResponse:
    """Answer that this was too often, and after how many seconds it may be tried again."""
    context = {"text": wording.too_many(wait), "address": request.get_full_path()}
    response = render(request, "connections/too_many.html", context, status=TOO_MANY)
    response["Retry-After"] = str(wait)
    return response


def page_context(request: HttpRequest) -> dict[str, Any]:
    """Give every page the person's company and membership, mostly without a query."""
    membership = getattr(request, "membership", None)
    company = getattr(request, "company", None)
    return {
        "membership": membership,
        "company": company,
        "other_companies": [each for each in getattr(request, "companies", []) if each != company],
        "base_template": "base.html" if mount.frame_of(request) is None else "frames/page.html",
        "is_demo": settings.IS_DEMO,
        "marketplace_url": settings.PIPEDRIVE_MARKETPLACE_URL,
        "site_languages": settings.LANGUAGES,
    }
