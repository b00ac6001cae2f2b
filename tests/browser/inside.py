"""Somebody on the sandbox's pages of Pipedrive, with our frames in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, FrameLocator, Locator, Page, Request, expect

from invoices.journey.steps import Journey
from tests.live import CHROMIUM_ARGUMENTS, LiveSite
from tests.needs import find_chromium

MS = 40_000
CANARY = "canary"
# What a browser sends to another site's frame while it still does: here it must not.
_COOKIE: Any = {
    "name": CANARY,
    "value": "1",
    "domain": "localhost",
    "path": "/",
    "sameSite": "None",
    "secure": True,
}


@contextmanager
def without_foreign_cookies(browser: Browser) -> Iterator[Browser]:
    """Start a Chromium that keeps cookies from another site's frames."""
    chromium = browser.browser_type.launch(
        executable_path=find_chromium(),
        args=[*CHROMIUM_ARGUMENTS, "--test-third-party-cookie-phaseout"],
    )
    try:
        yield chromium
    finally:
        chromium.close()


@contextmanager
def visiting(chromium: Browser, site: LiveSite, *, name: str) -> Iterator[Inside]:
    """
    Open Pipedrive as one of its people.

    :raises AssertionError: at its end, when the browser complained of anything, or had a cookie for
        our frames
    """
    context = chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 1000})
    context.add_cookies([_COOKIE])
    page = context.new_page()
    page.set_default_timeout(MS)
    complaints: list[str] = []
    sent: list[Request] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(f"{line.type}: {line.text}"))
    # Playwright takes no method of a list.
    page.on("request", lambda request: sent.append(request))  # noqa: PLW0108
    page.goto(f"{site.url}/accounts/login/")
    page.goto(site.pipedrive)
    page.get_by_role("button", name=name).click()
    page.wait_for_url(f"{site.pipedrive}/**")
    try:
        yield Inside(page, site, complaints)
        with_cookie = [each for each in sent if _has_cookie(each)]
        # The canary is alive: our own site does get it.
        assert any("/accounts/login/" in each.url for each in with_cookie)
        assert [each.url for each in with_cookie if "/frames/" in each.url] == []
        assert any("/frames/" in each.url for each in sent)
        assert not complaints, complaints
    finally:
        context.close()


class Inside:
    """A person in Pipedrive."""

    def __init__(self, page: Page, site: LiveSite, complaints: list[str]) -> None:
        """:param complaints: of the browser; what a test means to happen is taken off it"""
        self.page, self.site, self.complaints = page, site, complaints

    def open_deal(self, deal_id: int, *, token: str = "good") -> None:
        """
        Go to a deal and wait for its panel.

        :param token: what the sandbox puts into the frame's address
        """
        self.page.goto(f"{self.site.pipedrive}/deal/{deal_id}?token={token}")
        expect(self.panel.locator("h1")).to_be_visible(timeout=MS)

    @property
    def panel(self) -> FrameLocator:
        """Our panel on the deal."""
        return self.page.frame_locator("iframe.frame--panel")

    @property
    def modal(self) -> FrameLocator:
        """What our panel opened."""
        return self.page.frame_locator("iframe.frame--modal")

    @property
    def settings(self) -> FrameLocator:
        """Our page among Pipedrive's settings."""
        return self.page.frame_locator("iframe.frame--settings")

    @property
    def snackbar(self) -> Locator:
        """What Pipedrive says for us."""
        return self.page.locator(".snackbar")

    def confirm(self, label: str) -> None:
        """Say yes to the question that Pipedrive asks for us."""
        question = self.page.get_by_role("dialog").last
        question.get_by_role("button", name=label, exact=True).click()

    def expect_modal_closed(self) -> None:
        """Wait until the modal is gone."""
        expect(self.page.locator("iframe.frame--modal")).to_have_count(0, timeout=MS)

    def card(self, number: str) -> Locator:
        """The panel's card of an invoice."""
        return self.panel.locator("article.panel-card", has_text=number)

    def expect_status(self, number: str, status: str) -> None:
        """Wait until a card says so, and nothing more is on its way."""
        card = self.card(number)
        expect(card.locator(".badge", has_text=status)).to_be_visible(timeout=MS)
        expect(card.get_by_text("on its way")).to_have_count(0, timeout=MS)

    def press_in_menu(self, number: str, label: str) -> None:
        """Press what is behind the three dots of a card."""
        menu = self.card(number).locator("details.menu")
        menu.locator("summary").click()
        menu.get_by_role("link", name=label, exact=True).click()


def allow(journey: Journey, site: LiveSite, *, can_approve: bool) -> None:
    """Have an admin give Emma this right, or take it, on the page of people."""
    browser = journey.browser
    page = browser.open(f"{site.url}/settings/people/")
    page = browser.open(page.link("Change Emma Clarke"))
    form = page.form(holding="role")
    form.fields = [each for each in form.fields if each[0] != "can_approve"]
    if can_approve:
        form.set("can_approve", "on")
    page = browser.submit(page, form)
    assert page.url.endswith("/settings/people/"), page.text


def _has_cookie(request: Request) -> bool:
    return CANARY in request.all_headers().get("cookie", "")
