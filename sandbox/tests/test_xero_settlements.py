"""What settles an invoice beside a plain payment: batches, bank lines, credits of three kinds."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests

from sandbox.tests.conftest import Sandbox
from sandbox.tests.xero_client import Xero

CODE = "!Br1gh"
APPLIED = "because it has payments or credit notes allocated to it"


@pytest.fixture
def xero(sandbox: Sandbox) -> Xero:
    return Xero.connect(sandbox)


def approved(xero: Xero) -> dict[str, Any]:
    invoice = xero.create()
    xero.act(invoice, "approve")
    return invoice


@pytest.mark.parametrize(
    ("kind", "name", "key"),
    [
        ("credit_note", "CreditNotes", "CreditNoteID"),
        ("prepayment", "Prepayments", "PrepaymentID"),
        ("overpayment", "Overpayments", "OverpaymentID"),
    ],
)
def test_each_kind_of_credit_stands_in_its_own_list_and_can_be_taken_off(
    xero: Xero, kind: str, name: str, key: str
) -> None:
    invoice = approved(xero)

    xero.act(invoice, "credit", kind=kind, amount="5.00")
    held = xero.read(invoice)
    others = {"CreditNotes", "Prepayments", "Overpayments"} - {name}
    refused = xero.send("POST", f"Invoices/{invoice['InvoiceID']}", status_body(invoice))
    xero.act(invoice, "uncredit", credit_id=held[name][0][key])

    assert [each["AppliedAmount"] for each in held[name]] == [5]
    assert all(held[each] == [] for each in others)
    assert APPLIED in str(refused.json())
    assert xero.read(invoice)["AmountDue"] == xero.read(invoice)["Total"]


def status_body(invoice: dict[str, Any]) -> dict[str, str]:
    return {"InvoiceID": invoice["InvoiceID"], "Status": "VOIDED"}


def test_a_payment_of_a_batch_names_it_and_is_not_removed_alone(xero: Xero) -> None:
    invoice = approved(xero)
    xero.act(invoice, "pay", batch=True)
    payment_id = xero.read(invoice)["Payments"][0]["PaymentID"]

    payment = xero.get(f"Payments/{payment_id}")["Payments"][0]
    answer = xero.send("POST", f"Payments/{payment_id}", {"Status": "DELETED"})

    assert re.fullmatch(r"[0-9a-f-]{36}", payment["BatchPaymentID"])
    assert answer.status_code == 400
    assert xero.read(invoice)["Status"] == "PAID"


def test_a_bank_line_is_matched_and_unmatched_without_touching_the_invoice(xero: Xero) -> None:
    invoice = approved(xero)
    xero.act(invoice, "pay")
    before = xero.read(invoice)
    payment_id = before["Payments"][0]["PaymentID"]

    def is_reconciled() -> bool:
        found: bool = xero.get(f"Payments/{payment_id}")["Payments"][0]["IsReconciled"]
        return found

    xero.act(invoice, "reconcile")
    matched = is_reconciled()
    xero.act(invoice, "unreconcile", payment_id=payment_id)

    assert (matched, is_reconciled()) == (True, False)
    assert xero.read(invoice)["UpdatedDateUTC"] == before["UpdatedDateUTC"]


def test_the_invoice_page_and_the_outbox_show_it_all(xero: Xero) -> None:
    invoice = approved(xero)
    xero.act(invoice, "credit", kind="prepayment", amount="5.00")
    xero.act(invoice, "pay", batch=True, reconciled=True)
    xero.send("POST", f"Invoices/{invoice['InvoiceID']}/Email", {})
    base = f"{xero.sandbox.xero}/app/{CODE}"

    page = requests.get(f"{base}/invoicing/view/{invoice['InvoiceID']}", timeout=10).text
    outbox = requests.get(f"{base}/outbox/", timeout=10).text

    for word in ("Prepayment", "reconciled", "batch", "Remove credit", "Undo reconciling"):
        assert word in page, word
    assert xero.read(invoice)["InvoiceNumber"] in outbox
    assert "@" in outbox


def test_the_pdf_holds_every_line_and_turkish_letters(xero: Xero) -> None:
    line = {"Quantity": 1, "UnitAmount": "1.00", "AccountCode": "200"}
    lines = [{**line, "Description": f"Işık şöleni {n}"} for n in range(1, 101)]
    invoice = xero.create(LineItems=lines)

    answer = xero.send(
        "GET", f"Invoices/{invoice['InvoiceID']}", headers={"Accept": "application/pdf"}
    )

    content: bytes = answer.content
    assert b"/Count 4" in content
    assert content.count(b"Tj ET") > 100
    assert "I\x90\x8dk \x90öleni 100".encode("latin-1") in content
    assert all(code in content for code in (b"/scedilla", b"/dotlessi", b"/gbreve"))
