"""
What a worker does with one operation: take it, commit, call Xero once, store what came of it.

The socket opens only after the commit that says "sending" with this key; the answer is stored
only if the lease is still ours. Nothing here retries or sleeps: the row is the one schedule.
"""

from __future__ import annotations

import time
import uuid
from datetime import datetime, timedelta
from typing import Any

import structlog

from connections import access, audit, crash, errors, gates, upkeep
from connections.runtime import Runtime, snapshot
from connections.xero.types import Contact, Item
from connections.xero.types import Invoice as XeroInvoice
from invoices import (
    holding,
    lifecycle_sending,
    looking,
    operations,
    outcomes,
    places,
    queries,
    schedule,
)
from invoices.models import InvoiceEvent, Operation

log = structlog.get_logger(__name__)

State = Operation.State


def send(
    operation_id: uuid.UUID | str,
    *,
    now: datetime,
    runtime: Runtime | None = None,
    rings: bool = True,
) -> None:
    """
    Do the next step of one operation, if one is due. A doubled or late message does nothing.

    :param now: the database's clock
    :param rings: wake a worker for what waited for it; False for a caller that sends it itself
    """
    operation, stored = queries.get_for_worker(operation_id)
    if operation is None or not _is_due(operation, now):
        return
    with audit.correlated(operation.correlation_id):
        _do_next(operation, runtime=runtime or stored, rings=rings, now=now)


def _do_next(operation: Operation, *, runtime: Runtime, rings: bool, now: datetime) -> None:
    if operation.state == State.SENDING:
        outcomes.lose_lease(operation, runtime=runtime, now=now)
        return
    shut = gates.find_shut(operation.company, operation.connection)
    if shut:
        holding.wait_for_gate(operation, shut, now=now)
        return
    if operation.connection.is_paused(now):
        holding.wait_for_pause(operation, now=now)
        return
    match schedule.next_step(operation, runtime=runtime, now=now):
        case schedule.Step.SEND if not holding.may_try(operation, runtime=runtime, now=now):
            again = now + schedule.backoff(operation.attempts, runtime=runtime)
            operations.postpone(operation, again)
        case schedule.Step.SEND:
            _send(operation, runtime=runtime, rings=rings, now=now)
        case schedule.Step.LOOK:
            looking.look(operation, runtime=runtime, now=now)
        case schedule.Step.WAIT if operation.state == State.UNSURE:
            operations.postpone(operation, schedule.look_from(operation, runtime=runtime))


def sweep(*, now: datetime, runtime: Runtime | None = None) -> int:
    """
    Ring for every operation that is due and settle leases that ended: the guarantee behind lost
    messages (P-2). Returns how many were rung.

    :param now: the database's clock
    """
    runtime = runtime or snapshot()
    due = queries.list_due(now, is_sending_paused=runtime.sending_paused)
    for operation_id in due:
        operations.ring(operation_id)
    upkeep.beat("worker", now=now)
    upkeep.beat("sweep", now=now)
    return len(due)


def _is_due(operation: Operation, now: datetime) -> bool:
    if operation.is_final or operation.next_attempt_at > now:
        return operation.state == State.SENDING and _has_ended(operation, now)
    if operation.waiting_for == Operation.WaitingFor.CONTACT:
        return False
    return operation.lease_until is None or _has_ended(operation, now)


def _has_ended(operation: Operation, now: datetime) -> bool:
    return operation.lease_until is not None and operation.lease_until <= now


def _send(operation: Operation, *, runtime: Runtime, rings: bool = True, now: datetime) -> None:
    is_resend = operation.state == State.UNSURE
    began = time.monotonic()
    try:
        session = access.open_xero(
            operation.connection,
            now=now,
            runtime=runtime,
            personal_link=queries.get_personal_link(operation),
        )
    except (access.NotConnected, errors.ProviderError) as exc:
        _settle_unsent(operation, exc, runtime=runtime, now=_later(now, began))
        return
    session.is_press = True
    with session:
        if not _is_ready(operation, session, runtime=runtime, began=began, now=now):
            return
        place = _claim(operation, session, runtime=runtime, now=_later(now, began))
        if place is None:
            holding.wait_for_minute(operation, runtime=runtime, now=_later(now, began))
            return
        called = _later(now, began)
        crash.point("after_commit_before_send")
        try:
            answer = session.call(lambda xero: _write(xero, operation))
        except errors.ProviderError as exc:
            _settle(operation, exc, is_resend=is_resend, runtime=runtime, now=_later(now, began))
        else:
            crash.point("after_send_before_answer_stored")
            finished = _later(now, began)
            if operation.kind in Operation.ACTION_KINDS:
                assert not isinstance(answer, Contact | Item)
                # It may read the invoice once more: no transaction around that.
                lifecycle_sending.complete(
                    operation, session, answer, called_at=called, now=finished
                )
            else:
                _complete(operation, session, answer, called_at=called, rings=rings, now=finished)
    crash.point("after_answer_stored")
    if place >= runtime.xero_calls_in_flight:
        _ring_next(operation)


def _is_ready(
    operation: Operation,
    session: access.XeroSession,
    *,
    runtime: Runtime,
    began: float,
    now: datetime,
) -> bool:
    """Whether the write may go: what changes an invoice is held against what was seen (P-5)."""
    if operation.kind not in Operation.ACTION_KINDS:
        return True
    try:
        return lifecycle_sending.prepare(
            operation, session, runtime=runtime, now=_later(now, began)
        )
    except errors.ProviderError as exc:
        _settle_unsent(operation, exc, runtime=runtime, now=_later(now, began))
        return False


def _claim(
    operation: Operation, session: access.XeroSession, *, runtime: Runtime, now: datetime
) -> int | None:
    """
    Take the row and commit what is about to be sent.

    Where no place is free, whoever frees one rings the next operation; the sweep does if that
    message is lost.

    :return: how many calls to the organisation are in flight with it; None when it is not ours
    """
    if operation.state == State.WAITING and not operations.move(
        operation, State.READY, now=now, detail="resumed"
    ):
        return None
    place = places.claim(operation, runtime=runtime, now=now, instead_of=session.places)
    if place is not None:
        session.is_counted = True
    return place


def _write(
    xero: Any, operation: Operation
) -> XeroInvoice | Contact | Item | lifecycle_sending.Answer:
    """The one call: the exact stored text, with the stored key."""
    if operation.kind in Operation.ACTION_KINDS:
        return lifecycle_sending.write(xero, operation)
    body, key = operation.request_body, operation.idempotency_key
    if operation.kind == Operation.Kind.CREATE:
        invoice: XeroInvoice = xero.create_invoice(body, idempotency_key=key)
        _demand_ids(operation, invoice.invoice_id, invoice.contact_id)
        return invoice
    if operation.kind in Operation.ITEM_KINDS:
        return _write_item(xero, operation)
    contact: Contact
    if operation.kind == Operation.Kind.CREATE_CONTACT:
        contact = xero.create_contact(body, idempotency_key=key)
    else:
        contact = xero.update_contact(str(operation.xero_contact_id), body, idempotency_key=key)
    _demand_ids(operation, contact.contact_id)
    return contact


def _write_item(xero: Any, operation: Operation) -> Item:
    body, key = operation.request_body, operation.idempotency_key
    item: Item
    if operation.kind == Operation.Kind.CREATE_ITEM:
        item = xero.create_item(body, idempotency_key=key)
    else:
        item = xero.update_item(operation.summary["xero_item_id"], body, idempotency_key=key)
    _demand_ids(operation, item.item_id)
    return item


def _demand_ids(operation: Operation, *ids: str) -> None:
    """
    Refuse an answer that does not say what was made: it is as good as none (P-3).

    :raises errors.UnexpectedAnswer: an id is missing or is none
    """
    try:
        for each in ids:
            uuid.UUID(each)
    except (ValueError, TypeError, AttributeError):
        raise errors.UnexpectedAnswer(
            vendor="xero", operation=f"xero.{operation.kind}", detail="without an id"
        ) from None


def _complete(
    operation: Operation,
    session: access.XeroSession,
    answer: Any,
    *,
    called_at: datetime,
    rings: bool,
    now: datetime,
) -> None:
    if isinstance(answer, Item):
        outcomes.complete_item(operation, answer, now=now)
        return
    if not isinstance(answer, XeroInvoice):
        outcomes.complete_contact(operation, answer, rings=rings, now=now)
        return
    outcomes.complete_invoice(
        operation,
        answer,
        source=InvoiceEvent.Source.CREATED,
        fetched_at=called_at,
        session=session,
        now=now,
    )


def _settle(
    operation: Operation,
    error: errors.ProviderError,
    *,
    is_resend: bool,
    runtime: Runtime,
    now: datetime,
) -> None:
    """Store an ending without an answer, by what it says about the write (P-3)."""
    if isinstance(error, errors.Rejected):
        outcomes.refuse(operation, error, now=now)
    elif error.is_unsure_for_write:
        outcomes.become_unsure(operation, error, runtime=runtime, now=now)
    elif _is_beyond_grant(operation, error) and not is_resend:
        outcomes.close(operation, code="scope_missing", now=now)
    elif is_resend:
        outcomes.stay_unsure(operation, error, runtime=runtime, now=now)
    else:
        outcomes.wait(operation, error, runtime=runtime, now=now)
    outcomes.note_outage(operation.connection, error, operation.next_attempt_at)


def _is_beyond_grant(operation: Operation, error: errors.ProviderError) -> bool:
    """Whether the grant does not reach items, which no waiting changes (xero-api §2.6)."""
    is_missing = isinstance(error, errors.Forbidden) and error.scope_missing
    return is_missing and operation.kind in Operation.ITEM_KINDS


def _settle_unsent(
    operation: Operation,
    error: errors.ProviderError | access.NotConnected,
    *,
    runtime: Runtime,
    now: datetime,
) -> None:
    """Store that not even a client could be had, or what is read before: nothing was sent."""
    if isinstance(error, errors.Rejected) and operation.state != State.UNSURE:
        outcomes.refuse(operation, error, now=now)
    elif outcomes.is_link_removed(error) and operation.state != State.UNSURE:
        outcomes.close(operation, code="own_link_ended", now=now)
    elif operation.state == State.READY:
        outcomes.wait(operation, error, runtime=runtime, now=now)
    else:
        until = outcomes.wait_until(operation, error, runtime=runtime, now=now)
        holding.postpone(operation, until, outcomes.find_reason(operation, error))
    if isinstance(error, errors.ProviderError):
        outcomes.note_outage(operation.connection, error, operation.next_attempt_at)


def _ring_next(operation: Operation) -> None:
    """A place at a full organisation is free again: wake whoever waited longest for it."""
    waiting = queries.get_next_for_connection(operation.connection_id)
    if waiting is not None:
        operations.ring(waiting)


def _later(now: datetime, began: float) -> datetime:
    """The database's clock, moved on by the time that our own steps took."""
    return now + timedelta(seconds=time.monotonic() - began)
