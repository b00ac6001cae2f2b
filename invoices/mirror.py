"""
The mirror of Xero's invoices: only an answer of Xero writes it, and never an older one (P-6).

Kept are invoices that are known already (each on a deal is) and those of linked contacts; the
rest of what a poll reads is dropped here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from connections.models import XeroConnection
from connections.xero.types import Invoice as XeroInvoice
from connections.xero.types import InvoiceSummary
from invoices import search_text, upserts
from invoices.insertions import Row
from invoices.models import Invoice, LineItem
from mappings.models import ContactLink

# Where the values whose change is history begin in a row of `upserts.read_known`.
_UPDATED, _FETCHED, _TRACKED = 1, 2, 3

Form = Callable[[Any], Any]


def store_page(
    rows: Sequence[InvoiceSummary],
    connection: XeroConnection,
    *,
    source: str,
    fetched_at: datetime,
    now: datetime,
) -> int:
    """
    Store the changed invoices of a poll, with their history, by a handful of statements.

    :param fetched_at: when the fetch began that brought them
    :return: how many brought real news
    """
    if not rows:
        return 0
    with transaction.atomic():
        known = upserts.read_known(connection.pk, [row.invoice_id for row in rows])
        linked = _linked_contacts(
            connection, {row.contact_id for row in rows if row.invoice_id not in known}
        )
        kept = [row for row in rows if row.invoice_id in known or row.contact_id in linked]
        told, _ = _store(
            kept, connection, known, source=source, fetched_at=fetched_at, now=now, is_whole=False
        )
        return told


def store_known(
    rows: Sequence[InvoiceSummary],
    connection: XeroConnection,
    *,
    source: str,
    fetched_at: datetime,
    now: datetime,
) -> None:
    """Store invoices without their lines, all of them: whoever asked for them shows them."""
    if not rows:
        return
    with transaction.atomic():
        known = upserts.read_known(connection.pk, [row.invoice_id for row in rows])
        _store(
            rows, connection, known, source=source, fetched_at=fetched_at, now=now, is_whole=False
        )


def store_whole(
    invoices: Sequence[XeroInvoice],
    connection: XeroConnection,
    *,
    source: str,
    fetched_at: datetime,
    now: datetime,
) -> dict[str, int]:
    """
    Store invoices that were read with their lines; which to keep is the caller's knowledge.

    :param fetched_at: when the fetch began that brought them
    :return: the primary keys by Xero's invoice id
    """
    if not invoices:
        return {}
    ids = [invoice.invoice_id for invoice in invoices]
    with transaction.atomic(savepoint=False):
        known = upserts.read_known(connection.pk, ids)
        _, stored = _store(
            invoices,
            connection,
            known,
            source=source,
            fetched_at=fetched_at,
            now=now,
            is_whole=True,
        )
        keys = {each: row[0] for each, row in stored.items()}
        for invoice in invoices:
            if _is_current(invoice, stored[invoice.invoice_id]):
                key = keys[invoice.invoice_id]
                if invoice.invoice_id in known:
                    LineItem.objects.across_companies().filter(invoice_id=key).delete()
                upserts.add_lines(connection.company_id, key, _lines(invoice))
    return keys


def store_made(
    invoice: XeroInvoice,
    connection: XeroConnection,
    *,
    source: str,
    fetched_at: datetime,
    now: datetime,
) -> int | None:
    """
    Store an invoice that Xero has just made, within the caller's transaction.

    :param fetched_at: when the call began that made it
    :return: the primary key; None, and nothing is stored, where somebody told of it before
    """
    row, lines = rows_of(invoice, connection, fetched_at, now)
    key = upserts.insert_new(row)
    if key is not None:
        event = (source, invoice.status, invoice.amount_due, invoice.updated_at, now)
        upserts.add_events([(connection.company_id, key, *event)])
        upserts.add_lines(connection.company_id, key, lines)
    return key


def rows_of(
    invoice: XeroInvoice, connection: XeroConnection, fetched_at: datetime, now: datetime
) -> tuple[Row, list[Row]]:
    """Return an invoice that was read whole, and its lines, as `upserts` takes them."""
    owner = (connection.company_id, connection.pk)
    return _values(invoice, owner, (fetched_at, now, now), is_whole=True), _lines(invoice)


def note_checked(connection: XeroConnection, ids: Sequence[UUID], *, now: datetime) -> None:
    """Note that these invoices were asked for, also those that Xero did not name."""
    Invoice.objects.for_company(connection.company).filter(
        connection=connection, xero_invoice_id__in=ids
    ).update(checked_at=now)


def _store(
    rows: Sequence[InvoiceSummary | XeroInvoice],
    connection: XeroConnection,
    known: dict[str, Row],
    *,
    source: str,
    fetched_at: datetime,
    now: datetime,
    is_whole: bool,
) -> tuple[int, dict[str, Row]]:
    """
    Write what is news, and a history row for each real change.

    :return: how many changed, and the stored rows: those known as they were, the new ones as they
        are now
    """
    form = upserts.stored_form()
    began = form(fetched_at)
    news = [row for row in rows if _is_news(row, known.get(row.invoice_id), began, form)]
    # The same invoice twice in one answer: the later word is the one that stays.
    news = list({row.invoice_id: row for row in sorted(news, key=_updated_at)}.values())
    changed = [row for row in news if _is_change(row, known.get(row.invoice_id), form)]
    owner = (connection.company_id, connection.pk)
    instants = (fetched_at, now, now)
    upserts.upsert(
        [_values(row, owner, instants, is_whole=is_whole) for row in news], is_whole=is_whole
    )
    fresh = [row.invoice_id for row in changed if row.invoice_id not in known]
    stored = known | upserts.read_known(connection.pk, fresh)
    # A new row may have been written by another at the same time, with a newer word than ours.
    told = [
        row
        for row in changed
        if row.invoice_id in known or stored[row.invoice_id][_FETCHED] == began
    ]
    upserts.add_events(
        [
            (
                connection.company_id,
                stored[row.invoice_id][0],
                source,
                row.status,
                row.amount_due,
                row.updated_at,
                now,
            )
            for row in told
        ]
    )
    return len(told), stored


def _updated_at(row: InvoiceSummary | XeroInvoice) -> datetime:
    return row.updated_at


def _is_news(row: InvoiceSummary | XeroInvoice, known: Row | None, began: Any, form: Form) -> bool:
    """Whether this word of Xero is newer than the stored one: its update time, then our fetch."""
    if known is None:
        return True
    updated_at = form(row.updated_at)
    if updated_at != known[_UPDATED]:
        return bool(updated_at > known[_UPDATED])
    return bool(began > known[_FETCHED])


def _is_current(invoice: XeroInvoice, stored: Row) -> bool:
    """Whether its lines are those of the stored version: a poll may have stored that without."""
    return bool(upserts.stored_form()(invoice.updated_at) >= stored[_UPDATED])


def _is_change(row: InvoiceSummary | XeroInvoice, known: Row | None, form: Form) -> bool:
    if known is None:
        return True
    status, number, due_date, *amounts = known[_TRACKED:]
    if row.status != status or row.number != number or form(row.due_date) != due_date:
        return True
    told = (row.total, row.amount_due, row.amount_paid, row.amount_credited)
    return any(form(ours) != theirs for ours, theirs in zip(told, amounts, strict=True))


def _values(
    row: InvoiceSummary | XeroInvoice,
    owner: tuple[int, int],
    instants: tuple[datetime, datetime, datetime],
    *,
    is_whole: bool,
) -> Row:
    """Return a row in the order of `upserts.COLUMNS` and, if whole, `WHOLE_COLUMNS`."""
    values = (
        *owner,
        row.invoice_id,
        row.number,
        row.reference,
        row.status,
        row.contact_id,
        row.contact_name,
        row.currency_code,
        row.invoice_date,
        row.due_date,
        row.sub_total,
        row.total_tax,
        row.total,
        row.amount_due,
        row.amount_paid,
        row.amount_credited,
        row.is_sent_to_contact,
        row.url,
        row.fully_paid_on_date,
        search_text.of_invoice(row.contact_name, row.number, row.reference),
        row.updated_at,
        *instants,
    )
    if not is_whole:
        return values
    assert isinstance(row, XeroInvoice)
    return (
        *values,
        row.line_amount_types,
        row.branding_theme_id or None,
        row.has_contact_email,
        _applied(row),
        row.updated_at,
    )


def _applied(invoice: XeroInvoice) -> list[dict[str, str]]:
    """Return what is applied, as `Invoice.applied` keeps it."""
    rows = [
        ("payment", each.payment_id, each.payment_date, each.amount, each.reference)
        for each in invoice.payments
    ]
    for kind, credits_of_kind in (
        ("credit_note", invoice.credit_notes),
        ("prepayment", invoice.prepayments),
        ("overpayment", invoice.overpayments),
    ):
        rows += [
            (kind, each.credit_id, each.credit_date, each.amount, each.reference)
            for each in credits_of_kind
        ]
    return [
        {
            "kind": kind,
            "id": applied_id,
            "date": day.isoformat() if day else "",
            "amount": str(amount),
            "reference": reference,
        }
        for kind, applied_id, day, amount, reference in rows
    ]


def _lines(invoice: XeroInvoice) -> list[Row]:
    """Return the lines, each in the order of `upserts.LINE_COLUMNS`."""
    return [
        (
            position,
            line.line_item_id or None,
            line.item_code,
            line.description,
            line.quantity,
            line.unit_amount,
            line.discount_rate,
            line.discount_amount,
            line.account_code,
            line.tax_type,
            line.tax_amount,
            line.line_amount,
        )
        for position, line in enumerate(invoice.line_items, start=1)
    ]


def _linked_contacts(connection: XeroConnection, contact_ids: set[str]) -> set[str]:
    if not contact_ids:
        return set()
    links = ContactLink.objects.for_company(connection.company).filter(
        connection=connection, xero_contact_id__in=contact_ids
    )
    return {str(each) for each in links.values_list("xero_contact_id", flat=True)}
