"""
Each state of product §4 in a browser, as one company goes through them: not installed, closed,
confirmed, waiting, connected, another organisation, role lost, disconnected, ended, uninstalled.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import looking
from tests.live import LiveSite, running_site

EMMA = "emma.clarke@brightside.example"
CONNECTIONS = "/settings/connections/"
CHOOSING = "/settings/connections/xero/organisation/"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LiveSite]:
    with running_site(tmp_path) as running:
        yield running


class Look:
    """Opens a page in both languages, looks at it, and collects what is wrong."""

    def __init__(self, page: Page, site: LiveSite) -> None:
        self.page, self.site = page, site
        self.wrong: list[str] = []

    def at(self, path: str, name: str, words: str) -> None:
        """Look at a page, which says these words in English."""
        for language in ("tr", "en"):
            looking.speak(self.page, self.site, language)
            self.open(path)
            if language == "en":
                expect(self.page.locator("main")).to_contain_text(words)
            self.wrong += looking.examine(self.page, f"state-{name}", language)

    def open(self, path: str = CONNECTIONS) -> None:
        self.page.goto(f"{self.site.url}{path}")

    def press(self, action: str) -> None:
        """Press the button of the form on the connections page that goes there."""
        self.open()
        self.page.locator(f"form[action$='{action}'] button").click()


def install(look: Look, user_id: int) -> None:
    look.press("/connections/pipedrive/")
    look.page.locator(f"input[name=user_id][value='{user_id}']").check()
    look.page.locator("button[value=allow]").click()
    expect(look.page.get_by_role("heading", level=1)).to_have_text("Connections")


def confirm(look: Look) -> None:
    look.open()
    form = look.page.locator("form[action$='/connections/security/']")
    form.locator("input[value=two_factor]").check()
    form.locator("input[name=is_on]").check()
    form.locator("button").click()


def allow(look: Look, organisation: str) -> None:
    look.press("/connections/xero/")
    look.page.get_by_role("link", name="Emma Clarke").click()
    look.page.get_by_label(organisation).check()
    look.page.get_by_role("button", name="Allow access").click()


def tenant(site: LiveSite) -> str:
    organisations = site.control("state")["xero"]["organisations"]
    return next(key for key, each in organisations.items() if each["slug"] == "brightside")


def test_each_state_of_connecting_has_its_screen(page: Page, site: LiveSite) -> None:
    look = Look(page, site)
    looking.sign_in(page, site, "Emma Clarke", "en")

    look.at(CONNECTIONS, "not-installed", "InvoiceBridge is not installed yet")
    look.at("/", "start-not-installed", "Install InvoiceBridge")
    site.manage("constance", "set", "CLOSED_TO_NEW_INSTALLS", "True")
    look.at(CONNECTIONS, "closed", "Closed to new installs")
    expect(page.get_by_role("button", name="Install now")).to_have_count(0)
    look.at("/", "start-closed", "takes no new companies at the moment")
    site.manage("constance", "set", "CLOSED_TO_NEW_INSTALLS", "False")

    install(look, 101)
    look.at(CONNECTIONS, "unconfirmed", "Read-only until this is confirmed")
    look.at("/deals/1/", "deal-not-connected", "This deal becomes an invoice in Xero")
    look.open()
    page.locator("form[action$='/connections/security/'] button").click()
    expect(page.get_by_role("alert").first).to_have_text("Choose how people sign in to Pipedrive.")
    confirm(look)
    look.press("/connections/xero/")
    expect(page.get_by_role("link", name="Emma Clarke")).to_be_visible()
    look.at(CONNECTIONS, "waiting-for-xero", "You began to connect Xero (")
    allow(look, "Brightside Interiors Ltd")
    expect(page.get_by_role("heading", level=1)).to_have_text("Preferences")
    look.at(CONNECTIONS, "connected", "Confirmed by")

    allow(look, "Brightside NZ")
    look.at(CHOOSING, "choose", "(connected now)")
    for language, title in (
        ("tr", "Brightside Interiors Ltd yerine Brightside NZ"),
        ("en", "Switch from Brightside Interiors Ltd to Brightside NZ"),
    ):
        looking.speak(page, site, language)
        look.open(CHOOSING)
        page.get_by_label("Brightside NZ").check()
        page.locator("main form .button--primary").click()
        expect(page.locator("main")).to_contain_text(title)
        look.wrong += looking.examine(page, "state-change", language)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#messages")).to_contain_text("everything is as it was")

    site.control(f"xero/{tenant(site)}/users/{EMMA}", {"role": "READONLY"})
    look.press("/xero/check/")
    look.at(CONNECTIONS, "role-lost", "This Xero role cannot connect")
    look.at("/", "start-role-lost", "Something needs attention")
    look.at("/deals/1/", "deal-role-lost", "does not have the role that is needed")
    site.control(f"xero/{tenant(site)}/users/{EMMA}", {"role": "STANDARD"})
    look.press("/xero/check/")
    expect(page.locator("#messages")).to_contain_text("the connection works")

    site.control(f"xero/{tenant(site)}/disconnect", {})
    look.press("/xero/check/")
    look.at(CONNECTIONS, "disconnected", "The organisation was disconnected in Xero")
    site.control("xero/revoke", {"email": EMMA})
    look.press("/xero/check/")
    look.at(CONNECTIONS, "ended", "The Xero connection has ended")

    site.control("pipedrive/7001/users/101/uninstall", {})
    look.at(CONNECTIONS, "uninstalled", "InvoiceBridge was uninstalled")
    look.at("/deals/1/", "deal-uninstalled", "uninstalled in Pipedrive")
    assert look.wrong == []


def test_a_rep_reads_every_state_and_is_told_who_can_mend_it(page: Page, site: LiveSite) -> None:
    look = Look(page, site)
    looking.sign_in(page, site, "Mehmet Yılmaz", "en")

    install(look, 102)
    look.at(CONNECTIONS, "rep-unconfirmed", "Only an admin of your company can change this: Emma")
    look.at("/", "rep-start", "can do this, once for everybody")
    look.at("/deals/4/", "rep-deal-not-connected", "Who can do it: Emma Clarke.")

    expect(page.locator("form[action$='/connections/security/']")).to_have_count(0)
    assert look.wrong == []
