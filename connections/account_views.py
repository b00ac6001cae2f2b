"""A person's own sessions, and showing again who they are before something dangerous."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from connections import (
    assurance,
    browser_sessions,
    consents,
    devices,
    paths,
    pipedrive_sign_in,
    sign_on,
)
from connections.sign_on_views import allow_provider
from connections.web import recent_required


@login_required
@require_GET
def sessions(request: Any) -> HttpResponse:
    """List a person's own sessions: on which device, since when, seen when, from where."""
    now = timezone.now()
    rows = [
        {
            "session": each,
            "device": devices.describe(each.device),
            "is_this": each.session_key == request.session.session_key,
        }
        for each in browser_sessions.list_live(request.user, now=now)
    ]
    return render(request, "account/sessions.html", {"rows": rows})


@login_required
@require_POST
@recent_required
def end_session(request: Any, public_id: str) -> HttpResponse:
    """End one of a person's own sessions; their present one is signed out."""
    if public_id == browser_sessions.name_of(request.session.session_key):
        logout(request)
        return redirect("account_login")
    if not browser_sessions.end(request.user, public_id, now=timezone.now()):
        messages.info(request, _("That session had ended already."))
    else:
        messages.success(request, _("That session is ended. It is out at its next click."))
    return redirect("account_sessions")


@login_required
@require_POST
@recent_required
def end_other_sessions(request: Any) -> HttpResponse:
    """End all of a person's sessions but this one."""
    ended = browser_sessions.end_others(
        request.user, current_key=request.session.session_key, now=timezone.now()
    )
    messages.success(
        request,
        ngettext("%(count)d other session is ended.", "%(count)d other sessions are ended.", ended)
        % {"count": ended},
    )
    return redirect("account_sessions")


@login_required
@require_GET
def confirm_identity(request: Any) -> HttpResponse:
    """Offer every way in which this person can show again that it is them."""
    back = paths.local(request.GET.get(REDIRECT_FIELD_NAME, ""))
    if assurance.is_verified(request) and assurance.is_recent(request):
        return redirect(back)
    query = urlencode({REDIRECT_FIELD_NAME: back})
    company = request.company
    is_by_company = company is not None and assurance.is_through_sign_on(request, company)
    context: dict[str, Any] = {
        "back": back,
        "is_by_our_sign_on": assurance.is_through_our_sign_on(request),
        "sign_on": sign_on.get(company) if is_by_company else None,
        "is_by_pipedrive": company is not None and assurance.is_through_pipedrive(request, company),
        "methods": [
            {**each, "url": f"{each['url']}?{query}"}
            for each in get_adapter(request).get_reauthentication_methods(request.user)
        ],
    }
    response = render(request, "account/confirm_identity.html", context)
    return allow_provider(response, context["sign_on"]) if context["sign_on"] else response


@login_required
@require_POST
def confirm_by_sign_on(request: HttpRequest) -> HttpResponse:
    """Have our single sign-on ask anew who this is."""
    back = paths.local(request.POST.get(REDIRECT_FIELD_NAME, ""))
    return consents.redirect_to_provider(
        request,
        assurance.OUR_SIGN_ON,
        process="login",
        next_url=back,
        data={"purpose": consents.CONFIRM, "user": request.user.pk},
        auth_params={
            "prompt": "login",
            "max_age": "0",
            "login_hint": request.user.email,  # type: ignore[union-attr]
        },
    )


@require_POST
def sign_in_with_pipedrive(request: HttpRequest) -> HttpResponse:
    """Let Pipedrive say who this is."""
    return pipedrive_sign_in.begin(request, back=request.POST.get(REDIRECT_FIELD_NAME, ""))
