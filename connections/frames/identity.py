"""
What Pipedrive signs about whoever opens a frame, and whether to believe it (S-8, §7.3).

Everything in the address but the token is unsigned. Nothing is said about why a token is refused.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt

LEEWAY_SECONDS = 30
# Pipedrive's are some 200 characters.
MAX_CHARACTERS = 4096
MAX_ID = 2**63
_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_NUMBER = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)


class NotTrusted(Exception):
    """Pipedrive did not sign this, or too long ago."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who opened a frame, by Pipedrive's own ids."""

    company_id: int
    user_id: int


class Expired(NotTrusted):
    """Pipedrive did sign this, but too long ago: whoever shows it has to show a new one."""

    def __init__(self, identity: Identity) -> None:
        super().__init__()
        self.identity = identity


def read(token: str, *, secrets: Sequence[str], now: datetime) -> Identity:
    """
    Return who a signed token speaks of.

    :param secrets: those accepted, the one in use first; without any nothing is
    :raises Expired: all is right with it, but its end is past
    :raises NotTrusted: it is not signed by one of them with HS256, has no end, or names nobody
    """
    if len(token) > MAX_CHARACTERS or not _SHAPE.fullmatch(token) or not _is_canonical(token):
        raise NotTrusted
    for secret in secrets:
        claims = _verify(token, secret)
        if claims is not None:
            end = _read_end(claims)
            who = Identity(_read_id(claims.get("companyId")), _read_id(claims.get("userId")))
            if end + LEEWAY_SECONDS <= now.timestamp():
                raise Expired(who)
            return who
    raise NotTrusted


def check_said(identity: Identity, said: Mapping[str, str]) -> None:
    """
    Compare what the address says beside the token; what it leaves out is not missed.

    :raises NotTrusted: it speaks of another company or user than the token
    """
    for name, known in (("companyId", identity.company_id), ("userId", identity.user_id)):
        if said.get(name, "") not in {"", str(known)}:
            raise NotTrusted


def _verify(token: str, secret: str) -> dict[str, Any] | None:
    if not secret:
        return None
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            secret,
            algorithms=["HS256"],
            # The end is held against the caller's clock; the other times say nothing to us.
            options={
                "require": ["exp"],
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
                "verify_aud": False,
            },
        )
    except (jwt.InvalidTokenError, ValueError, TypeError, RecursionError):
        # A header of brackets alone exhausts the parser before any signature is looked at.
        return None
    return claims


def _is_canonical(token: str) -> bool:
    """The last letter of a signature has bits to spare: one token has one spelling here."""
    signature = token.rpartition(".")[2]
    try:
        packed = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    except binascii.Error:
        return False
    return base64.urlsafe_b64encode(packed).decode().rstrip("=") == signature


def _read_end(claims: dict[str, Any]) -> float:
    end = claims.get("exp")
    if isinstance(end, bool) or not isinstance(end, int | float):
        raise NotTrusted
    if isinstance(end, float) and not math.isfinite(end):
        raise NotTrusted
    return end


def _read_id(value: object) -> int:
    """Pipedrive's ids come as numbers or as text (§7.3)."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    text = str(value) if is_number or isinstance(value, str) else ""
    if not _NUMBER.fullmatch(text) or int(text) >= MAX_ID:
        raise NotTrusted
    return int(text)
