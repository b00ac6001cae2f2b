"""The sandbox knows the product's manifest after `make run`, without anybody uploading it."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from invoicebridge import demo_manifest
from tests.live import list_free_ports

MANIFEST = json.dumps({"version": "v202101"})


class Hub:
    """A developer hub on loopback."""

    def __init__(self, port: int) -> None:
        self.taken: list[tuple[str, Any]] = []
        self.answer: tuple[int, dict[str, str]] = (200, {})
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hub.taken.append((self.path, json.loads(body)))
                status, document = hub.answer
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(document).encode())

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub(0)
    hub.thread.start()
    yield hub
    hub.stop()


def test_the_manifest_is_given_to_the_sandbox(hub: Hub) -> None:
    demo_manifest.give(hub.url, MANIFEST)

    assert hub.taken == [("/_sandbox/pipedrive/manifest", {"version": "v202101"})]


def test_a_sandbox_that_starts_still_is_waited_for() -> None:
    (port,) = list_free_ports(1)
    started: list[Hub] = []

    def start() -> None:
        started.append(Hub(port))
        started[0].thread.start()

    timer = threading.Timer(0.5, start)
    timer.start()
    demo_manifest.give(f"http://127.0.0.1:{port}", MANIFEST)
    timer.join()

    started[0].stop()
    assert len(started[0].taken) == 1


def test_a_refusal_is_told_in_the_sandboxs_words(hub: Hub) -> None:
    hub.answer = (400, {"error": "The endpoint getContact is missing."})

    with pytest.raises(demo_manifest.NotTaken, match=r"The endpoint getContact is missing\."):
        demo_manifest.give(hub.url, MANIFEST)

    assert len(hub.taken) == 1


def test_nobody_there_is_told_after_a_while() -> None:
    (port,) = list_free_ports(1)

    with pytest.raises(demo_manifest.NotTaken, match="no answer"):
        demo_manifest.give(f"http://127.0.0.1:{port}", MANIFEST, patience_seconds=0.3)
