"""What the tests of actions share: an invoice in Xero and in the mirror, and presses on it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from constance import config
from django.utils import timezone

from connections import access
from connections.models import AuditEvent, Membership, XeroAuthorisation
from invoices import lifecycle, mirror
from invoices.models import Invoice, InvoiceEvent, Operation
from invoices.tests import world as w
from mappings.models import InvoicePreferences
from tests.vendors import Connected

SCOPES = "accounting.invoices accounting.payments"


def allow(connected: Connected, **flags: bool) -> Membership:
    """Give the member these flags, beside those to approve, void and email."""
    wanted = {"can_approve": True, "can_void": True, "can_email": True, "can_create": True} | flags
    membership = connected.membership
    Membership.objects.across_companies().filter(pk=membership.pk).update(**wanted)
    membership.refresh_from_db()
    return membership


def grant_payments(connected: Connected) -> None:
    """Note that the grant reaches payments, as the consent's end does."""
    XeroAuthorisation.objects.update(scopes=SCOPES)
    connected.connection.refresh_from_db()


def switch_void_paid(connected: Connected, *, company: bool = True, service: bool = True) -> None:
    """Let the admin and support switch the voiding of paid invoices on or off (R-27)."""
    InvoicePreferences.objects.for_company(connected.company).update_or_create(
        company=connected.company,
        defaults={"can_void_paid": company, "saved_at": timezone.now()},
    )
    config.VOID_PAID_INVOICES = service


def make(connected: Connected, *moves: str | tuple[str, dict[str, Any]]) -> Invoice:
    """Create an invoice for a contact with an address, move it in Xero, and mirror it."""
    contacts = w.holds(connected, "contacts")
    contact = next(
        str(each["ContactID"])
        for each in contacts
        if each["ContactStatus"] == "ACTIVE" and each.get("EmailAddress")
    )
    now = timezone.now()
    operation_id = uuid.uuid4()
    body = w.body(connected, operation_id, contact)
    made = w.send(w.press(connected, now=now, request_body=body), now=now)
    assert made.invoice is not None
    for move in moves:
        action, body_of_move = (move, {}) if isinstance(move, str) else move
        in_xero(connected, made.invoice, action, **body_of_move)
    return mirrored(connected, made.invoice)


def in_xero(connected: Connected, invoice: Invoice, action: str, **body: Any) -> Any:
    """Do something to the invoice in Xero itself."""
    tenant, xero_id = connected.connection.tenant_id, invoice.xero_invoice_id
    return connected.vendors.control(f"xero/{tenant}/invoices/{xero_id}/{action}", body)


def mirrored(connected: Connected, invoice: Invoice) -> Invoice:
    """Read the invoice from Xero into the mirror and return its row."""
    now = timezone.now()
    with access.open_xero(connected.connection, now=now) as session:
        held = session.call(lambda xero: xero.get_invoice(str(invoice.xero_invoice_id)))
    mirror.store_whole(
        [held],
        connected.connection,
        source=InvoiceEvent.Source.REFRESH,
        fetched_at=now,
        now=now,
    )
    return row(invoice)


def row(invoice: Invoice) -> Invoice:
    """Return the mirror as it is now."""
    return Invoice.objects.across_companies().select_related("connection").get(pk=invoice.pk)


def press(
    action: str, connected: Connected, invoice: Invoice, *, now: datetime, **more: Any
) -> Operation:
    """Press an action on the version that the mirror holds."""
    given: dict[str, Any] = {
        "membership": connected.membership,
        "seen_updated_at": invoice.xero_updated_at,
        "submission": uuid.uuid4(),
    } | more
    return lifecycle.press(action, invoice=invoice, now=now, **given)


def truth(connected: Connected, invoice: Invoice) -> dict[str, Any]:
    """Return the invoice as Xero holds it."""
    wanted = str(invoice.xero_invoice_id)
    invoices = connected.vendors.invoices(connected.connection.tenant_id)
    return next(each for each in invoices if each["InvoiceID"] == wanted)


def writes_to(connected: Connected, path: str) -> list[dict[str, Any]]:
    """Return the POSTs that Xero has seen at addresses that end so."""
    return [each for each in w.writes(connected, "POST") if each["path"].endswith(path)]


def audited(connected: Connected) -> list[str]:
    """Return the audited events of actions, the oldest first."""
    events = AuditEvent.objects.filter(company=connected.company).order_by("pk")
    wanted = tuple(f"invoice.{kind}." for kind in Operation.ACTION_KINDS)
    return [each.event for each in events if each.event.startswith(wanted)]


def fault(connected: Connected, kind: str, path: str, **more: Any) -> None:
    """Let the next POST to an address that matches go wrong."""
    body = {"vendor": "xero", "method": "POST", "path": path, "times": 1, "kind": kind}
    connected.vendors.control("faults", body | more)
