"""
Sign-in by allauth, and the end of the vendors' consent: tokens go to our sealed rows only.

For Pipedrive and Xero allauth does the dance (state, PKCE, code) and hands the tokens over in
`pre_social_login`; the request ends there, so that no SocialAccount, no SocialToken and nothing
in the session ever holds one (stack §2).
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from connections import (
    addresses,
    assurance,
    audit,
    consents,
    errors,
    gates,
    personal,
    pipedrive_sign_in,
    refused_sign_ins,
    services,
    wording,
    xero_services,
)
from connections.models import Membership
from connections.pipedrive.types import Me
from connections.runtime import snapshot
from connections.secrets import Secret
from connections.tokens import TokenSet
from connections.web import choose_company

log = structlog.get_logger(__name__)

STATE_LENGTH = 43
# In the state of a consent: it is for the person's own link, not the company's connection.
OWN_LINK = "own_link"


class AccountAdapter(DefaultAccountAdapter):
    """Who may make an account here."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """New people may sign up unless support has closed the door (M-3)."""
        return not snapshot().closed_to_new_installs

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return by what tries are counted: an address that a header cannot choose (S-4)."""
        return addresses.client_ip(request) or "unknown"

    def get_login_stages(self) -> list[str]:
        """Return allauth's steps, with ours in place of its second factor."""
        theirs = "allauth.mfa.stages.AuthenticateStage"
        ours = "connections.login_stages.SecondFactorStage"
        return [ours if each == theirs else each for each in super().get_login_stages()]

    def is_reauthentication_required(self, *, app: str, **_more: Any) -> bool:
        """
        Ask by our rule, which the middleware holds as well.

        A fresh sign-in counts, so that setting up the first factor does not ask twice.
        """
        return not assurance.is_recent(context.request)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Return how somebody shows who they are: a password only if they have nothing better."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        better = [each for each in methods if each["id"] != "reauthenticate"]
        return better if better and assurance.has_factor(user) else methods

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """
        As allauth's; that no more tries are taken for a while is on record (S-20).

        :raises ValidationError: there were too many
        """
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as exc:
            _record_wrong_password(exc, credentials)
            raise

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Write down that an address and a password were refused."""
        _record_wrong_password(ValidationError("refused"), credentials)

    def post_login(self, request: HttpRequest, user: Any, **more: Any) -> Any:
        """Write down who signed in."""
        audit.record("signed_in", company=None, actor=user, now=timezone.now())
        return super().post_login(request, user, **more)


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
        if _state_data(sociallogin).get("purpose") == consents.CONFIRM:
            raise ImmediateHttpResponse(_confirm(request, sociallogin, time.time()))
        purpose = _state_data(sociallogin).get("purpose")
        is_own = purpose == OWN_LINK
        is_sign_in = purpose == pipedrive_sign_in.PURPOSE
        finish = {
            "pipedrive": sign_in_by_pipedrive if is_sign_in else finish_pipedrive,
            "xero": finish_own_xero if is_own else finish_xero,
        }.get(sociallogin.account.provider)
        back = "invoices:own_link" if is_own else "connections:overview"
        if is_sign_in:
            back = "account_login"
        if finish is None:
            if sociallogin.state.get("process") == "login" and not sociallogin.is_existing:
                _record_refused_sign_on("unknown")
            return
        is_theirs = request.user.is_authenticated and _is_same_person(request, sociallogin)
        if not is_theirs and not is_sign_in:
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
                _("The service did not answer. Nothing was connected; please try again."),
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
        if provider.sub_id == assurance.OUR_SIGN_ON:
            _record_refused_sign_on("refused" if is_refusal else "broken")
        log.warning("consent_failed", provider=provider.sub_id, error=type(exception).__name__)
        target = "connections:overview" if request.user.is_authenticated else "account_login"
        raise ImmediateHttpResponse(redirect(target))


def _record_wrong_password(exc: ValidationError, credentials: dict[str, Any]) -> None:
    email = str(credentials.get("email") or "")
    refused_sign_ins.record_wrong(exc, "sign_in.password_refused", email=email, now=timezone.now())


def _record_refused_sign_on(code: str) -> None:
    refused_sign_ins.record_for_company(
        "sign_in.sign_on_refused", None, error_code=code, now=timezone.now()
    )


def _confirm(request: HttpRequest, sociallogin: SocialLogin, at: float) -> HttpResponse:
    """Note that our single sign-on asked anew who is signed in here, if it did and it is them."""
    user = request.user
    claims = sociallogin.account.extra_data.get("id_token") or {}
    asked_at = claims.get("auth_time")
    is_anew = isinstance(asked_at, int) and at - asked_at < assurance.RECENT_SECONDS
    is_them = (
        user.is_authenticated
        and sociallogin.account.provider == assurance.OUR_SIGN_ON
        and sociallogin.user is not None
        and sociallogin.user.pk == user.pk
        and _is_same_person(request, sociallogin)
    )
    if not (is_anew and is_them):
        _record_refused_sign_on("other_person" if is_anew else "not_asked_anew")
        messages.error(
            request,
            _("The single sign-on did not confirm that it is you. Nothing was changed."),
        )
        return redirect("home")
    assurance.note_our_sign_on(request, user)  # type: ignore[arg-type]
    return redirect(sociallogin.get_redirect_url(request) or reverse("home"))


def sign_in_by_pipedrive(
    request: HttpRequest, sociallogin: SocialLogin, now: datetime
) -> HttpResponse:
    """Sign in whose Pipedrive user this is."""
    return pipedrive_sign_in.finish(
        request,
        me=Me(**sociallogin.account.extra_data["me"]),
        tokens=_pipedrive_tokens(sociallogin, now=now),
        begun={**_state_data(sociallogin), "next": sociallogin.state.get("next")},
        now=now,
    )


def finish_pipedrive(request: HttpRequest, sociallogin: SocialLogin, now: datetime) -> HttpResponse:
    """Store a person's Pipedrive grant and go on to the next step of setting up."""
    membership = services.finish_pipedrive(
        user=request.user,  # type: ignore[arg-type]
        company_id=_state_data(sociallogin).get("company"),
        me=Me(**sociallogin.account.extra_data["me"]),
        tokens=_pipedrive_tokens(sociallogin, now=now),
        now=now,
    )
    choose_company(request, membership.company_id)
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
        request,
        _("Your own Xero user is linked. From now on your actions are sent to Xero as this user."),
    )
    return redirect("invoices:own_link")


def _state_data(sociallogin: SocialLogin) -> dict[str, Any]:
    return sociallogin.state.get("data") or {}


def _is_same_person(request: HttpRequest, sociallogin: SocialLogin) -> bool:
    return bool(_state_data(sociallogin).get("user") == request.user.pk)


def _pipedrive_tokens(sociallogin: SocialLogin, *, now: datetime) -> TokenSet:
    extra = sociallogin.account.extra_data
    return _tokens(sociallogin, scopes=extra["scopes"], api_domain=extra["api_domain"], now=now)


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
