"""What happens to invoices: created, edited, moved between statuses, paid, credited."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F

from sandbox.xero import (
    changes,
    contacts,
    dates,
    invoice_fields,
    lines,
    problems,
    reading,
    render,
    webhooks,
)
from sandbox.xero.models import (
    HistoryRecord,
    Invoice,
    Organisation,
    Payment,
    SentEmail,
    new_guid,
)

OPEN_STATUSES = ("DRAFT", "SUBMITTED", "AUTHORISED")
_MOVES = {
    "DRAFT": {"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"},
    "SUBMITTED": {"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"},
    "AUTHORISED": {"AUTHORISED", "VOIDED"},
    "PAID": {"PAID"},
}
_AFTER_PAYMENT = {
    "InvoiceID", "InvoiceNumber", "Reference", "DueDate", "BrandingThemeID", "Contact", "Url",
    "Status", "LineItems", "SentToContact", "Type",
}  # fmt: skip
_UNNOTICED_AFTER_PAYMENT = {"InvoiceID", "InvoiceNumber", "DueDate", "SentToContact"}
_CHANGES = {"AUTHORISED": "Approved", "VOIDED": "Voided", "DELETED": "Deleted"}
_APPROVING_ROLES = ("STANDARD", "FINANCIALADVISER", "INVOICEONLY", "ADMINISTRATOR")


@dataclass(frozen=True)
class Actor:
    """Who does it: the name for the history, the role, and the app if it came by API."""

    name: str
    role: str = "STANDARD"
    client_id: str = ""


def create(
    organisation: Organisation,
    element: dict[str, Any],
    *,
    actor: Actor,
    places: int,
    books: lines.Books,
    now: datetime,
) -> Invoice:
    """
    Create an invoice from an API element; call inside a transaction.

    :param places: decimal places of UnitAmount, 2 or 4
    :raises problems.Invalid: a rule is broken
    :raises problems.ApiProblem: the contact does not exist (404), a value has the wrong type
    """
    if element.get("Type") not in ("ACCREC", "ACCPAY"):
        raise problems.Invalid("Invoice not of valid type for creation")
    status = element.get("Status") or "DRAFT"
    if status not in OPEN_STATUSES:
        raise problems.Invalid(problems.INVALID_STATUS)
    if not element.get("LineItems"):
        raise problems.Invalid("One or more line items must be specified")
    invoice = Invoice(
        organisation=organisation,
        invoice_id=new_guid(),
        type=element["Type"],
        date=reading.day(element, "Date") or now.date(),
        currency_code=organisation.base_currency,
        created_by_client=actor.client_id,
    )
    invoice.contact = contacts.find_or_write_for_invoice(organisation, element, now=now)
    invoice_fields.apply(invoice, element, places=places, books=books, status=status, is_new=True)
    if not invoice.branding_theme_id and invoice.type == "ACCREC":
        theme = invoice_fields.get_default_theme(books)
        invoice.branding_theme_id = theme["BrandingThemeID"] if theme else ""
    _move(invoice, status, actor=actor)
    if not invoice.number and invoice.type == "ACCREC":
        invoice.number = _next_number(organisation)
    event = "Approved" if status == "AUTHORISED" else "Created"
    details = f"{invoice.number} to {invoice.contact.name} for {invoice.total}."
    store(invoice, now=now, is_new=True)
    record(invoice, event, actor=actor, now=now, details=details)
    contacts.mark_as_customer(invoice.contact, is_sale=invoice.type == "ACCREC")
    return invoice


def update(
    invoice: Invoice,
    element: dict[str, Any],
    *,
    actor: Actor,
    places: int,
    books: lines.Books,
    now: datetime,
) -> Invoice:
    """
    Change an invoice by an API element; what is left out stays. Call inside a transaction.

    :raises problems.Invalid: a rule is broken
    :raises problems.ApiProblem: the contact does not exist (404), a value has the wrong type
    """
    if invoice.status not in _MOVES:
        raise problems.Invalid(problems.INVALID_STATUS)
    status = element.get("Status") or invoice.status
    if status in ("VOIDED", "DELETED"):
        return end(invoice, status, element=element, actor=actor, now=now)
    if status not in _MOVES[invoice.status]:
        raise problems.Invalid(problems.INVALID_STATUS)
    sent = {name for name, value in element.items() if value is not None}
    if _is_applied(invoice) or invoice.status == "PAID":
        _refuse_edit_after_payment(invoice, element, sent)
        is_noticed = not sent - {"Status"} <= _UNNOTICED_AFTER_PAYMENT
    else:
        is_noticed = True
    if "Contact" in sent:
        invoice.contact = contacts.find_or_write_for_invoice(invoice.organisation, element, now=now)
    was = invoice.status
    invoice_fields.apply(invoice, element, places=places, books=books, status=status, is_new=False)
    _move(invoice, status, actor=actor)
    event = "Approved" if was != "AUTHORISED" and status == "AUTHORISED" else "Edited"
    store(invoice, now=now, is_noticed=is_noticed)
    record(invoice, event, actor=actor, now=now)
    return invoice


def end(
    invoice: Invoice,
    status: str,
    *,
    element: dict[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> Invoice:
    """
    Void or delete an invoice; `element` is what the API sent, which may name nothing else.

    :raises problems.Invalid: its status does not allow it, or payments are applied
    """
    if set(element or {}) - {"InvoiceID", "InvoiceNumber", "Status"}:
        raise problems.Invalid(problems.INVALID_STATUS)
    if _is_applied(invoice):
        raise problems.Invalid(
            f"The status {status} cannot be applied to the invoice because it has payments or "
            "credit notes allocated to it."
        )
    if status not in _MOVES.get(invoice.status, set()):
        raise problems.Invalid(problems.INVALID_STATUS)
    invoice.status = status
    store(invoice, now=now)
    record(invoice, _CHANGES[status], actor=actor, now=now)
    return invoice


def move(invoice: Invoice, status: str, *, actor: Actor, now: datetime) -> Invoice:
    """
    Submit or approve an invoice as it stands.

    :raises problems.Invalid: its status or its content does not allow it
    """
    books = lines.Books(invoice.organisation)
    return update(invoice, {"Status": status}, actor=actor, places=4, books=books, now=now)


def email(invoice: Invoice, *, actor: Actor, now: datetime) -> None:
    """
    Send the invoice to its contact (into the outbox).

    :raises problems.Invalid: wrong status or type, no address, or the day's e-mails are used up
    """
    if invoice.type != "ACCREC" or invoice.status not in ("SUBMITTED", "AUTHORISED", "PAID"):
        raise problems.Invalid("Invoice must be submitted, approved or paid before it is emailed")
    if not invoice.contact.email:
        raise problems.Invalid("The contact does not have an email address")
    if (
        SentEmail.objects.filter(
            organisation=invoice.organisation, at_ms__gt=dates.to_ms(now) - 86_400_000
        ).count()
        >= invoice.organisation.emails_left
    ):
        raise problems.Invalid("You have reached your daily limit of emails")
    people = invoice.contact.details.get("ContactPersons", [])
    copies = [p["EmailAddress"] for p in people if p.get("IncludeInEmails")]
    SentEmail.objects.create(
        organisation=invoice.organisation,
        invoice=invoice,
        recipients=[invoice.contact.email, *copies],
        at_ms=dates.to_ms(now),
    )
    invoice.is_sent_to_contact = True
    store(invoice, now=now, is_noticed=not _is_applied(invoice))
    record(invoice, "Email Sent", actor=actor, now=now)


def store(
    invoice: Invoice, *, now: datetime, is_new: bool = False, is_noticed: bool = True
) -> None:
    """Settle the amounts, render the list texts and save; moves UpdatedDateUTC if noticed."""
    payments = [] if is_new else list(invoice.payments.order_by("updated_ms"))
    _settle(invoice, payments, now.date())
    if is_noticed or is_new:
        invoice.updated_ms = changes.next_change_ms(invoice.organisation, now)
    render.fill_list_texts(invoice, payments)
    invoice.save(force_insert=is_new)
    action = "CREATE" if is_new else "UPDATE"
    webhooks.announce(invoice.organisation, "INVOICE", invoice.invoice_id, action)


def record(
    invoice: Invoice, event: str, *, actor: Actor, now: datetime, details: str = ""
) -> HistoryRecord:
    """Add a line to the invoice's history."""
    return HistoryRecord.objects.create(
        organisation=invoice.organisation,
        document_id=invoice.invoice_id,
        changes=event,
        details=details,
        user=actor.name,
        at_ms=dates.to_ms(now),
    )


def _move(invoice: Invoice, status: str, *, actor: Actor) -> None:
    lock = invoice.organisation.period_lock_date
    if lock and invoice.date <= lock:
        raise problems.Invalid(
            f"The document date is in a locked period (on or before {lock.isoformat()})"
        )
    if status == "AUTHORISED" and invoice.status != "AUTHORISED":
        _check_approval(invoice, actor)
        if invoice.organisation.approvals_left is not None:
            Organisation.objects.filter(pk=invoice.organisation.pk).update(
                approvals_left=F("approvals_left") - 1
            )
    invoice.status = status


def _check_approval(invoice: Invoice, actor: Actor) -> None:
    if actor.role not in _APPROVING_ROLES:
        raise problems.Invalid("You do not have permission to approve this invoice")
    left = invoice.organisation.approvals_left
    if left is not None and left <= 0:
        raise problems.Invalid("You have reached the limit of invoices you can approve")
    if invoice.due_date is None:
        raise problems.Invalid("The DueDate must be specified")
    if invoice.contact.status != "ACTIVE":
        raise problems.Invalid(contacts.ARCHIVED)
    for line in invoice.lines:
        if "UnitAmount" in line and not line.get("AccountCode"):
            raise problems.Invalid("Account code or ID must be specified")
        if "UnitAmount" in line and not line.get("TaxType"):
            raise problems.Invalid("Tax type must be specified")


def _refuse_edit_after_payment(invoice: Invoice, element: dict[str, Any], sent: set[str]) -> None:
    if sent - _AFTER_PAYMENT:
        raise problems.Invalid(_EDIT_AFTER_PAYMENT)
    given = element.get("LineItems")
    if given is None:
        return
    known = {line["LineItemID"]: line for line in invoice.lines}
    if {str(line.get("LineItemID", "")).lower() for line in given} != set(known):
        raise problems.Invalid(_EDIT_AFTER_PAYMENT)
    for line in given:
        before = known[line["LineItemID"].lower()]
        for name in ("Quantity", "UnitAmount", "DiscountRate", "DiscountAmount"):
            if name in line and reading.number(line, name) != before.get(name):
                raise problems.Invalid(_EDIT_AFTER_PAYMENT)
        for name in set(before) - {"Description", "AccountCode", "AccountID", "Tracking"}:
            line.setdefault(name, before[name])


_EDIT_AFTER_PAYMENT = (
    "This document cannot be edited as it has a payment or credit note allocated to it."
)


def _settle(invoice: Invoice, payments: list[Payment], today: date) -> None:
    zero = Decimal("0.00")
    invoice.amount_paid = sum((p.amount for p in payments if p.status != "DELETED"), zero)
    applied = (*invoice.credit_notes, *invoice.prepayments, *invoice.overpayments)
    invoice.amount_credited = sum((each["AppliedAmount"] for each in applied), zero)
    invoice.amount_due = invoice.total - invoice.amount_paid - invoice.amount_credited
    if invoice.status == "AUTHORISED" and invoice.amount_due <= 0:
        invoice.status, invoice.fully_paid_on_date = "PAID", today
    elif invoice.status == "PAID" and invoice.amount_due > 0:
        invoice.status, invoice.fully_paid_on_date = "AUTHORISED", None


def _is_applied(invoice: Invoice) -> bool:
    return bool(invoice.amount_paid or invoice.amount_credited)


def _next_number(organisation: Organisation) -> str:
    while True:
        Organisation.objects.filter(pk=organisation.pk).update(next_number=F("next_number") + 1)
        last = Organisation.objects.values_list("next_number", flat=True).get(pk=organisation.pk)
        number = f"INV-{last - 1:04d}"
        taken = Invoice.objects.filter(organisation=organisation, number=number)
        if not taken.exists():
            return number
