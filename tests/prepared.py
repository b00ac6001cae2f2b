"""
What a product has before anybody used it, made once for all sites of a test run.

Tables and static files take half of a start. They are made by the product itself, and each site
gets a copy; what is its own (addresses, demo people) it still prepares itself. A first start from
nothing is what `tests/test_the_main_job.py` begins with.
"""

from __future__ import annotations

import atexit
import shutil
import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path

from tests.needs import ROOT


def copy_to(var: Path, environment: dict[str, str]) -> None:
    """
    Give a product its state before its first start.

    :param var: where it keeps its state (IB_VAR_DIR); made here
    :param environment: what a program needs of ours, without the settings of the test run
    """
    shutil.copytree(_prepare(tuple(sorted(environment.items()))), var)


@lru_cache(maxsize=1)
def _prepare(environment: tuple[tuple[str, str], ...]) -> Path:
    directory = Path(tempfile.mkdtemp(prefix="invoicebridge-prepared-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    var = directory / "var"
    var.mkdir()
    subprocess.run(
        [sys.executable, "-m", "invoicebridge.prepare", "--no-seed"],
        cwd=ROOT,
        env=dict(environment) | {"IB_PROFILE": "demo", "IB_VAR_DIR": str(var)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return var
