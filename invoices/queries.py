"""Reads about operations and invoices, for pages and workers."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Min, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from connections import reading, runtime, statements
from connections.models import Company, PersonalXeroLink, XeroAuthorisation, XeroConnection
from connections.runtime import Runtime
from connections.statements import Statement
from invoices import one_invoice
from invoices.models import DealInvoice, Invoice, Operation

OPEN_STATUSES = (Invoice.Status.DRAFT, Invoice.Status.SUBMITTED, Invoice.Status.AUTHORISED)
RINGS_PER_SWEEP = 200
# Nothing a worker could do: the contact is not made yet, or a person has to renew their own link.
# One whose link was removed is due, to be refused.
_WAITS_FOR_OTHERS = Q(waiting_for=Operation.WaitingFor.CONTACT) | Q(
    waiting_for=Operation.WaitingFor.OWN_LINK,
    personal_link__state=PersonalXeroLink.State.RECONNECT,
)

_WORKER_ROW = reading.Reader(
    ("o", Operation), ("co", Company), ("c", XeroConnection), ("a", XeroAuthorisation)
)
_FOR_WORKER = f"""
    SELECT {_WORKER_ROW.columns}
    FROM invoices_operation o
    JOIN connections_company co ON co.id = o.company_id
    JOIN connections_xeroconnection c ON c.id = o.connection_id
    LEFT JOIN connections_xeroauthorisation a ON a.id = c.authorisation_id
    WHERE o.id = %s
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Card:
    """
    What a deal shows of one invoice: its row, the operation that makes or made it, or both.

    `invoice.connection` is loaded, for the link into Xero and the time of the last check.
    """

    operation: Operation | None
    invoice: Invoice | None
    # The last thing that a person did to the invoice here (product §7).
    action: Operation | None = None

    @classmethod
    def of(cls, invoice: Invoice, operations: Sequence[Operation]) -> Card:
        """Return the card of an invoice, given its operations, the oldest first."""
        made_by = [row for row in operations if row.kind == Operation.Kind.CREATE]
        acts = [row for row in operations if row.kind in Operation.ACTION_KINDS]
        return cls(made_by[-1] if made_by else None, invoice, acts[-1] if acts else None)

    @property
    def is_moving(self) -> bool:
        """Whether it changes by itself within seconds or minutes, so that a page looks again."""
        return any(each is not None and not each.is_final for each in (self.operation, self.action))

    @property
    def checked_at(self) -> datetime | None:
        """
        When we last knew the status to be so: this invoice's own fetch, or a later check of the
        organisation that brought no news of it.
        """
        if self.invoice is None:
            return None
        polled = self.invoice.connection.polled_at
        return max(self.invoice.checked_at, polled) if polled else self.invoice.checked_at

    @property
    def created_at(self) -> datetime:
        """When it came to be on the deal, for the order of the cards."""
        row = self.operation or self.invoice
        assert row is not None
        return row.created_at


def list_cards(company: Company, deal_id: int) -> list[Card]:
    """
    Return the cards of a deal, the newest first, by three queries.

    A refused operation is shown until the next one for the deal; one that was done is shown as
    its invoice.

    Operations are read before invoices: what has ended by then shows on the invoice, and what ends
    after it is seen to be under way. The other way about a card says the old and stands still.
    """
    operations = list(_create_operations(company).filter(deal_id=deal_id).order_by("-created_at"))
    links = DealInvoice.objects.for_company(company).filter(deal_id=deal_id)
    acts = _last_actions(company, links.values("invoice_id"))
    invoices = [link.invoice for link in links.select_related("invoice__connection")]
    made_by = {row.invoice_id: row for row in operations if row.invoice_id is not None}
    cards = [Card(made_by.get(each.pk), each, acts.get(each.pk)) for each in invoices]
    for index, row in enumerate(operations):
        if row.invoice_id is None and (row.state != Operation.State.REFUSED or index == 0):
            cards.append(Card(row, None))
    return sorted(cards, key=lambda card: card.created_at, reverse=True)


def get_operation_card(company: Company, operation_id: uuid.UUID) -> Card | None:
    """Return the card of one creation, by two queries; None when this company has no such."""
    rows = _create_operations(company).filter(pk=operation_id)
    acts = _last_actions(company, rows.values("invoice_id"))  # first, see `list_cards`
    row = rows.first()
    if row is None or row.invoice is None:
        return None if row is None else Card(row, None)
    return Card(row, row.invoice, acts.get(row.invoice.pk))


def get_invoice_card(company: Company, invoice_id: int) -> Card | None:
    """Return the card of one invoice, by two queries; None when this company has no such."""
    operations = _list_operations(company.pk, invoice_id)  # first, see `list_cards`
    invoice = one_invoice.get(company, invoice_id)
    return None if invoice is None else Card.of(invoice, operations)


def get_card_of(invoice: Invoice) -> Card:
    """Return the card of an invoice at hand, by one query."""
    return Card.of(invoice, list_operations(invoice))


def list_operations(invoice: Invoice) -> list[Operation]:
    """Return all that people asked for on an invoice, its creation too, the oldest first."""
    return _list_operations(invoice.company_id, invoice.pk)


def _list_operations(company_id: int, invoice_id: int) -> list[Operation]:
    rows = Operation.objects.across_companies().filter(
        company_id=company_id,
        invoice_id=invoice_id,
        kind__in=[Operation.Kind.CREATE, *Operation.ACTION_KINDS],
    )
    return list(
        rows.select_related("connection", "depends_on", "requested_by").order_by("created_at")
    )


def list_cards_of(company: Company, invoices: Sequence[Invoice]) -> list[Card]:
    """Return these invoices' cards, in their order, by one query; each has its connection set."""
    acts = _last_actions(company, [invoice.pk for invoice in invoices])
    return [Card(None, invoice, acts.get(invoice.pk)) for invoice in invoices]


def list_under_way(company: Company, invoice_ids: Sequence[int]) -> frozenset[int]:
    """Return which of these invoices have an action that has not ended, by one query."""
    if not invoice_ids:
        return frozenset()
    rows = Operation.objects.for_company(company).filter(
        invoice_id__in=invoice_ids, kind__in=Operation.ACTION_KINDS
    )
    ended = (Operation.State.DONE, Operation.State.REFUSED)
    return frozenset(rows.exclude(state__in=ended).values_list("invoice_id", flat=True))


def list_live_invoices(company: Company, deal_id: int) -> list[Invoice]:
    """Return the invoices on a deal that are neither voided nor deleted, the newest first."""
    links = DealInvoice.objects.for_company(company).filter(deal_id=deal_id)
    found = links.exclude(invoice__xero_status__in=Invoice.GONE).select_related("invoice")
    return [link.invoice for link in found.order_by("-pk")]


def get_open_creation(company: Company, deal_id: int) -> Operation | None:
    """Return the creation under way for a deal, an unresolved one included (P-1)."""
    return (
        _create_operations(company)
        .filter(deal_id=deal_id)
        .exclude(state__in=[Operation.State.DONE, Operation.State.REFUSED])
        .order_by("-created_at")
        .first()
    )


def list_invoice_states(company: Company, deal_ids: list[int]) -> dict[int, list[Invoice]]:
    """Return the invoices on each of these deals, by one query, for a list of deals."""
    found: dict[int, list[Invoice]] = {}
    links = DealInvoice.objects.for_company(company).filter(deal_id__in=deal_ids)
    for link in links.select_related("invoice").order_by("-linked_at"):
        found.setdefault(link.deal_id, []).append(link.invoice)
    return found


def get_for_worker(operation_id: uuid.UUID | str) -> tuple[Operation | None, Runtime]:
    """
    Return an operation with its company, connection and authorisation, and the settings of this
    moment, on PostgreSQL by one message.
    """
    key = statements.stored(Operation, "id", operation_id)
    found, settings = statements.read(Statement(_FOR_WORKER, [key]), runtime.STORED)
    if not found:
        return None, runtime.of(settings)
    operation: Operation
    operation, company, connection, authorisation = _WORKER_ROW.read(found[0])
    connection.company, connection.authorisation = company, authorisation
    operation.company, operation.connection = company, connection
    return operation, runtime.of(settings)


def get_personal_link(operation: Operation) -> PersonalXeroLink | None:
    """Return as whose own Xero user an operation is written, its authorisation loaded (R-3)."""
    if operation.personal_link_id is None:
        return None
    link: PersonalXeroLink = (
        PersonalXeroLink.objects.for_company(operation.company)
        .select_related("authorisation")
        .get(pk=operation.personal_link_id)
    )
    return link


def list_waiting_for_link(link: PersonalXeroLink, *, most: int) -> list[Operation]:
    """Return what was pressed with a personal Xero link and has not ended, the oldest first."""
    rows = Operation.objects.for_company(link.company).filter(
        personal_link=link, state__in=Operation.OPEN_STATES
    )
    return list(rows.select_related("invoice").order_by("created_at")[:most])


def list_due(now: datetime, *, is_sending_paused: bool) -> list[uuid.UUID]:
    """
    Return the operations that a worker should be woken for, companies taking turns (P-15).

    What waits for a connection or a limit is due once that ends: by the connection's own row, so
    nothing has to be moved when it does.

    :param now: the database's clock
    """
    rows = Operation.objects.across_companies().filter(
        Q(lease_until__isnull=True) | Q(lease_until__lt=now),
        _can_act(now),
        state__in=Operation.OPEN_STATES,
        next_attempt_at__lte=now,
    )
    rows = rows.exclude(_WAITS_FOR_OTHERS)
    if is_sending_paused:
        rows = rows.exclude(state__in=[Operation.State.READY, Operation.State.WAITING])
    turn = Window(RowNumber(), partition_by=F("company_id"), order_by=F("next_attempt_at").asc())
    due = rows.annotate(turn=turn).order_by("turn", "next_attempt_at")
    return list(due.values_list("pk", flat=True)[:RINGS_PER_SWEEP])


def get_next_for_connection(connection_id: int) -> uuid.UUID | None:
    """Return the ready operation that has waited longest for a place at this connection."""
    return (
        Operation.objects.across_companies()
        .filter(
            connection_id=connection_id,
            state=Operation.State.READY,
            lease_until__isnull=True,
        )
        .order_by("created_at")
        .values_list("pk", flat=True)
        .first()
    )


def get_first_sent_at(operation: Operation) -> datetime | None:
    """Return when an operation was first sent, in whatever generation."""
    first: datetime | None = operation.events.filter(to_state=Operation.State.SENDING).aggregate(
        first=Min("at")
    )["first"]
    return first


def get_oldest_due_at(now: datetime) -> datetime | None:
    """Return since when the oldest due operation waits for a worker, for the ready page."""
    rows = Operation.objects.across_companies().filter(
        _can_act(now), state__in=Operation.OPEN_STATES, next_attempt_at__lte=now
    )
    rows = rows.exclude(_WAITS_FOR_OTHERS)
    oldest: datetime | None = rows.aggregate(oldest=Min("next_attempt_at"))["oldest"]
    return oldest


def iterate_states() -> Iterator[dict[str, Any]]:
    """Yield what became of every operation of every company, the oldest first: ids and codes."""
    rows = Operation.objects.across_companies().order_by("created_at")
    yield from rows.values(
        "id",
        "company_id",
        "kind",
        "deal_id",
        "state",
        "waiting_for",
        "generation",
        "attempts",
        "error_code",
        "created_at",
        "finished_at",
        "invoice__xero_invoice_id",
    ).iterator(chunk_size=500)


def iterate_unfinished() -> Iterator[Operation]:
    """Yield every operation of every company that has not ended."""
    rows = Operation.objects.across_companies().filter(state__in=Operation.OPEN_STATES)
    yield from rows.select_related("company").order_by("created_at").iterator(chunk_size=500)


def _create_operations(company: Company) -> QuerySet[Operation]:
    return (
        Operation.objects.for_company(company)
        .filter(kind=Operation.Kind.CREATE)
        .select_related("connection", "invoice__connection", "depends_on")
    )


def _last_actions(company: Company, invoice_ids: Any) -> dict[int, Operation]:
    """
    Return the last action of a person on each of these invoices, by one query.

    :param invoice_ids: a list, or a query of them
    """
    rows = Operation.objects.for_company(company).filter(
        invoice_id__in=invoice_ids, kind__in=Operation.ACTION_KINDS
    )
    return {row.invoice_id: row for row in rows.order_by("created_at") if row.invoice_id}


def _can_act(now: datetime) -> Q:
    """
    A lease that ended is settled at once, and a ready one told what it waits for; all else needs
    open gates (`gates.find_shut`, as a filter) and a connection that is not paused.
    """
    usable = Q(
        Q(connection__pause_until__isnull=True) | Q(connection__pause_until__lte=now),
        connection__state=XeroConnection.State.ACTIVE,
        company__state=Company.State.ACTIVE,
        company__is_security_stated=True,
    )
    return usable | Q(state__in=[Operation.State.SENDING, Operation.State.READY])
