"""
Voiding a paid invoice: remove each unreconciled payment, then void, resuming at the first undone
step (R-27, P-5, xero-api §4.6). The steps are kept in `Operation.steps`. Pure but for the reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connections import access, errors, gates
from connections.xero.types import Invoice as XeroInvoice
from connections.xero.types import PaymentRecord
from invoices.models import Invoice

REMOVE_PAYMENT = "remove_payment"
VOID = "void"
_REMOVED = "DELETED"
# Each is asked for and removed by a call of its own, and an organisation has 60 a minute.
MOST_PAYMENTS = 20

Step = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Applied:
    """
    What stands between a paid invoice and voiding it, as Xero says now.

    `obstacle` is why the app leaves it to the accountant: "credited", "scope_missing", "many",
    "reconciled" or "batch"; "" when the payments may be removed.
    """

    invoice: XeroInvoice
    payments: tuple[PaymentRecord, ...]
    obstacle: str


def read_applied(session: access.XeroSession, invoice: Invoice) -> Applied:
    """
    Ask Xero what is applied to an invoice, for the guided panel and before the first step.

    :raises errors.ProviderError: no usable answer
    """
    held: XeroInvoice = session.call(lambda xero: xero.get_invoice(str(invoice.xero_invoice_id)))
    if held.credit_notes or held.prepayments or held.overpayments:
        return Applied(held, (), "credited")
    # Asked beforehand: a call without the scope ends the whole connection until somebody consents
    # anew.
    if not gates.reaches_payments(session.authorisation):
        return Applied(held, (), "scope_missing")
    ids = [each.payment_id for each in held.payments]
    if len(ids) > MOST_PAYMENTS:
        return Applied(held, (), "many")
    outcomes = session.gather([_reader(each) for each in ids]) if ids else []
    for outcome in outcomes:
        if isinstance(outcome, errors.ProviderError):
            raise outcome
    return Applied(held, tuple(outcomes), next(filter(None, map(find_obstacle, outcomes)), ""))


def find_obstacle(payment: PaymentRecord) -> str:
    """Return why the app does not remove a payment: "reconciled", "batch", or "" to go on."""
    if payment.is_reconciled:
        return "reconciled"
    return "batch" if payment.batch_payment_id else ""


def is_removed(payment: PaymentRecord) -> bool:
    """Whether a payment is gone already."""
    return payment.status == _REMOVED


def plan(payments: Sequence[PaymentRecord]) -> list[Step]:
    """Return the steps in order: each payment, then the void."""
    removals = [
        {
            "kind": REMOVE_PAYMENT,
            "id": each.payment_id,
            "date": each.payment_date.isoformat() if each.payment_date else "",
            "amount": str(each.amount),
            "reference": each.reference,
            "is_done": False,
        }
        for each in payments
        if not is_removed(each)
    ]
    return [*removals, {"kind": VOID, "is_done": False}]


def first_undone(steps: Sequence[Step]) -> Step:
    """Return the step to do now; the last one once all are done."""
    return next((each for each in steps if not each["is_done"]), steps[-1])


def with_done(steps: Sequence[Step], done: Step) -> list[Step]:
    """Return the steps with this one done."""
    return [each | {"is_done": True} if each is done else each for each in steps]


def all_done(steps: Sequence[Step]) -> list[Step]:
    """Return the steps at the end of the last one; those of a mail have nothing to do."""
    return [each | {"is_done": True} if "is_done" in each else each for each in steps]


def is_as_left(steps: Sequence[Step], held: XeroInvoice) -> bool:
    """
    Whether the invoice is what the steps done so far left of it: nothing applied but the payments
    still to be removed (each may be gone as well), and still to be paid or paid.
    """
    left = {each["id"] for each in steps if each["kind"] == REMOVE_PAYMENT and not each["is_done"]}
    return (
        held.status in ("PAID", "AUTHORISED")
        and not (held.credit_notes or held.prepayments or held.overpayments)
        and {each.payment_id for each in held.payments} <= left
    )


def _reader(payment_id: str) -> Any:
    return lambda xero: xero.get_payment(payment_id)
