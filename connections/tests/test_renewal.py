"""What nobody may lose: the refresh token, however many workers want a new one (P-8)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.utils import timezone

from connections import access, errors, renewal
from connections.models import ApiCall, PipedriveAuthorisation, XeroAuthorisation, XeroConnection
from connections.models.authorisations import AuthorisationState
from connections.runtime import snapshot
from tests.vendors import Connected

WORKERS = 12


def let_tokens_end(connected: Connected) -> None:
    """Move both clocks past the access token's life."""
    connected.vendors.control("clock", {"advance_seconds": 3 * 3600})
    past = timezone.now() - timedelta(hours=1)
    XeroAuthorisation.objects.update(access_expires_at=past)
    PipedriveAuthorisation.objects.across_companies().update(access_expires_at=past)


def renewals(connected: Connected, vendor: str = "xero") -> int:
    path = "/connect/token" if vendor == "xero" else "/oauth/token"
    traffic = connected.vendors.control(f"traffic?vendor={vendor}&method=POST&path={path}")
    return len(traffic)


def fresh_connection(connected: Connected) -> XeroConnection:
    row: XeroConnection = (
        XeroConnection.objects.for_company(connected.company).select_related("authorisation").get()
    )
    return row


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_many_workers_on_one_ended_token_make_one_call(connected: Connected) -> None:
    let_tokens_end(connected)
    before = renewals(connected)
    settings = replace(snapshot(), xero_calls_in_flight=WORKERS + 1)

    def work(_number: int) -> str:
        try:
            connection = fresh_connection(connected)
            with access.open_xero(connection, now=timezone.now(), runtime=settings) as session:
                return session.call(lambda xero: xero.get_organisation()).name
        finally:
            database.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        names = list(pool.map(work, range(WORKERS)))

    assert names == ["Brightside Interiors Ltd"] * WORKERS
    assert renewals(connected) - before == 1
    assert XeroAuthorisation.objects.get().generation == 2


@pytest.mark.django_db
def test_a_lost_answer_loses_no_connection(connected: Connected) -> None:
    let_tokens_end(connected)
    connected.vendors.control(
        "faults",
        {"vendor": "xero", "path": "/connect/token", "kind": "reset_after", "times": 1},
    )

    with pytest.raises(errors.Unreachable):
        access.open_xero(fresh_connection(connected), now=timezone.now())
    with access.open_xero(fresh_connection(connected), now=timezone.now()) as session:
        name = session.call(lambda xero: xero.get_organisation()).name

    assert name == "Brightside Interiors Ltd"
    assert XeroAuthorisation.objects.get().state == AuthorisationState.ACTIVE


@pytest.mark.django_db
def test_a_token_that_ends_before_its_time_is_renewed_once_and_the_call_repeated(
    connected: Connected,
) -> None:
    connected.vendors.control("clock", {"advance_seconds": 3 * 3600})

    with access.open_xero(fresh_connection(connected), now=timezone.now()) as session:
        name = session.call(lambda xero: xero.get_organisation()).name

    assert name == "Brightside Interiors Ltd"
    calls = ApiCall.objects.for_company(connected.company).filter(operation="xero.get_organisation")
    assert [call.status for call in calls.order_by("pk")][-2:] == [401, 200]


@pytest.mark.django_db
def test_a_revoked_grant_stops_the_traffic_and_asks_for_a_reconnect(
    connected: Connected,
) -> None:
    let_tokens_end(connected)
    connected.vendors.control("xero/revoke", {"email": connected.user.email})

    with pytest.raises(errors.Revoked):
        access.open_xero(fresh_connection(connected), now=timezone.now())
    before = renewals(connected)
    with pytest.raises(access.NotConnected) as stopped:
        access.open_xero(fresh_connection(connected), now=timezone.now())

    assert stopped.value.state == XeroConnection.State.RECONNECT
    assert renewals(connected) == before
    grant = XeroAuthorisation.objects.get()
    assert grant.state == AuthorisationState.DEAD
    assert grant.refresh_token != ""


@pytest.mark.django_db
def test_an_older_generation_cannot_end_a_newer_grant(connected: Connected) -> None:
    older = XeroAuthorisation.objects.get()
    let_tokens_end(connected)
    renewal.renew(XeroAuthorisation.objects.get(), refresh=access.refresh_xero, now=timezone.now())

    def never(_row: Any) -> Any:
        raise AssertionError("the vendor must not be asked again")

    row = renewal.renew(older, refresh=never, now=timezone.now())

    assert row.generation == 2
    assert row.state == AuthorisationState.ACTIVE


@pytest.mark.django_db
def test_a_pipedrive_token_is_renewed_before_a_deal_is_read(connected: Connected) -> None:
    let_tokens_end(connected)

    with access.open_pipedrive(connected.membership, now=timezone.now()) as session:
        me = session.call(lambda pipedrive: pipedrive.get_me())

    assert me.id == 101
    assert PipedriveAuthorisation.objects.for_company(connected.company).get().generation == 2


@pytest.mark.django_db
def test_a_rate_limit_pauses_the_organisation_as_long_as_xero_asked(
    connected: Connected,
) -> None:
    now = timezone.now()
    connected.vendors.control(
        "faults",
        {
            "vendor": "xero",
            "path": "/api.xro/",
            "kind": "rate_limit",
            "problem": "minute",
            "retry_after": 40,
            "times": 1,
        },
    )

    with (
        access.open_xero(fresh_connection(connected), now=now) as session,
        pytest.raises(errors.RateLimited),
    ):
        session.call(lambda xero: xero.get_organisation())

    row = fresh_connection(connected)
    assert row.pause_until == now + timedelta(seconds=40)
    assert row.pause_reason == "minute"
    assert row.state == XeroConnection.State.ACTIVE


@pytest.mark.django_db
def test_an_organisation_disconnected_in_xero_is_noticed_at_the_first_call(
    connected: Connected,
) -> None:
    connected.vendors.control(f"xero/{connected.connection.tenant_id}/disconnect", {})

    with (
        access.open_xero(fresh_connection(connected), now=timezone.now()) as session,
        pytest.raises(errors.Forbidden),
    ):
        session.call(lambda xero: xero.get_organisation())

    assert fresh_connection(connected).state == XeroConnection.State.DISCONNECTED
