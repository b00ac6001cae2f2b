"""
Places among an organisation's calls: so many may be in flight to one, and so many be made in a
minute, no more (P-15).

A write's place is held by the lease of the operation that is being sent; nothing else has to be
given back. Reads hold theirs by `connections.call_places`.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from connections import call_places, columns, crash, in_flight, quota, statements
from connections.runtime import Runtime
from connections.statements import Statement
from invoices import operations
from invoices.models import Operation, OperationEvent


def lock_connection(connection_id: int) -> None:
    """Queue behind whoever holds this connection's row, until the transaction ends."""
    statements.run(*call_places.locking(connection_id))


def claim(
    operation: Operation,
    *,
    runtime: Runtime,
    now: datetime,
    instead_of: list[uuid.UUID] | None = None,
) -> int | None:
    """
    Take a row for sending: what is about to be sent is on record, and committed, by this.

    Claims of one organisation queue on its row, so that its places are counted rightly.

    :param instead_of: places of reads that came before it, which are given back
    :return: how many are in flight with this one; None when the row is not ours, no place is free
        or the organisation's minute is used up, and nothing was written
    """
    since = statements.stored(Operation, "lease_until", now)
    busy_calls = in_flight.calls(operation.connection_id, since)
    said = quota.used(operation.connection, now=now, runtime=runtime)
    least = "LEAST" if columns.database().vendor == "postgresql" else "min"
    step = operations.prepare(
        operation,
        Operation.State.SENDING,
        now=now,
        only_if=Statement(
            f"(SELECT count(*) FROM ({busy_calls.text}) AS busy)"  # noqa: S608
            f" < {least}(%s, %s - {said.text})",
            [
                *busy_calls.values,
                runtime.xero_calls_in_flight,
                runtime.xero_minute_calls,
                *said.values,
            ],
        ),
        idempotency_key=operation.idempotency_key or str(uuid.uuid4()),
        sends=operation.sends + 1,
        attempts=operation.attempts + 1,
        first_sent_at=operation.first_sent_at or now,
        last_sent_at=now,
        lease_token=uuid.uuid4(),
        lease_until=now + timedelta(seconds=runtime.lease_seconds),
    )
    with crash.before_commit("after_lease_before_commit"):
        *_, busy, claimed = statements.change_and_tell(
            step.changing,
            OperationEvent,
            operations.EVENT,
            step.event,
            # Statements of their own: what follows sees what was committed while the lock was
            # awaited.
            first=[
                *call_places.locking(operation.connection_id),
                *call_places.giving_back(instead_of or []),
                busy_calls,
            ],
        )
    if not claimed:
        return None
    step.take()
    return busy + 1
