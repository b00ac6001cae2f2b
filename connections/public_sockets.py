"""Connections to hosts that a customer named: https, public addresses only (S-16)."""

from __future__ import annotations

from functools import partial
from ipaddress import ip_address
from socket import SOCK_STREAM, gaierror, getaddrinfo, socket

from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import NameResolutionError, NewConnectionError

from connections.sockets import (
    BoundedWait,
    OfThisProcess,
    Pool,
    PoolManager,
    TimedHTTPSConnection,
)


class NotPublic(NewConnectionError):
    """The name leads into a private network: nothing was sent (S-16)."""


class _PublicHTTPSConnection(TimedHTTPSConnection):
    def _new_conn(self) -> socket:
        # The name is looked up once, and the very address that was looked at is connected to.
        name, port = self._dns_host, self.port
        try:
            found = _look_up(name, port)
        except gaierror as exc:
            raise NameResolutionError(self.host, self, exc) from exc
        if not found or not all(is_public(each) for each in found):
            raise NotPublic(self, "not a public address")
        self._dns_host = found[0]
        try:
            return super()._new_conn()
        finally:
            self._dns_host = name


class _PublicHTTPSPool(BoundedWait, HTTPSConnectionPool):
    ConnectionCls = _PublicHTTPSConnection


class PublicPool(Pool):
    """
    Connections to hosts that a customer named: https to public addresses only (S-16).

    What a name leads to is looked at when connecting, so that it cannot be changed in between.
    """

    def __init__(self, *, max_per_host: int = 2) -> None:
        """:param max_per_host: as for ``Pool``"""
        self._manager = OfThisProcess(partial(_make_public_manager, max_per_host))


def _make_public_manager(max_per_host: int) -> PoolManager:
    manager = PoolManager(num_pools=4, maxsize=max_per_host, block=True, retries=False)
    manager.pool_classes_by_scheme = {"https": _PublicHTTPSPool}
    return manager


def _look_up(name: str, port: int | None) -> list[str]:
    """Return the IP addresses of a host; an address is its own."""
    literal = name.strip("[]")
    try:
        ip_address(literal)
    except ValueError:
        return [str(each[4][0]) for each in getaddrinfo(name, port, type=SOCK_STREAM)]
    return [literal]


def is_public(address: str) -> bool:
    """Return whether an IP address is of the public internet."""
    found = ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None) or found
    return mapped.is_global and not mapped.is_multicast
