"""
Linking a customer of Pipedrive to a contact of Xero, and taking that back.

The link is the company's (mappings); what follows from it for invoices is here: a new contact's
earlier invoices are read, and those of one that nothing is linked to are not followed any more.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from connections import access
from connections.models import Company, Membership, User, XeroConnection
from invoices import contact_history
from invoices.models import Deal
from mappings import matching
from mappings import services as mapping_services


class NotAllowed(Exception):
    """Nothing was changed; `code` says which gate is shut: "flag", "company", "no_connection"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Blocked(Exception):
    """The contact takes no invoices: "archived" or "gdpr"; nothing was linked."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class NobodyToLink(Exception):
    """The deal has neither an organization nor a person; nothing was linked."""


def check_may_link(membership: Membership, connection: XeroConnection | None) -> XeroConnection:
    """
    Check the gates of linking contacts and invoices, which writes nothing to Xero (R-2, R-3).

    :return: the company's connection
    :raises NotAllowed: a gate is shut
    """
    if not membership.can_create:
        raise NotAllowed("flag")
    if membership.company.state != Company.State.ACTIVE:
        raise NotAllowed("company")
    if connection is None:
        raise NotAllowed("no_connection")
    return connection


def find(connection: XeroConnection, term: str, *, now: datetime) -> tuple[matching.Match, ...]:
    """
    Return Xero's contacts that hold the term, because a person searched for one; one call.

    :param term: 2 to 100 characters
    :raises access.NotConnected: the connection is not usable
    :raises errors.ProviderError: Xero gave no usable answer
    """
    with access.open_xero(connection, now=now) as session:
        return matching.search_contacts(session, term)


def link_chosen(
    membership: Membership,
    connection: XeroConnection | None,
    deal: Deal,
    xero_contact_id: UUID,
    *,
    now: datetime,
) -> str:
    """
    Link a deal's customer to the contact that a person chose, and return the contact's name.

    Xero is asked for it: a merged one is followed, an archived one refused.

    :raises NotAllowed: a gate is shut (R-2)
    :raises NobodyToLink: see there
    :raises Blocked: see there
    :raises access.NotConnected: the connection is not usable
    :raises errors.ProviderError: Xero has no such contact, or gave no usable answer
    """
    connection = check_may_link(membership, connection)
    if deal.organization_id is None and deal.person_id is None:
        raise NobodyToLink(deal.deal_id)
    with access.open_xero(connection, now=now) as session:
        match = matching.check_contact(session, str(xero_contact_id))
    if match.problem:
        raise Blocked(match.problem)
    link(
        connection,
        organization_id=deal.organization_id,
        person_id=deal.person_id,
        xero_contact_id=UUID(match.contact.contact_id),
        contact_name=match.contact.name,
        by=membership.user,
        now=now,
    )
    return match.contact.name


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


def unlink_chosen(
    membership: Membership, connection: XeroConnection | None, deal: Deal, *, now: datetime
) -> bool:
    """
    Forget the contact of a deal's customer, as `unlink`, because a person confirmed it.

    :raises NotAllowed: a gate is shut (R-2)
    """
    return unlink(
        check_may_link(membership, connection),
        organization_id=deal.organization_id,
        person_id=deal.person_id,
        by=membership.user,
        now=now,
    )


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
