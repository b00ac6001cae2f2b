"""
The invoices that Pipedrive asks for: out of the mirror where it holds them, else out of Xero.

What is read here is kept in the mirror: it is shown in Pipedrive from now on, so that what is
pressed on it is held against the version that was seen (P-5).
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.cache import cache
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from connections.models import XeroConnection
from connections.xero.types import Invoice as XeroInvoice
from connections.xero.types import InvoiceSummary
from invoices import mirror
from invoices.models import ContactHistory, Invoice, InvoiceEvent
from invoices.native import door, reading
from invoices.native.door import Call
from invoices.native.failures import invalid, not_found
from mappings.models import ContactLink

MOST_IDS = 200
PAGE = 50
MOST_PAGES = 10_000
SALES = "ACCREC"
# Each holds a thousand: a contact with more is added up in Xero's own reports.
_MOST_XERO_PAGES = 20
_JUST_READ_SECONDS = 60


def get_one(call: Call, text: str) -> Invoice:
    """
    Return one invoice of the company.

    :raises Failure: Xero has none of this id for the company, or did not answer
    """
    wanted = door.read_id(text)
    found = _rows(call).filter(xero_invoice_id=wanted).order_by("-connection__pk").first()
    if found is not None:
        return found
    held = door.ask_xero(call, lambda xero: xero.get_invoice(str(wanted)))
    if held.type != SALES:
        raise not_found()
    _keep_whole(call, [held])
    kept: Invoice = _rows(call).get(connection=call.connection, xero_invoice_id=wanted)
    return kept


def list_by_ids(call: Call, text: str) -> list[Invoice]:
    """
    Return these invoices in the order asked for; those that the company has not are left out.

    :param text: ids with commas
    :raises Failure: there are too many, or Xero did not answer for those not known yet
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) > MOST_IDS:
        raise invalid(_("ids takes at most %(most)d ids.") % {"most": MOST_IDS})
    wanted = list(dict.fromkeys(filter(None, map(door.read_uuid, parts))))
    found = {each.xero_invoice_id: each for each in _rows(call).filter(xero_invoice_id__in=wanted)}
    unknown = [each for each in wanted if each not in found]
    if unknown and call.live is not None:
        held: Sequence[XeroInvoice] = door.ask_xero(
            call, lambda xero: xero.list_invoices_by_ids(map(str, unknown))
        )
        _keep_whole(call, [each for each in held if each.type == SALES])
        again = _rows(call).filter(xero_invoice_id__in=unknown)
        found |= {each.xero_invoice_id: each for each in again}
    return [found[each] for each in wanted if each in found]


def list_of_contact(call: Call) -> list[Invoice]:
    """
    Return one page of a contact's invoices by issue date, the newest first (contract §3.4).

    :raises Failure: the query is not complete or cannot be read, or Xero did not answer
    """
    said = reading.Fields(call.query.dict())
    contact_id = read_contact_id(said, "customerId")
    first = said.day("startDate", call.connection, is_needed=True)
    last = said.day("endDate", call.connection)
    page = _read_page(call.query.get("page", "1"))
    rows = _between(of_contact(call, contact_id), first, last)
    start = (page - 1) * PAGE
    return list(rows.order_by("-issue_date", "-pk")[start : start + PAGE])


def of_contact(
    call: Call, contact_id: uuid.UUID, *, is_asked_anew: bool = False
) -> QuerySet[Invoice]:
    """
    Return a contact's invoices. The mirror is followed for linked contacts; of any other, and where
    news is asked for, Xero is read first.

    :raises Failure: Xero did not answer, or knows no such contact
    """
    connection = call.connection
    just_read = f"native:contact:{connection.pk}:{contact_id}"
    if is_asked_anew or not (_is_followed(connection, contact_id) or cache.get(just_read)):
        _read_contact(call, contact_id)
        # A reader goes from page to page, and asks for the sums beside: that is one reading.
        cache.set(just_read, 1, _JUST_READ_SECONDS)
    return _rows(call).filter(connection=connection, xero_contact_id=contact_id)


def between(
    rows: QuerySet[Invoice], said: reading.Fields, connection: XeroConnection
) -> QuerySet[Invoice]:
    """Return those issued from `from` to `to`, both inclusive; without them, all."""
    return _between(rows, said.day("from", connection), said.day("to", connection))


def read_contact_id(said: reading.Fields, name: str) -> uuid.UUID:
    """
    Return the contact that a query names.

    :raises Failure: it names none, or what is no id
    """
    text = said.text(name, longest=64, is_needed=True)
    found = door.read_uuid(text)
    if found is None:
        raise not_found()
    return found


def _between(rows: QuerySet[Invoice], first: date | None, last: date | None) -> QuerySet[Invoice]:
    if first and last and first > last:
        raise invalid(_("The first day is after the last one."))
    if first:
        rows = rows.filter(issue_date__gte=first)
    return rows.filter(issue_date__lte=last) if last else rows


def _rows(call: Call) -> QuerySet[Invoice]:
    rows: QuerySet[Invoice] = Invoice.objects.for_company(call.company)
    return rows.select_related("connection__authorisation", "deal_link")


def _is_followed(connection: XeroConnection, contact_id: uuid.UUID) -> bool:
    """Whether all of the contact's invoices are in the mirror, and news of them comes in."""
    linked = ContactLink.objects.for_company(connection.company).filter(
        connection=connection, xero_contact_id=contact_id
    )
    read = ContactHistory.objects.for_company(connection.company).filter(
        connection=connection, xero_contact_id=contact_id, state=ContactHistory.State.DONE
    )
    return linked.exists() and read.exists()


def _read_contact(call: Call, contact_id: uuid.UUID) -> None:
    def read(session: Any) -> list[InvoiceSummary]:
        rows: list[InvoiceSummary] = []
        for number in range(1, _MOST_XERO_PAGES + 1):
            page = session.call(
                lambda xero, number=number: xero.list_invoices_of_contacts(
                    [str(contact_id)], page=number
                )
            )
            rows += page.rows
            if page.is_last:
                return rows
        raise invalid(_("This contact has more invoices than can be added up here."))

    mirror.store_known(
        door.with_xero(call, read),
        call.connection,
        source=InvoiceEvent.Source.REFRESH,
        fetched_at=call.now,
        now=call.now,
    )


def _keep_whole(call: Call, held: Sequence[XeroInvoice]) -> None:
    mirror.store_whole(
        held,
        call.connection,
        source=InvoiceEvent.Source.REFRESH,
        fetched_at=call.now,
        now=call.now,
    )


def _read_page(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= MOST_PAGES):
        raise invalid(_("page has to be a whole number from 1 on."))
    return int(text)
