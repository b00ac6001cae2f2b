"""
What Xero tells us, as frozen values (xero-api §3-§7); what we tell Xero is in ``drafts``.

Money is Decimal in the invoice's currency; instants are aware UTC; invoice dates are calendar
days. Words of Xero (statuses, types, roles) stay text as sent: Xero adds new ones without notice.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from connections.xero.drafts import Address, ContactChange, NewContact, NewInvoice, NewLineItem

__all__ = [
    "Account",
    "Address",
    "BrandingTheme",
    "Connection",
    "Contact",
    "ContactChange",
    "ContactPerson",
    "Credit",
    "Currency",
    "HistoryRecord",
    "Invoice",
    "InvoicePage",
    "InvoiceSummary",
    "Item",
    "LineItem",
    "NewContact",
    "NewInvoice",
    "NewLineItem",
    "Organisation",
    "Payment",
    "PaymentRecord",
    "TaxComponent",
    "TaxRate",
    "User",
]


@dataclass(frozen=True, slots=True)
class Connection:
    """One tenant that a grant reaches (xero-api §2.4). ``id`` is the connection's, for DELETE."""

    id: str
    tenant_id: str
    tenant_type: str
    tenant_name: str
    auth_event_id: str = ""


@dataclass(frozen=True, slots=True)
class Organisation:
    """The books behind a tenant. ``timezone`` is Xero's name for it, e.g. GMTSTANDARDTIME."""

    organisation_id: str
    name: str
    legal_name: str
    short_code: str
    base_currency: str
    country_code: str
    timezone: str
    version: str
    organisation_class: str
    default_sales_tax: str
    sales_tax_basis: str
    is_demo_company: bool
    pays_tax: bool
    period_lock_date: date | None
    end_of_year_lock_date: date | None


@dataclass(frozen=True, slots=True)
class User:
    """A person of the organisation; ``role`` is Xero's OrganisationRole, unknown words included."""

    user_id: str
    email: str
    first_name: str
    last_name: str
    role: str
    is_subscriber: bool


@dataclass(frozen=True, slots=True)
class Account:
    """An entry of the chart of accounts; bank accounts may lack a code."""

    account_id: str
    code: str
    name: str
    type: str
    account_class: str
    status: str
    tax_type: str
    system_account: str


@dataclass(frozen=True, slots=True)
class TaxComponent:
    """A part of a tax rate; ``rate`` is in percent."""

    name: str
    rate: Decimal
    is_compound: bool


@dataclass(frozen=True, slots=True)
class TaxRate:
    """A tax rate; ``effective_rate`` and ``display_rate`` are in percent."""

    name: str
    tax_type: str
    status: str
    effective_rate: Decimal
    display_rate: Decimal
    can_apply_to_revenue: bool
    components: tuple[TaxComponent, ...] = ()


@dataclass(frozen=True, slots=True)
class BrandingTheme:
    """A look for documents; the lowest ``sort_order`` is the organisation's default."""

    branding_theme_id: str
    name: str
    sort_order: int


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency enabled in the organisation."""

    code: str
    description: str


@dataclass(frozen=True, slots=True)
class Item:
    """A product or service kept in Xero; the sales fields are its defaults on an invoice line."""

    item_id: str
    code: str
    name: str
    description: str
    is_sold: bool
    unit_price: Decimal | None
    account_code: str
    tax_type: str
    is_tracked_as_inventory: bool
    quantity_on_hand: Decimal | None
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class ContactPerson:
    """A further person of a contact; ``is_included_in_emails``: Xero mails invoices to them too."""

    name: str
    email: str
    is_included_in_emails: bool


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom an invoice is addressed to. A summary row carries no addresses (xero-api §6)."""

    contact_id: str
    name: str
    status: str = "ACTIVE"
    email: str = ""
    phone: str = ""
    first_name: str = ""
    last_name: str = ""
    contact_number: str = ""
    account_number: str = ""
    company_number: str = ""
    tax_number: str = ""
    default_currency: str = ""
    sales_account_code: str = ""
    sales_tax_type: str = ""
    addresses: tuple[Address, ...] = ()
    payment_terms_day: int | None = None
    payment_terms_type: str = ""
    merged_to_contact_id: str = ""
    updated_at: datetime | None = None
    contact_persons: tuple[ContactPerson, ...] = ()


@dataclass(frozen=True, slots=True)
class LineItem:
    """One row of an invoice as Xero holds it."""

    line_item_id: str
    description: str
    quantity: Decimal | None
    unit_amount: Decimal | None
    line_amount: Decimal
    tax_amount: Decimal
    tax_type: str
    account_code: str
    item_code: str
    discount_rate: Decimal | None
    discount_amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Payment:
    """Money received against an invoice, in the invoice's currency."""

    payment_id: str
    payment_date: date | None
    amount: Decimal
    reference: str


@dataclass(frozen=True, slots=True)
class PaymentRecord:
    """
    A payment as /Payments gives it, which alone says whether it is reconciled (xero-api §4.6).

    ``status`` is AUTHORISED or DELETED; ``batch_payment_id`` is "" for one outside a batch.
    """

    payment_id: str
    status: str
    payment_date: date | None
    amount: Decimal
    reference: str
    is_reconciled: bool
    batch_payment_id: str


@dataclass(frozen=True, slots=True)
class Credit:
    """
    What is set off against an invoice beside payments: a credit note, a prepayment or an
    overpayment. ``amount`` is what is applied here, in the invoice's currency.
    """

    credit_id: str
    credit_date: date | None
    amount: Decimal
    reference: str


@dataclass(frozen=True, slots=True)
class HistoryRecord:
    """One line of a document's history in Xero, in Xero's words; ``at`` is of Xero's clock."""

    changes: str
    details: str
    user: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Invoice:
    """A sales invoice as Xero holds it, with its lines (xero-api §4.4)."""

    invoice_id: str
    number: str
    type: str
    status: str
    contact_id: str
    contact_name: str
    reference: str
    url: str
    invoice_date: date | None
    due_date: date | None
    expected_payment_date: date | None
    fully_paid_on_date: date | None
    line_amount_types: str
    currency_code: str
    sub_total: Decimal
    total_tax: Decimal
    total: Decimal
    amount_due: Decimal
    amount_paid: Decimal
    amount_credited: Decimal
    branding_theme_id: str
    is_sent_to_contact: bool
    updated_at: datetime
    line_items: tuple[LineItem, ...]
    payments: tuple[Payment, ...]
    credit_notes: tuple[Credit, ...]
    prepayments: tuple[Credit, ...]
    overpayments: tuple[Credit, ...]
    has_attachments: bool
    # None where Xero shows the contact by name alone, as in lists.
    has_contact_email: bool | None
    has_errors: bool
    validation_errors: tuple[str, ...]
    warnings: tuple[str, ...]


class InvoiceSummary(NamedTuple):
    """An invoice without its lines: one row of a poll. A tuple, because thousands are built."""

    invoice_id: str
    number: str
    type: str
    status: str
    contact_id: str
    contact_name: str
    reference: str
    url: str
    invoice_date: date | None
    due_date: date | None
    currency_code: str
    sub_total: Decimal
    total_tax: Decimal
    total: Decimal
    amount_due: Decimal
    amount_paid: Decimal
    amount_credited: Decimal
    is_sent_to_contact: bool
    fully_paid_on_date: date | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class InvoicePage:
    """One page of changed invoices; ``is_last`` when Xero has no further page."""

    rows: tuple[InvoiceSummary, ...]
    page: int
    is_last: bool
    item_count: int | None
