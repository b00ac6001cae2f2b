"""What is done to an invoice that exists, call by call (xero-api §4.6, §4.7)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from connections import errors
from connections.tests import wire
from connections.tests.xero_wire import INVOICE_ID, invoice_json, xero
from connections.xero import drafts, types

PDF = b"%PDF-1.4\n" + b"x" * 200
PAYMENT: dict[str, Any] = {
    "PaymentID": "p-1",
    "Status": "AUTHORISED",
    "Date": "/Date(1788220800000+0000)/",
    "Amount": 10.5,
    "Reference": "bank",
    "IsReconciled": True,
    "BatchPaymentID": "b-1",
}


def test_a_status_is_set_by_the_id_and_the_status_alone() -> None:
    body = drafts.StatusChange(INVOICE_ID, "VOIDED").to_json()
    answer = {"Invoices": [invoice_json(Status="VOIDED")]}

    with wire.serve(wire.answer(200, answer)) as server:
        read = xero(server.url).set_invoice_status(INVOICE_ID, body, idempotency_key="k-1")

    request = server.requests[0]
    assert (request.method, request.target) == (
        "POST",
        f"/api.xro/2.0/Invoices/{INVOICE_ID}?unitdp=4",
    )
    assert request.headers["idempotency-key"] == "k-1"
    assert request.body == (
        f'{{"Invoices":[{{"InvoiceID":"{INVOICE_ID}","Status":"VOIDED"}}]}}'.encode()
    )
    assert read.status == "VOIDED"


def test_a_refused_status_keeps_xeros_words() -> None:
    refusal = {
        "ErrorNumber": 10,
        "Type": "ValidationException",
        "Message": "A validation exception occurred",
        "Elements": [
            {"ValidationErrors": [{"Message": "Invoice not of valid status for modification"}]}
        ],
    }

    with (
        wire.serve(wire.answer(400, refusal)) as server,
        pytest.raises(errors.Rejected) as caught,
    ):
        xero(server.url).set_invoice_status(INVOICE_ID, "{}", idempotency_key="k")

    assert caught.value.messages == ("Invoice not of valid status for modification",)


def test_a_mail_is_an_empty_post_answered_by_nothing() -> None:
    with wire.serve(wire.answer(204, None)) as server:
        xero(server.url).email_invoice(INVOICE_ID, idempotency_key="k-1")

    request = server.requests[0]
    assert (request.method, request.target, request.body) == (
        "POST",
        f"/api.xro/2.0/Invoices/{INVOICE_ID}/Email",
        b"{}",
    )
    assert request.headers["idempotency-key"] == "k-1"


def test_a_mail_answered_by_anything_else_is_unsure() -> None:
    with (
        wire.serve(wire.answer(200, {"Status": "OK"})) as server,
        pytest.raises(errors.UnexpectedAnswer) as caught,
    ):
        xero(server.url).email_invoice(INVOICE_ID, idempotency_key="k")

    assert caught.value.is_unsure_for_write


def test_a_pdf_comes_as_its_bytes() -> None:
    with wire.serve(
        wire.answer(200, body=PDF, content_type="application/pdf; charset=x")
    ) as server:
        content = xero(server.url).get_invoice_pdf(INVOICE_ID)

    request = server.requests[0]
    assert (request.method, request.target) == ("GET", f"/api.xro/2.0/Invoices/{INVOICE_ID}")
    assert request.headers["accept"] == "application/pdf"
    assert content == PDF


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"<html>" + b"x" * 200, "text/html"),
        (b"<html>" + b"x" * 200, "application/pdf"),
        (PDF, "text/html"),
        (b"", "application/pdf"),
        (b"%PDF-", "application/pdf"),
        (b'{"Invoices":[]}' + b" " * 100, "application/json"),
    ],
)
def test_what_is_no_pdf_is_never_taken_for_one(content: bytes, content_type: str) -> None:
    with (
        wire.serve(wire.answer(200, body=content, content_type=content_type)) as server,
        pytest.raises(errors.UnexpectedAnswer),
    ):
        xero(server.url).get_invoice_pdf(INVOICE_ID)


def test_a_pdf_over_the_limit_is_cut_off() -> None:
    content = b"%PDF-1.4\n" + b"x" * (10 * 1024 * 1024)
    with (
        wire.serve(wire.answer(200, body=content, content_type="application/pdf")) as server,
        pytest.raises(errors.UnexpectedAnswer, match="too long"),
    ):
        xero(server.url).get_invoice_pdf(INVOICE_ID)


def test_a_history_is_read_in_xeros_words() -> None:
    row = {
        "Changes": "Email Sent",
        "DateUTC": "/Date(1788220800000+0000)/",
        "User": "Emma Clarke",
        "Details": "to a@b.example",
    }

    with wire.serve(wire.answer(200, {"HistoryRecords": [row]})) as server:
        records = xero(server.url).list_history(INVOICE_ID)

    assert server.requests[0].target == f"/api.xro/2.0/Invoices/{INVOICE_ID}/History"
    assert records == (
        types.HistoryRecord(
            "Email Sent", "to a@b.example", "Emma Clarke", datetime(2026, 9, 1, tzinfo=UTC)
        ),
    )


def test_a_payment_says_whether_it_is_reconciled() -> None:
    with wire.serve(wire.answer(200, {"Payments": [PAYMENT]})) as server:
        payment = xero(server.url).get_payment("p-1")

    assert server.requests[0].target == "/api.xro/2.0/Payments/p-1"
    assert payment == types.PaymentRecord(
        "p-1", "AUTHORISED", date(2026, 9, 1), Decimal("10.5"), "bank", True, "b-1"
    )


def test_a_payment_is_removed_by_its_status_alone() -> None:
    answer = {"Payments": [PAYMENT | {"Status": "DELETED"}]}

    with wire.serve(wire.answer(200, answer)) as server:
        payment = xero(server.url).delete_payment(
            "p-1", drafts.REMOVE_PAYMENT, idempotency_key="k-1"
        )

    request = server.requests[0]
    assert (request.method, request.target, request.body) == (
        "POST",
        "/api.xro/2.0/Payments/p-1",
        b'{"Status":"DELETED"}',
    )
    assert request.headers["idempotency-key"] == "k-1"
    assert payment.status == "DELETED"


def test_what_is_applied_and_whether_the_contact_has_an_address_are_read() -> None:
    credit = {"Date": "/Date(1788220800000+0000)/", "AppliedAmount": 5, "HasErrors": False}
    row = invoice_json(
        CreditNotes=[credit | {"CreditNoteID": "c-1", "CreditNoteNumber": "CN-1"}],
        Prepayments=[credit | {"PrepaymentID": "r-1"}],
        Overpayments=[credit | {"OverpaymentID": "o-1"}],
        HasAttachments=True,
        Contact={"ContactID": "c", "Name": "A", "ContactStatus": "ACTIVE", "EmailAddress": "a@b.c"},
    )

    with wire.serve(wire.answer(200, {"Invoices": [row]})) as server:
        read = xero(server.url).get_invoice(INVOICE_ID)

    day = date(2026, 9, 1)
    assert read.credit_notes == (types.Credit("c-1", day, Decimal(5), "CN-1"),)
    assert read.prepayments == (types.Credit("r-1", day, Decimal(5), ""),)
    assert read.overpayments == (types.Credit("o-1", day, Decimal(5), ""),)
    assert (read.has_attachments, read.has_contact_email) == (True, True)
