"""Reads the fields of an invoice element into an invoice, and works out its totals."""

import re
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from sandbox.xero import lines, money, problems, reading
from sandbox.xero.models import Invoice


def apply(
    invoice: Invoice,
    element: dict[str, Any],
    *,
    places: int,
    books: lines.Books,
    status: str,
    is_new: bool,
) -> None:
    """
    Put the fields that were sent into the invoice, which the caller checks further and saves.

    :param places: decimal places of UnitAmount, 2 or 4
    :param status: the status the invoice is on its way to
    :raises problems.Invalid: a rule is broken
    :raises problems.ApiProblem: a value has the wrong type
    """
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


def get_default_theme(books: lines.Books) -> dict[str, Any] | None:
    """Return the branding theme of invoices that name none."""
    themes = books.list("BrandingThemes")
    return min(themes, key=lambda theme: theme["SortOrder"]) if themes else None
