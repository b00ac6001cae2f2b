"""
A person acts as their own Xero user, by hand and in both languages: link it, approve, see the name
in Xero; the consent ends there, a press waits; renew it, the press goes; remove it (R-3).
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from invoices.journey.steps import Journey
from tests.browser.looking import examine
from tests.live import LiveSite

OLIVIA = "olivia.grant@brightside.example"
SECONDS = 25_000
WORDS = {
    "en": {
        "link": "Link my Xero user",
        "renew": "Renew",
        "remove": "Remove the link",
        "approve": "Approve",
        "approved": "Awaiting payment",
        "waits": "is waiting because your own Xero link has ended",
        "ended": "Your own Xero link has ended",
        "void": "Void",
        "void_it": "Void the invoice",
        "voided": "Voided",
    },
    "tr": {
        "link": "Xero kullanıcımı bağla",
        "renew": "Yenile",
        "remove": "Bağlantıyı kaldır",
        "approve": "Onayla",
        "approved": "Ödeme bekliyor",
        "waits": "bekliyor, çünkü kendi Xero bağlantınız",
        "ended": "Kendi Xero bağlantınız sona erdi",
        "void": "İptal",
        "void_it": "Faturayı iptal et",
        "voided": "Geçersiz",
    },
}


@pytest.mark.parametrize("language", ["en", "tr"])
def test_a_person_acts_as_their_own_xero_user_by_hand(
    page: Page, drafted: tuple[LiveSite, Journey], language: str
) -> None:
    site, _journey = drafted
    words = WORDS[language]
    card = page.locator("article.invoice-card").first
    page.context.add_cookies([{"name": "ib_language", "value": language, "url": site.url}])
    page.goto(f"{site.url}/accounts/login/")
    page.get_by_role("button", name="Emma Clarke").click()
    page.wait_for_url(f"{site.url}/")

    _consent(page, site, words["link"])
    expect(page.locator(".facts").get_by_text(OLIVIA)).to_be_visible()
    assert examine(page, "own-linked", language) == []
    page.goto(f"{site.url}/deals/1/")
    card.get_by_role("link", name=words["approve"], exact=True).click()
    page.get_by_role("button", name=words["approve"], exact=True).click()
    expect(card.get_by_text(words["approved"])).to_be_visible(timeout=SECONDS)
    assert "Olivia Grant" in _history(page, site)

    site.control("xero/revoke", {"email": OLIVIA})
    page.goto(f"{site.url}/deals/1/")
    card.locator("details.menu summary").click()
    card.get_by_role("link", name=words["void"], exact=True).click()
    page.get_by_role("button", name=words["void_it"], exact=True).click()
    expect(card.get_by_text(re.compile(words["waits"]))).to_be_visible(timeout=SECONDS)
    assert examine(page, "own-waiting-card", language) == []
    page.goto(f"{site.url}/settings/my-xero/")
    expect(page.get_by_text(words["ended"])).to_be_visible()
    assert examine(page, "own-ended", language) == []
    page.goto(f"{site.url}/settings/people/")
    assert examine(page, "own-people-ended", language) == []

    _consent(page, site, words["renew"])
    page.goto(f"{site.url}/deals/1/")
    expect(card.get_by_text(words["voided"])).to_be_visible(timeout=SECONDS)
    page.goto(f"{site.url}/settings/my-xero/")
    page.get_by_role("button", name=words["remove"]).click()
    page.locator("dialog[open]").get_by_role("button", name=words["remove"]).click()
    expect(page.get_by_role("button", name=words["link"])).to_be_visible()
    assert _history(page, site).count("Emma Clarke") == 1  # only the creation


def _consent(page: Page, site: LiveSite, label: str) -> None:
    """Say yes on Xero's page as Olivia."""
    page.goto(f"{site.url}/settings/my-xero/")
    page.get_by_role("button", name=label).click()
    page.get_by_role("link", name="Olivia Grant").click()
    page.get_by_role("button", name="Allow access").click()
    expect(page.locator("#messages .banner--success")).to_be_visible()


def _history(page: Page, site: LiveSite) -> str:
    """Return the page that Xero itself shows of the invoice."""
    page.goto(f"{site.url}/deals/1/")
    link = page.get_by_role("link", name=re.compile("Open in Xero|Xero'da aç")).first
    page.goto(str(link.get_attribute("href")))
    return page.locator("body").inner_text()
