"""Money received for invoices: payments, their removal, and credit notes."""

from datetime import datetime
from decimal import Decimal

from sandbox.xero import changes, dates, invoices, money, problems, webhooks
from sandbox.xero.models import Invoice, Payment, new_guid


def pay(
    invoice: Invoice,
    amount: Decimal | None,
    *,
    actor: invoices.Actor,
    now: datetime,
    reference: str = "",
    is_reconciled: bool = False,
) -> Payment:
    """
    Record a payment of an amount in the invoice's currency, or of all that is due (None).

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


def credit(
    invoice: Invoice, amount: Decimal | None, *, actor: invoices.Actor, now: datetime
) -> None:
    """
    Allocate a credit note of an amount, or of all that is due (None).

    :raises problems.Invalid: not awaiting payment, or more than is due
    """
    amount = invoice.amount_due if amount is None else amount
    _check_settlement(invoice, amount)
    note_id = new_guid()
    invoice.credit_notes.append(
        {
            "CreditNoteID": note_id,
            "CreditNoteNumber": f"CN-{invoice.number.removeprefix('INV-')}",
            "ID": note_id,
            "HasErrors": False,
            "AppliedAmount": amount,
            "DateString": dates.write_date_text(now.date()),
            "Date": dates.write_date(now.date()),
            "LineItems": [],
            "Total": amount,
        }
    )
    invoices.store(invoice, now=now)
    webhooks.announce(
        invoice.organisation, "CREDITNOTE", note_id, "CREATE", Type="ACCRECCREDIT", Status="PAID"
    )
    details = f"Credit of {amount}."
    invoices.record(invoice, "Credit Applied", actor=actor, now=now, details=details)


def _check_settlement(invoice: Invoice, amount: Decimal) -> None:
    if invoice.status != "AUTHORISED":
        raise problems.Invalid(problems.INVALID_STATUS)
    if amount <= 0 or amount != money.to_places(amount, 2):
        raise problems.Invalid("Payment amount must be greater than zero, with two decimals")
    if amount > invoice.amount_due:
        raise problems.Invalid("Payment amount exceeds the amount outstanding on this document")
