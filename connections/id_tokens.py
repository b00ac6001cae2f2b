"""What an id token says, once it is known to be the provider's and meant for us."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Any

import jwt

# Public keys only: with a shared secret, whoever may read it could say to be anybody.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
LEEWAY_SECONDS = 30
_LONGEST_SUBJECT = 255


class NotBelieved(Exception):
    """The token is not this provider's, not for us, not of this sign-in, or too old."""


@dataclass(frozen=True, slots=True)
class Claims:
    """Who the provider says it is."""

    subject: str
    email: str
    is_email_verified: bool
    auth_time: int | None


def read(id_token: str, keys: dict[str, Any], *, issuer: str, client_id: str, nonce: str) -> Claims:
    """
    Verify an id token (OpenID Connect Core §3.1.3.7) and return what it says.

    :param keys: the provider's published keys
    :param nonce: of the sign-in that this browser began
    :raises NotBelieved: anything about it is wrong
    """
    try:
        found = jwt.decode(
            id_token,
            _find_key(id_token, keys),
            algorithms=list(ALGORITHMS),
            audience=client_id,
            issuer=issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "iat", "iss", "aud", "sub", "nonce"]},
        )
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError) as exc:
        raise NotBelieved(type(exc).__name__) from None
    if not hmac.compare_digest(str(found["nonce"]).encode(), nonce.encode()):
        raise NotBelieved("nonce")
    if isinstance(found["aud"], list) and len(found["aud"]) > 1 and found.get("azp") != client_id:
        raise NotBelieved("azp")
    subject, email, auth_time = found["sub"], found.get("email"), found.get("auth_time")
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
        raise NotBelieved("sub")
    return Claims(
        subject=subject,
        email=email.strip().lower() if isinstance(email, str) else "",
        is_email_verified=found.get("email_verified") is True,
        auth_time=auth_time if isinstance(auth_time, int) else None,
    )


def _find_key(id_token: str, keys: dict[str, Any]) -> jwt.PyJWK:
    header = jwt.get_unverified_header(id_token)
    if header.get("alg") not in ALGORITHMS:
        raise NotBelieved("alg")
    known = jwt.PyJWKSet.from_dict(keys).keys
    named = [each for each in known if each.key_id == header.get("kid")]
    if "kid" not in header:
        named = known if len(known) == 1 else []
    if not named:
        raise NotBelieved("kid")
    return named[0]
