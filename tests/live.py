"""
The real thing for tests: web server, worker, beat and sandbox as processes on free ports.

On the embedded default (SQLite and a queue of files), or on a fresh PostgreSQL database and a Redis
of its own. The fixtures that give them to tests are in `tests/fixtures.py`.
"""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit
from urllib.request import ProxyHandler, Request, build_opener

import psycopg

from invoicebridge import probe
from tests import prepared
from tests.needs import POSTGRES_URL, ROOT

Answer = TypeVar("Answer")

CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_START_SECONDS = 90.0
_STOP_SECONDS = 60.0
_SECOND_PRESS_SECONDS = 0.5
_LOG_LINES = 60
_opener = build_opener(ProxyHandler({}))


class LiveSite:
    """A running product and the sandbox that it talks to."""

    def __init__(self, directory: Path, variables: dict[str, str]) -> None:
        """
        :param directory: an empty directory for its state and its log
        :param variables: DATABASE_URL, CELERY_BROKER_URL and so on; none for the embedded default
        """
        web, pipedrive, xero = list_free_ports(3)
        self.directory = directory
        self.url = f"http://localhost:{web}"
        self.pipedrive = f"http://127.0.0.1:{pipedrive}"
        self.xero = f"http://127.0.0.1:{xero}"
        self.variables = _own_environment() | {
            "IB_VAR_DIR": str(directory / "var"),
            "WEB_PORT": str(web),
            "SANDBOX_PIPEDRIVE_PORT": str(pipedrive),
            "SANDBOX_XERO_PORT": str(xero),
            # The schedule of a quarter of an hour, told in seconds (reliability T-2).
            "TICK_SECONDS": "1",
            "SWEEP_SECONDS": "2",
            **variables,
        }
        self._web_port = web
        self._log = directory / "log.txt"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str) -> None:
        """
        Start the runner and wait until the web server and the sandbox answer.

        :raises AssertionError: it ended, or did not answer in time; the message holds its log
        """
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "invoicebridge.runner", *arguments],
                cwd=ROOT,
                env=self.variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + _START_SECONDS
        while not self.is_answering():
            assert self._process.poll() is None, f"The product ended at its start.\n{self.log()}"
            assert time.monotonic() < deadline, f"The product did not answer.\n{self.log()}"
            time.sleep(0.1)

    def stop(self) -> int:
        """End everything as Ctrl-C does and return the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        try:
            return self._process.wait(_STOP_SECONDS)
        finally:
            self._process.kill()

    def stop_at_once(self) -> None:
        """End everything as a second Ctrl-C does, which waits for no work under way."""
        assert self._process is not None
        for _ in range(round(_STOP_SECONDS / _SECOND_PRESS_SECONDS)):
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(_SECOND_PRESS_SECONDS)
            except subprocess.TimeoutExpired:
                continue
            return
        self._process.kill()

    @property
    def pid(self) -> int:
        """The process id of the runner."""
        assert self._process is not None
        return self._process.pid

    def is_answering(self) -> bool:
        """Whether the web server and both halves of the sandbox answer now."""
        return self.is_sandbox_answering() and probe.is_answering(
            site=self.url, port=self._web_port
        )

    def is_sandbox_answering(self) -> bool:
        """Whether both halves of the sandbox answer now."""
        try:
            for address in (self.pipedrive, self.xero):
                fetch_json(f"{address}/_sandbox/faults")
        except OSError:
            return False
        return True

    def control(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Call the sandbox's control: GET without a body, POST with one. `path` has no prefix."""
        return fetch_json(f"{self.xero}/_sandbox/{path}", body)

    def manage(self, *arguments: str, seconds: float = 120) -> str:
        """Run a management command on the product's own settings and return what it prints."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.variables | self.addresses(),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert done.returncode == 0, f"{arguments} failed.\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def log(self) -> str:
        """Return the last lines that the processes wrote."""
        if not self._log.exists():
            return ""
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-_LOG_LINES:])

    def addresses(self) -> dict[str, str]:
        """Return what the runner tells its parts, for who starts another one."""
        return {
            "IB_PROFILE": "demo",
            "SITE_URL": self.url,
            "PIPEDRIVE_OAUTH_URL": self.pipedrive,
            "PIPEDRIVE_API_HOSTS": f"^{self.pipedrive}$",
            "XERO_API_URL": self.xero,
            "XERO_IDENTITY_URL": self.xero,
            "XERO_LOGIN_URL": self.xero,
            "XERO_WEB_URL": self.xero,
            "SSO_URL": f"{self.pipedrive}/sso",
        }


def list_free_ports(count: int) -> list[int]:
    """Return ports of 127.0.0.1 on which nobody listens now."""
    trials = [socket.socket() for _ in range(count)]
    try:
        for trial in trials:
            trial.bind(("127.0.0.1", 0))
        return [trial.getsockname()[1] for trial in trials]
    finally:
        for trial in trials:
            trial.close()


def fetch_json(address: str, body: dict[str, Any] | None = None) -> Any:
    """GET an address, or POST a body to it, and return the JSON of the answer."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(address, data=data, headers={"Content-Type": "application/json"})
    with _opener.open(request, timeout=10) as answer:
        return json.loads(answer.read() or b"null")


def wait_until(ask: Callable[[], Answer], *, seconds: float = 20) -> Answer:
    """
    Ask again and again until the answer is true, and return it.

    :raises AssertionError: it was still false after so many seconds
    """
    deadline = time.monotonic() + seconds
    while True:
        if answer := ask():
            return answer
        assert time.monotonic() < deadline, f"Still {answer!r} after {seconds} s."
        time.sleep(0.1)


def _own_environment() -> dict[str, str]:
    """Return what a program needs of our environment, without the settings of this test run."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in kept if name in os.environ}


@contextmanager
def _fresh_database() -> Iterator[str]:
    """Create an empty PostgreSQL database, give its address, and drop it."""
    name = f"invoicebridge_live_{secrets.token_hex(6)}"
    with psycopg.connect(POSTGRES_URL, autocommit=True) as server:
        # A server that was set up without a locale serves as well.
        server.execute(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
    try:
        yield urlunsplit(urlsplit(POSTGRES_URL)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(POSTGRES_URL, autocommit=True) as server:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def _own_redis(directory: Path) -> Iterator[str]:
    """Start a Redis that keeps nothing, give its address without a database, and end it."""
    (port,) = list_free_ports(1)
    server = shutil.which("redis-server")
    assert server is not None
    process = subprocess.Popen(
        [
            server,
            "--port",
            str(port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            str(directory),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: _is_listening(port))
        yield f"redis://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _is_listening(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running_site(directory: Path, *, on_services: bool = False) -> Iterator[LiveSite]:
    """Start a product with a seeded demo, and end it: for tests that need one of their own."""
    with live_variables(directory, on_services=on_services) as variables:
        live_site = LiveSite(directory, variables)
        prepared.copy_to(directory / "var", _own_environment())
        try:
            live_site.start()
            yield live_site
        finally:
            live_site.stop_at_once()


@contextmanager
def live_variables(directory: Path, *, on_services: bool) -> Iterator[dict[str, str]]:
    """Give the addresses of a fresh PostgreSQL database and an own Redis; none when embedded."""
    if not on_services:
        yield {}
        return
    with _fresh_database() as database, _own_redis(directory) as redis:
        yield {
            "DATABASE_URL": database,
            "CELERY_BROKER_URL": f"{redis}/0",
            "CACHE_URL": f"{redis}/1",
        }
