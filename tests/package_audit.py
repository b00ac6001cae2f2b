"""
Whether a locked package has a known vulnerability: `python -m tests.package_audit` (S-34).

pip-audit asks the database of the package index. Where it does not answer, or does not know our
packages, that is said and nothing fails: a machine without a way out checks everything else.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.needs import ROOT

LOCKED = ("requirements.txt", "requirements-dev.txt")
PATIENCE_SECONDS = 20
COMMAND = (
    str(Path(sys.executable).parent / "pip-audit"),
    "--disable-pip",
    "--require-hashes",
    "--progress-spinner=off",
    "--timeout=5",
    "--format=json",
    *(f"--requirement={ROOT / name}" for name in LOCKED),
)


def audit(command: Sequence[str] = COMMAND, *, patience: float = PATIENCE_SECONDS) -> int:
    """Ask, print what is known, and return 1 for a vulnerability, else 0."""
    try:
        # It ends with 1 for a vulnerability and for a failure: only what it says tells them apart.
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=patience
        )
        packages = json.loads(done.stdout)["dependencies"]
    except subprocess.TimeoutExpired:
        return _leave_out(f"its database did not answer within {patience:g} seconds")
    except (ValueError, KeyError):
        return _leave_out("its database did not answer")
    told = [each for each in packages if "skip_reason" not in each]
    if not told:
        return _leave_out("its database does not know them here")
    found = [each for each in told if each["vulns"]]
    for each in found:
        print(_line(each))
    if len(told) < len(packages):
        print(f"LEFT OUT: {len(packages) - len(told)} packages that the database does not know.")
    print(f"{len(told)} packages looked up, {len(found)} with a known vulnerability.")
    return 1 if found else 0


def _line(package: dict[str, Any]) -> str:
    known = ", ".join(
        f"{each['id']} (mended in {' or '.join(each['fix_versions']) or 'no version yet'})"
        for each in package["vulns"]
    )
    return f"{package['name']} {package['version']}: {known}"


def _leave_out(reason: str) -> int:
    print(f"LEFT OUT: the audit of the packages, because {reason}.")
    return 0


if __name__ == "__main__":
    sys.exit(audit())
