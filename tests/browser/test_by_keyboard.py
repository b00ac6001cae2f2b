"""The main job without a mouse, on paper, on a slow line, and without motion."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import CDPSession, Page, Request, expect

from invoices.journey.steps import Journey
from invoices.journey.truth import Sandbox
from tests.browser import looking
from tests.live import LiveSite, running_site

MS = 30_000
DEAL = "Reception refit — Harbour Dental"
# What has the focus, and whether the eye finds it: a ring around it, inside the window.
_FOCUSED = """() => {
    const here = document.activeElement;
    const ring = getComputedStyle(here);
    const box = here.getBoundingClientRect();
    return {
        name: here.getAttribute("aria-label") || here.innerText || here.id || here.tagName,
        isVisible: here === document.body || (
            here.matches(":focus-visible") && ring.outlineStyle !== "none"
            && parseFloat(ring.outlineWidth) >= 2
            && box.width > 0 && box.bottom > 0 && box.top < innerHeight),
    };
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """A running product whose company is connected."""
    with running_site(tmp_path_factory.mktemp("keyboard")) as running:
        Journey(running.url, Sandbox(running.xero), lambda *_: None).walk(last="save_preferences")
        yield running


def test_an_invoice_is_made_and_approved_by_the_keyboard_alone(page: Page, site: LiveSite) -> None:
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.goto(f"{site.url}/accounts/login/")
    go_to(page, "Emma Clarke")
    page.wait_for_url(f"{site.url}/")
    go_to(page, "Deals")
    page.wait_for_url(re.compile("/deals/$"))
    go_to(page, DEAL)
    page.wait_for_url(re.compile("/deals/[0-9]+/$"))
    go_to(page, "Create invoice")
    page.wait_for_url(re.compile("/invoices/new/$"))

    go_to(page, "Harbour Dental Ltd")
    expect(page.get_by_text("Update customer info in Xero", exact=True)).to_be_visible()
    settle(page)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#missing")).to_be_focused()
    expect(page.locator("#missing")).to_contain_text("3 lines are not linked")
    unlinked = page.locator(".line__warning")
    for left, words in zip((2, 1, 0), ("desk", "chair", "hour"), strict=True):
        page.keyboard.press("Control+k")
        expect(page.locator(":focus")).to_have_attribute("placeholder", "Search Xero items")
        page.keyboard.type(words)
        page.keyboard.press("Enter")
        expect(page.locator(":focus")).to_have_attribute("name", "action")
        page.keyboard.press("Enter")
        expect(unlinked).to_have_count(left)
        settle(page)
        # On goes the work: the focus is in the line that has its item now.
        expect(page.locator(":focus")).to_have_attribute("id", re.compile("-description$"))
    page.keyboard.press("Alt+Enter")
    expect(page.locator(".line")).to_have_count(4)
    expect(page.locator(":focus")).to_have_attribute("placeholder", "Search Xero items")
    settle(page)
    go_back_to(page, "Remove item")
    expect(page.locator(".line")).to_have_count(3)
    # The sums come a moment after the line went; nothing is missing then.
    expect(page.locator("#dialog-footer .button--primary")).to_be_enabled()
    settle(page)
    # So slow that the card is seen before it changes.
    site.control("settings", {"xero_page_latency_ms": 6000})
    page.keyboard.press("Control+Enter")
    page.keyboard.press("Control+Enter")  # a hand that is faster than the page

    card = page.locator("article.invoice-card")
    expect(card.get_by_text("New invoice")).to_be_visible(timeout=MS)
    site.control("settings", {"xero_page_latency_ms": 0})
    expect(card.get_by_text("Draft", exact=True)).to_be_visible(timeout=MS)
    number = card.locator("h3").inner_text()
    # What changed by itself is read out, outside of what was exchanged.
    expect(page.locator("#status-news")).to_have_text(re.compile(rf"^{number}, .*Draft"))
    go_to(page, "Approve")
    page.wait_for_url(re.compile("/invoices/.+/approve/"))
    go_to(page, "Approve")
    expect(card.get_by_text("Awaiting payment")).to_be_visible(timeout=MS)
    expect(page.locator("article.invoice-card")).to_have_count(1)
    assert broken == []


def test_shortcuts_leave_typing_alone(page: Page, site: LiveSite) -> None:
    open_dialog(page, site)
    description = page.locator("textarea[name$='-description']").first
    description.fill("")
    lines = page.locator(".line").count()

    description.press_sequentially("k / n + Q@")
    description.press("Enter")
    description.press_sequentially("A")

    expect(description).to_have_value("k / n + Q@\nA")
    expect(page.locator(".line")).to_have_count(lines)
    expect(page.locator(".shortcuts")).to_contain_text("searches Xero items")


def test_on_a_slow_line_a_press_is_said_and_sent_once_and_a_lost_one_is_given_back(
    page: Page, site: LiveSite
) -> None:
    open_dialog(page, site)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    sent: list[Request] = []
    page.on("request", lambda each: sent.append(each) if each.method == "POST" else None)
    slow_down(network, latency=1500)
    button = page.locator(".line button[id^='search-']").first
    left = "element => element.getBoundingClientRect().left"
    before = button.evaluate(left)
    page.get_by_placeholder("Search Xero items").first.fill("er")
    settle(page)
    sent.clear()

    button.dblclick()

    expect(button).to_have_text("Searching…")
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(button).to_be_focused()
    assert button.evaluate(left) == before
    expect(page.locator("[id^='link-']").first).to_be_visible(timeout=MS)
    assert len([each for each in sent if "action=search" in (each.post_data or "")]) == 1

    settle(page)
    slow_down(network, is_offline=True)
    add = page.locator("#add-line")
    add.click()
    expect(page.locator("#messages")).to_contain_text("cannot be reached")
    expect(add).to_have_text("Add item")
    expect(add).not_to_have_attribute("aria-disabled", "true")
    slow_down(network)
    lines = page.locator(".line").count()
    add.click()
    expect(page.locator(".line")).to_have_count(lines + 1)


def test_what_is_slow_to_come_moves_nothing(page: Page, site: LiveSite) -> None:
    looking.sign_in(page, site, "Emma Clarke", "en")
    page.add_init_script(
        """window.moved = 0;
        new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
            window.moved += entry.value;
        })).observe({ type: "layout-shift", buffered: true });"""
    )
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    slow_down(network, latency=300)
    moved: dict[str, float] = {}

    for path in ("/deals/", "/deals/1/", "/invoices/", "/settings/preferences/", "/"):
        page.goto(f"{site.url}{path}")
        page.wait_for_load_state("networkidle")
        moved[path] = page.evaluate("window.moved")

    assert {path: far for path, far in moved.items() if far > 0.02} == {}


def test_on_paper_there_is_what_is_read_in_black_on_white(page: Page, site: LiveSite) -> None:
    looking.sign_in(page, site, "Emma Clarke", "en")
    page.emulate_media(color_scheme="dark", media="print")
    page.set_viewport_size({"width": 720, "height": 1000})  # A4 between its margins

    for path in ("/deals/", "/deals/1/", "/invoices/"):
        page.goto(f"{site.url}{path}")
        page.wait_for_load_state("networkidle")

        expect(page.locator("h1")).to_be_visible()
        for hidden in (".topbar", ".page-foot", "main .button", ".menu", ".pager"):
            for each in page.locator(hidden).all():
                expect(each).to_be_hidden()
        body = "getComputedStyle(document.body)"
        colours = page.evaluate(f"[{body}.color, {body}.backgroundColor]")
        assert colours == ["rgb(26, 36, 51)", "rgba(0, 0, 0, 0)"]
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
        looking.picture(page, f"print-{path.strip('/').replace('/', '-')}")


def test_nothing_moves_for_whoever_wants_no_motion(page: Page, site: LiveSite) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(site.url)

    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend',"
        " '<span class=spinner id=turning></span>')"
    )

    style = "getComputedStyle(document.getElementById('turning'))"
    assert page.evaluate(f"{style}.animationIterationCount") == "1"
    assert page.evaluate(f"parseFloat({style}.animationDuration)") < 0.001


def open_dialog(page: Page, site: LiveSite) -> None:
    """Open a dialog with three lines that have no item, as Emma."""
    looking.sign_in(page, site, "Emma Clarke", "en")
    page.goto(f"{site.url}/deals/4/invoices/new/")
    settle(page)


def go_to(page: Page, name: str, *, key: str = "Tab") -> None:
    """Press Tab until something so named has the focus, each stop in sight, then Enter."""
    for _ in range(90):
        page.keyboard.press(key)
        here = page.evaluate(_FOCUSED)
        assert here["isVisible"], f"the focus cannot be seen on {here['name']!r}"
        if here["name"].strip().startswith(name):
            page.keyboard.press("Enter")
            page.wait_for_load_state("networkidle")
            return
    raise AssertionError(f"Tab does not lead to {name}")


def go_back_to(page: Page, name: str) -> None:
    """The same, backwards."""
    go_to(page, name, key="Shift+Tab")


def settle(page: Page) -> None:
    """Wait until every answer is drawn and the focus is where it belongs."""
    expect(page.locator(".htmx-request, .htmx-settling, .htmx-added")).to_have_count(0)
    page.wait_for_load_state("networkidle")


def slow_down(network: CDPSession, *, latency: int = 0, is_offline: bool = False) -> None:
    """Make the line as slow as a train's, or cut it; without arguments all is well again."""
    speed = 50 * 1024 if latency else -1
    network.send(
        "Network.emulateNetworkConditions",
        {
            "offline": is_offline,
            "latency": latency,
            "downloadThroughput": speed,
            "uploadThroughput": speed,
        },
    )
