"""What happens to contacts: created, changed, matched, archived, merged."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q

from sandbox.xero import changes, problems, reading, render, webhooks
from sandbox.xero.models import Contact, Invoice, Organisation, new_guid

ARCHIVED = (
    "The specified contact details matched an archived contact. Archived contacts cannot "
    "currently be edited via the API."
)
_COLUMNS = {
    "Name": ("name", 255),
    "ContactNumber": ("contact_number", 50),
    "AccountNumber": ("account_number", 50),
    "CompanyNumber": ("company_number", 50),
    "TaxNumber": ("tax_number", 50),
    "FirstName": ("first_name", 255),
    "LastName": ("last_name", 255),
    "EmailAddress": ("email", 255),
}
_DEFAULTS = (
    "PaymentTerms", "DefaultCurrency", "AccountsReceivableTaxType", "SalesDefaultAccountCode",
    "AccountsPayableTaxType", "PurchasesDefaultAccountCode", "Discount", "BrandingTheme",
    "TaxNumberType",
)  # fmt: skip
_ADDRESS_MOST = {
    "AddressLine1": 500, "AddressLine2": 500, "AddressLine3": 500, "AddressLine4": 500,
    "City": 255, "Region": 255, "PostalCode": 50, "Country": 50, "AttentionTo": 255,
}  # fmt: skip
_PHONE_MOST = {"PhoneNumber": 50, "PhoneAreaCode": 10, "PhoneCountryCode": 20}
_EMAIL = re.compile(r"[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+")


def create(organisation: Organisation, element: dict[str, Any], *, now: datetime) -> Contact:
    """
    Create a contact from an API element; call inside a transaction.

    :raises problems.Invalid: a rule is broken, or name or number are taken
    """
    contact = Contact(organisation=organisation, contact_id=new_guid())
    _apply(contact, element)
    _save(contact, now=now, is_new=True)
    return contact


def update(contact: Contact, element: dict[str, Any], *, now: datetime) -> Contact:
    """
    Change a contact by an API element; what is left out stays, an empty text clears.

    :raises problems.Invalid: it is archived, a rule is broken, or name or number are taken
    """
    if contact.status != "ACTIVE":
        raise problems.Invalid(ARCHIVED)
    _apply(contact, element)
    if element.get("ContactStatus") == "ARCHIVED":
        contact.status = "ARCHIVED"
    _save(contact, now=now)
    return contact


def create_or_update(
    organisation: Organisation, element: dict[str, Any], *, now: datetime
) -> Contact:
    """
    Change the contact matched by ContactID, ContactNumber, else Name, or create one.

    :raises problems.ApiProblem: 404, a ContactID that does not exist
    :raises problems.Invalid: as create and update
    """
    found = match(organisation, element)
    if found is None:
        return create(organisation, element, now=now)
    return update(found, element, now=now)


def match(organisation: Organisation, element: dict[str, Any]) -> Contact | None:
    """
    Return the contact an element means: by ContactID, ContactNumber, else active Name.

    :raises problems.ApiProblem: 404, a ContactID that does not exist
    """
    rows = Contact.objects.select_related("organisation").filter(organisation=organisation)
    if contact_id := element.get("ContactID"):
        found = rows.filter(contact_id=str(contact_id).lower()).first()
        if found is None:
            raise problems.not_found()
        return found
    number = str(element.get("ContactNumber") or "")
    if number and (found := rows.filter(contact_number=number).first()):
        return found
    name = str(element.get("Name", "")).strip()
    return rows.filter(name__iexact=name, status="ACTIVE").first() if name else None


def find_or_write_for_invoice(
    organisation: Organisation, element: dict[str, Any], *, now: datetime
) -> Contact:
    """
    Return the contact an invoice element names; more fields than its id change or create it.

    :raises problems.ApiProblem: 404, a ContactID that does not exist
    :raises problems.Invalid: none named, or archived
    """
    given = element.get("Contact")
    if not isinstance(given, dict) or not given:
        raise problems.Invalid("A Contact must be specified for this type of transaction")
    contact = match(organisation, given)
    if contact is None:
        return create(organisation, given, now=now)
    if contact.status != "ACTIVE":
        raise problems.Invalid(ARCHIVED)
    more = {k: v for k, v in given.items() if k not in ("ContactID", "ContactNumber")}
    if "ContactID" in given and more:
        update(contact, more | {"ContactPersons": []}, now=now)
    return contact


def set_status(contact: Contact, status: str, *, now: datetime) -> None:
    """
    Archive or restore a contact.

    :raises problems.Invalid: restoring would give two active contacts one name
    """
    contact.status = status
    if status == "ACTIVE":
        contact.merged_to = ""
        _refuse_taken(contact)
    _save(contact, now=now)


def merge(contact: Contact, into: Contact, *, now: datetime) -> None:
    """
    Archive a contact in favour of another, which takes its invoices.

    :raises problems.Invalid: they are the same, or the other one is not active
    """
    if contact.pk == into.pk or into.status != "ACTIVE":
        raise problems.Invalid("Choose another, active contact to merge into")
    contact.status, contact.merged_to = "ARCHIVED", into.contact_id
    _save(contact, now=now)
    for invoice in contact.invoices.all():
        Invoice.objects.filter(pk=invoice.pk).update(
            contact=into, updated_ms=changes.next_change_ms(contact.organisation, now)
        )
        webhooks.announce(contact.organisation, "INVOICE", invoice.invoice_id, "UPDATE")
    rerender_invoices(into)


def mark_as_customer(contact: Contact, *, is_sale: bool) -> None:
    """Note that a contact was invoiced; does not move its UpdatedDateUTC."""
    if is_sale and not contact.is_customer:
        contact.is_customer = True
        Contact.objects.filter(pk=contact.pk).update(is_customer=True)


def rerender_invoices(contact: Contact) -> None:
    """Render the list texts of a contact's invoices anew; their UpdatedDateUTC stays."""
    rows = contact.invoices.select_related("contact").prefetch_related("payments")
    batch = list(rows)
    for invoice in batch:
        render.fill_list_texts(invoice, invoice.payments.all())
    Invoice.objects.bulk_update(batch, ["thin_json", "summary_json", "paged_json"], 100)


def search_text_of(contact: Contact) -> str:
    """Return what searchTerm looks in, casefolded; tax numbers are not searched."""
    searched = (
        contact.name, contact.first_name, contact.last_name, contact.contact_number,
        contact.company_number, contact.email,
    )  # fmt: skip
    return "\n".join(searched).casefold()


def _apply(contact: Contact, element: dict[str, Any]) -> None:
    for field, (column, most) in _COLUMNS.items():
        value = reading.text(element, field, most=most)
        if value is not None:
            setattr(contact, column, value.strip())
    if not contact.name:
        raise problems.Invalid("The Contact Name cannot be empty.")
    if contact.email and not _EMAIL.fullmatch(contact.email):
        raise problems.Invalid("Email address must be valid.")
    details = dict(contact.details)
    if element.get("Addresses") is not None:
        details["Addresses"] = _merge_typed(
            details.get("Addresses", []),
            _read_typed(element["Addresses"], "AddressType", render.ADDRESS_TYPES, _ADDRESS_MOST),
            "AddressType",
        )
    if element.get("Phones") is not None:
        details["Phones"] = _merge_typed(
            details.get("Phones", []),
            _read_typed(element["Phones"], "PhoneType", render.PHONE_TYPES, _PHONE_MOST),
            "PhoneType",
        )
    if element.get("ContactPersons") is not None:
        details["ContactPersons"] = _read_persons(element["ContactPersons"])
    details |= {name: element[name] for name in _DEFAULTS if element.get(name) is not None}
    contact.details = details
    _refuse_taken(contact)


def _refuse_taken(contact: Contact) -> None:
    others = Contact.objects.filter(organisation=contact.organisation).exclude(pk=contact.pk)
    if others.filter(name__iexact=contact.name, status="ACTIVE").exists():
        raise problems.Invalid(
            f"The contact name {contact.name} is already assigned to another contact. The contact "
            "name must be unique across all active contacts."
        )
    if contact.contact_number and others.filter(contact_number=contact.contact_number).exists():
        raise problems.Invalid(
            f"The Contact Number {contact.contact_number} is already assigned to another contact."
        )


def _read_typed(
    given: Any, type_key: str, types: Iterable[str], most: dict[str, int]
) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not all(isinstance(element, dict) for element in given):
        raise problems.bad_post_data(f"{type_key.removesuffix('Type')}es must be a list.")
    read = []
    for element in given:
        if element.get(type_key) not in types:
            raise problems.Invalid(f"{type_key} must be one of {', '.join(types)}.")
        values = {name: reading.text(element, name, most=n) for name, n in most.items()}
        if re.search(r"\d", values.get("Country") or ""):
            raise problems.Invalid("Country may contain letters only.")
        kept = {name: value for name, value in values.items() if value is not None}
        read.append({type_key: element[type_key]} | kept)
    return read


def _merge_typed(
    held: list[dict[str, Any]], given: list[dict[str, Any]], type_key: str
) -> list[dict[str, Any]]:
    return list(({e[type_key]: e for e in held} | {e[type_key]: e for e in given}).values())


def _read_persons(given: Any) -> list[dict[str, Any]]:
    if not isinstance(given, list) or len(given) > 5:
        raise problems.Invalid("A contact can have at most five contact persons.")
    return [
        {
            "FirstName": reading.text(person, "FirstName", most=255) or "",
            "LastName": reading.text(person, "LastName", most=255) or "",
            "EmailAddress": reading.text(person, "EmailAddress", most=255) or "",
            "IncludeInEmails": bool(reading.flag(person, "IncludeInEmails")),
        }
        for person in given
    ]


def _save(contact: Contact, *, now: datetime, is_new: bool = False) -> None:
    contact.search_text = search_text_of(contact)
    contact.updated_ms = changes.next_change_ms(contact.organisation, now)
    contact.save(force_insert=is_new)
    action = "CREATE" if is_new else "UPDATE"
    webhooks.announce(contact.organisation, "CONTACT", contact.contact_id, action)
    if not is_new:
        rerender_invoices(contact)


def active_or_all(*, include_archived: bool) -> Q:
    """Return the filter of contact lists: active ones, or every one."""
    return Q() if include_archived else Q(status="ACTIVE")
