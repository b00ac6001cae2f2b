"""From the deal to the draft: one press, one invoice, through the pages a person uses."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from decimal import Decimal
from html import unescape
from urllib.request import urlopen

import pytest
from django.test import Client
from django.utils import timezone

from connections.models import AuditEvent
from invoices import sending
from invoices.models import DealInvoice, Invoice, Operation
from invoices.tests.dialog_page import DialogPage
from mappings.models import ContactLink, ProductLink
from tests.vendors import Connected

pytestmark = pytest.mark.django_db
REFIT = 1  # won, three products at 20 %, Harbour Dental Ltd is a contact in Xero


@pytest.fixture
def emma(connected: Connected, client: Client) -> Client:
    client.force_login(connected.user)
    return client


@pytest.fixture
def ready(emma: Client) -> DialogPage:
    """The dialog of the refit, all lines linked and the contact chosen."""
    return DialogPage(emma, REFIT).link_all("er").press("contact:0")


def test_a_deal_becomes_a_draft_in_xero_by_one_press(
    ready: DialogPage, connected: Connected, emma: Client
) -> None:
    ready.press("create")
    operation = Operation.objects.for_company(connected.company).get()
    sending.send(operation.pk, now=timezone.now())

    assert ready.response.headers["Location"] == f"/deals/{REFIT}/#operation-{operation.pk}"
    (truth,) = [
        invoice
        for invoice in connected.vendors.invoices(connected.connection.tenant_id)
        if str(operation.pk) in invoice.get("Url", "")
    ]
    assert truth["Status"] == "DRAFT"
    assert Decimal(str(truth["Total"])) == Decimal("3475.20")
    assert truth["Contact"]["Name"] == "Harbour Dental Ltd"
    assert [line["Quantity"] for line in truth["LineItems"]] == [1, 4, 6]
    operation.refresh_from_db()
    assert (operation.state, operation.differences) == ("done", [])
    invoice = Invoice.objects.for_company(connected.company).get()
    place = DealInvoice.objects.for_company(connected.company).get()
    assert (place.invoice_id, place.deal_id, place.is_made_by_app) == (invoice.pk, REFIT, True)
    page = emma.get(f"/deals/{REFIT}/").content.decode()
    assert truth["InvoiceNumber"] in page
    assert "Draft" in page


def test_a_press_stores_the_exact_request_the_links_and_who_asked(
    ready: DialogPage, connected: Connected
) -> None:
    ready.fill(reference="PO 77", p1__unit_price="1,400.50").press("create")

    operation = Operation.objects.for_company(connected.company).get()
    (sent,) = json.loads(operation.request_body, parse_float=Decimal)["Invoices"]
    today = timezone.now().date()
    assert sent["Reference"] == "PO 77"
    assert sent["Date"] == today.isoformat()
    assert sent["DueDate"] == (today + timedelta(days=7)).isoformat()
    assert sent["LineItems"][0]["UnitAmount"] == Decimal("1400.5000")
    assert sent["Url"] == f"{connected.company.pipedrive_url}/deal/1#ib={operation.pk}"
    assert "xero" not in sent["Url"]
    assert operation.summary["total"] == "3415.80"
    assert (operation.state, operation.requested_by) == ("ready", connected.user)
    assert ProductLink.objects.for_company(connected.company).count() == 3
    contact = ContactLink.objects.for_company(connected.company).get()
    assert contact.contact_name == "Harbour Dental Ltd"
    assert str(contact.xero_contact_id) == sent["Contact"]["ContactID"]
    event = AuditEvent.objects.get(event="invoice.requested")
    assert (event.actor, event.subject) == (connected.user, f"operation:{operation.pk}")


def test_what_is_typed_is_never_written_back_to_pipedrive(
    ready: DialogPage, connected: Connected
) -> None:
    """R-12."""
    before = connected.vendors.control("state")["pipedrive"]

    ready.fill(to="Harbour Dental Holding", email="books@harbour.example").press("create")
    operation = Operation.objects.for_company(connected.company).get()
    sending.send(operation.pk, now=timezone.now())

    operation.refresh_from_db()
    assert operation.state == "done"
    asked = connected.vendors.control("traffic?vendor=pipedrive&path=/api/v[12]/")
    assert {each["method"] for each in asked if "webhooks" not in each["path"]} == {"GET"}
    assert connected.vendors.control("state")["pipedrive"] == before


def test_open_in_xero_lands_in_the_right_organisation_in_a_new_tab(
    ready: DialogPage, connected: Connected, emma: Client
) -> None:
    """M-38, R-30: the address carries the organisation's ShortCode."""
    ready.press("create")
    operation = Operation.objects.for_company(connected.company).get()
    sending.send(operation.pk, now=timezone.now())

    page = emma.get(f"/deals/{REFIT}/").content.decode()

    invoice = Invoice.objects.for_company(connected.company).get()
    link = re.search(rf'<a [^>]*href="([^"]*{invoice.xero_invoice_id})"[^>]*>', page)
    assert link is not None
    assert 'target="_blank"' in link[0] and "noopener" in link[0]
    with urlopen(unescape(link[1])) as answer:
        there = answer.read().decode()
    assert "Brightside Interiors Ltd" in there
    assert invoice.number in there
