"""Roles are asked for again every day, and whenever Xero shuts a door (M-1, R-2, F-18)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from connections import access, errors, organisations, upkeep
from connections.models import AuditEvent, Company, User, XeroAuthorisation, XeroConnection
from connections.tests.test_connecting import (
    OVERVIEW,
    connect_pipedrive_as,
    connect_xero_as,
    said,
    sign_in,
)
from tests.vendors import Connected, Vendors

pytestmark = pytest.mark.django_db
State = XeroConnection.State
DAY = timedelta(days=1, minutes=1)


def give_role(connected: Connected, role: str) -> None:
    tenant_id, email = connected.connection.tenant_id, connected.user.email
    connected.vendors.control(f"xero/{tenant_id}/users/{email}", {"role": role})


def row(company: Company) -> XeroConnection:
    connection: XeroConnection = XeroConnection.objects.for_company(company).get()
    return connection


def events() -> list[str]:
    return list(
        AuditEvent.objects.filter(event__startswith="xero.")
        .order_by("pk")
        .values_list("event", flat=True)
    )


def test_a_demoted_user_is_noticed_at_the_daily_check_and_traffic_stops(
    connected: Connected,
) -> None:
    give_role(connected, "READONLY")
    later = timezone.now() + DAY

    asked = upkeep.check_gates_due(now=later)
    again = upkeep.check_gates_due(now=later)

    assert (asked, again) == (1, 0)
    assert row(connected.company).state == State.ROLE_REFUSED
    with pytest.raises(access.NotConnected):
        access.open_xero(row(connected.company), now=later)


def test_a_role_that_is_back_opens_the_connection_by_itself(connected: Connected) -> None:
    give_role(connected, "READONLY")
    now = timezone.now() + DAY
    upkeep.check_gates_due(now=now)
    give_role(connected, "FINANCIALADVISER")

    upkeep.check_gates_due(now=now + DAY)

    found = row(connected.company)
    assert (found.state, found.role) == (State.ACTIVE, "FINANCIALADVISER")
    assert found.next_poll_at == now + DAY
    assert events() == ["xero.connected", "xero.role_refused", "xero.gates_opened"]


def test_a_refused_call_asks_why_at_the_next_tick_and_not_a_day_later(
    connected: Connected,
) -> None:
    give_role(connected, "READONLY")
    now = timezone.now()
    with (
        access.open_xero(row(connected.company), now=now) as session,
        pytest.raises(errors.Forbidden),
    ):
        session.call(lambda xero: xero.get_organisation())
    stopped = row(connected.company).state

    asked = upkeep.check_gates_due(now=now)

    assert (stopped, asked) == (State.DISCONNECTED, 1)
    assert row(connected.company).state == State.ROLE_REFUSED


def test_an_organisation_disconnected_in_xero_is_told_from_a_lost_role(
    connected: Connected,
) -> None:
    connected.vendors.control(f"xero/{connected.connection.tenant_id}/disconnect", {})

    upkeep.check_gates_due(now=timezone.now() + DAY)

    assert row(connected.company).state == State.DISCONNECTED


def test_a_grant_revoked_in_xero_needs_a_person(connected: Connected) -> None:
    connected.vendors.control("xero/revoke", {"email": connected.user.email})

    upkeep.check_gates_due(now=timezone.now() + DAY)
    asked = upkeep.check_gates_due(now=timezone.now() + 2 * DAY)

    assert row(connected.company).state == State.RECONNECT
    assert asked == 0


def test_a_grant_that_ends_while_the_role_is_lost_needs_a_person_too(connected: Connected) -> None:
    give_role(connected, "READONLY")
    now = timezone.now() + DAY
    upkeep.check_gates_due(now=now)
    connected.vendors.control("xero/revoke", {"email": connected.user.email})

    upkeep.check_gates_due(now=now + DAY)

    assert row(connected.company).state == State.RECONNECT


def test_while_xero_does_not_answer_nothing_is_changed_and_it_is_asked_again_soon(
    connected: Connected,
) -> None:
    connected.vendors.control(
        "faults", {"vendor": "xero", "path": ".*", "kind": "status", "status": 503}
    )
    now = timezone.now() + DAY

    upkeep.check_gates_due(now=now)

    assert row(connected.company).state == State.ACTIVE
    assert upkeep.check_gates_due(now=now + timedelta(minutes=5)) == 0
    assert upkeep.check_gates_due(now=now + timedelta(minutes=11)) == 1


def test_an_uninstalled_company_is_not_asked_about(connected: Connected) -> None:
    Company.objects.update(state=Company.State.UNINSTALLED)

    assert upkeep.check_gates_due(now=timezone.now() + DAY) == 0


def test_an_admin_asks_again_at_once_instead_of_waiting_a_day(connected: Connected) -> None:
    give_role(connected, "READONLY")
    organisations.check_gates(row(connected.company), now=timezone.now())
    client = sign_in(connected.user.email)
    page = client.get(OVERVIEW).content.decode()
    give_role(connected, "STANDARD")

    client.post(f"{OVERVIEW}xero/check/")

    assert "This Xero role cannot connect" in page
    assert "Check again" in page
    assert row(connected.company).state == State.ACTIVE
    assert "the connection works" in said(client)


def test_asking_again_with_an_ended_grant_says_to_reconnect(connected: Connected) -> None:
    XeroConnection.objects.for_company(connected.company).update(state=State.RECONNECT)
    client = sign_in(connected.user.email)

    client.post(f"{OVERVIEW}xero/check/")

    assert "reconnect or try again" in said(client)


def test_an_unknown_role_is_let_in_by_support_alone_and_read_only_without(
    vendors: Vendors,
) -> None:
    client = sign_in("emma.clarke@brightside.example")
    connect_pipedrive_as(client, 101)
    connect_xero_as(client, vendors, "pat.quill@demo.example", "demo")
    refused = said(client)
    connection = row(Company.objects.get())
    support = User.objects.create_user("support@invoicebridge.example")
    now = timezone.now()

    accepted = organisations.override_role(connection, by=support, reason="Owner", now=now)
    twice = organisations.override_role(connection, by=support, reason="Owner", now=now)
    upkeep.check_gates_due(now=now)
    opened = row(connection.company).state
    withdrawn = organisations.withdraw_override(connection, by=support, reason="Left", now=now)
    upkeep.check_gates_due(now=now)

    assert "Your role in Xero is ADMINISTRATOR, which InvoiceBridge does not know." in refused
    assert (accepted, twice, withdrawn) == (True, False, True)
    assert opened == State.ACTIVE
    assert row(connection.company).state == State.ROLE_REFUSED
    told = AuditEvent.objects.get(event="xero.role_overridden")
    assert (told.actor, told.reason, told.after) == (support, "Owner", {"role": "ADMINISTRATOR"})


def test_a_known_refused_role_is_not_for_support_to_accept(connected: Connected) -> None:
    give_role(connected, "INVOICEONLY")
    XeroConnection.objects.for_company(connected.company).update(
        role="INVOICEONLY", state=State.ROLE_REFUSED
    )
    support = User.objects.create_user("support@invoicebridge.example")

    is_accepted = organisations.override_role(
        row(connected.company), by=support, reason="Please", now=timezone.now()
    )

    assert not is_accepted
    assert not row(connected.company).is_role_overridden
    assert XeroAuthorisation.objects.get().state == "ACTIVE"
