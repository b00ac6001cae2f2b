"""
Tests that need something this machine may lack are left out, and that is said at the end.

Under CI=true nothing may be left out: a missing service or a skipped test fails the run.
"""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent
IS_CI = os.environ.get("CI", "").lower() in {"1", "true"}
POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
SPECS = Path(os.environ.get("IB_SPECS") or ROOT.parent / "shared" / "reference" / "specs")

_left_out = pytest.StashKey[dict[str, int]]()


def find_chromium() -> str | None:
    """Return the path of a chromium, if this machine has one."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    return None


def find_postgres_programs() -> Path | None:
    """Return the directory of PostgreSQL's server programs, if this machine has them."""
    on_path = shutil.which("initdb")
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = Path(on_path) if on_path else installed[-1] if installed else None
    return None if found is None else found.parent


def _is_postgres_there() -> bool:
    try:
        with psycopg.connect(POSTGRES_URL, connect_timeout=3):
            return True
    except psycopg.Error:
        return False


def _is_redis_there() -> bool:
    return shutil.which("redis-server") is not None


NEEDS: dict[str, dict[str, Callable[[], bool]]] = {
    "browser": {"chromium": lambda: find_chromium() is not None},
    "services": {"PostgreSQL": _is_postgres_there, "redis-server": _is_redis_there},
    "chaos": {
        "PostgreSQL's programs": lambda: find_postgres_programs() is not None,
        "redis-server": _is_redis_there,
    },
    "specs": {"the vendors' specs": (SPECS / "xero_accounting.yaml").exists},
}


def pytest_sessionstart() -> None:
    """Under CI everything that any test needs is there, or nothing is run."""
    things = {name: is_there for each in NEEDS.values() for name, is_there in each.items()}
    missing = [name for name, is_there in things.items() if IS_CI and not is_there()]
    if missing:
        raise pytest.UsageError(f"CI needs {' and '.join(missing)}.")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests whose need is not met."""
    _leave_races_to_postgres(config, items)
    left_out: dict[str, int] = {}
    for marker, things in NEEDS.items():
        chosen = [item for item in items if item.get_closest_marker(marker)]
        missing = [name for name, is_there in things.items() if chosen and not is_there()]
        if not missing:
            continue
        left_out[" and ".join(missing)] = len(chosen)
        config.hook.pytest_deselected(items=chosen)
        items[:] = [item for item in items if item not in chosen]
    config.stash[_left_out] = left_out


def _leave_races_to_postgres(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Locks and races mean something on PostgreSQL only (T-5); that run of the suite has them."""
    if settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        return
    races = [item for item in items if item.get_closest_marker("postgres")]
    config.hook.pytest_deselected(items=races)
    items[:] = [item for item in items if item not in races]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say what was left out, and why."""
    for missing, count in config.stash.get(_left_out, {}).items():
        terminalreporter.write_line(
            f"LEFT OUT: {count} tests, because {missing} was not found.", yellow=True
        )


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Of tests in several processes: each of them chose among the same, so one word counts."""
    node.config.stash[_left_out] = getattr(node, "workeroutput", {}).get("left_out", {})


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Under CI a skipped test is a failed run."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash.get(_left_out, {})
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if IS_CI and reporter is not None and reporter.stats.get("skipped"):
        reporter.write_line("Skipped tests fail under CI.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


if __name__ == "__main__":
    sys.exit(0 if _is_postgres_there() else 1)
