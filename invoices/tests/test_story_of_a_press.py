"""What became of a press is told by the audit trail alone, one id from the press to Xero (P-21)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import structlog
from django.test import Client
from django.utils import timezone

from connections.models import ApiCall, AuditEvent
from invoices import sending
from invoices.models import Operation
from invoices.tests import pressing as p
from invoices.tests import world as w
from invoices.tests.dialog_page import DialogPage
from tests.vendors import Connected

pytestmark = pytest.mark.django_db
REFIT = 1


def test_a_creation_is_told_from_the_press_to_the_invoice(
    connected: Connected, client: Client
) -> None:
    client.force_login(connected.user)
    DialogPage(client, REFIT).link_all("er").press("contact:0").press("create")
    operation = Operation.objects.for_company(connected.company).get()
    structlog.contextvars.clear_contextvars()

    sending.send(operation.pk, now=timezone.now())

    pressed, ended = tell(operation)
    assert (pressed["event"], ended["event"]) == ("invoice.requested", "invoice.create.done")
    assert (pressed["actor"], ended["actor"]) == (connected.user.pk, None)
    assert pressed["company"] == ended["company"] == connected.company.pk
    assert pressed["after"]["deal_id"] == ended["after"]["deal_id"] == REFIT
    (truth,) = w.made(connected, operation)
    assert ended["after"]["xero_invoice_id"] == truth["InvoiceID"]
    assert (ended["after"]["xero_status"], ended["after"]["attempts"]) == ("DRAFT", 1)
    assert pressed["at"] < ended["at"]
    # One id joins the press, its row, the call to Xero and the end.
    press_id = operation.correlation_id
    assert press_id != ""
    assert {pressed["correlation_id"], ended["correlation_id"]} == {press_id}
    calls = ApiCall.objects.for_company(connected.company).filter(correlation_id=press_id)
    assert "xero.create_invoice" in [*calls.values_list("operation", flat=True)]


def test_doubts_and_how_they_ended_are_told_as_well(connected: Connected) -> None:
    now = timezone.now()
    connected.vendors.control(
        "faults",
        {"vendor": "xero", "method": "PUT", "path": "Invoices", "times": 1, "kind": "reset_after"},
    )
    operation = w.send(w.press(connected, now=now), now=now)

    w.send(operation, now=now + timedelta(seconds=300))

    assert [each["event"] for each in tell(operation)] == [
        "invoice.create.unsure",
        "invoice.create.looking",
        "invoice.create.done",
    ]
    assert tell(operation)[-1]["after"]["detail"] == "adopted"


def test_an_action_is_told_with_its_invoice(connected: Connected) -> None:
    p.allow(connected)
    invoice = p.make(connected)
    now = timezone.now()
    operation = p.press("approve", connected, invoice, now=now)

    w.send(operation, now=now)

    pressed, ended = tell(operation)
    assert pressed["event"] == "invoice.approve.requested"
    assert ended["event"] == "invoice.approve.done"
    assert pressed["after"]["invoice"] == ended["after"]["invoice"] == invoice.pk


def test_a_refusal_is_told_with_its_code(connected: Connected) -> None:
    now = timezone.now()
    operation = w.press(connected, now=now, request_body='{"Invoices": [{}]}')

    operation = w.send(operation, now=now)

    (ended,) = tell(operation)
    assert ended["event"] == "invoice.create.refused"
    assert ended["after"]["error_code"] == operation.error_code != ""


def tell(operation: Operation) -> list[dict[str, Any]]:
    """Return what the trail, and nothing else, knows of an operation, the oldest first."""
    rows = AuditEvent.objects.filter(subject=f"operation:{operation.pk}").order_by("pk")
    names = ("event", "actor", "company", "after", "correlation_id", "at")
    return [dict(zip(names, each, strict=True)) for each in rows.values_list(*names)]
