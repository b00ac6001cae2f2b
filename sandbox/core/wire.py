"""
The wire between a vendor and its caller: remembers each exchange and plays the faults asked for.

It sits around Django, because a reset, a cut or a dripping answer happens below HTTP responses.
"""

import io
import logging
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.db import connections
from django.http import HttpResponse

from sandbox.core import clock, codec, faults, switches, traffic, vendors

logger = logging.getLogger("sandbox.wire")

Headers = list[tuple[str, str]]
StartResponse = Callable[[str, Headers], Any]


class ConnectionGone(StopIteration):
    """The socket was dealt with already; gunicorn takes a StopIteration as "close it"."""


@dataclass
class Answer:
    """A whole response."""

    status: int
    headers: Headers
    body: bytes

    @classmethod
    def from_django(cls, response: HttpResponse) -> "Answer":
        """Take over a response that a view would return."""
        return cls(response.status_code, list(response.items()), response.content)

    def to_bytes(self) -> bytes:
        """Return the response as it would travel, announcing its full length."""
        lines = [f"HTTP/1.1 {_status_line(self.status)}", "Connection: close"]
        lines += [f"{k}: {v}" for k, v in self.headers if k.lower() != "content-length"]
        lines += [f"Content-Length: {len(self.body)}", "", ""]
        return "\r\n".join(lines).encode("latin-1") + self.body


class Wire:
    """WSGI middleware around the pretend vendors."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith(("/_sandbox/", "/static/")):
            return self.application(environ, start_response)
        body = _read_body(environ)
        vendor = vendors.by_port(environ["SERVER_PORT"])
        exchange = traffic.record(
            vendor=vendor,
            method=environ["REQUEST_METHOD"],
            path=path,
            query=environ.get("QUERY_STRING", ""),
            body=body,
            at=clock.now(),
            idempotency_key=environ.get("HTTP_IDEMPOTENCY_KEY"),
            tenant_id=environ.get("HTTP_XERO_TENANT_ID"),
        )
        fault = faults.take(vendor, exchange.method, path)
        try:
            if fault is None:
                answer = self._run(environ, body)
            else:
                exchange.fault = fault.kind
                answer = _PLAYERS[fault.kind](self, fault, environ, body)
            exchange.status = answer.status
        finally:
            exchange.company_id = environ.get("sandbox.company_id")
            if switches.get("log_requests"):
                logger.info(
                    "%s %s %s %s", vendor, exchange.method, path, exchange.fault or exchange.status
                )
        start_response(_status_line(answer.status), answer.headers)
        return [answer.body]

    def _run(self, environ: dict[str, Any], body: bytes) -> Answer:
        seen: dict[str, Any] = {}

        def start(status: str, headers: Headers, exc_info: Any = None) -> None:
            seen["status"], seen["headers"] = int(status.split(" ", 1)[0]), headers

        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        result = self.application(environ, start)
        try:
            content = b"".join(result)
        finally:
            if hasattr(result, "close"):
                result.close()
        return Answer(seen["status"], seen["headers"], content)

    def _status(self, fault: faults.Fault, environ: dict[str, Any], body: bytes) -> Answer:
        content = fault.params.get("body", "")
        text = content if isinstance(content, str) else codec.dumps(content)
        headers = [("Content-Type", fault.params.get("content_type", _guess_type(content)))]
        headers += [(k, str(v)) for k, v in (fault.params.get("headers") or {}).items()]
        headers.append(("Content-Length", str(len(text.encode()))))
        return Answer(int(fault.params["status"]), headers, text.encode())

    def _rate_limit(self, fault: faults.Fault, environ: dict[str, Any], body: bytes) -> Answer:
        make = vendors.find_hook(vendors.by_port(environ["SERVER_PORT"]), "rate_limited")
        retry_after = fault.params.get("retry_after")
        response = make(fault.params["problem"], retry_after) if make else HttpResponse(status=429)
        return Answer.from_django(response)

    def _reset_before(self, fault: faults.Fault, environ: dict[str, Any], body: bytes) -> Answer:
        _reset(environ)
        raise ConnectionGone

    def _reset_after(self, fault: faults.Fault, environ: dict[str, Any], body: bytes) -> Answer:
        self._run(environ, body)
        _reset(environ)
        raise ConnectionGone

    def _late(self, fault: faults.Fault, environ: dict[str, Any], body: bytes) -> Answer:
        later = {k: v for k, v in environ.items() if k != "gunicorn.socket"}

        def carry_out() -> None:
            try:
                self._run(later, body)
            finally:
                connections.close_all()

        timer = threading.Timer(float(fault.params["seconds"]), carry_out)
        timer.daemon = True
        timer.start()
        _reset(environ)
        raise ConnectionGone

    def _timeout(self, fault: faults.Fault, environ: dict[str, Any], body: bytes) -> Answer:
        if fault.params.get("commit", False):
            self._run(environ, body)
        time.sleep(float(fault.params["seconds"]))
        raise ConnectionGone

    def _drip(self, fault: faults.Fault, environ: dict[str, Any], body: bytes) -> Answer:
        if fault.params.get("commit", True):
            answer = self._run(environ, body)
        else:
            answer = Answer(
                200, [("Content-Type", "application/json")], b'{"never": "carried out"}'
            )
        head, _, content = answer.to_bytes().partition(b"\r\n\r\n")
        _send(environ, head + b"\r\n\r\n")
        for n in range(len(content)):
            time.sleep(float(fault.params["seconds_per_byte"]))
            _send(environ, content[n : n + 1])
        raise ConnectionGone

    def _cut(self, fault: faults.Fault, environ: dict[str, Any], body: bytes) -> Answer:
        answer = self._run(environ, body)
        head, _, content = answer.to_bytes().partition(b"\r\n\r\n")
        _send(environ, head + b"\r\n\r\n" + content[: int(fault.params["bytes"])])
        raise ConnectionGone

    def _garble(self, fault: faults.Fault, environ: dict[str, Any], body: bytes) -> Answer:
        whole = self._run(environ, body).body.decode("utf-8", "replace")
        broken = (whole[: max(len(whole) // 2, 1)].rstrip("}]") + '"garbled": ,,').encode()
        return _replace(200, "application/json; charset=utf-8", broken)

    def _html(self, fault: faults.Fault, environ: dict[str, Any], body: bytes) -> Answer:
        self._run(environ, body)
        page = b"<!doctype html><title>Scheduled maintenance</title><h1>We will be back soon</h1>"
        return _replace(200, "text/html; charset=utf-8", page)

    def _status_after(self, fault: faults.Fault, environ: dict[str, Any], body: bytes) -> Answer:
        self._run(environ, body)
        return self._status(fault, environ, body)

    def _alter(self, fault: faults.Fault, environ: dict[str, Any], body: bytes) -> Answer:
        answer = self._run(environ, body)
        document = codec.loads(answer.body)
        *steps, last = [_step(part) for part in fault.params["json_path"].split(".")]
        place = document
        for step in steps:
            place = place[step]
        place[last] = fault.params["value"]
        answer.body = codec.dumps(document).encode()
        answer.headers = [(k, v) for k, v in answer.headers if k.lower() != "content-length"]
        answer.headers.append(("Content-Length", str(len(answer.body))))
        return answer


_PLAYERS: dict[str, Callable[..., Answer]] = {
    kind: getattr(Wire, f"_{kind}") for kind in faults.KINDS
}


def _read_body(environ: dict[str, Any]) -> bytes:
    if environ.get("CONTENT_LENGTH"):
        return environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    return environ["wsgi.input"].read() if "HTTP_TRANSFER_ENCODING" in environ else b""


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"


def _guess_type(content: Any) -> str:
    if not isinstance(content, str):
        return "application/json; charset=utf-8"
    return "text/html; charset=utf-8" if content.startswith("<") else "text/plain; charset=utf-8"


def _replace(status: int, content_type: str, body: bytes) -> Answer:
    headers = [("Content-Type", content_type), ("Content-Length", str(len(body)))]
    return Answer(status, headers, body)


def _step(part: str) -> int | str:
    return int(part) if part.lstrip("-").isdigit() else part


def _send(environ: dict[str, Any], data: bytes) -> None:
    try:
        environ["gunicorn.socket"].sendall(data)
    except OSError as exc:
        raise ConnectionGone from exc


def _reset(environ: dict[str, Any]) -> None:
    """Close with a TCP reset: no lingering; the server keeps a dead socket to close."""
    sock = environ["gunicorn.socket"]
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        os.dup2(ours.fileno(), sock.fileno(), inheritable=False)
