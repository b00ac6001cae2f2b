"""Taking contacts to be read: rows by their lease, so that nobody reads what another one reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from connections.models import Company, XeroConnection
from invoices.models import ContactHistory
from mappings.models import ContactLink

State = ContactHistory.State
# Contacts that one call may name, for the length of its address (xero-api §5).
LOT = 40
# Longer than a task may run, so that nobody else reads what is being read.
LEASE = timedelta(seconds=150)
AT_ONCE = 200


def put_back(rows: Sequence[ContactHistory], **values: Any) -> None:
    """Give rows back with these values, as far as their lease is still ours."""
    mine(rows).update(lease_until=None, **values)


def mine(rows: Sequence[ContactHistory]) -> QuerySet[Any]:
    """The rows as far as the lease is still ours."""
    leases = {row.lease_until for row in rows}
    return ContactHistory.objects.across_companies().filter(
        pk__in=[row.pk for row in rows], lease_until__in=leases
    )


def choose(connection_id: int, now: datetime) -> list[ContactHistory]:
    """
    Return what to read next: one begun contact, or several at their first page, the fewer the
    more often they failed. Nothing while another worker reads for the connection.
    """
    every = ContactHistory.objects.across_companies().filter(connection_id=connection_id)
    if every.filter(lease_until__gt=now).exists():
        return []
    waiting = due(now).filter(connection_id=connection_id).order_by("next_attempt_at", "pk")
    first = waiting.select_related("connection__company", "connection__authorisation").first()
    if first is None or first.next_page > 1:
        return [first] if first else []
    size = max(1, LOT >> first.attempts)
    alike = waiting.filter(next_page=1, attempts=first.attempts).exclude(pk=first.pk)
    return [first, *alike[: size - 1]]


def lease(rows: Sequence[ContactHistory], now: datetime, **values: Any) -> None:
    """Take these rows, and write these values into them, for as long as a task may run."""
    values["lease_until"] = now + LEASE
    ContactHistory.objects.across_companies().filter(pk__in=[row.pk for row in rows]).update(
        **values
    )
    for row in rows:
        for name, value in values.items():
            setattr(row, name, value)


def due(now: datetime) -> QuerySet[Any]:
    """Return the rows that may be read now, of every organisation."""
    return ContactHistory.objects.across_companies().filter(
        is_free(now),
        Q(connection__pause_until__isnull=True) | Q(connection__pause_until__lte=now),
        state=State.DUE,
        next_attempt_at__lte=now,
        connection__state=XeroConnection.State.ACTIVE,
        company__state=Company.State.ACTIVE,
    )


def is_free(now: datetime) -> Q:
    """Whether nobody has a row in hand."""
    return Q(lease_until__isnull=True) | Q(lease_until__lte=now)


def add_missing(now: datetime) -> None:
    """Give links that came without a history one that is due."""
    known = ContactHistory.objects.across_companies().filter(
        connection_id=OuterRef("connection_id"), xero_contact_id=OuterRef("xero_contact_id")
    )
    links = (
        ContactLink.objects.across_companies()
        .filter(~Exists(known), connection__state=XeroConnection.State.ACTIVE)
        .select_related("connection")
    )
    rows = [new(link.connection, link.xero_contact_id, now) for link in links[:AT_ONCE]]
    ContactHistory.objects.bulk_create(rows, ignore_conflicts=True)


def reopen_reconnected(now: datetime) -> None:
    """Have read again what was read before its organisation was reconnected."""
    before = XeroConnection.objects.across_companies().filter(
        pk=OuterRef("connection_id"),
        state=XeroConnection.State.ACTIVE,
        state_changed_at__gt=OuterRef("read_at"),
    )
    ContactHistory.objects.across_companies().filter(Exists(before), state=State.DONE).update(
        state=State.DUE, next_page=1, attempts=0, next_attempt_at=now
    )


def of(connection: XeroConnection) -> QuerySet[Any]:
    """Return a connection's rows."""
    return ContactHistory.objects.for_company(connection.company).filter(connection=connection)


def new(connection: XeroConnection, xero_contact_id: UUID, now: datetime) -> ContactHistory:
    """Return a row that is due from its first page on, not yet stored."""
    return ContactHistory(
        company_id=connection.company_id,
        connection=connection,
        xero_contact_id=xero_contact_id,
        next_attempt_at=now,
    )
