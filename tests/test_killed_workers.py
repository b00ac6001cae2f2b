"""Workers killed while they send, and Redis gone under presses: one invoice a press (P-1, P-2)."""

from __future__ import annotations

import json
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psutil
import pytest
import redis

from invoices.journey.steps import Journey
from invoices.journey.truth import Sandbox
from tests.live import LiveSite, live_variables, wait_until

pytestmark = [pytest.mark.live, pytest.mark.services]

# A story of ten minutes, told in seconds (reliability T-2).
DURATIONS = {
    "LEASE_SECONDS": "8",
    "LAST_RESEND_SECONDS": "12",
    "LOOK_PAUSE_SECONDS": "8",
    "RESEND_WAITS": "1,1,2,3",
}
CANARIES = {
    "SECRET_KEY": "canary-of-the-secret-key-" + "s" * 40,
    "FIELD_ENCRYPTION_KEYS": "canary-of-the-encryption-key-" + "f" * 20,
}
PRESS = """
import uuid
from types import SimpleNamespace
from django.utils import timezone
from connections.models import Company, User, XeroConnection
from invoices import operations
from invoices.models import Operation
from invoices.tests import world

company = Company.objects.get(name="Brightside Interiors")
connection = XeroConnection.objects.for_company(company).get()
for deal in {deals!r}:
    key = uuid.uuid4()
    operations.record(
        company=company,
        connection=connection,
        kind=Operation.Kind.CREATE,
        submission_id=uuid.uuid4(),
        operation_id=key,
        body=world.body(None, key, {contact!r}),
        summary={{"total": "21.00", "currency_code": "GBP"}},
        requested_by=User.objects.get(email="emma.clarke@brightside.example"),
        deal_id=deal,
        now=timezone.now(),
    )
    print("pressed", key)
"""
TOKENS = """
from connections import vault
from connections.models import PipedriveAuthorisation, XeroAuthorisation
rows = [*XeroAuthorisation.objects.all(), *PipedriveAuthorisation.objects.across_companies()]
for row in rows:
    for field in ("access_token", "refresh_token"):
        print("token", vault.open_sealed(getattr(row, field), row=row, field=field).reveal())
"""


class Telltale(threading.Thread):
    """Everything that Redis is told, as text."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url = url
        self.heard: list[str] = []

    def run(self) -> None:
        """Listen until Redis ends."""
        with suppress(redis.RedisError), redis.Redis.from_url(self.url).monitor() as monitor:
            for each in monitor.listen():
                self.heard.append(str(each))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """A product on services, connected and with short durations."""
    directory = tmp_path_factory.mktemp("killed")
    with live_variables(directory, on_services=True) as variables:
        running = LiveSite(directory, variables | CANARIES)
        running.start()
        try:
            for name, value in DURATIONS.items():
                running.manage("constance", "set", name, value)
            yield running
        finally:
            running.stop()


def test_nothing_is_lost_or_doubled_and_no_secret_is_told(site: LiveSite) -> None:
    telltale = Telltale(site.variables["CELERY_BROKER_URL"])
    telltale.start()
    journey = connect(site)
    contact = next(
        each["ContactID"]
        for each in organisation(site, journey)["contacts"]
        if each["ContactStatus"] == "ACTIVE"
    )
    make_xero_ill(site)

    keys = press(site, range(9001, 9009), contact)
    wait_until(lambda: states(site, keys)["sending"] >= 2, seconds=30)
    kill(worker(site).children()[0])
    wait_until(lambda: states(site, keys)["sending"] >= 1, seconds=30)
    kill(worker(site), *worker(site).children(recursive=True))
    with killed_redis(site) as start_redis:
        keys += press(site, range(9011, 9014), contact)
        start_redis()
        wait_until(lambda: states(site, keys)["done"] == len(keys), seconds=90)

    made = Counter(
        each.get("Url", "").partition("#ib=")[2] for each in organisation(site, journey)["invoices"]
    )
    assert {key: made[key] for key in keys} == dict.fromkeys(keys, 1)
    pages = [
        journey.browser.open(f"{site.url}{path}").text
        for path in ("/", "/deals/", "/deals/1/", "/settings/connections/", "/ready")
    ]
    told = "\n".join([*telltale.heard, *pages, whole_log(site)])
    assert "invoices.tasks" in told
    assert [name for name, value in secrets(site).items() if value in told] == []


def connect(site: LiveSite) -> Journey:
    """Sign in and connect both vendors as a person does."""
    journey = Journey(site.url, Sandbox(site.xero), lambda *_: None)
    for step in (journey.sign_in, journey.connect_pipedrive, journey.connect_xero):
        step()
    return journey


def make_xero_ill(site: LiveSite) -> None:
    """Some writes are carried out in silence, some late, some not at all."""
    for kind, more in (
        ("timeout", {"seconds": 6, "commit": True, "times": 2}),
        ("late", {"seconds": 3, "times": 2}),
        ("timeout", {"seconds": 6, "commit": False, "times": 1}),
        ("reset_after", {"times": 2}),
    ):
        fault = {"vendor": "xero", "method": "PUT", "path": "/Invoices", "kind": kind, **more}
        site.control("faults", fault)


def press(site: LiveSite, deals: range, contact: str) -> list[str]:
    """Store a press for each deal, without ringing; the sweep finds them."""
    told = site.manage("shell", "-v0", "-c", PRESS.format(deals=[*deals], contact=contact))
    return [line.split()[1] for line in told.splitlines() if line.startswith("pressed ")]


def states(site: LiveSite, keys: list[str]) -> Counter[str]:
    """Count what became of presses so far."""
    rows = [json.loads(line) for line in site.manage("list_operations").splitlines()]
    return Counter(row["state"] for row in rows if row["id"] in keys)


def organisation(site: LiveSite, journey: Journey) -> dict[str, Any]:
    """Return the sandbox's truth."""
    found: dict[str, Any] = site.control("state")["xero"]["organisations"][journey.tenant_id]
    return found


def worker(site: LiveSite) -> psutil.Process:
    """Return the worker that runs now, once it has a child to work."""

    def find() -> psutil.Process | None:
        for child in psutil.Process(site.pid).children():
            with suppress(psutil.Error):
                if "worker" in child.cmdline() and child.children():
                    return child
        return None

    found = wait_until(find, seconds=30)
    assert found is not None
    return found


def kill(*processes: psutil.Process) -> None:
    """End processes as a crash does."""
    for each in processes:
        with suppress(psutil.NoSuchProcess):
            each.kill()


@contextmanager
def killed_redis(site: LiveSite) -> Iterator[Callable[[], None]]:
    """Kill Redis, and give what brings it back empty at the same address."""
    port = site.variables["CELERY_BROKER_URL"].rsplit(":", 1)[1].split("/")[0]
    kill(
        *(
            each
            for each in psutil.Process().children()
            if each.name().startswith("redis") and port in each.cmdline()
        )
    )
    started: list[subprocess.Popen[bytes]] = []

    def start() -> None:
        command = ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", ""]
        started.append(subprocess.Popen(command, cwd=site.directory, stdout=subprocess.DEVNULL))

    yield start
    for each in started:
        each.terminate()
        each.wait(10)


def whole_log(site: LiveSite) -> str:
    """Return every line that any process wrote."""
    return (site.directory / "log.txt").read_text(encoding="utf-8", errors="replace")


def secrets(site: LiveSite) -> dict[str, str]:
    """Return every secret of this run by a name that tells where it comes from."""
    told = site.manage("shell", "-v0", "-c", TOKENS)
    tokens = [line.split()[1] for line in told.splitlines() if line.startswith("token ")]
    assert len(tokens) >= 4
    return {
        **CANARIES,
        "Pipedrive's client secret": "sandbox-pipedrive-secret",
        "Xero's client secret": "sandbox-xero-secret",
        **{f"token {number}": token for number, token in enumerate(tokens)},
    }
