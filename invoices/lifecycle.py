"""What people do to an invoice that exists: each press is one operation (product §7, P-5)."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from connections import audit, queries
from connections.rights import Actor
from connections.runtime import Runtime, snapshot
from connections.xero import drafts
from invoices import actions, one_invoice, operations, version_check
from invoices.models import Invoice, InvoiceEvent, Operation

# Within this time a second mail of the same invoice is asked about first.
REPEAT_MINUTES = 10
_STATUSES = {
    actions.SUBMIT: "SUBMITTED",
    actions.APPROVE: "AUTHORISED",
    actions.VOID: "VOIDED",
    actions.VOID_PAID: "VOIDED",
    actions.DELETE: "DELETED",
}


class NotAllowed(Exception):
    """
    Nothing was stored. `code` is a key of `actions.REASONS`, "not_offered" for an action that the
    invoice does not have, or "not_ready" with what is `missing` for approval.
    """

    def __init__(self, code: str, missing: tuple[version_check.Missing, ...] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.missing = missing


class AlreadyOpen(Exception):
    """Nothing was stored: another action on the invoice has not ended."""

    def __init__(self, operation: Operation) -> None:
        super().__init__(str(operation.pk))
        self.operation = operation


class SentJustNow(Exception):
    """Nothing was stored: the invoice was mailed at `at`, a moment ago. Ask, then repeat."""

    def __init__(self, at: datetime) -> None:
        super().__init__("sent_just_now")
        self.at = at


def press(
    action_code: str,
    *,
    invoice: Invoice,
    membership: Actor,
    seen_updated_at: datetime,
    submission: uuid.UUID,
    now: datetime,
    runtime: Runtime | None = None,
    can_void_paid: bool = False,
    is_repeat_confirmed: bool = False,
    rings: bool = True,
) -> Operation:
    """
    Store one press of an action; a worker compares what was seen with Xero, then writes. No
    network. The same submission again returns the operation that it made.

    :param invoice: of the company of whoever acts
    :param membership: who acts: a member, or the company's native tab
    :param seen_updated_at: the invoice's UpdatedDateUTC on the page that was pressed (P-5)
    :param submission: made by the server for the form, used once
    :param can_void_paid: the company's switch in its preferences, for `void_paid` (R-27)
    :param is_repeat_confirmed: the person was told of the last mail and wants another (R-29)
    :param rings: wake a worker; False for a caller that sends it at once itself
    :raises NotAllowed: a gate, flag or right forbids it, or it is not ready for approval
    :raises AlreadyOpen: another action on the invoice is under way
    :raises SentJustNow: the invoice was mailed within the last minutes
    """
    repeated = _find_repeated(action_code, invoice, membership, submission)
    if repeated is not None:
        return repeated
    runtime = runtime or snapshot()
    _check(action_code, invoice, membership, runtime=runtime, can_void_paid=can_void_paid)
    if action_code == actions.EMAIL and not is_repeat_confirmed:
        _check_not_just_sent(invoice, now=now)
    try:
        with transaction.atomic():
            return _store(
                action_code,
                invoice,
                membership,
                seen_updated_at=seen_updated_at,
                submission=submission,
                is_another=is_repeat_confirmed,
                rings=rings,
                now=now,
            )
    except IntegrityError:
        repeated = _find_repeated(action_code, invoice, membership, submission)
        if repeated is None:
            raise
        return repeated  # a double click


def check_offered(
    action_code: str,
    invoice: Invoice,
    membership: Actor,
    *,
    runtime: Runtime,
    has_open_operation: bool = False,
) -> actions.Action:
    """
    Return an action as this person is offered it now.

    :raises NotAllowed: "not_offered", or why it is disabled
    """
    choices = actions.offered(
        invoice,
        membership,
        queries.live_connection(membership.company),
        runtime=runtime,
        has_open_operation=has_open_operation,
    )
    action = next((each for each in choices if each.code == action_code), None)
    if action is None:
        raise NotAllowed("not_offered")
    if not action.is_enabled:
        raise NotAllowed(action.reason_code)
    return action


def get_open(invoice: Invoice) -> Operation | None:
    """Return the action on an invoice that has not ended, an unresolved one included."""
    return next(iter(one_invoice.list_actions(invoice)), None)


def check_before_approval(invoice: Invoice) -> tuple[version_check.Missing, ...]:
    """
    Return what the mirror says is missing for approval; empty as well when it has no lines yet,
    because the worker reads the invoice whole before it approves.
    """
    lines = list(invoice.line_items.all())
    if not lines:
        return ()
    return version_check.list_missing(lines, tax_mode=invoice.tax_mode, due_date=invoice.due_date)


def get_last_sent_at(invoice: Invoice) -> datetime | None:
    """Return when this app last had the invoice mailed; others may have mailed it in Xero."""
    at: datetime | None = (
        Operation.objects.across_companies()
        .filter(
            company_id=invoice.company_id,
            invoice=invoice,
            kind=Operation.Kind.EMAIL,
            state=Operation.State.DONE,
        )
        .order_by("-finished_at")
        .values_list("finished_at", flat=True)
        .first()
    )
    return at


def _check(
    action_code: str,
    invoice: Invoice,
    membership: Actor,
    *,
    runtime: Runtime,
    can_void_paid: bool,
) -> None:
    if action_code not in actions.WRITES:
        raise NotAllowed("not_offered")
    check_offered(action_code, invoice, membership, runtime=runtime)
    if action_code == actions.VOID_PAID and not actions.may_remove_payments(
        invoice,
        membership,
        queries.live_connection(membership.company),
        runtime=runtime,
        can_void_paid=can_void_paid,
    ):
        raise NotAllowed("void_paid_off")
    if action_code == actions.APPROVE:
        missing = check_before_approval(invoice)
        if missing:
            raise NotAllowed("not_ready", missing)


def _check_not_just_sent(invoice: Invoice, *, now: datetime) -> None:
    sent_at = get_last_sent_at(invoice)
    if sent_at is not None and sent_at > now - timedelta(minutes=REPEAT_MINUTES):
        raise SentJustNow(sent_at)


def _store(
    action_code: str,
    invoice: Invoice,
    membership: Actor,
    *,
    seen_updated_at: datetime,
    submission: uuid.UUID,
    is_another: bool,
    rings: bool,
    now: datetime,
) -> Operation:
    place = getattr(invoice, "deal_link", None)
    operation_id = uuid.uuid4()
    requested = audit.recording(
        f"invoice.{action_code}.requested",
        company=membership.company,
        actor=membership.user,
        subject=f"operation:{operation_id}",
        after={"invoice": invoice.pk, "seen_updated_at": seen_updated_at.isoformat()},
        now=now,
    )
    return operations.record(
        operation_id=operation_id,
        company=membership.company,
        connection=invoice.connection,
        personal_link=membership.xero_link,
        kind=action_code,
        submission_id=submission,
        deal_id=place.deal_id if place else None,
        body=_body(action_code, invoice),
        summary=_remember(invoice, seen_updated_at),
        xero_contact_id=invoice.xero_contact_id,
        requested_by=membership.user,
        is_another=is_another,
        invoice=invoice,
        seen_updated_at=seen_updated_at,
        beside=[requested],
        rings=rings,
        now=now,
    )


def _body(action_code: str, invoice: Invoice) -> str:
    """Return the exact text to send; a mail has none of ours."""
    status = _STATUSES.get(action_code)
    if status is None:
        return ""
    return drafts.StatusChange(str(invoice.xero_invoice_id), status).to_json()


def _remember(invoice: Invoice, seen_updated_at: datetime) -> dict[str, Any]:
    """Return what the person saw: the mirror, or its history if it has moved on since."""
    seen = version_check.remember(invoice)
    if seen_updated_at == invoice.xero_updated_at:
        return seen
    event = InvoiceEvent.objects.across_companies().filter(
        invoice=invoice, xero_updated_at=seen_updated_at
    )
    was = event.order_by("-pk").first()
    kept = {"number": seen["number"], "currency_code": seen["currency_code"]}
    if was is None:
        return kept
    return kept | {"status": was.xero_status, "amount_due": str(was.amount_due)}


def _find_repeated(
    action_code: str, invoice: Invoice, membership: Actor, submission: uuid.UUID
) -> Operation | None:
    """
    Return what this form has made already; a form of others is not found.

    :raises AlreadyOpen: it has made nothing, and an action on the invoice is under way
    """
    found = one_invoice.list_actions(invoice, submission)
    by = membership.user.pk if membership.user else None
    for each in found:
        is_ours = each.requested_by_id == by
        if is_ours and each.submission_id == submission and each.kind == action_code:
            return each
    for each in found:
        if each.state not in Operation.ENDED_STATES:
            raise AlreadyOpen(each)
    return None
