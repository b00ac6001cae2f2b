"""Pipedrive on the loopback: a client that speaks to it, and answers as it writes them."""

from typing import Any

from connections import http, sockets
from connections.pipedrive import client
from connections.pipedrive.dialect import PipedriveDialect
from connections.secrets import Secret
from connections.tests import wire


def pipedrive(url: str, **options: Any) -> client.PipedriveClient:
    """Return a client of one user at this address."""
    way = http.Transport(
        sockets.SessionPool(),
        PipedriveDialect(),
        allowed_origins=http.allow_origins_of(url),
        deadline_seconds=5,
        **options,
    )
    return client.PipedriveClient(way, api_domain=url, access_token=Secret("canary-token"))


def told(data: Any, *, next_cursor: str | None = None) -> wire.Step:
    """Answer well with this data."""
    return wire.answer(
        200, {"success": True, "data": data, "additional_data": {"next_cursor": next_cursor}}
    )
