"""
The life of an invoice by hand, in both languages: submit, approve, email, PDF, paid in Xero, Paid,
and voided with its payments. Each panel is looked at in both themes, wide and narrow.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from invoices.journey.steps import Journey
from tests.browser import looking
from tests.live import LiveSite

EMMA = "emma.clarke@brightside.example"
SECONDS = 25_000
WORDS = {
    "en": {
        "submit": "Submit for approval",
        "approve": "Approve",
        "email": "Email",
        "send": "Send the email",
        "pdf": "Download PDF",
        "void": "Void",
        "void_paid": "Remove payments and void",
        "delete": "Delete",
        "refresh": "Refresh",
        "save": "Save",
        "cancel": "Cancel",
        "DRAFT": "Draft",
        "SUBMITTED": "Awaiting approval",
        "AUTHORISED": "Awaiting payment",
        "PAID": "Paid",
        "VOIDED": "Voided",
    },
    "tr": {
        "submit": "Onaya gönder",
        "approve": "Onayla",
        "email": "E-postayla gönder",
        "send": "E-postayı gönder",
        "pdf": "PDF indir",
        "void": "İptal",
        "void_paid": "Ödemeleri kaldır ve iptal et",
        "delete": "Sil",
        "refresh": "Yenile",
        "save": "Kaydet",
        "cancel": "Vazgeç",
        "DRAFT": "Taslak",
        "SUBMITTED": "Onay bekliyor",
        "AUTHORISED": "Ödeme bekliyor",
        "PAID": "Ödenmiş",
        "VOIDED": "Geçersiz",
    },
}


@pytest.mark.parametrize("language", ["en", "tr"])
def test_an_invoice_lives_from_draft_to_void_by_hand(
    page: Page, drafted: tuple[LiveSite, Journey], language: str
) -> None:
    site, journey = drafted
    words, walk = WORDS[language], Walk(page, site, language)
    walk.sign_in()

    _allow(site, can_approve=False)
    walk.open_deal()
    walk.look("card-draft")
    walk.card().get_by_role("button", name=words["submit"]).click()
    walk.expect_status("SUBMITTED")

    _allow(site, can_approve=True)
    walk.open_deal()
    walk.open_panel("delete")
    walk.look("panel-delete")
    page.get_by_role("link", name=words["cancel"]).click()
    walk.card().get_by_role("link", name=words["approve"], exact=True).click()
    expect(page.get_by_role("link", name=words["cancel"])).to_be_visible()
    walk.look("panel-approve")
    walk.confirm(words["approve"])
    walk.expect_status("AUTHORISED")

    walk.open_panel("void")
    walk.look("panel-void")
    page.get_by_role("link", name=words["cancel"]).click()
    walk.open_panel("email")
    expect(page.locator("main ul").get_by_text("@").first).to_be_visible()
    walk.look("panel-email")
    walk.confirm(words["send"])
    expect(walk.card().get_by_text(re.compile("Yes|Evet"))).to_be_visible(timeout=SECONDS)
    walk.open_panel("email")
    walk.confirm(words["send"])
    walk.look("panel-email-again")
    page.get_by_role("link", name=words["cancel"]).click()
    walk.open_menu()
    with page.expect_download() as download:
        walk.card().get_by_role("link", name=words["pdf"]).click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")
    assert download.value.suggested_filename == f"{journey.number}-Harbour Dental Ltd.pdf"

    site.control(f"xero/brightside/invoices/{journey.number}/pay", {"amount": "100.00"})
    site.control(f"xero/brightside/invoices/{journey.number}/pay", {})
    walk.open_deal()
    page.get_by_role("button", name=words["refresh"], exact=True).click()
    walk.expect_status("PAID")
    walk.open_panel("void")
    walk.look("panel-void-paid-off")
    expect(page.get_by_role("button", name=words["void_paid"])).to_have_count(0)

    _switch_on(site)
    page.goto(f"{site.url}/settings/preferences/")
    page.locator("input[name=can_void_paid]").check()
    with page.expect_navigation():
        page.get_by_role("button", name=words["save"]).click()
    walk.look("preferences")
    walk.open_deal()
    walk.open_panel("void")
    walk.look("panel-void-paid")
    walk.confirm(words["void_paid"])
    # A quick walk uses up the minute's calls: what is left then goes in the next minute.
    walk.expect_status("VOIDED", within=4 * SECONDS)
    walk.card().get_by_role("link", name=journey.number).click()
    expect(page.locator("#timeline")).to_be_visible()
    walk.look("invoice-voided")
    held = site.control("state")["xero"]["organisations"][journey.tenant_id]["invoices"]
    truth = next(each for each in held if each["InvoiceNumber"] == journey.number)
    assert truth["Status"] == "VOIDED"


class Walk:
    """Emma at her browser, on deal 1."""

    def __init__(self, page: Page, site: LiveSite, language: str) -> None:
        self.page, self.site, self.language = page, site, language
        self.words = WORDS[language]

    def sign_in(self) -> None:
        self.page.context.add_cookies(
            [{"name": "ib_language", "value": self.language, "url": self.site.url}]
        )
        self.page.goto(f"{self.site.url}/accounts/login/")
        self.page.get_by_role("button", name="Emma Clarke").click()
        self.page.wait_for_url(f"{self.site.url}/")

    def open_deal(self) -> None:
        self.page.goto(f"{self.site.url}/deals/1/")

    def card(self) -> Locator:
        return self.page.locator("article.invoice-card").first

    def open_menu(self) -> None:
        self.card().locator("details.menu summary").click()

    def open_panel(self, code: str) -> None:
        self.open_menu()
        self.card().get_by_role("link", name=self.words[code], exact=True).click()
        expect(self.page.get_by_role("link", name=self.words["cancel"])).to_be_visible()

    def confirm(self, label: str) -> None:
        self.page.get_by_role("button", name=label, exact=True).click()

    def expect_status(self, status: str, *, within: int = SECONDS) -> None:
        badge = self.card().locator(".badge", has_text=self.words[status])
        expect(badge).to_be_visible(timeout=within)
        expect(self.card().get_by_text(re.compile("on its way|Xero'ya gidiyor"))).to_have_count(
            0, timeout=SECONDS
        )

    def look(self, name: str) -> None:
        """Make sure that the page is whole for everybody."""
        assert looking.examine(self.page, f"life-{name}", self.language) == []


def _allow(site: LiveSite, **flags: bool) -> None:
    """Give Emma these flags, as the page of people does."""
    _run(
        site,
        "from connections.models import Membership",
        f"Membership.objects.across_companies().filter(user__email='{EMMA}').update(**{flags})",
    )


def _switch_on(site: LiveSite) -> None:
    """Let support allow that paid invoices are voided."""
    _run(site, "from constance import config", "config.VOID_PAID_INVOICES = True")


def _run(site: LiveSite, *lines: str) -> None:
    site.manage("shell", "-c", "\n".join(lines))
