"""Django's own look at a production set-up finds nothing (S-12)."""

import os
import subprocess
import sys

from invoicebridge.tests.test_a_production_set_up_is_checked import ENVIRONMENT
from tests.needs import ROOT


def test_check_deploy_has_no_warning() -> None:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}

    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=kept | ENVIRONMENT | {"SECRET_KEY": "aB3$" + "".join(map(str, range(40)))},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "no issues (0 silenced)" in done.stdout
