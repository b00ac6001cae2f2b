"""The sandbox, once a session."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.live import fetch_json, list_free_ports, wait_until

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Sandbox:
    """The running stand-ins."""

    pipedrive_url: str
    xero_url: str

    def control(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Call a control; ``path`` is what follows ``/_sandbox/``."""
        return fetch_json(f"{self.xero_url}/_sandbox/{path}", body)


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The sandbox at its seed, without limits: they are asked for where they matter."""
    pipedrive, xero = list_free_ports(2)
    running = Sandbox(f"http://127.0.0.1:{pipedrive}", f"http://127.0.0.1:{xero}")
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "sandbox",
            f"--pipedrive=127.0.0.1:{pipedrive}",
            f"--xero=127.0.0.1:{xero}",
            f"--state={tmp_path_factory.mktemp('sandbox') / 'state.sqlite3'}",
        ],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: _answers(running), seconds=30)
        running.control("settings", {"limits_enabled": False})
        yield running
    finally:
        process.terminate()
        process.wait(timeout=10)


def _answers(running: Sandbox) -> bool:
    with suppress(OSError, ValueError):
        return bool(fetch_json(f"{running.xero_url}/_sandbox/settings"))
    return False
