"""Pipedrive for allauth: who is asked, and how an account is told apart (stack §2)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from allauth.socialaccount.providers.base import ProviderAccount, ProviderException
from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter
from django.conf import settings
from django.http import HttpRequest
from django.utils.http import urlencode

from connections import access, errors
from connections.secrets import Secret


class PipedriveClient(OAuth2Client):
    """Scopes are fixed on the app; an empty `scope=` made consent fail (pipedrive-api §1.1)."""

    def get_redirect_url(
        self, authorization_url: str, scope: list[str], extra_params: dict[str, Any]
    ) -> str:
        """Return the consent page's address: client, callback and state, nothing else."""
        query = {
            "client_id": self.consumer_key,
            "redirect_uri": self.callback_url,
            "response_type": "code",
            "state": self.state,
        }
        return f"{authorization_url}?{urlencode(query)}"


class PipedriveAdapter(OAuth2Adapter):
    """The consent dance with Pipedrive's addresses; Basic auth at the token endpoint."""

    provider_id = "pipedrive"
    client_class = PipedriveClient
    basic_auth = True
    login_cancelled_error = "user_denied"

    @property
    def authorize_url(self) -> str:
        """Where the person is asked."""
        return f"{settings.PIPEDRIVE_OAUTH_URL}/oauth/authorize"

    @property
    def access_token_url(self) -> str:
        """Where the code becomes tokens."""
        return f"{settings.PIPEDRIVE_OAUTH_URL}/oauth/token"

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        """Ask whose grant this is, at the API host that the token answer names (allow-listed)."""
        answer = kwargs["response"]
        api_domain = answer.get("api_domain", "")
        try:
            me = access.pipedrive_with_token(api_domain, Secret(token.token)).get_me()
        except errors.ProviderError as exc:
            raise ProviderException(exc.code) from exc
        return self.get_provider().sociallogin_from_response(
            request,
            {
                "me": asdict(me),
                "api_domain": api_domain,
                "scopes": [part for part in answer.get("scope", "").split(",") if part],
            },
        )


class PipedriveProvider(OAuth2Provider):
    """One account = one user of one company."""

    id = "pipedrive"
    name = "Pipedrive"
    account_class = ProviderAccount
    oauth2_adapter_class = PipedriveAdapter

    def extract_uid(self, data: dict[str, Any]) -> str:
        """Return company and user id: user ids alone repeat between companies."""
        return f"{data['me']['company_id']}:{data['me']['id']}"

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return nothing: Pipedrive makes no accounts here."""
        return {}


provider_classes = [PipedriveProvider]
