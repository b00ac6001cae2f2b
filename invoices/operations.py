"""
The life of an operation (reliability §2): which steps exist, and the one function that takes them.

A row is the work; ringing only wakes a worker. Whoever moves a row names the row as it was read:
if anything moved meanwhile, nothing is written and the caller learns that it was not theirs.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from django.db import transaction

from connections import audit, crash, doorbell, statements
from connections.models import AuditEvent, Company, PersonalXeroLink, User, XeroConnection
from connections.statements import Statement
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
    # Support's safe retry looks first; settled by hand, it is closed.
    State.NEEDS_PERSON: frozenset({State.LOOKING, State.REFUSED}),
    State.DONE: frozenset(),
    State.REFUSED: frozenset(),
}
# What of an operation's life the audit trail keeps beside the press: ends, and doubts.
AUDITED: frozenset[str] = frozenset({*Operation.FINAL_STATES, State.UNSURE, State.LOOKING})
_KEPT: Mapping[str, str] = {
    "deal_id": "deal_id",
    "invoice": "invoice_id",
    "error_code": "error_code",
    "attempts": "attempts",
    "generation": "generation",
}
# What a row says that comes from a backup may be long past: it may have been sent since (P-20).
# Back to waiting is what looked though it waited for its contact.
AFTER_RESTORE: Mapping[str, frozenset[str]] = {
    State.LOOKING: frozenset({State.WAITING}),
    **{
        state: frozenset({State.LOOKING})
        for state in (State.READY, State.WAITING, State.SENDING, State.UNSURE)
    },
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
    beside: Sequence[statements.Statement] = (),
    rings: bool = True,
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
    :param beside: what is written in the same transaction, by the same message
    :param rings: wake a worker; False for a caller that sends it at once itself
    :raises django.db.IntegrityError: this submission is stored already, or the deal has an open
        creation and `is_another` was not said; inside a transaction, that can only be undone then
    """
    state = State.READY if depends_on is None else State.WAITING
    operation = Operation(
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
        correlation_id=audit.correlation_id(),
        state=state,
        state_changed_at=now,
        waiting_for="" if depends_on is None else Operation.WaitingFor.CONTACT,
        next_attempt_at=now,
    )
    born = _event(operation, "", state, generation=operation.generation, detail="", now=now)
    told = statements.insertion(OperationEvent, EVENT, [born])
    statements.run(statements.insertion_of(operation), told, *beside)
    operation._state.adding = False
    transaction.on_commit(partial(crash.point, "after_press_commit_before_doorbell"))
    if depends_on is None and rings:
        ring(operation.id)
    return operation


@dataclass(frozen=True, slots=True)
class Step:
    """
    One step of an operation, not written yet: `changing`, `event` and, where there is one,
    `audited` have to be, together.
    """

    operation: Operation
    to: str
    detail: str
    values: dict[str, Any]
    changing: Statement
    event: tuple[Any, ...]
    audited: statements.Told | None

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
    only_if: Statement | None = None,
    told: Mapping[str, Any] | None = None,
    allowed: Mapping[str, frozenset[str]] = ALLOWED,
    **fields: Any,
) -> Step:
    """
    Return a step for those who write it with more than itself; `move` writes it alone.

    The state column is written by these only. The row must still be as `operation` was read: same
    state, same lease, nothing sent since.

    :param detail: a short reason in codes, for support
    :param only_if: a further condition, as SQL
    :param told: further ids and codes for the audit trail
    :param allowed: the steps that may be taken; another table than the usual after a restore alone
    :param fields: further columns to write with it; a Statement among them is an expression
    :raises ImpossibleMove: no operation may take this step
    """
    before = operation.state
    if to not in allowed[before]:
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
        _audited(operation, to, values, {"detail": detail, **(told or {})}, now=now),
    )


def move(operation: Operation, to: str, *, now: datetime, detail: str = "", **fields: Any) -> bool:
    """
    Take one step, see `prepare`. The step and its event are one transaction.

    On success `operation` carries the new values.

    :return: False when the row had moved on; nothing was written
    :raises ImpossibleMove: no operation may take this step
    """
    step = prepare(operation, to, now=now, detail=detail, **fields)
    crash.point(f"before_storing_{to}")
    *_, moved = statements.change_and_tell(
        step.changing, OperationEvent, EVENT, step.event, also=step.audited
    )
    if not moved:
        log.info("operation_not_ours", operation=str(operation.id), state=operation.state, to=to)
        return False
    step.take()
    crash.point(f"after_storing_{to}")
    return True


def _audited(
    operation: Operation,
    to: str,
    values: Mapping[str, Any],
    told: dict[str, Any],
    *,
    now: datetime,
) -> statements.Told | None:
    """Return the audit row of a step that changes what is known of the press; else None (P-21)."""
    if to not in AUDITED:
        return None
    after = {name: values.get(column, getattr(operation, column)) for name, column in _KEPT.items()}
    # Where the invoice is an expression, `told` names it by Xero's id.
    after = {name: each for name, each in after.items() if not isinstance(each, Statement)} | told
    row = audit.row(
        f"invoice.{operation.kind}.{to}",
        company_id=operation.company_id,
        subject=f"operation:{operation.pk}",
        after={name: each for name, each in after.items() if each not in ("", None)},
        now=now,
    )
    return statements.Told(AuditEvent, audit.COLUMNS, row)


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


def _write(operation: Operation, values: Mapping[str, Any]) -> bool:
    if statements.run(_writing(operation, values)) != [1]:
        return False
    _take_over(operation, values)
    return True


def _writing(
    operation: Operation,
    values: Mapping[str, Any],
    *,
    only_if: Statement | None = None,
) -> Statement:
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
