"""What settles invoices: payments, alone or in a batch, and credits of three kinds."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox.xero import changes, dates, invoices, money, problems, webhooks
from sandbox.xero.models import Invoice, Payment, new_guid


@dataclass(frozen=True)
class Credit:
    """A kind of credit: where an invoice keeps it, the name of its id, and its words."""

    field: str
    key: str
    words: str


CREDITS = {
    "credit_note": Credit("credit_notes", "CreditNoteID", "Credit note"),
    "prepayment": Credit("prepayments", "PrepaymentID", "Prepayment"),
    "overpayment": Credit("overpayments", "OverpaymentID", "Overpayment"),
}


def pay(
    invoice: Invoice,
    amount: Decimal | None,
    *,
    actor: invoices.Actor,
    now: datetime,
    reference: str = "",
    is_reconciled: bool = False,
    is_batch: bool = False,
) -> Payment:
    """
    Record a payment of an amount in the invoice's currency, or of all that is due (None).

    :param is_batch: it belongs to a batch payment of its own
    :raises problems.Invalid: not awaiting payment, or more than is due
    """
    amount = invoice.amount_due if amount is None else amount
    _check_settlement(invoice, amount)
    payment = Payment.objects.create(
        organisation=invoice.organisation,
        invoice=invoice,
        date=now.date(),
        amount=amount,
        reference=reference,
        is_reconciled=is_reconciled,
        batch_id=new_guid() if is_batch else "",
        updated_ms=changes.next_change_ms(invoice.organisation, now),
    )
    invoices.store(invoice, now=now)
    event = "Paid" if invoice.status == "PAID" else "Payment Received"
    details = f"Payment of {amount} received."
    invoices.record(invoice, event, actor=actor, now=now, details=details)
    return payment


def remove_payment(payment: Payment, *, actor: invoices.Actor, now: datetime) -> None:
    """
    Remove a payment, which makes a paid invoice await payment again.

    :raises problems.Invalid: it is removed already
    """
    if payment.status == "DELETED":
        raise problems.Invalid("Payment has already been deleted")
    payment.status = "DELETED"
    payment.updated_ms = changes.next_change_ms(payment.organisation, now)
    payment.save()
    invoices.store(payment.invoice, now=now)
    details = f"Payment of {payment.amount} removed."
    invoices.record(payment.invoice, "Payment Deleted", actor=actor, now=now, details=details)


def reconcile(payment: Payment, *, is_reconciled: bool, now: datetime) -> None:
    """Match a payment with a bank line, or undo that; the invoice does not notice."""
    payment.is_reconciled = is_reconciled
    payment.updated_ms = changes.next_change_ms(payment.organisation, now)
    payment.save()


def credit(
    invoice: Invoice,
    amount: Decimal | None,
    *,
    actor: invoices.Actor,
    now: datetime,
    kind: str = "credit_note",
) -> None:
    """
    Allocate a credit of an amount, or of all that is due (None).

    :param kind: credit_note, prepayment or overpayment
    :raises problems.Invalid: not awaiting payment, more than is due, or no such kind
    """
    if kind not in CREDITS:
        raise problems.Invalid("A credit is a credit_note, a prepayment or an overpayment.")
    amount = invoice.amount_due if amount is None else amount
    _check_settlement(invoice, amount)
    credit_id = new_guid()
    held: list[dict[str, Any]] = getattr(invoice, CREDITS[kind].field)
    held.append(_element(kind, credit_id, invoice, amount, now))
    invoices.store(invoice, now=now)
    if kind == "credit_note":
        webhooks.announce(
            invoice.organisation,
            "CREDITNOTE",
            credit_id,
            "CREATE",
            Type="ACCRECCREDIT",
            Status="PAID",
        )
    details = f"{CREDITS[kind].words} of {amount}."
    invoices.record(invoice, "Credit Applied", actor=actor, now=now, details=details)


def uncredit(invoice: Invoice, credit_id: str, *, actor: invoices.Actor, now: datetime) -> None:
    """
    Take a credit off an invoice.

    :raises problems.Invalid: no such credit is applied
    """
    for one in CREDITS.values():
        held: list[dict[str, Any]] = getattr(invoice, one.field)
        kept = [each for each in held if each[one.key] != credit_id]
        if len(kept) < len(held):
            setattr(invoice, one.field, kept)
            invoices.store(invoice, now=now)
            details = f"{one.words} removed."
            invoices.record(invoice, "Credit Removed", actor=actor, now=now, details=details)
            return
    raise problems.Invalid("There is no such credit.")


def list_credits(invoice: Invoice) -> list[dict[str, Any]]:
    """Return what is credited, for the pages: id, words, date and amount."""
    return [
        {
            "id": each[one.key],
            "words": one.words,
            "date": each["DateString"][:10],
            "amount": each["AppliedAmount"],
        }
        for one in CREDITS.values()
        for each in getattr(invoice, one.field)
    ]


def _element(
    kind: str, credit_id: str, invoice: Invoice, amount: Decimal, now: datetime
) -> dict[str, Any]:
    """Return a credit as an invoice carries it (xero-api 4.4)."""
    body: dict[str, Any] = {
        CREDITS[kind].key: credit_id,
        "ID": credit_id,
        "AppliedAmount": amount,
        "DateString": dates.write_date_text(now.date()),
        "Date": dates.write_date(now.date()),
        "LineItems": [],
        "Total": amount,
    }
    if kind == "credit_note":
        number = f"CN-{invoice.number.removeprefix('INV-')}"
        return body | {"CreditNoteNumber": number, "HasErrors": False}
    return body | {"Reference": f"Paid in advance, {invoice.contact.name}"[:255]}


def _check_settlement(invoice: Invoice, amount: Decimal) -> None:
    if invoice.status != "AUTHORISED":
        raise problems.Invalid(problems.INVALID_STATUS)
    if amount <= 0 or amount != money.to_places(amount, 2):
        raise problems.Invalid("Payment amount must be greater than zero, with two decimals")
    if amount > invoice.amount_due:
        raise problems.Invalid("Payment amount exceeds the amount outstanding on this document")
