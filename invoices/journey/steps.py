"""The main job, step by step: what is pressed, and what the page must then show."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urljoin

from invoices.journey.browser import Browser, LostTheWay, Page
from invoices.journey.truth import Sandbox

ADMIN: Final = "emma.clarke@brightside.example"
PIPEDRIVE_USER: Final = "101"
ORGANISATION: Final = "brightside"
DEAL_ID: Final = 1
# The words of product §7 for Xero's states, as the English pages say them.
WORDS: Final = {
    "DRAFT": "Draft",
    "SUBMITTED": "Awaiting approval",
    "AUTHORISED": "Awaiting payment",
    "PAID": "Paid",
    "VOIDED": "Voided",
    "DELETED": "Deleted",
}
PATIENCE_SECONDS: Final = 60.0


class Difference(Exception):
    """A page says something else than the sandbox's truth."""


@dataclass
class Journey:
    """One walk through the main job."""

    site_url: str
    sandbox: Sandbox
    tell: Callable[[str, float], None]
    browser: Browser = field(default_factory=Browser)
    tenant_id: str = ""
    known: set[str] = field(default_factory=set)
    invoice_id: str = ""
    number: str = ""

    def walk(self, *, last: str = "") -> None:
        """
        Walk the steps in order, telling each with its seconds.

        :param last: the name of the step after which to stop, "" to walk them all
        :raises Difference: a page differs from the truth
        :raises LostTheWay: a page lacks what a person would press
        """
        for step in (
            self.sign_in,
            self.connect_pipedrive,
            self.connect_xero,
            self.save_preferences,
            self.create_invoice,
            self.see_draft,
            self.see_awaiting_approval,
            self.see_awaiting_payment,
            self.see_partly_paid,
            self.see_paid,
            self.press_again,
        ):
            began = time.monotonic()
            step()
            self.tell((step.__doc__ or "").strip(), time.monotonic() - began)
            if step.__name__ == last:
                return

    def sign_in(self) -> None:
        """Sign in as Emma Clarke by single sign-on"""
        page = self._open("/accounts/login/")
        form = next(
            (each for each in page.forms if ("email", ADMIN) in each.fields + each.buttons), None
        )
        if form is None:
            raise LostTheWay(f"nobody to sign in as on {page.url}")
        page = self.browser.submit(page, form, email=ADMIN)
        _expect("Emma Clarke" in page.text, f"signed in at {page.url}: {page.text[:200]}")

    def connect_pipedrive(self) -> None:
        """Connect Pipedrive: consent as Emma, and her word that sign-in there is secured"""
        page = self._open("/settings/connections/")
        if _has_form(page, "/pipedrive/disconnect/"):
            page = self.browser.submit(page, page.form(action="/pipedrive/disconnect/"))
        page = self.browser.submit(page, page.form(action="/settings/connections/pipedrive/"))
        consent = page.form(holding="user_id") if _holds(page, "user_id") else page.forms[-1]
        page = self.browser.submit(page, consent, user_id=PIPEDRIVE_USER, decision="allow")
        _expect("Pipedrive is connected" in page.text, f"connected: {page.text[:300]}")
        form = page.form(action="/settings/connections/security/")
        page = self.browser.submit(page, form, method="two_factor", is_on="yes")
        _expect("secured" in page.text or "Confirmed by" in page.text, f"said: {page.text[:300]}")

    def connect_xero(self) -> None:
        """Connect Xero: consent, organisation chosen, role accepted"""
        self.tenant_id = self.sandbox.tenant_id(ORGANISATION)
        self.known = set(self.sandbox.invoices(self.tenant_id))
        page = self._open("/settings/connections/")
        page = self.browser.submit(page, page.form(action="/settings/connections/xero/"))
        page = self.browser.open(page.link("Emma Clarke"))
        page = self.browser.submit(
            page, page.form(holding="person"), organisation=self.tenant_id, choice="allow"
        )
        _expect("Brightside Interiors Ltd" in page.text, f"connected: {page.text[:300]}")

    def save_preferences(self) -> None:
        """Save the preferences, with a live example from a real deal"""
        page = self._open("/settings/preferences/")
        _expect("Harbour Dental Ltd" in page.text, f"live example: {page.text[:600]}")
        form = page.form(holding="due_days")
        page = self.browser.submit(page, form, due_days="7")
        _expect("20 Mar" in page.text, f"13 March and 7 days: {page.text[:600]}")

    def create_invoice(self) -> None:
        """Open the deal, choose contact and items, press Create invoice"""
        page = self.fill_dialog()
        page = self.browser.submit(page, page.form(holding="submission"), action="create")
        _expect(f"/deals/{DEAL_ID}/" in page.url, f"back on the deal, not {page.url}: {page.text}")

    def fill_dialog(self) -> Page:
        """Open the dialog, choose the suggested contact, and link each line that has no item."""
        page = self._open(f"/deals/{DEAL_ID}/")
        page = self.browser.open(page.link("Create invoice"))
        if "contact:0" in _actions(page):
            page = self.browser.submit(page, page.form(holding="submission"), action="contact:0")
        while missing := _unlinked(page):
            key, words = missing[0]
            form = page.form(holding="submission")
            form.set(f"{key}-query", words)
            page = self.browser.submit(page, form, action=f"search:{key}")
            link = next((each for each in _actions(page) if each.startswith(f"link:{key}:")), "")
            _expect(link != "", f"an item found for {words!r}: {page.text[:400]}")
            page = self.browser.submit(page, page.form(holding="submission"), action=link)
        return page

    def see_draft(self) -> None:
        """See the card become Draft, with Xero's own number and total"""
        self._wait(lambda: bool(self._new_invoices()))
        made = self._new_invoices()
        _expect(len(made) == 1, f"one invoice for one press, not {len(made)}")
        self.invoice_id = made[0]["InvoiceID"]
        truth = made[0]
        _expect(truth["Status"] == "DRAFT", f"a draft in Xero, not {truth['Status']}")
        _expect("#ib=" in truth.get("Url", ""), "the marker in the invoice's link back")
        self._see()

    def see_awaiting_approval(self) -> None:
        """Submit it in Xero, see Awaiting approval"""
        self._press("submit")

    def see_awaiting_payment(self) -> None:
        """Approve it in Xero, see Awaiting payment"""
        self._press("approve")

    def see_partly_paid(self) -> None:
        """Pay a part in Xero, see what is still due"""
        self._press("pay", amount="100.00")
        _expect("Partly paid" in self._card(), f"the flag Partly paid: {self._card()}")

    def see_paid(self) -> None:
        """Pay the rest in Xero, see Paid"""
        self._press("pay")

    def press_again(self) -> None:
        """Nothing was made twice"""
        _expect(len(self._new_invoices()) == 1, f"one invoice, not {len(self._new_invoices())}")

    def _press(self, what: str, **body: Any) -> None:
        self.sandbox.press(self.tenant_id, self.invoice_id, what, **body)
        page = self._open(f"/deals/{DEAL_ID}/")
        self.browser.submit(page, page.form(action=f"/deals/{DEAL_ID}/refresh/"))
        self._see()

    def _see(self) -> None:
        """Wait until the card says what the truth says, and tell what differs when it does not."""
        truth = self.sandbox.invoices(self.tenant_id)[self.invoice_id]
        wanted = (
            truth["InvoiceNumber"],
            WORDS[truth["Status"]],
            f"Total {_pounds(truth['Total'])}",
            f"Amount due {_pounds(truth['AmountDue'])}",
        )
        self.number = truth["InvoiceNumber"]
        self._wait(lambda: not _missing(wanted, self._card()))
        card = self._card()
        _expect(not _missing(wanted, card), f"{_missing(wanted, card)} on the card: {card}")

    def _card(self) -> str:
        page = self._open(f"/deals/{DEAL_ID}/")
        return next((words for words in page.articles if self.number in words), page.text)

    def _new_invoices(self) -> list[dict[str, Any]]:
        rows = self.sandbox.invoices(self.tenant_id)
        return [row for key, row in rows.items() if key not in self.known]

    def _open(self, path: str) -> Page:
        page = self.browser.open(urljoin(self.site_url + "/", path))
        _expect(page.status == 200, f"{path} answers {page.status}")
        return page

    def _wait(self, ask: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not ask() and time.monotonic() < deadline:
            time.sleep(0.25)


def _expect(is_so: bool, what: str) -> None:
    if not is_so:
        raise Difference(f"expected {what}")


def _missing(wanted: Iterable[str], card: str) -> list[str]:
    return [words for words in wanted if words not in card]


def _has_form(page: Page, action: str) -> bool:
    return any(form.action.endswith(action) for form in page.forms)


def _holds(page: Page, name: str) -> bool:
    return any(name in form.names() for form in page.forms)


def _actions(page: Page) -> list[str]:
    return [value for name, value in page.form(holding="submission").buttons if name == "action"]


def _unlinked(page: Page) -> list[tuple[str, str]]:
    """Return the lines that have no item yet: their key and the product's words to search for."""
    form = page.form(holding="submission")
    values = dict(form.fields)
    keys = [value for name, value in form.fields if name == "line"]
    return [
        (key, re.split(r"[\s,]", values[f"{key}-description"])[-1])
        for key in keys
        if not values.get(f"{key}-item")
    ]


def _pounds(amount: Any) -> str:
    return f"£{Decimal(str(amount)):,.2f}"
