"""The People page: everybody sees who may do what, admins decide it (R-3, B-18)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from connections import invitations, queries, rights, typed_before, wording
from connections import people as services
from connections.invitation_forms import InviteForm
from connections.models import Membership
from connections.people_forms import MemberForm
from connections.queries import PEOPLE_PAGE
from connections.web import (
    CompanyRequest,
    admin_required,
    member_required,
    recent_required,
)

UNPROCESSABLE = 422
CONFLICT = 409


@member_required
@require_GET
def people(request: CompanyRequest) -> HttpResponse:
    """List the company's people: role, rights, how each is connected, when last seen."""
    return show_people(request)


def show_people(
    request: CompanyRequest, *, invite_form: InviteForm | None = None, status: int = 200
) -> HttpResponse:
    """Draw the page; with what an admin typed to invite somebody, when that was refused."""
    count = queries.count_people(request.company)
    page = Paginator(range(count), PEOPLE_PAGE).get_page(request.GET.get("page", "")[:9])
    found = queries.list_people(
        request.company, are_removed=False, first=(page.number - 1) * PEOPLE_PAGE
    )
    connection = queries.live_connection(request.company)
    is_admin = request.membership.is_admin
    removed = queries.list_people(request.company, are_removed=True) if is_admin else []
    context: dict[str, Any] = {
        "rows": [
            {"person": each, "rights": rights.list_rights(each.membership, connection)}
            for each in found
        ],
        "removed": removed,
        "page": page,
        "count": count,
        "admins": [] if is_admin else queries.list_admins(request.company),
        "previous_href": f"?page={page.number - 1}" if page.has_previous() else "",
        "next_href": f"?page={page.number + 1}" if page.has_next() else "",
    }
    if is_admin:
        typed = typed_before.take(request, reverse("connections:invite"))
        context["invite_form"] = invite_form or InviteForm(typed)
        context["invitations"] = invitations.list_open(request.company)
        context["now"] = timezone.now()
    return render(request, "connections/people.html", context, status=status)


@admin_required
@require_http_methods(["GET", "HEAD", "POST"])
@recent_required
def member(request: CompanyRequest, member_id: int) -> HttpResponse:
    """Show and change one person's role and flags."""
    chosen = _member(request, member_id)
    if request.method != "POST":
        typed = typed_before.take(request, request.path)
        return _show(request, chosen, MemberForm(typed, member=chosen))
    form = MemberForm(request.POST, member=chosen)
    if not form.is_valid():
        return _show(request, chosen, form, status=UNPROCESSABLE)
    try:
        services.change(
            chosen,
            seen=form.cleaned_data["seen"],
            wanted=form.wanted,
            by=request.membership.user,
            now=timezone.now(),
        )
    except services.NotPossible as exc:
        if exc.code == "changed_meanwhile":
            return _show_changed(request, member_id)
        form.add_error("role", wording.people_refusal(exc.code))
        return _show(request, chosen, form, status=UNPROCESSABLE)
    messages.success(
        request, _("The rights of %(person)s are saved.") % {"person": str(chosen.user)}
    )
    return redirect("connections:people")


@admin_required
@require_POST
@recent_required
def remove_member(request: CompanyRequest, member_id: int) -> HttpResponse:
    """Take a person out of the company."""
    chosen = _member(request, member_id)
    try:
        services.remove(chosen, by=request.membership.user, now=timezone.now())
    except services.NotPossible as exc:
        messages.error(request, wording.people_refusal(exc.code))
    else:
        messages.success(
            request,
            _("%(person)s is not a member any more. What they did stays.")
            % {"person": str(chosen.user)},
        )
    return redirect("connections:people")


@admin_required
@require_POST
@recent_required
def restore_member(request: CompanyRequest, member_id: int) -> HttpResponse:
    """Make a removed person a member again."""
    chosen = _member(request, member_id, is_removed=True)
    try:
        services.restore(chosen, by=request.membership.user, now=timezone.now())
    except services.NotPossible as exc:
        messages.error(request, wording.people_refusal(exc.code))
        return redirect("connections:people")
    messages.success(
        request,
        _("%(person)s is a member again, as a sales rep. They connect their own Pipedrive anew.")
        % {"person": str(chosen.user)},
    )
    return redirect("connections:member", chosen.pk)


def _show(
    request: CompanyRequest, chosen: Membership, form: MemberForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    connection = queries.live_connection(request.company)
    context = {
        "member": chosen,
        "form": form,
        "flags": [
            {"field": form[each.flag], "right": each}
            for each in rights.list_rights(chosen, connection)
        ],
        "is_self": chosen.pk == request.membership.pk,
        **more,
    }
    return render(request, "connections/member.html", context, status=status)


def _show_changed(request: CompanyRequest, member_id: int) -> HttpResponse:
    """Keep what was chosen, say that somebody was faster, and let it be saved over that."""
    chosen = _member(request, member_id)
    seen_now = services.Rights.of(chosen).write()
    form = MemberForm({**request.POST.dict(), "seen": seen_now}, member=chosen)
    held = [str(label) for flag, label in rights.LABELS.items() if getattr(chosen, flag)]
    return _show(request, chosen, form, status=CONFLICT, stored=held)


def _member(request: CompanyRequest, member_id: int, *, is_removed: bool = False) -> Membership:
    """Return a person of this company; somebody else's is not found, like an unknown one."""
    found = queries.get_member(request.company, member_id)
    if found is None or (found.removed_at is not None) != is_removed:
        raise Http404
    return found
