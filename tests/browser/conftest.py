"""Sites that several walks begin from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from invoices.journey.steps import Journey
from invoices.journey.truth import Sandbox
from tests.browser import contact_sheet
from tests.browser.looking import PICTURES
from tests.live import LiveSite, running_site


def pytest_sessionfinish() -> None:
    """Lay the pictures of the run on one sheet, where pictures were wanted."""
    if PICTURES and PICTURES.is_dir():
        contact_sheet.write(PICTURES)


@pytest.fixture
def drafted(tmp_path: Path) -> Iterator[tuple[LiveSite, Journey]]:
    """A site where Emma's first invoice is a draft on deal 1."""
    with running_site(tmp_path) as site:
        journey = Journey(site.url, Sandbox(site.xero), lambda *_: None)
        journey.walk(last="see_draft")
        yield site, journey
