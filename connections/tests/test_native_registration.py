"""Pipedrive is told of a company's native link, and a refusal leaves everything else working."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from connections import native_registration, organisations, services
from connections.models import (
    AuditEvent,
    Company,
    NativeRegistration,
    PipedriveAuthorisation,
    XeroConnection,
)
from connections.tests import wire
from tests.vendors import Connected, connect_pipedrive

pytestmark = pytest.mark.django_db
PAGE = "/settings/connections/"


def row(connected: Connected) -> NativeRegistration:
    return NativeRegistration.objects.for_company(connected.company).get()


def register(connected: Connected, now: datetime | None = None) -> bool:
    return native_registration.register_for(connected.company.pk, now=now or timezone.now())


class Provider:
    """Pipedrive's provider route, played on the loopback."""

    def __init__(self, connected: Connected, settings: Any, *steps: wire.Step) -> None:
        self._connected, self._settings, self._steps = connected, settings, steps

    def __enter__(self) -> wire.Server:
        self._serving = wire.serve(*self._steps)
        server = self._serving.__enter__()
        self._settings.PIPEDRIVE_API_HOSTS = f"^{re.escape(server.url)}$"
        PipedriveAuthorisation.objects.across_companies().update(api_domain=server.url)
        return server

    def __exit__(self, *args: Any) -> None:
        self._serving.__exit__(*args)


@pytest.fixture
def client(connected: Connected) -> Client:
    browser = Client()
    browser.force_login(connected.user)
    return browser


@pytest.mark.parametrize("is_wrapped", [True, False])
def test_connecting_has_pipedrive_told_and_its_page_is_offered(
    connected: Connected, settings: Any, client: Client, is_wrapped: bool
) -> None:
    assert row(connected).state == "waiting"
    answer = {"redirectUrl": "URL"}
    with Provider(connected, settings, _answering(answer, is_wrapped=is_wrapped)) as server:
        assert register(connected)
        page = client.get(PAGE).content.decode()

        (asked,) = server.requests
        assert (asked.method, asked.path) == ("POST", "/api/v1/invoice/user/provider")
        assert asked.headers["authorization"].startswith("Bearer ")
        assert json.loads(asked.body) == {
            "data": {
                "linkId": str(connected.company.link_id),
                "orgId": str(connected.connection.tenant_id),
                "marketplaceClientId": settings.PIPEDRIVE_CLIENT_ID,
            }
        }
        done = row(connected)
        assert done.state == "registered" and done.next_attempt_at is None
        assert done.tenant_id == connected.connection.tenant_id
        assert done.redirect_url == f"{server.url}/settings/invoicing"
        assert f'href="{done.redirect_url}"' in page
    assert not register(connected)
    assert AuditEvent.objects.filter(event="native.registered").count() == 1


def _answering(answer: dict[str, Any], *, is_wrapped: bool) -> wire.Step:
    """Answer with a page on the very host that was asked."""

    def step(sock: Any) -> bool:
        host, port = sock.getsockname()[:2]
        body = {"redirectUrl": f"http://{host}:{port}/settings/invoicing"}
        told = {"success": True} | ({"data": body} if is_wrapped else body)
        return wire.answer(200, told)(sock)

    return step


def test_a_refusal_leaves_a_working_connection_and_says_so(
    connected: Connected, settings: Any, client: Client
) -> None:
    refused = wire.answer(403, {"success": False, "error": "Scope and URL mismatch"})
    with Provider(connected, settings, refused):
        assert register(connected)

    assert (row(connected).state, row(connected).error_code) == ("refused", "forbidden")
    assert XeroConnection.objects.across_companies().get().is_usable
    page = client.get(PAGE).content.decode()
    assert "Everything else works" in page and "Try again" in page
    assert client.post("/settings/connections/native/").status_code == 302
    assert (row(connected).state, row(connected).error_code) == ("waiting", "")


def test_no_answer_is_asked_for_again_later_and_later(connected: Connected, settings: Any) -> None:
    now = timezone.now()
    waits = []
    with Provider(connected, settings, wire.answer(502, {"error": "bad gateway"})):
        for _try in range(3):
            assert register(connected, now)
            again = row(connected).next_attempt_at
            assert again is not None and not register(connected, now)
            waits.append(again - now)
            now = again

    assert waits == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert (row(connected).state, row(connected).error_code) == ("waiting", "server_error")


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/x",
        "https://acme.pipedrive.com.evil.example/",
        "https://acme.pipedrive.com@evil.example/",
        "https://acme.pipedrive.com\\@evil.example/",
        "http://acme.pipedrive.com/",
        "//acme.pipedrive.com/",
        "javascript:alert(1)",
        "https://acme.pipedrive.com:444/",
        "https://acme.pipedrive.com/\n",
        "https://[",
        "",
        "https://acme.pipedrive.com/" + "x" * 2_000,
    ],
)
def test_a_page_that_is_not_pipedrives_is_offered_to_nobody(settings: Any, url: str) -> None:
    settings.PIPEDRIVE_API_HOSTS = r"^https://[a-z0-9-]+\.pipedrive\.com$"

    assert not native_registration.is_pipedrives(url)
    assert native_registration.is_pipedrives("https://acme.pipedrive.com/settings?a=1#b")


def test_without_a_pipedrive_grant_it_waits_for_one(connected: Connected) -> None:
    now = timezone.now()
    services.disconnect_pipedrive(connected.membership, now=now)

    assert register(connected)

    assert (row(connected).error_code, row(connected).next_attempt_at) == ("not_connected", None)
    connect_pipedrive(connected.vendors, connected.user, now=now)
    assert row(connected).next_attempt_at is not None


def test_taking_the_app_off_forgets_the_registration(connected: Connected) -> None:
    services.uninstall(
        pipedrive_company_id=connected.company.pipedrive_company_id,
        pipedrive_user_id=connected.membership.pipedrive_user_id or 0,
        now=timezone.now(),
    )

    assert Company.objects.get(pk=connected.company.pk).state == "UNINSTALLED"
    assert not NativeRegistration.objects.for_company(connected.company).exists()


def test_a_disconnected_organisation_shows_no_tab(connected: Connected, client: Client) -> None:
    organisations.disconnect(connected.connection, by=connected.user, now=timezone.now())

    assert 'id="native"' not in client.get(PAGE).content.decode()


def test_support_has_it_registered_again_with_a_reason(connected: Connected) -> None:
    NativeRegistration.objects.across_companies().update(state="refused", next_attempt_at=None)

    assert native_registration.register_again(
        row(connected), by=connected.user, reason="granted by now", now=timezone.now()
    )

    assert row(connected).state == "waiting" and row(connected).next_attempt_at is not None
    event = AuditEvent.objects.get(event="native.registration_wanted")
    assert (event.reason, event.company_id) == ("granted by now", connected.company.pk)
