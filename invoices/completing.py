"""
The end of a creation: the invoice that Xero made is mirrored, is on its deal, the operation done.

All of it is one transaction. On PostgreSQL it is one statement where all is as usual: nobody has
told of the invoice yet, and the operation is still ours. Else that writes nothing, and the end is
taken step by step, as it always is on SQLite, where a statement costs no round trip.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from connections import access, columns, crash, statements
from connections.models import XeroConnection
from connections.statements import Statement
from connections.xero.types import Invoice as XeroInvoice
from invoices import mirror, operations, upserts
from invoices.models import DealInvoice, Operation, OperationEvent

_PLACE = ("company_id", "invoice_id", "deal_id", "is_made_by_app", "linked_at")
# The same but for its time, of an invoice that is made by the same statement.
_MADE_PLACE = (
    Statement("company_id"),
    Statement("id"),
    Statement("(SELECT deal_id FROM ours)"),
    Statement("TRUE"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An invoice as Xero made it, and how and when we saw that."""

    invoice: XeroInvoice
    source: str
    fetched_at: datetime
    now: datetime


def at_once(
    operation: Operation, seen: Seen, end: dict[str, Any], session: access.XeroSession | None
) -> bool:
    """
    Store the end by one statement, and the session's calls by the same message.

    :param end: further columns of the operation, and `detail`
    :return: False when it is not as usual: nothing is stored but the calls
    """
    if columns.database().vendor != "postgresql" or operation.deal_id is None:
        return False
    ours = statements.selection_for_update(Operation, operations.mine(operation), ("deal_id",))
    row, lines = mirror.rows_of(seen.invoice, operation.connection, seen.fetched_at, seen.now)
    made = upserts.insertion_of_made(row, lines, source=seen.source, at=seen.now, beside="ours")
    placed = statements.insertion_for_each("made", DealInvoice, _PLACE, (*_MADE_PLACE, seen.now))
    step = operations.prepare(
        operation,
        Operation.State.DONE,
        now=seen.now,
        only_if=Statement("EXISTS (SELECT FROM made)"),
        told=_told(seen),
        invoice_id=Statement("(SELECT id FROM made)"),
        **end,
    )
    told = statements.insertion_for_each("changed", OperationEvent, operations.EVENT, step.event)
    audited = statements.as_part(step.audited, "changed")
    whole = Statement(
        f"""
        WITH ours AS ({ours.text}), {made.text}, placed AS ({placed.text}),
            changed AS ({step.changing.text} RETURNING invoice_id){audited.text}
        {told.text} RETURNING (SELECT invoice_id FROM changed)
        """,  # noqa: S608
        [
            *ours.values,
            *made.values,
            *placed.values,
            *step.changing.values,
            *audited.values,
            *told.values,
        ],
    )
    crash.point("before_storing_done")
    found = statements.fetch(whole, *_calls(session))
    if session is not None:
        session.calls.clear()
    if found is None:
        return False
    step.take(invoice_id=found[0])
    return True


def step_by_step(
    operation: Operation, seen: Seen, end: dict[str, Any], session: access.XeroSession | None
) -> bool:
    """
    Store the end and the session's calls by one transaction, whatever is there already.

    :param end: further columns of the operation, and `detail`
    :return: False when the operation was not ours any more: nothing is stored
    """
    with transaction.atomic():
        deal_id = _lock_deal_of(operation)
        key = _store(operation.connection, seen)
        if deal_id is not None:
            place = (operation.company_id, key, deal_id, True, seen.now)
            statements.run(
                statements.insertion(DealInvoice, _PLACE, [place], ignore_conflicts=True)
            )
        is_ours = operations.move(
            operation, Operation.State.DONE, now=seen.now, told=_told(seen), invoice_id=key, **end
        )
        if is_ours:
            statements.run(*_calls(session))
        else:
            transaction.set_rollback(True)
    if is_ours and session is not None:
        session.calls.clear()
    return is_ours


def _store(connection: XeroConnection, seen: Seen) -> int:
    """Return the primary key of the invoice's row, which most often is not there yet."""
    how: dict[str, Any] = {"source": seen.source, "fetched_at": seen.fetched_at, "now": seen.now}
    key = mirror.store_made(seen.invoice, connection, **how)
    if key is not None:
        return key
    return mirror.store_whole([seen.invoice], connection, **how)[seen.invoice.invoice_id]


def _lock_deal_of(operation: Operation) -> int | None:
    """
    Return the deal that the stored row names now, and keep it so until the transaction ends: it may
    have been merged into another since the operation was read.
    """
    locking = statements.selection_for_update(Operation, {"id": operation.pk}, ("deal_id",))
    ((found,),) = statements.read(locking)[0]
    deal_id: int | None = found
    return deal_id


def _told(seen: Seen) -> dict[str, Any]:
    """Return what the audit trail keeps of the invoice: ids and Xero's word, no names."""
    invoice = seen.invoice
    return {"xero_invoice_id": invoice.invoice_id, "xero_status": invoice.status}


def _calls(session: access.XeroSession | None) -> list[Statement]:
    return [] if session is None else session.records()
