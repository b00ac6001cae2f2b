"""What somebody does in Xero itself, by its pages or by a control call."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.xero import changes, dates, invoices, lines, problems, render, settlements
from sandbox.xero.models import Entry, Invoice, Membership, Payment

_ITEM_FIELDS = ("Name", "Description", "IsSold", "SalesDetails")


def act(
    invoice: Invoice,
    action: str,
    given: Mapping[str, Any],
    *,
    actor: invoices.Actor,
    now: datetime,
) -> None:
    """
    Carry out one action of the invoice page.

    :param given: pay and credit take `amount` (all that is due without it), pay `reconciled`
        (a bank line is matched with it) and `batch`, credit `kind`, uncredit `credit_id`; unpay,
        reconcile and unreconcile `payment_id` (all payments without it); edit takes the fields
        to change and `bump` (False: quietly)
    :raises problems.Invalid: the invoice does not allow it, or there is no such action
    """
    match action:
        case "submit":
            invoices.move(invoice, "SUBMITTED", actor=actor, now=now)
        case "approve":
            _fill_due_date(invoice)
            invoices.move(invoice, "AUTHORISED", actor=actor, now=now)
        case "pay":
            settlements.pay(
                invoice,
                _read_amount(given),
                actor=actor,
                now=now,
                is_reconciled=_read_flag(given, "reconciled"),
                is_batch=_read_flag(given, "batch"),
            )
        case "unpay":
            _remove_payments(invoice, given.get("payment_id"), actor=actor, now=now)
        case "credit":
            kind = str(given.get("kind", "credit_note"))
            settlements.credit(invoice, _read_amount(given), actor=actor, now=now, kind=kind)
        case "uncredit":
            credit_id = str(given.get("credit_id", ""))
            settlements.uncredit(invoice, credit_id, actor=actor, now=now)
        case "reconcile" | "unreconcile":
            for payment in _list_payments(invoice, given.get("payment_id")):
                settlements.reconcile(payment, is_reconciled=action == "reconcile", now=now)
        case "void":
            invoices.end(invoice, "VOIDED", actor=actor, now=now)
        case "delete":
            invoices.end(invoice, "DELETED", actor=actor, now=now)
        case "edit":
            edit(invoice, given, actor=actor, now=now)
        case _:
            raise problems.Invalid(f"Nobody can {action} an invoice.")


def edit(
    invoice: Invoice, given: Mapping[str, Any], *, actor: invoices.Actor, now: datetime
) -> None:
    """
    Change fields of an invoice; with `bump` False its UpdatedDateUTC stays where it is.

    :raises problems.Invalid: the invoice does not allow it
    """
    element = {k: v for k, v in given.items() if k != "bump"}
    before = invoice.updated_ms
    books = lines.Books(invoice.organisation)
    invoices.update(invoice, element, actor=actor, places=4, books=books, now=now)
    if given.get("bump") is False:
        invoice.updated_ms = before
        render.fill_list_texts(invoice, invoice.payments.all())
        invoice.save()


def edit_item(item: Entry, given: Mapping[str, Any], *, now: datetime) -> None:
    """Change name, description, price or whether it is sold."""
    item.body |= {name: given[name] for name in _ITEM_FIELDS if name in given}
    if not item.body["IsSold"]:
        item.body.pop("SalesDetails", None)
    _stamp(item, now)


def change_role(membership: Membership, role: str, *, now: datetime) -> None:
    """Give a user another role."""
    membership.role = role
    membership.updated_ms = changes.next_change_ms(membership.organisation, now)
    membership.save()


def _stamp(item: Entry, now: datetime) -> None:
    item.updated_ms = changes.next_change_ms(item.organisation, now)
    item.body["UpdatedDateUTC"] = dates.write_ms(item.updated_ms)
    item.save()


def _fill_due_date(invoice: Invoice) -> None:
    if invoice.due_date is None:
        invoice.due_date = invoice.date


def _remove_payments(
    invoice: Invoice, payment_id: str | None, *, actor: invoices.Actor, now: datetime
) -> None:
    for payment in _list_payments(invoice, payment_id):
        payment.invoice = invoice
        settlements.remove_payment(payment, actor=actor, now=now)


def _list_payments(invoice: Invoice, payment_id: str | None) -> list[Payment]:
    payments = invoice.payments.exclude(status="DELETED").select_related(
        "organisation", "invoice__contact", "invoice__organisation"
    )
    found = list(payments.filter(payment_id=payment_id) if payment_id else payments)
    if not found:
        raise problems.Invalid("There is no such payment.")
    return found


def _read_flag(given: Mapping[str, Any], name: str) -> bool:
    """A control call says true, a page's checkbox says on."""
    return given.get(name) in (True, "on", "true")


def _read_amount(given: Mapping[str, Any]) -> Decimal | None:
    amount = given.get("amount")
    if amount in (None, ""):
        return None
    try:
        return Decimal(str(amount))
    except InvalidOperation as exc:
        raise problems.Invalid("The amount is not a number") from exc
