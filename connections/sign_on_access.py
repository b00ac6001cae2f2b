"""The door to companies' own providers, as `access` is that to the vendors."""

from __future__ import annotations

import re
from functools import lru_cache

from django.conf import settings

from connections import audit, http, oidc_client, public_sockets, sockets
from connections.tokens import TokenDialect

# Somebody waits for a page meanwhile.
DEADLINE_SECONDS = 10.0
_ISSUERS = re.compile(r"https://[a-z0-9.-]+(:[0-9]{1,5})?")
_DEMO_ISSUERS = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")


def open_client() -> oidc_client.OidcClient:
    """
    Return a client for a provider whose address an admin typed (S-16).

    Outside of the demo it reaches public addresses by https only.
    """
    return oidc_client.OidcClient(
        http.Transport(
            _demo_pool() if settings.IS_DEMO else _public_pool(),
            TokenDialect("sign_on"),
            allowed_origins=_DEMO_ISSUERS if settings.IS_DEMO else _ISSUERS,
            correlation_id=audit.correlation_id(),
            deadline_seconds=min(DEADLINE_SECONDS, settings.PROVIDER_DEADLINE_SECONDS),
            max_bytes=oidc_client.MAX_BYTES,
        )
    )


@lru_cache(maxsize=1)
def _public_pool() -> public_sockets.PublicPool:
    return public_sockets.PublicPool()


@lru_cache(maxsize=1)
def _demo_pool() -> sockets.Pool:
    return sockets.Pool(max_per_host=2)
