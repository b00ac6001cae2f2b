"""A company's own single sign-on: its settings page, and signing in through it."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from connections import (
    assurance,
    audit,
    paths,
    refused_sign_ins,
    sign_on,
    typed_before,
    wording,
)
from connections.models import SignOn
from connections.secrets import Secret
from connections.sign_on_forms import SECRET_FIELD, SignOnForm
from connections.web import CompanyRequest, admin_required, choose_company, recent_required

UNPROCESSABLE = 422
# Sign-ins that this browser has begun, by their state: bound to it, ten minutes, used once (S-13).
_BEGUN: Final = "company_sign_on"
_MOST_BEGUN: Final = 5
_BEGUN_SECONDS: Final = 600
_FIELD_OF_REFUSAL: Final = {"no_secret": SECRET_FIELD}


@admin_required
@require_http_methods(["GET", "HEAD", "POST"])
@recent_required
def settings_page(request: CompanyRequest) -> HttpResponse:
    """Show and save the company's provider."""
    stored = sign_on.get(request.company)
    if request.method != "POST":
        typed = typed_before.take(request, request.path)
        return _show_settings(request, stored, SignOnForm(typed, sign_on=stored))
    form = SignOnForm(request.POST, sign_on=stored)
    if not form.is_valid():
        return _show_settings(request, stored, form, status=UNPROCESSABLE)
    try:
        sign_on.save(
            by=request.membership,
            issuer=form.cleaned_data["issuer"],
            client_id=form.cleaned_data["client_id"],
            client_secret=Secret(form.cleaned_data[SECRET_FIELD]),
            now=timezone.now(),
        )
    except sign_on.NotPossible as exc:
        field = _FIELD_OF_REFUSAL.get(exc.code, "issuer")
        form.add_error(field, wording.sign_on_refusal(exc.code))
        return _show_settings(request, stored, form, status=UNPROCESSABLE)
    messages.success(request, _("Saved. Try it now: open the address below in a new window."))
    return redirect("connections:sign_on")


@admin_required
@require_POST
@recent_required
def require(request: CompanyRequest) -> HttpResponse:
    """Make the provider the only way in, or one of several again."""
    is_required = request.POST.get("is_required") == "yes"
    try:
        sign_on.require(
            by=request.membership,
            is_required=is_required,
            came_through_it=assurance.is_through_sign_on(request, request.company),
            now=timezone.now(),
        )
    except sign_on.NotPossible as exc:
        messages.error(request, wording.sign_on_refusal(exc.code))
    else:
        messages.success(
            request,
            _("From now on your people sign in through your single sign-on only.")
            if is_required
            else _("Your people may sign in by their own means again."),
        )
    return redirect("connections:sign_on")


@admin_required
@require_POST
@recent_required
def remove(request: CompanyRequest) -> HttpResponse:
    """Forget the company's provider."""
    try:
        sign_on.remove(by=request.membership, now=timezone.now())
    except sign_on.NotPossible as exc:
        messages.error(request, wording.sign_on_refusal(exc.code))
    else:
        messages.success(
            request, _("Your single sign-on is removed. Your people sign in by their own means.")
        )
    return redirect("connections:sign_on")


@require_http_methods(["GET", "HEAD", "POST"])
def company_sign_on(request: Any, slug: str) -> HttpResponse:
    """The address that names a company: send its people to its provider."""
    row = sign_on.find(slug)
    if row is None:
        raise Http404
    if request.method == "POST":
        return _begin(request, row)
    back = paths.local(request.GET.get(REDIRECT_FIELD_NAME, ""))
    response = render(request, "connections/company_sign_on.html", {"sign_on": row, "back": back})
    return allow_provider(response, row)


@require_GET
def company_sign_on_callback(request: Any, slug: str) -> HttpResponse:
    """Take what the provider answered; an address for each company keeps them apart."""
    row = sign_on.find(slug)
    if row is None:
        raise Http404
    begun = request.session.get(_BEGUN, {})
    mine = begun.pop(request.GET.get("state", ""), None)
    request.session[_BEGUN] = begun
    is_in_time = mine and timezone.now().timestamp() - mine["at"] <= _BEGUN_SECONDS
    if not is_in_time or mine["sign_on"] != str(row.pk) or "code" not in request.GET:
        return _refuse(request, row, "refused")
    answer = sign_on.Answer(
        code=request.GET["code"][:4096],
        verifier=mine["verifier"],
        nonce=mine["nonce"],
        redirect_uri=_callback(row),
        is_anew=mine["user"] is not None,
    )
    try:
        member = sign_on.identify(row, answer, now=timezone.now())
    except sign_on.NotLetIn as exc:
        return _refuse(request, row, exc.code)
    if mine["user"] is not None:
        if (
            not request.user.is_authenticated
            or not mine["user"] == request.user.pk == member.user_id
        ):
            return _refuse(request, row, "other_person")
    elif request.user.is_authenticated and request.user.pk != member.user_id:
        logout(request)
    get_adapter(request).login(request, member.user)
    assurance.note_company(request, member.user, assurance.COMPANY_SIGN_ON, row.company)
    choose_company(request, row.company_id)
    audit.record("signed_in", company=row.company, actor=member.user, now=timezone.now())
    return redirect(mine["next"])


def allow_provider(response: HttpResponse, row: SignOn) -> HttpResponse:
    """Let a form of this page lead to the provider: browsers hold redirects to the policy too."""
    parts = urlsplit(row.authorization_endpoint)
    response._csp_update = {  # type: ignore[attr-defined]
        "form-action": [f"{parts.scheme}://{parts.netloc}"]
    }
    return response


def _begin(request: Any, row: SignOn) -> HttpResponse:
    state, nonce, verifier = (secrets.token_urlsafe(32) for _each in range(3))
    is_again = request.POST.get("again") == "yes" and request.user.is_authenticated
    begun = dict([*request.session.get(_BEGUN, {}).items()][-(_MOST_BEGUN - 1) :])
    begun[state] = {
        "sign_on": str(row.pk),
        "nonce": nonce,
        "verifier": verifier,
        "at": timezone.now().timestamp(),
        "user": request.user.pk if is_again else None,
        "next": paths.local(request.POST.get(REDIRECT_FIELD_NAME, "")),
    }
    request.session[_BEGUN] = begun
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
    query = {
        "response_type": "code",
        "client_id": row.client_id,
        "redirect_uri": _callback(row),
        "scope": "openid email profile",
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    if is_again:
        query |= {"prompt": "login", "max_age": "0", "login_hint": request.user.email}
    joint = "&" if "?" in row.authorization_endpoint else "?"
    return HttpResponseRedirect(f"{row.authorization_endpoint}{joint}{urlencode(query)}")


def _callback(row: SignOn) -> str:
    return _absolute("company_sign_on_callback", row.slug)


def _absolute(name: str, slug: str) -> str:
    return f"{settings.SITE_URL}{reverse(f'connections:{name}', args=[slug])}"


def _refuse(request: Any, row: SignOn, code: str) -> HttpResponse:
    refused_sign_ins.record_for_company(
        "sign_in.sign_on_refused", row.company, error_code=code, now=timezone.now()
    )
    messages.error(request, wording.not_let_in(code, row.company.name))
    return redirect("connections:company_sign_on", row.slug)


def _show_settings(
    request: CompanyRequest, stored: SignOn | None, form: SignOnForm, *, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "sign_on": stored,
        "form": form,
        "is_required": request.company.is_sign_on_required,
        "came_through_it": assurance.is_through_sign_on(request, request.company),
    }
    # Known before anything is saved: a provider wants the redirect address first.
    slug = sign_on.slug_for(request.company)
    context["address"] = _absolute("company_sign_on", slug)
    context["callback"] = _absolute("company_sign_on_callback", slug)
    return render(request, "connections/sign_on.html", context, status=status)
