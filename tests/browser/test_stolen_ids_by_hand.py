"""
A rep of another company has got hold of ids, of an invoice, a press, a person and a deal, and tries
them by hand in a browser: nothing is there, nothing is told, and nothing changes (P-10, B-3).
"""

from __future__ import annotations

import json
import re
import uuid

from playwright.sync_api import Page, expect

from invoices.journey.steps import Journey
from tests.browser.looking import sign_in
from tests.live import LiveSite

NOT_HERE = "Page not found"
THEIRS = ("Brightside", "Harbour Dental", "brightside.example", "Emma Clarke")
# What a script of the page sends, with the thief's own CSRF token.
POST = """async ([address, values]) => {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const answer = await fetch(address, {
    method: "POST", body: new URLSearchParams(values), headers: {"X-CSRFToken": token},
  });
  return [answer.status, await answer.text()];
}"""


def test_stolen_ids_open_and_change_nothing(page: Page, drafted: tuple[LiveSite, Journey]) -> None:
    site, journey = drafted
    sign_in(page, site, "Emma Clarke", "en")
    page.goto(f"{site.url}/deals/1/")
    card = page.locator("article.invoice-card").first
    approve = card.get_by_role("link", name="Approve", exact=True).get_attribute("href") or ""
    found = re.search(r"/invoices/(\d+)/", approve)
    assert found is not None
    invoice = found[1]
    page.goto(f"{site.url}/settings/people/")
    links = [each.get_attribute("href") or "" for each in page.locator("main a[href]").all()]
    member = next(each for each in links if re.fullmatch(r"/settings/people/\d+/", each))
    operation = json.loads(site.manage("list_operations").splitlines()[0])["id"]
    before = _truth(site, journey)
    page.context.clear_cookies()

    sign_in(page, site, "Can Demir", "en")
    for address in (
        f"/invoices/{invoice}/",
        f"/invoices/{invoice}/part/",
        f"/invoices/{invoice}/card/",
        f"/invoices/{invoice}/pdf/",
        f"/invoices/{invoice}/actions/approve/",
        f"/invoices/{invoice}/actions/void/",
        f"/invoices/operations/{operation}/card/",
    ):
        answer = page.goto(f"{site.url}{address}")
        assert answer is not None and answer.status == 404, address
        expect(page.get_by_role("heading", name=NOT_HERE)).to_be_visible()
        _tells_nothing(page.content(), address)
    for address in (
        member,
        "/invoices/",
        "/settings/activity/",
        "/deals/1/",
        f"/deals/1/invoices/new/?again={operation}",
        "/admin/",
        f"/admin/invoices/invoice/{invoice}/change/",
    ):
        page.goto(f"{site.url}{address}")
        _tells_nothing(page.content(), address)

    page.goto(f"{site.url}/deals/")
    form = {"seen": "2026-11-27T10:00:00+00:00", "submission": str(uuid.uuid4()), "reason": "x"}
    for address, status in (
        (f"/invoices/{invoice}/actions/approve/", 404),
        (f"/invoices/{invoice}/actions/delete/", 404),
        (f"/invoices/{invoice}/read/", 404),
        (f"{member}remove/", 403),
        (member, 403),
    ):
        got, text = page.evaluate(POST, [address, form])
        assert got == status, address
        _tells_nothing(text, address)

    assert _truth(site, journey) == before
    assert len(site.manage("list_operations").splitlines()) == 1


def _tells_nothing(text: str, address: str) -> None:
    assert [word for word in THEIRS if word in text.replace("<wbr>", "")] == [], address


def _truth(site: LiveSite, journey: Journey) -> object:
    return site.control(f"xero/{journey.tenant_id}/holds/invoices")
