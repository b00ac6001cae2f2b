"""
Putting an invoice of a deal's linked contact on that deal, taking it off, moving it (M-47, R-33).

Only our own association: nothing is written to Xero. An invoice sits on at most one deal, which the
database holds; of two people who press at once, the second is told.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from connections import audit
from connections.models import Membership, XeroConnection
from invoices import contact_links
from invoices.models import Deal, DealInvoice, Invoice, Operation
from mappings import queries as mapping_queries


class NotOfContact(Exception):
    """
    The invoice is not one of the deal's linked contact; nothing was changed.

    `is_known`: whether this company has the invoice at all.
    """

    def __init__(self, invoice_id: int, *, is_known: bool) -> None:
        super().__init__(str(invoice_id))
        self.is_known = is_known


class Elsewhere(Exception):
    """The invoice is on another deal, None when it is on no deal; nothing was changed."""

    def __init__(self, deal_id: int | None) -> None:
        super().__init__(str(deal_id))
        self.deal_id = deal_id


def put(
    membership: Membership,
    connection: XeroConnection | None,
    deal: Deal,
    invoice_id: int,
    *,
    moves_from: int | None,
    now: datetime,
) -> Invoice:
    """
    Link an invoice to a deal; one that is there already stays as it is.

    :param deal: of this person's company, and for them to see
    :param moves_from: the deal on which the person saw it and from which they want it moved
    :raises contact_links.NotAllowed: a gate is shut (R-2)
    :raises NotOfContact: see there
    :raises Elsewhere: it is on another deal than `moves_from`
    """
    connection = contact_links.check_may_link(membership, connection)
    invoice = _get(membership, connection, deal, invoice_id)
    try:
        with transaction.atomic():
            if moves_from is None:
                _add(membership, deal, invoice, now=now)
            else:
                _move(membership, deal, invoice, moves_from, now=now)
    except (IntegrityError, Elsewhere):
        found = _where(invoice)
        if found != deal.deal_id:
            raise Elsewhere(found) from None
    return invoice


def take_off(
    membership: Membership,
    connection: XeroConnection | None,
    deal: Deal,
    invoice_id: int,
    *,
    now: datetime,
) -> Invoice:
    """
    Unlink an invoice from a deal. It stays in Xero and among its contact's invoices, also when the
    app made it.

    :raises contact_links.NotAllowed: a gate is shut (R-2)
    :raises NotOfContact: this company has no such invoice
    :raises Elsewhere: it is not on this deal any more
    """
    contact_links.check_may_link(membership, connection)
    invoice = Invoice.objects.for_company(membership.company).filter(pk=invoice_id).first()
    if invoice is None:
        raise NotOfContact(invoice_id, is_known=False)
    places = DealInvoice.objects.for_company(membership.company)
    with transaction.atomic():
        gone, _ = places.filter(invoice=invoice, deal_id=deal.deal_id).delete()
        if gone:
            _record("invoice.unlinked", membership, invoice, deal.deal_id, None, now=now)
    if not gone:
        raise Elsewhere(_where(invoice))
    return invoice


def _get(
    membership: Membership, connection: XeroConnection, deal: Deal, invoice_id: int
) -> Invoice:
    """Return an invoice of the contact that the deal's customer is linked to."""
    link = mapping_queries.contact_link(
        connection, organization_id=deal.organization_id, person_id=deal.person_id
    )
    invoice: Invoice | None = (
        Invoice.objects.for_company(membership.company).filter(pk=invoice_id).first()
    )
    if (
        invoice is None
        or link is None
        or (invoice.connection_id, invoice.xero_contact_id) != (connection.pk, link.xero_contact_id)
    ):
        raise NotOfContact(invoice_id, is_known=invoice is not None)
    return invoice


def _add(membership: Membership, deal: Deal, invoice: Invoice, *, now: datetime) -> None:
    made_by_app = Operation.objects.for_company(membership.company).filter(
        invoice=invoice, kind=Operation.Kind.CREATE
    )
    DealInvoice.objects.create(
        company=membership.company,
        invoice=invoice,
        deal_id=deal.deal_id,
        is_made_by_app=made_by_app.exists(),
        linked_by=membership.user,
        linked_at=now,
    )
    _record("invoice.linked", membership, invoice, None, deal.deal_id, now=now)


def _move(
    membership: Membership, deal: Deal, invoice: Invoice, moves_from: int, *, now: datetime
) -> None:
    places = DealInvoice.objects.for_company(membership.company)
    seen = places.filter(invoice=invoice, deal_id=moves_from)
    if not seen.update(deal_id=deal.deal_id, linked_by=membership.user, linked_at=now):
        raise Elsewhere(moves_from)
    _record("invoice.moved", membership, invoice, moves_from, deal.deal_id, now=now)


def _where(invoice: Invoice) -> int | None:
    places = DealInvoice.objects.across_companies().filter(
        company_id=invoice.company_id, invoice=invoice
    )
    deal_id: int | None = places.values_list("deal_id", flat=True).first()
    return deal_id


def _record(
    event: str,
    membership: Membership,
    invoice: Invoice,
    before: int | None,
    after: int | None,
    *,
    now: datetime,
) -> None:
    audit.record(
        event,
        company=membership.company,
        actor=membership.user,
        subject=f"invoice:{invoice.pk}",
        before={"deal_id": before} if before else {},
        after={"deal_id": after} if after else {},
        now=now,
    )
