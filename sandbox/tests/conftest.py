"""Starts the real sandbox once for all tests and puts it back to the seed before each."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox: its two addresses and its process."""

    xero: str
    pipedrive: str
    process: subprocess.Popen[bytes]

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Make a control call and return its JSON."""
        answer = requests.request(method, f"{self.xero}/_sandbox/{path}", json=body, timeout=30)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()


def find_free_ports(count: int) -> list[int]:
    """Return ports nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox on free ports with its own state file."""
    pipedrive, xero = find_free_ports(2)
    state = tmp_path_factory.mktemp("sandbox") / "state.sqlite3"
    environment = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    process = subprocess.Popen(
        [
            sys.executable, "-m", "sandbox", "--state", str(state),
            "--pipedrive", f"127.0.0.1:{pipedrive}", "--xero", f"127.0.0.1:{xero}",
        ],
        cwd=ROOT,
        env=environment,
    )  # fmt: skip
    sandbox = Sandbox(f"http://127.0.0.1:{xero}", f"http://127.0.0.1:{pipedrive}", process)
    try:
        wait_until_ready(sandbox)
        yield sandbox
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=10)


def wait_until_ready(sandbox: Sandbox) -> None:
    """Return once the control calls answer."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            requests.get(f"{sandbox.xero}/_sandbox/clock", timeout=2).raise_for_status()
        except requests.RequestException:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the sandbox did not start")


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    """The sandbox, as freshly seeded."""
    running_sandbox.control("POST", "reset")
    return running_sandbox
