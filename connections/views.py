"""Connecting: the overview of both sides, the start of a consent, the choice of organisation."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import requests
import structlog
from allauth.socialaccount.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from connections import (
    errors,
    gates,
    organisations,
    queries,
    services,
    signin,
    wording,
    xero_services,
)
from connections.models import XeroAuthorisation
from connections.runtime import snapshot
from connections.web import admin_required, member_required

log = structlog.get_logger(__name__)


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What this is, for strangers; what is done and what is next, for members."""
    return render(request, "home.html", {"steps": _steps(request)})


@login_required
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Both connections with state, last success, expiry, and who can mend what."""
    return render(request, "connections/overview.html", _overview(request))


@login_required
@require_POST
def connect_pipedrive(request: HttpRequest) -> HttpResponse:
    """Send a person to Pipedrive's consent page; the first of a company installs the app."""
    membership = request.membership  # type: ignore[attr-defined]
    try:
        gates.check_open_for(membership.company if membership else None, snapshot())
    except gates.Refused as exc:
        if membership is None:
            messages.error(request, wording.refusal(exc.code))
            return redirect("connections:overview")
    return _start_consent(request, "pipedrive")


@admin_required
@require_POST
def connect_xero(request: HttpRequest) -> HttpResponse:
    """Send the company's admin to Xero's consent page (PKCE, own state)."""
    try:
        gates.check_open_for(request.company, snapshot())  # type: ignore[attr-defined]
    except gates.Refused as exc:
        messages.error(request, wording.refusal(exc.code))
        return redirect("connections:overview")
    return _start_consent(request, "xero")


@admin_required
def choose_organisation(request: HttpRequest) -> HttpResponse:
    """Choose one of several Xero organisations (R-6)."""
    now = timezone.now()
    authorisation = _grant_of_choice(request)
    company = request.company  # type: ignore[attr-defined]
    try:
        tenants = xero_services.list_tenants(authorisation, company=company, now=now)
        if request.method != "POST":
            return render(request, "connections/choose_organisation.html", {"tenants": tenants})
        chosen = request.POST.get("tenant_id", "")
        tenant = next((each for each in tenants if each.tenant_id == chosen), None)
        if tenant is None:
            context = {"tenants": tenants, "error": _("Choose one of these organisations.")}
            return render(request, "connections/choose_organisation.html", context)
        connection = xero_services.connect_tenant(
            company=company,
            authorisation=authorisation,
            tenant=tenant,
            by=request.user,  # type: ignore[arg-type]
            now=now,
        )
    except gates.Refused as exc:
        messages.error(request, wording.refusal(exc.code, exc.detail))
        return redirect("connections:overview")
    except errors.ProviderError as exc:
        log.warning("connect_failed", error=exc.code, operation=exc.operation)
        messages.error(request, _("Xero did not answer. Nothing was connected; please try again."))
        return redirect("connections:overview")
    del request.session[signin.XERO_CHOICE_KEY]
    messages.success(
        request,
        _("Xero is connected: %(organisation)s.") % {"organisation": connection.organisation_name},
    )
    return redirect("connections:overview")


@admin_required
@require_POST
def disconnect_xero(request: HttpRequest) -> HttpResponse:
    """End the company's Xero connection; what is in Xero stays as it is."""
    connection = queries.live_connection(request.company)  # type: ignore[attr-defined]
    if connection is not None:
        organisations.disconnect(
            connection,
            by=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
        )
        messages.success(
            request,
            _("Xero is disconnected. Nothing in Xero was changed; you can connect again any time."),
        )
    return redirect("connections:overview")


@member_required
@require_POST
def disconnect_pipedrive(request: HttpRequest) -> HttpResponse:
    """End this person's own Pipedrive grant."""
    services.disconnect_pipedrive(
        request.membership,  # type: ignore[attr-defined]
        now=timezone.now(),
    )
    messages.success(
        request, _("Your Pipedrive is disconnected. Your invoices and links stay as they are.")
    )
    return redirect("connections:overview")


@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """One-press sign-in of a demo person through the sandbox's single sign-on."""
    if not settings.IS_DEMO:
        raise Http404
    return redirect_to_provider(
        request, "sso", process="login", auth_params={"login_hint": request.POST.get("email", "")}
    )


def _start_consent(request: HttpRequest, provider: str) -> HttpResponse:
    company = request.company  # type: ignore[attr-defined]
    return redirect_to_provider(
        request,
        provider,
        process="connect",
        data={"user": request.user.pk, "company": company.pk if company else None},
    )


def redirect_to_provider(request: HttpRequest, provider: str, **kwargs: Any) -> HttpResponse:
    """Send a person to a vendor's page; what allauth is given comes back with its state."""
    try:
        response: HttpResponse = (
            get_adapter(request).get_provider(request, provider).redirect(request, **kwargs)
        )
    except requests.RequestException as exc:
        log.warning("consent_unreachable", provider=provider, error=type(exc).__name__)
        messages.error(
            request,
            _("The other side did not answer. Nothing was connected; please try again."),
        )
        return redirect("connections:overview")
    return response


def _grant_of_choice(request: HttpRequest) -> XeroAuthorisation:
    try:
        chosen = UUID(request.session.get(signin.XERO_CHOICE_KEY, ""))
    except ValueError as exc:
        raise Http404 from exc
    authorisation = XeroAuthorisation.objects.filter(pk=chosen).first()
    if authorisation is None:
        raise Http404
    return authorisation


def _overview(request: HttpRequest) -> dict[str, Any]:
    membership = request.membership  # type: ignore[attr-defined]
    runtime = snapshot()
    context: dict[str, Any] = {"steps": _steps(request)}
    if membership is None:
        return context | {"is_closed": runtime.closed_to_new_installs}
    connection = queries.live_connection(membership.company)
    try:
        gates.check_open_for(membership.company, runtime)
        is_closed = False
    except gates.Refused:
        is_closed = True
    return context | {
        "is_closed": is_closed,
        "connection": connection,
        "authorisation": queries.pipedrive_authorisation(membership),
        "admins": queries.list_admins(membership.company),
        "now": timezone.now(),
    }


def _steps(request: HttpRequest) -> dict[str, bool]:
    """What of the setting up is done, for the checklist."""
    membership = getattr(request, "membership", None)
    if membership is None:
        return {"pipedrive": False, "xero": False}
    connection = queries.live_connection(membership.company)
    authorisation = queries.pipedrive_authorisation(membership)
    return {
        "pipedrive": authorisation is not None and authorisation.state == "ACTIVE",
        "xero": connection is not None and connection.is_usable,
    }
