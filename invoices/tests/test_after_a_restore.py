"""A database that came back from a backup makes nothing twice and trusts no old grant (P-20)."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from connections.models import AuditEvent, XeroAuthorisation, XeroConnection
from invoices import queries, restoring
from invoices.models import Operation
from invoices.tests import world as w
from tests.vendors import Connected

LATER = timedelta(seconds=121)


@pytest.mark.parametrize("state", ["ready", "sending", "unsure", "waiting"])
def test_a_press_that_was_sent_after_the_backup_is_found_and_not_sent_again(
    connected: Connected, state: str
) -> None:
    now = timezone.now()
    operation = w.press(connected, now=now)
    w.send(operation, now=now)
    bring_back(operation, state, connected)

    doubt(now)
    found = w.send(w.fresh(operation), now=now + LATER)

    assert found.state == "done"
    assert len(w.made(connected, operation)) == 1
    assert len(w.writes(connected)) == 1


def test_a_press_that_was_never_sent_is_sent_after_a_look(connected: Connected) -> None:
    now = timezone.now()
    operation = w.press(connected, now=now)

    doubt(now)
    assert w.send(w.fresh(operation), now=now + timedelta(seconds=1)).state == "looking"
    looked = w.send(w.fresh(operation), now=now + LATER)

    assert (looked.state, looked.generation) == ("ready", 2)
    assert w.send(looked, now=now + LATER * 2).state == "done"
    assert w.story(operation) == ["ready", "looking", "ready", "sending", "done"]


def test_what_waited_for_its_contact_looks_and_then_waits_for_it_again(
    connected: Connected,
) -> None:
    now = timezone.now()
    contact = w.press_contact(connected, "Harbour Cafe", now=now)
    invoice = w.press(connected, now=now, depends_on=contact)

    doubt(now)
    waiting = w.send(w.fresh(invoice), now=now + LATER)
    assert (waiting.state, waiting.waiting_for) == ("waiting", "contact")
    w.send(w.send(w.fresh(contact), now=now + LATER), now=now + LATER * 2)

    assert w.send(w.fresh(invoice), now=now + LATER * 3).state == "done"
    assert len(w.made(connected, invoice)) == 1


def test_a_contact_that_was_made_first_does_not_leave_its_invoice_behind(
    connected: Connected,
) -> None:
    now = timezone.now()
    contact = w.press_contact(connected, "Harbour Cafe", now=now)
    invoice = w.press(connected, now=now, depends_on=contact)

    doubt(now)
    w.send(w.send(w.fresh(contact), now=now + LATER), now=now + LATER * 2)
    assert w.fresh(contact).state == "done"
    # It looks first; by then its contact is there, so it waits for nothing.
    assert w.send(w.fresh(invoice), now=now + LATER * 3).state == "ready"

    assert w.send(w.fresh(invoice), now=now + LATER * 4).state == "done"


def test_what_had_ended_stays_as_it_is(connected: Connected) -> None:
    now = timezone.now()
    done = w.send(w.press(connected, now=now), now=now)

    assert doubt(now).operations == 0
    assert w.story(done) == w.story(w.fresh(done))


def test_a_connection_is_used_once_it_has_shown_that_it_works(connected: Connected) -> None:
    before = XeroAuthorisation.objects.get().generation

    said = StringIO()
    call_command("after_restore", stdout=said)

    assert XeroConnection.objects.across_companies().get().state == "ACTIVE"
    assert XeroAuthorisation.objects.get().generation == before + 1
    assert "Of 1 connections 1 have shown that they work" in said.getvalue()
    assert AuditEvent.objects.filter(event="restore.doubted").count() == 1


def test_a_grant_that_is_gone_meanwhile_sends_nothing(connected: Connected) -> None:
    now = timezone.now()
    operation = w.press(connected, now=now)
    connected.vendors.control("xero/revoke", {"email": connected.user.email})

    assert doubt(now).proven == 0

    assert XeroConnection.objects.across_companies().get().state == "RECONNECT"
    w.send(w.fresh(operation), now=now + LATER)
    assert w.writes(connected) == []
    assert queries.list_due(now + LATER, is_sending_paused=False) == []


def test_a_connection_that_cannot_show_it_yet_stays_shut(connected: Connected) -> None:
    now = timezone.now()
    operation = w.press(connected, now=now)
    fault = {"vendor": "xero", "kind": "status", "status": 503}
    connected.vendors.control("faults", fault | {"times": 1000})

    assert doubt(now).proven == 0

    assert XeroConnection.objects.across_companies().get().state == "DISCONNECTED"
    assert queries.list_due(now + LATER, is_sending_paused=False) == []
    w.send(w.fresh(operation), now=now + LATER)
    assert w.story(operation) == ["ready", "looking"]


def doubt(now: datetime) -> restoring.Doubted:
    return restoring.doubt_everything(now=now, runtime=w.runtime())


def bring_back(operation: Operation, state: str, connected: Connected) -> None:
    """Put a row back to what a backup of a moment before held of it."""
    lease = {"lease_token": operation.pk, "lease_until": operation.created_at}
    Operation.objects.across_companies().filter(pk=operation.pk).update(
        state=state,
        invoice=None,
        finished_at=None,
        waiting_for="outage" if state == "waiting" else "",
        **(lease if state == "sending" else {}),
    )
