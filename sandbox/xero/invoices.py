"""What happens to invoices: created, edited, moved between statuses, paid, credited."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from django.db.models import F

from sandbox.xero import changes, contacts, dates, lines, money, problems, reading, render
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
    _apply(invoice, element, places=places, books=books, status=status, is_new=True)
    if not invoice.branding_theme_id and invoice.type == "ACCREC":
        theme = _default_theme(books)
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
        invoice.contact = contacts.find_or_write_for_invoice(
            invoice.organisation, element, now=now
        )
    was = invoice.status
    _apply(invoice, element, places=places, books=books, status=status, is_new=False)
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


def pay(
    invoice: Invoice, amount: Decimal | None, *, actor: Actor, now: datetime, reference: str = ""
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
        updated_ms=changes.next_change_ms(invoice.organisation, now),
    )
    store(invoice, now=now)
    record(invoice, "Paid" if invoice.status == "PAID" else "Payment Received", actor=actor,
           now=now, details=f"Payment of {amount} received.")  # fmt: skip
    return payment


def remove_payment(payment: Payment, *, actor: Actor, now: datetime) -> None:
    """
    Remove a payment, which makes a paid invoice await payment again.

    :raises problems.Invalid: it is removed already
    """
    if payment.status == "DELETED":
        raise problems.Invalid("Payment has already been deleted")
    payment.status = "DELETED"
    payment.updated_ms = changes.next_change_ms(payment.organisation, now)
    payment.save()
    store(payment.invoice, now=now)
    record(payment.invoice, "Payment Deleted", actor=actor, now=now,
           details=f"Payment of {payment.amount} removed.")  # fmt: skip


def credit(invoice: Invoice, amount: Decimal | None, *, actor: Actor, now: datetime) -> None:
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
    store(invoice, now=now)
    record(invoice, "Credit Applied", actor=actor, now=now, details=f"Credit of {amount}.")


def email(invoice: Invoice, *, actor: Actor, now: datetime) -> None:
    """
    Send the invoice to its contact (into the outbox).

    :raises problems.Invalid: wrong status or type, no address, or the day's e-mails are used up
    """
    if invoice.type != "ACCREC" or invoice.status not in ("SUBMITTED", "AUTHORISED", "PAID"):
        raise problems.Invalid("Invoice must be submitted, approved or paid before it is emailed")
    if not invoice.contact.email:
        raise problems.Invalid("The contact does not have an email address")
    if SentEmail.objects.filter(
        organisation=invoice.organisation, at_ms__gt=dates.to_ms(now) - 86_400_000
    ).count() >= invoice.organisation.emails_left:
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
    """Settle amounts and status, render the list texts and save; moves UpdatedDateUTC if noticed."""
    payments = [] if is_new else list(invoice.payments.order_by("updated_ms"))
    _settle(invoice, payments, now.date())
    if is_noticed or is_new:
        invoice.updated_ms = changes.next_change_ms(invoice.organisation, now)
    render.fill_list_texts(invoice, payments)
    invoice.save(force_insert=is_new)


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


def _apply(
    invoice: Invoice,
    element: dict[str, Any],
    *,
    places: int,
    books: lines.Books,
    status: str,
    is_new: bool,
) -> None:
    invoice.date = reading.day(element, "Date") or invoice.date
    invoice.due_date = reading.day(element, "DueDate") or invoice.due_date
    invoice.expected_payment_date = (
        reading.day(element, "ExpectedPaymentDate") or invoice.expected_payment_date
    )
    reference = reading.text(element, "Reference", most=255)
    invoice.reference = invoice.reference if reference is None else reference
    is_sent = reading.flag(element, "SentToContact")
    if is_sent is not None and status in ("AUTHORISED", "PAID"):
        invoice.is_sent_to_contact = is_sent
    _apply_number(invoice, reading.text(element, "InvoiceNumber", most=255))
    _apply_url(invoice, reading.text(element, "Url", most=2000))
    _apply_currency(invoice, element, books, is_new)
    _apply_theme(invoice, element, books)
    types = element.get("LineAmountTypes")
    if types is not None and types not in ("Exclusive", "Inclusive", "NoTax"):
        raise problems.bad_post_data("LineAmountTypes must be Exclusive, Inclusive or NoTax.")
    has_new_types = types is not None and types != invoice.line_amount_types
    invoice.line_amount_types = types or invoice.line_amount_types
    if element.get("LineItems") is not None:
        invoice.lines = lines.read_lines(
            element["LineItems"],
            books=books,
            line_amount_types=invoice.line_amount_types,
            places=places,
            is_approved=status not in ("DRAFT", "SUBMITTED"),
            is_sale=invoice.type == "ACCREC",
            known={line["LineItemID"]: line for line in invoice.lines},
        )
    elif has_new_types:
        lines.retotal(invoice.lines, books=books, line_amount_types=invoice.line_amount_types)
    if not invoice.lines:
        raise problems.Invalid("One or more line items must be specified")
    totals = money.add_up(
        ((line["LineAmount"], line["TaxAmount"]) for line in invoice.lines),
        invoice.line_amount_types,
    )
    if totals.total < 0:
        raise problems.Invalid("The invoice total cannot be less than zero")
    invoice.sub_total, invoice.total_tax = totals.sub_total, totals.total_tax
    invoice.total = totals.total


def _apply_number(invoice: Invoice, number: str | None) -> None:
    if not number or number == invoice.number:
        return
    if not re.fullmatch(r"[\x20-\x7e]+", number):
        raise problems.Invalid("The InvoiceNumber may only contain printable ASCII characters")
    if invoice.type == "ACCREC" and (
        Invoice.objects.filter(
            organisation=invoice.organisation, type="ACCREC", number__iexact=number
        )
        .exclude(pk=invoice.pk)
        .exclude(status="DELETED")
        .exists()
    ):
        raise problems.Invalid("Invoice # must be unique.")
    invoice.number = number


def _apply_url(invoice: Invoice, url: str | None) -> None:
    if not url:
        return
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise problems.Invalid("Url must be a valid absolute URL")
    if "xero" in url.lower():
        raise problems.Invalid("Url must not contain the word Xero")
    invoice.url = url


def _apply_currency(
    invoice: Invoice, element: dict[str, Any], books: lines.Books, is_new: bool
) -> None:
    code = reading.text(element, "CurrencyCode", most=3)
    if code and code != invoice.currency_code:
        if books.find("Currencies", Code=code) is None:
            raise problems.Invalid(f"Organisation is not subscribed to currency {code}")
        invoice.currency_code = code
    given = reading.number(element, "CurrencyRate")
    if invoice.currency_code == invoice.organisation.base_currency:
        invoice.currency_rate = Decimal(1)
    elif given:
        invoice.currency_rate = given
    elif is_new or code:
        entry = books.find("DayRates", Code=invoice.currency_code)
        invoice.currency_rate = Decimal(entry["Rate"]) if entry else Decimal(1)


def _apply_theme(invoice: Invoice, element: dict[str, Any], books: lines.Books) -> None:
    theme_id = reading.text(element, "BrandingThemeID", most=36)
    if not theme_id:
        return
    theme = books.find("BrandingThemes", BrandingThemeID=theme_id)
    if theme is None:
        raise problems.Invalid("The BrandingThemeID does not exist")
    invoice.branding_theme_id = theme["BrandingThemeID"]


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


def _refuse_edit_after_payment(
    invoice: Invoice, element: dict[str, Any], sent: set[str]
) -> None:
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


def _check_settlement(invoice: Invoice, amount: Decimal) -> None:
    if invoice.status != "AUTHORISED":
        raise problems.Invalid(problems.INVALID_STATUS)
    if amount <= 0 or amount != money.to_places(amount, 2):
        raise problems.Invalid("Payment amount must be greater than zero, with two decimals")
    if amount > invoice.amount_due:
        raise problems.Invalid("Payment amount exceeds the amount outstanding on this document")


def _settle(invoice: Invoice, payments: list[Payment], today: date) -> None:
    zero = Decimal("0.00")
    invoice.amount_paid = sum((p.amount for p in payments if p.status != "DELETED"), zero)
    invoice.amount_credited = sum((n["AppliedAmount"] for n in invoice.credit_notes), zero)
    invoice.amount_due = invoice.total - invoice.amount_paid - invoice.amount_credited
    if invoice.status == "AUTHORISED" and invoice.amount_due <= 0:
        invoice.status, invoice.fully_paid_on_date = "PAID", today
    elif invoice.status == "PAID" and invoice.amount_due > 0:
        invoice.status, invoice.fully_paid_on_date = "AUTHORISED", None


def _is_applied(invoice: Invoice) -> bool:
    return bool(invoice.amount_paid or invoice.amount_credited)


def _default_theme(books: lines.Books) -> dict[str, Any] | None:
    themes = books.list("BrandingThemes")
    return min(themes, key=lambda theme: theme["SortOrder"]) if themes else None


def _next_number(organisation: Organisation) -> str:
    while True:
        Organisation.objects.filter(pk=organisation.pk).update(next_number=F("next_number") + 1)
        last = Organisation.objects.values_list("next_number", flat=True).get(pk=organisation.pk)
        number = f"INV-{last - 1:04d}"
        taken = Invoice.objects.filter(organisation=organisation, number=number)
        if not taken.exists():
            return number
