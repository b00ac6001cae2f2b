"""The invoices that a contact had before it was linked are read, whatever happens meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.utils import timezone

from connections.models import ApiCall, AuditEvent, Company, XeroConnection
from invoices import contact_history, contact_links, tasks
from invoices.models import ContactHistory, Invoice, InvoiceEvent
from invoices.tests import contact_world as c
from invoices.tests import rows as r
from invoices.tests import world as w
from mappings.models import ContactLink
from tests.vendors import Connected

pytestmark = pytest.mark.django_db
State = ContactHistory.State


def read(connected: Connected, *, later: float = 0, **changes: Any) -> bool:
    return contact_history.read_due(
        connected.connection.pk,
        now=timezone.now() + timedelta(seconds=later),
        runtime=w.runtime(**changes),
    )


def list_calls(connected: Connected) -> list[dict[str, Any]]:
    traffic = connected.vendors.control("traffic?vendor=xero")
    return [each for each in traffic if each["path"].endswith("/Invoices")]


def test_all_sales_invoices_of_a_linked_contact_arrive(connected: Connected) -> None:
    contact = c.link(connected)

    tasks.read_histories(connection_id=connected.connection.pk)

    assert len(c.truth(connected, contact)) > 1
    assert c.stored(connected, contact) == c.truth(connected, contact)
    row = c.history(connected)
    assert (row.state, row.attempts, row.error_code) == (State.DONE, 0, "")
    assert row.read_at is not None
    events = InvoiceEvent.objects.for_company(connected.company)
    assert set(events.values_list("source", flat=True)) == {InvoiceEvent.Source.HISTORY}


def test_reading_again_changes_nothing_and_tells_nothing_twice(connected: Connected) -> None:
    contact = c.link(connected)
    read(connected)
    before = list(Invoice.objects.for_company(connected.company).values("pk", "number", "total"))
    contact_history.ask(connected.connection, contact, now=timezone.now())

    read(connected)

    assert before == list(
        Invoice.objects.for_company(connected.company).values("pk", "number", "total")
    )
    assert InvoiceEvent.objects.for_company(connected.company).count() == len(before)


def test_a_link_that_came_without_a_reading_gets_one_by_the_sweep(connected: Connected) -> None:
    contact = c.contact_id(connected)
    r.link_contact(connected.connection, contact)

    assert contact_history.sweep(now=timezone.now()) == 1
    read(connected)

    assert c.stored(connected, contact) == c.truth(connected, contact)
    assert contact_history.sweep(now=timezone.now()) == 0


def test_many_contacts_are_read_by_two_calls(connected: Connected) -> None:
    names = [
        each["Name"] for each in w.holds(connected, "contacts") if each["ContactStatus"] == "ACTIVE"
    ]
    contacts = [
        c.link(connected, name, organization_id=number) for number, name in enumerate(names, 1)
    ]
    before = ApiCall.objects.for_company(connected.company).filter(vendor="xero").count()

    read(connected)

    calls = ApiCall.objects.for_company(connected.company).filter(vendor="xero").count() - before
    assert calls == 2
    for contact in contacts:
        assert c.stored(connected, contact) == c.truth(connected, contact)
    assert not contact_history.sweep(now=timezone.now())


def test_a_long_history_is_read_page_by_page_and_resumes_where_it_stopped(
    connected: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact = c.link(connected)
    c.seed(connected, contact, 2300)
    monkeypatch.setattr(contact_history, "BUDGET_SECONDS", 0.0)

    read(connected)

    row = c.history(connected)
    assert (row.state, row.next_page) == (State.DUE, 2)
    assert len(c.stored(connected, contact)) == 1000
    read(connected)
    read(connected)
    assert c.history(connected).state == State.DONE
    assert c.stored(connected, contact) == c.truth(connected, contact)
    pages = [parse_qs(each["query"])["page"] for each in list_calls(connected)]
    assert pages == [["1"], ["2"], ["3"]]


def test_a_lot_too_big_for_one_go_is_read_in_smaller_lots(
    connected: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = c.link(connected)
    second = c.link(connected, "Castle Law LLP", organization_id=2)
    c.seed(connected, first, 1200)
    monkeypatch.setattr(contact_history, "BUDGET_SECONDS", 0.0)

    for _ in range(12):
        read(connected)

    assert c.stored(connected, first) == c.truth(connected, first)
    assert c.stored(connected, second) == c.truth(connected, second)
    assert set(ContactHistory.objects.for_company(connected.company).values_list("state")) == {
        (State.DONE,)
    }


def test_a_failure_is_kept_with_its_reason_and_tried_again_later(connected: Connected) -> None:
    contact = c.link(connected)
    c.fault(connected, kind="status", status=500, times=1)

    read(connected)

    row = c.history(connected)
    assert (row.state, row.error_code, row.attempts) == (State.DUE, "server_error", 1)
    assert row.lease_until is None
    assert row.next_attempt_at > timezone.now() + timedelta(seconds=20)
    assert not read(connected)  # not before its time
    assert c.stored(connected, contact) == set()
    assert read(connected, later=3600)
    assert c.history(connected).error_code == ""
    assert c.stored(connected, contact) == c.truth(connected, contact)


def test_xeros_limit_is_kept_and_then_the_reading_goes_on(connected: Connected) -> None:
    contact = c.link(connected)
    c.fault(connected, kind="rate_limit", problem="minute", retry_after=40, times=1)

    read(connected)

    row = c.history(connected)
    assert (row.error_code, row.attempts) == ("rate_limited", 0)
    calls = len(list_calls(connected))
    assert not read(connected, later=10)
    assert len(list_calls(connected)) == calls
    assert read(connected, later=50)
    assert c.stored(connected, contact) == c.truth(connected, contact)


def test_people_keep_their_share_of_the_days_calls(connected: Connected) -> None:
    c.link(connected)
    XeroConnection.objects.for_company(connected.company).update(day_calls_left=20)
    before = len(list_calls(connected))

    assert not read(connected)

    assert len(list_calls(connected)) == before
    row = c.history(connected)
    assert (row.state, row.error_code) == (State.DUE, "day_reserve")
    assert row.next_attempt_at > timezone.now() + timedelta(hours=1)


def test_a_dead_connection_holds_the_reading_back_until_it_is_renewed(
    connected: Connected,
) -> None:
    contact = c.link(connected)
    connections = XeroConnection.objects.for_company(connected.company)
    connections.update(state=XeroConnection.State.RECONNECT)

    assert not read(connected)
    assert contact_history.sweep(now=timezone.now()) == 0

    connections.update(state=XeroConnection.State.ACTIVE)
    assert read(connected)
    assert c.stored(connected, contact) == c.truth(connected, contact)


def test_a_paused_company_makes_no_call(connected: Connected) -> None:
    c.link(connected)
    Company.objects.filter(pk=connected.company.pk).update(state=Company.State.PAUSED)
    before = len(list_calls(connected))

    assert not read(connected)

    assert len(list_calls(connected)) == before


def test_a_reconnected_organisation_is_read_again(connected: Connected) -> None:
    contact = c.link(connected)
    read(connected)
    c.seed(connected, contact, 3)
    now = timezone.now()
    XeroConnection.objects.for_company(connected.company).update(state_changed_at=now)

    contact_history.sweep(now=now)
    read(connected, later=1)

    assert c.stored(connected, contact) == c.truth(connected, contact)
    assert contact_history.sweep(now=now) == 0


def test_two_workers_never_read_the_same_contact(connected: Connected) -> None:
    c.link(connected)
    now = timezone.now()
    ContactHistory.objects.for_company(connected.company).update(
        lease_until=now + timedelta(seconds=60)
    )
    before = len(list_calls(connected))

    assert not read(connected)

    assert len(list_calls(connected)) == before
    assert (
        contact_history.refresh(
            connected.connection, c.history(connected).xero_contact_id, now=now
        ).outcome
        == "busy"
    )


def test_a_worker_that_vanished_leaves_its_contacts_to_the_next(connected: Connected) -> None:
    contact = c.link(connected)
    ContactHistory.objects.for_company(connected.company).update(
        lease_until=timezone.now() + timedelta(seconds=60)
    )

    assert read(connected, later=61)

    assert c.stored(connected, contact) == c.truth(connected, contact)


def test_a_merged_contact_is_followed_and_its_heirs_invoices_are_read(
    connected: Connected,
) -> None:
    old = c.link(connected, "Castle Law LLP")
    heir = c.contact_id(connected, "Studio Verde GmbH")
    read(connected)
    connected.vendors.control(
        f"xero/{connected.connection.tenant_id}/contacts/{old}/merge", {"into": str(heir)}
    )
    contact_history.ask(connected.connection, old, now=timezone.now())

    read(connected)
    read(connected)

    link = ContactLink.objects.for_company(connected.company).get()
    assert (link.xero_contact_id, link.contact_name) == (heir, "Studio Verde GmbH")
    assert c.history(connected).xero_contact_id == heir
    assert c.stored(connected, heir) == c.truth(connected, heir)
    assert c.stored(connected, old) == set()
    event = AuditEvent.objects.get(event="contact.merged")
    assert event.before == {"xero_contact_id": str(old)}
    assert event.after == {"xero_contact_id": str(heir)}


def test_a_contact_renamed_in_xero_is_renamed_here(connected: Connected) -> None:
    contact = c.link(connected)
    connected.vendors.control(
        f"xero/{connected.connection.tenant_id}/contacts/{contact}/edit",
        {"Name": "Liman Diş Kliniği A.Ş."},
    )

    read(connected)

    link = ContactLink.objects.for_company(connected.company).get()
    assert link.contact_name == "Liman Diş Kliniği A.Ş."


def test_a_persons_refresh_brings_what_changed_and_its_time(connected: Connected) -> None:
    contact = c.link(connected)
    read(connected)
    c.seed(connected, contact, 2)
    now = timezone.now()

    outcome = contact_history.refresh(connected.connection, contact, now=now)

    assert outcome.outcome == "fresh"
    assert outcome.checked_at is not None
    assert outcome.checked_at >= now
    assert c.stored(connected, contact) == c.truth(connected, contact)


def test_a_failed_refresh_keeps_the_old_data_and_its_time(connected: Connected) -> None:
    contact = c.link(connected)
    read(connected)
    read_at = c.history(connected).read_at
    before = c.stored(connected, contact)
    c.fault(connected, kind="status", status=503, times=None)

    outcome = contact_history.refresh(connected.connection, contact, now=timezone.now())

    assert (outcome.outcome, outcome.checked_at) == ("failed", read_at)
    assert c.stored(connected, contact) == before


def test_unlinking_ends_the_reading_and_linking_again_begins_it_anew(
    connected: Connected,
) -> None:
    contact = c.link(connected)
    read(connected)
    kept = c.stored(connected, contact)

    gone = contact_links.unlink(
        connected.connection,
        organization_id=c.HARBOUR,
        person_id=None,
        by=connected.user,
        now=timezone.now(),
    )

    assert gone
    assert not ContactHistory.objects.for_company(connected.company).exists()
    assert c.stored(connected, contact) == kept
    c.seed(connected, contact, 1)
    c.link(connected)
    read(connected)
    assert c.stored(connected, contact) == c.truth(connected, contact)


def test_a_contact_of_two_customers_is_read_until_the_last_is_unlinked(
    connected: Connected,
) -> None:
    contact = c.link(connected)
    c.link(connected, organization_id=2)

    contact_links.unlink(
        connected.connection, organization_id=2, person_id=None, by=None, now=timezone.now()
    )

    assert c.history(connected).xero_contact_id == contact


def test_choosing_another_contact_reads_that_one_only(connected: Connected) -> None:
    c.link(connected)
    other = c.link(connected, "Castle Law LLP")

    assert c.history(connected).xero_contact_id == other
