"""Why an operation is not sent now, and until when: a gate, a pause, its minute, the budget."""

from __future__ import annotations

from datetime import datetime

from connections import breaker, consequences, quota
from connections.models import XeroConnection
from connections.runtime import Runtime
from invoices import operations
from invoices.models import Operation

State = Operation.State


def wait_for_gate(operation: Operation, shut: str, *, now: datetime) -> None:
    """Nothing may be written: due from now on, held back by the gate (`queries.list_due`)."""
    if operation.state != State.READY:
        return
    is_connection = not operation.connection.is_usable
    operations.move(
        operation,
        State.WAITING,
        now=now,
        detail=shut,
        waiting_for=Operation.WaitingFor.CONNECTION if is_connection else Operation.WaitingFor.GATE,
        next_attempt_at=now,
        **operations.NEW_GENERATION,
    )


def wait_for_pause(operation: Operation, *, now: datetime) -> None:
    """The organisation was asked to be left alone: wait with it (F-5 to F-7)."""
    is_outage = operation.connection.pause_reason == XeroConnection.PauseReason.OUTAGE
    # An outage ends when it ends: due from now on, held back by the connection's own row.
    until = now if is_outage else operation.connection.pause_until or now
    reason = Operation.WaitingFor.OUTAGE if is_outage else Operation.WaitingFor.LIMIT
    if operation.state != State.READY:
        postpone(operation, until, reason)
        return
    operations.move(
        operation,
        State.WAITING,
        now=now,
        detail=operation.connection.pause_reason,
        waiting_for=reason,
        next_attempt_at=until,
    )


def postpone(operation: Operation, until: datetime, reason: str) -> None:
    """Put the next try off; what waits says for what, which may be another thing than before."""
    if operation.state == State.WAITING:
        operations.postpone(operation, until, waiting_for=reason)
    else:
        operations.postpone(operation, until)


def may_try(operation: Operation, *, runtime: Runtime, now: datetime) -> bool:
    """Whether this send is a first one, or one more may be made of those sent again (P-16)."""
    is_again = operation.attempts > 0 and operation.waiting_for != Operation.WaitingFor.LIMIT
    return not is_again or breaker.take_retry(runtime=runtime, now=now)


def wait_for_minute(operation: Operation, *, runtime: Runtime, now: datetime) -> None:
    """Hold an organisation back whose minute is used up, before Xero has to ask for it (F-5)."""
    until = quota.free_at(operation.connection, now=now, runtime=runtime)
    if until is not None:
        consequences.pause(
            operation.connection, XeroConnection.PauseReason.MINUTE, until=until, now=now
        )
        wait_for_pause(operation, now=now)
