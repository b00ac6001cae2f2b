"""In a browser, nothing that was typed into the create dialog is lost (R-25, P-23)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from invoices.journey.steps import Journey
from invoices.journey.truth import Sandbox
from tests.live import LiveSite, running_site


@pytest.fixture
def dialog(page: Page, tmp_path: Path) -> Iterator[Page]:
    """The dialog of the refit, opened by the admin of a connected company."""
    with running_site(tmp_path) as site:
        _open(page, site)
        yield page


def _open(page: Page, site: LiveSite) -> None:
    journey = Journey(site.url, Sandbox(site.xero), lambda *_: None)
    for step in (journey.sign_in, journey.connect_pipedrive, journey.connect_xero):
        step()
    page.goto(f"{site.url}/accounts/login/")
    page.get_by_role("button", name="Emma Clarke").click()
    expect(page.get_by_role("link", name="InvoiceBridge").first).to_be_visible()
    page.goto(f"{site.url}/deals/1/invoices/new/")


def _be_away(route: Route) -> None:
    """Answer a press as a site whose database is away."""
    if route.request.method == "GET":
        route.continue_()
        return
    page = "<!doctype html><title>Away</title><h1>Away</h1>"
    route.fulfill(status=503, content_type="text/html", body=page)


def _leave_typed_unanswered(dialog: Page, reference: str) -> None:
    """Type something that the server does not take."""
    dialog.route("**/invoices/new/", _be_away)
    dialog.fill("#id_reference", reference)
    expect(dialog.locator("#messages")).to_contain_text("cannot be reached")
    dialog.unroute_all(behavior="ignoreErrors")


def test_a_reload_and_a_slow_answer_lose_nothing(dialog: Page) -> None:
    failures: list[str] = []
    dialog.on("pageerror", lambda error: failures.append(str(error)))
    dialog.on("dialog", lambda question: question.accept())

    # What is typed while an answer is on its way, and the sums are asked for meanwhile.
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    dialog.route("**/invoices/new/", hold)
    with dialog.expect_request(lambda request: "contact%3A0" in (request.post_data or "")):
        dialog.get_by_role("button", name="Harbour Dental Ltd").click()
    with dialog.expect_request(lambda request: "action=preview" in (request.post_data or "")):
        dialog.fill("#id_reference", "PO 77")
    held[0].continue_()
    expect(dialog.locator("#drop-contact")).to_be_visible()
    expect(dialog.locator("#id_reference")).to_have_value("PO 77")
    dialog.unroute_all(behavior="ignoreErrors")

    # What was typed before a reload.
    dialog.fill("#p1-unit_price", "1000.55")
    expect(dialog.locator("#amount-p1")).to_contain_text("£1,000.55")
    dialog.fill("#id_issue_date", "2026-12-01")
    expect(dialog.locator("#id_due_date")).to_have_value("2026-12-08")
    dialog.reload()

    expect(dialog.locator("#p1-unit_price")).to_have_value("1000.55")
    expect(dialog.locator("#id_issue_date")).to_have_value("2026-12-01")
    expect(dialog.locator("#id_reference")).to_have_value("PO 77")
    expect(dialog.locator("#drop-contact")).to_be_visible()
    assert failures == []


def test_the_answer_to_a_press_of_the_whole_form_is_left_as_it_came(dialog: Page) -> None:
    # A press that is quicker than the word of what is missing.
    dialog.fill("#p1-quantity", "many")
    dialog.locator("#dialog-footer .button--primary").evaluate(
        "button => { button.disabled = false }"
    )
    with dialog.expect_navigation():
        dialog.click("#dialog-footer .button--primary")
    refusal = dialog.locator("#p1-quantity_error")
    expect(refusal).to_be_visible()
    dialog.wait_for_load_state("networkidle")

    expect(refusal).to_be_visible()
    expect(dialog.locator("#p1-quantity")).to_have_value("many")

    # Pressed as a plain form, before the page's script had the button: the new line stays.
    with dialog.expect_navigation():
        dialog.locator("#add-line").evaluate("button => button.form.requestSubmit(button)")
    expect(dialog.locator(".line")).to_have_count(4)
    dialog.wait_for_load_state("networkidle")
    expect(dialog.locator(".line")).to_have_count(4)


def test_signed_in_anew_after_a_refused_press_the_dialog_comes_back_with_all_of_it(
    dialog: Page,
) -> None:
    address = dialog.url
    dialog.fill("#p1-quantity", "many")
    press = dialog.locator("#dialog-footer .button--primary")
    press.evaluate("button => { button.disabled = false }")
    with dialog.expect_navigation():
        press.click()
    dialog.fill("#p1-quantity", "3")
    expect(dialog.locator("#amount-p1")).to_contain_text("£4,350.00")

    # Signed out, and in again in another tab: this page's token is of before.
    dialog.context.clear_cookies()
    other = dialog.context.new_page()
    other.goto(f"{address.partition('/deals/')[0]}/accounts/login/")
    other.get_by_role("button", name="Emma Clarke").click()
    expect(other.get_by_role("link", name="InvoiceBridge").first).to_be_visible()
    sent: list[str] = []
    dialog.on(
        "request",
        lambda each: sent.append(each.method) if each.is_navigation_request() else None,
    )
    with dialog.expect_navigation():
        dialog.fill("#id_reference", "PO 77")

    expect(dialog.locator("#id_reference")).to_have_value("PO 77")
    expect(dialog.locator("#p1-quantity")).to_have_value("3")
    assert dialog.url == address
    assert sent == ["GET"]


def test_sums_asked_for_while_a_press_is_on_its_way_are_not_shown(dialog: Page) -> None:
    pressed: list[Route] = []
    previews: list[Route] = []

    def hold(route: Route) -> None:
        is_preview = "action=preview" in (route.request.post_data or "")
        (previews if is_preview else pressed).append(route)

    dialog.route("**/invoices/new/", hold)
    dialog.click("#add-line")
    with dialog.expect_request(lambda request: "action=preview" in (request.post_data or "")):
        dialog.fill("#id_reference", "PO 77")
    pressed[0].continue_()
    expect(dialog.locator("#missing")).to_contain_text("4 lines")

    # These sums are of the three lines that were there then.
    with dialog.expect_request(lambda request: "action=preview" in (request.post_data or "")):
        previews[0].continue_()

    expect(dialog.locator("#missing")).to_contain_text("4 lines")
    dialog.unroute_all(behavior="ignoreErrors")


def test_sums_go_on_after_the_dialog_was_drawn_anew_while_some_were_asked_for(
    dialog: Page,
) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        is_preview = "action=preview" in (route.request.post_data or "")
        held.append(route) if is_preview and not held else route.continue_()

    dialog.route("**/invoices/new/", hold)
    with dialog.expect_request(lambda request: "action=preview" in (request.post_data or "")):
        dialog.fill("#p1-quantity", "3")
    dialog.get_by_role("button", name="Harbour Dental Ltd").click()
    expect(dialog.locator("#drop-contact")).to_be_visible()
    held[0].continue_()
    dialog.fill("#p1-quantity", "5")

    expect(dialog.locator("#amount-p1")).to_contain_text("£7,250.00")
    dialog.fill("#p1-quantity", "2")
    expect(dialog.locator("#amount-p1")).to_contain_text("£2,900.00")
    dialog.unroute_all(behavior="ignoreErrors")


def test_what_was_thrown_away_stays_away_though_the_server_had_not_answered_it(
    dialog: Page,
) -> None:
    dialog.on("dialog", lambda question: question.accept())
    dialog.fill("#p1-quantity", "3")
    expect(dialog.locator("#amount-p1")).to_contain_text("£4,350.00")
    dialog.reload()
    expect(dialog.get_by_text("is back.")).to_be_visible()
    before = dialog.input_value("#id_reference")

    # On a slow line the press is quicker than the sums.
    def hold(route: Route) -> None:
        if "action=preview" not in (route.request.post_data or ""):
            route.continue_()

    dialog.route("**/invoices/new/", hold)
    dialog.fill("#id_reference", "PO 77")
    dialog.get_by_role("button", name="Start over").click()
    with dialog.expect_navigation():
        dialog.get_by_role("dialog").get_by_role("button", name="Start over").click()
    dialog.wait_for_load_state("networkidle")

    expect(dialog.locator("#id_reference")).to_have_value(before)
    expect(dialog.get_by_text("is back.")).to_have_count(0)
    dialog.unroute_all(behavior="ignoreErrors")


def test_after_an_outage_while_somebody_typed_the_dialog_can_be_pressed(dialog: Page) -> None:
    dialog.route("**/invoices/new/", _be_away)
    dialog.fill("#p1-quantity", "3")
    expect(dialog.locator("#messages")).to_contain_text("cannot be reached")
    dialog.unroute_all(behavior="ignoreErrors")

    # A press of the whole form, as Create is.
    with dialog.expect_navigation():
        dialog.press("#p1-quantity", "Enter")

    expect(dialog.locator("#amount-p1")).to_contain_text("£4,350.00")


def test_what_is_typed_after_the_session_ended_is_there_after_the_sign_in(dialog: Page) -> None:
    address = dialog.url
    dialog.fill("#p1-quantity", "3")
    expect(dialog.locator("#amount-p1")).to_contain_text("£4,350.00")
    dialog.context.clear_cookies(name="ib_session")
    dialog.fill("#id_reference", "PO 77")
    expect(dialog.get_by_role("heading", level=1)).to_have_text("Sign in")

    dialog.get_by_role("button", name="Emma Clarke").click()
    expect(dialog.get_by_role("link", name="InvoiceBridge").first).to_be_visible()
    dialog.goto(address)

    expect(dialog.locator("#id_reference")).to_have_value("PO 77")
    expect(dialog.locator("#p1-quantity")).to_have_value("3")


def test_what_is_typed_while_the_dialog_is_filled_again_stays(dialog: Page) -> None:
    dialog.on("dialog", lambda question: question.accept())
    _leave_typed_unanswered(dialog, "PO 77")
    held: list[Route] = []

    def hold(route: Route) -> None:
        is_restoring = "action=restore" in (route.request.post_data or "")
        held.append(route) if is_restoring else route.continue_()

    dialog.route("**/invoices/new/", hold)
    with dialog.expect_request(lambda request: "action=restore" in (request.post_data or "")):
        dialog.reload()
    with dialog.expect_response(
        lambda answer: "action=preview" in (answer.request.post_data or "")
    ):
        dialog.fill("#p2-description", "Oak, oiled")
    held[0].continue_()

    expect(dialog.locator("#id_reference")).to_have_value("PO 77")
    expect(dialog.locator("#p2-description")).to_have_value("Oak, oiled")
    dialog.unroute_all(behavior="ignoreErrors")
    dialog.wait_for_load_state("networkidle")
    dialog.reload()
    expect(dialog.locator("#id_reference")).to_have_value("PO 77")
    expect(dialog.locator("#p2-description")).to_have_value("Oak, oiled")


def test_what_could_not_be_filled_in_again_comes_back_the_next_time(dialog: Page) -> None:
    dialog.on("dialog", lambda question: question.accept())
    _leave_typed_unanswered(dialog, "PO 77")
    dialog.route("**/invoices/new/", _be_away)
    with dialog.expect_response(
        lambda answer: "action=restore" in (answer.request.post_data or "")
    ):
        dialog.reload()
    expect(dialog.locator("#messages")).to_contain_text("cannot be reached")
    dialog.unroute_all(behavior="ignoreErrors")

    dialog.reload()

    expect(dialog.locator("#id_reference")).to_have_value("PO 77")


def test_what_somebody_else_left_in_this_tab_is_neither_shown_nor_complained_of(
    dialog: Page,
) -> None:
    dialog.on("dialog", lambda question: question.accept())
    _leave_typed_unanswered(dialog, "PO 77")
    # Signed for another person: for whoever is here it is as good as altered.
    dialog.evaluate(
        """() => {
            const key = document.getElementById("dialog-form").dataset.keep;
            const kept = JSON.parse(sessionStorage.getItem(key));
            kept.find(([name]) => name === "submission")[1] += "x";
            sessionStorage.setItem(key, JSON.stringify(kept));
        }"""
    )

    with dialog.expect_response(
        lambda answer: "action=restore" in (answer.request.post_data or "")
    ) as restored:
        dialog.reload()
    dialog.wait_for_load_state("networkidle")

    assert restored.value.status == 404
    assert dialog.input_value("#id_reference") != "PO 77"
    expect(dialog.locator("#messages")).to_be_empty()
    assert dialog.evaluate("!Object.keys(sessionStorage).join().includes('invoice')")
