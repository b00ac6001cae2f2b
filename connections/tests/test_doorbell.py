"""A broker that is away costs one ring some seconds, and no press after it (F-29)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.live import list_free_ports
from tests.needs import ROOT

RING = """
import time
import django
django.setup()
import invoicebridge.celery
from django.db import transaction
from connections import doorbell

for _ in range(5):
    began = time.monotonic()
    doorbell.ring_on_commit("invoices.tasks.send", operation_id="1")
    print("rang in", time.monotonic() - began)
"""


def test_only_the_first_of_many_presses_waits_for_a_broker_that_is_away(tmp_path: Path) -> None:
    (port,) = list_free_ports(1)
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "invoicebridge.settings",
        "IB_PROFILE": "demo",
        "IB_VAR_DIR": str(tmp_path),
        "CELERY_BROKER_URL": f"redis://127.0.0.1:{port}/0",
    }

    done = subprocess.run(
        [sys.executable, "-c", RING],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    told = done.stdout + done.stderr
    seconds = [float(line.split()[-1]) for line in told.splitlines() if line.startswith("rang in")]
    assert len(seconds) == 5, told
    assert max(seconds[1:]) < 0.5
    assert told.count("doorbell_unheard") == 1
