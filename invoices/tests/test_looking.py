"""What becomes of a press whose outcome nobody knows: found, sent anew, or handed to a person."""

from __future__ import annotations

import json
import time
import uuid
from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone

from connections.models import AuditEvent
from connections.xero.drafts import ContactChange
from invoices import operations, settling
from invoices.models import DealInvoice, Invoice, InvoiceEvent, Operation
from invoices.tests import world as w
from mappings.models import ContactLink
from tests.vendors import Connected

pytestmark = pytest.mark.django_db

State = Operation.State


def fault(connected: Connected, kind: str, path: str = "Invoices", **more: Any) -> None:
    connected.vendors.control(
        "faults",
        {"vendor": "xero", "method": "PUT", "path": path, "times": 1, "kind": kind} | more,
    )


def unsure(connected: Connected, kind: str, *, now: datetime, **more: Any) -> Operation:
    """Return a press that ended like this, too long ago to be sent again with its key."""
    fault(connected, kind, **more)
    operation = w.send(w.press(connected, now=now), now=now)
    assert operation.state == State.UNSURE
    return operation


def look(operation: Operation, **changes: Any) -> Operation:
    """Let a worker look, after the window for resending has closed."""
    assert operation.first_sent_at is not None
    return w.send(operation, now=operation.first_sent_at + w.seconds(241), **changes)


def test_what_xero_made_is_found_and_adopted(connected: Connected) -> None:
    operation = unsure(connected, "reset_after", now=timezone.now())

    operation = look(operation)

    (truth,) = w.made(connected, operation)
    invoice = Invoice.objects.for_company(connected.company).get()
    assert (operation.state, operation.invoice_id) == (State.DONE, invoice.pk)
    assert str(invoice.xero_invoice_id) == truth["InvoiceID"]
    assert DealInvoice.objects.for_company(connected.company).get().deal_id == w.DEAL
    assert InvoiceEvent.objects.for_company(connected.company).get().source == "adopted"
    assert w.story(operation) == ["ready", "sending", "unsure", "looking", "done"]
    assert len(w.writes(connected)) == 1


def test_what_arrives_after_we_gave_up_is_found_and_never_made_twice(connected: Connected) -> None:
    operation = unsure(connected, "late", now=timezone.now(), seconds=1)
    assert w.made(connected, operation) == []
    time.sleep(1.5)

    operation = look(operation)

    assert operation.state == State.DONE
    assert len(w.made(connected, operation)) == 1


def test_a_look_before_the_pause_has_passed_is_not_made(connected: Connected) -> None:
    operation = unsure(connected, "reset_before", now=timezone.now())
    assert operation.last_sent_at is not None

    waiting = w.send(operation, now=operation.last_sent_at + w.seconds(119), last_resend_seconds=60)

    assert waiting.state == State.UNSURE
    assert waiting.next_attempt_at == operation.last_sent_at + w.seconds(120)
    assert len(w.writes(connected)) == 1


def test_what_is_not_there_is_sent_anew_with_a_new_key_only_after_the_look(
    connected: Connected,
) -> None:
    operation = unsure(connected, "reset_before", now=timezone.now())

    operation = look(operation)
    assert (operation.state, operation.generation) == (State.READY, 2)
    operation = w.send(operation, now=operation.next_attempt_at)

    assert operation.state == State.DONE
    assert len(w.made(connected, operation)) == 1
    traffic = connected.vendors.control("traffic?vendor=xero")
    lines = [
        (each["method"], each["idempotency_key"])
        for each in traffic
        if each["path"].endswith("/Invoices")
    ]
    assert [method for method, _ in lines] == ["PUT", "GET", "PUT"]
    assert lines[0][1] != lines[2][1]


@pytest.mark.parametrize(
    ("action", "status"), [("edit", "DRAFT"), ("delete", "DELETED"), ("approve", "AUTHORISED")]
)
def test_an_invoice_that_somebody_changed_meanwhile_is_still_ours(
    connected: Connected, action: str, status: str
) -> None:
    operation = unsure(connected, "reset_after", now=timezone.now())
    (truth,) = w.made(connected, operation)
    tenant = connected.connection.tenant_id
    change = {"Reference": "changed by hand"} if action == "edit" else {}
    connected.vendors.control(f"xero/{tenant}/invoices/{truth['InvoiceID']}/{action}", change)

    operation = look(operation)

    assert operation.state == State.DONE
    assert Invoice.objects.for_company(connected.company).get().xero_status == status
    assert len(w.made(connected, operation)) == 1


def test_two_of_one_press_need_a_person_and_are_reported(
    connected: Connected, caplog: pytest.LogCaptureFixture
) -> None:
    operation = unsure(connected, "reset_after", now=timezone.now())
    twin = w.press(connected, deal_id=42, request_body=operation.request_body)
    w.send(twin, now=timezone.now())
    Invoice.objects.across_companies().all().update(xero_status="DRAFT")
    assert len(w.made(connected, operation)) == 2

    operation = look(operation)

    assert (operation.state, operation.error_code) == (State.NEEDS_PERSON, "two_in_xero")
    assert operation.invoice_id is None
    assert "two_invoices_of_one_operation" in caplog.text


def test_after_three_keys_a_person_must_decide(connected: Connected) -> None:
    fault(connected, "reset_before", times=None)
    operation = w.press(connected)
    now = timezone.now()

    for _ in range(3):
        operation = w.send(operation, now=now)
        operation = w.send(operation, now=now + w.seconds(300))
        now = operation.next_attempt_at

    assert (operation.state, operation.error_code) == (State.NEEDS_PERSON, "generations_spent")
    assert len({each["idempotency_key"] for each in w.writes(connected)}) == 3
    assert w.made(connected, operation) == []


def test_support_lets_it_go_on_and_it_looks_before_it_sends(connected: Connected) -> None:
    fault(connected, "reset_before")
    now = timezone.now()
    operation = w.send(w.press(connected, now=now), now=now)
    operation = look(operation, max_generations=1)
    assert operation.state == State.NEEDS_PERSON

    is_retried = settling.retry(operation, by=connected.user, reason="Xero was ill", now=now)
    operation = look(operation, max_generations=1)
    assert (operation.state, operation.generation) == (State.READY, 1)
    operation = w.send(operation, now=operation.next_attempt_at, max_generations=1)

    assert is_retried
    assert operation.state == State.DONE
    assert len(w.made(connected, operation)) == 1
    audit = AuditEvent.objects.get(event="operation.retried")
    assert (audit.reason, audit.subject) == ("Xero was ill", f"operation:{operation.id}")
    assert not settling.retry(operation, by=connected.user, reason="again", now=now)


def test_a_look_that_fails_is_made_again_and_does_not_count(connected: Connected) -> None:
    operation = unsure(connected, "reset_after", now=timezone.now())
    connected.vendors.control(
        "faults",
        {"vendor": "xero", "method": "GET", "path": "Invoices", "times": 1, "kind": "garble"},
    )

    operation = look(operation)
    assert (operation.state, operation.looks, operation.lease_token) == (State.LOOKING, 1, None)
    operation = w.send(operation, now=operation.next_attempt_at + w.seconds(1))

    assert operation.state == State.DONE
    assert len(w.writes(connected)) == 1


def test_a_resend_that_was_turned_away_leaves_the_first_one_unknown(connected: Connected) -> None:
    operation = unsure(connected, "reset_after", now=timezone.now())
    fault(connected, "rate_limit", problem="minute", retry_after=20)

    operation = w.send(operation, now=operation.next_attempt_at + w.seconds(1))
    assert (operation.state, operation.sends) == (State.UNSURE, 2)
    operation = w.send(operation, now=operation.next_attempt_at + w.seconds(1))

    assert operation.state == State.DONE
    assert len({each["idempotency_key"] for each in w.writes(connected)}) == 1
    assert len(w.made(connected, operation)) == 1


def test_a_contact_that_xero_made_unheard_is_found_by_its_number(connected: Connected) -> None:
    fault(connected, "reset_after", path="Contacts")
    now = timezone.now()
    contact = w.press_contact(connected, "Yıldız Mobilya", now=now)
    invoice = w.press(connected, now=now, depends_on=contact)
    contact = w.send(contact, now=now)
    assert contact.state == State.UNSURE

    contact = look(contact)

    assert contact.state == State.DONE
    link = ContactLink.objects.for_company(connected.company).get()
    assert link.xero_contact_id == contact.xero_contact_id
    invoice = w.fresh(invoice)
    assert invoice.state == State.READY
    sent = json.loads(invoice.request_body)["Invoices"][0]
    assert sent["Contact"] == {"ContactID": str(contact.xero_contact_id)}
    names = [each["Name"] for each in w.holds(connected, "contacts")]
    assert names.count("Yıldız Mobilya") == 1


def test_a_phone_number_that_never_arrived_is_not_taken_for_changed(connected: Connected) -> None:
    now = timezone.now()
    change = ContactChange(w.contact_id(connected), phone="+44 20 7946 0000")
    operation = operations.record(
        company=connected.company,
        connection=connected.connection,
        kind=Operation.Kind.UPDATE_CONTACT,
        submission_id=uuid.uuid4(),
        body=change.to_json(),
        summary={},
        xero_contact_id=change.contact_id,
        requested_by=connected.user,
        now=now,
    )
    fault(connected, "reset_before", path="Contacts", method="POST")
    operation = w.send(operation, now=now)
    assert operation.state == State.UNSURE

    operation = look(operation)
    assert operation.state == State.READY
    operation = w.send(operation, now=now + w.seconds(300))

    assert operation.state == State.DONE
    (phones,) = (
        each["Phones"]
        for each in w.holds(connected, "contacts")
        if each["ContactID"] == change.contact_id
    )
    main = [each["PhoneNumber"] for each in phones if each["PhoneType"] == "DEFAULT"]
    assert main == [change.phone]
