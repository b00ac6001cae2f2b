"""The linked contact in a browser: found, read, its invoices filtered, put on deals and moved."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from invoices.journey.steps import Journey
from invoices.journey.truth import Sandbox
from tests.live import LiveSite, running_site

LOBBY, CONSERVATORY, DEPOT = 2, 3, 13
READ_MS = 30_000


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """A site whose company has connected both sides."""
    with running_site(tmp_path_factory.mktemp("contact")) as site:
        Journey(site.url, Sandbox(site.xero), lambda *_: None).walk()
        yield site


def sign_in(page: Page, site: LiveSite, language: str) -> None:
    page.context.add_cookies([{"name": "ib_language", "value": language, "url": site.url}])
    page.goto(f"{site.url}/accounts/login/")
    page.get_by_role("button", name="Emma Clarke").click()
    page.wait_for_url(f"{site.url}/")


def test_a_contact_is_linked_read_and_its_invoices_put_on_deals(page: Page, site: LiveSite) -> None:
    sign_in(page, site, "en")
    page.goto(f"{site.url}/deals/{LOBBY}/")

    page.get_by_role("link", name="Link to existing contact").click()
    page.get_by_label("Search Xero contacts").fill("northgate")
    page.get_by_role("button", name="Search", exact=True).click()
    page.get_by_role("button", name="Link Northgate Hotels").click()

    # The list fills by itself once a worker has read it.
    rows = page.locator("#contact-invoices tbody tr")
    expect(rows.first).to_be_visible(timeout=READ_MS)
    page.get_by_label("Status").select_option("overdue")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#contact-invoices tbody").get_by_text("Paid", exact=True)).to_have_count(0)
    assert "status=overdue" in page.url

    number = rows.first.locator(".contact-table__number").inner_text()
    rows.first.get_by_role("button", name="Link to this deal").click()
    expect(page.locator("#messages")).to_contain_text(f"Invoice {number} is on this deal now.")
    expect(page.get_by_role("button", name="Unlink from this deal")).to_have_count(1)
    assert "status=overdue" in page.url

    page.goto(f"{site.url}/deals/{CONSERVATORY}/invoices/?status=overdue")
    page.get_by_role("button", name="Move to this deal").click()
    question = page.locator("#confirm-dialog")
    expect(question).to_contain_text("Lobby furniture — Northgate Hotels")
    question.locator("[data-confirm-yes]").click()
    expect(page.locator("#messages")).to_contain_text(f"Invoice {number} was moved to this deal.")
    page.goto(f"{site.url}/deals/{CONSERVATORY}/")
    expect(page.locator("article.invoice-card")).to_contain_text(number)
    page.goto(f"{site.url}/deals/{LOBBY}/")
    expect(page.locator("article.invoice-card")).to_have_count(0)


def test_the_sidebar_is_refreshed_and_unlinked_by_the_keyboard_in_turkish(
    page: Page, site: LiveSite
) -> None:
    sign_in(page, site, "tr")
    page.goto(f"{site.url}/deals/1/")
    sidebar = page.locator("#contact-sidebar")
    expect(sidebar.locator("ol li").first).to_be_visible(timeout=READ_MS)

    sidebar.get_by_role("button", name="Fatura geçmişini yenile").press("Enter")
    expect(page.locator("#messages .banner")).to_be_visible()
    menu = sidebar.locator("details.menu summary")
    menu.press("Enter")
    sidebar.get_by_role("link", name="Kişi bağlantısını kaldır").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Kişi bağlantısını kaldır")
    page.get_by_role("button", name="Kişi bağlantısını kaldır").press("Enter")

    expect(page.locator("#contact-sidebar")).to_contain_text("Bağlı bir Xero kişisi yok.")


def test_every_control_works_without_scripts(browser: Browser, site: LiveSite) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    sign_in(page, site, "en")
    page.goto(f"{site.url}/deals/{DEPOT}/invoices/?contact=kuzey")
    page.get_by_role("button", name="Link Kuzey Lojistik Ltd. Şti.").click()
    expect(page.locator("#messages")).to_contain_text("is linked now.")
    page.get_by_role("button", name="Refresh").click()
    expect(page.locator("#messages .banner")).to_be_visible()

    page.goto(f"{site.url}/deals/{DEPOT}/invoices/")
    page.get_by_label("Date range").select_option("custom")
    page.get_by_label("From", exact=True).fill("2025-01-01")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#contact-invoices")).to_contain_text("Issued from 1 Jan 2025")

    page.get_by_role("button", name="Link to this deal").first.click()
    expect(page.locator("#messages")).to_contain_text("is on this deal now.")
    page.get_by_role("button", name="Unlink from this deal").first.click()
    expect(page.locator("#messages")).to_contain_text("is not on this deal any more.")
    context.close()
