"""A connected company without a vendor, and invoices as Xero lists them."""

from __future__ import annotations

import uuid
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID as UUID

from connections.models import Company, XeroConnection
from connections.xero.types import Invoice as XeroInvoice
from connections.xero.types import InvoiceSummary, LineItem
from invoices.models import Invoice, InvoiceEvent
from mappings.models import ContactLink

NOON = datetime(2026, 3, 13, 12, 0, tzinfo=UTC)
CONTACT = uuid.UUID(int=7)


def make_connection(number: int = 1) -> XeroConnection:
    """Return a company's connection; CONTACT is linked."""
    company = Company.objects.create(
        pipedrive_company_id=number, name=f"Company {number}", is_security_stated=True
    )
    connection = XeroConnection.objects.create(
        company=company,
        xero_connection_id=uuid.uuid4(),
        tenant_id=uuid.uuid4(),
        organisation_name=f"Organisation {number}",
        state_changed_at=NOON,
    )
    link_contact(connection, CONTACT)
    return connection


def link_contact(connection: XeroConnection, contact_id: uuid.UUID) -> None:
    """Link a contact, so that its invoices are mirrored."""
    ContactLink.objects.create(
        company=connection.company,
        connection=connection,
        entity="organization",
        pipedrive_id=contact_id.int % 1_000_000,
        xero_contact_id=contact_id,
        contact_name="Acme",
        linked_at=NOON,
    )


def at(seconds: float) -> datetime:
    """Return an instant of the test's day."""
    return NOON + timedelta(seconds=seconds)


def summary(invoice_id: str, **changes: Any) -> InvoiceSummary:
    """Return one row of a poll."""
    values: dict[str, Any] = {
        "invoice_id": invoice_id,
        "number": "INV-1",
        "type": "ACCREC",
        "status": "AUTHORISED",
        "contact_id": str(CONTACT),
        "contact_name": "Acme",
        "reference": "",
        "url": "",
        "invoice_date": date(2026, 3, 1),
        "due_date": date(2026, 3, 8),
        "currency_code": "GBP",
        "sub_total": Decimal("100.00"),
        "total_tax": Decimal("20.00"),
        "total": Decimal("120.00"),
        "amount_due": Decimal("120.00"),
        "amount_paid": Decimal("0.00"),
        "amount_credited": Decimal(0),
        "is_sent_to_contact": False,
        "fully_paid_on_date": None,
        "updated_at": NOON,
    } | changes
    return InvoiceSummary(**values)


def whole(invoice_id: str, lines: tuple[LineItem, ...] = (), **changes: Any) -> XeroInvoice:
    """Return an invoice as a single read gives it."""
    row = summary(invoice_id)._asdict() | {
        "expected_payment_date": None,
        "line_amount_types": "Exclusive",
        "branding_theme_id": "",
        "line_items": lines,
        "payments": (),
        "credit_notes": (),
        "prepayments": (),
        "overpayments": (),
        "has_attachments": False,
        "has_contact_email": None,
        "has_errors": False,
        "validation_errors": (),
        "warnings": (),
    }
    assert set(row) == {field.name for field in fields(XeroInvoice)}
    return XeroInvoice(**row | changes)


def line(description: str) -> LineItem:
    """Return one line of an invoice."""
    return LineItem(
        line_item_id=str(uuid.uuid4()),
        description=description,
        quantity=Decimal("2.0000"),
        unit_amount=Decimal("50.00"),
        line_amount=Decimal("100.00"),
        tax_amount=Decimal("20.00"),
        tax_type="OUTPUT2",
        account_code="200",
        item_code="",
        discount_rate=None,
        discount_amount=None,
    )


def keep_draft(connection: XeroConnection, now: datetime, **more: Any) -> Invoice:
    """Keep a draft of 1.00, with what a test wants to be said of it."""
    return Invoice.objects.create(
        company=connection.company,
        connection=connection,
        xero_invoice_id=uuid.uuid4(),
        xero_status="DRAFT",
        xero_contact_id=uuid.uuid4(),
        subtotal=1,
        total_tax=0,
        total=1,
        amount_due=1,
        amount_paid=0,
        xero_updated_at=now,
        fetched_at=now,
        checked_at=now,
        **more,
    )


def stored(connection: XeroConnection) -> Invoice:
    """Return the only invoice of a company."""
    return Invoice.objects.for_company(connection.company).get()


def history(connection: XeroConnection) -> list[tuple[str, str, str]]:
    """Return source, status and amount due of each event, the oldest first."""
    events = InvoiceEvent.objects.for_company(connection.company).order_by("pk")
    return [(each.source, each.xero_status, f"{each.amount_due:.2f}") for each in events]
