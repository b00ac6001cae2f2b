"""A company's OpenID Connect provider: what it says of itself, its keys, a code for a token."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

from connections import errors, http, tokens
from connections.oidc_provider import Provider
from connections.secrets import Secret

MAX_BYTES = 256 * 1024
_LONGEST_URL = 500


class OidcClient:
    """Calls to a provider that an admin named."""

    def __init__(self, transport: http.Transport) -> None:
        """:param transport: one that reaches what this admin may have us call"""
        self._transport = transport

    def discover(self, issuer: str) -> Provider:
        """
        Read what a provider says of itself.

        :param issuer: as the admin typed it; the document has to name the same
        :raises errors.ProviderError: it does not answer, or not as a provider does
        """
        operation = "sign_on.discover"
        url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        document = self._get(url, operation)
        named = document.get("issuer")
        if not isinstance(named, str) or named.rstrip("/") != issuer.rstrip("/"):
            raise _unexpected(operation, "another issuer")
        algorithms = document.get("id_token_signing_alg_values_supported") or ["RS256"]
        methods = document.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if not isinstance(algorithms, list) or not isinstance(methods, list):
            raise _unexpected(operation, "not a list")
        return Provider(
            issuer=named,
            authorization_endpoint=self._address(document, "authorization_endpoint", operation),
            token_endpoint=self._address(document, "token_endpoint", operation),
            jwks_uri=self._address(document, "jwks_uri", operation),
            is_secret_posted="client_secret_basic" not in methods,
        )

    def exchange(
        self,
        token_endpoint: str,
        *,
        code: str,
        verifier: str,
        redirect_uri: str,
        client_id: str,
        client_secret: Secret,
        is_secret_posted: bool,
    ) -> str:
        """
        Trade a code for an id token, which is not verified yet.

        :raises errors.ProviderError: the code or the secret was refused, or no usable answer
        """
        operation = "sign_on.exchange"
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        headers = tokens.form_headers(client_id, client_secret)
        if is_secret_posted:
            del headers["Authorization"]
            form |= {"client_id": client_id, "client_secret": client_secret.reveal()}
        answer = self._transport.send(
            "POST",
            token_endpoint,
            operation=operation,
            headers=headers,
            body=urlencode(form).encode(),
        )
        id_token = answer.payload.get("id_token")
        if not isinstance(id_token, str):
            raise _unexpected(operation, "no id token")
        return id_token

    def fetch_keys(self, jwks_uri: str) -> dict[str, Any]:
        """
        Return the keys that a provider signs with, as it publishes them.

        :raises errors.ProviderError: no usable answer
        """
        return self._get(jwks_uri, "sign_on.keys")

    def _get(self, url: str, operation: str) -> dict[str, Any]:
        payload: dict[str, Any] = self._transport.send(
            "GET", url, operation=operation, headers={"Accept": "application/json"}
        ).payload
        return payload

    def _address(self, document: dict[str, Any], name: str, operation: str) -> str:
        value = document.get(name)
        if not isinstance(value, str) or len(value) > _LONGEST_URL or urlsplit(value).fragment:
            raise _unexpected(operation, f"no {name}")
        self._transport.check_origin(value, operation=operation)
        return value


def _unexpected(operation: str, detail: str) -> errors.UnexpectedAnswer:
    return errors.UnexpectedAnswer(vendor="sign_on", operation=operation, detail=detail)
