"""What a person who presses Create invoice relies on, ending by ending (reliability P-3)."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from connections.models import ApiCall, XeroConnection
from invoices import operations, sending
from invoices.models import DealInvoice, Invoice, InvoiceEvent, LineItem, Operation
from invoices.tests import world as w
from mappings.models import ContactLink
from tests.vendors import Connected

pytestmark = pytest.mark.django_db

State = Operation.State


def fault(connected: Connected, kind: str, **more: Any) -> None:
    connected.vendors.control(
        "faults",
        {"vendor": "xero", "method": "PUT", "path": "Invoices", "times": 1, "kind": kind} | more,
    )


def test_a_press_becomes_one_draft_in_xero_and_its_mirror_on_the_deal(
    connected: Connected,
) -> None:
    now = timezone.now()
    operation = w.press(connected, now=now)

    operation = w.send(operation, now=now)

    (truth,) = w.made(connected, operation)
    assert truth["Status"] == "DRAFT"
    assert operation.state == State.DONE
    assert operation.differences == []
    assert operation.lease_token is None
    invoice = Invoice.objects.for_company(connected.company).get()
    assert operation.invoice_id == invoice.pk
    assert str(invoice.xero_invoice_id) == truth["InvoiceID"]
    assert (invoice.number, invoice.xero_status) == (truth["InvoiceNumber"], "DRAFT")
    assert (str(invoice.total), invoice.currency_code) == ("21.0000", "GBP")
    assert invoice.tax_mode == "Exclusive"
    line = LineItem.objects.for_company(connected.company).get()
    assert (line.position, line.description, str(line.quantity)) == (1, "Oak desk", "2.0000")
    place = DealInvoice.objects.for_company(connected.company).get()
    assert (place.deal_id, place.invoice_id, place.is_made_by_app) == (w.DEAL, invoice.pk, True)
    event = InvoiceEvent.objects.for_company(connected.company).get()
    assert (event.source, event.xero_status) == ("created", "DRAFT")
    assert w.story(operation) == ["ready", "sending", "done"]


def test_a_known_contact_costs_one_call_and_it_is_on_record(connected: Connected) -> None:
    operation = w.press(connected)
    ApiCall.objects.across_companies().all().delete()

    w.send(operation, now=timezone.now())

    (write,) = w.writes(connected)
    assert write["path"].endswith("/Invoices")
    assert write["idempotency_key"]
    call = ApiCall.objects.for_company(connected.company).get()
    assert (call.operation, call.status, call.error_code) == ("xero.create_invoice", 200, "")


def test_a_doubled_message_does_nothing(connected: Connected) -> None:
    operation = w.press(connected)
    now = timezone.now()

    w.send(operation, now=now)
    w.send(operation, now=now)

    assert len(w.writes(connected)) == 1
    assert len(w.made(connected, operation)) == 1


@pytest.mark.parametrize(
    ("kind", "more", "is_made"),
    [
        ("reset_before", {}, False),
        ("reset_after", {}, True),
        ("timeout", {"seconds": 1.5, "commit": False}, False),
        ("timeout", {"seconds": 1.5, "commit": True}, True),
        ("status", {"status": 500}, False),
        ("status", {"status": 503, "body": "The Organisation is offline"}, False),
        ("status_after", {"status": 500}, True),
        ("cut", {"bytes": 40}, True),
        ("garble", {}, True),
        ("html", {}, True),
        ("alter", {"json_path": "Invoices.0.InvoiceID", "value": None}, True),
        ("alter", {"json_path": "Invoices", "value": {}}, True),
    ],
)
def test_an_unclear_answer_is_never_guessed(
    connected: Connected, settings: Any, kind: str, more: dict[str, Any], is_made: bool
) -> None:
    settings.PROVIDER_DEADLINE_SECONDS = 1.0
    fault(connected, kind, **more)
    now = timezone.now()

    operation = w.send(w.press(connected, now=now), now=now)

    assert operation.state == State.UNSURE
    assert operation.sends == 1
    assert len(w.made(connected, operation)) == is_made
    assert not Invoice.objects.for_company(connected.company).exists()

    settings.PROVIDER_DEADLINE_SECONDS = 25.0
    again = w.send(operation, now=operation.next_attempt_at + w.seconds(1))

    first, *rest = w.writes(connected)
    if again.state == State.DONE:
        assert {each["idempotency_key"] for each in rest} == {first["idempotency_key"]}
        assert [each["body"] for each in rest] == [first["body"]]
        assert len(w.made(connected, operation)) == 1
    else:
        # Xero answered the same key with what it had stored: only a look can tell.
        assert again.state == State.UNSURE
        assert Invoice.objects.for_company(connected.company).count() == 0


def test_three_identical_server_errors_end_the_resending(connected: Connected) -> None:
    fault(connected, "status", status=500, times=None)
    operation = w.press(connected)
    now = timezone.now()

    for _ in range(3):
        operation = w.send(operation, now=now)
        now = operation.next_attempt_at

    assert operation.equal_failures == 3
    assert operation.last_sent_at is not None
    assert operation.next_attempt_at == operation.last_sent_at + w.seconds(120)
    keys = {each["idempotency_key"] for each in w.writes(connected)}
    assert (len(w.writes(connected)), len(keys)) == (3, 1)


def test_a_refusal_keeps_xeros_words_and_ends_it(connected: Connected) -> None:
    operation = w.press(connected)
    Operation.objects.across_companies().filter(pk=operation.pk).update(
        request_body=operation.request_body.replace('"200"', '"9999"')
    )

    operation = w.send(operation, now=timezone.now())

    assert operation.state == State.REFUSED
    assert operation.error_code == "rejected"
    assert operation.error_status == 400
    assert any("9999" in message for message in operation.error_messages)
    assert w.made(connected, operation) == []
    assert not Invoice.objects.for_company(connected.company).exists()


@pytest.mark.parametrize(("problem", "wait"), [("minute", 26), ("day", 60000), ("weird", 60)])
def test_a_rate_limited_invoice_waits_as_long_as_xero_asked(
    connected: Connected, problem: str, wait: int
) -> None:
    fault(connected, "rate_limit", problem=problem, retry_after=wait)
    now = timezone.now()

    operation = w.send(w.press(connected, now=now), now=now)

    assert (operation.state, operation.waiting_for) == (State.WAITING, "limit")
    assert w.seconds(wait) <= operation.next_attempt_at - now < w.seconds(wait + 2)
    connection = XeroConnection.objects.for_company(connected.company).get()
    assert connection.pause_until is not None
    assert connection.pause_until >= now + w.seconds(wait)

    again = w.send(operation, now=operation.next_attempt_at + w.seconds(1))

    assert again.state == State.DONE
    assert len(w.made(connected, operation)) == 1


def test_the_whole_organisation_waits_for_a_limit(connected: Connected) -> None:
    fault(connected, "rate_limit", problem="minute", retry_after=30)
    now = timezone.now()
    w.send(w.press(connected, now=now), now=now)

    other = w.send(w.press(connected, now=now, deal_id=42), now=now + w.seconds(1))

    assert (other.state, other.waiting_for, other.attempts) == (State.WAITING, "limit", 0)
    assert len(w.writes(connected)) == 1


def test_xero_down_is_waited_for_and_the_press_goes_when_it_is_back(
    connected: Connected, settings: Any
) -> None:
    settings.XERO_API_URL = "http://127.0.0.1:1"
    now = timezone.now()

    operation = w.send(w.press(connected, now=now), now=now)

    assert (operation.state, operation.waiting_for) == (State.WAITING, "outage")
    assert (operation.error_code, operation.idempotency_key) == ("unreachable", "")
    connection = XeroConnection.objects.for_company(connected.company).get()
    assert connection.pause_reason == "outage"

    settings.XERO_API_URL = connected.vendors.xero_url
    again = w.send(operation, now=operation.next_attempt_at + w.seconds(1))

    assert again.state == State.DONE
    assert len(w.made(connected, operation)) == 1


def test_a_token_that_ends_during_the_call_is_renewed_and_the_same_key_is_sent(
    connected: Connected,
) -> None:
    connected.vendors.control("clock", {"advance_seconds": 1801})
    now = timezone.now()

    operation = w.send(w.press(connected, now=now), now=now)

    assert operation.state == State.DONE
    keys = [each["idempotency_key"] for each in w.writes(connected)]
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert len(w.made(connected, operation)) == 1


def test_a_lost_organisation_stops_the_traffic_and_a_reconnect_lets_it_go(
    connected: Connected,
) -> None:
    tenant = connected.connection.tenant_id
    connected.vendors.control(f"xero/{tenant}/disconnect", {})
    now = timezone.now()
    operation = w.send(w.press(connected, now=now), now=now)
    other = w.press(connected, now=now, deal_id=42)

    other = w.send(other, now=now)

    assert (operation.state, operation.waiting_for) == (State.WAITING, "connection")
    assert (other.state, other.waiting_for) == (State.WAITING, "connection")
    assert len(w.writes(connected)) == 1
    assert sending.sweep(now=now + w.seconds(60), runtime=w.runtime()) == 0


def test_paused_sending_keeps_presses_ready(connected: Connected) -> None:
    now = timezone.now()

    operation = w.send(w.press(connected, now=now), now=now, sending_paused=True)

    assert operation.state == State.READY
    assert w.writes(connected) == []
    assert sending.sweep(now=now, runtime=w.runtime(sending_paused=True)) == 0
    assert sending.sweep(now=now, runtime=w.runtime()) == 1


def test_a_lease_that_ended_while_sending_means_unsure(connected: Connected) -> None:
    now = timezone.now()
    operation = w.press(connected, now=now)
    operations.move(
        operation,
        State.SENDING,
        now=now,
        sends=1,
        idempotency_key="k",
        first_sent_at=now,
        last_sent_at=now,
        lease_token=operation.id,
        lease_until=now + w.seconds(90),
    )

    early = w.send(operation, now=now + w.seconds(89))
    assert early.state == State.SENDING

    late = w.send(operation, now=now + w.seconds(91))

    assert late.state == State.UNSURE
    assert late.lease_token is None
    assert w.writes(connected) == []


def test_an_answer_that_differs_is_stored_and_shown_as_it_is(connected: Connected) -> None:
    fault(connected, "alter", json_path="Invoices.0.LineItems.0.Quantity", value=3)
    now = timezone.now()

    operation = w.send(w.press(connected, now=now), now=now)

    assert operation.state == State.DONE
    assert operation.differences == [
        {"line": 1, "field": "quantity", "confirmed": "2", "in_xero": "3"}
    ]


def test_an_invoice_waits_for_its_new_contact_and_then_goes_to_it(connected: Connected) -> None:
    now = timezone.now()
    contact = w.press_contact(connected, "Yıldız Mobilya", now=now)
    invoice = w.press(connected, now=now, depends_on=contact)
    assert w.send(invoice, now=now).state == State.WAITING

    contact = w.send(contact, now=now)
    invoice = w.send(invoice, now=now + w.seconds(5))

    assert (contact.state, invoice.state) == (State.DONE, State.DONE)
    (truth,) = w.made(connected, invoice)
    assert truth["Contact"]["ContactID"] == str(contact.xero_contact_id)
    assert truth["Contact"]["Name"] == "Yıldız Mobilya"
    link = ContactLink.objects.for_company(connected.company).get()
    assert (link.entity, link.pipedrive_id) == ("organization", 5)
    assert link.xero_contact_id == contact.xero_contact_id


def test_a_refused_contact_refuses_its_invoice_with_the_same_words(connected: Connected) -> None:
    taken = w.holds(connected, "contacts")[0]["Name"]
    now = timezone.now()
    contact = w.press_contact(connected, taken, now=now)
    invoice = w.press(connected, now=now, depends_on=contact)

    contact = w.send(contact, now=now)

    invoice = w.fresh(invoice)
    assert (contact.state, invoice.state) == (State.REFUSED, State.REFUSED)
    assert contact.error_messages
    assert invoice.error_messages == contact.error_messages
    assert not ContactLink.objects.for_company(connected.company).exists()


def test_no_more_calls_at_once_than_an_organisation_allows(connected: Connected) -> None:
    now = timezone.now()
    for number in range(4):
        busy = w.press(connected, now=now, deal_id=100 + number)
        operations.move(
            busy,
            State.SENDING,
            now=now,
            first_sent_at=now,
            lease_token=busy.id,
            lease_until=now + w.seconds(90),
        )

    operation = w.send(w.press(connected, now=now), now=now)

    assert operation.state == State.READY
    assert w.writes(connected) == []
