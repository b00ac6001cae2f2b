"""PostgreSQL goes away under somebody's hands and comes back: what they typed is kept (F-30)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from playwright.sync_api import Page, expect

from invoices.journey.steps import DEAL_ID, Journey
from invoices.journey.truth import Sandbox
from tests.browser import looking
from tests.live import LiveSite, running_site
from tests.needs import POSTGRES_URL

EMMA = "Emma Clarke"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LiveSite]:
    """A site on PostgreSQL that Emma has connected to both sides."""
    with running_site(tmp_path, on_services=True) as running:
        journey = Journey(running.url, Sandbox(running.xero), lambda *_: None)
        journey.walk(last="connect_xero")
        yield running


@contextmanager
def database_away(site: LiveSite) -> Iterator[None]:
    """Let nobody into the site's database, and throw out who is in."""
    name = urlsplit(site.variables["DATABASE_URL"]).path.lstrip("/")
    with psycopg.connect(POSTGRES_URL, autocommit=True) as server:
        server.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        yield
        server.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")


@pytest.mark.services
@pytest.mark.parametrize(
    ("language", "busy", "again"),
    [("en", "is busy just now", "Try again"), ("tr", "şu anda meşgul", "Yeniden dene")],
    ids=["en", "tr"],
)
def test_what_was_typed_waits_until_it_is_back(
    page: Page, site: LiveSite, language: str, busy: str, again: str
) -> None:
    looking.sign_in(page, site, EMMA, language)

    page.goto(f"{site.url}/settings/preferences/")
    page.locator("#preferences_due_days").fill("45")
    with database_away(site):
        page.locator("form[data-warn-unsaved] button[type=submit]").last.click()
        expect(page.get_by_role("heading", name=re.compile(busy))).to_be_visible()
        assert looking.examine(page, f"database-away-{language}", language) == []
        page.get_by_role("button", name=again).click()
        expect(page.get_by_role("heading", name=re.compile(busy))).to_be_visible()
    page.get_by_role("button", name=again).click()
    expect(page.locator("#preferences_due_days")).to_have_value("45")
    page.reload()
    expect(page.locator("#preferences_due_days")).to_have_value("45")

    page.goto(f"{site.url}/deals/{DEAL_ID}/invoices/new/")
    page.fill("#id_reference", "Işık 77")
    with database_away(site):
        page.locator("button[name=action][value^='contact:']").first.click()
        expect(page.locator("#messages .banner--error")).to_be_visible()
        expect(page.locator("#id_reference")).to_have_value("Işık 77")
    page.locator("button[name=action][value^='contact:']").first.click()
    expect(page.locator("#drop-contact")).to_be_visible()
    expect(page.locator("#id_reference")).to_have_value("Işık 77")
