"""
Linking a customer of Pipedrive to a contact of Xero, and taking that back.

The link is the company's (mappings); what follows from it for invoices is here: a new contact's
earlier invoices are read, and those of one that nothing is linked to are not followed any more.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from connections.models import User, XeroConnection
from invoices import contact_history
from mappings import services as mapping_services


def link(
    connection: XeroConnection,
    *,
    organization_id: int | None,
    person_id: int | None,
    xero_contact_id: UUID,
    contact_name: str,
    by: User | None,
    now: datetime,
) -> None:
    """Remember a customer's contact (R-17) and, if it is another one, have its invoices read."""
    with transaction.atomic():
        change = mapping_services.link_contact(
            connection=connection,
            organization_id=organization_id,
            person_id=person_id,
            xero_contact_id=xero_contact_id,
            contact_name=contact_name,
            by=by,
            now=now,
        )
        if change.after is not None and change.after != change.before:
            contact_history.ask(connection, change.after, now=now)
            if change.before is not None:
                contact_history.forget(connection, change.before)


def unlink(
    connection: XeroConnection,
    *,
    organization_id: int | None,
    person_id: int | None,
    by: User | None,
    now: datetime,
) -> bool:
    """
    Forget a customer's contact; returns whether there was one (R-31).

    Nothing in Xero changes, invoices stay on their deals, and operations under way keep the contact
    that was confirmed for them.
    """
    with transaction.atomic():
        gone = mapping_services.unlink_contact(
            connection=connection,
            organization_id=organization_id,
            person_id=person_id,
            by=by,
            now=now,
        )
        if gone is not None:
            contact_history.forget(connection, gone)
    return gone is not None
