"""The main job by hand: sign in, connect, prefer, create, approve and pay in Xero, see Paid."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from invoices.journey.steps import Journey
from invoices.journey.truth import Sandbox
from tests.browser.looking import picture
from tests.live import LiveSite, running_site


def sign_in(page: Page, site: LiveSite, name: str) -> None:
    page.goto(f"{site.url}/accounts/login/")
    page.get_by_role("button", name=name).click()
    expect(page.get_by_role("link", name="InvoiceBridge").first).to_be_visible()


def connect_pipedrive(page: Page, site: LiveSite, user_id: int) -> None:
    page.goto(f"{site.url}/settings/connections/")
    page.locator("form[action$='/connections/pipedrive/'] button").click()
    page.locator(f"input[name=user_id][value='{user_id}']").check()
    page.locator("button[value=allow]").click()
    expect(page.locator(".badge", has_text=re.compile("Connected|Bağlı")).first).to_be_visible()
    security = page.locator("form[action$='/connections/security/']")
    if security.is_visible():  # an admin, who confirms it once for the company
        security.locator("input[name=method][value=two_factor]").check()
        security.locator("input[name=is_on]").check()
        security.locator("button").click()
        expect(page.get_by_text("Confirmed by")).to_be_visible()


def connect_xero(page: Page, site: LiveSite, person: str) -> None:
    page.goto(f"{site.url}/settings/connections/")
    page.locator("form[action$='/connections/xero/'] button").click()
    page.get_by_role("link", name=person).click()
    page.get_by_role("button", name="Allow access").click()
    expect(page.locator("#messages .banner--success")).to_be_visible()


@pytest.fixture
def fresh_site(tmp_path: Path) -> Iterator[LiveSite]:
    """A site of its own, as after the first `make run`."""
    with running_site(tmp_path) as site:
        yield site


def test_a_rep_sees_a_deal_become_a_paid_invoice(page: Page, fresh_site: LiveSite) -> None:
    site = fresh_site
    sign_in(page, site, "Emma Clarke")
    connect_pipedrive(page, site, 101)
    connect_xero(page, site, "Emma Clarke")
    page.goto(f"{site.url}/settings/preferences/")
    expect(page.get_by_text("Harbour Dental Ltd")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#messages .banner--success")).to_be_visible()
    picture(page, "job-preferences")

    page.goto(f"{site.url}/deals/")
    page.get_by_role("link", name="Reception refit — Harbour Dental").click()
    page.get_by_role("link", name="Create invoice").click()
    create = page.get_by_role("button", name="Create invoice")
    expect(create).to_be_disabled()
    page.get_by_role("button", name="Harbour Dental Ltd").click()
    expect(page.get_by_text("Update customer info in Xero", exact=True)).to_be_visible()
    unlinked = page.locator(".line__warning")
    items = (("desk", "DESK-OAK"), ("chair", "CHAIR-ERG"), ("hour", "INSTALL"))
    for left, (word, code) in zip((2, 1, 0), items, strict=True):
        # An answer settles for a moment after it is drawn, and then places the focus.
        expect(page.locator(".htmx-request, .htmx-settling, .htmx-added")).to_have_count(0)
        page.wait_for_load_state("networkidle")
        box = page.get_by_placeholder("Search Xero items").first
        box.fill(word)
        box.press("Enter")
        page.get_by_role("button", name=code).first.click()
        expect(unlinked).to_have_count(left)
    picture(page, "job-dialog")
    expect(create).to_be_enabled()
    create.click()

    card = page.locator("article.invoice-card")
    expect(card.get_by_text("Draft", exact=True)).to_be_visible(timeout=20_000)
    # The history beside it learns of the invoice by itself.
    number = card.locator("h3").inner_text()
    expect(page.locator("#contact-sidebar")).to_contain_text(number, timeout=20_000)
    picture(page, "job-draft")
    with page.context.expect_page() as opened:
        card.get_by_role("link", name="Open in Xero").click()
    xero = opened.value
    xero.get_by_role("button", name="Approve").first.click()
    page.get_by_role("button", name="Refresh", exact=True).click()
    expect(card.get_by_text("Awaiting payment")).to_be_visible()
    xero.get_by_role("button", name="Pay in full").click()
    page.get_by_role("button", name="Refresh", exact=True).click()
    expect(card.get_by_text("Paid", exact=True)).to_be_visible()
    expect(card.get_by_text("£0.00")).to_be_visible()
    picture(page, "job-paid")


def test_a_colleague_works_in_turkish_in_the_dark_on_a_narrow_screen(
    page: Page, fresh_site: LiveSite
) -> None:
    site = fresh_site
    journey = Journey(site.url, Sandbox(site.xero), lambda *_: None)
    for step in (journey.sign_in, journey.connect_pipedrive, journey.connect_xero):
        step()
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 320, "height": 800})

    sign_in(page, site, "Mehmet Yılmaz")
    connect_pipedrive(page, site, 102)
    page.goto(f"{site.url}/deals/4/invoices/new/")

    expect(page.get_by_role("heading", name="Fatura oluştur")).to_be_visible()
    expect(page.get_by_text("Ürün henüz Xero'ya bağlanmadı").first).to_be_visible()
    expect(page.get_by_role("link", name="Vazgeç")).to_be_visible()
    width = page.evaluate("document.documentElement.scrollWidth")
    picture(page, "job-dialog-tr-dark-narrow")
    assert width <= 320
