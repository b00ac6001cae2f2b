"""The connections page: what is set up, what is next, who can mend what."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from connections import (
    consents,
    gates,
    native_links,
    native_registration,
    queries,
    security,
    services,
    setup,
    wording,
)
from connections.models import SecurityStatement, User
from connections.runtime import snapshot
from connections.web import (
    CompanyRequest,
    admin_required,
    choose_company,
    member_required,
    recent_required,
)

UNPROCESSABLE = 422


@login_required
@require_GET
def overview(request: CompanyRequest) -> HttpResponse:
    """Every step of connecting with its state, its next click, and who can mend what."""
    return _show_overview(request)


@login_required
@require_GET
def mend(request: CompanyRequest) -> HttpResponse:
    """Lead who comes from Pipedrive's own screens to the connections of the company meant there."""
    company_id = native_links.read_company_id(request.GET.get("link", ""))
    person = request.user
    assert isinstance(person, User)
    theirs = {each.company_id for each in queries.list_memberships(person)}
    if company_id is not None and company_id in theirs:
        choose_company(request, company_id)
    return redirect("connections:overview")


@member_required
@require_POST
def turn_to_company(request: CompanyRequest) -> HttpResponse:
    """Let who belongs to several companies go on in another one, on its start page."""
    wanted = request.POST.get("company", "")
    company = next((each for each in request.companies if str(each.pk) == wanted), None)
    if company is None:
        raise Http404
    choose_company(request, company.pk)
    return redirect("home")


@login_required
@require_POST
@recent_required
def connect_pipedrive(request: CompanyRequest) -> HttpResponse:
    """Send a person to Pipedrive's consent page; the first of a company installs the app."""
    try:
        gates.check_open_for(request.company, snapshot())
    except gates.Refused as exc:
        messages.error(request, wording.refusal(exc.code))
        return redirect("connections:overview")
    return consents.begin(request, "pipedrive", now=timezone.now())


@member_required
@require_POST
@recent_required
def disconnect_pipedrive(request: CompanyRequest) -> HttpResponse:
    """End this person's own Pipedrive grant."""
    services.disconnect_pipedrive(request.membership, now=timezone.now())
    messages.success(
        request, _("Your Pipedrive is disconnected. Your invoices and links stay as they are.")
    )
    return redirect("connections:overview")


@admin_required
@require_POST
@recent_required
def state_security(request: CompanyRequest) -> HttpResponse:
    """Record the admin's word that sign-in is secured in Pipedrive (M-2)."""
    method = request.POST.get("method", "")
    errors = {}
    if method not in security.METHODS:
        errors["method"] = _("Choose how people sign in to Pipedrive.")
    if request.POST.get("is_on") != "yes":
        errors["is_on"] = _("Tick this once you have checked it in Pipedrive.")
    if errors:
        typed = {"method": method, "is_on": request.POST.get("is_on", "")}
        return _show_overview(request, security_errors=errors, security_typed=typed)
    security.state(request.membership, method=method, now=timezone.now())
    messages.success(request, _("Recorded: sign-in to Pipedrive is secured. Thank you."))
    return redirect("connections:overview")


@admin_required
@require_POST
def register_native(request: CompanyRequest) -> HttpResponse:
    """Have Pipedrive asked once more for its own Invoice tab."""
    native_registration.want_again(request.company, by=request.membership.user, now=timezone.now())
    messages.info(request, _("Pipedrive is being asked. Reload this page in a moment."))
    return redirect("connections:overview")


@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """One-press sign-in of a demo person through the sandbox's single sign-on."""
    if not settings.IS_DEMO:
        raise Http404
    return consents.redirect_to_provider(
        request, "sso", process="login", auth_params={"login_hint": request.POST.get("email", "")}
    )


def _show_overview(request: CompanyRequest, **more: Any) -> HttpResponse:
    membership = request.membership
    waiting_since = consents.waiting_since(request)
    context: dict[str, Any] = {
        "setup": setup.read(membership, snapshot(), waiting_since=waiting_since),
        "security_methods": SecurityStatement.Method.choices,
        "now": timezone.now(),
        **more,
    }
    if membership is not None:
        context |= {
            "statement": security.get_last(membership.company),
            "registration": native_registration.get(membership.company),
            "admins": queries.list_admins(membership.company),
            "has_choice": bool(consents.read_choice(request, membership.company)),
        }
    status = UNPROCESSABLE if more else 200
    return render(request, "connections/overview.html", context, status=status)
