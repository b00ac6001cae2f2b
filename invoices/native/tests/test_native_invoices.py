"""An invoice made, shown and changed by Pipedrive's own Invoice tab."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.utils import timezone

from invoices import operations
from invoices.models import Invoice, Operation
from invoices.native.tests.caller import Caller, data, order, refusal
from invoices.tests import pressing, world
from mappings.models import InvoicePreferences
from tests.vendors import Connected

pytestmark = pytest.mark.django_db


def allow(connected: Connected, **switches: bool) -> None:
    InvoicePreferences.objects.for_company(connected.company).update_or_create(
        company=connected.company, defaults={"saved_at": timezone.now(), **switches}
    )


def made(connected: Connected) -> list[dict[str, Any]]:
    """Return the invoices in Xero that came from here."""
    found = connected.vendors.invoices(connected.connection.tenant_id)
    return [each for each in found if "/invoices/#ib=" in each.get("Url", "")]


def test_an_order_becomes_a_draft_in_xero_and_is_answered_whole(
    connected: Connected, pipedrive: Caller, contact_id: str
) -> None:
    invoice = data(pipedrive.post("invoices", order(connected, contact_id)))

    assert invoice == {
        "id": invoice["id"],
        "invoiceNumber": invoice["invoiceNumber"],
        "contactName": invoice["contactName"],
        "statusCode": "DRAFT",
        "statusLabel": "Draft",
        "pipedriveStatusCode": "draft",
        "total": 22.68,
        "paidAmount": 0,
        "dueAmount": 22.68,
        "currencyCode": "GBP",
        "dueDate": "2026-11-27",
        "actions": [
            {
                "id": "SUBMIT",
                "label": "Submit for approval",
                "providerAction": "changeInvoiceStatus",
                "requireConfirmation": None,
            },
            {
                "id": "PDF",
                "label": "Download PDF",
                "providerAction": "downloadInvoice",
                "requireConfirmation": None,
            },
            {
                "id": "DELETED",
                "label": "Delete",
                "providerAction": "changeInvoiceStatus",
                "requireConfirmation": "destructive",
            },
        ],
        "providerInvoiceUrl": invoice["providerInvoiceUrl"],
        "isShareable": False,
        "isSent": False,
    }
    (held,) = made(connected)
    assert held["InvoiceID"] == invoice["id"]
    assert [line.get("DiscountRate") for line in held["LineItems"]] == [10, None]
    assert held["LineItems"][1]["Description"] == "Delivered in May"
    operation = Operation.objects.for_company(connected.company).get()
    assert (operation.state, operation.deal_id, operation.differences) == ("done", None, [])


def test_a_wrapped_body_is_the_same_order(
    connected: Connected, pipedrive: Caller, contact_id: str
) -> None:
    body = {"success": True, "data": order(connected, contact_id)}

    assert data(pipedrive.post("invoices", body))["statusCode"] == "DRAFT"


def test_the_same_call_again_is_the_same_invoice(
    connected: Connected, pipedrive: Caller, contact_id: str
) -> None:
    first = data(pipedrive.post("invoices", order(connected, contact_id)))

    again = data(pipedrive.post("invoices", order(connected, contact_id)))

    assert again == first
    assert len(made(connected)) == 1
    other = data(pipedrive.post("invoices", order(connected, contact_id, issueDate="2026-11-21")))
    assert other["id"] != first["id"]


def offered_by(pipedrive: Caller, invoice: Invoice) -> list[str]:
    """Return the actions that the tab shows on an invoice."""
    (shown,) = data(pipedrive.get("invoices", ids=str(invoice.xero_invoice_id)))
    return [each["id"] for each in shown["actions"]]


def test_an_unknown_customer_becomes_a_contact_named_by_the_first_line(
    connected: Connected, pipedrive: Caller
) -> None:
    invoice = data(pipedrive.post("invoices", order(connected, None)))

    assert invoice["contactName"] == "Pier Nine Bakery"
    contacts = world.holds(connected, "contacts")
    (contact,) = [each for each in contacts if each["Name"] == "Pier Nine Bakery"]
    assert contact["EmailAddress"] == "jo@piernine.example"
    second = data(pipedrive.post("invoices", order(connected, None, issueDate="2026-11-21")))
    assert second["contactName"] == "Pier Nine Bakery"
    contacts = world.holds(connected, "contacts")
    assert len([each for each in contacts if each["Name"] == "Pier Nine Bakery"]) == 1


@pytest.mark.parametrize("with_contact", [True, False])
def test_an_unsure_outcome_is_told_and_the_repeat_brings_the_one_invoice(
    connected: Connected, pipedrive: Caller, contact_id: str, with_contact: bool
) -> None:
    body = order(connected, contact_id if with_contact else None)
    connected.vendors.control(
        "faults",
        {"vendor": "xero", "method": "PUT", "path": "/Invoices", "times": 1, "kind": "reset_after"},
    )

    response = pipedrive.post("invoices", body)

    assert refusal(response) == (503, "unsure")
    assert int(response["Retry-After"]) >= 1
    Operation.objects.across_companies().filter(state="unsure").update(
        next_attempt_at=timezone.now()
    )
    invoice = data(pipedrive.post("invoices", body))
    assert [each["InvoiceID"] for each in made(connected)] == [invoice["id"]]


def test_a_contact_that_needs_a_person_is_told_instead_of_a_wait_that_does_not_end(
    connected: Connected, pipedrive: Caller
) -> None:
    body = order(connected, None)
    connected.vendors.control(
        "faults",
        {"vendor": "xero", "method": "PUT", "path": "/Contacts", "kind": "reset_before"},
    )
    assert refusal(pipedrive.post("invoices", body)) == (503, "unsure")
    contact = Operation.objects.across_companies().get(kind="create_contact")
    for state in ("looking", "needs_person"):
        assert operations.move(contact, state, now=timezone.now())

    assert refusal(pipedrive.post("invoices", body))[1] == "needs_person"
    assert made(connected) == []


def test_the_tab_approves_mails_and_voids_as_the_company_allows(
    connected: Connected, pipedrive: Caller, contact_id: str
) -> None:
    invoice = data(pipedrive.post("invoices", order(connected, contact_id)))
    path = f"invoices/{invoice['id']}"
    assert refusal(pipedrive.post(f"{path}/status", {"id": "APPROVE"})) == (403, "not_offered")
    allow(connected, native_can_approve=True, native_can_void=True)

    approved = data(pipedrive.post(f"{path}/status", {"data": {"id": "APPROVE", "label": "x"}}))

    assert (approved["statusCode"], approved["pipedriveStatusCode"]) == ("AUTHORISED", "issued")
    assert approved["isShareable"] is True
    assert [each["id"] for each in approved["actions"]] == ["EMAIL", "PDF", "SHARE", "VOIDED"]
    assert [each["providerAction"] for each in approved["actions"]] == [
        "postInvoiceEmail",
        "downloadInvoice",
        "getInvoiceShareURL",
        "changeInvoiceStatus",
    ]
    assert data(pipedrive.get(f"{path}/share-url"))["url"].startswith("http")
    assert data(pipedrive.post(f"{path}/email"))["isSent"] is True
    assert data(pipedrive.post(f"{path}/email"))["isSent"] is True
    mails = [each for each in world.writes(connected, "POST") if each["path"].endswith("/Email")]
    assert len(mails) == 1
    voided = data(pipedrive.post(f"{path}/status", {"id": "VOIDED"}))
    assert (voided["statusCode"], voided["statusLabel"]) == ("VOIDED", "Voided")


def test_a_paid_invoice_is_voided_only_where_admin_and_support_allow_it(
    connected: Connected, pipedrive: Caller
) -> None:
    """R-27: no panel explains it in the tab, so both switches decide, and Xero's grant."""
    allow(connected, native_can_void=True)
    paid = pressing.make(connected, "approve", "pay")
    path = f"invoices/{paid.xero_invoice_id}"
    assert "VOIDED" not in offered_by(pipedrive, paid)

    answer = pipedrive.post(f"{path}/status", {"id": "VOIDED"})

    assert refusal(answer)[0] in {403, 409}
    assert pressing.truth(connected, paid)["Status"] == "PAID"
    assert not Operation.objects.for_company(connected.company).filter(kind="void_paid").exists()

    pressing.switch_void_paid(connected)
    allow(connected, native_can_void=True, can_void_paid=True)
    pressing.grant_payments(connected)
    assert "VOIDED" in offered_by(pipedrive, paid)

    for _ in range(2):
        voided = data(pipedrive.post(f"{path}/status", {"id": "VOIDED"}))
        assert (voided["statusCode"], voided["pipedriveStatusCode"]) == ("VOIDED", "voided")

    held = pressing.truth(connected, paid)
    assert (held["Status"], held["Payments"]) == ("VOIDED", [])
    operation = Operation.objects.for_company(connected.company).get(kind="void_paid")
    assert (operation.state, operation.requested_by_id) == ("done", None)
    removals = [each for each in world.writes(connected, "POST") if "/Payments/" in each["path"]]
    assert len(removals) == 1


def test_an_invoice_changed_in_xero_meanwhile_is_not_approved(
    connected: Connected, pipedrive: Caller, contact_id: str
) -> None:
    allow(connected, native_can_approve=True)
    invoice = data(pipedrive.post("invoices", order(connected, contact_id)))
    row = Invoice.objects.for_company(connected.company).get(xero_invoice_id=invoice["id"])
    pressing.in_xero(connected, row, "edit", DueDate="2026-12-01")

    answer = pipedrive.post(f"invoices/{invoice['id']}/status", {"id": "APPROVE"})

    assert refusal(answer) == (409, "changed_in_xero")
    assert "Xero has 1 Dec 2026." in answer.content.decode()
    assert pressing.truth(connected, row)["Status"] == "DRAFT"
    again = data(pipedrive.post(f"invoices/{invoice['id']}/status", {"id": "APPROVE"}))
    assert again["statusCode"] == "AUTHORISED"


def test_a_pdf_is_streamed_as_a_file(
    connected: Connected, pipedrive: Caller, contact_id: str
) -> None:
    invoice = data(pipedrive.post("invoices", order(connected, contact_id)))

    answer = pipedrive.get(f"invoices/{invoice['id']}/pdf")

    assert answer.status_code == 200 and answer.content.startswith(b"%PDF-")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert "no-store" in answer["Cache-Control"]


def test_an_invoice_made_in_xero_is_found_by_its_id(
    connected: Connected, pipedrive: Caller
) -> None:
    held = next(
        each
        for each in connected.vendors.invoices(connected.connection.tenant_id)
        if each["Type"] == "ACCREC" and each["Status"] == "PAID"
    )
    unknown = str(uuid.uuid4())

    found = data(pipedrive.get("invoices", ids=f"{unknown},{held['InvoiceID']},nonsense"))

    assert [each["id"] for each in found] == [held["InvoiceID"]]
    assert found[0]["pipedriveStatusCode"] == "paid"
    assert found[0]["paidAmount"] == float(held["Total"])
    calls = len(connected.vendors.control("traffic?vendor=xero"))
    data(pipedrive.get("invoices", ids=held["InvoiceID"]))
    assert len(connected.vendors.control("traffic?vendor=xero")) == calls
