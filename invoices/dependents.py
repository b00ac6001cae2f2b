"""What waits for a contact yet to be made: it goes on with the contact, or is refused with it."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from invoices import operations
from invoices.models import Operation


def release(
    operation: Operation, *, xero_contact_id: str, rings: bool = True, now: datetime
) -> None:
    """
    Ready what waited for this contact, its id now in place of this operation's.

    :param rings: wake a worker; False for a caller that sends it at once itself
    """
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
        if is_ours and rings:
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


def wait_again(operation: Operation, *, now: datetime) -> bool:
    """
    Let what was not found in Xero wait for its contact, or go on with one that is there by now.

    :return: False when it waits for no contact
    """
    if operation.depends_on_id is None or operation.xero_contact_id is not None:
        return False
    with transaction.atomic():
        contacts = Operation.objects.for_company(operation.company).select_for_update()
        contact = contacts.get(pk=operation.depends_on_id)
        operations.move(
            operation,
            Operation.State.WAITING,
            now=now,
            detail="not_in_xero",
            allowed=operations.AFTER_RESTORE,
            waiting_for=Operation.WaitingFor.CONTACT,
            next_attempt_at=now,
            **operations.NEW_GENERATION,
            **operations.NO_LEASE,
        )
        if contact.state == Operation.State.DONE:
            release(contact, xero_contact_id=str(contact.xero_contact_id), now=now)
        elif contact.state == Operation.State.REFUSED:
            refuse(contact, now=now)
    return True


def _list(operation: Operation) -> list[Operation]:
    return list(
        Operation.objects.for_company(operation.company).filter(
            depends_on=operation,
            state=Operation.State.WAITING,
            waiting_for=Operation.WaitingFor.CONTACT,
        )
    )
