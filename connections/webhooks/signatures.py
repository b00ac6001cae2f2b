"""
Who is speaking: Xero signs its messages, Pipedrive knows an address and a password (S-18, §6.2).

What Pipedrive must know is derived from our secret key for each company, so that checking it asks
nobody, and nothing of it is stored. Everything is compared as bytes and in constant time: text
with letters outside ASCII would raise (P-14).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.crypto import salted_hmac

MAX_ID = 2**63
_ADDRESS = "connections.webhooks.address"
_PASSWORD = "connections.webhooks.password"  # noqa: S105 - a salt, public


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a company's Pipedrive shows us: a part of the address, and HTTP Basic."""

    address: str
    user: str
    password: str


def is_from_xero(body: bytes, signature: str, *, keys: Sequence[str]) -> bool:
    """
    Return whether Xero signed exactly these bytes (xero-api §10).

    :param signature: the header ``x-xero-signature``
    :param keys: those accepted; without any nothing is
    """
    given = signature.strip().encode("utf-8", "replace")
    fits = [hmac.compare_digest(_sign(body, key), given) for key in keys if key]
    return any(fits)


def credentials_for(pipedrive_company_id: int) -> Credentials:
    """Return what we give this company's Pipedrive when we make its webhooks."""
    return _credentials(pipedrive_company_id, settings.SECRET_KEY)


def read_address(address: str) -> int | None:
    """Return the Pipedrive company that this secret part of the address is for, if it is one."""
    number, _, _ = address.partition("-")
    if not (number.isascii() and number.isdigit() and len(number) < 20):
        return None
    company_id = int(number)
    given = address.encode("utf-8", "replace")
    fits = [
        hmac.compare_digest(_credentials(company_id, key).address.encode(), given)
        for key in _secret_keys()
    ]
    return company_id if company_id < MAX_ID and any(fits) else None


def is_from_pipedrive(pipedrive_company_id: int, authorization: str) -> bool:
    """
    Return whether the header ``Authorization`` holds this company's user and password.

    Keys that still open sessions are accepted here as well: the daily check makes the webhooks
    anew with the one in use.
    """
    scheme, _, encoded = authorization.partition(" ")
    try:
        given = base64.b64decode(encoded.strip().encode("utf-8", "replace"), validate=True)
    except (binascii.Error, ValueError):
        given = b""
    fits = []
    for key in _secret_keys():
        wanted = _credentials(pipedrive_company_id, key)
        fits.append(hmac.compare_digest(f"{wanted.user}:{wanted.password}".encode(), given))
    return scheme.lower() == "basic" and any(fits)


def _sign(body: bytes, key: str) -> bytes:
    return base64.b64encode(hmac.digest(key.encode(), body, hashlib.sha256))


def _credentials(pipedrive_company_id: int, key: str) -> Credentials:
    return Credentials(
        address=f"{pipedrive_company_id}-{_derive(_ADDRESS, pipedrive_company_id, key)}",
        user=f"pipedrive-{pipedrive_company_id}",
        password=_derive(_PASSWORD, pipedrive_company_id, key),
    )


def _derive(salt: str, pipedrive_company_id: int, key: str) -> str:
    digest = salted_hmac(salt, str(pipedrive_company_id), key, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _secret_keys() -> list[str]:
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
