"""From a person's choice to signed claims about them: code, token, userinfo."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction

from sandbox.core import clients, clock, signing
from sandbox.sso import people
from sandbox.sso.models import SignIn

CODE_LIFETIME = timedelta(minutes=5)
TOKEN_LIFETIME = timedelta(hours=1)


class InvalidGrant(Exception):
    """The code does not entitle to a token."""


@dataclass(frozen=True)
class Tokens:
    """What the token route hands out."""

    access_token: str
    id_token: str
    scope: str


def give_code(someone: people.Someone, asked: Mapping[str, str]) -> str:
    """Record that a person signed in; `asked` are the parameters of the authorize address."""
    return SignIn.objects.create(
        code=secrets.token_urlsafe(24),
        email=someone.email,
        redirect_uri=asked["redirect_uri"],
        nonce=asked.get("nonce", ""),
        code_challenge=asked.get("code_challenge", ""),
        scope=asked["scope"],
        expires_at=clock.now() + CODE_LIFETIME,
    ).code


def exchange(*, code: str, redirect_uri: str, code_verifier: str, issuer: str) -> Tokens:
    """
    Turn a code into an access token and an id token signed with RS256. A code works once.

    :raises InvalidGrant: unknown, used or expired, another redirect address, wrong verifier
    """
    now = clock.now()
    with transaction.atomic():
        sign_in = SignIn.objects.filter(
            code=code, redirect_uri=redirect_uri, access_token=None, expires_at__gt=now
        ).first()
        if sign_in is None or not _is_verified(sign_in, code_verifier):
            raise InvalidGrant("The code is unknown, used or expired.")
        someone = people.find(sign_in.email)
        if someone is None:
            raise InvalidGrant("This person has left.")
        sign_in.access_token = secrets.token_urlsafe(32)
        sign_in.expires_at = now + TOKEN_LIFETIME
        sign_in.save(update_fields=["access_token", "expires_at"])
    claims = someone.to_claims() | {
        "iss": issuer,
        "aud": clients.SSO.client_id,
        "iat": int(now.timestamp()),
        "exp": int((now + TOKEN_LIFETIME).timestamp()),
        "auth_time": int(now.timestamp()),
        # RFC 8176: the company's sign-on asks for more than a password.
        "amr": ["pwd", "otp", "mfa"],
    }
    if sign_in.nonce:
        claims["nonce"] = sign_in.nonce
    return Tokens(sign_in.access_token, signing.sign(claims), sign_in.scope)


def find_claims(access_token: str) -> dict[str, Any] | None:
    """The claims about the person an access token belongs to, or None."""
    rows = SignIn.objects.filter(access_token=access_token, expires_at__gt=clock.now())
    sign_in = rows.first() if access_token else None
    someone = people.find(sign_in.email) if sign_in else None
    return someone.to_claims() if someone else None


def _is_verified(sign_in: SignIn, code_verifier: str) -> bool:
    """PKCE with S256, when the app asked for it (RFC 7636)."""
    if not sign_in.code_challenge:
        return True
    digest = hashlib.sha256(code_verifier.encode()).digest()
    expected = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return hmac.compare_digest(expected, sign_in.code_challenge)
