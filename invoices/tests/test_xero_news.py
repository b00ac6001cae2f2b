"""What Xero tells of shows on the deal after one check, in whatever order it came (P-6, P-7)."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from connections.models import Company, Heartbeat, WebhookEvent, XeroConnection
from connections.tests import webhook_wire as wire
from connections.webhooks import waiting
from invoices import clock, contact_history, news, search_text
from invoices.models import Invoice, InvoiceEvent, Operation
from invoices.tests import rows
from invoices.tests import world as w
from mappings.models import ContactLink
from tests.vendors import Connected, connect

pytestmark = pytest.mark.django_db
State = WebhookEvent.State


def change(connected: Connected, invoice: str, action: str, **more: Any) -> None:
    tenant = connected.connection.tenant_id
    connected.vendors.control(f"xero/{tenant}/invoices/{invoice}/{action}", more)


def create(connected: Connected) -> str:
    """Make an invoice that awaits payment, and return Xero's id of it."""
    now = timezone.now()
    operation = w.send(w.press(connected, now=now), now=now)
    assert operation.state == Operation.State.DONE
    number = str(w.made(connected, operation)[0]["InvoiceID"])
    change(connected, number, "submit")
    change(connected, number, "approve")
    return number


def tell(connected: Connected, resource: str, at: datetime | None = None, **more: Any) -> None:
    """Have Xero tell that something has changed."""
    event = wire.xero_event(
        tenantId=str(connected.connection.tenant_id),
        resourceId=resource,
        eventDateUtc=(at or timezone.now()).replace(tzinfo=None).isoformat(timespec="milliseconds"),
        **more,
    )
    assert wire.tell_xero(wire.xero_body(event)).status_code == 200


def follow(after: float = 0, **changes: Any) -> int:
    now = clock.database_now() + timedelta(seconds=after)
    return news.follow(now=now, runtime=w.runtime(**changes))


def calls(connected: Connected) -> list[dict[str, Any]]:
    traffic = connected.vendors.control("traffic?vendor=xero")
    return [each for each in traffic if each["path"].endswith("/Invoices")]


def outcomes() -> list[tuple[str, str]]:
    return [(row.state, row.outcome) for row in WebhookEvent.objects.order_by("happened_at", "pk")]


def test_what_was_paid_in_xero_is_paid_here_after_one_call(connected: Connected) -> None:
    number = create(connected)
    change(connected, number, "pay")
    tell(connected, number)
    before = len(calls(connected))

    follow()

    assert rows.stored(connected.connection).xero_status == "PAID"
    assert len(calls(connected)) == before + 1
    row = WebhookEvent.objects.get()
    assert (row.state, row.outcome, row.company) == (State.DONE, "followed", connected.company)
    last = InvoiceEvent.objects.for_company(connected.company).order_by("-pk")[0]
    assert (last.source, last.xero_status) == ("webhook", "PAID")
    assert Heartbeat.objects.filter(name="webhooks").exists()


def test_many_events_of_one_organisation_are_one_call(connected: Connected) -> None:
    number = create(connected)
    now = timezone.now()
    for n in range(40):
        tell(connected, number if n % 2 else str(uuid4()), now - timedelta(seconds=n + 5))
    before = len(calls(connected))

    taken = follow()

    assert taken == 40
    assert len(calls(connected)) == before + 1
    assert sorted(set(outcomes())) == [(State.DONE, "followed"), (State.DONE, "not_kept")]


def test_events_repeated_and_shuffled_end_where_xero_is(connected: Connected) -> None:
    number = create(connected)
    told: list[datetime] = []
    for action in ("pay", "unpay", "pay", "unpay", "void"):
        change(connected, number, action)
        told.append(timezone.now())
    dice = random.Random(20261123)
    shuffled = told * 2
    dice.shuffle(shuffled)

    seen = []
    for step, at in enumerate(shuffled):
        tell(connected, number, at)
        follow(after=step * 60)
        seen.append(rows.stored(connected.connection).xero_status)

    assert set(seen) == {"VOIDED"}
    assert {state for state, _ in outcomes()} == {State.DONE}
    assert sum(row.copies for row in WebhookEvent.objects.all()) == 10


def test_an_organisation_is_not_asked_all_the_time(connected: Connected) -> None:
    number = create(connected)
    tell(connected, number, timezone.now() - timedelta(seconds=9))
    follow()
    change(connected, number, "pay")
    tell(connected, number)
    before = len(calls(connected))

    follow(webhook_gap_seconds=30)
    left = WebhookEvent.objects.get(state=State.NEW)
    follow(after=31, webhook_gap_seconds=30)

    polled_at = XeroConnection.objects.for_company(connected.company).get().polled_at
    assert polled_at is not None
    assert timedelta(0) < left.next_attempt_at - timezone.now() <= timedelta(seconds=30)
    assert len(calls(connected)) == before + 1
    assert rows.stored(connected.connection).xero_status == "PAID"


# Of 5,000 calls a day 1,500 are people's; half of the rest may go in bursts.
@pytest.mark.parametrize(
    ("left", "wait"), [(None, 0), (5000, 0), (3251, 0), (3250, 86_400 / 1750), (1500, 4 * 3600)]
)
def test_with_few_calls_left_today_people_keep_theirs(
    connected: Connected, left: int | None, wait: float
) -> None:
    number = create(connected)
    mine = XeroConnection.objects.for_company(connected.company)
    mine.update(day_calls_left=left, polled_at=timezone.now())
    tell(connected, number)
    before = len(calls(connected))

    follow(after=3)

    assert len(calls(connected)) == before + (0 if wait else 1)
    if wait:
        expected = mine.get().polled_at + timedelta(seconds=wait)
        assert abs(WebhookEvent.objects.get().next_attempt_at - expected) < timedelta(seconds=1)


def test_a_pause_that_xero_asked_for_is_kept(connected: Connected) -> None:
    number = create(connected)
    until = timezone.now() + timedelta(seconds=90)
    XeroConnection.objects.for_company(connected.company).update(pause_until=until)
    tell(connected, number)
    before = len(calls(connected))

    follow()

    assert len(calls(connected)) == before
    assert WebhookEvent.objects.get().next_attempt_at == until


def test_an_organisation_that_is_being_checked_is_asked_again_a_second_later(
    connected: Connected,
) -> None:
    number = create(connected)
    mine = XeroConnection.objects.for_company(connected.company)
    mine.update(poll_lease_until=timezone.now() + timedelta(seconds=60))
    change(connected, number, "pay")
    tell(connected, number)
    before = len(calls(connected))

    follow()
    assert len(calls(connected)) == before
    mine.update(poll_lease_until=None)
    follow(after=2)

    assert rows.stored(connected.connection).xero_status == "PAID"


def test_a_quiet_change_of_a_part_paid_invoice_is_read_by_its_id(connected: Connected) -> None:
    number = create(connected)
    change(connected, number, "pay", amount="1.00")
    tell(connected, number, timezone.now() - timedelta(seconds=30))
    follow()
    # Xero does not move the update time here (xero-api §5): only the notice tells of it.
    connected.vendors.control("clock", {"advance_seconds": 30})
    change(connected, number, "edit", DueDate="2027-01-31", bump=False)
    tell(connected, number, timezone.now() + timedelta(seconds=30))

    follow(after=10)
    late = WebhookEvent.objects.get(state=State.NEW)
    follow(after=20)

    assert late.attempts == 1
    assert str(rows.stored(connected.connection).due_date) == "2027-01-31"
    follow(after=120)
    assert set(outcomes()) == {(State.DONE, "followed")}
    assert follow(after=600) == 0


def test_while_xero_is_down_the_poll_takes_over(connected: Connected) -> None:
    number = create(connected)
    change(connected, number, "pay")
    connected.vendors.control(
        "faults", {"vendor": "xero", "path": "/Invoices$", "kind": "status", "status": 503}
    )
    tell(connected, number)

    follow()

    assert outcomes() == [(State.DONE, "left_to_poll")]
    row = XeroConnection.objects.for_company(connected.company).get()
    assert row.next_poll_at is not None
    assert row.next_poll_at < timezone.now() + timedelta(minutes=2)


@pytest.mark.parametrize("state", ["RECONNECT", "DISCONNECTED", "ROLE_REFUSED", "ENDED"])
def test_an_organisation_that_is_not_connected_is_not_asked(
    connected: Connected, state: str
) -> None:
    number = create(connected)
    XeroConnection.objects.for_company(connected.company).update(state=state)
    tell(connected, number)
    before = len(calls(connected))

    follow()

    assert len(calls(connected)) == before
    expected = "unknown_tenant" if state == "ENDED" else "not_connected"
    assert outcomes() == [(State.IGNORED, expected)]


def test_a_company_that_took_the_app_off_is_not_asked(connected: Connected) -> None:
    number = create(connected)
    Company.objects.update(state=Company.State.UNINSTALLED)
    tell(connected, number)
    before = len(calls(connected))

    follow()

    assert len(calls(connected)) == before
    assert outcomes() == [(State.IGNORED, "not_connected")]


def test_what_is_nothing_to_us_is_closed_and_says_why(connected: Connected) -> None:
    create(connected)
    now = timezone.now()
    tell(connected, str(uuid4()), now, eventCategory="PLANET")
    stranger = wire.xero_event(tenantId=str(uuid4()))
    assert wire.tell_xero(wire.xero_body(stranger)).status_code == 200

    follow()

    assert {outcome for _, outcome in outcomes()} == {"unknown_category", "unknown_tenant"}


@pytest.mark.parametrize("state", [Company.State.ACTIVE, Company.State.PAUSED])
def test_a_contact_renamed_in_xero_is_renamed_here(connected: Connected, state: str) -> None:
    create(connected)
    Company.objects.update(state=state)
    invoice = rows.stored(connected.connection)
    contact_id = invoice.xero_contact_id
    rows.link_contact(connected.connection, contact_id)
    tenant = connected.connection.tenant_id
    connected.vendors.control(
        f"xero/{tenant}/contacts/{contact_id}/edit", {"Name": "Işık Diş Kliniği"}
    )
    tell(connected, str(contact_id), eventCategory="CONTACT")

    follow()

    link = ContactLink.objects.for_company(connected.company).get(xero_contact_id=contact_id)
    assert link.contact_name == "Işık Diş Kliniği"
    invoice = rows.stored(connected.connection)
    assert invoice.contact_name == "Işık Diş Kliniği"
    # What the lists search and sort by.
    assert invoice.search_text == search_text.of_invoice(
        "Işık Diş Kliniği", invoice.number, invoice.reference
    )
    assert outcomes() == [(State.DONE, "followed")]


def test_a_contact_merged_in_xero_hands_its_link_and_invoices_on(connected: Connected) -> None:
    create(connected)
    invoice = rows.stored(connected.connection)
    gone = invoice.xero_contact_id
    rows.link_contact(connected.connection, gone)
    tenant = connected.connection.tenant_id
    heir = next(
        each["ContactID"]
        for each in w.holds(connected, "contacts")
        if each["ContactStatus"] == "ACTIVE" and each["ContactID"] != str(gone)
    )
    connected.vendors.control(f"xero/{tenant}/contacts/{gone}/merge", {"into": heir})
    tell(connected, str(gone), eventCategory="CONTACT")

    follow()
    contact_history.read_due(connected.connection.pk, now=timezone.now())
    contact_history.read_due(connected.connection.pk, now=timezone.now())

    assert str(ContactLink.objects.for_company(connected.company).get().xero_contact_id) == heir
    invoice.refresh_from_db()
    assert str(invoice.xero_contact_id) == heir


def test_a_contact_that_is_linked_to_nobody_costs_no_call(connected: Connected) -> None:
    tell(connected, str(uuid4()), eventCategory="CONTACT")
    before = len(connected.vendors.control("traffic?vendor=xero"))

    follow()

    assert len(connected.vendors.control("traffic?vendor=xero")) == before


def test_a_contact_is_asked_for_again_while_xero_is_down_and_then_given_up(
    connected: Connected,
) -> None:
    create(connected)
    contact_id = rows.stored(connected.connection).xero_contact_id
    rows.link_contact(connected.connection, contact_id)
    connected.vendors.control(
        "faults",
        {"vendor": "xero", "path": "/Contacts$", "kind": "status", "status": 500, "times": 9},
    )
    tell(connected, str(contact_id), eventCategory="CONTACT")

    for after in (0, 60, 120, 180):
        follow(after=after)

    assert outcomes() == [(State.DONE, "gave_up")]
    assert WebhookEvent.objects.get().attempts == 2


def test_an_event_that_nobody_foresaw_holds_up_no_other_organisation(
    connected: Connected,
) -> None:
    theirs = connect(connected.vendors, "zeynep.kaya@anadolu.example", "anadolu")
    tell(connected, str(uuid4()))
    WebhookEvent.objects.update(resource_id="no id")
    tell(theirs, str(uuid4()))
    tell(theirs, str(uuid4()), eventCategory="CONTACT")
    WebhookEvent.objects.filter(category="CONTACT").update(resource_id="no id")

    follow()

    odd, sound, contact = WebhookEvent.objects.order_by("pk")
    assert (sound.state, sound.outcome, sound.attempts) == (State.DONE, "not_kept", 0)
    assert (odd.state, odd.attempts) == (State.NEW, 1)
    assert (contact.state, contact.attempts) == (State.NEW, 1)
    for after in (60, 120, 180):
        follow(after=after)
    assert not WebhookEvent.objects.filter(state=State.NEW).exists()


def test_a_killed_worker_leaves_its_events_to_the_next_one(connected: Connected) -> None:
    number = create(connected)
    change(connected, number, "pay")
    tell(connected, number)
    from_the_dead = waiting.take(now=clock.database_now())

    assert len(from_the_dead) == 1
    assert follow() == 0
    follow(after=140)

    assert rows.stored(connected.connection).xero_status == "PAID"


def test_an_older_answer_never_overwrites_a_newer_one(connected: Connected) -> None:
    number = create(connected)
    change(connected, number, "pay")
    follow()
    tell(connected, number)
    follow(after=5)
    newest = rows.stored(connected.connection).xero_updated_at
    tell(connected, number, timezone.now() - timedelta(days=2))

    follow(after=60)

    invoice: Invoice = rows.stored(connected.connection)
    assert (invoice.xero_status, invoice.xero_updated_at) == ("PAID", newest)
