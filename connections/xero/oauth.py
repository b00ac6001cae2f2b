"""Xero's grant: renew it, give it back (xero-api §2.2, §2.4)."""

from connections import http, tokens
from connections.secrets import Secret
from connections.tokens import TokenDialect, TokenSet

DIALECT = TokenDialect("xero")
EXPIRES_IN_SECONDS = 1800


def refresh(
    transport: http.Transport,
    identity_url: str,
    *,
    client_id: str,
    client_secret: Secret,
    refresh_token: Secret,
) -> TokenSet:
    """
    Trade the refresh token for a new set; Xero retires the old one (30 minutes' grace).

    :param transport: made with ``oauth.DIALECT``
    :param identity_url: e.g. https://identity.xero.com
    :raises errors.Revoked: the grant is gone, a person has to reconnect
    :raises errors.ProviderError: the same token may be tried again
    """
    return tokens.refresh(
        transport,
        f"{identity_url.rstrip('/')}/connect/token",
        client_id=client_id,
        client_secret=client_secret,
        refresh_token=refresh_token,
        default_expires_in=EXPIRES_IN_SECONDS,
    )


def revoke(
    transport: http.Transport,
    identity_url: str,
    *,
    client_id: str,
    client_secret: Secret,
    refresh_token: Secret,
) -> None:
    """
    Give the whole grant back: ALL tenants this Xero user linked to the app.

    :raises errors.ProviderError: Xero did not confirm it
    """
    tokens.revoke(
        transport,
        f"{identity_url.rstrip('/')}/connect/revocation",
        client_id=client_id,
        client_secret=client_secret,
        refresh_token=refresh_token,
    )
