"""What static/js/app.js promises to every page; the forms here are added to a real page."""

import pytest
from playwright.sync_api import Dialog, Page, Request, Route, expect

from tests.live import LiveSite

pytestmark = pytest.mark.parametrize("live_site", ["embedded"], indirect=True)


@pytest.fixture
def asked(page: Page, live_site: LiveSite) -> list[Request]:
    """The start page; what it asks of /try/ is noted here and answered as each test says."""
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request) if "/try/" in request.url else None)
    page.goto(live_site.url)
    return requests


def test_an_irreversible_press_is_asked_about_and_cancel_sends_nothing(
    page: Page, asked: list[Request]
) -> None:
    _answer(page, status=204)
    _add(
        page,
        """<form method="post" action="/try/">
        <button data-confirm="INV-1 for Acme, £10.00. This cannot be undone."
                data-confirm-title="Void this invoice?" data-confirm-yes="Void the invoice"
                data-confirm-destructive>Void</button></form>""",
    )

    page.get_by_role("button", name="Void", exact=True).click()

    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Void this invoice?")
    expect(dialog).to_contain_text("INV-1 for Acme, £10.00. This cannot be undone.")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    assert asked == []


def test_escape_answers_the_question_with_no(page: Page, asked: list[Request]) -> None:
    _add(
        page,
        '<form method="post" action="/try/"><button data-confirm="Sure?">Void</button></form>',
    )
    page.get_by_role("button", name="Void", exact=True).click()

    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_be_hidden()
    assert asked == []


def test_a_confirmed_press_is_sent_once_with_the_buttons_own_value(
    page: Page, asked: list[Request]
) -> None:
    _answer(page, status=204)
    _add(
        page,
        """<form method="post" action="/try/">
        <button name="action" value="void" data-confirm="Sure?"
                data-confirm-yes="Void the invoice">Void</button></form>""",
    )
    page.get_by_role("button", name="Void", exact=True).click()

    with page.expect_request("**/try/"):
        page.get_by_role("button", name="Void the invoice").click()

    assert [request.post_data for request in asked] == ["action=void"]


def test_typed_work_is_not_left_without_a_question(page: Page, asked: list[Request]) -> None:
    questions: list[str] = []

    def stay(dialog: Dialog) -> None:
        questions.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    _add(page, '<form data-warn-unsaved><input aria-label="Reference"></form>')
    page.get_by_label("Reference").press_sequentially("Office")

    page.get_by_role("link", name="InvoiceBridge").click()

    expect(page.get_by_label("Reference")).to_have_value("Office")
    assert questions == ["beforeunload"]


def test_a_form_that_nobody_touched_is_left_without_a_question(
    page: Page, asked: list[Request]
) -> None:
    questions: list[str] = []

    def leave(dialog: Dialog) -> None:
        questions.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    _add(page, '<form data-warn-unsaved><input aria-label="Reference"></form>')
    page.get_by_label("Reference").click()

    page.get_by_role("link", name="InvoiceBridge").click()

    expect(page.get_by_label("Reference")).to_have_count(0)
    assert questions == []


def test_a_part_of_a_page_sends_the_token_against_forgery(page: Page, asked: list[Request]) -> None:
    _answer(page, status=200, body="<p>Linked</p>")
    _add(page, '<button hx-post="/try/" hx-target="#place">Link</button><div id="place"></div>')

    page.get_by_role("button", name="Link", exact=True).click()

    expect(page.locator("#place")).to_have_text("Linked")
    token = page.locator('meta[name="csrf-token"]').get_attribute("content")
    assert [request.headers["x-csrftoken"] for request in asked] == [token]


def test_messages_beside_fields_are_shown_though_the_answer_is_an_error(
    page: Page, asked: list[Request]
) -> None:
    _answer(page, status=422, body="<p>Choose a later date.</p>")
    _add(page, '<button hx-post="/try/" hx-target="#place">Save</button><div id="place"></div>')

    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.locator("#place")).to_have_text("Choose a later date.")
    expect(page.locator("#messages")).to_be_empty()


@pytest.mark.parametrize("status", [403, 404, 500, 503])
def test_a_part_that_fails_stays_as_it_was_and_the_reader_is_told(
    page: Page, asked: list[Request], status: int
) -> None:
    _answer(page, status=status, body="<!doctype html><title>Oops</title><p>Oops</p>")
    _add(page, '<button hx-post="/try/" hx-target="#place">Link</button><div id="place">Old</div>')

    page.get_by_role("button", name="Link", exact=True).click()

    expect(page.locator("#messages")).to_contain_text("What you see may be old")
    expect(page.locator("#place")).to_have_text("Old")


def test_a_lost_line_is_told_once_and_taken_back_when_it_is_there_again(
    page: Page, asked: list[Request]
) -> None:
    page.route("**/try/", lambda route: route.abort())
    _add(page, '<button hx-post="/try/" hx-target="#place">Link</button><div id="place">Old</div>')
    page.get_by_role("button", name="Link", exact=True).click()
    page.get_by_role("button", name="Link", exact=True).click()
    expect(page.locator("#messages .banner")).to_have_count(1)
    expect(page.locator("#messages")).to_contain_text("cannot be reached")

    page.unroute("**/try/")
    _answer(page, status=200, body="New")
    page.get_by_role("button", name="Link", exact=True).click()

    expect(page.locator("#place")).to_have_text("New")
    expect(page.locator("#messages .banner")).to_have_count(0)


def test_nothing_is_claimed_of_a_press_whose_answer_was_lost(
    page: Page, asked: list[Request]
) -> None:
    page.route("**/try/", lambda route: route.abort())
    _add(
        page,
        """<form method="post" action="/try/" hx-post="/try/" hx-target="#place">
        <button>Link</button></form><div id="place">Old</div>""",
    )

    page.get_by_role("button", name="Link", exact=True).click()

    expect(page.locator("#messages")).to_contain_text("it is not known whether that was done")
    expect(page.locator("#messages")).not_to_contain_text("nothing was changed")
    expect(page.locator("#place")).to_have_text("Old")


_POLLED = """<section id="place" hx-get="/try/" hx-trigger="every 60s" hx-swap="outerHTML">
    <form method="post" action="/go/"><label>Days <input name="days"></label>
    <button data-confirm="Sure?" data-confirm-yes="Go on">Go</button></form></section>"""


def test_a_part_that_asks_for_itself_again_leaves_alone_what_is_filled_in(
    page: Page, asked: list[Request]
) -> None:
    _answer(page, status=200, body="<p>New</p>")
    page.clock.install()
    _add(page, _POLLED)

    page.get_by_label("Days").fill("12")
    page.get_by_label("Days").blur()
    page.clock.run_for(150_000)

    expect(page.get_by_label("Days")).to_have_value("12")
    assert asked == []


def test_a_part_that_asks_for_itself_again_waits_for_the_answer_to_a_question(
    page: Page, asked: list[Request]
) -> None:
    _answer(page, status=200, body="<p>New</p>")
    page.clock.install()
    _add(page, _POLLED)

    page.get_by_role("button", name="Go", exact=True).click()
    page.clock.run_for(150_000)
    assert asked == []
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    page.clock.run_for(150_000)

    expect(page.get_by_text("New", exact=True)).to_be_visible()


def test_a_whole_page_is_never_put_into_a_part(page: Page, asked: list[Request]) -> None:
    _answer(page, status=200, body="<!doctype html><title>Sign in</title><h1>Sign in</h1>")
    _add(page, '<button hx-post="/try/" hx-target="#place">Link</button><div id="place">Old</div>')

    with page.expect_navigation():
        page.get_by_role("button", name="Link", exact=True).click()

    expect(page.locator("#place")).to_have_count(0)


def test_an_address_is_copied_and_said_to_be(page: Page, asked: list[Request]) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    _add(page, '<button data-copy="https://here.example/" data-copied="Copied">Copy</button>')

    page.get_by_role("button", name="Copy", exact=True).click()

    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    expect(page.locator("#status-news")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "https://here.example/"
    expect(page.get_by_role("button", name="Copy", exact=True)).to_be_visible()
    assert asked == []


def _answer(page: Page, *, status: int, body: str = "") -> None:
    def answer(route: Route) -> None:
        route.fulfill(status=status, body=body, content_type="text/html; charset=utf-8")

    page.route("**/try/", answer)


def _add(page: Page, markup: str) -> None:
    page.evaluate(
        """markup => {
            const place = document.createElement("div");
            place.innerHTML = markup;
            document.getElementById("content").append(place);
            htmx.process(place);
        }""",
        markup,
    )
