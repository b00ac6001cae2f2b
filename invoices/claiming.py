"""Taking organisations for a check: by a lease, so that two workers never ask for the same one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from connections.models import Company, XeroConnection
from connections.runtime import Runtime
from invoices import queries
from invoices.models import Invoice, Operation

# Longer than a task may run, so that nobody else polls an organisation that is being polled.
LEASE = timedelta(seconds=150)


def claim_due(now: datetime, runtime: Runtime) -> list[XeroConnection]:
    """Take the organisations whose turn it is, so many at most; nobody else has them now."""
    with transaction.atomic():
        due = (
            _pollable(now)
            .filter(
                Q(next_poll_at__isnull=True) | Q(next_poll_at__lte=now),
                state=XeroConnection.State.ACTIVE,
                company__state=Company.State.ACTIVE,
            )
            .select_for_update(skip_locked=True, of=("self",))
            .order_by("next_poll_at")[: runtime.poll_batch]
        )
        return _lease(list(due), now)


def claim_these(ids: Collection[int], now: datetime) -> list[XeroConnection]:
    """Take organisations out of their turn, but for those being checked already, or paused."""
    with transaction.atomic():
        free = _pollable(now).filter(pk__in=ids, state=XeroConnection.State.ACTIVE)
        return _lease(list(free.select_for_update(skip_locked=True, of=("self",))), now)


def _pollable(now: datetime) -> QuerySet[Any]:
    invoices = Invoice.objects.across_companies().filter(
        company=OuterRef("company"), connection=OuterRef("pk")
    )
    # One question for each status: SQLite answers a list of them by reading every invoice.
    has_open = reduce(
        or_, (Q(Exists(invoices.filter(xero_status=each))) for each in queries.OPEN_STATUSES)
    )
    operations = Operation.objects.across_companies().filter(
        company=OuterRef("company"),
        connection=OuterRef("pk"),
        state__in=Operation.OPEN_STATES,
    )
    return (
        XeroConnection.objects.across_companies()
        .filter(
            Q(poll_lease_until__isnull=True) | Q(poll_lease_until__lte=now),
            Q(pause_until__isnull=True) | Q(pause_until__lte=now),
        )
        .annotate(has_open=has_open, has_work=Exists(operations))
        .select_related("authorisation", "company")
    )


def _lease(rows: list[XeroConnection], now: datetime) -> list[XeroConnection]:
    until = now + LEASE
    XeroConnection.objects.across_companies().filter(pk__in=[row.pk for row in rows]).update(
        poll_lease_until=until
    )
    for row in rows:
        row.poll_lease_until = until
    return rows
