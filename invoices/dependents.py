"""What waits for a contact yet to be made: it goes on with the contact, or is refused with it."""

from __future__ import annotations

import uuid
from datetime import datetime

from invoices import operations
from invoices.models import Operation


def release(operation: Operation, *, xero_contact_id: str, now: datetime) -> None:
    """Ready what waited for this contact, its id now in place of this operation's."""
    for dependent in _list(operation):
        body = dependent.request_body.replace(str(operation.id), xero_contact_id)
        is_ours = operations.move(
            dependent,
            Operation.State.READY,
            now=now,
            detail="contact_done",
            request_body=body,
            xero_contact_id=uuid.UUID(xero_contact_id),
            next_attempt_at=now,
        )
        if is_ours:
            operations.ring(dependent.id)


def refuse(operation: Operation, *, now: datetime) -> None:
    """Refuse what waited for a contact that Xero refused, with the same messages."""
    for dependent in _list(operation):
        operations.move(
            dependent,
            Operation.State.REFUSED,
            now=now,
            detail="contact_refused",
            error_code=operation.error_code,
            error_status=operation.error_status,
            error_messages=operation.error_messages,
            finished_at=now,
        )


def _list(operation: Operation) -> list[Operation]:
    return list(
        Operation.objects.for_company(operation.company).filter(
            depends_on=operation,
            state=Operation.State.WAITING,
            waiting_for=Operation.WaitingFor.CONTACT,
        )
    )
