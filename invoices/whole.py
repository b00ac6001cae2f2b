"""Reading one invoice whole because a person asked for it: lines, payments, credits."""

from __future__ import annotations

from datetime import datetime

from connections import access
from connections.xero.types import Invoice as XeroInvoice
from invoices import mirror
from invoices.models import Invoice, InvoiceEvent


def read(invoice: Invoice, *, now: datetime) -> Invoice:
    """
    Ask Xero for an invoice and return its row as the mirror has it then. One call.

    :param invoice: with its connection loaded
    :raises access.NotConnected: the organisation cannot be asked
    :raises errors.ProviderError: Xero gave no usable answer; the mirror is as it was
    """
    with access.open_xero(invoice.connection, now=now) as session:
        held: XeroInvoice = session.call(
            lambda xero: xero.get_invoice(str(invoice.xero_invoice_id))
        )
    return store(invoice, held, fetched_at=now, now=now)


def store(invoice: Invoice, held: XeroInvoice, *, fetched_at: datetime, now: datetime) -> Invoice:
    """Store what a person's read brought, and return the row as it is then (P-6)."""
    mirror.store_whole(
        [held],
        invoice.connection,
        source=InvoiceEvent.Source.REFRESH,
        fetched_at=fetched_at,
        now=now,
    )
    mirror.note_checked(invoice.connection, [invoice.xero_invoice_id], now=now)
    kept: Invoice = (
        Invoice.objects.for_company(invoice.connection.company)
        .select_related("connection__authorisation", "deal_link")
        .get(pk=invoice.pk)
    )
    return kept
