"""postInvoice: one call makes at most one invoice, however often it is repeated (P-1, F-39)."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from connections import access, errors, time_zones
from connections.models import XeroConnection
from invoices import actions, ceilings, services, wording
from invoices.models import Operation
from invoices.native import door, listing, orders, reading, running, storing
from invoices.native.door import Call
from invoices.native.failures import invalid, refused
from mappings import drafting, matching

KIND = "postInvoice"


def create(call: Call) -> Operation:
    """
    Make the invoice that was asked for, or return the operation that made it for an equal call.

    :raises Failure: a gate is shut, a limit is reached, something about it is wrong, or its outcome
        is not known yet
    """
    key = running.fingerprint(call.company, KIND, call.body)
    operation = running.find(call.company, key, now=call.now)
    if operation is None:
        operation = _store(call, key)
    return running.carry_out(operation, runtime=call.runtime)


def _store(call: Call, key: str) -> Operation:
    connection = call.check_may_write()
    try:
        services.check_may_create(call.tab, connection)
    except services.NotAllowed as exc:
        raise refused(exc.code, str(actions.REASONS[exc.code])) from exc
    listing.copy_missing(call)
    wanted = orders.read(
        reading.Fields(call.body),
        connection=connection,
        preferences=call.tab.preferences,
        today=time_zones.organisation_today(connection, call.now),
    )
    try:
        ceilings.check(
            call.company, by=None, amount=wanted.amount, runtime=call.runtime, now=call.now
        )
    except ceilings.Reached as exc:
        raise refused(f"limit_{exc.kind}", wording.limit_reached(exc)) from exc
    contact = _find_contact(call, wanted)
    return running.record(
        call.company, key, lambda: _record(call, connection, wanted, contact), now=call.now
    )


def _find_contact(call: Call, wanted: orders.Wanted) -> matching.Match | None:
    """
    Return the contact to address, None for one to be created.

    A contact of the very same name is taken rather than made a second time (R-16): here is nobody
    to be asked "link instead?".

    :raises Failure: Xero does not know the contact, or it takes no invoices
    """

    def ask(session: access.XeroSession) -> matching.Match | None:
        if wanted.contact_id is None:
            return matching.find_same_name(session, wanted.details.to)
        try:
            return matching.check_contact(session, str(wanted.contact_id))
        except errors.NotFound:
            raise reading.Fields({}).unknown("contactId") from None

    found: matching.Match | None = door.with_xero(call, ask)
    if found is None or found.is_selectable:
        return found
    if wanted.contact_id is None:
        return None
    raise invalid(
        _("contactId: “%(name)s” is archived in Xero. Restore it there, or choose another contact.")
        % {"name": found.contact.name}
    )


def _record(
    call: Call,
    connection: XeroConnection,
    wanted: orders.Wanted,
    contact: matching.Match | None,
) -> Operation:
    first = None if contact else _record_contact(call, connection, wanted)
    operation_id = uuid.uuid4()
    contact_id = contact.contact.contact_id if contact else str(first.id if first else "")
    draft = drafting.build_invoice(
        wanted.choices,
        contact_id=contact_id,
        # No deal is named to us: the link back leads to the list of invoices.
        marker_url=f"{settings.SITE_URL}/invoices/#ib={operation_id}",
    )
    return storing.store(
        call,
        connection,
        Operation.Kind.CREATE,
        event="invoice.requested",
        operation_id=operation_id,
        body=draft.to_json(),
        summary=_summary(wanted, contact),
        xero_contact_id=contact_id if contact else None,
        depends_on=first,
    )


def _record_contact(call: Call, connection: XeroConnection, wanted: orders.Wanted) -> Operation:
    operation_id = uuid.uuid4()
    return storing.store(
        call,
        connection,
        Operation.Kind.CREATE_CONTACT,
        event=f"contact.{Operation.Kind.CREATE_CONTACT}.requested",
        operation_id=operation_id,
        body=drafting.build_contact(wanted.details, contact_number=str(operation_id)).to_json(),
        summary={
            "organization_id": None,
            "person_id": None,
            "contact_name": wanted.details.to,
        },
    )


def _summary(wanted: orders.Wanted, contact: matching.Match | None) -> dict[str, Any]:
    said: dict[str, Any] = {
        "currency_code": wanted.choices.currency_code,
        "contact_name": contact.contact.name if contact else wanted.details.to,
    }
    return said | ({"total": str(wanted.amount)} if wanted.is_total_known else {})
