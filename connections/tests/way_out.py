"""The way out as tests use it: short of time, to a vendor on the loopback."""

from typing import Any

from connections import dialects, http, sockets
from connections.xero.dialect import XeroDialect

CANARY = "canary-token-3f9a"
CARRIERS: dict[str, type[sockets.Pool] | type[sockets.SessionPool]] = {
    "urllib3": sockets.Pool,
    "requests": sockets.SessionPool,
}


def make_carrier(name: str) -> sockets.Carrier:
    """Return a fresh pool of one of the two libraries."""
    return CARRIERS[name](max_per_host=2)


def transport(
    carrier: sockets.Carrier, url: str, *, dialect: dialects.Dialect | None = None, **options: Any
) -> http.Transport:
    """Return a way out to one address."""
    return http.Transport(
        carrier,
        dialect or XeroDialect(),
        allowed_origins=http.allow_origins_of(url),
        **({"deadline_seconds": 5.0, "connect_seconds": 1.0} | options),
    )


def put(way: http.Transport, url: str) -> http.Answer:
    """Write something, with a token and a key."""
    return way.send(
        "PUT",
        f"{url}/Invoices",
        operation="xero.create_invoice",
        headers={
            "Authorization": f"Bearer {CANARY}",
            "Content-Type": "application/json",
            "Idempotency-Key": "key-1",
        },
        body=b'{"a":1}',
    )
