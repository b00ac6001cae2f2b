"""
Places among an organisation's calls: so many writes may be in flight to one, no more (P-15).

A place is held by the lease of the operation that is being sent; nothing else has to be given back.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import connection as database

from connections import statements
from connections.statements import Statement
from invoices import operations
from invoices.models import Operation, OperationEvent

_IN_FLIGHT = (
    "SELECT id FROM invoices_operation"
    " WHERE connection_id = %s AND state = 'sending' AND lease_until > %s"
)


def lock_connection(connection_id: int) -> None:
    """Queue behind whoever holds this connection's row, until the transaction ends."""
    statements.run(*_locking(connection_id))


def claim(operation: Operation, *, at_once: int, lease_seconds: int, now: datetime) -> int | None:
    """
    Take a row for sending: what is about to be sent is on record, and committed, by this.

    Claims of one organisation queue on its row, so that its places are counted rightly.

    :param at_once: how many writes an organisation may have in flight
    :return: how many are in flight with this one; None when the row is not ours or no place is
        free, and nothing was written
    """
    since = statements.stored(Operation, "lease_until", now)
    in_flight = Statement(_IN_FLIGHT, [operation.connection_id, since])
    step = operations.prepare(
        operation,
        Operation.State.SENDING,
        now=now,
        only_if=Statement(
            f"(SELECT count(*) FROM ({_IN_FLIGHT}) AS busy) < %s",  # noqa: S608
            [*in_flight.values, at_once],
        ),
        idempotency_key=operation.idempotency_key or str(uuid.uuid4()),
        sends=operation.sends + 1,
        attempts=operation.attempts + 1,
        first_sent_at=operation.first_sent_at or now,
        last_sent_at=now,
        lease_token=uuid.uuid4(),
        lease_until=now + timedelta(seconds=lease_seconds),
    )
    *_, busy, claimed = statements.change_and_tell(
        step.changing,
        OperationEvent,
        operations.EVENT,
        step.event,
        # Statements of their own: what follows sees what was committed while the lock was awaited.
        first=[*_locking(operation.connection_id), in_flight],
    )
    if not claimed:
        return None
    step.take()
    return busy + 1


def _locking(connection_id: int) -> list[Statement]:
    """SQLite lets one transaction write at a time and needs no lock for it."""
    if not database.features.has_select_for_update:
        return []
    lock = "SELECT id FROM connections_xeroconnection WHERE id = %s FOR UPDATE"
    return [Statement(lock, [connection_id])]
