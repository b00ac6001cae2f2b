"""The control calls: reset, clock, switches, traffic; and how the sandbox starts and stops."""

import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import requests

from sandbox.tests.conftest import ROOT, Sandbox, find_free_ports, wait_until_ready
from sandbox.tests.xero_client import Xero, tenant_of


def test_reset_goes_back_to_the_seed(sandbox: Sandbox) -> None:
    seeded = sandbox.control("GET", "state")["xero"]["organisations"]
    xero = Xero.connect(sandbox)
    xero.create()
    sandbox.control("POST", "clock", {"advance_seconds": 5000})
    sandbox.control("POST", "settings", {"xero_minute_limit": 3})
    sandbox.control("POST", "faults", {"kind": "garble", "times": None, "path": "never"})

    sandbox.control("POST", "reset")

    assert sandbox.control("GET", "state")["xero"]["organisations"] == seeded
    assert sandbox.control("GET", "settings")["xero_minute_limit"] == 60
    assert sandbox.control("GET", "faults") == []
    assert sandbox.control("GET", "traffic") == []
    clock = datetime.fromisoformat(sandbox.control("GET", "clock")["clock"])
    assert abs(clock - datetime.now(clock.tzinfo)) < timedelta(seconds=5)


def test_each_part_of_an_organisation_can_be_read_alone(sandbox: Sandbox) -> None:
    tenant = tenant_of("brightside")
    whole = sandbox.control("GET", "state")["xero"]["organisations"][tenant]

    parts = {part: sandbox.control("GET", f"xero/{tenant}/holds/{part}") for part in whole}

    assert parts == whole


def test_the_seed_holds_what_a_company_needs(sandbox: Sandbox) -> None:
    organisations = sandbox.control("GET", "state")["xero"]["organisations"]

    for slug, statuses in (
        ("brightside", {"DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED"}),
        ("anadolu", {"DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED"}),
    ):
        held = organisations[tenant_of(slug)]
        assert {invoice["Status"] for invoice in held["invoices"]} == statuses
        assert len(held["contacts"]) >= 15
        assert len(held["items"]) >= 12
    names = {c["Name"] for c in organisations[tenant_of("brightside")]["contacts"]}
    assert {"Harbour Dental Ltd", "Northgate Hotels", "Çağlar Mobilya A.Ş."} <= names


def test_the_clock_moves(sandbox: Sandbox) -> None:
    before = datetime.fromisoformat(sandbox.control("GET", "clock")["clock"])

    after = sandbox.control("POST", "clock", {"advance_seconds": 3600})["clock"]

    moved = datetime.fromisoformat(after) - before
    assert timedelta(hours=1) <= moved < timedelta(hours=1, seconds=5)


def test_an_unknown_switch_or_a_wrong_value_changes_nothing(sandbox: Sandbox) -> None:
    before = sandbox.control("GET", "settings")

    for wrong in ({"colour": 1}, {"xero_minute_limit": "many"}):
        address = f"{sandbox.xero}/_sandbox/settings"
        answer = requests.post(address, json={"limits_enabled": False} | wrong, timeout=10)
        assert answer.status_code == 400

    assert sandbox.control("GET", "settings") == before


def test_traffic_tells_what_was_asked_but_no_token(sandbox: Sandbox) -> None:
    xero = Xero.connect(sandbox)
    body = {"Invoices": [xero.element(Reference="T")]}
    sandbox.control("DELETE", "traffic")

    xero.send("PUT", "Invoices?unitdp=4", body, headers={"Idempotency-Key": "k-1"})
    xero.send("GET", "Organisation")

    puts = sandbox.control("GET", "traffic?vendor=xero&method=PUT&path=/invoices$")
    assert len(puts) == 1
    seen = puts[0]
    assert seen["body"] == {"Invoices": [body["Invoices"][0]]}
    assert (seen["path"], seen["query"], seen["status"], seen["fault"]) == (
        "/api.xro/2.0/Invoices", "unitdp=4", 200, None,
    )  # fmt: skip
    assert (seen["idempotency_key"], seen["tenant_id"]) == ("k-1", xero.tenant_id)
    whole = sandbox.control("GET", "traffic")
    assert len(whole) == 2
    assert xero.access_token not in str(whole)
    after = sandbox.control("GET", f"traffic?after={seen['n']}")
    assert [e["path"] for e in after] == ["/api.xro/2.0/Organisation"]


def test_traffic_names_the_fault(sandbox: Sandbox) -> None:
    xero = Xero.connect(sandbox)
    sandbox.control("POST", "faults", {"kind": "status", "status": 503, "path": "Organisation"})

    xero.send("GET", "Organisation")

    seen = sandbox.control("GET", "traffic?path=Organisation")[0]
    assert (seen["status"], seen["fault"]) == (503, "status")


def test_both_ports_take_control_calls(sandbox: Sandbox) -> None:
    answer = requests.get(f"{sandbox.pipedrive}/_sandbox/clock", timeout=10)

    assert answer.status_code == 200


def test_a_restart_keeps_the_state_and_fresh_forgets_it(tmp_path: Path) -> None:
    first_id = run_and(tmp_path, [], create=True)
    kept = run_and(tmp_path, [])
    fresh = run_and(tmp_path, ["--fresh"])

    assert first_id in kept
    assert first_id not in fresh


def run_and(folder: Path, more: list[str], *, create: bool = False) -> str:
    """Start a sandbox, create an invoice or read all, stop it; it must start and stop quickly."""
    pipedrive, xero = find_free_ports(2)
    environment = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    process = subprocess.Popen(
        [
            sys.executable, "-m", "sandbox", "--state", str(folder / "state.sqlite3"),
            "--pipedrive", f"127.0.0.1:{pipedrive}", "--xero", f"127.0.0.1:{xero}", *more,
        ],
        cwd=ROOT,
        env=environment,
    )  # fmt: skip
    sandbox = Sandbox(f"http://127.0.0.1:{xero}", f"http://127.0.0.1:{pipedrive}", process)
    try:
        wait_until_ready(sandbox)
        if create:
            return str(Xero.connect(sandbox).create()["InvoiceID"])
        return str(sandbox.control("GET", "state"))
    finally:
        process.send_signal(signal.SIGTERM)
        started = time.monotonic()
        process.wait(timeout=10)
        assert time.monotonic() - started < 5
