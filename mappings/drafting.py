"""
What a person confirmed, as the values and exact bytes that go to Xero. Pure.

Rests on xero-api §4.2, §4.3, §6. Nothing is added here that the person did not see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from connections.xero.types import (
    Address,
    Contact,
    ContactChange,
    NewContact,
    NewInvoice,
    NewLineItem,
)
from mappings import customer, totals
from mappings.customer import CustomerDetails, PostalAddress


@dataclass(frozen=True, slots=True)
class ChosenLine:
    """A line as confirmed; "" and None are left to Xero. Without a quantity it is only text."""

    description: str
    quantity: Decimal | None = None
    unit_amount: Decimal | None = None
    item_code: str = ""
    discount_rate: Decimal | None = None
    discount_amount: Decimal | None = None
    account_code: str = ""
    tax_type: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceChoices:
    """Sections 2 and 3 of the dialog as confirmed; dates are calendar days."""

    tax_mode: str
    currency_code: str
    branding_theme_id: UUID | None
    issue_date: date
    due_date: date
    reference: str
    lines: tuple[ChosenLine, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A contact's field as Xero has it, and as it is here (R-14)."""

    there: str
    here: str


def build_invoice(choices: InvoiceChoices, *, contact_id: str, marker_url: str) -> NewInvoice:
    """
    Return the draft to create; its `to_json()` is the exact text to store and send.

    :param contact_id: the Xero contact; nothing else of the contact goes with an invoice
    :param marker_url: the deal's address with our marker (R-18), never taken from a person
    """
    return NewInvoice(
        contact_id=contact_id,
        line_items=tuple(_new_line_item(line) for line in choices.lines),
        invoice_date=choices.issue_date,
        due_date=choices.due_date,
        line_amount_types=choices.tax_mode,
        currency_code=choices.currency_code,
        branding_theme_id=str(choices.branding_theme_id) if choices.branding_theme_id else None,
        reference=choices.reference or None,
        url=marker_url,
    )


def build_contact(details: CustomerDetails, *, contact_number: str) -> NewContact:
    """
    Return the contact to create (M-18).

    :param contact_number: our marker, unique in Xero: the operation's id
    """
    return NewContact(
        name=details.to,
        contact_number=contact_number,
        email=details.email or None,
        tax_number=details.tax_number or None,
        addresses=(_to_xero(details.address),) if details.address else None,
    )


def contact_changes(details: CustomerDetails, contact: Contact) -> Mapping[str, Difference]:
    """
    Return what "Update customer info in Xero" would change: address, email, tax number (M-19).

    Only fields that are filled in here and differ in more than blanks or letter case of an e-mail
    address; the name is never among them (R-15). A summary row of a contact has no address: pass
    the whole contact.
    """
    there = postal_address_of(contact)
    changes = {}
    if details.address and not _is_same_address(details.address, there):
        changes["address"] = Difference(_shown(there), _shown(details.address))
    if details.email and details.email.casefold() != contact.email.strip().casefold():
        changes["email"] = Difference(contact.email, details.email)
    if details.tax_number and _bare(details.tax_number) != _bare(contact.tax_number):
        changes["tax_number"] = Difference(contact.tax_number, details.tax_number)
    return changes


def build_contact_change(details: CustomerDetails, contact: Contact) -> ContactChange | None:
    """Return the update that `contact_changes` shows, None when there is nothing to send (M-19)."""
    changes = contact_changes(details, contact)
    if not changes:
        return None
    return ContactChange(
        contact_id=contact.contact_id,
        email=details.email if "email" in changes else None,
        tax_number=details.tax_number if "tax_number" in changes else None,
        addresses=_addresses(details, contact) if "address" in changes else None,
    )


def postal_address_of(contact: Contact) -> PostalAddress:
    """Return the address that Xero prints on this contact's invoices (POBOX, xero-api §6)."""
    address = _pobox(contact)
    if address is None:
        return PostalAddress()
    lines = (address.line1, address.line2, address.line3, address.line4)
    return PostalAddress(
        lines=tuple(line for line in map(customer.tidy, lines) if line),
        city=customer.tidy(address.city),
        region=customer.tidy(address.region),
        postal_code=customer.tidy(address.postal_code),
        country=customer.tidy(address.country),
    )


def _new_line_item(line: ChosenLine) -> NewLineItem:
    return NewLineItem(
        description=line.description or None,
        quantity=_to_places(line.quantity, totals.QUANTITY_PLACES),
        unit_amount=_to_places(line.unit_amount, totals.UNIT_PLACES),
        item_code=line.item_code or None,
        account_code=line.account_code or None,
        tax_type=line.tax_type or None,
        discount_rate=line.discount_rate,
        discount_amount=line.discount_amount,
    )


def _to_places(number: Decimal | None, places: int) -> Decimal | None:
    return None if number is None else totals.to_places(number, places)


def _pobox(contact: Contact) -> Address | None:
    return next((each for each in contact.addresses if each.type == "POBOX"), None)


def _addresses(details: CustomerDetails, contact: Contact) -> tuple[Address, ...]:
    """The new POBOX address as a whole; who it is for and the other addresses stay."""
    there = _pobox(contact)
    others = (each for each in contact.addresses if each.type != "POBOX")
    kept = there.attention_to if there else ""
    return (_to_xero(details.address, attention_to=kept), *others)


def _to_xero(address: PostalAddress, *, attention_to: str = "") -> Address:
    line1, line2, line3, line4 = (*address.lines, "", "", "", "")[: customer.MAX_ADDRESS_LINES]
    return Address(
        type="POBOX",
        line1=line1,
        line2=line2,
        line3=line3,
        line4=line4,
        city=address.city,
        region=address.region,
        postal_code=address.postal_code,
        country=address.country,
        attention_to=attention_to,
    )


def _is_same_address(here: PostalAddress, there: PostalAddress) -> bool:
    def tidied(address: PostalAddress) -> tuple[object, ...]:
        lines = tuple(line for line in map(customer.tidy, address.lines) if line)
        rest = (address.city, address.region, address.postal_code, address.country)
        return (lines, *map(customer.tidy, rest))

    return tidied(here) == tidied(there)


def _shown(address: PostalAddress) -> str:
    return ", ".join(address.printed_lines())


def _bare(number: str) -> str:
    """A tax number is the same with or without blanks, dots and small letters."""
    return "".join(letter for letter in number if letter.isalnum()).casefold()
