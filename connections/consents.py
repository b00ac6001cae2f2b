"""A consent on its way: where it is begun, what the browser's session remembers, where it ends."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import requests
import structlog
from allauth.socialaccount.adapter import get_adapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from connections.models import Company, XeroAuthorisation, XeroConnection

log = structlog.get_logger(__name__)

# Which grant a choice of organisation belongs to: ids of rows, never a token.
_CHOICE_KEY = "xero_choice"
# In the state of a sign-in: whoever is signed in is asked anew, nobody else is signed in.
CONFIRM = "confirm"
# When this browser left for Xero's consent page, until it comes back.
_WAITING_KEY = "xero_consent_begun_at"


def begin(request: Any, provider: str, *, now: datetime) -> HttpResponse:
    """Send a person to a vendor's consent page, bound to them and to their company (S-13)."""
    if provider == "xero":
        request.session[_WAITING_KEY] = now.isoformat()
    company = request.company
    return redirect_to_provider(
        request,
        provider,
        process="connect",
        data={"user": request.user.pk, "company": company.pk if company else None},
    )


def redirect_to_provider(request: HttpRequest, provider: str, **kwargs: Any) -> HttpResponse:
    """Send the browser to a provider's page, or say that it does not answer."""
    try:
        response: HttpResponse = (
            get_adapter(request).get_provider(request, provider).redirect(request, **kwargs)
        )
    except requests.RequestException as exc:
        log.warning("consent_unreachable", provider=provider, error=type(exc).__name__)
        messages.error(
            request,
            _("The service did not answer. Nothing was connected; please try again."),
        )
        return redirect("connections:overview")
    return response


def come_back(request: HttpRequest) -> None:
    """Note that the person is back from Xero, with whatever answer."""
    request.session.pop(_WAITING_KEY, None)


def waiting_since(request: HttpRequest) -> datetime | None:
    """Return when this browser left for Xero's consent page and did not come back."""
    return parse_datetime(request.session.get(_WAITING_KEY, ""))


def remember_choice(
    request: HttpRequest, company: Company, authorisation: XeroAuthorisation
) -> None:
    """Remember for which grant and company an organisation is to be chosen."""
    request.session[_CHOICE_KEY] = f"{company.pk}:{authorisation.pk}"


def read_choice(request: HttpRequest, company: Company) -> str:
    """Return the id of the grant to choose an organisation of; "" when there is none."""
    company_id, _colon, authorisation_id = request.session.get(_CHOICE_KEY, "").partition(":")
    return authorisation_id if company_id == str(company.pk) else ""


def forget_choice(request: HttpRequest) -> None:
    """Forget the choice: it was made."""
    request.session.pop(_CHOICE_KEY, None)


def go_on_after_xero(request: HttpRequest, connection: XeroConnection) -> HttpResponse:
    """Say what is connected, and go to the next thing to set up (M-7)."""
    messages.success(
        request,
        _("Xero is connected: %(organisation)s.") % {"organisation": connection.organisation_name},
    )
    is_new = connection.polled_at is None
    if is_new and connection.company.is_security_stated:
        return redirect("mappings:preferences")
    return redirect("connections:overview")
