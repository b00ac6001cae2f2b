"""The real sandbox as a process on free ports, and callers of its pretend Pipedrive."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

ROOT = Path(__file__).resolve().parents[3]
START_SECONDS = 60
# Wider than what our app asks for: these callers try everything that the API can do.
SCOPE = (
    "base,deals:full,contacts:read,products:read,users:read,search:read,"
    "webhooks:full,deal-fields:full"
)


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox."""

    pipedrive: str
    xero: str
    app: str

    def control(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """POST to a control call that must succeed, and return its JSON."""
        answer = requests.post(f"{self.pipedrive}/_sandbox/{path}", json=body or {}, timeout=10)
        assert answer.ok, answer.text
        return answer.json()

    def connect(self, email: str, **more: Any) -> Api:
        """Install the app for somebody and return a caller with their token."""
        grant = self.control("pipedrive/connect", {"email": email, "scope": SCOPE, **more})
        return Api(self, grant)


@dataclass(frozen=True)
class Api:
    """Calls the API as one user."""

    sandbox: Sandbox
    grant: dict[str, Any]

    def send(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        """Make one call with the user's token."""
        token = {"Authorization": f"Bearer {self.grant['access_token']}"}
        return requests.request(
            method,
            f"{self.grant['api_domain']}/api/{path}",
            headers=token | kwargs.pop("headers", {}),
            timeout=10,
            **kwargs,
        )

    def get(self, path: str, **query: Any) -> requests.Response:
        """GET with these query parameters."""
        return self.send("GET", path, params=query)

    def data(self, path: str, **query: Any) -> Any:
        """GET what must be there, and return its data."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]


class App:
    """The app's side of the callback address: keeps what it was sent."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        calls = self.calls

        class Handler(BaseHTTPRequestHandler):
            def do_DELETE(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                calls.append(
                    {
                        "path": self.path,
                        "authorization": self.headers["Authorization"],
                        "body": json.loads(body),
                    }
                )
                self.send_response(204)
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture(scope="session")
def app_server() -> Iterator[App]:
    """A loopback server in the app's place."""
    app = App()
    thread = threading.Thread(target=app.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield app
    app.server.shutdown()
    app.server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def running(app_server: App, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One sandbox for the whole session."""
    ports = [_free_port(), _free_port()]
    sandbox = Sandbox(
        f"http://127.0.0.1:{ports[0]}", f"http://127.0.0.1:{ports[1]}", app_server.url
    )
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "sandbox",
            f"--pipedrive=127.0.0.1:{ports[0]}",
            f"--xero=127.0.0.1:{ports[1]}",
            f"--state={tmp_path_factory.mktemp('sandbox')}/state.sqlite3",
            f"--app-url={app_server.url}",
        ],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
    )
    try:
        _wait_for(sandbox, process)
        yield sandbox
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=10)


@pytest.fixture
def sandbox(running: Sandbox, app_server: App) -> Sandbox:
    """The sandbox, back at its seed."""
    running.control("reset")
    app_server.calls.clear()
    return running


@pytest.fixture
def emma(sandbox: Sandbox) -> Api:
    """The admin of company 7001, with the app installed."""
    return sandbox.connect("emma.clarke@brightside.example")


@pytest.fixture
def mehmet(sandbox: Sandbox) -> Api:
    """A sales rep of company 7001, with the app installed."""
    return sandbox.connect("mehmet.yilmaz@brightside.example")


@pytest.fixture
def noor(sandbox: Sandbox) -> Api:
    """A sales rep of company 7001 who sees only her own items."""
    return sandbox.connect("noor.haddad@brightside.example")


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def _wait_for(sandbox: Sandbox, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        assert process.poll() is None, "The sandbox ended at its start."
        assert time.monotonic() < deadline, "The sandbox did not answer."
        try:
            requests.get(f"{sandbox.pipedrive}/_sandbox/settings", timeout=2)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
