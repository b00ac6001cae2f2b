"""
"Sign in with Pipedrive": whoever Pipedrive says it is, if that user is a member here.

It is the consent that connects Pipedrive as well: Pipedrive has no other way to say who somebody
is, so the grant that comes with it is stored as theirs. The role stays ours. Pipedrive does not
tell whether it asked for a second factor, so the company's statement decides (M-2).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from connections import assurance, consents, paths, queries, refused_sign_ins, services
from connections.models import Company, Membership
from connections.pipedrive.types import Me
from connections.tokens import TokenSet
from connections.web import choose_company

PURPOSE: Final = "sign_in"


def begin(request: HttpRequest, *, back: str) -> HttpResponse:
    """Send the browser to Pipedrive's consent page, bound to this browser (S-13)."""
    return consents.redirect_to_provider(
        request,
        "pipedrive",
        process="login",
        next_url=paths.local(back),
        data={"purpose": PURPOSE, "user": request.user.pk},
    )


def finish(
    request: HttpRequest, *, me: Me, tokens: TokenSet, begun: dict[str, Any], now: datetime
) -> HttpResponse:
    """
    Sign in the member whose Pipedrive user this is; anybody else is told whom to ask.

    :param begun: what the state of this sign-in holds: user and next
    :raises gates.Refused: the grant cannot be stored, e.g. closed to new installs
    """
    back = paths.local(begun.get("next") or "")
    membership = _find(me)
    is_again = begun.get("user") is not None
    if membership is None or (is_again and membership.user_id != begun["user"]):
        services.give_back(me, tokens, now=now)
        _record(_company(me), me, "other_person" if membership else "no_member", now)
        messages.error(request, _whom_to_ask(me))
        return redirect("home" if request.user.is_authenticated else "account_login")
    if is_again and request.user.pk != begun["user"]:
        _record(membership.company, me, "other_person", now)
        messages.error(request, _("Please sign in and start again."))
        return redirect("account_login")
    user, company = membership.user, membership.company
    services.finish_pipedrive(user=user, company_id=company.pk, me=me, tokens=tokens, now=now)
    if not company.is_security_stated and not assurance.has_factor(user):
        _record(company, me, "statement", now)
        messages.error(
            request,
            _(
                "Your company has not confirmed yet that Pipedrive asks for a second step. Sign in "
                "here with your email address, and set up a second step once."
            ),
        )
        return redirect("account_login")
    assurance.note_company(request, user, assurance.PIPEDRIVE, company)
    if is_again:
        return redirect(back)
    choose_company(request, company.pk)
    return perform_login(request, Login(user=user, redirect_url=back, email_verification="none"))


def _record(company: Company | None, me: Me, code: str, now: datetime) -> None:
    refused_sign_ins.record_for_company(
        "sign_in.pipedrive_refused", company, error_code=code, now=now, pipedrive_id=me.id
    )


def _company(me: Me) -> Company | None:
    return Company.objects.filter(pipedrive_company_id=me.company_id).first()


def _find(me: Me) -> Membership | None:
    company = _company(me)
    if company is None:
        return None
    row: Membership | None = (
        Membership.objects.for_company(company)
        .select_related("user", "company")
        .filter(pipedrive_user_id=me.id, removed_at__isnull=True, user__is_active=True)
        .first()
    )
    return row


def _whom_to_ask(me: Me) -> str:
    """Pipedrive has said that they are of this company, so its admins may be named to them."""
    company = _company(me)
    admins = queries.list_admins(company) if company else []
    if not admins:
        return _(
            "Nobody here has that Pipedrive user, and %(company)s does not use InvoiceBridge yet. "
            "Create an account, and connect Pipedrive to begin."
        ) % {"company": me.company_name}
    return _(
        "Nobody here has that Pipedrive user. Nothing was changed; ask %(names)s to invite you, or "
        "sign in with your email address and connect Pipedrive."
    ) % {"names": ", ".join(str(each) for each in admins)}
