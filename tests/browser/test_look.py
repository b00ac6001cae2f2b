"""
The pages in a browser: both languages, both themes, from a narrow panel to a wide screen.

The pictures go to screenshots/, to be looked at by people.
"""

from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, Route, expect

from tests.live import LiveSite
from tests.needs import ROOT

pytestmark = pytest.mark.parametrize("live_site", ["embedded"], indirect=True)

PICTURES = ROOT / "screenshots"
WIDTHS = (280, 400, 1280)
THEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
STRANGERS_PAGES = {
    "start": "/",
    "sign-in": "/accounts/login/",
    "sign-up": "/accounts/signup/",
    "password-reset": "/accounts/password/reset/",
    "not-found": "/nowhere/",
}
MEMBERS_PAGES = {
    "start-member": "/",
    "connections": "/settings/connections/",
    "preferences": "/settings/preferences/",
    "deals": "/deals/",
    "e-mail": "/accounts/email/",
}


@pytest.fixture
def signed_in(page: Page, live_site: LiveSite) -> Page:
    """Emma Clarke's browser."""
    page.goto(f"{live_site.url}/accounts/login/")
    page.get_by_role("button", name="Emma Clarke").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Brightside Interiors")
    return page


@pytest.mark.parametrize("language", ["en", "tr"])
def test_a_strangers_pages_fit_every_width_in_both_themes(
    page: Page, live_site: LiveSite, language: str
) -> None:
    _speak(page, live_site, language)

    wrong = _look_at(page, live_site, STRANGERS_PAGES, language)

    assert wrong == []


@pytest.mark.parametrize("language", ["en", "tr"])
def test_a_members_pages_fit_every_width_in_both_themes(
    signed_in: Page, live_site: LiveSite, language: str
) -> None:
    _speak(signed_in, live_site, language)

    wrong = _look_at(signed_in, live_site, MEMBERS_PAGES, language)

    assert wrong == []


def test_the_language_can_be_changed_on_every_page(page: Page, live_site: LiveSite) -> None:
    page.goto(f"{live_site.url}/accounts/login/")

    page.get_by_role("button", name="Türkçe").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Oturum aç")
    assert page.url == f"{live_site.url}/accounts/login/"
    assert page.locator("html").get_attribute("lang") == "tr"


def test_the_keyboard_reaches_the_content_first(page: Page, live_site: LiveSite) -> None:
    page.goto(live_site.url)

    page.keyboard.press("Tab")
    skip_link = page.get_by_role("link", name="Skip to the content")
    expect(skip_link).to_be_focused()
    expect(skip_link).to_be_in_viewport()
    page.keyboard.press("Enter")

    expect(page.locator("#content")).to_be_focused()


def test_the_persons_menu_closes_with_escape_and_gives_the_focus_back(signed_in: Page) -> None:
    menu = signed_in.locator("details.menu")
    menu.locator("summary").click()
    expect(menu.get_by_role("button", name="Sign out")).to_be_visible()

    signed_in.keyboard.press("Escape")

    expect(menu.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()


def test_a_double_press_is_sent_once_and_the_button_says_so(
    page: Page, live_site: LiveSite
) -> None:
    presses: list[str] = []

    def count(route: Route) -> None:
        if route.request.method == "POST":
            presses.append(route.request.url)
            route.fulfill(status=204)  # the page stays
        else:
            route.continue_()

    page.route("**/accounts/login/", count)
    page.goto(f"{live_site.url}/accounts/login/")
    page.get_by_label("Email").fill("emma.clarke@brightside.example")
    page.get_by_label("Password").fill("not the password")
    button = page.locator("main button.button--primary")
    width = button.bounding_box()["width"]  # type: ignore[index]

    button.dblclick()

    expect(button).to_be_disabled()
    expect(button).to_have_text("Signing in…")
    assert button.bounding_box()["width"] >= width  # type: ignore[index]
    assert len(presses) == 1


def test_a_wrong_password_is_said_in_the_form_and_the_address_stays(
    page: Page, live_site: LiveSite
) -> None:
    page.goto(f"{live_site.url}/accounts/login/")
    page.get_by_label("Email").fill("emma.clarke@brightside.example")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in", exact=True).click()

    expect(page.get_by_role("alert")).to_contain_text("not correct")
    expect(page.get_by_label("Email")).to_have_value("emma.clarke@brightside.example")


def test_signing_out_asks_nothing_and_ends_at_sign_in(signed_in: Page, live_site: LiveSite) -> None:
    signed_in.locator("details.menu summary").click()
    signed_in.get_by_role("button", name="Sign out").click()

    expect(signed_in.get_by_role("heading", level=1)).to_have_text("Sign in")
    signed_in.goto(f"{live_site.url}/settings/connections/")
    expect(signed_in.get_by_role("heading", level=1)).to_have_text("Sign in")


def _speak(page: Page, live_site: LiveSite, language: str) -> None:
    page.context.add_cookies([{"name": "ib_language", "value": language, "url": live_site.url}])


def _look_at(page: Page, live_site: LiveSite, pages: dict[str, str], language: str) -> list[str]:
    """Take the pictures and return which pages failed or are wider than the window."""
    PICTURES.mkdir(exist_ok=True)
    wrong = []
    for name, path in pages.items():
        answer = page.goto(f"{live_site.url}{path}")
        if answer is None or answer.status >= 500:
            wrong.append(f"{name} failed")
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                picture = f"{name}-{language}-{theme}-{width}"
                page.screenshot(path=_path(picture), full_page=True)
                if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                    wrong.append(f"{picture} is too wide")
    return wrong


def _path(name: str) -> Path:
    return PICTURES / f"{name}.png"
