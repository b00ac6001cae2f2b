"""`manage.py` beside `make run` needs no variables of its own; elsewhere it takes nothing over."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from invoicebridge import beside, runner
from tests.needs import ROOT

SAY = "from django.conf import settings; print(settings.SITE_URL, settings.XERO_API_URL)"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What `make run` on ports of its own leaves."""
    given = {"WEB_PORT": "8123", "SANDBOX_XERO_PORT": "9210", "IB_VAR_DIR": str(tmp_path)}
    beside.leave(tmp_path, runner.Layout(given).own())
    return tmp_path


def manage(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", SAY],
        cwd=ROOT,
        env=kept | {"IB_VAR_DIR": str(folder)} | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_command_finds_the_demo_that_runs_beside_it(folder: Path) -> None:
    done = manage(folder)

    assert (done.returncode, done.stdout) == (0, "http://localhost:8123 http://127.0.0.1:9210\n")


def test_what_is_given_is_not_overruled(folder: Path) -> None:
    done = manage(folder, XERO_API_URL="http://127.0.0.1:9333")

    assert done.stdout == "http://localhost:8123 http://127.0.0.1:9333\n"


def test_a_set_up_of_its_own_takes_nothing_over_and_is_checked(folder: Path) -> None:
    done = manage(folder, SECRET_KEY="x" * 60)

    assert done.returncode != 0
    assert "SITE_URL is not set" in done.stderr


def test_without_a_demo_beside_it_nothing_is_assumed(tmp_path: Path) -> None:
    done = manage(tmp_path)

    assert done.returncode != 0
    assert "SECRET_KEY is not set" in done.stderr


def test_no_secret_is_left_behind(folder: Path) -> None:
    given = {
        "IB_VAR_DIR": str(folder),
        "SECRET_KEY": "s" * 60,
        "DATABASE_URL": "postgres://u:p@h/d",
    }

    beside.leave(folder, runner.Layout(given).own())

    left = (folder / beside.NAME).read_text(encoding="utf-8")
    assert "ssss" not in left and "postgres" not in left
