"""A locked package with a known vulnerability fails the checks; no answer is said, not hidden."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from tests import package_audit
from tests.needs import ROOT

CLEAN = {"name": "amqp", "version": "5.4.2", "vulns": []}
ILL = {
    "name": "django",
    "version": "5.2.1",
    "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["5.2.2"]}, {"id": "X-2", "fix_versions": []}],
}
UNKNOWN = {"name": "vine", "skip_reason": "Dependency not found on PyPI"}


def answers(*packages: dict[str, Any], ends_with: int = 0) -> list[str]:
    """Return a program that answers as pip-audit does."""
    report = json.dumps({"dependencies": packages, "fixes": []})
    return [sys.executable, "-c", f"print({report!r}); raise SystemExit({ends_with})"]


def test_a_vulnerability_is_named_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert package_audit.audit(answers(CLEAN, ILL, ends_with=1)) == 1

    said = capsys.readouterr().out
    assert "django 5.2.1: PYSEC-2026-1 (mended in 5.2.2), X-2 (mended in no version yet)" in said
    assert "2 packages looked up, 1 with a known vulnerability." in said


def test_packages_without_one_pass(capsys: pytest.CaptureFixture[str]) -> None:
    assert package_audit.audit(answers(CLEAN)) == 0

    assert capsys.readouterr().out == "1 packages looked up, 0 with a known vulnerability.\n"


def test_what_the_database_does_not_know_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert package_audit.audit(answers(CLEAN, UNKNOWN)) == 0
    assert "LEFT OUT: 1 packages that" in capsys.readouterr().out

    assert package_audit.audit(answers(UNKNOWN)) == 0
    assert capsys.readouterr().out == (
        "LEFT OUT: the audit of the packages, because its database does not know them here.\n"
    )


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("raise SystemExit(1)", "its database did not answer"),
        ("import time; time.sleep(60)", "its database did not answer within 1 seconds"),
    ],
)
def test_no_answer_is_said_and_fails_nothing(
    capsys: pytest.CaptureFixture[str], program: str, reason: str
) -> None:
    assert package_audit.audit([sys.executable, "-c", program], patience=1) == 0

    said = capsys.readouterr().out
    assert said == f"LEFT OUT: the audit of the packages, because {reason}.\n"


def test_it_asks_about_everything_that_is_installed() -> None:
    assert {f"--requirement={ROOT / name}" for name in package_audit.LOCKED} <= set(
        package_audit.COMMAND
    )
    assert package_audit.PATIENCE_SECONDS <= 20
