"""A linked contact of the sandbox, and what is stored of its invoices."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from connections.models import XeroConnection
from invoices import contact_links
from invoices.models import ContactHistory, Invoice
from invoices.tests import world
from tests.vendors import Connected

HARBOUR = 1  # the organization of deal 1
REFIT = 1  # the deal of Harbour Dental


def contact_id(connected: Connected, name: str = "Harbour Dental Ltd") -> UUID:
    """Return the id of a contact of the organisation by its name."""
    rows = world.holds(connected, "contacts")
    return UUID(next(row["ContactID"] for row in rows if row["Name"] == name))


def link(
    connected: Connected,
    name: str = "Harbour Dental Ltd",
    *,
    organization_id: int = HARBOUR,
    now: datetime | None = None,
) -> UUID:
    """Link an organization to a contact, as a press does, and return the contact's id."""
    found = contact_id(connected, name)
    contact_links.link(
        connected.connection,
        organization_id=organization_id,
        person_id=None,
        xero_contact_id=found,
        contact_name=name,
        by=connected.user,
        now=now or timezone.now(),
    )
    return found


def truth(connected: Connected, contact: UUID) -> set[str]:
    """Return the ids of the sales invoices that Xero holds of a contact."""
    return {
        row["InvoiceID"]
        for row in connected.vendors.invoices(connected.connection.tenant_id)
        if row["Contact"]["ContactID"] == str(contact) and row["Type"] == "ACCREC"
    }


def stored(connected: Connected, contact: UUID) -> set[str]:
    """Return the ids of the invoices that we hold of a contact."""
    rows = Invoice.objects.for_company(connected.company).filter(xero_contact_id=contact)
    return {str(each) for each in rows.values_list("xero_invoice_id", flat=True)}


def history(connected: Connected) -> ContactHistory:
    """Return the one history of the company."""
    row: ContactHistory = ContactHistory.objects.for_company(connected.company).get()
    return row


def seed(connected: Connected, contact: UUID, count: int, status: str = "AUTHORISED") -> None:
    """Have Xero hold so many invoices more of a contact."""
    connected.vendors.control(
        f"xero/{connected.connection.tenant_id}/invoices",
        {"count": count, "status": status, "contact": str(contact)},
    )


def fault(connected: Connected, **more: Any) -> None:
    """Have Xero's list of invoices fail."""
    connected.vendors.control("faults", {"vendor": "xero", "path": "/Invoices$"} | more)


def fresh(connected: Connected) -> XeroConnection:
    """Return the connection as it is now."""
    return XeroConnection.objects.for_company(connected.company).get()
