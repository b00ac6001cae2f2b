"""What we tell Xero: invoices and contacts to write, as frozen values (xero-api §4.2, §4.3, §6)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from connections.xero import writing


@dataclass(frozen=True, slots=True)
class Address:
    """A contact's address. ``type`` is POBOX (printed on invoices) or STREET."""

    type: str = "POBOX"
    line1: str = ""
    line2: str = ""
    line3: str = ""
    line4: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    attention_to: str = ""

    def to_fields(self) -> writing.Fields:
        """Return Xero's keys; all of them, because an empty text is how a part is cleared."""
        return {
            "AddressType": self.type,
            "AddressLine1": self.line1,
            "AddressLine2": self.line2,
            "AddressLine3": self.line3,
            "AddressLine4": self.line4,
            "City": self.city,
            "Region": self.region,
            "PostalCode": self.postal_code,
            "Country": self.country,
            "AttentionTo": self.attention_to,
        }


@dataclass(frozen=True, slots=True)
class NewLineItem:
    """One row to create. Left out (None) is not sent; LineAmount is Xero's to compute (§4.3)."""

    description: str | None = None
    quantity: Decimal | None = None
    unit_amount: Decimal | None = None
    item_code: str | None = None
    account_code: str | None = None
    tax_type: str | None = None
    tax_amount: Decimal | None = None
    discount_rate: Decimal | None = None
    discount_amount: Decimal | None = None

    def to_fields(self) -> writing.Fields:
        """Return Xero's keys for what is set."""
        return {
            "Description": self.description,
            "Quantity": self.quantity,
            "UnitAmount": self.unit_amount,
            "ItemCode": self.item_code,
            "AccountCode": self.account_code,
            "TaxType": self.tax_type,
            "TaxAmount": self.tax_amount,
            "DiscountRate": self.discount_rate,
            "DiscountAmount": self.discount_amount,
        }


@dataclass(frozen=True, slots=True)
class NewInvoice:
    """
    A sales invoice to create (xero-api §4.2). The contact goes by its id alone: any further
    field beside it would change the contact.
    """

    contact_id: str
    line_items: tuple[NewLineItem, ...]
    invoice_date: date
    due_date: date | None = None
    line_amount_types: str = "Exclusive"
    currency_code: str | None = None
    branding_theme_id: str | None = None
    reference: str | None = None
    url: str | None = None
    invoice_number: str | None = None
    status: str = "DRAFT"

    def to_json(self) -> str:
        """
        Return the exact body to store and send, always the same text for the same values.

        :raises ValueError: a number is not finite
        """
        return writing.dump(
            {
                "Invoices": [
                    {
                        "Type": "ACCREC",
                        "Contact": {"ContactID": self.contact_id},
                        "Date": self.invoice_date,
                        "DueDate": self.due_date,
                        "LineAmountTypes": self.line_amount_types,
                        "InvoiceNumber": self.invoice_number,
                        "Reference": self.reference,
                        "BrandingThemeID": self.branding_theme_id,
                        "Url": self.url,
                        "CurrencyCode": self.currency_code,
                        "Status": self.status,
                        "LineItems": [line.to_fields() for line in self.line_items],
                    }
                ]
            }
        )


@dataclass(frozen=True, slots=True)
class NewContact:
    """A contact to create. ``contact_number`` is our marker: Xero keeps it unique."""

    name: str
    contact_number: str | None = None
    email: str | None = None
    phone: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    company_number: str | None = None
    tax_number: str | None = None
    default_currency: str | None = None
    addresses: tuple[Address, ...] | None = None

    def to_json(self) -> str:
        """Return the exact body to store and send (``PUT /Contacts``)."""
        whose: writing.Fields = {"Name": self.name}
        return writing.dump({"Contacts": [whose | _contact_fields(self)]})


@dataclass(frozen=True, slots=True)
class StatusChange:
    """
    A move of an invoice to another status: its id and the status, nothing else, because Xero
    refuses or misreads more (xero-api §4.6).
    """

    invoice_id: str
    status: str

    def to_json(self) -> str:
        """Return the exact body to store and send (``POST /Invoices/{InvoiceID}``)."""
        return writing.dump({"Invoices": [{"InvoiceID": self.invoice_id, "Status": self.status}]})


@dataclass(frozen=True, slots=True)
class ItemFields:
    """
    What is said of an item; None stays as it is in Xero. ``code`` is unique there: of a new item it
    is our marker as well.
    """

    code: str | None = None
    name: str | None = None
    description: str | None = None
    unit_price: Decimal | None = None
    account_code: str | None = None
    tax_type: str | None = None
    item_id: str | None = None

    def to_json(self) -> str:
        """
        Return the exact body to store and send (``PUT /Items``, ``POST /Items/{ItemID}``).

        :raises ValueError: the price is not finite
        """
        sales: writing.Fields = {
            "UnitPrice": self.unit_price,
            "AccountCode": self.account_code,
            "TaxType": self.tax_type,
        }
        is_said = any(value is not None for value in sales.values())
        return writing.dump(
            {
                "Items": [
                    {
                        "ItemID": self.item_id,
                        "Code": self.code,
                        "Name": self.name,
                        "Description": self.description,
                        "SalesDetails": sales if is_said else None,
                    }
                ]
            }
        )


REMOVE_PAYMENT = '{"Status":"DELETED"}'


@dataclass(frozen=True, slots=True)
class ContactChange:
    """What to change on a contact; None stays as it is, an empty text clears."""

    contact_id: str
    name: str | None = None
    contact_number: str | None = None
    email: str | None = None
    phone: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    company_number: str | None = None
    tax_number: str | None = None
    default_currency: str | None = None
    addresses: tuple[Address, ...] | None = None

    def to_json(self) -> str:
        """Return the exact body to store and send (``POST /Contacts/{ContactID}``)."""
        whose: writing.Fields = {"ContactID": self.contact_id, "Name": self.name}
        return writing.dump({"Contacts": [whose | _contact_fields(self)]})


def _contact_fields(contact: NewContact | ContactChange) -> writing.Fields:
    addresses, phone = contact.addresses, contact.phone
    # The whole number as it was written: who dials it does not ask for its parts.
    main: writing.Fields = {
        "PhoneType": "DEFAULT",
        "PhoneNumber": phone,
        "PhoneAreaCode": "",
        "PhoneCountryCode": "",
    }
    return {
        "ContactNumber": contact.contact_number,
        "EmailAddress": contact.email,
        "FirstName": contact.first_name,
        "LastName": contact.last_name,
        "CompanyNumber": contact.company_number,
        "TaxNumber": contact.tax_number,
        "DefaultCurrency": contact.default_currency,
        "Phones": None if phone is None else [main],
        "Addresses": None if addresses is None else [each.to_fields() for each in addresses],
    }
