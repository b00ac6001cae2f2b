"""
Sign-in by allauth, and the end of the vendors' consent: tokens go to our sealed rows only.

For Pipedrive and Xero allauth does the dance (state, PKCE, code) and hands the tokens over in
`pre_social_login`; the request ends there, so that no SocialAccount, no SocialToken and nothing
in the session ever holds one (stack §2).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from connections import consents, errors, gates, personal, services, wording, xero_services
from connections.models import Membership
from connections.pipedrive.types import Me
from connections.runtime import snapshot
from connections.secrets import Secret
from connections.tokens import TokenSet
from connections.web import COMPANY_KEY

log = structlog.get_logger(__name__)

STATE_LENGTH = 43
# In the state of a consent: it is for the person's own link, not the company's connection.
OWN_LINK = "own_link"


class AccountAdapter(DefaultAccountAdapter):
    """Who may make an account here."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """New people may sign up unless support has closed the door (M-3)."""
        return not snapshot().closed_to_new_installs


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Single sign-on signs known people in; Pipedrive and Xero never make accounts."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Single sign-on is for people who were invited; it makes no accounts."""
        return False

    def generate_state_param(self, state: dict[str, Any]) -> str:
        """Return 256 bits, bound by allauth to this browser's session for ten minutes (S-13)."""
        return get_random_string(STATE_LENGTH)

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """
        Take the vendors' tokens and end the request; let single sign-on pass.

        :raises ImmediateHttpResponse: always, for Pipedrive and Xero
        """
        is_own = _state_data(sociallogin).get("purpose") == OWN_LINK
        finish = {
            "pipedrive": finish_pipedrive,
            "xero": finish_own_xero if is_own else finish_xero,
        }.get(sociallogin.account.provider)
        back = "invoices:own_link" if is_own else "connections:overview"
        if finish is None:
            return
        if not request.user.is_authenticated or not _is_same_person(request, sociallogin):
            # Begun by somebody else or signed out meanwhile: nothing is linked.
            messages.error(request, _("Please sign in and start connecting again."))
            raise ImmediateHttpResponse(redirect("account_login"))
        consents.come_back(request)
        try:
            response = finish(request, sociallogin, timezone.now())
        except gates.Refused as exc:
            messages.error(request, wording.refusal(exc.code, exc.detail))
            response = redirect(back)
        except errors.ProviderError as exc:
            log.warning("connect_failed", error=exc.code, operation=exc.operation)
            messages.error(
                request,
                _("The other side did not answer. Nothing was connected; please try again."),
            )
            response = redirect(back)
        raise ImmediateHttpResponse(response)

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> NoReturn:
        """
        Answer a refused or broken consent with a plain page that links nothing (B-20).

        :raises ImmediateHttpResponse: always
        """
        consents.come_back(request)
        is_refusal = request.GET.get("error") in {"access_denied", "user_denied"}
        messages.error(
            request,
            _("You did not give access. Nothing was connected.")
            if is_refusal
            else _("That did not work, and nothing was connected. Please start again from here."),
        )
        log.warning("consent_failed", provider=provider.sub_id, error=type(exception).__name__)
        target = "connections:overview" if request.user.is_authenticated else "account_login"
        raise ImmediateHttpResponse(redirect(target))


def finish_pipedrive(request: HttpRequest, sociallogin: SocialLogin, now: datetime) -> HttpResponse:
    """Store a person's Pipedrive grant and go on to the next step of setting up."""
    membership = services.finish_pipedrive(
        user=request.user,  # type: ignore[arg-type]
        company_id=_state_data(sociallogin).get("company"),
        me=Me(**sociallogin.account.extra_data["me"]),
        tokens=_tokens(
            sociallogin,
            scopes=sociallogin.account.extra_data["scopes"],
            api_domain=sociallogin.account.extra_data["api_domain"],
            now=now,
        ),
        now=now,
    )
    request.session[COMPANY_KEY] = membership.company_id
    messages.success(request, _("Pipedrive is connected."))
    return redirect(sociallogin.state.get("next") or reverse("connections:overview"))


def finish_xero(request: HttpRequest, sociallogin: SocialLogin, now: datetime) -> HttpResponse:
    """Store a Xero user's grant; connect the organisation, or ask which one when several."""
    membership: Membership | None = request.membership  # type: ignore[attr-defined]
    if membership is None or not membership.is_admin:
        raise gates.Refused("not_admin")
    if _state_data(sociallogin).get("company") != membership.company_id:
        raise gates.Refused("other_company", membership.company.name)
    gates.check_open_for(membership.company, snapshot())
    claims = sociallogin.account.extra_data["id_token"]
    authorisation = xero_services.store_grant(
        xero_user_id=UUID(claims["xero_userid"]),
        email=claims.get("email", ""),
        tokens=_tokens(sociallogin, scopes=settings.XERO_SCOPES, api_domain="", now=now),
        now=now,
    )
    choices = xero_services.list_choices(authorisation, company=membership.company, now=now)
    if not choices.tenants:
        raise gates.Refused("no_organisation")
    only = choices.tenants[0].tenant
    if len(choices.tenants) > 1 or choices.is_change(only):
        consents.remember_choice(request, membership.company, authorisation)
        return redirect("connections:choose_organisation")
    connection = xero_services.connect_tenant(
        company=membership.company,
        authorisation=authorisation,
        tenant=only,
        by=membership.user,
        now=now,
    )
    return consents.go_on_after_xero(request, connection)


def finish_own_xero(request: HttpRequest, sociallogin: SocialLogin, now: datetime) -> HttpResponse:
    """Link a member's own Xero user, as whom they act from now on (R-3)."""
    membership: Membership | None = request.membership  # type: ignore[attr-defined]
    if membership is None or _state_data(sociallogin).get("company") != membership.company_id:
        raise gates.Refused("other_company", membership.company.name if membership else "")
    claims = sociallogin.account.extra_data["id_token"]
    personal.link(
        membership=membership,
        xero_user_id=UUID(claims["xero_userid"]),
        email=claims.get("email", ""),
        tokens=_tokens(sociallogin, scopes=settings.XERO_SCOPES, api_domain="", now=now),
        now=now,
    )
    messages.success(
        request, _("Your own Xero user is linked. What you press from now on is written as you.")
    )
    return redirect("invoices:own_link")


def _state_data(sociallogin: SocialLogin) -> dict[str, Any]:
    return sociallogin.state.get("data") or {}


def _is_same_person(request: HttpRequest, sociallogin: SocialLogin) -> bool:
    return bool(_state_data(sociallogin).get("user") == request.user.pk)


def _tokens(
    sociallogin: SocialLogin, *, scopes: list[str], api_domain: str, now: datetime
) -> TokenSet:
    token = sociallogin.token
    return TokenSet(
        access_token=Secret(token.token),
        refresh_token=Secret(token.token_secret),
        expires_in=max(0, int((token.expires_at - now).total_seconds())),
        scopes=tuple(scopes),
        api_domain=api_domain,
    )
