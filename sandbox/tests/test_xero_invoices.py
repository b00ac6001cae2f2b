"""Invoices move between statuses, and are edited, as in Xero."""

from decimal import Decimal
from typing import Any

import pytest
import requests

from sandbox.tests.conftest import Sandbox
from sandbox.tests.xero_client import Xero, messages_of, parse

D = Decimal
INVALID = "Invoice not of valid status for modification"
APPLIED = (
    "The status VOIDED cannot be applied to the invoice because it has payments or credit notes "
    "allocated to it."
)


@pytest.fixture
def xero(sandbox: Sandbox) -> Xero:
    """Emma in Brightside."""
    return Xero.connect(sandbox)


def in_status(xero: Xero, status: str) -> dict[str, Any]:
    """Return an invoice brought into a status."""
    invoice = xero.create()
    for step in {
        "DRAFT": [],
        "SUBMITTED": ["submit"],
        "AUTHORISED": ["approve"],
        "PAID": ["approve", "pay"],
        "VOIDED": ["approve", "void"],
        "DELETED": ["delete"],
    }[status]:
        xero.act(invoice, step)
    return xero.read(invoice)


def move(xero: Xero, invoice: dict[str, Any], status: str) -> Any:
    """Ask the API for another status with nothing else in the body."""
    body = {"InvoiceID": invoice["InvoiceID"], "Status": status}
    return xero.send("POST", f"Invoices/{invoice['InvoiceID']}", body)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("DRAFT", "SUBMITTED"), ("DRAFT", "AUTHORISED"), ("DRAFT", "DELETED"),
        ("SUBMITTED", "DRAFT"), ("SUBMITTED", "AUTHORISED"), ("SUBMITTED", "DELETED"),
        ("AUTHORISED", "VOIDED"),
    ],
)  # fmt: skip
def test_these_moves_are_allowed(xero: Xero, before: str, after: str) -> None:
    invoice = in_status(xero, before)

    answer = move(xero, invoice, after)

    assert answer.status_code == 200
    assert xero.read(invoice)["Status"] == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("DRAFT", "VOIDED"), ("DRAFT", "PAID"), ("AUTHORISED", "DRAFT"),
        ("AUTHORISED", "SUBMITTED"), ("AUTHORISED", "DELETED"), ("AUTHORISED", "PAID"),
        ("PAID", "DRAFT"), ("PAID", "AUTHORISED"), ("VOIDED", "AUTHORISED"),
        ("VOIDED", "DELETED"), ("DELETED", "DRAFT"),
    ],
)  # fmt: skip
def test_these_moves_are_refused_and_change_nothing(xero: Xero, before: str, after: str) -> None:
    invoice = in_status(xero, before)

    answer = move(xero, invoice, after)

    assert messages_of(answer) == [INVALID]
    assert xero.read(invoice) == invoice


@pytest.mark.parametrize("status", ["PAID", "VOIDED", "DELETED"])
def test_a_new_invoice_cannot_start_at_the_end(xero: Xero, status: str) -> None:
    answer = xero.send("PUT", "Invoices", {"Invoices": [xero.element(Status=status)]})

    assert messages_of(answer) == [INVALID]
    assert answer.json()["Elements"][0]["InvoiceID"] == "00000000-0000-0000-0000-000000000000"


def test_a_part_paid_invoice_cannot_be_voided(xero: Xero) -> None:
    invoice = in_status(xero, "AUTHORISED")
    xero.act(invoice, "pay", amount="5.00")

    answer = move(xero, invoice, "VOIDED")

    assert messages_of(answer) == [APPLIED]
    assert xero.read(invoice)["Status"] == "AUTHORISED"


def test_voiding_with_the_whole_object_fails(xero: Xero) -> None:
    invoice = in_status(xero, "AUTHORISED")

    answer = xero.send("POST", f"Invoices/{invoice['InvoiceID']}", xero.element(Status="VOIDED"))

    assert messages_of(answer) == [INVALID]
    assert xero.read(invoice)["Status"] == "AUTHORISED"


def test_payments_move_it_to_paid_and_removing_them_moves_it_back(xero: Xero) -> None:
    invoice = in_status(xero, "AUTHORISED")

    part = xero.act(invoice, "pay", amount="5.20")
    whole = xero.act(invoice, "pay")
    payment_id = xero.read(invoice)["Payments"][1]["PaymentID"]
    back = xero.send("POST", f"Payments/{payment_id}", {"Status": "DELETED"})

    assert (part["Status"], part["AmountDue"]) == ("AUTHORISED", 20.0)
    assert (whole["Status"], whole["AmountDue"]) == ("PAID", 0)
    assert back.status_code == 200
    after = xero.read(invoice)
    assert (after["Status"], after["AmountDue"], after["AmountPaid"]) == (
        "AUTHORISED", D("20.00"), D("5.20"),
    )  # fmt: skip
    assert "FullyPaidOnDate" not in after


def test_a_payment_update_may_carry_its_status_only(xero: Xero) -> None:
    invoice = in_status(xero, "PAID")
    payment_id = invoice["Payments"][0]["PaymentID"]

    answer = xero.send("POST", f"Payments/{payment_id}", {"Status": "DELETED", "Amount": 1})

    assert messages_of(answer) == ["Only Status accepted for updates."]
    assert xero.read(invoice)["Status"] == "PAID"


def test_a_credit_note_settles_like_a_payment(xero: Xero) -> None:
    invoice = in_status(xero, "AUTHORISED")

    credited = xero.act(invoice, "credit")

    assert (credited["Status"], credited["AmountCredited"]) == ("PAID", 25.2)
    assert messages_of(move(xero, invoice, "VOIDED")) == [APPLIED]


def test_more_than_is_due_cannot_be_paid(xero: Xero) -> None:
    invoice = in_status(xero, "AUTHORISED")

    path = f"{xero.sandbox.xero}/_sandbox/xero/{xero.tenant_id}/invoices/"
    answer = requests.post(
        f"{path}{invoice['InvoiceID']}/pay", json={"amount": "25.21"}, timeout=10
    )

    assert answer.status_code == 400
    assert xero.read(invoice)["AmountPaid"] == 0


def test_put_creates_and_never_changes(xero: Xero) -> None:
    first = xero.read(xero.create(InvoiceNumber="OWN-1"))

    answer = xero.send("PUT", "Invoices", {"Invoices": [xero.element(InvoiceNumber="OWN-1")]})

    assert messages_of(answer) == ["Invoice # must be unique."]
    assert xero.read(first) == first


def test_post_changes_the_invoice_with_that_number(xero: Xero) -> None:
    first = xero.create(InvoiceNumber="OWN-1")

    element = xero.element(InvoiceNumber="OWN-1", Reference="Changed")
    answer = xero.send("POST", "Invoices", {"Invoices": [element]})

    assert parse(answer)["Invoices"][0]["InvoiceID"] == first["InvoiceID"]
    assert xero.read(first)["Reference"] == "Changed"


def test_fields_left_out_stay_and_lines_are_replaced_whole(xero: Xero) -> None:
    first = xero.create(Reference="Keep me")
    line = first["LineItems"][0]
    lines = [
        {"LineItemID": line["LineItemID"], "Description": "Kept", "UnitAmount": "1.00",
         "AccountCode": "200", "TaxType": "NONE"},
        {"Description": "New", "UnitAmount": "2.00", "AccountCode": "200", "TaxType": "NONE"},
    ]  # fmt: skip

    answer = xero.send("POST", f"Invoices/{first['InvoiceNumber']}", {"LineItems": lines})

    after = parse(answer)["Invoices"][0]
    assert after["Reference"] == "Keep me"
    assert after["Total"] == D("3.00")
    assert after["LineItems"][0]["LineItemID"] == line["LineItemID"]
    assert after["LineItems"][1]["LineItemID"] != line["LineItemID"]


@pytest.mark.parametrize(
    ("field", "value"), [("Reference", "New"), ("Url", "http://localhost:8000/deals/1/")]
)
def test_a_paid_invoice_still_takes_these_fields(xero: Xero, field: str, value: str) -> None:
    invoice = in_status(xero, "PAID")

    answer = xero.send("POST", f"Invoices/{invoice['InvoiceID']}", {field: value})

    assert answer.status_code == 200
    assert xero.read(invoice)[field] == value


def test_a_paid_invoice_takes_no_other_fields(xero: Xero) -> None:
    invoice = in_status(xero, "PAID")

    answer = xero.send("POST", f"Invoices/{invoice['InvoiceID']}", {"Date": "2026-11-01"})

    assert messages_of(answer) == [
        "This document cannot be edited as it has a payment or credit note allocated to it."
    ]
    assert xero.read(invoice) == invoice


def test_a_new_due_date_on_a_part_paid_invoice_moves_no_update_date(xero: Xero) -> None:
    invoice = in_status(xero, "AUTHORISED")
    xero.act(invoice, "pay", amount="5.00")
    before = xero.read(invoice)

    after = xero.act(invoice, "edit", DueDate="2027-01-31")

    assert after["DueDateString"] == "2027-01-31T00:00:00"
    assert after["UpdatedDateUTC"] == before["UpdatedDateUTC"]


def test_approval_needs_account_tax_and_due_date(xero: Xero) -> None:
    invoice = xero.create(LineItems=[{"Description": "Bare", "UnitAmount": "1.00"}])

    assert messages_of(move(xero, invoice, "AUTHORISED")) == [
        "Account code or ID must be specified"
    ]
    assert xero.read(invoice)["Status"] == "DRAFT"


@pytest.mark.parametrize("code", ["090", "610", "205", "999"])
def test_bank_debtor_archived_and_unknown_accounts_are_refused(xero: Xero, code: str) -> None:
    line = xero.element()["LineItems"][0] | {"AccountCode": code}

    answer = xero.send("PUT", "Invoices", {"Invoices": [xero.element(LineItems=[line])]})

    assert messages_of(answer) == [f"Account code '{code}' is not a valid code for this document."]


@pytest.mark.parametrize(
    ("tax_type", "message"),
    [
        ("TAX001", "The TaxType code 'TAX001' is not valid"),
        ("NOPE", "The TaxType code 'NOPE' is not valid"),
        ("INPUT2", "The TaxType code 'INPUT2' cannot be used with account code '200'."),
    ],
)
def test_tax_types_must_exist_and_fit_the_account(xero: Xero, tax_type: str, message: str) -> None:
    line = xero.element()["LineItems"][0] | {"TaxType": tax_type}

    answer = xero.send("PUT", "Invoices", {"Invoices": [xero.element(LineItems=[line])]})

    assert messages_of(answer) == [message]


def test_an_item_fills_what_is_missing_and_given_values_win(xero: Xero) -> None:
    lines = [{"ItemCode": "DESK-OAK"}, {"ItemCode": "INSTALL", "UnitAmount": "50.00"}]

    invoice = xero.create(LineItems=lines)

    first, second = invoice["LineItems"]
    assert first["Description"] == "Oak desk, 160 × 80 cm"
    assert (first["UnitAmount"], first["AccountCode"], first["TaxType"]) == (
        D("640.00"), "200", "OUTPUT2",
    )  # fmt: skip
    assert (second["UnitAmount"], second["AccountCode"]) == (D("50.00"), "201")


def test_a_description_alone_costs_nothing(xero: Xero) -> None:
    invoice = xero.create(LineItems=[{"Description": "Thank you"}])

    assert invoice["Total"] == 0
    assert "AccountCode" not in invoice["LineItems"][0]


def test_a_currency_that_is_not_enabled_is_refused(xero: Xero) -> None:
    answer = xero.send("PUT", "Invoices", {"Invoices": [xero.element(CurrencyCode="AUD")]})

    assert messages_of(answer) == ["Organisation is not subscribed to currency AUD"]


def test_an_unknown_contact_is_not_found(xero: Xero) -> None:
    element = xero.element(Contact={"ContactID": "11111111-1111-4111-8111-111111111111"})

    answer = xero.send("PUT", "Invoices", {"Invoices": [element]})

    assert answer.status_code == 404
    assert answer.content == b""
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


def test_an_archived_contact_is_refused(xero: Xero) -> None:
    archived = xero.get("Contacts", where='Name=="Larkfield Estates"', includeArchived="true")
    element = xero.element(Contact={"ContactID": archived["Contacts"][0]["ContactID"]})

    answer = xero.send("PUT", "Invoices", {"Invoices": [element]})

    assert messages_of(answer)[0].startswith("The specified contact details matched an archived")


def test_errors_can_be_asked_for_element_by_element(xero: Xero) -> None:
    before = len(xero.get("Invoices")["Invoices"])
    elements = [xero.element(), xero.element(Type="QUOTE")]

    one_bad = xero.send("PUT", "Invoices", {"Invoices": elements})
    unchanged = len(xero.get("Invoices")["Invoices"])
    apart = xero.send("PUT", "Invoices?summarizeErrors=false", {"Invoices": elements})

    assert one_bad.status_code == 400
    assert unchanged == before
    assert apart.status_code == 200
    good, bad = apart.json()["Invoices"]
    assert (good["StatusAttributeString"], bad["StatusAttributeString"]) == ("OK", "ERROR")
    assert bad["HasErrors"] is True
    assert bad["ValidationErrors"] == [{"Message": "Invoice not of valid type for creation"}]
    assert len(xero.get("Invoices")["Invoices"]) == before + 1


@pytest.mark.parametrize(
    ("data", "number"), [("", 17), ("{}", 17), ("[1]", 17), ('{"Invoices": [}', 14)]
)
def test_a_body_that_is_not_understood_is_refused(xero: Xero, data: str, number: int) -> None:
    answer = xero.send("PUT", "Invoices", data=data)

    assert answer.status_code == 400
    assert answer.json()["ErrorNumber"] == number


def test_a_locked_period_takes_no_invoice(xero: Xero) -> None:
    path = f"xero/{xero.tenant_id}/settings"
    xero.sandbox.control("POST", path, {"period_lock_date": "2026-11-20"})

    answer = xero.send("PUT", "Invoices", {"Invoices": [xero.element()]})

    assert "locked period" in messages_of(answer)[0]


def test_the_plans_approval_limit_is_kept(xero: Xero) -> None:
    path = f"xero/{xero.tenant_id}/settings"
    xero.sandbox.control("POST", path, {"approvals_left": 1})
    first, second = xero.create(), xero.create()

    move(xero, first, "AUTHORISED")
    answer = move(xero, second, "AUTHORISED")

    assert messages_of(answer) == ["You have reached the limit of invoices you can approve"]
    assert xero.read(second)["Status"] == "DRAFT"


def test_the_pdf_is_a_pdf(xero: Xero) -> None:
    invoice = in_status(xero, "AUTHORISED")

    answer = xero.send(
        "GET", f"Invoices/{invoice['InvoiceID']}", headers={"Accept": "application/pdf"}
    )

    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert f"INVOICE {invoice['InvoiceNumber']}".encode() in answer.content
    assert b"Northgate Hotels" in answer.content


def test_email_needs_an_address_and_a_status_and_fills_the_outbox(xero: Xero) -> None:
    draft = xero.create()
    approved = in_status(xero, "AUTHORISED")

    refused = xero.send("POST", f"Invoices/{draft['InvoiceID']}/Email", {})
    sent = xero.send("POST", f"Invoices/{approved['InvoiceID']}/Email", {})

    assert refused.status_code == 400
    assert sent.status_code == 204
    assert xero.read(approved)["SentToContact"] is True
    state = xero.sandbox.control("GET", "state")["xero"]["organisations"][xero.tenant_id]
    assert state["outbox"] == [
        {
            "invoice_id": approved["InvoiceID"],
            "recipients": ["finance@northgatehotels.example"],
        }
    ]


def test_the_public_link_is_not_given_for_a_draft(xero: Xero) -> None:
    draft = xero.create()
    approved = in_status(xero, "AUTHORISED")

    assert xero.send("GET", f"Invoices/{draft['InvoiceID']}/OnlineInvoice").status_code == 404
    answer = xero.get(f"Invoices/{approved['InvoiceID']}/OnlineInvoice")
    assert answer["OnlineInvoices"][0]["OnlineInvoiceUrl"].startswith(xero.sandbox.xero)


def test_history_names_who_did_what_and_takes_notes(xero: Xero) -> None:
    invoice = in_status(xero, "AUTHORISED")

    body = {"HistoryRecords": [{"Details": "Sent by the app"}]}
    added = xero.send("PUT", f"Invoices/{invoice['InvoiceID']}/History", body)

    assert added.json()["HistoryRecords"][0]["Details"] == "Sent by the app"
    records = xero.get(f"Invoices/{invoice['InvoiceID']}/History")["HistoryRecords"]
    assert [record["Changes"] for record in records] == ["Note", "Approved", "Created"]
    assert records[2]["User"] == "Emma Clarke (InvoiceBridge)"
