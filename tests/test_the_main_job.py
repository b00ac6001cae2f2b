"""The main job on the running product, as a person does it, on each kind of services."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from invoices.journey.browser import Page
from invoices.journey.steps import DEAL_ID, Journey
from invoices.journey.truth import Sandbox
from tests.live import LiveSite, live_variables, wait_until
from tests.needs import ROOT

pytestmark = pytest.mark.live


def test_the_pages_and_xero_agree_from_sign_in_to_paid(live_site: LiveSite) -> None:
    live_site.control("reset", {})

    told = live_site.manage("demo_journey")

    assert "The pages and the sandbox agree." in told


@pytest.mark.parametrize(
    "on_services",
    [False, pytest.param(True, marks=pytest.mark.services)],
    ids=["files", "services"],
)
def test_a_press_while_xero_is_down_waits_and_goes_when_it_is_back(
    tmp_path: Path, on_services: bool
) -> None:
    with live_variables(tmp_path, on_services=on_services) as variables:
        site = LiveSite(tmp_path, variables)
        with _sandbox(site) as stop_sandbox:
            site.start("--only", "web,worker,beat")
            try:
                journey = _prepare(site)
                dialog = journey.fill_dialog()

                stop_sandbox()
                pressed = _press_create(journey, dialog)
                waiting = wait_until(lambda: _card_with(journey, "Waiting for Xero"), seconds=60)
                made_meanwhile = site.manage("list_operations")
                with _sandbox(site):
                    drafted = wait_until(lambda: _card_with(journey, "Draft"), seconds=90)
                    journey.see_draft()
            finally:
                site.stop()

    assert f"/deals/{DEAL_ID}/" in pressed.url
    assert "Waiting for Xero" in waiting
    assert made_meanwhile.count('"kind": "create"') == 1
    assert "Draft" in drafted


@contextmanager
def _sandbox(site: LiveSite) -> Iterator[Callable[[], None]]:
    """The sandbox in a process of its own, so that it can be stopped alone."""
    process = subprocess.Popen(
        [sys.executable, "-m", "invoicebridge.runner", "--only", "sandbox", "--no-prepare"],
        cwd=ROOT,
        env=site.variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def stop() -> None:
        process.terminate()
        process.wait(20)

    try:
        wait_until(site.is_sandbox_answering, seconds=30)
        yield stop
    finally:
        stop()


def _prepare(site: LiveSite) -> Journey:
    journey = Journey(site.url, Sandbox(site.xero), lambda *_: None)
    for step in (
        journey.sign_in,
        journey.connect_pipedrive,
        journey.connect_xero,
        journey.save_preferences,
    ):
        step()
    return journey


def _press_create(journey: Journey, dialog: Page) -> Page:
    return journey.browser.submit(dialog, dialog.form(holding="submission"), action="create")


def _card_with(journey: Journey, words: str) -> str:
    page = journey.browser.open(f"{journey.site_url}/deals/{DEAL_ID}/")
    return next((card for card in page.articles if words in card), "")
