"""
What every signed-in request passes: the session's clock, the second factor, recent proof.

The rules are in `assurance` and `browser_sessions`; here is only where somebody is sent instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from connections import addresses, assurance, browser_sessions, paths, typed_before

FORBIDDEN = 403
# Open to whoever is signed in, however little is known of them: leaving, the language, what a
# sign-in under way needs, and addresses that take no account of who asks.
ALWAYS_OPEN: Final = frozenset(
    {
        "account_logout",
        "account_confirm_email",
        "account_inactive",
        "account_login",
        "account_reauthenticate",
        "confirm_identity",
        "confirm_by_sign_on",
        "connections:company_sign_on",
        "connections:company_sign_on_callback",
        "connections:invitation",
        "connections:open_invitation",
        "demo_sign_in",
        "javascript-catalog",
        "live",
        "mfa_login_webauthn",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "openid_connect_callback",
        "pipedrive_callback",
        "pipedrive_sign_in",
        "ready",
        "set_language",
        "connections:webhook_pipedrive",
        "connections:webhook_xero",
    }
)
# Where somebody without a second factor sets one up.
ENROLMENT: Final = frozenset(
    {
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
    }
)
# What a person signs in with: only they change it, and only just after showing who they are.
OWN_MEANS: Final = frozenset(
    {
        "account_change_password",
        "account_email",
        "account_set_password",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_deactivate_totp",
        "mfa_download_recovery_codes",
        "mfa_edit_webauthn",
        "mfa_generate_recovery_codes",
        "mfa_remove_webauthn",
        "mfa_view_recovery_codes",
        "socialaccount_connections",
    }
)
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class SessionClockMiddleware:
    """End a session whose time is over; note in a living one that it was seen (S-6)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and not browser_sessions.go_on(
            request.session,
            ip_address=addresses.client_ip(request),
            device=request.headers.get("User-Agent", ""),
            is_only_looking=browser_sessions.ONLY_LOOKING in request.headers,
            now=timezone.now(),
        ):
            logout(request)
        return self.get_response(request)


class SignedInMiddleware:
    """Let a signed-in person only as far as their session is sure of them (S-2, S-5)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: Any, *_view: Any) -> HttpResponse | None:
        """Return where to go instead; None lets the request through."""
        name = request.resolver_match.view_name
        if not request.user.is_authenticated or name in ALWAYS_OPEN:
            return None
        company = request.company
        if assurance.is_kept_out(request, company):
            return redirect("connections:company_sign_on", company.sign_on.slug)
        if not assurance.is_verified(request):
            return _ask_for_factor(request, name)
        is_admin_site = request.resolver_match.app_names[:1] == ["admin"]
        if (is_admin_site or name in OWN_MEANS or name == "mfa_index") and not assurance.is_own(
            request
        ):
            return render(request, "account/not_from_here.html", status=FORBIDDEN)
        is_switch = is_admin_site and request.method not in SAFE
        if (is_switch or name in OWN_MEANS) and not assurance.is_recent(request):
            return ask_again(request)
        return None


def ask_again(request: HttpRequest) -> HttpResponse:
    """
    Send somebody to show who they are, and back to where they were.

    Nothing that was posted is done: they are told to press again. What was typed waits for them in
    the form, but for secrets.
    """
    if request.method in SAFE:
        back = request.get_full_path()
    else:
        is_kept = assurance.is_verified(request) and typed_before.keep(request)
        messages.info(
            request,
            _(
                "Show that it is you first. Nothing was changed yet, and what you typed is kept; "
                "only secrets have to be typed again. Press again afterwards."
            )
            if is_kept
            else _("Show that it is you first. Nothing was changed yet: press again afterwards."),
        )
        back = _page_before(request)
    query = urlencode({REDIRECT_FIELD_NAME: back})
    return redirect(f"{reverse('confirm_identity')}?{query}")


def _ask_for_factor(request: HttpRequest, name: str) -> HttpResponse | None:
    """Send somebody to enrol; who has a factor shows it, so that a password alone adds none."""
    if assurance.bound_company_id(request) is not None:
        return render(request, "account/not_from_here.html", status=FORBIDDEN)
    if assurance.has_factor(request.user):
        return ask_again(request)
    if name not in ENROLMENT:
        return redirect("mfa_index")
    if name != "mfa_index" and not assurance.is_recent(request):
        return ask_again(request)
    return None


def _page_before(request: HttpRequest) -> str:
    """Return the path of our page that a form was on; the start page when it is unknown."""
    parts = urlsplit(request.headers.get("Referer", ""))
    is_ours = parts.netloc == request.get_host()
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return paths.local(path if is_ours else typed_before.page_of(request))
