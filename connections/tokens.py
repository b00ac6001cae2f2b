"""
The token set of a grant, whichever vendor gave it, and the one call that renews it.

A renewal whose answer was lost is ``Unreachable``: the old refresh token may be tried again
(reliability P-8). Only ``Revoked`` means that a person has to reconnect.
"""

import base64
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode

from connections import dialects, errors, http
from connections.secrets import Secret


@dataclass(frozen=True, slots=True)
class TokenSet:
    """
    What a token endpoint answered (xero-api §2.2, pipedrive-api §1.2).

    ``expires_in`` counts seconds from when the answer came. ``api_domain`` is Pipedrive's only.
    """

    access_token: Secret
    refresh_token: Secret
    expires_in: int
    scopes: tuple[str, ...]
    api_domain: str = ""


@dataclass(frozen=True, slots=True)
class TokenDialect:
    """How OAuth token endpoints word a refusal (RFC 6749 §5.2); no limits are known there."""

    vendor: str

    def read_refusal(self, headers: dialects.Headers, payload: Any) -> dialects.Refusal:
        """Return the OAuth error code as the type."""
        error = payload.get("error") if isinstance(payload, dict) else None
        return dialects.Refusal(error_type=error if isinstance(error, str) else "")

    def read_limit(self, headers: dialects.Headers) -> tuple[errors.Problem, int]:
        """Return the seconds asked for, else a minute."""
        asked = dialects.read_seconds(headers, "Retry-After")
        return "other", 60 if asked is None else asked

    def read_remaining(self, headers: dialects.Headers) -> dialects.Remaining:
        """Return nothing: identity servers carry no such headers."""
        return dialects.Remaining()

    def read_request_id(self, headers: dialects.Headers) -> str:
        """Return nothing: identity servers name no request id."""
        return ""

    def is_success(self, payload: Any) -> bool:
        """Return whether it is an object; a 200 of a token endpoint says no more."""
        return isinstance(payload, dict)


def refresh(
    transport: http.Transport,
    token_url: str,
    *,
    client_id: str,
    client_secret: Secret,
    refresh_token: Secret,
    default_expires_in: int,
) -> TokenSet:
    """
    Trade a refresh token for a new token set; whatever comes back has to be saved.

    An answer without a refresh token leaves the one we hold in force (RFC 6749 §6).

    :param transport: one whose dialect is a ``TokenDialect``
    :param default_expires_in: seconds, for an answer that does not say
    :raises errors.Revoked: the grant is gone (``invalid_grant``)
    :raises errors.ProviderError: anything else; the same refresh token may be tried again
    """
    vendor = transport.dialect.vendor
    operation = f"{vendor}.refresh_token"
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token.reveal()}
    try:
        answer = transport.send(
            "POST",
            token_url,
            operation=operation,
            headers=form_headers(client_id, client_secret),
            body=urlencode(form).encode(),
        )
    except errors.Rejected as exc:
        if exc.error_type == "invalid_grant":
            raise errors.Revoked(vendor=vendor, operation=operation, status=exc.status) from exc
        raise
    return _read_token_set(answer.payload, vendor, operation, refresh_token, default_expires_in)


def revoke(
    transport: http.Transport,
    revocation_url: str,
    *,
    client_id: str,
    client_secret: Secret,
    refresh_token: Secret,
) -> None:
    """
    Give a whole grant back (RFC 7009); an unknown token is no error.

    :raises errors.ProviderError: the vendor did not confirm it
    """
    form = {"token": refresh_token.reveal(), "token_type_hint": "refresh_token"}
    transport.send(
        "POST",
        revocation_url,
        operation=f"{transport.dialect.vendor}.revoke_token",
        headers=form_headers(client_id, client_secret),
        body=urlencode(form).encode(),
        expects="nothing",
    )


def form_headers(client_id: str, client_secret: Secret) -> dict[str, str]:
    """Return the headers of a form for a token endpoint, with Basic authentication."""
    pair = f"{quote_plus(client_id)}:{quote_plus(client_secret.reveal())}"
    return {
        "Authorization": "Basic " + base64.b64encode(pair.encode()).decode(),
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
    }


def _read_token_set(
    payload: dict[str, Any], vendor: str, operation: str, old: Secret, default_expires_in: int
) -> TokenSet:
    access_token = payload.get("access_token")
    if not isinstance(access_token, str) or not access_token:
        raise errors.UnexpectedAnswer(
            vendor=vendor, operation=operation, detail="no access token", status=200
        )
    renewed = payload.get("refresh_token")
    expires_in = payload.get("expires_in")
    scope = payload.get("scope")
    api_domain = payload.get("api_domain")
    return TokenSet(
        access_token=Secret(access_token),
        refresh_token=Secret(renewed) if isinstance(renewed, str) and renewed else old,
        expires_in=expires_in if isinstance(expires_in, int) else default_expires_in,
        # Xero separates scopes by spaces, Pipedrive by commas.
        scopes=tuple(scope.replace(",", " ").split()) if isinstance(scope, str) else (),
        api_domain=api_domain if isinstance(api_domain, str) else "",
    )
