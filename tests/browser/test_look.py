"""What every page does for whoever goes by keyboard, presses twice, or types a wrong password."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.live import LiveSite

pytestmark = pytest.mark.parametrize("live_site", ["embedded"], indirect=True)


@pytest.fixture
def signed_in(page: Page, live_site: LiveSite) -> Page:
    """Emma Clarke's browser."""
    page.goto(f"{live_site.url}/accounts/login/")
    page.get_by_role("button", name="Emma Clarke").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Brightside Interiors")
    return page


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
