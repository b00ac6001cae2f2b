"""
One way out to the vendors: time, size and host bounded, every ending named (``errors``).

Classification is closed by default: what is not recognised is ``UnexpectedAnswer``. Nothing is
retried here: the Operation row is the one retry schedule (reliability P-16).
"""

import hashlib
import json
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, NoReturn
from urllib.parse import urlsplit

import requests
import urllib3
from urllib3.exceptions import HTTPError

from connections import dialects, errors, sockets

log = logging.getLogger(__name__)

DEADLINE_SECONDS = 25.0
MAX_BYTES = 10 * 1024 * 1024
USER_AGENT = "InvoiceBridge"

_CHUNK_BYTES = 64 * 1024

Headers = dialects.Headers
Expects = Literal["json", "nothing", "pdf"]


@dataclass(frozen=True, slots=True)
class Call:
    """One finished call, for the record of calls: ids and figures, nothing of its content."""

    vendor: str
    operation: str
    method: str
    status: int | None
    outcome: str
    milliseconds: int
    bytes_received: int
    remaining_day: int | None
    remaining_minute: int | None
    remaining_app_minute: int | None
    retry_after_seconds: int | None
    correlation_id: str
    vendor_request_id: str
    has_idempotency_key: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """
    A usable answer. ``payload`` is its JSON, fractions as Decimal; the bytes of a PDF that was
    asked for; None for 204 and 304.
    """

    status: int
    headers: Headers
    payload: Any


class _Trace:
    """What is known of a call while it runs, so that a failed one is recorded as well."""

    __slots__ = ("headers", "size", "started", "status")

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.status: int | None = None
        self.headers: Headers = {}
        self.size = 0


class Transport:
    """
    The way out for one client: a shared pool, a vendor's dialect, and who wants to hear of it.

    Cheap to make, one for each client. Safe to use from several threads if ``on_call`` is.
    """

    def __init__(
        self,
        carrier: sockets.Carrier,
        dialect: dialects.Dialect,
        *,
        allowed_origins: re.Pattern[str],
        on_call: Callable[[Call], None] | None = None,
        correlation_id: str = "",
        deadline_seconds: float = DEADLINE_SECONDS,
        connect_seconds: float = sockets.CONNECT_SECONDS,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        """
        :param carrier: the process's ``sockets.Pool`` or ``sockets.SessionPool``
        :param allowed_origins: must match the whole of "scheme://host[:port]" (S-16)
        :param on_call: told of each call when it has ended, well or not
        :param correlation_id: ours, written on the record of each call
        :param deadline_seconds: for a whole call, waiting, connecting and reading together
        :param max_bytes: longest body taken, after decoding
        """
        self.dialect = dialect
        self._carrier = carrier
        self._allowed_origins = allowed_origins
        self._on_call = on_call
        self._correlation_id = correlation_id
        self._deadline_seconds = deadline_seconds
        self._connect_seconds = connect_seconds
        self._max_bytes = max_bytes

    def send(
        self,
        method: str,
        url: str,
        *,
        operation: str,
        headers: dict[str, str],
        body: bytes | None = None,
        expects: Expects = "json",
    ) -> Answer:
        """
        Send one request exactly once and return its usable answer.

        A 304 comes back as an answer without payload if the request was conditional.

        :param operation: what this is for, e.g. "xero.create_invoice"
        :param body: the exact bytes to send
        :param expects: "nothing" where a 2xx alone is the answer, "pdf" for its bytes
        :raises errors.ProviderError: any other ending
        """
        self.check_origin(url, operation=operation)
        self._check_headers(headers, operation=operation)
        trace = _Trace()
        outcome = "ok"
        try:
            content = self._exchange(trace, operation, method, url, headers, body)
            return self._read_answer(trace, operation, content, headers, expects)
        except errors.ProviderError as exc:
            outcome = exc.code
            if isinstance(exc, errors.UnexpectedAnswer):
                log.error("%s, body sha256 %s", exc, exc.body_hash or "unknown")
            raise
        finally:
            self._report(trace, operation, method, headers, outcome)

    def check_origin(self, url: str, *, operation: str) -> None:
        """
        Make sure that an address is one we may talk to.

        :raises errors.HostNotAllowed: it is not
        """
        parts = urlsplit(url)
        is_plain = url.isascii() and url.isprintable()
        if not is_plain or not self._allowed_origins.fullmatch(f"{parts.scheme}://{parts.netloc}"):
            raise errors.HostNotAllowed(vendor=self.dialect.vendor, operation=operation)

    def _check_headers(self, headers: dict[str, str], *, operation: str) -> None:
        # The libraries would refuse such a header as well, with its value in the error's text.
        if not all(value.isascii() and value.isprintable() for value in headers.values()):
            raise errors.Unreachable(
                vendor=self.dialect.vendor, operation=operation, sent=False, detail="bad header"
            )

    def _exchange(
        self,
        trace: _Trace,
        operation: str,
        method: str,
        url: str,
        headers: dict[str, str],
        body: bytes | None,
    ) -> bytes:
        deadline = sockets.Deadline(
            at=trace.started + self._deadline_seconds, connect_seconds=self._connect_seconds
        )
        sent = {"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"} | headers
        try:
            raw = self._carrier.open(method, url, headers=sent, body=body, deadline=deadline)
            trace.status, trace.headers = raw.status, raw.headers
            return self._read_body(trace, operation, raw)
        except (HTTPError, requests.RequestException, OSError, ValueError) as exc:
            fault = self._name_fault(operation, exc, answered=trace.status is not None)
        # Outside the handler, so that it carries no cause: the libraries' own texts hold the
        # whole address with its search terms, and header values with their tokens.
        raise fault

    def _read_body(self, trace: _Trace, operation: str, raw: urllib3.BaseHTTPResponse) -> bytes:
        chunks = []
        is_whole = False
        try:
            while chunk := raw.read(_CHUNK_BYTES, decode_content=True):
                trace.size += len(chunk)
                if trace.size > self._max_bytes:
                    self._unexpected(trace, operation, "the answer is too long")
                chunks.append(chunk)
            is_whole = True
        finally:
            if not is_whole:
                raw.close()
            raw.release_conn()
        return b"".join(chunks)

    def _name_fault(self, operation: str, exc: Exception, *, answered: bool) -> errors.Unreachable:
        """Return the error for a call without a whole answer."""
        return errors.Unreachable(
            vendor=self.dialect.vendor,
            operation=operation,
            sent=answered or not sockets.was_never_sent(exc),
            detail=sockets.name_cause(exc),
        )

    def _read_answer(
        self,
        trace: _Trace,
        operation: str,
        content: bytes,
        sent_headers: dict[str, str],
        expects: Expects,
    ) -> Answer:
        status = trace.status or 0
        if status == 304 and "If-Modified-Since" in sent_headers:
            return Answer(status, trace.headers, None)
        if not 200 <= status <= 299:
            self._refuse(trace, operation, status, content)
        if expects == "nothing" or status == 204:
            return Answer(status, trace.headers, None)
        if expects == "pdf":
            if _media_type(trace.headers) != "application/pdf":
                self._unexpected(trace, operation, "not the PDF that was asked for", content)
            return Answer(status, trace.headers, content)
        payload = _parse(trace.headers, content)
        if payload is None or not self.dialect.is_success(payload):
            self._unexpected(trace, operation, "not the JSON that was asked for", content)
        return Answer(status, trace.headers, payload)

    def _refuse(self, trace: _Trace, operation: str, status: int, content: bytes) -> NoReturn:
        who = {"vendor": self.dialect.vendor, "operation": operation}
        if status == 429:
            problem, seconds = self.dialect.read_limit(trace.headers)
            raise errors.RateLimited(**who, problem=problem, retry_after_seconds=seconds)
        if status >= 500:
            raise errors.ServerError(
                **who,
                status=status,
                body_hash=_hash(content),
                retry_after_seconds=dialects.read_seconds(trace.headers, "Retry-After"),
            )
        payload = _parse(trace.headers, content)
        # A 408 or 409 speaks of a request that may still be at work; a page that is no vendor's
        # (a proxy's, a firewall's) says nothing about what was asked.
        if status < 400 or status in (408, 409) or (payload is None and content):
            self._unexpected(trace, operation, "not an answer we know", content)
        refusal = self.dialect.read_refusal(trace.headers, payload)
        if status in (401, 403) and (status == 403 or refusal.scope_missing):
            raise errors.Forbidden(
                **who,
                status=status,
                scope_missing=refusal.scope_missing,
                messages=refusal.messages,
                error_type=refusal.error_type,
            )
        if status == 401:
            raise errors.Unauthorized(**who, status=status)
        if status != 404 and payload is None:
            self._unexpected(trace, operation, "a refusal without a word", content)
        kind = errors.NotFound if status == 404 else errors.Rejected
        raise kind(**who, status=status, messages=refusal.messages, error_type=refusal.error_type)

    def _unexpected(
        self, trace: _Trace, operation: str, detail: str, content: bytes = b""
    ) -> NoReturn:
        raise errors.UnexpectedAnswer(
            vendor=self.dialect.vendor,
            operation=operation,
            detail=detail,
            status=trace.status,
            body_hash=_hash(content) if content else "",
        )

    def _report(
        self, trace: _Trace, operation: str, method: str, sent: dict[str, str], outcome: str
    ) -> None:
        if self._on_call is None:
            return
        remaining = self.dialect.read_remaining(trace.headers)
        self._on_call(
            Call(
                vendor=self.dialect.vendor,
                operation=operation,
                method=method,
                status=trace.status,
                outcome=outcome,
                milliseconds=round((time.monotonic() - trace.started) * 1000),
                bytes_received=trace.size,
                remaining_day=remaining.day,
                remaining_minute=remaining.minute,
                remaining_app_minute=remaining.app_minute,
                retry_after_seconds=dialects.read_seconds(trace.headers, "Retry-After"),
                correlation_id=self._correlation_id,
                vendor_request_id=self.dialect.read_request_id(trace.headers),
                has_idempotency_key="Idempotency-Key" in sent,
            )
        )


def allow_origins_of(*urls: str) -> re.Pattern[str]:
    """Return the pattern that allows exactly the origins of these addresses."""
    parts = [urlsplit(url) for url in urls]
    return re.compile("|".join(re.escape(f"{part.scheme}://{part.netloc}") for part in parts))


def _parse(headers: Headers, content: bytes) -> Any:
    """Return the JSON of an answer, or None when it is not (readable) JSON."""
    if "json" not in _media_type(headers):
        return None
    try:
        return json.loads(content, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None


def _media_type(headers: Headers) -> str:
    return headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
