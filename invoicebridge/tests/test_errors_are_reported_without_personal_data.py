"""What Sentry hears, by a Sentry on the loopback and a process that fails."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from invoicebridge import runner

CANARY = "canary-3f9a-Northwind"
# A page, a worker's guard and a thread of logging, each with a secret in every place it can be.
PROGRAM = """
import logging, sys, types
import django
django.setup()
import structlog
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import path

canary = sys.argv[1]

def page(request):
    token = canary
    raise LookupError("no " + token)

def work(payload):
    try:
        raise ValueError(payload)
    except ValueError:
        structlog.get_logger("worker").exception("task_failed", customer=payload)

addresses = types.ModuleType("addresses")
addresses.urlpatterns = [path("page/", page)]
addresses.handler500 = lambda request: HttpResponse(status=500)
sys.modules["addresses"] = addresses
settings.ROOT_URLCONF = "addresses"
settings.MIDDLEWARE = []
settings.ALLOWED_HOSTS = ["testserver"]
client = Client(raise_request_exception=False)
client.cookies["ib_session"] = canary
client.post("/page/?q=" + canary, {"name": canary}, headers={"Authorization": canary})
work(canary)
logging.getLogger("third.party").error("Refused %s", canary)
"""


class Sentry(BaseHTTPRequestHandler):
    """Keeps the envelopes that it is sent."""

    heard: list[str]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.heard.append(body.decode())
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def sentry() -> Iterator[tuple[str, list[str]]]:
    """A Sentry's address, and what it heard."""
    heard: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Heard", (Sentry,), {"heard": heard}))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://key@127.0.0.1:{server.server_address[1]}/1", heard
    server.shutdown()
    server.server_close()


def test_an_error_is_reported_with_its_place_and_none_of_its_data(
    sentry: tuple[str, list[str]], tmp_path: Path
) -> None:
    address, heard = sentry

    _run(PROGRAM, CANARY, tmp_path, SENTRY_DSN=address)

    events = [event for envelope in heard for event in _events(envelope)]
    by_page = next(each for each in events if _kinds(each) == ["LookupError"])
    places = by_page["exception"]["values"][0]["stacktrace"]["frames"]
    assert places[-1]["function"] == "page"
    said = {each.get("logentry", {}).get("message") for each in events}
    assert said == {None, "task_failed", "Refused %s"}
    assert CANARY not in "".join(heard)
    assert {name for each in events for name in each} <= {
        "event_id", "timestamp", "level", "platform", "logger", "release", "environment", "sdk",
        "exception", "logentry",
    }  # fmt: skip


def test_without_an_address_the_library_is_not_loaded(tmp_path: Path) -> None:
    program = "import django, sys; django.setup(); sys.exit('sentry_sdk' in sys.modules)"

    _run(program, "", tmp_path, SENTRY_DSN="")


def _run(program: str, argument: str, directory: Path, **variables: str) -> None:
    """Run a program of the product; it must end well."""
    subprocess.run(
        [sys.executable, "-c", program, argument],
        cwd=runner.ROOT,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "invoicebridge.settings",
            "IB_PROFILE": "demo",
            "IB_VAR_DIR": str(directory),
            "DATABASE_URL": f"sqlite:///{directory / 'db.sqlite3'}",
        }
        | variables,
        check=True,
        capture_output=True,
        timeout=60,
    )


def _events(envelope: str) -> list[dict[str, Any]]:
    lines = envelope.splitlines()
    return [
        json.loads(lines[at + 1])
        for at, line in enumerate(lines)
        if json.loads(line).get("type") == "event"
    ]


def _kinds(event: dict[str, Any]) -> list[str]:
    return [each["type"] for each in event.get("exception", {}).get("values", [])]
