"""A member's own Xero user: the start of the consent, and its end. The page is of `invoices`."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from connections import consents, personal, queries, signin, wording
from connections.web import CompanyRequest, member_required, recent_required

PAGE = "invoices:own_link"


@member_required
@require_POST
@recent_required
def link_own(request: CompanyRequest) -> HttpResponse:
    """Send a member to Xero's consent page, to act as their own Xero user (R-3)."""
    if queries.live_connection(request.company) is None:
        messages.error(request, wording.refusal("no_connection"))
        return redirect(PAGE)
    return consents.redirect_to_provider(
        request,
        "xero",
        process="connect",
        data={
            "user": request.user.pk,
            "company": request.company.pk,
            "purpose": signin.OWN_LINK,
        },
    )


@member_required
@require_POST
@recent_required
def unlink_own(request: CompanyRequest) -> HttpResponse:
    """End a member's own Xero link."""
    link = request.membership.xero_link
    if link is not None and personal.end(link, by=request.membership.user, now=timezone.now()):
        messages.success(
            request,
            _(
                "Your own Xero link is removed. From now on your actions are sent as the company's "
                "Xero user. Nothing in Xero was changed."
            ),
        )
    return redirect(PAGE)
