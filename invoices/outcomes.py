"""What an ending means for an operation, stored in one short transaction each."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction

from connections import access, doorbell, errors
from connections.models import PersonalXeroLink, XeroConnection
from connections.runtime import Runtime
from connections.webhooks import waiting
from connections.xero.types import Contact, Item
from connections.xero.types import Invoice as XeroInvoice
from invoices import (
    comparing,
    completing,
    contact_links,
    dependents,
    difference_names,
    operations,
    schedule,
)
from invoices.models import Operation
from mappings import queries as mapping_queries
from mappings import reference
from mappings.models import ReferenceList

log = structlog.get_logger(__name__)

State = Operation.State
WaitingFor = Operation.WaitingFor
_REFRESH_LISTS = "mappings.tasks.refresh_connection"


def complete_invoice(
    operation: Operation,
    answer: XeroInvoice,
    *,
    source: str,
    fetched_at: datetime,
    session: access.XeroSession | None = None,
    now: datetime,
) -> bool:
    """
    Store the invoice that Xero made: mirror, place on the deal, differences, and the end.

    :param source: of `InvoiceEvent.Source`: created, or adopted when a look found it
    :param fetched_at: when the call began that brought it
    :param session: whose calls are stored with it
    :return: False when the operation was not ours any more; nothing was written of the invoice
    """
    differences = difference_names.add(
        operation.connection,
        comparing.compare(operation.request_body, operation.summary, answer),
    )
    end = {"detail": source, "differences": differences, **_ended(now)}
    seen = completing.Seen(invoice=answer, source=source, fetched_at=fetched_at, now=now)
    is_ours = completing.at_once(operation, seen, end, session) or completing.step_by_step(
        operation, seen, end, session
    )
    if is_ours and differences:
        log.error(
            "invoice_differs",
            operation=str(operation.id),
            fields=sorted({each["field"] for each in differences}),
        )
    return is_ours


def complete_contact(
    operation: Operation, contact: Contact, *, rings: bool = True, now: datetime
) -> bool:
    """
    Store that a contact was made or changed, link it, and release what waited for it.

    :param rings: wake a worker for what waited
    :return: False when the operation was not ours any more; nothing was written
    """
    with transaction.atomic():
        is_ours = operations.move(
            operation, State.DONE, now=now, xero_contact_id=contact.contact_id, **_ended(now)
        )
        if is_ours:
            if operation.kind == Operation.Kind.CREATE_CONTACT:
                _link(operation, contact, now=now)
            dependents.release(operation, xero_contact_id=contact.contact_id, rings=rings, now=now)
    return is_ours


def _link(operation: Operation, contact: Contact, *, now: datetime) -> None:
    """
    Link a new contact to whom it was asked for, or to who that was merged into since.

    A link that the person could not know of when they asked stays: one that somebody has made
    since, and one that the record that stayed has of its own.
    """
    organization_id = operation.summary.get("organization_id")
    person_id = operation.summary.get("person_id")
    asked = mapping_queries.contact_key(organization_id=organization_id, person_id=person_id)
    organization_id = _find_heir(operation, "organization", organization_id)
    person_id = _find_heir(operation, "person", person_id)
    heir = mapping_queries.contact_key(organization_id=organization_id, person_id=person_id)
    known = mapping_queries.contact_link(
        operation.connection, organization_id=organization_id, person_id=person_id
    )
    if known and (heir != asked or known.linked_at > operation.created_at):
        return
    contact_links.link(
        operation.connection,
        organization_id=organization_id,
        person_id=person_id,
        xero_contact_id=UUID(contact.contact_id),
        contact_name=contact.name,
        by=operation.requested_by,
        now=now,
    )


def _find_heir(operation: Operation, entity: str, number: int | None) -> int | None:
    return None if number is None else waiting.find_heir(operation.company, entity, number)


def refuse(operation: Operation, error: errors.Rejected, *, now: datetime) -> bool:
    """
    Store Xero's refusal with its messages; what depended on it is refused with it.

    A refusal often means that a list of ours is old (an archived account, a deleted rate), so
    the copies are read again (F-22, F-23).
    """
    with transaction.atomic():
        is_ours = operations.move(
            operation,
            State.REFUSED,
            now=now,
            detail=error.code,
            error_messages=list(error.messages),
            **_failed(error),
            **_ended(now),
        )
        if is_ours:
            dependents.refuse(operation, now=now)
            doorbell.ring_on_commit(_REFRESH_LISTS, connection_id=operation.connection_id)
    return is_ours


def is_link_removed(error: errors.ProviderError | access.NotConnected) -> bool:
    """Whether the person's own link was removed for good; an ended one can be renewed (R-3)."""
    return isinstance(error, access.LinkEnded) and error.state == PersonalXeroLink.State.ENDED


def complete_item(operation: Operation, item: Item, *, now: datetime) -> bool:
    """
    Store that an item was made or changed, and copy it; the operation names it from now on.

    :return: False when the operation was not ours any more; nothing was written
    """
    with transaction.atomic():
        is_ours = operations.move(
            operation,
            State.DONE,
            now=now,
            summary={**operation.summary, "xero_item_id": item.item_id},
            **_ended(now),
        )
        if is_ours:
            reference.store_one(operation.connection, ReferenceList.Kind.ITEMS, item)
    return is_ours


def close(operation: Operation, *, code: str, now: datetime) -> bool:
    """
    Close what nothing more is sent of, and what depended on it with it: pressed with a personal
    Xero link that was removed meanwhile, so that it is not written as somebody else, or ended by
    support.

    :param code: why
    """
    with transaction.atomic():
        is_ours = operations.move(
            operation,
            State.REFUSED,
            now=now,
            detail=code,
            error_code=code,
            error_status=None,
            error_messages=[],
            **_ended(now),
        )
        if is_ours:
            dependents.refuse(operation, now=now)
    return is_ours


def become_unsure(
    operation: Operation, error: errors.ProviderError, *, runtime: Runtime, now: datetime
) -> bool:
    """Store that nobody knows whether Xero did it: resend with the same key, or look (P-3)."""
    body_hash = getattr(error, "body_hash", "")
    failure = f"{error.code}:{error.status}:{body_hash}"[:64]
    is_server_error = isinstance(error, errors.ServerError)
    equal = operation.equal_failures + 1 if failure == operation.last_failure else 1
    operation.equal_failures = equal if is_server_error else 0
    return operations.move(
        operation,
        State.UNSURE,
        now=now,
        detail=error.code,
        equal_failures=operation.equal_failures,
        last_failure=failure,
        next_attempt_at=schedule.after_unsure(operation, runtime=runtime, now=now),
        **_failed(error),
        **operations.NO_LEASE,
    )


def lose_lease(operation: Operation, *, runtime: Runtime, now: datetime) -> bool:
    """Store that a worker vanished while sending: what it sent is unknown (F-31, P-20)."""
    return operations.move(
        operation,
        State.UNSURE,
        now=now,
        detail="lease_ended",
        equal_failures=0,
        last_failure="lease_ended",
        next_attempt_at=schedule.after_unsure(operation, runtime=runtime, now=now),
        **operations.NO_LEASE,
    )


def wait(
    operation: Operation,
    error: errors.ProviderError | access.NotConnected,
    *,
    runtime: Runtime,
    now: datetime,
) -> bool:
    """
    Store that nothing was carried out, and what has to end before the next try.

    The key is given up with the try: Xero may have stored its answer to it (xero-api §9).
    """
    waiting_for = find_reason(operation, error)
    return operations.move(
        operation,
        State.WAITING,
        now=now,
        detail=_code(error),
        waiting_for=waiting_for,
        next_attempt_at=wait_until(operation, error, runtime=runtime, now=now),
        **operations.NEW_GENERATION,
        **_failed(error),
        **operations.NO_LEASE,
    )


def stay_unsure(
    operation: Operation,
    error: errors.ProviderError | access.NotConnected,
    *,
    runtime: Runtime,
    now: datetime,
) -> bool:
    """
    Store that a resend was not carried out. What was sent before it stays unknown: the look, or a
    later resend, tells.
    """
    return operations.move(
        operation,
        State.UNSURE,
        now=now,
        detail=_code(error),
        next_attempt_at=wait_until(operation, error, runtime=runtime, now=now),
        **_failed(error),
        **operations.NO_LEASE,
    )


def wait_until(
    operation: Operation,
    error: errors.ProviderError | access.NotConnected,
    *,
    runtime: Runtime,
    now: datetime,
) -> datetime:
    """Return when to try again: as Xero asked, at once after a reconnect, else by the schedule."""
    if isinstance(error, errors.RateLimited):
        return now + timedelta(seconds=error.retry_after_seconds)
    waiting_for = find_reason(operation, error)
    if waiting_for == WaitingFor.CONNECTION or (
        waiting_for == WaitingFor.OWN_LINK and operation.state != State.UNSURE
    ):
        # Due from now on: the connection's own state holds it back (`queries.list_due`), or the
        # person's link does. What may have been sent goes on to its look all the same.
        return now
    return now + schedule.backoff(operation.attempts, runtime=runtime)


def note_outage(connection: XeroConnection, error: errors.ProviderError, until: datetime) -> None:
    """
    Hold back everything for an organisation that cannot be reached, so that many waiting
    presses make few calls (P-16, P-17): one of them is the probe when the pause ends.
    """
    is_outage = (isinstance(error, errors.Unreachable) and not error.sent) or (
        isinstance(error, errors.ServerError) and error.status == 503
    )
    if not is_outage:
        return
    XeroConnection.objects.across_companies().filter(
        pk=connection.pk, state=XeroConnection.State.ACTIVE
    ).exclude(pause_until__gte=until).update(
        pause_until=until, pause_reason=XeroConnection.PauseReason.OUTAGE
    )


def find_reason(operation: Operation, error: errors.ProviderError | access.NotConnected) -> str:
    """Return what has to end before the next try, of `Operation.WaitingFor`."""
    match error:
        case errors.RateLimited():
            return WaitingFor.LIMIT
        case access.LinkEnded():
            return WaitingFor.OWN_LINK
        case access.NotConnected():
            return WaitingFor.CONNECTION
        case errors.Revoked() | errors.Unauthorized() | errors.Forbidden():
            is_own = operation.personal_link_id is not None
            return WaitingFor.OWN_LINK if is_own else WaitingFor.CONNECTION
        case _:
            return WaitingFor.OUTAGE


def _code(error: errors.ProviderError | access.NotConnected) -> str:
    return "not_connected" if isinstance(error, access.NotConnected) else error.code


def _failed(error: errors.ProviderError | access.NotConnected) -> dict[str, Any]:
    status = None if isinstance(error, access.NotConnected) else error.status
    return {"error_code": _code(error), "error_status": status}


def _ended(now: datetime) -> dict[str, Any]:
    return {"finished_at": now, **operations.NO_LEASE}
