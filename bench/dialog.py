"""
Goal 13: what opening the create dialog asks Xero for, through the real page and the sandbox.

A round is what starts before the first answer of that round is there: the sandbox's Xero answers
late here, so calls of one round start together, and rounds lie a latency apart.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.test import Client, override_settings
from django.utils import timezone

from bench.results import Result
from connections import access
from mappings.models import ContactLink, ReferenceList
from tests import vendors
from tests.live import fetch_json, list_free_ports, wait_until
from tests.signed_in import note_single_sign_on

LATENCY_SECONDS = 0.4
DEAL_ID = 1
# Nothing was collected for this process, and files are not what is measured.
_WITHOUT_MANIFEST = {
    **settings.STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}


def measure() -> Iterator[Result]:
    """Open the dialog with nothing copied yet, once more, and with the contact linked."""
    with _sandbox() as running:
        connected = vendors.connect(running, "emma.clarke@brightside.example", "brightside")
        ReferenceList.objects.for_company(connected.company).delete()
        client = Client()
        client.force_login(connected.user)
        note_single_sign_on(client, connected.user)
        running.control("settings", {"xero_page_latency_ms": round(LATENCY_SECONDS * 1000)})
        cold = _open(running, client)
        warm = _open(running, client)
        _link(connected)
        linked = _open(running, client)
    yield Result(
        "13 cold", "calls of Xero for a dialog, nothing known", len(cold), 6, detail=_paths(cold)
    )
    yield Result("13 rounds", "rounds of these calls", _count_rounds(cold), 2)
    yield Result(
        "13 warm", "calls of Xero for a dialog, lists known", len(warm), 1, detail=_paths(warm)
    )
    yield Result("13 linked", "the same, the contact linked", len(linked), 0, detail=_paths(linked))


def _open(running: vendors.Vendors, client: Client) -> list[dict[str, Any]]:
    """Open the dialog and return what Xero was asked meanwhile, in order."""
    after = max((each["n"] for each in running.control("traffic")), default=0)
    page = client.get(f"/deals/{DEAL_ID}/invoices/new/")
    assert page.status_code == 200, page.status_code
    asked: list[dict[str, Any]] = running.control(f"traffic?vendor=xero&after={after}")
    return [each for each in asked if each["path"].startswith("/api.xro/")]


def _link(connected: vendors.Connected) -> None:
    """Link the deal's organization to a contact, as the first invoice does."""
    organisations = connected.vendors.control("state")["xero"]["organisations"]
    contact = organisations[str(connected.connection.tenant_id)]["contacts"][0]
    now = timezone.now()
    with access.open_pipedrive(connected.membership, now=now) as session:
        deal = session.call(lambda pipedrive: pipedrive.get_deal(DEAL_ID))
    assert deal.org_id is not None
    ContactLink.objects.create(
        company=connected.company,
        connection=connected.connection,
        entity=ContactLink.Entity.ORGANIZATION,
        pipedrive_id=deal.org_id,
        xero_contact_id=contact["ContactID"],
        contact_name=contact["Name"],
        linked_at=now,
    )


@contextmanager
def _sandbox() -> Iterator[vendors.Vendors]:
    """Run a sandbox of our own, the product's addresses pointing at it."""
    pipedrive, xero = list_free_ports(2)
    running = vendors.Vendors(f"http://127.0.0.1:{pipedrive}", f"http://127.0.0.1:{xero}")
    with tempfile.TemporaryDirectory() as directory:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "sandbox"),
                *(f"--pipedrive=127.0.0.1:{pipedrive}", f"--xero=127.0.0.1:{xero}"),
                *(f"--state={directory}/sandbox.sqlite3", "--app-url=http://testserver"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_until(lambda: _answers(running), seconds=30)
            with override_settings(
                PIPEDRIVE_OAUTH_URL=running.pipedrive_url,
                PIPEDRIVE_API_HOSTS=f"^{re.escape(running.pipedrive_url)}$",
                XERO_API_URL=running.xero_url,
                XERO_IDENTITY_URL=running.xero_url,
                XERO_WEB_URL=running.xero_url,
                ALLOWED_HOSTS=["testserver"],
                STORAGES=_WITHOUT_MANIFEST,
            ):
                yield running
        finally:
            process.terminate()
            process.wait(timeout=10)


def _answers(running: vendors.Vendors) -> bool:
    with suppress(OSError, ValueError):
        return bool(fetch_json(f"{running.xero_url}/_sandbox/settings"))
    return False


def _count_rounds(asked: list[dict[str, Any]]) -> int:
    moments = sorted(datetime.fromisoformat(each["at"]) for each in asked)
    apart = timedelta(seconds=LATENCY_SECONDS / 2)
    return sum(
        before is None or moment - before > apart
        for before, moment in zip([None, *moments], moments, strict=False)
    )


def _paths(asked: list[dict[str, Any]]) -> str:
    return ", ".join(each["path"].rpartition("/")[2] for each in asked)
