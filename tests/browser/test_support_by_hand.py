"""
A member of our staff helps a customer in the admin, by hand: finds the invoice by its number, sees
the company's health and no personal data, says why they need it, and has a stuck press go on.
"""

from __future__ import annotations

import json
from urllib.request import Request, urlopen

from playwright.sync_api import Page, expect

from invoices.journey.steps import Journey
from tests.browser.looking import sign_in
from tests.live import LiveSite, wait_until

CUSTOMER, WHY_LOOK, WHY_RETRY = "Harbour Dental Ltd", "Ticket 4711", "Ticket 4711: Xero is back"
# Short enough for a person's patience: one new key, and a look at once.
PATIENCE = {
    "MAX_GENERATIONS": 1,
    "LOOK_PAUSE_SECONDS": 1,
    "LAST_RESEND_SECONDS": 1,
    "RESEND_WAITS": "1",
    "BREAKER_FAILURES": 1000,
}
SECONDS = 90_000


def test_support_helps_a_customer_and_the_customer_reads_it(
    page: Page, drafted: tuple[LiveSite, Journey]
) -> None:
    site, journey = drafted
    for name, value in PATIENCE.items():
        site.manage("constance", "set", name, str(value))
    _press_approve_while_xero_breaks_off(page, site)
    page.context.clear_cookies()

    sign_in(page, site, "Sam Porter", "en")
    page.goto(f"{site.url}/admin/invoices/invoice/")
    page.locator("#searchbar").fill(journey.number)
    page.locator("#searchbar").press("Enter")
    page.locator("#result_list").get_by_role("link", name=journey.number).click()
    expect(page.locator("body")).to_contain_text("Personal data is masked.")
    expect(page.locator("body")).not_to_contain_text(CUSTOMER)
    page.get_by_label("Reason").fill(WHY_LOOK)
    page.get_by_role("button", name="Show personal data").click()
    expect(page.locator("body")).to_contain_text(CUSTOMER)

    page.goto(f"{site.url}/admin/constance/config/")
    generations = page.get_by_label("MAX_GENERATIONS")
    expect(generations).to_have_value("1")
    page.locator("a.reset-link[data-field-id=id_MAX_GENERATIONS]").click()
    expect(generations).to_have_value("3")

    page.goto(f"{site.url}/admin/connections/company/")
    page.locator("#result_list").get_by_role("link", name="Brightside Interiors").click()
    expect(page.get_by_role("heading", name="Connection health")).to_be_visible()
    expect(page.get_by_role("heading", name="Limits on invoices")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("emma.clarke@brightside.example")
    recent = page.locator("fieldset", has=page.get_by_role("heading", name="Recent errors"))
    expect(recent).to_contain_text("Needs a person")

    page.goto(f"{site.url}/admin/invoices/operation/?q={journey.number}")
    page.locator("#result_list tr", has_text="Needs a person").get_by_role("checkbox").check()
    page.locator("select[name=action]").select_option("retry_safely")
    page.locator("input[name=reason]").fill(WHY_RETRY)
    page.get_by_role("button", name="Go", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("1 of 1 changed")
    page.context.clear_cookies()

    sign_in(page, site, "Emma Clarke", "en")
    page.goto(f"{site.url}/deals/1/")
    card = page.locator("article.invoice-card").first
    expect(card.get_by_text("Awaiting payment")).to_be_visible(timeout=SECONDS)
    page.goto(f"{site.url}/settings/activity/")
    for words in (WHY_LOOK, WHY_RETRY, "InvoiceBridge support"):
        expect(page.locator("main")).to_contain_text(words)
    expect(page.locator("main")).not_to_contain_text("Sam Porter")


def _press_approve_while_xero_breaks_off(page: Page, site: LiveSite) -> None:
    """Leave an approval with support: Xero breaks off often enough, then works again."""
    site.control(
        "faults",
        {
            "vendor": "xero",
            "method": "POST",
            "path": "/Invoices",
            "kind": "reset_before",
        },
    )
    sign_in(page, site, "Emma Clarke", "en")
    page.goto(f"{site.url}/deals/1/")
    card = page.locator("article.invoice-card").first
    card.get_by_role("link", name="Approve", exact=True).click()
    page.get_by_role("button", name="Approve", exact=True).click()

    wait_until(lambda: "needs_person" in _states(site), seconds=SECONDS / 1000)
    urlopen(Request(f"{site.xero}/_sandbox/faults", method="DELETE"), timeout=10).close()


def _states(site: LiveSite) -> set[str]:
    lines = site.manage("list_operations").splitlines()
    return {json.loads(line)["state"] for line in lines if line.startswith("{")}
