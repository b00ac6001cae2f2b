"""What support decides about an operation by hand: go on, end before it is sent, close (P-12)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction

from connections import audit
from connections.models import User
from invoices import operations, outcomes
from invoices.models import Operation

State = Operation.State
# Nothing of it can be in Xero: not sent, or sent and answered with "not carried out".
CANCELLABLE: Final = frozenset({State.READY, State.WAITING})


def retry(operation: Operation, *, by: User, reason: str, now: datetime) -> bool:
    """
    Let an operation that needs a person go on: it looks in Xero before it may send anything.

    :param by: who of support decided it, with their reason, for the audit trail
    :return: False when it is not in that state any more
    """
    if operation.state != State.NEEDS_PERSON:
        return False
    with transaction.atomic():
        is_ours = operations.move(
            operation,
            State.LOOKING,
            now=now,
            detail="retried",
            finished_at=None,
            next_attempt_at=now,
            looks=0,
            # The generations allowed count anew from the look's next one.
            generation=0,
            **operations.NO_LEASE,
        )
        if is_ours:
            audit.record(
                "operation.retried",
                company=operation.company,
                actor=by,
                subject=f"operation:{operation.id}",
                reason=reason,
                now=now,
            )
            operations.ring(operation.id)
    return is_ours


def cancel(operation: Operation, *, by: User, reason: str, now: datetime) -> bool:
    """
    End an operation that was not sent; what depends on it ends with it.

    :return: False when it may be in Xero already, or has ended
    """
    is_begun = any(step.get("is_done") for step in operation.steps)
    if operation.state not in CANCELLABLE or is_begun:
        return False
    return _close(operation, "cancelled", by=by, reason=reason, now=now)


def settle(operation: Operation, *, by: User, reason: str, now: datetime) -> bool:
    """
    Close an operation that needs a person: they have looked in Xero, and what it shows stands.

    :return: False when it does not need anybody
    """
    if operation.state != State.NEEDS_PERSON:
        return False
    return _close(operation, "settled", by=by, reason=reason, now=now)


def _close(operation: Operation, code: str, *, by: User, reason: str, now: datetime) -> bool:
    event = "operation.cancelled" if code == "cancelled" else "operation.resolved"
    before = operation.state
    with transaction.atomic():
        is_ours = outcomes.close(operation, code=code, now=now)
        if is_ours:
            audit.record(
                event,
                company=operation.company,
                actor=by,
                subject=f"operation:{operation.pk}",
                before={"state": before},
                after={"state": State.REFUSED},
                reason=reason,
                now=now,
            )
    return is_ours
