"""Turns stored rows into JSON in the Accounting API's shape. Absent values are left out."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sandbox.core import codec
from sandbox.xero import dates, money
from sandbox.xero.models import Contact, HistoryRecord, Invoice, Membership, Organisation, Payment

PHONE_TYPES = ("DDI", "DEFAULT", "FAX", "MOBILE")
ADDRESS_TYPES = ("STREET", "POBOX")
_SUMMARY_DROPS = ("LineItems", "Payments", "HasAttachments", "CISDeduction")


def contact(row: Contact, *, in_invoice: bool = False, summary: bool = False) -> dict[str, Any]:
    """Return a contact in full; `summary` as summaryOnly gives it."""
    body: dict[str, Any] = {
        "ContactID": row.contact_id,
        "ContactNumber": row.contact_number,
        "AccountNumber": row.account_number,
        "ContactStatus": row.status,
        "Name": row.name,
        "FirstName": row.first_name,
        "LastName": row.last_name,
        "CompanyNumber": row.company_number,
        "EmailAddress": row.email,
        "BankAccountDetails": "",
        "TaxNumber": row.tax_number,
    }
    body = {k: v for k, v in body.items() if v != "" or k in ("EmailAddress", "BankAccountDetails")}
    details = row.details
    defaults = {k: v for k, v in details.items() if k not in _CONTACT_LISTS}
    if not summary:
        body["Addresses"] = _fill(details.get("Addresses", []), "AddressType", ADDRESS_TYPES)
        body["Phones"] = _fill(details.get("Phones", []), "PhoneType", PHONE_TYPES)
        body |= defaults
    body["UpdatedDateUTC"] = dates.write_ms(row.updated_ms)
    if not summary:
        body["ContactGroups"] = []
        body["IsSupplier"] = False
        body["IsCustomer"] = row.is_customer
        body["ContactPersons"] = details.get("ContactPersons", [])
        body["SalesTrackingCategories"] = []
        body["PurchasesTrackingCategories"] = []
    if row.merged_to and not in_invoice:
        body["MergedToContactID"] = row.merged_to
    body["HasValidationErrors"] = False
    if not in_invoice:
        body["HasAttachments"] = False
    return body


def invoice(
    row: Invoice, *, payments: Iterable[Payment], whole_contact: bool, places: int = 2
) -> dict[str, Any]:
    """Return an invoice with lines and payments; `places` is those of UnitAmount (unitdp)."""
    body: dict[str, Any] = {
        "Type": row.type,
        "InvoiceID": row.invoice_id,
        "InvoiceNumber": row.number,
        "Reference": row.reference,
    }
    if row.url:
        body["Url"] = row.url
    shown_payments = [_payment_in_invoice(p) for p in payments if p.status != "DELETED"]
    body |= {
        "Payments": shown_payments,
        "CreditNotes": row.credit_notes,
        "Prepayments": row.prepayments,
        "Overpayments": row.overpayments,
        "AmountDue": row.amount_due,
        "AmountPaid": row.amount_paid,
        "AmountCredited": row.amount_credited,
        "SentToContact": row.is_sent_to_contact,
        "CurrencyRate": row.currency_rate.quantize(Decimal("1.0000000000")),
        "IsDiscounted": any("DiscountRate" in li or "DiscountAmount" in li for li in row.lines),
        "HasAttachments": False,
        "HasErrors": False,
        "InvoicePaymentServices": [],
        "UpdatedDateUTCString": dates.write_instant(row.updated_ms),
    }
    body["Contact"] = (
        contact(row.contact, in_invoice=True) if whole_contact else _thin_contact(row.contact)
    )
    body |= {"DateString": dates.write_date_text(row.date), "Date": dates.write_date(row.date)}
    if row.due_date:
        body["DueDateString"] = dates.write_date_text(row.due_date)
        body["DueDate"] = dates.write_date(row.due_date)
    if row.expected_payment_date:
        body["ExpectedPaymentDate"] = dates.write_date(row.expected_payment_date)
    if row.branding_theme_id:
        body["BrandingThemeID"] = row.branding_theme_id
    body |= {
        "Status": row.status,
        "LineAmountTypes": row.line_amount_types,
        "LineItems": [_line(line, places) for line in row.lines],
        "SubTotal": row.sub_total,
        "TotalTax": row.total_tax,
        "Total": row.total,
        "UpdatedDateUTC": dates.write_ms(row.updated_ms),
        "CurrencyCode": row.currency_code,
    }
    if row.fully_paid_on_date:
        body["FullyPaidOnDate"] = dates.write_date(row.fully_paid_on_date)
    return body


def fill_list_texts(row: Invoice, payments: Iterable[Payment]) -> None:
    """Render the texts that lists are made of into the row; the caller saves it."""
    body = invoice(row, payments=payments, whole_contact=False)
    row.paged_json = codec.dumps(body)
    row.thin_json = codec.dumps(body | {"LineItems": []})
    row.summary_json = codec.dumps({k: v for k, v in body.items() if k not in _SUMMARY_DROPS})


def payment(row: Payment) -> dict[str, Any]:
    """Return a payment as GET /Payments gives it."""
    batch = {"BatchPaymentID": row.batch_id} if row.batch_id else {}
    return batch | {
        "PaymentID": row.payment_id,
        "Date": dates.write_date(row.date),
        "Amount": row.amount,
        "BankAmount": row.amount,
        "Reference": row.reference,
        "CurrencyRate": row.invoice.currency_rate.quantize(Decimal("1.0000000000")),
        "PaymentType": "ACCRECPAYMENT",
        "Status": row.status,
        "UpdatedDateUTC": dates.write_ms(row.updated_ms),
        "HasAccount": True,
        "IsReconciled": row.is_reconciled,
        "Invoice": {
            "Type": row.invoice.type,
            "InvoiceID": row.invoice.invoice_id,
            "InvoiceNumber": row.invoice.number,
            "Payments": [],
            "CreditNotes": [],
            "Prepayments": [],
            "Overpayments": [],
            "IsDiscounted": False,
            "HasErrors": False,
            "InvoicePaymentServices": [],
            "Contact": {
                "ContactID": row.invoice.contact_id,
                "Name": row.invoice.contact.name,
                "HasValidationErrors": False,
            },
            "LineItems": [],
            "CurrencyCode": row.invoice.currency_code,
        },
        "HasValidationErrors": False,
    }


def history(row: HistoryRecord) -> dict[str, Any]:
    """Return a line of a document's history."""
    body = {
        "Changes": row.changes,
        "DateUTCString": dates.write_instant(row.at_ms // 1000 * 1000),
        "DateUTC": dates.write_ms(row.at_ms),
        "User": row.user,
    }
    return body | {"Details": row.details} if row.details else body


def user(row: Membership) -> dict[str, Any]:
    """Return a user of an organisation."""
    return {
        "UserID": row.person.user_id,
        "EmailAddress": row.person.email,
        "FirstName": row.person.first_name,
        "LastName": row.person.last_name,
        "UpdatedDateUTC": dates.write_ms(row.updated_ms),
        "IsSubscriber": row.is_subscriber,
        "OrganisationRole": row.role,
    }


def organisation(row: Organisation) -> dict[str, Any]:
    """Return an organisation's facts."""
    body = {
        "OrganisationID": row.tenant_id,
        "Name": row.name,
        "BaseCurrency": row.base_currency,
        "ShortCode": row.short_code,
    } | row.facts
    if row.period_lock_date:
        body["PeriodLockDate"] = dates.write_date(row.period_lock_date)
    return body


_CONTACT_LISTS = ("Addresses", "Phones", "ContactPersons")


def _thin_contact(row: Contact) -> dict[str, Any]:
    return {
        "ContactID": row.contact_id,
        "Name": row.name,
        "Addresses": [],
        "Phones": [],
        "ContactGroups": [],
        "ContactPersons": [],
        "HasValidationErrors": False,
    }


def _payment_in_invoice(row: Payment) -> dict[str, Any]:
    return {
        "PaymentID": row.payment_id,
        "Date": dates.write_date(row.date),
        "Amount": row.amount,
        "Reference": row.reference,
        "CurrencyRate": Decimal("1.0000000000"),
        "HasAccount": False,
        "HasValidationErrors": False,
    }


def _line(line: dict[str, Any], places: int) -> dict[str, Any]:
    if "UnitAmount" not in line:
        return line
    return line | {"UnitAmount": money.to_places(Decimal(line["UnitAmount"]), places)}


def _fill(
    given: list[dict[str, Any]], type_key: str, types: tuple[str, ...]
) -> list[dict[str, Any]]:
    by_type = {element[type_key]: element for element in given}
    empty = (
        {"City": "", "Region": "", "PostalCode": "", "Country": ""}
        if type_key == "AddressType"
        else {"PhoneNumber": "", "PhoneAreaCode": "", "PhoneCountryCode": ""}
    )
    return [{type_key: kind} | empty | by_type.get(kind, {}) for kind in types]
