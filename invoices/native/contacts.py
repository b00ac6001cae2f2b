"""Contacts for the Invoice tab, which are Xero's contacts (contract §3.5)."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.utils.translation import gettext as _

from connections.models import XeroConnection
from connections.xero.drafts import Address, ContactChange, NewContact
from connections.xero.types import Contact
from invoices import forms
from invoices.models import Operation
from invoices.native import answers, door, orders, running, storing
from invoices.native.door import Call
from invoices.native.failures import refused
from invoices.native.reading import Fields
from mappings import customer, drafting, matching

MAX_PHONE = 50


def get_one(call: Call, contact_id: str) -> dict[str, Any]:
    """getContact: as Xero has it now; a merged one is followed."""
    return _show(_get(call, str(door.read_id(contact_id))), call.connection)


def search(call: Call) -> list[dict[str, Any]]:
    """getSearchContacts: active ones that hold the name."""
    term = Fields(call.query.dict()).text("name", longest=forms.MAX_SEARCH).strip()
    if len(term) < forms.MIN_SEARCH:
        return []
    found = door.with_xero(call, lambda session: matching.search_contacts(session, term))
    return [_show(each.contact, call.connection) for each in found if each.is_selectable]


def create(call: Call) -> dict[str, Any]:
    """postContact: a new contact in Xero, found again by its number (reliability §2)."""
    key = running.fingerprint(call.company, "postContact", call.body)
    operation = running.find(call.company, key, now=call.now)
    if operation is None:
        connection = call.check_may_write()
        new = _read_new(Fields(call.body))
        _refuse_namesake(call, new.name)
        operation = running.record(
            call.company, key, lambda: _record_new(call, connection, new), now=call.now
        )
    done = running.carry_out(operation, runtime=call.runtime)
    return _show(_get(call, str(done.xero_contact_id)), call.connection)


def change(call: Call, contact_id: str) -> dict[str, Any]:
    """putContact: what is said of a contact; what is left out or empty stays (R-15)."""
    connection = call.check_may_write()
    known = _get(call, str(door.read_id(contact_id)))
    change_of = _read_change(Fields(call.body), known)
    # The same words later mean the same change anew: others may have changed it back.
    key = running.fingerprint(call.company, f"putContact:{known.contact_id}", call.body)
    operation = running.find(call.company, key, keeps_done=False, now=call.now)
    if operation is None and change_of is not None:
        operation = running.record(
            call.company,
            key,
            lambda: _record_change(call, connection, change_of),
            keeps_done=False,
            now=call.now,
        )
    if operation is not None:
        running.carry_out(operation, runtime=call.runtime)
        known = _get(call, known.contact_id)
    return _show(known, connection)


def _get(call: Call, contact_id: str) -> Contact:
    match: matching.Match = door.with_xero(
        call, lambda session: matching.check_contact(session, contact_id)
    )
    return match.contact


def _read_new(said: Fields) -> NewContact:
    name = said.text("displayName", longest=customer.MAX_NAME, is_needed=True)
    _check_name(said, name)
    address = _read_address(said, None)
    return NewContact(
        name=name,
        email=said.email("email") or None,
        phone=said.text("phone", longest=MAX_PHONE) or None,
        tax_number=said.text("taxId", longest=customer.MAX_TAX_NUMBER) or None,
        addresses=(address,) if address else None,
    )


def _read_change(said: Fields, known: Contact) -> ContactChange | None:
    """Return what differs from what Xero has; None when nothing does."""
    name = said.text("displayName", longest=customer.MAX_NAME)
    _check_name(said, name)
    email = said.email("email")
    phone = said.text("phone", longest=MAX_PHONE)
    tax_number = said.text("taxId", longest=customer.MAX_TAX_NUMBER)
    there = next((each for each in known.addresses if each.type == "POBOX"), None)
    here = _read_address(said, there)
    addresses = None
    if here is not None and here != there:
        others = (each for each in known.addresses if each.type != "POBOX")
        addresses = (here, *others)
    found = ContactChange(
        contact_id=known.contact_id,
        name=_differing(name, known.name),
        email=_differing(email, known.email),
        phone=_differing(phone, known.phone),
        tax_number=_differing(tax_number, known.tax_number),
        addresses=addresses,
    )
    return None if found == ContactChange(contact_id=known.contact_id) else found


def _differing(here: str, there: str) -> str | None:
    return here if here and here != there else None


def _read_address(said: Fields, there: Address | None) -> Address | None:
    """Return the address that invoices carry, what is said of it in place of what was there."""
    lines = orders.fit_lines(
        said.text("address", longest=orders.LONGEST_ADDRESS, has_lines=True).split("\n")
    )
    parts = {
        "city": said.text("city", longest=customer.MAX_CITY),
        "postal_code": said.text("postalCode", longest=customer.MAX_POSTAL_CODE),
        "country": said.text("country", longest=customer.MAX_COUNTRY),
    }
    if any(letter.isdigit() for letter in parts["country"]):
        raise said.wrong("country", _("Write the country in letters, without digits."))
    given = {name: value for name, value in parts.items() if value}
    if lines:
        given |= dict(zip(("line1", "line2", "line3", "line4"), (*lines, "", "", ""), strict=False))
    return replace(there or Address(type="POBOX"), **given) if given else None


def _check_name(said: Fields, name: str) -> None:
    if "<" in name or ">" in name:
        raise said.wrong(
            "displayName", _("Xero does not take the signs < and > in a contact name.")
        )


def _refuse_namesake(call: Call, name: str) -> None:
    """A name is one contact's in Xero: whoever means that one has to choose it (R-16)."""
    found = door.with_xero(call, lambda session: matching.find_same_name(session, name))
    if found is not None and found.is_selectable:
        raise refused(
            "name_taken",
            _("displayName: Xero already has a contact named “%(name)s”. Choose that one.")
            % {"name": found.contact.name},
        )


def _record_new(call: Call, connection: XeroConnection, new: NewContact) -> Operation:
    operation_id = uuid.uuid4()
    return _record(
        call,
        connection,
        Operation.Kind.CREATE_CONTACT,
        operation_id=operation_id,
        body=replace(new, contact_number=str(operation_id)).to_json(),
        contact_id=None,
        name=new.name,
    )


def _record_change(call: Call, connection: XeroConnection, wanted: ContactChange) -> Operation:
    return _record(
        call,
        connection,
        Operation.Kind.UPDATE_CONTACT,
        operation_id=uuid.uuid4(),
        body=wanted.to_json(),
        contact_id=wanted.contact_id,
        name=wanted.name or "",
    )


def _record(
    call: Call,
    connection: XeroConnection,
    kind: str,
    *,
    operation_id: uuid.UUID,
    body: str,
    contact_id: str | None,
    name: str,
) -> Operation:
    return storing.store(
        call,
        connection,
        kind,
        event=f"contact.{kind}.requested",
        operation_id=operation_id,
        body=body,
        summary={"organization_id": None, "person_id": None, "contact_name": name},
        xero_contact_id=contact_id,
    )


def _show(contact: Contact, connection: XeroConnection) -> dict[str, Any]:
    address = drafting.postal_address_of(contact)
    code = quote(connection.short_code, safe="")
    optional = {
        "address": "\n".join(address.lines),
        "postalCode": address.postal_code,
        "city": address.city,
        "country": address.country,
        "email": contact.email,
        "phone": contact.phone,
        "taxId": contact.tax_number,
    }
    return {
        "id": contact.contact_id,
        "displayName": contact.name,
        **answers.without_empty(optional),
        "url": f"{settings.XERO_WEB_URL}/app/{code}/contacts/contact/{contact.contact_id}",
    }
