"""
What a worker does with an action on an invoice: read it, compare with what the person saw, write
once, store (P-5). Xero has no conditional write, so the read stands directly before the write.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connections import access, errors, gates
from connections.runtime import Runtime
from connections.xero import drafts
from connections.xero.types import Invoice as XeroInvoice
from connections.xero.types import PaymentRecord
from invoices import (
    emailing,
    lifecycle_outcomes,
    operations,
    schedule,
    version_check,
    voiding,
)
from invoices.models import InvoiceEvent, Operation
from invoices.version_check import Verdict
from mappings import queries as mapping_queries

Kind = Operation.Kind
State = Operation.State
Answer = XeroInvoice | PaymentRecord | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What Xero said about an action: the verdict, its reason in codes, the invoice if read."""

    verdict: Verdict
    detail: str
    invoice: XeroInvoice | None
    history_steps: tuple[dict[str, Any], ...] = ()


def prepare(
    operation: Operation, session: access.XeroSession, *, runtime: Runtime, now: datetime
) -> bool:
    """
    Read what the action is done to; store the end if it may not be done or is done already.

    A resend and a new generation pass here as well: whatever was sent before is looked for first.

    :return: whether the write may go now
    :raises errors.ProviderError: Xero could not be read; nothing was sent, nothing is stored
    """
    if operation.kind == Kind.VOID_PAID:
        return _prepare_steps(operation, session, runtime=runtime, now=now)
    reading = read(operation, session)
    held = reading.invoice
    assert held is not None
    if operation.attempts > 0:
        return _prepare_again(operation, reading, runtime=runtime, now=now)
    if not version_check.is_as_seen(operation, held):
        lifecycle_outcomes.refuse_changed(operation, held, fetched_at=now, now=now)
        return False
    if operation.kind == Kind.APPROVE:
        missing = version_check.list_missing(
            held.line_items, tax_mode=held.line_amount_types, due_date=held.due_date
        )
        if missing:
            lifecycle_outcomes.refuse_not_ready(operation, held, missing, fetched_at=now, now=now)
            return False
    if operation.kind == Kind.EMAIL:
        return _keep(operation, list(reading.history_steps))
    return True


def read(operation: Operation, session: access.XeroSession) -> Reading:
    """
    Ask Xero what became of an action, or what it will be done to.

    :raises errors.ProviderError: no usable answer
    """
    invoice_id = _invoice_id(operation)
    if operation.kind == Kind.EMAIL:
        held, history = _gather(
            session,
            [
                lambda xero: xero.get_invoice(invoice_id),
                lambda xero: xero.list_history(invoice_id),
            ],
        )
        verdict, detail = emailing.judge(operation, held, history)
        return Reading(verdict, detail, held, tuple(emailing.before(held, history)))
    step = _step(operation)
    if step is not None and not _may_ask(step, session):
        return _read_removal(operation, step, session)
    if step is not None:
        return _read_step(operation, session)
    held = session.call(lambda xero: xero.get_invoice(invoice_id))
    return Reading(version_check.judge(operation, held), "read", held)


def write(xero: Any, operation: Operation) -> Answer:
    """
    Make the one call: the exact stored text, with the stored key.

    :raises errors.UnexpectedAnswer: the answer does not say that it was done: as good as none (P-3)
    :raises errors.ProviderError: no usable answer
    """
    invoice_id, key = _invoice_id(operation), operation.idempotency_key
    if operation.kind == Kind.EMAIL:
        xero.email_invoice(invoice_id, idempotency_key=key)
        return None
    step = _step(operation)
    if step is not None and step["kind"] == voiding.REMOVE_PAYMENT:
        payment: PaymentRecord = xero.delete_payment(
            step["id"], drafts.REMOVE_PAYMENT, idempotency_key=key
        )
        _demand(voiding.is_removed(payment) and payment.payment_id == step["id"], operation)
        return payment
    held: XeroInvoice = xero.set_invoice_status(
        invoice_id, operation.request_body, idempotency_key=key
    )
    targets = version_check.TARGETS[operation.kind]
    _demand(held.status in targets and held.invoice_id.lower() == invoice_id, operation)
    return held


def complete(
    operation: Operation,
    session: access.XeroSession,
    answer: Answer,
    *,
    called_at: datetime,
    now: datetime,
) -> None:
    """Store what the write brought: the end, or the next one of several steps."""
    if isinstance(answer, PaymentRecord):
        lifecycle_outcomes.finish_step(operation, detail="payment_removed", now=now)
        return
    held = answer if isinstance(answer, XeroInvoice) else _read_after_mail(operation, session)
    lifecycle_outcomes.complete(
        operation, held, source=InvoiceEvent.Source.ACTION, fetched_at=called_at, now=now
    )


def adopt(operation: Operation, reading: Reading, *, read_at: datetime, now: datetime) -> None:
    """Store that a read found it done: the end, or the next one of several steps."""
    step = _step(operation)
    if step is not None and step["kind"] == voiding.REMOVE_PAYMENT:
        lifecycle_outcomes.finish_step(operation, detail="found_removed", now=now)
    else:
        lifecycle_outcomes.complete(
            operation,
            reading.invoice,
            source=InvoiceEvent.Source.ADOPTED,
            fetched_at=read_at,
            now=now,
        )


def _prepare_again(
    operation: Operation, reading: Reading, *, runtime: Runtime, now: datetime
) -> bool:
    """Whether what was sent before, without a known outcome, may be sent once more."""
    if reading.verdict == Verdict.SAME:
        return True
    if reading.verdict == Verdict.REACHED:
        adopt(operation, reading, read_at=now, now=now)
    elif operation.state == State.UNSURE:
        # It may still arrive: only a look after the pause can tell (reliability §2).
        operations.move(
            operation,
            State.LOOKING,
            now=now,
            detail=reading.detail,
            next_attempt_at=max(now, schedule.look_from(operation, runtime=runtime)),
        )
    elif reading.invoice is not None:
        lifecycle_outcomes.refuse_changed(operation, reading.invoice, fetched_at=now, now=now)
    return False


def _prepare_steps(
    operation: Operation, session: access.XeroSession, *, runtime: Runtime, now: datetime
) -> bool:
    if not _has_begun(operation) and not _is_switched_on(operation, runtime):
        lifecycle_outcomes.refuse(operation, "switched_off", None, fetched_at=now, now=now)
        return False
    if not operation.steps:
        return _plan_steps(operation, session, now=now)
    while True:
        reading = _read_step(operation, session)
        step = voiding.first_undone(operation.steps)
        if operation.state == State.UNSURE or step["kind"] == voiding.VOID:
            return _prepare_again(operation, reading, runtime=runtime, now=now)
        if reading.verdict == Verdict.REACHED:
            # Somebody removed it in Xero meanwhile: on to the next one.
            if not _keep(operation, voiding.with_done(operation.steps, step)):
                return False
            continue
        return _may_remove(operation, session, reading, now=now)


def _has_begun(operation: Operation) -> bool:
    """Whether a payment was removed by us, or may have been: then it is carried to its end."""
    is_any_done = any(each["is_done"] for each in operation.steps)
    return operation.state == State.UNSURE or (operation.attempts > 0 and is_any_done)


def _is_switched_on(operation: Operation, runtime: Runtime) -> bool:
    """Whether support and the company still let payments be removed (R-2, R-27)."""
    preferences = mapping_queries.preferences_for(operation.company)
    return runtime.void_paid_invoices and preferences.can_void_paid


def _plan_steps(operation: Operation, session: access.XeroSession, *, now: datetime) -> bool:
    assert operation.invoice is not None
    applied = voiding.read_applied(session, operation.invoice)
    if not version_check.is_as_seen(operation, applied.invoice):
        lifecycle_outcomes.refuse_changed(operation, applied.invoice, fetched_at=now, now=now)
        return False
    if applied.obstacle:
        lifecycle_outcomes.refuse(
            operation, applied.obstacle, applied.invoice, fetched_at=now, now=now
        )
        return False
    return _keep(operation, voiding.plan(applied.payments))


def _may_remove(
    operation: Operation, session: access.XeroSession, reading: Reading, *, now: datetime
) -> bool:
    """Whether the next payment may be removed: nothing else was applied or changed meanwhile."""
    held = session.call(lambda xero: xero.get_invoice(_invoice_id(operation)))
    if not voiding.is_as_left(operation.steps, held):
        lifecycle_outcomes.refuse_changed(operation, held, fetched_at=now, now=now)
        return False
    if reading.verdict == Verdict.CHANGED:
        lifecycle_outcomes.refuse(operation, reading.detail, held, fetched_at=now, now=now)
        return False
    return True


def _read_step(operation: Operation, session: access.XeroSession) -> Reading:
    """Ask Xero about the first undone step."""
    step = voiding.first_undone(operation.steps)
    if step["kind"] == voiding.REMOVE_PAYMENT:
        payment = session.call(lambda xero: xero.get_payment(step["id"]))
        if voiding.is_removed(payment):
            return Reading(Verdict.REACHED, "removed", None)
        obstacle = voiding.find_obstacle(payment)
        return Reading(Verdict.CHANGED if obstacle else Verdict.SAME, obstacle or "there", None)
    held = session.call(lambda xero: xero.get_invoice(_invoice_id(operation)))
    if held.status in version_check.TARGETS[Kind.VOID_PAID]:
        return Reading(Verdict.REACHED, "voided", held)
    is_ours = voiding.is_as_left(operation.steps, held)
    return Reading(Verdict.SAME if is_ours else Verdict.CHANGED, "read", held)


def _may_ask(step: voiding.Step, session: access.XeroSession) -> bool:
    """
    Whether a look may ask for what a step does. It is made with the company's grant, which need not
    reach payments as that of whoever pressed does: asking all the same would end the connection.
    """
    return step["kind"] == voiding.VOID or gates.reaches_payments(session.authorisation)


def _read_removal(operation: Operation, step: voiding.Step, session: access.XeroSession) -> Reading:
    """Tell by the invoice whether a payment was removed; it is read itself before it is sent."""
    held = session.call(lambda xero: xero.get_invoice(_invoice_id(operation)))
    if step["id"] in {each.payment_id for each in held.payments}:
        return Reading(Verdict.SAME, "there", None)
    return Reading(Verdict.REACHED, "removed", None)


def _read_after_mail(operation: Operation, session: access.XeroSession) -> XeroInvoice | None:
    """Return the invoice with its sent mark; the mail has gone, so an error is no error of it."""
    try:
        held: XeroInvoice = session.call(lambda xero: xero.get_invoice(_invoice_id(operation)))
    except errors.ProviderError:
        return None
    return held


def _keep(operation: Operation, steps: list[dict[str, Any]]) -> bool:
    """Store the steps before anything is sent for them; False when the row had moved on."""
    return operations.postpone(operation, operation.next_attempt_at, steps=steps)


def _gather(session: access.XeroSession, uses: list[Any]) -> list[Any]:
    outcomes = session.gather(uses)
    for outcome in outcomes:
        if isinstance(outcome, errors.ProviderError):
            raise outcome
    return outcomes


def _step(operation: Operation) -> voiding.Step | None:
    is_stepwise = operation.kind == Kind.VOID_PAID and operation.steps
    return voiding.first_undone(operation.steps) if is_stepwise else None


def _invoice_id(operation: Operation) -> str:
    assert operation.invoice is not None
    return str(operation.invoice.xero_invoice_id)


def _demand(is_done: bool, operation: Operation) -> None:
    if not is_done:
        raise errors.UnexpectedAnswer(
            vendor="xero", operation=f"xero.{operation.kind}", detail="does not say it was done"
        )
