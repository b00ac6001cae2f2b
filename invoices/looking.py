"""
The look: what became of a request whose outcome nobody knows (reliability §2, P-3).

An invoice is found by the marker in its `Url`, which ends with the operation's id; a contact by
the `ContactNumber` that its request gave it, an item by its `Code`.
Somebody may have edited, voided or deleted it since: it is still ours.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog

from connections import access, crash, errors
from connections.runtime import Runtime
from connections.xero.types import Contact, Item
from connections.xero.types import Invoice as XeroInvoice
from invoices import (
    dependents,
    lifecycle_outcomes,
    lifecycle_sending,
    operations,
    outcomes,
    queries,
    schedule,
)
from invoices.models import InvoiceEvent, Operation
from invoices.version_check import Verdict

log = structlog.get_logger(__name__)

State = Operation.State
MARKER = "#ib="
# Keys of a contact's request whose values an update is recognised by, and where we read them.
_CONTACT_TEXTS = {
    "Name": "name",
    "EmailAddress": "email",
    "TaxNumber": "tax_number",
    "CompanyNumber": "company_number",
}


def look(operation: Operation, *, runtime: Runtime, now: datetime) -> None:
    """
    Ask Xero what became of an operation: adopt it, go on with a new key, or ask for a person.

    A look that fails is made again later; only one that was answered whole counts.

    :param now: the database's clock, past the pause after the last send
    """
    if not _take(operation, runtime=runtime, now=now):
        return
    began = time.monotonic()
    try:
        with access.open_xero(operation.connection, now=now, runtime=runtime) as session:
            session.is_press = True
            found = _ask(operation, session, runtime)
    except (access.NotConnected, errors.ProviderError) as exc:
        until = outcomes.wait_until(operation, exc, runtime=runtime, now=now)
        operations.postpone(
            operation,
            max(until, now + schedule.backoff(operation.looks + 1, runtime=runtime)),
            looks=operation.looks + 1,
            **operations.NO_LEASE,
        )
        return
    crash.point("after_look_before_conclusion")
    finished = now + timedelta(seconds=time.monotonic() - began)
    if isinstance(found, lifecycle_sending.Reading):
        _conclude_action(operation, found, runtime=runtime, looked_at=now, now=finished)
    else:
        _conclude(operation, found, runtime=runtime, looked_at=now, now=finished)


def find_invoices(operation: Operation, candidates: tuple[XeroInvoice, ...]) -> list[XeroInvoice]:
    """Return the invoices that carry this operation's marker, by their `Url` alone."""
    marker = f"{MARKER}{operation.id}"
    return [each for each in candidates if each.url.lower().endswith(marker)]


def _take(operation: Operation, *, runtime: Runtime, now: datetime) -> bool:
    until = now + timedelta(seconds=runtime.lease_seconds)
    if not operations.lease(operation, until, now=now):
        return False
    return operation.state == State.LOOKING or operations.move(operation, State.LOOKING, now=now)


def _ask(operation: Operation, session: access.XeroSession, runtime: Runtime) -> Any:
    if operation.kind in Operation.ACTION_KINDS:
        return lifecycle_sending.read(operation, session)
    return session.call(_question(operation, runtime))


def _question(operation: Operation, runtime: Runtime) -> Callable[[Any], Any]:
    """Return the read that tells; its value is what was found, a list."""
    if operation.kind == Operation.Kind.CREATE:
        first = queries.get_first_sent_at(operation) or operation.created_at
        since = first - timedelta(seconds=runtime.look_behind_seconds)
        return lambda xero: find_invoices(operation, xero.list_own_invoices_changed(since=since))
    if operation.kind in Operation.ITEM_KINDS:
        return lambda xero: _find_items(operation, xero)
    if operation.kind == Operation.Kind.CREATE_CONTACT:
        number = json.loads(operation.request_body)["Contacts"][0]["ContactNumber"]
        return lambda xero: _find_contacts(xero, number)
    return lambda xero: [
        contact
        for contact in _get_contact(xero, str(operation.xero_contact_id))
        if _is_as_asked(operation, contact)
    ]


def _find_contacts(xero: Any, number: str) -> list[Contact]:
    """
    Return the contacts with this number. Searched first: a number that looks like an id may be
    taken for one in the address (xero-api §6); the address finds archived ones.
    """
    candidates = [*xero.search_contacts(number), *_get_contact(xero, number)]
    found = {each.contact_id: each for each in candidates if each.contact_number == number}
    return list(found.values())


def _get_contact(xero: Any, key: str) -> list[Contact]:
    try:
        return [xero.get_contact(key)]
    except errors.NotFound:
        return []


def _find_items(operation: Operation, xero: Any) -> list[Item]:
    """
    Return the item that an operation made or changed. Xero keeps a code unique, and it was free
    when the item was asked for: who has it now is ours. A change is told by what the item holds.
    """
    asked = json.loads(operation.request_body, parse_float=Decimal, parse_int=Decimal)["Items"][0]
    is_new = operation.kind == Operation.Kind.CREATE_ITEM
    try:
        item: Item = xero.get_item(asked["Code"] if is_new else asked["ItemID"])
    except errors.NotFound:
        return []
    if is_new:
        return [item] if item.code == asked["Code"] else []
    sales = asked.get("SalesDetails", {})
    held = (
        (asked, "Code", item.code),
        (asked, "Name", item.name),
        (asked, "Description", item.description),
        (sales, "UnitPrice", item.unit_price),
        (sales, "AccountCode", item.account_code),
        (sales, "TaxType", item.tax_type),
    )
    return [item] if all(said[key] == value for said, key, value in held if key in said) else []


def _is_as_asked(operation: Operation, contact: Contact) -> bool:
    """Whether a contact holds what an update would write, so that it need not be sent again."""
    asked = json.loads(operation.request_body, parse_float=Decimal)["Contacts"][0]
    texts = all(
        asked[key] == getattr(contact, name) for key, name in _CONTACT_TEXTS.items() if key in asked
    )
    # We write the main number alone, and as one text.
    phones = all(phone["PhoneNumber"] == contact.phone for phone in asked.get("Phones", []))
    held = {address.type: address.to_fields() for address in contact.addresses}
    addresses = all(
        held.get(address["AddressType"]) == address for address in asked.get("Addresses", [])
    )
    return texts and phones and addresses


def _conclude(
    operation: Operation,
    found: list[Any],
    *,
    runtime: Runtime,
    looked_at: datetime,
    now: datetime,
) -> None:
    if len(found) > 1:
        # Two invoices of one press must not exist: a person decides which is void (P-1).
        log.error("two_invoices_of_one_operation", operation=str(operation.id), count=len(found))
        _ask_person(operation, "two_in_xero", now=now)
    elif found and isinstance(found[0], XeroInvoice):
        outcomes.complete_invoice(
            operation,
            found[0],
            source=InvoiceEvent.Source.ADOPTED,
            fetched_at=looked_at,
            now=now,
        )
    elif found and isinstance(found[0], Item):
        outcomes.complete_item(operation, found[0], now=now)
    elif found:
        outcomes.complete_contact(operation, found[0], now=now)
    else:
        _start_generation(operation, runtime=runtime, now=now)


def _conclude_action(
    operation: Operation,
    reading: lifecycle_sending.Reading,
    *,
    runtime: Runtime,
    looked_at: datetime,
    now: datetime,
) -> None:
    match reading.verdict:
        case Verdict.REACHED:
            lifecycle_sending.adopt(operation, reading, read_at=looked_at, now=now)
        case Verdict.CHANGED if reading.invoice is not None:
            lifecycle_outcomes.refuse_changed(
                operation, reading.invoice, fetched_at=looked_at, now=now
            )
        case Verdict.UNCLEAR:
            # A second mail reaches the customer: whether one went is for a person to see (P-5).
            _ask_person(operation, reading.detail, now=now)
        case _:
            # Also a payment that was reconciled meanwhile: it is read again before it is sent.
            _start_generation(operation, runtime=runtime, now=now)


def _start_generation(operation: Operation, *, runtime: Runtime, now: datetime) -> None:
    """It is not there: send it anew, with a new key, or ask for a person when that is too much."""
    if operation.generation >= runtime.max_generations:
        _ask_person(operation, "generations_spent", now=now)
        return
    if dependents.wait_again(operation, now=now):
        return
    is_ours = operations.move(
        operation,
        State.READY,
        now=now,
        detail="not_in_xero",
        next_attempt_at=now,
        generation=operation.generation + 1,
        **operations.NEW_GENERATION,
        **operations.NO_LEASE,
    )
    if is_ours:
        operations.ring(operation.id)


def _ask_person(operation: Operation, code: str, *, now: datetime) -> None:
    operations.move(
        operation,
        State.NEEDS_PERSON,
        now=now,
        detail=code,
        error_code=code,
        finished_at=now,
        **operations.NO_LEASE,
    )
