"""No secret is found where secrets must not be: pages, logs, queue, cache, a plain dump (P-13)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
import redis
import requests
from django.test import override_settings

from connections import vault
from connections.models import PipedriveAuthorisation, XeroAuthorisation
from invoices.journey.browser import Browser, Page
from invoices.journey.steps import DEAL_ID, Journey
from invoices.journey.truth import Sandbox
from tests.live import LiveSite, live_variables

pytestmark = pytest.mark.live
SECRET_KEY = "canary-secret-key-nobody-else-has-0123456789-0123456789"
SEALING_KEY = "canary-sealing-key-nobody-else-has-0123456789"
# Known to the sandbox, which is a program of its own; nothing of ours may repeat them.
SHARED = ("sandbox-xero-secret", "sandbox-pipedrive-secret", "sandbox-xero-webhook-key")
PAGES = (
    "/deals/",
    f"/deals/{DEAL_ID}/",
    "/invoices/",
    "/settings/connections/",
    "/settings/preferences/",
    "/settings/people/",
    "/settings/activity/",
    "/settings/my-xero/",
    "/nowhere/",
    # An authorisation that goes wrong: nothing of it is reflected.
    "/accounts/pipedrive/login/callback/?code=canary-code-from-a-stranger&state=canary-state",
    "/accounts/oidc/xero/login/callback/?code=canary-code-from-a-stranger&state=canary-state",
)
GRANTS: tuple[tuple[str, type[Any]], ...] = (
    ("connections_xeroauthorisation", XeroAuthorisation),
    ("connections_pipedriveauthorisation", PipedriveAuthorisation),
)


class RecordingBrowser(Browser):
    """A browser that keeps every page of ours as it came."""

    def __init__(self, site_url: str) -> None:
        super().__init__()
        self.site_url = site_url
        self.seen: list[str] = []

    def _read(self, answer: requests.Response) -> Page:
        if answer.url.startswith(self.site_url):
            self.seen.append(answer.text)
        return super()._read(answer)

    def session_id(self) -> str:
        """Return the value of our session's cookie."""
        return str(self._session.cookies["ib_session"])


@pytest.fixture(params=["embedded", pytest.param("services", marks=pytest.mark.services)])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LiveSite]:
    on_services = request.param == "services"
    with live_variables(tmp_path, on_services=on_services) as variables:
        running = LiveSite(
            tmp_path,
            variables
            | {
                "SECRET_KEY": SECRET_KEY,
                "FIELD_ENCRYPTION_KEYS": SEALING_KEY,
                "LOG_LEVEL": "DEBUG",
                # A worker's messages are kept where they are looked for.
                "SWEEP_SECONDS": "1",
            },
        )
        try:
            running.start()
            yield running
        finally:
            running.stop()


def test_no_secret_leaves_its_place(site: LiveSite) -> None:
    browser = RecordingBrowser(site.url)
    journey = Journey(site.url, Sandbox(site.xero), lambda *_: None, browser=browser)
    for step in (
        journey.sign_in,
        journey.connect_pipedrive,
        journey.connect_xero,
        journey.save_preferences,
        journey.create_invoice,
        journey.see_draft,
    ):
        step()
    site.control("faults", {"vendor": "xero", "kind": "status", "status": 500, "times": 3})
    forged = {"X-Xero-Signature": "canary-signature", "Authorization": "Basic canary-basic-word"}
    for path in ("/webhooks/xero", "/webhooks/pipedrive/canary-address"):
        requests.post(site.url + path, data=b"{}", headers=forged, timeout=30)
    for path in PAGES:
        browser.open(site.url + path)

    tokens = open_tokens(site)
    assert len(tokens) >= 4
    secrets = {*tokens, *SHARED, SECRET_KEY, SEALING_KEY}
    secrets |= {"canary-code-from-a-stranger", "canary-basic-word"}
    places = {
        "pages": "\n".join(browser.seen),
        "log": (site.directory / "log.txt").read_text(errors="replace"),
        "files": read_files(site),
        "dump": dump(site),
        "redis": read_redis(site),
    }
    found = {
        (place, secret[:12])
        for place, text in places.items()
        for secret in secrets
        if secret in text
    }
    assert found == set()
    # A session's id is its owner's: in the database alone, which must not be read by others.
    assert [
        place for place, text in places.items() if browser.session_id() in text and place != "dump"
    ] in ([], ["files"])
    assert "InvoiceBridge" in places["pages"] and "request_finished" in places["log"]
    assert "connections_xeroauthorisation" in places["dump"]


def open_tokens(site: LiveSite) -> set[str]:
    """Return every token that the product holds, in clear."""
    found = set()
    with override_settings(FIELD_ENCRYPTION_KEYS=[SEALING_KEY]):
        for table, model in GRANTS:
            for key, access, refresh in query(
                site,
                f"SELECT id, access_token, refresh_token FROM {table}",  # noqa: S608
            ):
                row = model(pk=UUID(str(key)))
                for field, sealed in (("access_token", access), ("refresh_token", refresh)):
                    found.add(vault.open_sealed(sealed, row=row, field=field).reveal())
    return found - {""}


def query(site: LiveSite, statement: str) -> list[tuple[Any, ...]]:
    address = site.variables.get("DATABASE_URL")
    if address:
        with psycopg.connect(address) as database:
            return database.execute(statement).fetchall()
    database_file = site.directory / "var" / "db.sqlite3"
    with sqlite3.connect(database_file) as plain:
        return plain.execute(statement).fetchall()


def dump(site: LiveSite) -> str:
    """Return the whole database as a plain dump has it."""
    if "DATABASE_URL" not in site.variables:
        with sqlite3.connect(site.directory / "var" / "db.sqlite3") as plain:
            return "\n".join(plain.iterdump())
    names = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    return "\n".join(
        f"{name}\n{query(site, f'SELECT * FROM {name}')}"  # noqa: S608
        for (name,) in query(site, names)
    )


def read_files(site: LiveSite) -> str:
    """Return what lies in the product's directory: queue, cache, schedule; not the databases."""
    return "\n".join(
        path.read_bytes().decode("latin-1")
        for path in (site.directory / "var").rglob("*")
        if path.is_file() and ".sqlite3" not in path.name
    )


def read_redis(site: LiveSite) -> str:
    """Return every key and value of both Redis databases; "" where there is no Redis."""
    found = []
    for name in ("CELERY_BROKER_URL", "CACHE_URL"):
        if name in site.variables:
            with redis.Redis.from_url(site.variables[name]) as server:
                found += [f"{key!r} {server.dump(key)!r}" for key in server.scan_iter()]
    return "\n".join(found)
