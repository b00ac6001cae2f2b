"""
Pipedrive for allauth: who is asked, and how an account is told apart (stack §2).

allauth loads this in every process at its start. So it knows no client: the end of the consent,
which calls Pipedrive, is in `views`.
"""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.providers.base import ProviderAccount
from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter
from django.conf import settings
from django.utils.http import urlencode


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
