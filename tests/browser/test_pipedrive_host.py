"""
What the sandbox's pages promise to frames: Pipedrive's side of the SDK's wire (fact sheet §7.5).

A page on another site speaks the wire by hand, so that the host is tested by itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.live import fetch_json, list_free_ports, wait_until
from tests.needs import ROOT

EMMA = "emma.clarke@brightside.example"
# Milliseconds. A frame that is folded or out of sight is given no animation frames, and those are
# what Playwright asks by otherwise.
BY_THE_CLOCK = 50
FRAME = b"""<!doctype html><title>Frame</title><h1>Frame</h1><button>Inside</button><script>
const id = new URLSearchParams(location.search).get("id");
window.heard = [];
window.ask = (command, args, as = id) => new Promise((resolve) => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }) => resolve(data);
  parent.postMessage({ payload: { command, args, type: "command" }, id: as }, "*", [port2]);
});
window.hear = (event) => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }) => heard.push({ event, ...data });
  parent.postMessage({ payload: { event, type: "listener" }, id }, "*", [port2]);
};
</script>"""


@pytest.fixture(scope="module")
def app() -> Iterator[str]:
    """An app whose frames do nothing by themselves, on another site than the sandbox."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(FRAME)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def pipedrive(app: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The sandbox's Pipedrive, where Emma has installed that app."""
    ports = list_free_ports(2)
    addresses = [
        f"--{name}=127.0.0.1:{port}"
        for name, port in zip(("pipedrive", "xero"), ports, strict=True)
    ]
    state = tmp_path_factory.mktemp("host") / "sandbox.sqlite3"
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", *addresses, f"--state={state}", f"--app-url={app}"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
    )
    try:
        address = f"http://127.0.0.1:{ports[0]}"
        wait_until(lambda: _is_answering(address), seconds=60)
        yield address
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
def deal(page: Page, pipedrive: str) -> Page:
    """Deal 1 as Emma sees it."""
    fetch_json(f"{pipedrive}/_sandbox/reset", {})
    fetch_json(f"{pipedrive}/_sandbox/pipedrive/connect", {"email": EMMA})
    page.goto(pipedrive)
    page.get_by_role("button", name="Emma Clarke").click()
    page.goto(f"{pipedrive}/deal/1")
    return page


def _is_answering(address: str) -> bool:
    try:
        fetch_json(f"{address}/_sandbox/settings")
    except OSError:
        return False
    return True


def find(page: Page, kind: str) -> Frame:
    """Return the frame of a kind once its script is there."""
    handle = page.locator(f"iframe.frame--{kind}").element_handle()
    frame = handle.content_frame()
    assert frame is not None
    frame.wait_for_function("window.hear !== undefined", polling=BY_THE_CLOCK)
    return frame


def ask(frame: Frame, command: str, **args: Any) -> Any:
    return frame.evaluate("([command, args]) => ask(command, args)", [command, args])


@pytest.fixture
def panel(deal: Page) -> Frame:
    """The panel's frame, initialized."""
    frame = find(deal, "panel")
    assert ask(frame, "initialize", size={"height": 300}) == {"data": None}
    return frame


def height(page: Page, kind: str = "panel") -> float:
    box = page.locator(f"iframe.frame--{kind}").bounding_box()
    assert box is not None
    return box["height"]


def test_a_panel_takes_the_height_it_asks_for_within_bounds(deal: Page, panel: Frame) -> None:
    asked = {300: height(deal)}
    for wanted in (20, 500, 5000):
        ask(panel, "resize", height=wanted)
        asked[wanted] = height(deal)

    assert asked == {300: 300, 20: 100, 500: 500, 5000: 750}


def test_a_frame_that_does_not_initialize_gives_way_to_an_error(page: Page, deal: Page) -> None:
    expect(deal.get_by_text("Something went wrong")).to_be_visible(timeout=15_000)
    expect(deal.locator("iframe.frame--panel")).to_have_count(0)


def test_what_is_not_a_command_is_refused(deal: Page) -> None:
    frame = find(deal, "panel")

    early = ask(frame, "resize", height=300)
    ask(frame, "initialize")

    assert early == {"error": "SDK is not initialized"}
    assert ask(frame, "constructor") == {"error": "Invalid command"}
    assert ask(frame, "close_modal") == {"error": "There is no modal to close"}


def test_a_stranger_to_the_frame_is_not_answered(deal: Page, panel: Frame) -> None:
    answered = panel.evaluate(
        """Promise.race([ask("get_signed_token", {}, "another id"),
           new Promise((resolve) => setTimeout(() => resolve("nothing"), 500))])"""
    )

    assert answered == "nothing"


def test_a_frame_gets_tokens_and_measures(deal: Page, panel: Frame) -> None:
    token = ask(panel, "get_signed_token")["data"]["token"]

    assert token.count(".") == 2
    assert ask(panel, "get_metadata") == {"data": {"windowHeight": 900, "windowWidth": 1280}}


def test_a_snackbar_shows_a_message_and_its_link(deal: Page, panel: Frame) -> None:
    link = {"url": "https://example.org/", "label": "Open"}
    ask(panel, "show_snackbar", message="Invoice <b>created</b>", link=link)

    expect(deal.get_by_role("status")).to_have_text("Invoice <b>created</b> Open")
    expect(deal.get_by_role("status").get_by_role("link")).to_have_attribute("href", link["url"])


@pytest.mark.parametrize(("press", "confirmed"), [("Void it", True), ("Keep it", False)])
def test_a_confirmation_is_answered_by_a_person(
    deal: Page, panel: Frame, press: str, confirmed: bool
) -> None:
    asked = {"title": "Void?", "description": "For good.", "okText": "Void it"}
    panel.evaluate(
        "(args) => { window.said = ask('show_confirmation', args); }",
        asked | {"cancelText": "Keep it", "okColor": "negative"},
    )

    deal.get_by_role("dialog").get_by_role("button", name=press).click()

    assert panel.evaluate("window.said") == {"data": {"confirmed": confirmed}}
    expect(deal.get_by_role("dialog")).to_have_count(0)


def open_modal(deal: Page, panel: Frame) -> Frame:
    panel.evaluate("hear('close_custom_modal')")
    panel.evaluate(
        """() => { window.modal = ask("open_modal", {
            type: "custom_modal", action_id: "invoice", data: { step: "lines" } }); }"""
    )
    return find(deal, "modal")


def test_a_modal_is_opened_with_its_data_and_closed_by_a_person(deal: Page, panel: Frame) -> None:
    modal = open_modal(deal, panel)
    ask(modal, "initialize", size={"height": 400, "width": 700})
    sized = height(deal, "modal")

    deal.get_by_role("dialog").get_by_role("button", name="Close").click()

    assert sized == 400
    assert "data=%7B%22step%22%3A%22lines%22%7D" in modal.url
    assert panel.evaluate("window.modal") == {"data": {"status": "closed"}}
    panel.wait_for_function("heard.length === 1", polling=BY_THE_CLOCK)
    expect(deal.get_by_role("dialog")).to_have_count(0)


def test_escape_closes_a_modal_and_focus_stays_inside_until_then(deal: Page, panel: Frame) -> None:
    open_modal(deal, panel)
    held = []
    for key in ("Tab", "Tab", "Tab", "Tab", "Shift+Tab", "Shift+Tab", "Shift+Tab"):
        deal.keyboard.press(key)
        held.append(deal.evaluate("document.activeElement.matches('dialog *')"))
    deal.get_by_role("dialog").get_by_role("button", name="Close").focus()

    deal.keyboard.press("Escape")

    assert held == [True] * 7
    assert panel.evaluate("window.modal") == {"data": {"status": "closed"}}


def test_a_modal_closes_itself(deal: Page, panel: Frame) -> None:
    modal = open_modal(deal, panel)
    ask(modal, "initialize")

    modal.evaluate("() => { ask('close_modal', { status: 'submitted' }); }")

    assert panel.evaluate("window.modal") == {"data": {"status": "submitted"}}


def test_the_theme_is_pushed_and_kept(deal: Page, panel: Frame, pipedrive: str) -> None:
    panel.evaluate("hear('user_settings_change')")

    deal.get_by_text("Sandbox", exact=True).click()
    with deal.expect_response(lambda answer: answer.url.endswith("/frames/look")):
        deal.get_by_label("Theme").select_option("dark")

    panel.wait_for_function("heard.length === 1", polling=BY_THE_CLOCK)
    assert panel.evaluate("heard") == [{"event": "user_settings_change", "data": {"theme": "dark"}}]
    expect(deal.locator("html")).to_have_attribute("data-theme", "dark")
    assert fetch_json(f"{pipedrive}/_sandbox/settings")["pipedrive_theme"] == "dark"


def test_a_folded_panel_is_told_so(deal: Page, panel: Frame) -> None:
    panel.evaluate("hear('visibility')")

    deal.locator("summary", has_text="InvoiceBridge").click()

    panel.wait_for_function("heard.length === 1", polling=BY_THE_CLOCK)
    assert panel.evaluate("heard[0].data") == {
        "is_visible": False,
        "context": {"invoker": "user"},
    }


def test_a_frame_may_send_the_person_elsewhere(deal: Page, panel: Frame) -> None:
    ask(panel, "redirect_to", view="organizations", id=1)

    deal.wait_for_url("**/organization/1")
