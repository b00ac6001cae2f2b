"""Pages about Xero: begin the consent, choose the organisation, check again, disconnect."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import structlog
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from connections import (
    consents,
    errors,
    gates,
    grants,
    organisations,
    queries,
    wording,
    xero_services,
)
from connections.models import XeroAuthorisation
from connections.runtime import snapshot
from connections.web import CompanyRequest, admin_required, recent_required

log = structlog.get_logger(__name__)

UNPROCESSABLE = 422


@admin_required
@require_POST
@recent_required
def connect(request: CompanyRequest) -> HttpResponse:
    """Send the company's admin to Xero's consent page (PKCE, own state)."""
    try:
        gates.check_open_for(request.company, snapshot())
    except gates.Refused as exc:
        messages.error(request, wording.refusal(exc.code))
        return redirect("connections:overview")
    return consents.begin(request, "xero", now=timezone.now())


@admin_required
@require_http_methods(["GET", "HEAD", "POST"])
@recent_required
def choose_organisation(request: CompanyRequest) -> HttpResponse:
    """Choose one of the organisations that the consent reaches (R-6), or confirm a change."""
    authorisation = _grant_of_choice(request)
    if request.POST.get("cancel"):
        return _cancel_choice(request, authorisation)
    now = timezone.now()
    try:
        choices = xero_services.list_choices(authorisation, company=request.company, now=now)
        if request.method != "POST":
            return _show_choices(request, choices)
        chosen = choices.find(request.POST.get("tenant_id", ""))
        if chosen is None:
            return _show_choices(request, choices, error=_("Choose one of these organisations."))
        if choices.is_change(chosen) and request.POST.get("change") != "yes":
            return _show_choices(request, choices, chosen=chosen)
        connection = xero_services.connect_tenant(
            company=request.company,
            authorisation=authorisation,
            tenant=chosen,
            by=request.membership.user,
            now=now,
        )
    except gates.Refused as exc:
        messages.error(request, wording.refusal(exc.code, exc.detail))
        return redirect("connections:overview")
    except errors.ProviderError as exc:
        log.warning("connect_failed", error=exc.code, operation=exc.operation)
        messages.error(request, _("Xero did not answer. Nothing was connected; please try again."))
        return redirect("connections:overview")
    consents.forget_choice(request)
    return consents.go_on_after_xero(request, connection)


@admin_required
@require_POST
def check_again(request: CompanyRequest) -> HttpResponse:
    """Ask Xero now about role, rights and the organisation, rather than at the daily check."""
    connection = queries.live_connection(request.company)
    if connection is None:
        messages.error(request, str(wording.GATES["no_connection"]))
        return redirect("connections:overview")
    try:
        organisations.check_gates(connection, now=timezone.now())
    except (errors.ProviderError, organisations.NotConnected) as exc:
        log.warning("gates_unchecked", connection=connection.pk, error=type(exc).__name__)
        messages.error(
            request,
            _("Xero did not confirm the connection. Nothing was changed; reconnect or try again."),
        )
        return redirect("connections:overview")
    if connection.is_usable:
        messages.success(request, _("Xero was asked just now: the connection works."))
    else:
        shut = gates.find_shut(request.company, connection)
        messages.warning(request, str(wording.GATES[shut]))
    return redirect("connections:overview")


@admin_required
@require_POST
@recent_required
def disconnect(request: CompanyRequest) -> HttpResponse:
    """End the company's Xero connection; what is in Xero stays as it is."""
    connection = queries.live_connection(request.company)
    if connection is not None:
        organisations.disconnect(connection, by=request.membership.user, now=timezone.now())
        messages.success(
            request,
            _("Xero is disconnected. Nothing in Xero was changed; you can connect again any time."),
        )
    return redirect("connections:overview")


def _show_choices(
    request: HttpRequest, choices: xero_services.Choices, **more: Any
) -> HttpResponse:
    context = {"choices": choices, **more}
    status = UNPROCESSABLE if more.get("error") else 200
    return render(request, "connections/choose_organisation.html", context, status=status)


def _cancel_choice(request: CompanyRequest, authorisation: XeroAuthorisation) -> HttpResponse:
    """The consent is not used: what it gave is given back, unless something else lives on it."""
    consents.forget_choice(request)
    grants.give_back_unused(authorisation)
    messages.info(request, _("Nothing was connected; everything is as it was."))
    return redirect("connections:overview")


def _grant_of_choice(request: CompanyRequest) -> XeroAuthorisation:
    """Return the grant of this browser's own consent, given for this very company."""
    try:
        chosen = UUID(consents.read_choice(request, request.company))
    except ValueError as exc:
        raise Http404 from exc
    authorisation = XeroAuthorisation.objects.filter(pk=chosen).first()
    if authorisation is None:
        raise Http404
    return authorisation
