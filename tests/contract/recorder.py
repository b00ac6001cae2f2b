"""A hop on the loopback between our clients and the sandbox that keeps what passes through it."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})


@dataclass(frozen=True)
class Exchange:
    """One request and its answer as they passed; header names in lower case."""

    method: str
    target: str
    request_headers: dict[str, str]
    request_body: bytes
    status: int
    answer_headers: dict[str, str]
    answer_body: bytes

    @property
    def path(self) -> str:
        """The address without its query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> list[tuple[str, str]]:
        """The query's names and values."""
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True)


@dataclass
class Recorder:
    """Its address, and what has passed."""

    url: str
    exchanges: list[Exchange] = field(default_factory=list)


@contextmanager
def record(upstream: str) -> Iterator[Recorder]:
    """Pass everything on to ``upstream`` until the end of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(upstream))
    server.daemon_threads = True
    recorder = Recorder(url=f"http://127.0.0.1:{server.server_address[1]}")
    server.recorder = recorder  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield recorder
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler_for(upstream: str) -> type[BaseHTTPRequestHandler]:
    netloc = urlsplit(upstream).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            onward = http.client.HTTPConnection(netloc, timeout=20)
            headers = {name: value for name, value in self.headers.items() if name != "Host"}
            onward.request(self.command, self.path, body=body or None, headers=headers)
            answer = onward.getresponse()
            content = answer.read()
            told = {name.lower(): value for name, value in answer.getheaders()}
            onward.close()
            self.server.recorder.exchanges.append(  # type: ignore[attr-defined]
                Exchange(
                    method=self.command,
                    target=self.path,
                    request_headers={name.lower(): value for name, value in self.headers.items()},
                    request_body=body,
                    status=answer.status,
                    answer_headers=told,
                    answer_body=content,
                )
            )
            self.send_response(answer.status)
            for name, value in told.items():
                if name not in _HOP_BY_HOP:
                    self.send_header(name, value)
            if answer.status not in (204, 304):
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_POST = do_DELETE = pass_on  # noqa: N815 - names of http.server

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing: tests print what failed."""

    return Handler
