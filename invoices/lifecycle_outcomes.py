"""What an ending means for an action on an invoice, stored in one short transaction each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from connections.xero.types import Invoice as XeroInvoice
from invoices import mirror, operations, version_check, voiding
from invoices.comparing import Difference
from invoices.models import InvoiceEvent, Operation

State = Operation.State
# From where a step does not lead straight to the end: through which state it goes.
_THROUGH = {State.UNSURE: State.LOOKING, State.WAITING: State.READY}


def complete(
    operation: Operation,
    held: XeroInvoice | None,
    *,
    source: str,
    fetched_at: datetime,
    now: datetime,
) -> bool:
    """
    Store that an action was done, with the invoice as Xero holds it now.

    :param held: None when it could not be read after a mail; the next check brings it
    :param source: of `InvoiceEvent.Source`: action, or adopted when a read found it done
    :param fetched_at: when the call began that brought the invoice
    :return: False when the operation was not ours any more; nothing was written
    """
    return _end(
        operation,
        State.DONE,
        held,
        source=source,
        fetched_at=fetched_at,
        now=now,
        detail=source,
        steps=voiding.all_done(operation.steps),
        error_code="",
        error_status=None,
    )


def finish_step(operation: Operation, *, detail: str, now: datetime) -> bool:
    """
    Store that the present one of several steps is done, and let a worker do the next one.

    :return: False when the operation was not ours any more; nothing was written
    """
    step = voiding.first_undone(operation.steps)
    with transaction.atomic():
        is_ours = _pass_through(operation, now=now) and operations.move(
            operation,
            State.READY,
            now=now,
            detail=detail,
            steps=voiding.with_done(operation.steps, step),
            next_attempt_at=now,
            # Each step is a write of its own: its own key, its own count of generations.
            generation=1,
            **operations.NEW_GENERATION,
            **operations.NO_LEASE,
        )
        if is_ours:
            operations.ring(operation.id)
        else:
            transaction.set_rollback(True)
    return is_ours


def refuse_changed(
    operation: Operation, held: XeroInvoice, *, fetched_at: datetime, now: datetime
) -> bool:
    """Store that the invoice is not what the person saw, with the difference (P-5, F-25)."""
    return refuse(
        operation,
        "changed_in_xero",
        held,
        differences=version_check.list_differences(operation, held),
        fetched_at=fetched_at,
        now=now,
    )


def refuse_not_ready(
    operation: Operation,
    held: XeroInvoice,
    missing: Sequence[version_check.Missing],
    *,
    fetched_at: datetime,
    now: datetime,
) -> bool:
    """Store what keeps an invoice from being approved, line by line (M-34)."""
    return refuse(
        operation,
        "not_ready",
        held,
        differences=[
            {"line": each.line, "field": each.field, "confirmed": "", "in_xero": ""}
            for each in missing
        ],
        fetched_at=fetched_at,
        now=now,
    )


def refuse(
    operation: Operation,
    code: str,
    held: XeroInvoice | None,
    *,
    differences: Sequence[Difference] = (),
    fetched_at: datetime,
    now: datetime,
) -> bool:
    """
    Store that we did not carry an action on, and the invoice as Xero holds it.

    :param code: changed_in_xero, not_ready, switched_off, or an obstacle of `voiding.Applied`
    :param held: None when it was not read
    :return: False when the operation was not ours any more; nothing was written
    """
    return _end(
        operation,
        State.REFUSED,
        held,
        source=InvoiceEvent.Source.ACTION,
        fetched_at=fetched_at,
        now=now,
        detail=code,
        error_code=code,
        error_status=None,
        differences=list(differences),
    )


def _end(
    operation: Operation,
    to: str,
    held: XeroInvoice | None,
    *,
    source: str,
    fetched_at: datetime,
    now: datetime,
    **fields: Any,
) -> bool:
    with transaction.atomic():
        is_ours = _pass_through(operation, now=now)
        if is_ours and held is not None:
            mirror.store_whole(
                [held], operation.connection, source=source, fetched_at=fetched_at, now=now
            )
        is_ours = is_ours and operations.move(
            operation,
            to,
            now=now,
            **{"finished_at": now, **fields, **operations.NO_LEASE},
        )
        if not is_ours:
            transaction.set_rollback(True)
    return is_ours


def _pass_through(operation: Operation, *, now: datetime) -> bool:
    through = _THROUGH.get(State(operation.state))
    return through is None or operations.move(operation, through, now=now, detail="read")
