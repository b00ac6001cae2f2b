"""
One invoice, as its pages and the presses on it begin with it, and what was asked for on it.

Read by statements that are written out, because every press waits for them (docs/performance.md,
goal 16); see `connections.reading`.
"""

from __future__ import annotations

import uuid

from django.db import connection as database

from connections import reading, statements
from connections.models import Company, XeroAuthorisation, XeroConnection
from invoices.models import DealInvoice, Invoice, Operation

_INVOICE_ROW = reading.Reader(
    ("i", Invoice), ("c", XeroConnection), ("a", XeroAuthorisation), ("d", DealInvoice)
)
_INVOICE = f"""
    SELECT {_INVOICE_ROW.columns}
    FROM invoices_invoice i
    JOIN connections_xeroconnection c ON c.id = i.connection_id AND c.company_id = i.company_id
    LEFT JOIN connections_xeroauthorisation a ON a.id = c.authorisation_id
    LEFT JOIN invoices_dealinvoice d ON d.invoice_id = i.id
    WHERE i.company_id = %s AND i.id = %s
"""  # noqa: S608
_PLACE = Invoice._meta.get_field("deal_link")

_OPERATION_ROW = reading.Reader(("o", Operation))
_ACTIONS = f"""
    SELECT {_OPERATION_ROW.columns} FROM invoices_operation o
    WHERE o.company_id = %s AND o.invoice_id = %s
        AND o.kind IN ({", ".join(["%s"] * len(Operation.ACTION_KINDS))})
        AND (o.submission_id = %s OR o.state NOT IN (%s, %s))
"""  # noqa: S608


def get(company: Company, invoice_id: int) -> Invoice | None:
    """Return an invoice with its connection and its place on a deal, by one query."""
    with database.cursor() as cursor:
        cursor.execute(_INVOICE, [company.pk, invoice_id])
        row = cursor.fetchone()
    if row is None:
        return None
    invoice: Invoice
    invoice, connection, authorisation, place = _INVOICE_ROW.read(row)
    connection.company, connection.authorisation = company, authorisation
    invoice.company, invoice.connection = company, connection
    _PLACE.set_cached_value(invoice, place)
    return invoice


def list_actions(invoice: Invoice, submission: uuid.UUID | None = None) -> list[Operation]:
    """
    Return the actions on an invoice that have not ended, unresolved ones included, by one query.

    :param submission: of a form: what it has made already is returned as well
    """
    values = [
        invoice.company_id,
        invoice.pk,
        *Operation.ACTION_KINDS,
        None if submission is None else statements.stored(Operation, "submission_id", submission),
        *Operation.ENDED_STATES,
    ]
    with database.cursor() as cursor:
        cursor.execute(_ACTIONS, values)
        rows = cursor.fetchall()
    return [operation for row in rows for operation in _OPERATION_ROW.read(row)]
