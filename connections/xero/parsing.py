"""
Xero's JSON into our values (xero-api §4.4, §6, §7).

Absent keys are normal, nulls are tolerated, unknown words stay text. What an answer cannot do
without (an invoice's id, its status, when it was updated) raises ``KeyError`` or ``ValueError``,
which ``client`` turns into ``UnexpectedAnswer``.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from connections.xero import types

Json = dict[str, Any]

NO_INVOICE_ID = "00000000-0000-0000-0000-000000000000"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ZERO = Decimal(0)


def read_instant(value: str) -> datetime:
    """
    Return the UTC instant of ``/Date(1790000000123+0000)/``, exact to the millisecond.

    :raises ValueError: it is not of that form
    """
    if not value.startswith("/Date("):
        raise ValueError("not an instant as Xero writes them")
    inner = value[6 : value.index(")")]
    # The offset says in which zone it was written, not what instant it is; a minus in front
    # belongs to the number.
    digits = inner[0] + inner[1:].partition("+")[0].partition("-")[0]
    return _EPOCH + timedelta(milliseconds=int(digits))


def read_date(row: Json, name: str) -> date | None:
    """Return the calendar day ``name`` by its …String twin, else by the UTC day of its instant."""
    text = row.get(f"{name}String")
    if text:
        return date.fromisoformat(text[:10])
    value = row.get(name)
    if not value:
        return None
    if value.startswith("/Date("):
        return read_instant(value).date()
    return date.fromisoformat(value[:10])


def read_decimal(value: Any) -> Decimal | None:
    """Return a JSON number exactly; None stays None."""
    if value is None or type(value) is Decimal:
        return value
    return Decimal(value)


def read_money(row: Json, name: str) -> Decimal:
    """Return an amount that Xero leaves out when it is nought."""
    value = row.get(name)
    if type(value) is Decimal:
        return value
    return _ZERO if value is None else Decimal(value)


def read_text(row: Json, name: str) -> str:
    """Return a text that may be absent."""
    return row.get(name) or ""


def summary(row: Json) -> types.InvoiceSummary:
    """
    Return one row of a poll.

    This runs for every changed invoice of every tenant, hence so plain (performance, goal 1).

    :raises KeyError, ValueError: id, type, status, contact or update time are missing
    """
    get = row.get
    contact = row["Contact"]
    return types.InvoiceSummary(
        row["InvoiceID"],
        get("InvoiceNumber") or "",
        row["Type"],
        row["Status"],
        contact["ContactID"],
        contact.get("Name") or "",
        get("Reference") or "",
        get("Url") or "",
        read_date(row, "Date"),
        read_date(row, "DueDate"),
        get("CurrencyCode") or "",
        read_money(row, "SubTotal"),
        read_money(row, "TotalTax"),
        read_money(row, "Total"),
        read_money(row, "AmountDue"),
        read_money(row, "AmountPaid"),
        read_money(row, "AmountCredited"),
        get("SentToContact") is True,
        read_date(row, "FullyPaidOnDate"),
        read_instant(row["UpdatedDateUTC"]),
    )


def invoice(row: Json) -> types.Invoice:
    """
    Return an invoice with its lines.

    :raises KeyError, ValueError: id, type, status, contact or update time are missing
    """
    invoice_id = row["InvoiceID"]
    if invoice_id == NO_INVOICE_ID:
        raise ValueError("Xero echoed an invoice that it did not make")
    contact = row["Contact"]
    return types.Invoice(
        invoice_id=invoice_id,
        number=read_text(row, "InvoiceNumber"),
        type=row["Type"],
        status=row["Status"],
        contact_id=contact["ContactID"],
        contact_name=read_text(contact, "Name"),
        reference=read_text(row, "Reference"),
        url=read_text(row, "Url"),
        invoice_date=read_date(row, "Date"),
        due_date=read_date(row, "DueDate"),
        expected_payment_date=read_date(row, "ExpectedPaymentDate"),
        fully_paid_on_date=read_date(row, "FullyPaidOnDate"),
        line_amount_types=read_text(row, "LineAmountTypes"),
        currency_code=read_text(row, "CurrencyCode"),
        sub_total=read_money(row, "SubTotal"),
        total_tax=read_money(row, "TotalTax"),
        total=read_money(row, "Total"),
        amount_due=read_money(row, "AmountDue"),
        amount_paid=read_money(row, "AmountPaid"),
        amount_credited=read_money(row, "AmountCredited"),
        branding_theme_id=read_text(row, "BrandingThemeID"),
        is_sent_to_contact=row.get("SentToContact") is True,
        updated_at=read_instant(row["UpdatedDateUTC"]),
        line_items=tuple(_line_item(line) for line in row.get("LineItems") or ()),
        payments=tuple(_payment(each) for each in row.get("Payments") or ()),
        credit_notes=_credits(row, "CreditNotes", "CreditNoteID", "CreditNoteNumber"),
        prepayments=_credits(row, "Prepayments", "PrepaymentID", "Reference"),
        overpayments=_credits(row, "Overpayments", "OverpaymentID", "Reference"),
        has_attachments=row.get("HasAttachments") is True,
        has_contact_email=(
            bool(contact.get("EmailAddress")) if "ContactStatus" in contact else None
        ),
        has_errors=row.get("HasErrors") is True,
        validation_errors=_messages(row, "ValidationErrors"),
        warnings=_messages(row, "Warnings"),
    )


def _line_item(row: Json) -> types.LineItem:
    return types.LineItem(
        line_item_id=read_text(row, "LineItemID"),
        description=read_text(row, "Description"),
        quantity=read_decimal(row.get("Quantity")),
        unit_amount=read_decimal(row.get("UnitAmount")),
        line_amount=read_money(row, "LineAmount"),
        tax_amount=read_money(row, "TaxAmount"),
        tax_type=read_text(row, "TaxType"),
        account_code=read_text(row, "AccountCode"),
        item_code=read_text(row, "ItemCode"),
        discount_rate=read_decimal(row.get("DiscountRate")),
        discount_amount=read_decimal(row.get("DiscountAmount")),
    )


def _payment(row: Json) -> types.Payment:
    return types.Payment(
        payment_id=row["PaymentID"],
        payment_date=read_date(row, "Date"),
        amount=read_money(row, "Amount"),
        reference=read_text(row, "Reference"),
    )


def _credits(row: Json, name: str, key: str, reference: str) -> tuple[types.Credit, ...]:
    return tuple(
        types.Credit(
            credit_id=each[key],
            credit_date=read_date(each, "Date"),
            amount=read_money(each, "AppliedAmount"),
            reference=read_text(each, reference),
        )
        for each in row.get(name) or ()
    )


def payment_record(row: Json) -> types.PaymentRecord:
    """
    Return a payment as its own resource shows it.

    :raises KeyError, ValueError: it has no id or status
    """
    batch = row.get("BatchPayment") or {}
    return types.PaymentRecord(
        payment_id=row["PaymentID"],
        status=row["Status"],
        payment_date=read_date(row, "Date"),
        amount=read_money(row, "Amount"),
        reference=read_text(row, "Reference"),
        is_reconciled=row.get("IsReconciled") is True,
        batch_payment_id=read_text(row, "BatchPaymentID") or read_text(batch, "BatchPaymentID"),
    )


def history_record(row: Json) -> types.HistoryRecord:
    """
    Return one line of a history.

    :raises KeyError, ValueError: it has no time
    """
    return types.HistoryRecord(
        changes=read_text(row, "Changes"),
        details=read_text(row, "Details"),
        user=read_text(row, "User"),
        at=read_instant(row["DateUTC"]),
    )


def _messages(row: Json, name: str) -> tuple[str, ...]:
    return tuple(read_text(each, "Message") for each in row.get(name) or ())


def contact(row: Json) -> types.Contact:
    """
    Return a contact.

    :raises KeyError, ValueError: it has no id or name
    """
    terms = (row.get("PaymentTerms") or {}).get("Sales") or {}
    updated = row.get("UpdatedDateUTC")
    return types.Contact(
        contact_id=row["ContactID"],
        name=row["Name"],
        status=row.get("ContactStatus") or "ACTIVE",
        email=read_text(row, "EmailAddress"),
        phone=_phone(row.get("Phones") or ()),
        first_name=read_text(row, "FirstName"),
        last_name=read_text(row, "LastName"),
        contact_number=read_text(row, "ContactNumber"),
        account_number=read_text(row, "AccountNumber"),
        company_number=read_text(row, "CompanyNumber"),
        tax_number=read_text(row, "TaxNumber"),
        default_currency=read_text(row, "DefaultCurrency"),
        sales_account_code=read_text(row, "SalesDefaultAccountCode"),
        sales_tax_type=read_text(row, "AccountsReceivableTaxType"),
        addresses=tuple(_address(each) for each in row.get("Addresses") or ()),
        payment_terms_day=terms.get("Day"),
        payment_terms_type=read_text(terms, "Type"),
        merged_to_contact_id=read_text(row, "MergedToContactID"),
        updated_at=read_instant(updated) if updated else None,
        contact_persons=tuple(_person(each) for each in row.get("ContactPersons") or ()),
    )


def _phone(rows: Sequence[Json]) -> str:
    """Return the main number as people dial it; "" for none."""
    main = next((row for row in rows if row.get("PhoneType") == "DEFAULT"), {})
    parts = (read_text(main, f"Phone{part}") for part in ("CountryCode", "AreaCode", "Number"))
    return " ".join(part for part in parts if part)


def _person(row: Json) -> types.ContactPerson:
    names = (read_text(row, "FirstName"), read_text(row, "LastName"))
    return types.ContactPerson(
        name=" ".join(name for name in names if name),
        email=read_text(row, "EmailAddress"),
        is_included_in_emails=row.get("IncludeInEmails") is True,
    )


def _address(row: Json) -> types.Address:
    return types.Address(
        type=read_text(row, "AddressType"),
        line1=read_text(row, "AddressLine1"),
        line2=read_text(row, "AddressLine2"),
        line3=read_text(row, "AddressLine3"),
        line4=read_text(row, "AddressLine4"),
        city=read_text(row, "City"),
        region=read_text(row, "Region"),
        postal_code=read_text(row, "PostalCode"),
        country=read_text(row, "Country"),
        attention_to=read_text(row, "AttentionTo"),
    )
