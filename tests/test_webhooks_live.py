"""What changes at the vendors shows here within seconds, by their webhooks and real processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from invoices.journey.steps import DEAL_ID, Journey
from invoices.journey.truth import Sandbox
from tests.live import LiveSite, live_variables, wait_until

pytestmark = pytest.mark.live
# So seldom that what shows can only have come by a webhook.
NO_POLLS = "POLL_SECONDS", "86400"
PAYMENTS = 2


@pytest.fixture(
    params=[False, pytest.param(True, marks=pytest.mark.services)], ids=["files", "services"]
)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LiveSite]:
    """A product of its own, as it is delivered but for its polls, which do not come."""
    with live_variables(tmp_path, on_services=request.param) as variables:
        site = LiveSite(tmp_path, variables | {"TICK_SECONDS": "5", "SWEEP_SECONDS": "15"})
        try:
            site.start()
            site.manage("constance", "set", *NO_POLLS)
            yield site
        finally:
            site.stop()


def test_a_payment_in_xero_and_a_new_name_in_pipedrive_show_within_seconds(
    site: LiveSite,
) -> None:
    wait_until(lambda: site.control("xero/webhooks", {})["state"] == "enabled", seconds=30)
    journey = Journey(site.url, Sandbox(site.xero), lambda *_: None)
    for step in (
        journey.sign_in,
        journey.connect_pipedrive,
        journey.connect_xero,
        journey.save_preferences,
    ):
        step()
    dialog = journey.fill_dialog()
    journey.browser.submit(dialog, dialog.form(holding="submission"), action="create")
    wait_until(lambda: _card_with(journey, "Draft"), seconds=30)
    invoice = _newest(site)
    act(site, invoice, "submit")
    act(site, invoice, "approve")
    wait_until(lambda: _card_with(journey, "Awaiting payment"), seconds=15)

    site.control("settings", {"webhooks_duplicate": True, "webhooks_forge": True})
    for _ in range(PAYMENTS):
        act(site, invoice, "pay")
        wait_until(lambda: _card_with(journey, "Paid"))
        act(site, invoice, "unpay")
        wait_until(lambda: _card_with(journey, "Awaiting payment"))
    site.control(f"pipedrive/7001/deals/{DEAL_ID}", {"title": "Renamed in Pipedrive"})
    wait_until(lambda: "Renamed in Pipedrive" in site.manage("shell", "-c", TITLES), seconds=10)

    told = site.manage("shell", "-c", COUNTS)
    assert "'unknown" not in told and "refused 0" not in told, told
    hooks = site.control("webhooks?vendor=pipedrive")
    assert hooks and all(each["status"] in (200, 401) for each in hooks)


TITLES = """
from invoices.models import Deal
print([row.title for row in Deal.objects.across_companies()])
"""
COUNTS = """
from connections.models import WebhookEvent, WebhookRefusal
print([(e.vendor, e.category, e.copies, e.state, e.outcome) for e in WebhookEvent.objects.all()])
print("refused", sum(row.count for row in WebhookRefusal.objects.all()))
"""


def act(site: LiveSite, invoice: dict[str, Any], action: str) -> None:
    site.control(f"xero/brightside/invoices/{invoice['InvoiceID']}/{action}", {})


def _newest(site: LiveSite) -> dict[str, Any]:
    organisations = site.control("state")["xero"]["organisations"].values()
    rows = next(each for each in organisations if each["slug"] == "brightside")["invoices"]
    found: dict[str, Any] = rows[-1]
    return found


def _card_with(journey: Journey, words: str) -> str:
    page = journey.browser.open(f"{journey.site_url}/deals/{DEAL_ID}/")
    return next((card for card in page.articles if words in card), "")
