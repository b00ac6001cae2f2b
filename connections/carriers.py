"""The pools of this process, and the transports that ask a vendor about a grant."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from django.conf import settings

from connections import http, sockets

# A renewal holds a row lock, so it may not take as long as other calls.
RENEWAL_DEADLINE_SECONDS = 10.0


def to_identity(dialect: Any, url: str) -> http.Transport:
    """Return a transport to Xero's token endpoint."""
    return _to_grants(pool(), dialect, url)


def to_oauth(dialect: Any, url: str) -> http.Transport:
    """Return a transport to Pipedrive's token endpoint."""
    return _to_grants(session_pool(), dialect, url)


@lru_cache(maxsize=1)
def pool() -> sockets.Pool:
    """Return the connections that calls to Xero share."""
    return sockets.Pool(max_per_host=settings.PROVIDER_POOL_SIZE)


@lru_cache(maxsize=1)
def session_pool() -> sockets.SessionPool:
    """Return the connections that calls to Pipedrive share."""
    return sockets.SessionPool(max_per_host=settings.PROVIDER_POOL_SIZE)


@lru_cache(maxsize=4)
def origins_of(url: str) -> re.Pattern[str]:
    """Return what an address has to match to be of this base address."""
    return http.allow_origins_of(url)


def _to_grants(carrier: sockets.Carrier, dialect: Any, url: str) -> http.Transport:
    return http.Transport(
        carrier,
        dialect,
        allowed_origins=origins_of(url),
        deadline_seconds=min(RENEWAL_DEADLINE_SECONDS, settings.PROVIDER_DEADLINE_SECONDS),
    )
