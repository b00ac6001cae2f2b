"""In a browser: lines are moved, removed and found by keyboard, also a hundred and more (R-19)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Response, Route, expect

from invoices.journey.steps import Journey
from invoices.journey.truth import Sandbox
from tests.browser import looking
from tests.live import LiveSite, running_site, wait_until

# A hundred and fifty lines on a busy machine: what is tested is that it happens, not how fast.
PATIENCE = 20_000


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """A running product whose company is connected."""
    with running_site(tmp_path_factory.mktemp("lines")) as running:
        journey = Journey(running.url, Sandbox(running.xero), lambda *_: None)
        for step in (journey.sign_in, journey.connect_pipedrive, journey.connect_xero):
            step()
        yield running


@pytest.fixture
def signed_in(page: Page, site: LiveSite) -> Page:
    """Emma Clarke's browser; every question of the browser is answered with yes."""
    page.goto(f"{site.url}/accounts/login/")
    page.get_by_role("button", name="Emma Clarke").click()
    expect(page.get_by_role("link", name="InvoiceBridge").first).to_be_visible()
    page.on("dialog", lambda question: question.accept())
    return page


def _open(page: Page, site: LiveSite, *, lines: int) -> None:
    line = {"product_id": 1, "item_price": 10, "quantity": 2, "tax": 20}
    deal = {"title": "Desks", "currency": "GBP", "org_id": 1, "person_id": 1}
    made = site.control("pipedrive/7001/deals", deal | {"products": [line] * lines})
    page.goto(f"{site.url}/deals/{made['id']}/invoices/new/")


def _keys(page: Page) -> list[str]:
    inputs = page.locator('#lines input[name="line"]')
    return [str(inputs.nth(place).input_value()) for place in range(inputs.count())]


def _sent(answer: Response) -> str:
    return answer.request.post_data or ""


def _wait_until_kept(page: Page) -> None:
    """Wait until the server has answered all that was typed."""
    wait_until(lambda: page.evaluate("!Object.keys(sessionStorage).join().includes('invoice')"))


def test_lines_move_and_go_by_keyboard_and_the_order_survives_a_reload(
    signed_in: Page, site: LiveSite
) -> None:
    page = signed_in
    _open(page, site, lines=3)

    page.locator("#p1-quantity").focus()
    page.keyboard.press("Alt+ArrowDown")
    assert _keys(page) == ["p2", "p1", "p3"]
    expect(page.locator("#p1-quantity")).to_be_focused()
    expect(page.locator("#dialog-news")).to_have_text("The line is now number 2 of 3.")

    page.locator("#down-p1").focus()
    page.keyboard.press("Enter")
    assert _keys(page) == ["p2", "p3", "p1"]
    # The arrow that leads nowhere is gone, and the focus with it to its neighbour.
    expect(page.locator("#up-p1")).to_be_focused()
    expect(page.locator("#down-p1")).to_be_hidden()

    page.locator("#remove-p2").focus()
    page.keyboard.press("Enter")
    assert _keys(page) == ["p3", "p1"]
    expect(page.locator("#remove-p3")).to_be_focused()
    expect(page.locator("#dialog-totals")).to_contain_text("£48.00")

    page.reload()
    expect(page.get_by_text("is back.")).to_be_visible()
    assert _keys(page) == ["p3", "p1"]


def test_what_was_typed_survives_a_sign_out_and_can_be_thrown_away(
    signed_in: Page, site: LiveSite
) -> None:
    page = signed_in
    _open(page, site, lines=2)
    address = page.url
    page.fill("#id_reference", "PO 77")
    page.fill("#p1-quantity", "5")
    expect(page.locator("#amount-p1")).to_contain_text("£50.00")
    page.context.clear_cookies()
    page.fill("#id_reference", "PO 77 and more")
    # The next answer is the sign-in page.
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")

    page.get_by_role("button", name="Emma Clarke").click()
    page.goto(address)
    expect(page.locator("#id_reference")).to_have_value("PO 77 and more")
    expect(page.locator("#p1-quantity")).to_have_value("5")

    page.reload()
    page.get_by_role("button", name="Start over").click()
    page.get_by_role("dialog").get_by_role("button", name="Start over").click()
    expect(page.locator("#id_reference")).to_have_value("Desks")
    expect(page.locator("#p1-quantity")).to_have_value("2")


def test_typing_on_while_answers_come_in_is_never_undone(signed_in: Page, site: LiveSite) -> None:
    page = signed_in
    _open(page, site, lines=2)

    for term in ("c", "ch", "chair"):
        page.fill("#query-p1", term)
    page.click("#search-p1")
    page.fill("#query-p2", "d")
    page.fill("#query-p2", "desk")
    page.click("#search-p2")

    expect(page.locator("#link-p1-1")).to_be_visible()
    expect(page.locator("#link-p2-1")).to_be_visible()
    expect(page.locator("#query-p1")).to_have_value("chair")
    expect(page.locator("#query-p2")).to_have_value("desk")


def test_what_is_chosen_in_a_line_while_its_search_is_on_its_way_stays_chosen(
    signed_in: Page, site: LiveSite
) -> None:
    page = signed_in
    _open(page, site, lines=2)
    held: list[Route] = []

    def hold(route: Route) -> None:
        is_search = "action=search" in (route.request.post_data or "")
        held.append(route) if is_search else route.continue_()

    page.route("**/invoices/new/", hold)
    page.fill("#query-p1", "desk")
    with page.expect_request(lambda request: "action=search" in (request.post_data or "")):
        page.click("#search-p1")
    page.select_option("#p1-account", "260")
    page.select_option("#p1-discount_kind", "amount")
    page.fill("#p1-discount", "5")
    held[0].continue_()
    expect(page.locator("#link-p1-1")).to_be_visible()

    expect(page.locator("#p1-account")).to_have_value("260")
    expect(page.locator("#p1-discount_kind")).to_have_value("amount")
    expect(page.locator("#amount-p1")).to_contain_text("£15.00")
    page.unroute_all(behavior="ignoreErrors")


def test_a_discount_is_in_the_currency_that_was_chosen(signed_in: Page, site: LiveSite) -> None:
    page = signed_in
    _open(page, site, lines=1)

    page.select_option("#id_currency", "EUR")
    expect(page.locator("#amount-p1")).to_contain_text("€20.00")

    assert page.locator("#p1-discount_kind option").all_inner_texts() == ["%", "EUR"]


def test_a_hundred_and_fifty_lines_are_worked_on_like_three(
    signed_in: Page, site: LiveSite
) -> None:
    page = signed_in
    _open(page, site, lines=150)

    page.fill("#p150-unit_price", "20")
    expect(page.locator("#dialog-totals")).to_contain_text("£3,624.00", timeout=PATIENCE)
    page.fill("#query-p150", "desk")
    page.keyboard.press("Enter")
    expect(page.locator("#link-p150-1")).to_be_focused(timeout=PATIENCE)
    page.keyboard.press("Enter")
    expect(page.locator("#unlink-p150")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#missing")).to_contain_text("149 lines are not", timeout=PATIENCE)

    # The lists of accounts come into a line when somebody goes to it.
    accounts = page.locator("#p7-account")
    assert accounts.locator("option").count() <= 2
    accounts.focus()
    accounts.select_option("260")
    expect(page.locator("#p7-account")).to_have_value("260")

    page.keyboard.press("Alt+ArrowUp")
    assert _keys(page)[4:8] == ["p5", "p7", "p6", "p8"]
    _wait_until_kept(page)
    page.reload()
    assert _keys(page)[4:8] == ["p5", "p7", "p6", "p8"]
    expect(page.locator("#p7-account")).to_have_value("260")


def test_the_line_that_makes_an_invoice_long_can_be_given_an_account(
    signed_in: Page, site: LiveSite
) -> None:
    page = signed_in
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    _open(page, site, lines=50)

    # Drawn when it was not long yet, this page has no lists beside its lines.
    page.click("#add-line")
    expect(page.locator("#query-n1")).to_be_focused(timeout=PATIENCE)
    page.select_option("#n1-account", "260")

    expect(page.locator("#n1-account")).to_have_value("260")
    assert failures == []


@pytest.mark.parametrize("language", ["en", "tr"])
def test_the_dialog_is_whole_for_everybody(signed_in: Page, site: LiveSite, language: str) -> None:
    page = signed_in
    looking.speak(page, site, language)
    _open(page, site, lines=2)
    page.fill("#query-p1", "er")
    page.click("#search-p1")
    page.locator("#link-p1-1").wait_for()
    page.click("#add-text")
    page.locator("#t1-description").wait_for()
    page.click("#contact-0")
    # Nobody looks while a part of the page is exchanged.
    with page.expect_response(lambda answer: "action=compare" in _sent(answer)):
        page.check("#id_update_contact")
    with page.expect_response(lambda answer: "action=preview" in _sent(answer)):
        page.fill("#id_reference", "PO 77")
    expect(page.locator("#contact-changes table")).to_be_visible()

    assert looking.examine(page, "dialog-filled", language) == []
