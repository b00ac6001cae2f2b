"""Pipedrive's grant: renew it, give it back (pipedrive-api §1.2, §1.5)."""

from connections import http, tokens
from connections.secrets import Secret
from connections.tokens import TokenDialect, TokenSet

DIALECT = TokenDialect("pipedrive")
EXPIRES_IN_SECONDS = 3599


def refresh(
    transport: http.Transport,
    oauth_url: str,
    *,
    client_id: str,
    client_secret: Secret,
    refresh_token: Secret,
) -> TokenSet:
    """
    Trade the refresh token for a new set; ``api_domain`` says where this company's API is now.

    :param transport: made with ``oauth.DIALECT``
    :param oauth_url: e.g. https://oauth.pipedrive.com
    :raises errors.Revoked: the grant is gone, a person has to reconnect
    :raises errors.ProviderError: the same token may be tried again
    """
    return tokens.refresh(
        transport,
        f"{oauth_url.rstrip('/')}/oauth/token",
        client_id=client_id,
        client_secret=client_secret,
        refresh_token=refresh_token,
        default_expires_in=EXPIRES_IN_SECONDS,
    )


def revoke(
    transport: http.Transport,
    oauth_url: str,
    *,
    client_id: str,
    client_secret: Secret,
    refresh_token: Secret,
) -> None:
    """
    Give the grant back, which uninstalls the app for this user.

    :raises errors.ProviderError: Pipedrive did not confirm it
    """
    tokens.revoke(
        transport,
        f"{oauth_url.rstrip('/')}/oauth/revoke",
        client_id=client_id,
        client_secret=client_secret,
        refresh_token=refresh_token,
    )
