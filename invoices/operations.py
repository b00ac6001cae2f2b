"""
The life of an operation (reliability §2): which steps exist, and the one function that takes them.

A row is the work; ringing only wakes a worker. Whoever moves a row names the row as it was read:
if anything moved meanwhile, nothing is written and the caller learns that it was not theirs.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction

from connections import audit, doorbell, statements
from connections.models import Company, PersonalXeroLink, User, XeroConnection
from invoices.models import Invoice, Operation, OperationEvent

log = structlog.get_logger(__name__)

State = Operation.State

ALLOWED: Mapping[str, frozenset[str]] = {
    # Refused without having been sent: not what the person saw any more, or, for a dependent,
    # with the contact it waited for. Done so: the last of several steps was done by others.
    State.READY: frozenset({State.SENDING, State.WAITING, State.REFUSED, State.DONE}),
    State.WAITING: frozenset({State.READY, State.REFUSED}),
    # Back to ready is the next one of several steps.
    State.SENDING: frozenset({State.DONE, State.REFUSED, State.UNSURE, State.WAITING, State.READY}),
    # Back to sending is a resend: same key, same generation.
    State.UNSURE: frozenset({State.SENDING, State.LOOKING}),
    State.LOOKING: frozenset({State.DONE, State.READY, State.REFUSED, State.NEEDS_PERSON}),
    # Support's safe retry: it looks first.
    State.NEEDS_PERSON: frozenset({State.LOOKING}),
    State.DONE: frozenset(),
    State.REFUSED: frozenset(),
}
NO_LEASE: Mapping[str, Any] = {"lease_token": None, "lease_until": None}
NEW_GENERATION: Mapping[str, Any] = {
    "idempotency_key": "",
    "sends": 0,
    "looks": 0,
    "equal_failures": 0,
    "last_failure": "",
    "first_sent_at": None,
    "last_sent_at": None,
}

EVENT = (
    "company_id",
    "operation_id",
    "from_state",
    "to_state",
    "generation",
    "detail",
    "at",
)
_SEND_OPERATION = "invoices.tasks.send_operation"


class ImpossibleMove(Exception):
    """A step was asked for that no operation may take: a mistake in our own code."""


def record(
    *,
    company: Company,
    connection: XeroConnection,
    kind: str,
    submission_id: uuid.UUID,
    body: str,
    summary: dict[str, Any],
    requested_by: User | None,
    now: datetime,
    operation_id: uuid.UUID | None = None,
    deal_id: int | None = None,
    xero_contact_id: uuid.UUID | str | None = None,
    depends_on: Operation | None = None,
    is_another: bool = False,
    invoice: Invoice | None = None,
    seen_updated_at: datetime | None = None,
    personal_link: PersonalXeroLink | None = None,
) -> Operation:
    """
    Store what a person asked for; a worker is woken when the caller's transaction commits.

    The summary of a `create` carries what was confirmed beside the lines: "total" (decimal text)
    and "currency_code". That of a `create_contact` carries "organization_id" and "person_id", of
    Pipedrive, for the link that is stored when Xero has the contact. An invoice that waits
    for a contact yet to be made names the contact operation's id where the ContactID belongs
    (`NewInvoice(contact_id=str(contact_operation.id))`); it is replaced before anything is sent.

    :param body: the exact text to send, of `connections.xero.drafts`
    :param operation_id: when the marker in the body was made from it beforehand
    :param depends_on: the contact's operation that has to be done first
    :param invoice: what an action is done to, with the version of it that the person saw
    :param personal_link: the Xero user to write as; None for the one who connected (R-3)
    :raises django.db.IntegrityError: this submission is stored already, or the deal has an open
        creation and `is_another` was not said
    """
    state = State.READY if depends_on is None else State.WAITING
    with transaction.atomic():
        operation = Operation.objects.create(
            id=operation_id or uuid.uuid4(),
            company=company,
            connection=connection,
            personal_link=personal_link,
            kind=kind,
            deal_id=deal_id,
            submission_id=submission_id,
            requested_by=requested_by,
            is_another=is_another,
            invoice=invoice,
            seen_updated_at=seen_updated_at,
            depends_on=depends_on,
            summary=summary,
            request_body=body,
            xero_contact_id=xero_contact_id,
            state=state,
            state_changed_at=now,
            waiting_for="" if depends_on is None else Operation.WaitingFor.CONTACT,
            next_attempt_at=now,
        )
        born = _event(operation, "", state, generation=operation.generation, detail="", now=now)
        statements.insert(OperationEvent, EVENT, [born])
        if depends_on is None:
            ring(operation.id)
    return operation


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an operation, not written yet: `changing` and `event` have to be, together."""

    operation: Operation
    to: str
    detail: str
    values: dict[str, Any]
    changing: statements.Statement
    event: tuple[Any, ...]

    def take(self, **values: Any) -> None:
        """Let the operation carry the new values: to be called once they are written."""
        before = self.operation.state
        _take_over(self.operation, self.values | values)
        log.info(
            "operation_moved",
            operation=str(self.operation.id),
            kind=self.operation.kind,
            before=before,
            after=self.to,
            detail=self.detail,
        )


def prepare(
    operation: Operation,
    to: str,
    *,
    now: datetime,
    detail: str = "",
    only_if: statements.Statement | None = None,
    **fields: Any,
) -> Step:
    """
    Return a step for those who write it with more than itself; `move` writes it alone.

    The state column is written by these only. The row must still be as `operation` was read: same
    state, same lease, nothing sent since.

    :param detail: a short reason in codes, for support
    :param only_if: a further condition, as SQL
    :param fields: further columns to write with it; a Statement among them is an expression
    :raises ImpossibleMove: no operation may take this step
    """
    before = operation.state
    if to not in ALLOWED[before]:
        raise ImpossibleMove(f"{before} to {to}")
    values = {"waiting_for": "", **fields, "state": to, "state_changed_at": now}
    generation = values.get("generation", operation.generation)
    return Step(
        operation,
        to,
        detail,
        values,
        _writing(operation, values, only_if=only_if),
        _event(operation, before, to, generation=generation, detail=detail, now=now),
    )


def move(operation: Operation, to: str, *, now: datetime, detail: str = "", **fields: Any) -> bool:
    """
    Take one step, see `prepare`. The step and its event are one transaction.

    On success `operation` carries the new values.

    :return: False when the row had moved on; nothing was written
    :raises ImpossibleMove: no operation may take this step
    """
    step = prepare(operation, to, now=now, detail=detail, **fields)
    is_audited = to in Operation.FINAL_STATES and operation.kind in Operation.ACTION_KINDS
    with transaction.atomic(savepoint=False) if is_audited else nullcontext():
        *_, moved = statements.change_and_tell(step.changing, OperationEvent, EVENT, step.event)
        if not moved:
            log.info(
                "operation_not_ours", operation=str(operation.id), state=operation.state, to=to
            )
            return False
        step.take()
        if is_audited:
            _audit_end(operation, now=now)
    return True


def _audit_end(operation: Operation, *, now: datetime) -> None:
    audit.record(
        f"invoice.{operation.kind}.{operation.state}",
        company=operation.company,
        subject=f"operation:{operation.id}",
        after={"invoice": operation.invoice_id, "error_code": operation.error_code},
        now=now,
    )


def postpone(operation: Operation, until: datetime, **fields: Any) -> bool:
    """Put the next attempt off, the state unchanged; False when the row had moved on."""
    return _write(operation, {"next_attempt_at": until, **fields})


def lease(operation: Operation, until: datetime, *, now: datetime) -> bool:
    """Take a row for work that leaves its state as it is (a look); False when it is taken."""
    if operation.lease_until is not None and operation.lease_until > now:
        return False
    return _write(operation, {"lease_token": uuid.uuid4(), "lease_until": until})


def ring(operation_id: uuid.UUID) -> None:
    """Wake a worker for one operation once the transaction commits; an ill broker is no error."""
    doorbell.ring_on_commit(_SEND_OPERATION, operation_id=operation_id)


def retry(operation: Operation, *, by: User, reason: str, now: datetime) -> bool:
    """
    Let an operation that needs a person go on: it looks in Xero before it may send anything.

    :param by: who of support decided it, with their reason, for the audit trail
    :return: False when it is not in that state any more
    """
    if operation.state != State.NEEDS_PERSON:
        return False
    with transaction.atomic():
        is_ours = move(
            operation,
            State.LOOKING,
            now=now,
            detail="retried",
            finished_at=None,
            next_attempt_at=now,
            looks=0,
            # The generations allowed count anew from the look's next one.
            generation=0,
            **NO_LEASE,
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
            ring(operation.id)
    return is_ours


def _write(operation: Operation, values: Mapping[str, Any]) -> bool:
    if statements.run(_writing(operation, values)) != [1]:
        return False
    _take_over(operation, values)
    return True


def _writing(
    operation: Operation,
    values: Mapping[str, Any],
    *,
    only_if: statements.Statement | None = None,
) -> statements.Statement:
    return statements.change(Operation, values, mine(operation), only_if=only_if)


def mine(operation: Operation) -> dict[str, Any]:
    """Return what a row has to hold to be still as this operation was read."""
    return {
        "id": operation.pk,
        "state": operation.state,
        "generation": operation.generation,
        "lease_token": operation.lease_token,
        "sends": operation.sends,
        # Grows with every claim and is never set back: after one of several steps, all of the
        # others are again as they were before it.
        "attempts": operation.attempts,
    }


def _take_over(operation: Operation, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(operation, name, value)


def _event(
    operation: Operation, before: str, after: str, *, generation: int, detail: str, now: datetime
) -> tuple[Any, ...]:
    company_id = operation.company_id
    return (company_id, operation.pk, before, after, generation, detail[:255], now)
