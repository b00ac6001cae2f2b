"""Uninstalled in Pipedrive and installed again, on the running product and sandbox (M-8, P-22)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from invoices.journey.steps import ADMIN, DEAL_ID, Journey
from invoices.journey.truth import Sandbox
from tests.live import LiveSite, running_site, wait_until

pytestmark = pytest.mark.live
# Longer than every period of the schedule that these tests run on.
QUIET_SECONDS = 6


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LiveSite]:
    with running_site(tmp_path) as running:
        yield running


def organisation(site: LiveSite, journey: Journey) -> dict[str, Any]:
    found: dict[str, Any] = site.control("state")["xero"]["organisations"][journey.tenant_id]
    return found


def traffic(site: LiveSite, after: int) -> list[str]:
    """Return what the product asked of the vendors since then."""
    rows = site.control(f"traffic?after={after}")
    return [f"{row['vendor']} {row['method']} {row['path']}" for row in rows]


def last_exchange(site: LiveSite) -> int:
    return max((row["n"] for row in site.control("traffic")), default=0)


def test_uninstalling_stops_and_revokes_everything_and_a_reinstall_finds_it_again(
    site: LiveSite,
) -> None:
    journey = Journey(site.url, Sandbox(site.xero), lambda *_: None)
    for step in (
        journey.sign_in,
        journey.connect_pipedrive,
        journey.connect_xero,
        journey.save_preferences,
        journey.create_invoice,
        journey.see_draft,
    ):
        step()
    before = organisation(site, journey)

    told = site.control("pipedrive/7001/users/101/uninstall", {})
    wait_until(lambda: any("revocation" in each for each in traffic(site, 0)), seconds=30)
    after = last_exchange(site)
    time.sleep(QUIET_SECONDS)

    assert told == {"callback_status": 200}
    assert traffic(site, after) == []
    uninstalled = journey.browser.open(f"{site.url}/settings/connections/")
    assert "InvoiceBridge was uninstalled" in uninstalled.text
    gone = organisation(site, journey)
    assert gone["connections"] == []
    assert gone["invoices"] == before["invoices"]
    assert gone["contacts"] == before["contacts"]
    assert site.control("state")["pipedrive"]["companies"]["7001"]["installed_users"] == []

    journey.connect_pipedrive()
    journey.connect_xero()
    page = journey.browser.open(f"{site.url}/deals/{DEAL_ID}/")
    dialog = journey.browser.open(f"{site.url}/deals/{DEAL_ID}/invoices/new/")

    assert any(journey.number in card and "Draft" in card for card in page.articles)
    chosen = dict(dialog.form(holding="submission").fields)
    assert chosen["contact"] != ""
    assert "not linked to Xero yet" not in dialog.text
    assert organisation(site, journey)["connections"][0]["email"] == ADMIN
