"""
How soon our panel on a deal is seen in Pipedrive, on a warm server, in a headless browser.

First paint is the browser's own first contentful paint in the frame, from the moment at which the
frame is asked for: by then it says that it loads. When the invoices are drawn is told beside it.
"""

from __future__ import annotations

import re
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

from bench.results import Result
from invoices.journey.steps import DEAL_ID, Journey
from invoices.journey.truth import Sandbox
from tests.browser import inside
from tests.live import CHROMIUM_ARGUMENTS, LiveSite
from tests.needs import find_chromium

ROUNDS = 9
MILLISECONDS = 300
_PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
_DRAWN = """new Promise((done) => new PerformanceObserver((list) => {
    done(list.getEntries().at(-1).startTime);
}).observe({ type: "largest-contentful-paint", buffered: true }))"""


def measure() -> Iterator[Result]:
    """Open a deal with an invoice again and again, the first time uncounted."""
    with tempfile.TemporaryDirectory() as name:
        site = LiveSite(Path(name), {})
        try:
            site.start()
            Journey(site.url, Sandbox(site.xero), lambda *_: None).walk(last="see_draft")
            painted, drawn = _look(site)
        finally:
            site.stop()
    yield Result(
        "paint",
        "first paint of the panel in Pipedrive, ms (median)",
        statistics.median(painted),
        MILLISECONDS,
        detail=f"{min(painted):.0f} to {max(painted):.0f}; the invoices drawn after "
        f"{statistics.median(drawn):.0f} ({min(drawn):.0f} to {max(drawn):.0f})",
    )


def _look(site: LiveSite) -> tuple[list[float], list[float]]:
    painted, drawn = [], []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=find_chromium(), args=list(CHROMIUM_ARGUMENTS)
        )
        with inside.visiting(chromium, site, name="Emma Clarke") as emma:
            for turn in range(ROUNDS + 1):
                emma.open_deal(DEAL_ID)
                emma.page.wait_for_load_state("networkidle")
                panel = emma.page.frame(url=re.compile("/frames/panel/"))
                assert panel is not None
                if turn:
                    painted.append(float(panel.evaluate(_PAINTED)))
                    drawn.append(float(panel.evaluate(_DRAWN)))
        chromium.close()
    return painted, drawn
