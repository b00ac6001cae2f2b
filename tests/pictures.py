"""
The pictures of the README, taken from the running product on its demo data: `make pictures`.

One site is walked through the main job, then looked at as Emma, as a rep in Pipedrive, and as our
support. Look at the pictures before they are committed.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from invoices.journey.steps import Journey
from invoices.journey.truth import Sandbox
from tests.live import CHROMIUM_ARGUMENTS, LiveSite, running_site
from tests.needs import ROOT, find_chromium

FOLDER = ROOT / "docs" / "pictures"
MOST_BYTES = 150_000
WIDTH, HEIGHT = 1180, 760
EMMA, SAM = "Emma Clarke", "Sam Porter"


def main() -> int:
    """Take every picture; the exit code says whether all are small enough for the repository."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_site(Path(folder)) as site:
        Journey(site.url, Sandbox(site.xero), lambda *_: None).walk()
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=find_chromium(), args=CHROMIUM_ARGUMENTS
            )
            for take in (take_own_pages, take_pipedrive, take_admin):
                take(chromium, site)
            chromium.close()
    large = [each.name for each in FOLDER.glob("*.png") if each.stat().st_size > MOST_BYTES]
    sys.stdout.write(f"too large: {', '.join(large)}\n" if large else f"see {FOLDER}\n")
    return 1 if large else 0


def take_own_pages(chromium: Browser, site: LiveSite) -> None:
    """The preferences with their examples, the dialog of a deal, and the list of invoices."""
    page = _visit(chromium, site, EMMA)
    for name, path in (
        ("preferences", "/settings/preferences/"),
        ("dialog", "/deals/4/invoices/new/"),
        ("invoices", "/invoices/"),
    ):
        page.goto(f"{site.url}{path}")
        page.wait_for_load_state("networkidle")
        page.screenshot(path=FOLDER / f"{name}.png")
    page.context.close()


def take_pipedrive(chromium: Browser, site: LiveSite) -> None:
    """A deal in Pipedrive with our panel."""
    page = _open(chromium)
    page.goto(site.pipedrive)
    page.get_by_role("button", name=EMMA).click()
    page.wait_for_url(f"{site.pipedrive}/**")
    page.goto(f"{site.pipedrive}/deal/1")
    page.frame_locator("iframe.frame--panel").get_by_text("Paid").first.wait_for()
    page.screenshot(path=FOLDER / "panel.png")
    page.context.close()


def take_admin(chromium: Browser, site: LiveSite) -> None:
    """What support sees of the writes to Xero."""
    page = _visit(chromium, site, SAM)
    page.goto(f"{site.url}/admin/invoices/operation/")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=FOLDER / "admin.png")
    page.context.close()


def _visit(chromium: Browser, site: LiveSite, name: str) -> Page:
    page = _open(chromium)
    page.context.add_cookies([{"name": "ib_language", "value": "en", "url": site.url}])
    page.goto(f"{site.url}/accounts/login/")
    page.get_by_role("button", name=name).click()
    page.wait_for_url(lambda url: "/accounts/" not in url and "/sso" not in url)
    return page


def _open(chromium: Browser) -> Page:
    context = chromium.new_context(
        locale="en-GB",
        color_scheme="light",
        viewport={"width": WIDTH, "height": HEIGHT},
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    return page


if __name__ == "__main__":
    sys.exit(main())
