"""
Connections to the vendors: kept open, shared by a whole process, and bound by the clock.

A client library's time-out counts the silence between two bytes, so an answer that drips outlives
it (reliability §1.8). Here each read of the socket is given only what is left until a fixed
instant, in the head of an answer as in its body. Nothing is sent twice and no redirect is followed.
"""

import io
import logging
import os
import ssl
import threading
import time
from collections.abc import Callable
from functools import partial
from http.client import HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from socket import socket
from typing import Any, Generic, Protocol, TypeVar, cast

import certifi
import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, EmptyPoolError, NewConnectionError
from urllib3.util import parse_url

CONNECT_SECONDS = 3.0

_AT_LEAST_SECONDS = 0.001
_NEVER_SENT = (
    NewConnectionError,
    ConnectTimeoutError,
    EmptyPoolError,
    ssl.SSLCertVerificationError,
)

Held = TypeVar("Held")

# Below that it writes whole addresses, whose search terms are customers' names.
logging.getLogger("urllib3").setLevel(logging.ERROR)


class Deadline(urllib3.Timeout):
    """A time-out that ends at an instant of ``time.monotonic()``, however often it is copied."""

    def __init__(self, *, at: float, connect_seconds: float = CONNECT_SECONDS) -> None:
        self.at = at
        self.connect_seconds = connect_seconds
        left = max(at - time.monotonic(), _AT_LEAST_SECONDS)
        super().__init__(total=left, connect=min(connect_seconds, left))

    def clone(self) -> "Deadline":
        """Return the same instant; urllib3 asks again after it waited for a free connection."""
        return Deadline(at=self.at, connect_seconds=self.connect_seconds)


class Carrier(Protocol):
    """Something that sends one request once and gives the answer with its body still unread."""

    def open(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str],
        body: bytes | None,
        deadline: Deadline,
    ) -> urllib3.BaseHTTPResponse:
        """Send one request; every fault is an exception of the library beneath."""


class _TimedReader(io.RawIOBase):
    """A socket's bytes, each read bounded by what is left until the deadline."""

    def __init__(self, sock: socket, raw: io.RawIOBase, at: float) -> None:
        self._sock = sock
        self._raw = raw
        self._at = at

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int | None:  # type: ignore[override]
        left = self._at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline of the call has passed")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedSocket:
    """What http.client needs of a socket to read an answer: a file."""

    def __init__(self, sock: socket, at: float) -> None:
        self._sock = sock
        self._at = at

    def makefile(self, mode: str) -> io.BufferedReader:
        raw = cast(io.RawIOBase, self._sock.makefile("rb", buffering=0))
        return io.BufferedReader(_TimedReader(self._sock, raw, self._at))


def _timed_response(sock: socket, *, at: float, **options: object) -> HTTPResponse:
    return HTTPResponse(_TimedSocket(sock, at), **options)  # type: ignore[arg-type]


def _timed_from(timeout: float | None) -> Callable[..., HTTPResponse]:
    """Return the maker of an answer; urllib3 has just set the time-out to what is left."""
    return partial(_timed_response, at=time.monotonic() + (timeout or _AT_LEAST_SECONDS))


class InOnePiece:
    """
    Mixed into urllib3's connections: the head of a request and its body leave by one system call
    where there were two, which each creation pays for (goal 6).
    """

    _held: list[bytes] | None = None

    def request(self, *arguments: Any, **options: Any) -> None:
        """As urllib3's, with one `send` at its end."""
        self._held = []
        try:
            super().request(*arguments, **options)  # type: ignore[misc]
            whole = b"".join(self._held)
        finally:
            self._held = None
        self.send(whole)

    def send(self, data: Any) -> None:
        """As http.client's; while a request is put together, nothing leaves."""
        if self._held is None:
            super().send(data)  # type: ignore[misc]
        else:
            self._held.append(data)


class _TimedHTTPConnection(InOnePiece, HTTPConnection):
    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]
        self.response_class = _timed_from(self.timeout)  # type: ignore[assignment]
        return super().getresponse()


class TimedHTTPSConnection(InOnePiece, HTTPSConnection):
    """Reads an answer within what is left of the deadline."""

    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]
        """As urllib3's, by the clock."""
        self.response_class = _timed_from(self.timeout)  # type: ignore[assignment]
        return super().getresponse()


class BoundedWait:
    """Mixed into urllib3's pools: nobody waits for a free connection longer than to connect."""

    def _get_conn(self, timeout: float | None = None) -> HTTPConnection:
        bounded = CONNECT_SECONDS if timeout is None else timeout
        return cast(HTTPConnection, super()._get_conn(bounded))  # type: ignore[misc]


class _HTTPPool(BoundedWait, HTTPConnectionPool):
    ConnectionCls = _TimedHTTPConnection


class _HTTPSPool(BoundedWait, HTTPSConnectionPool):
    ConnectionCls = TimedHTTPSConnection


class PoolManager(urllib3.PoolManager):
    """Pools whose connections end by the clock, all on one TLS context."""

    def __init__(self, num_pools: int = 10, **options: object) -> None:
        # One context for all connections: each of its own would read the bundle again (40 ms).
        trusted = ssl.create_default_context(cafile=certifi.where())
        super().__init__(num_pools, ssl_context=trusted, **options)  # type: ignore[arg-type]
        self.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}


class OfThisProcess(Generic[Held]):
    """
    Something that must not cross a fork. The first is made at once, so that the lock is only taken
    in a forked child and never crosses a fork while it is held.
    """

    def __init__(self, make: Callable[[], Held]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._owner = os.getpid()
        self._held = make()

    def get(self) -> Held:
        """Return this process's own."""
        if self._owner != os.getpid():
            with self._lock:
                if self._owner != os.getpid():
                    self._held = self._make()
                    self._owner = os.getpid()
        return self._held


class Pool:
    """
    Open connections for one process, by urllib3. Make one and keep it: a fresh one costs the
    reading of the certificate bundle (performance, Facts). Safe to use from many threads; a
    forked child starts with none of its parent's connections.
    """

    def __init__(self, *, max_per_host: int = 10) -> None:
        """:param max_per_host: calls in flight to one host; more wait at most CONNECT_SECONDS"""
        self._manager = OfThisProcess(
            partial(PoolManager, maxsize=max_per_host, block=True, retries=False)
        )

    def open(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str],
        body: bytes | None,
        deadline: Deadline,
    ) -> urllib3.BaseHTTPResponse:
        """
        Send one request once.

        :raises urllib3.exceptions.HTTPError: no answer
        """
        # Straight to the host's pool: the manager above it would only follow redirects.
        target = parse_url(url)
        pool = self._manager.get().connection_from_host(
            target.host, port=target.port, scheme=target.scheme
        )
        return pool.urlopen(
            method,
            target.request_uri,
            body=body,
            headers=headers,
            timeout=deadline,
            retries=False,
            redirect=False,
            assert_same_host=False,
            preload_content=False,
        )


class _Adapter(HTTPAdapter):
    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **options: object
    ) -> None:
        self.poolmanager = PoolManager(
            num_pools=connections, maxsize=maxsize, block=block, **options
        )

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: bool | str, cert: Any = None
    ) -> Any:
        """Return no options for TLS: the manager's context verifies every connection."""
        host, _ = super().build_connection_pool_key_attributes(request, verify)
        return host, {}

    def cert_verify(self, conn: object, url: str, verify: bool | str, cert: object) -> None:
        """Leave it to the manager's context; requests would name the bundle anew each time."""


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return none: requests would read a redirect's whole body to prepare the next hop."""


class SessionPool:
    """Open connections for one process, by requests. The same promises as ``Pool``."""

    def __init__(self, *, max_per_host: int = 10) -> None:
        """:param max_per_host: calls in flight to one host; more wait at most CONNECT_SECONDS"""
        self._session = OfThisProcess(partial(_make_session, max_per_host))

    def open(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str],
        body: bytes | None,
        deadline: Deadline,
    ) -> urllib3.BaseHTTPResponse:
        """
        Send one request once.

        :raises requests.RequestException, urllib3.exceptions.HTTPError: no answer
        """
        answer = self._session.get().request(
            method,
            url,
            data=body,
            headers=headers,
            timeout=deadline,  # type: ignore[arg-type]
            allow_redirects=False,
            stream=True,
        )
        return cast(urllib3.BaseHTTPResponse, answer.raw)


def _make_session(max_per_host: int) -> requests.Session:
    session = _Session()
    session.trust_env = False
    session.headers.clear()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    adapter = _Adapter(
        pool_connections=32, pool_maxsize=max_per_host, pool_block=True, max_retries=0
    )
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def was_never_sent(error: Exception) -> bool:
    """Return whether a carrier's error means that nothing of the request left us."""
    return any(isinstance(each, _NEVER_SENT) for each in _causes(error))


def name_cause(error: Exception) -> str:
    """Return the class of what lies deepest in a carrier's error: a word that tells no secret."""
    return type(_causes(error)[-1]).__name__


def _causes(error: Exception) -> list[BaseException]:
    """Return an error and what it wraps, in whichever of their ways the libraries wrap it."""
    found: list[BaseException] = []
    pending: list[object] = [error]
    while pending:
        each = pending.pop()
        if isinstance(each, BaseException) and each not in found:
            found.append(each)
            pending += [each.__cause__, getattr(each, "reason", None), *each.args]
    return found
