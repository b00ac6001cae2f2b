"""
Fixtures for tests on the running product.

`live_site` runs a test twice: on the embedded default and on PostgreSQL and Redis (left out where
those are missing, see tests/needs.py). `page` is a browser page. All are started once a session and
stopped at its end.
"""

from collections.abc import Generator, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.live import CHROMIUM_ARGUMENTS, LiveSite, running_site
from tests.needs import find_chromium


@pytest.fixture(
    scope="session", params=["embedded", pytest.param("services", marks=pytest.mark.services)]
)
def live_site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveSite]:
    """A running product: tests share it, so each resets what it needs (`sandbox/reset`)."""
    directory = tmp_path_factory.mktemp(request.param)
    with running_site(directory, on_services=request.param == "services") as live_site:
        yield live_site


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium, for the whole session."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=find_chromium(), args=list(CHROMIUM_ARGUMENTS)
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page with nobody signed in. A script error or a blocked script or style fails the test."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(15_000)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        lambda line: problems.append(line.text) if "Content Security Policy" in line.text else None,
    )
    yield page
    context.close()
    assert problems == []


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs real processes, so that it can be chosen and left out."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        if "live_site" in names:
            item.add_marker("live")
        if "browser" in names:
            item.add_marker("browser")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    """Show the product's last lines with a failed test."""
    outcome = yield
    running = getattr(item, "funcargs", {}).get("live_site")
    if outcome.get_result().failed and isinstance(running, LiveSite):
        outcome.get_result().sections.append(("the product's log", running.log()))
