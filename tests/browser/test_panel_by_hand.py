"""
At home in Pipedrive: everything is done in our panel, modal and settings page, without a cookie.

Each step is held against what Xero holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FrameLocator, expect

from invoices.journey.steps import DEAL_ID, Journey
from invoices.journey.truth import Sandbox
from tests.browser import inside
from tests.browser.inside import MS, Inside
from tests.live import LiveSite, running_site, wait_until

EMMA = "Emma Clarke"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LiveSite, Journey]]:
    """A site that Emma has connected to both sides."""
    with running_site(tmp_path_factory.mktemp("panel")) as site:
        journey = Journey(site.url, Sandbox(site.xero), lambda *_: None)
        journey.walk(last="save_preferences")
        yield site, journey


@pytest.fixture
def emma(browser: Browser, home: tuple[LiveSite, Journey]) -> Iterator[Inside]:
    """Emma in Pipedrive, in a browser that keeps cookies from frames."""
    site, _ = home
    with (
        inside.without_foreign_cookies(browser) as chromium,
        inside.visiting(chromium, site, name=EMMA) as emma,
    ):
        yield emma


def test_an_invoice_lives_from_the_preferences_to_void(
    emma: Inside, home: tuple[LiveSite, Journey]
) -> None:
    site, journey = home
    inside.allow(journey, site, can_approve=False)

    save_due_days(emma, 10)
    emma.open_deal(DEAL_ID)
    emma.panel.get_by_role("link", name="Create invoice").click()
    fill_in(emma.modal)
    emma.modal.get_by_role("button", name="Create invoice").click()
    emma.expect_modal_closed()
    made = wait_until(lambda: find_made(journey), seconds=60)
    number = made["InvoiceNumber"]
    emma.expect_status(number, "Draft")
    assert made["Status"] == "DRAFT"
    assert (day_of(made["DueDateString"]) - day_of(made["DateString"])).days == 10

    emma.card(number).get_by_role("button", name="Submit for approval").click()
    emma.expect_status(number, "Awaiting approval")
    assert find_made(journey)["Status"] == "SUBMITTED"

    inside.allow(journey, site, can_approve=True)
    emma.panel.get_by_role("button", name="Refresh invoice history").click()
    emma.card(number).get_by_role("link", name="Approve", exact=True).click()
    emma.confirm("Approve")
    emma.expect_status(number, "Awaiting payment")
    assert find_made(journey)["Status"] == "AUTHORISED"

    emma.press_in_menu(number, "Email")
    emma.modal.get_by_role("button", name="Send the email").click()
    emma.expect_modal_closed()
    wait_until(lambda: find_made(journey).get("SentToContact"), seconds=60)

    with emma.page.expect_download() as download:
        emma.press_in_menu(number, "Download PDF")
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")
    assert download.value.suggested_filename == f"{number}-Harbour Dental Ltd.pdf"

    emma.press_in_menu(number, "Void")
    emma.confirm("Void the invoice")
    emma.expect_status(number, "Voided")
    assert find_made(journey)["Status"] == "VOIDED"
    assert len(list_made(journey)) == 1


LOBBY = 2


def test_looking_again_loses_no_answer_to_a_press(
    emma: Inside, home: tuple[LiveSite, Journey]
) -> None:
    site, _ = home
    emma.open_deal(LOBBY)
    site.control("settings", {"xero_page_latency_ms": 4000})
    with emma.page.expect_request(f"**/deals/{LOBBY}/refresh/"):
        emma.panel.get_by_role("button", name="Refresh invoice history").click()

    # Minutes later the focus comes back, from a question of Pipedrive's or another tab.
    emma.panel.locator("body").evaluate(
        """() => {
            const now = Date.now;
            Date.now = () => now() + 5 * 60 * 1000;
            window.dispatchEvent(new Event("focus"));
        }"""
    )

    expect(emma.panel.locator("#messages .banner")).to_be_visible(timeout=MS)
    site.control("settings", {"xero_page_latency_ms": 0})


def test_a_contact_and_its_invoices_are_linked_followed_and_unlinked(
    emma: Inside, home: tuple[LiveSite, Journey]
) -> None:
    _, journey = home
    emma.open_deal(LOBBY)
    emma.panel.get_by_role("link", name="Link to existing contact").click()
    emma.modal.get_by_label("Search Xero contacts").fill("northgate")
    emma.modal.get_by_role("button", name="Search", exact=True).click()
    emma.modal.get_by_role("button", name="Link Northgate Hotels").click()

    rows = emma.modal.locator("#contact-invoices tbody tr")
    row = rows.filter(has_text="Awaiting payment").filter(has_text="Link to this deal").first
    expect(row).to_be_visible(timeout=MS)
    is_too_wide = "document.documentElement.scrollWidth > innerWidth"
    assert not emma.modal.locator("body").evaluate(f"() => {is_too_wide}")
    number = row.locator(".contact-table__number").inner_text()
    row.get_by_role("button", name="Link to this deal").click()
    expect(emma.modal.locator("#messages")).to_contain_text(f"Invoice {number} is on this deal now")
    close_modal(emma)
    emma.expect_status(number, "Awaiting payment")
    expect(emma.panel.locator("#panel-contact")).to_contain_text("Northgate Hotels")

    truth = next(each for each in list_all(journey) if each["InvoiceNumber"] == number)
    # Nobody touches the panel: what Xero tells us shows on it.
    journey.sandbox.press(journey.tenant_id, truth["InvoiceID"], "pay")
    emma.expect_status(number, "Paid")
    journey.sandbox.press(journey.tenant_id, truth["InvoiceID"], "unpay")
    emma.panel.get_by_role("button", name="Refresh invoice history").click()
    emma.expect_status(number, "Awaiting payment")
    journey.sandbox.press(journey.tenant_id, truth["InvoiceID"], "pay")
    emma.expect_status(number, "Paid")

    emma.panel.locator("#panel-contact").get_by_role("link", name="View all invoices").click()
    emma.modal.get_by_role("button", name="Unlink from this deal").click()
    expect(emma.modal.locator("#messages")).to_contain_text("is not on this deal any more")
    close_modal(emma)
    expect(emma.card(number)).to_have_count(0)

    emma.panel.locator(".panel__header details.menu summary").click()
    emma.panel.get_by_role("link", name="Unlink contact").click()
    emma.confirm("Unlink contact")
    expect(emma.panel.locator("#panel-contact")).to_contain_text("No contact is linked.")
    after = next(each for each in list_all(journey) if each["InvoiceNumber"] == number)
    assert (after["Status"], after["Contact"]) == ("PAID", truth["Contact"])


def test_whoever_comes_back_by_opening_a_menu_finds_it_open(emma: Inside) -> None:
    emma.open_deal(DEAL_ID)
    menu = emma.panel.locator(".panel__header details.menu")
    emma.page.locator("h1").click()
    later = "() => { const now = Date.now; Date.now = () => now() + 90_000; }"
    emma.panel.locator("body").evaluate(later)

    with emma.page.expect_response(f"**/frames/app/deals/{DEAL_ID}/") as looked_again:
        menu.locator("summary").click()
    looked_again.value.finished()

    expect(emma.panel.locator("#frame")).not_to_have_attribute("aria-busy", "true")
    expect(menu.get_by_role("link", name="Settings")).to_be_visible()


def test_a_token_that_came_too_late_is_signed_anew(emma: Inside) -> None:
    emma.open_deal(DEAL_ID, token="expired")

    expect(emma.panel.locator("h1")).to_have_text("Invoice history")
    assert asked_for_signatures(emma) == 1


def test_when_nothing_better_is_signed_a_late_token_is_refused(
    emma: Inside, home: tuple[LiveSite, Journey]
) -> None:
    site, _ = home
    emma.page.add_init_script(SIGNS_NOTHING)
    with emma.page.expect_response(f"{site.url}/frames/token/") as renewed:
        emma.open_deal(DEAL_ID, token="expired")

    expect(emma.panel.locator("h1")).to_have_text("We could not tell who you are")
    assert renewed.value.status == 401
    assert asked_for_signatures(emma) == 1
    emma.complaints[:] = [each for each in emma.complaints if "401 (Unauthorized)" not in each]


def test_what_pipedrive_did_not_sign_is_refused_at_once(emma: Inside) -> None:
    emma.open_deal(DEAL_ID, token="wrong_secret")

    expect(emma.panel.locator("h1")).to_have_text("We could not tell who you are")
    assert asked_for_signatures(emma) == 0
    emma.complaints[:] = [each for each in emma.complaints if "401 (Unauthorized)" not in each]


# Pipedrive's page asks its own server below this address; ours has no query there.
SIGNS_NOTHING = """
const real = window.fetch;
const unsigned = () => Promise.resolve(new Response('{"token": "e30.e30.e30"}'));
window.fetch = (address, ...more) =>
  String(address).startsWith("/frames/token?") ? unsigned() : real(address, ...more);
"""


def asked_for_signatures(emma: Inside) -> int:
    """Return how often our frame asked Pipedrive to sign anew."""
    calls = emma.page.evaluate("pipedriveHost.calls.map((each) => each.command)")
    return list(calls).count("get_signed_token")


def save_due_days(emma: Inside, days: int) -> None:
    emma.page.goto(f"{emma.site.pipedrive}/settings/marketplace")
    emma.page.get_by_role("link", name="Settings").click()
    emma.settings.locator("input[name=due_days]").fill(str(days))
    emma.settings.get_by_role("button", name="Save").click()
    expect(emma.settings.locator("#messages .banner")).to_be_visible()
    expect(emma.settings.locator("input[name=due_days]")).to_have_value(str(days))


def fill_in(dialog: FrameLocator) -> None:
    """Choose the suggested contact, and an item for each line."""
    dialog.locator("button[value='contact:0']").click()
    expect(dialog.locator("#drop-contact")).to_be_visible()
    warned = dialog.locator(".line:has(input[type=search])")
    while left := warned.count():
        line = warned.first
        words = line.locator("textarea").first.input_value().split()
        line.locator("input[type=search]").fill(words[-1].strip(","))
        line.locator("button[id^=search-]").click()
        line.locator("button[id^=link-]").first.click()
        expect(warned).to_have_count(left - 1)


def close_modal(emma: Inside) -> None:
    emma.page.get_by_role("dialog").get_by_role("button", name="Close").click()
    emma.expect_modal_closed()


def list_all(journey: Journey) -> list[dict[str, Any]]:
    return list(journey.sandbox.invoices(journey.tenant_id).values())


def list_made(journey: Journey) -> list[dict[str, Any]]:
    return [each for each in list_all(journey) if each["InvoiceID"] not in journey.known]


def find_made(journey: Journey) -> dict[str, Any]:
    """Return the invoice that was made here; empty when there is none yet."""
    return next(iter(list_made(journey)), {})


def day_of(written: str) -> date:
    """Read a day as Xero writes it."""
    return date.fromisoformat(written[:10])
