"""Inviting people on the People page, and accepting by the link in the mail."""

from __future__ import annotations

from typing import Any, Final

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from connections import invitations, wording
from connections.invitation_forms import AcceptForm, InviteForm
from connections.models import Invitation
from connections.people_views import show_people
from connections.web import CompanyRequest, admin_required, choose_company, recent_required

UNPROCESSABLE = 422
GONE = 410
# The link's key leaves the address at once; it waits here for the answer.
_KEY: Final = "invitation"


@admin_required
@require_POST
@recent_required
def invite(request: CompanyRequest) -> HttpResponse:
    """Invite an e-mail address into the company."""
    form = InviteForm(request.POST)
    if not form.is_valid():
        return show_people(request, invite_form=form, status=UNPROCESSABLE)
    email = form.cleaned_data["email"]
    try:
        invitations.invite(
            by=request.membership, email=email, role=form.cleaned_data["role"], now=timezone.now()
        )
    except invitations.NotPossible as exc:
        form.add_error("email", wording.invitation_refusal(exc.code))
        return show_people(request, invite_form=form, status=UNPROCESSABLE)
    except invitations.NotSent:
        messages.warning(request, _unsent())
    else:
        messages.success(request, _("An invitation is on its way to %(email)s.") % {"email": email})
    return redirect("connections:people")


@admin_required
@require_POST
@recent_required
def invite_again(request: CompanyRequest, invitation_id: int) -> HttpResponse:
    """Send an open invitation again, with a new link."""
    invitation = _invitation(request, invitation_id)
    try:
        invitations.send_again(invitation, by=request.membership.user, now=timezone.now())
    except invitations.NotPossible as exc:
        messages.error(request, wording.invitation_refusal(exc.code))
    except invitations.NotSent:
        messages.warning(request, _unsent())
    else:
        messages.success(
            request,
            _("A new link is on its way to %(email)s. The old one does not work any more.")
            % {"email": invitation.email},
        )
    return redirect("connections:people")


@admin_required
@require_POST
@recent_required
def withdraw_invitation(request: CompanyRequest, invitation_id: int) -> HttpResponse:
    """Withdraw an open invitation."""
    invitation = _invitation(request, invitation_id)
    try:
        invitations.withdraw(invitation, by=request.membership.user, now=timezone.now())
    except invitations.NotPossible as exc:
        messages.error(request, wording.invitation_refusal(exc.code))
    else:
        messages.success(
            request,
            _("The invitation of %(email)s is withdrawn. Its link opens nothing any more.")
            % {"email": invitation.email},
        )
    return redirect("connections:people")


@require_GET
def open_invitation(request: Any) -> HttpResponse:
    """Take the key out of the address and go on without it."""
    request.session[_KEY] = request.GET.get("key", "")[:200]
    return redirect("connections:invitation")


@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: Any) -> HttpResponse:
    """Show who invites whom to what, and accept."""
    key = request.session.get(_KEY, "")
    found = invitations.find(key, now=timezone.now()) if key else None
    if found is None:
        return render(request, "connections/invitation_ended.html", status=GONE)
    if request.user.is_authenticated:
        return _accept_signed_in(request, key, found)
    if invitations.is_known(found):
        return _show(request, found)
    return _accept_as_new(request, key, found)


def _accept_signed_in(request: Any, key: str, found: Invitation) -> HttpResponse:
    if request.method != "POST":
        return _show(request, found)
    try:
        membership = invitations.accept(key, user=request.user, now=timezone.now())
    except invitations.NotPossible as exc:
        messages.error(request, wording.invitation_refusal(exc.code))
        return redirect("connections:invitation")
    del request.session[_KEY]
    choose_company(request, membership.company_id)
    messages.success(
        request, _("You are a member of %(company)s now.") % {"company": found.company.name}
    )
    return redirect("home")


def _accept_as_new(request: Any, key: str, found: Invitation) -> HttpResponse:
    if request.method != "POST":
        return _show(request, found, form=AcceptForm())
    form = AcceptForm(request.POST)
    if not form.is_valid():
        return _show(request, found, form=form, status=UNPROCESSABLE)
    try:
        user = invitations.accept_as_new(key, **form.cleaned_data, now=timezone.now())
    except ValidationError as exc:
        form.add_error("password", exc)
        return _show(request, found, form=form, status=UNPROCESSABLE)
    except invitations.NotPossible as exc:
        messages.error(request, wording.invitation_refusal(exc.code))
        return redirect("connections:invitation")
    get_adapter(request).login(request, user)
    # Just chosen here: the second step can be set up without typing it again.
    record_authentication(request, user, method="password")
    request.session.pop(_KEY, None)
    choose_company(request, found.company_id)
    messages.success(
        request, _("Welcome. You are a member of %(company)s now.") % {"company": found.company}
    )
    return redirect("home")


def _show(request: Any, found: Invitation, *, status: int = 200, **more: Any) -> HttpResponse:
    is_theirs = request.user.is_authenticated and request.user.email == found.email
    context = {"invitation": found, "is_theirs": is_theirs, **more}
    return render(request, "connections/invitation.html", context, status=status)


def _invitation(request: CompanyRequest, invitation_id: int) -> Invitation:
    found = invitations.get_open(request.company, invitation_id)
    if found is None:
        raise Http404
    return found


def _unsent() -> str:
    return _("The invitation is kept, but its mail could not be sent just now. Send it again.")
