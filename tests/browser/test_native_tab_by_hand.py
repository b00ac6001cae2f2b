"""
Pipedrive's own Invoices tab, fed by us: an invoice from its creation to void, as Xero holds it.

On PostgreSQL and Redis, where they are; our panel beside it is on the embedded default.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from invoices.journey.steps import DEAL_ID, Journey
from invoices.journey.truth import Sandbox
from tests.browser import inside
from tests.browser.inside import MS, Inside
from tests.live import LiveSite, running_site, wait_until

EMMA = "Emma Clarke"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LiveSite, Journey]]:
    """A site that Emma has connected to both sides, and whose tab may void."""
    with running_site(tmp_path_factory.mktemp("tab"), on_services=True) as site:
        journey = Journey(site.url, Sandbox(site.xero), lambda *_: None)
        journey.walk(last="connect_xero")
        allow(journey, native_can_void="on")
        yield site, journey


@pytest.mark.services
def test_an_invoice_lives_in_pipedrives_own_tab(
    browser: Browser, home: tuple[LiveSite, Journey]
) -> None:
    site, journey = home
    with (
        inside.without_foreign_cookies(browser) as chromium,
        inside.visiting(chromium, site, name=EMMA) as emma,
    ):
        open_tab(emma)
        emma.page.get_by_role("link", name="Create invoice").click()
        fill_in(emma.page)
        emma.page.get_by_role("button", name="Create invoice").last.click()
        expect(emma.page.get_by_role("status")).to_contain_text("The invoice was created.")
        made = find_made(journey)
        number = made["InvoiceNumber"]
        card = emma.page.get_by_role("article", name=f"Invoice {number}")
        expect(card).to_be_visible()
        assert made["Status"] == "DRAFT"
        assert made["Contact"]["Name"] == "Harbour Dental Ltd"

        press(emma, card, "Submit for approval", "SUBMITTED", journey)
        allow(journey, native_can_approve="on")
        open_tab(emma)
        press(emma, card, "Approve", "AUTHORISED", journey)
        press(emma, card, "Email", "AUTHORISED", journey)
        wait_until(lambda: find_made(journey).get("SentToContact"), seconds=60)
        with emma.page.expect_download() as download:
            card.get_by_role("link", name=re.compile("PDF")).click()
        assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")
        press(emma, card, "Void", "VOIDED", journey)
        assert len(list_made(journey)) == 1


def open_tab(emma: Inside) -> None:
    """Open the deal's tab; a worker has registered the company's link by then, or soon will."""

    def is_ready() -> bool:
        emma.page.goto(f"{emma.site.pipedrive}/deal/{DEAL_ID}/invoices")
        return emma.page.get_by_role("link", name="Create invoice").count() == 1

    wait_until(is_ready, seconds=60)


def fill_in(page: Page) -> None:
    """Choose the customer among Xero's contacts, and what the lines lack."""
    page.get_by_role("button", name="Search contacts").click()
    page.get_by_role("list", name="Contacts found").get_by_role("button").first.click()
    for select in page.locator("table.lines select").all():
        if not select.input_value():
            select.select_option(index=1)


def allow(journey: Journey, **flags: str) -> None:
    """Have an admin say in the preferences what else the tab may do."""
    page = journey.browser.open(f"{journey.site_url}/settings/preferences/")
    page = journey.browser.submit(page, page.form(holding="due_days"), **flags)
    assert page.status == 200, page.text


def press(emma: Inside, card: Locator, label: str, status: str, journey: Journey) -> None:
    """Press what a card offers, say yes when it asks, and see Xero's status of it."""
    asking = card.locator("details.confirm", has=emma.page.locator("summary", has_text=label))
    if asking.count():
        asking.locator("summary").click()
        asking.get_by_role("button", name=label).click()
    else:
        card.get_by_role("button", name=label, exact=True).click()
    expect(emma.page.locator(".notice[role=status]")).to_be_visible(timeout=MS)
    wait_until(lambda: find_made(journey)["Status"] == status, seconds=60)


def list_made(journey: Journey) -> list[dict[str, Any]]:
    rows = journey.sandbox.invoices(journey.tenant_id)
    return [each for key, each in rows.items() if key not in journey.known]


def find_made(journey: Journey) -> dict[str, Any]:
    """Return the invoice that was made here; empty when there is none yet."""
    return next(iter(list_made(journey)), {})
