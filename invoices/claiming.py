"""Taking organisations for a check: by a lease, so that two workers never ask for the same one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db import transaction
from django.db.models import Exists, IntegerField, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from connections import call_places, in_flight, quota, statements
from connections.models import ApiCall, Company, XeroConnection
from connections.runtime import Runtime
from invoices import queries
from invoices.models import Invoice, Operation

# Of an organisation's minute, as long as presses wait for the rest of it.
CHECKS_PERCENT = 60


def claim_due(now: datetime, runtime: Runtime) -> list[XeroConnection]:
    """Take the organisations whose turn it is, so many at most; nobody else has them now."""
    with transaction.atomic():
        due = (
            _pollable(now, runtime)
            .filter(
                Q(next_poll_at__isnull=True) | Q(next_poll_at__lte=now),
                state=XeroConnection.State.ACTIVE,
                company__state=Company.State.ACTIVE,
            )
            .select_for_update(skip_locked=True, of=("self",))
            .order_by("next_poll_at")[: runtime.poll_batch]
        )
        return _lease(list(due), now, runtime)


def claim_these(ids: Collection[int], now: datetime, runtime: Runtime) -> list[XeroConnection]:
    """Take organisations out of their turn, but for those being checked already, or paused."""
    with transaction.atomic():
        free = _pollable(now, runtime).filter(pk__in=ids, state=XeroConnection.State.ACTIVE)
        return _lease(list(free.select_for_update(skip_locked=True, of=("self",))), now, runtime)


def _pollable(now: datetime, runtime: Runtime) -> QuerySet[Any]:
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
    # Whoever waits for their invoice goes first: checks use what is left of a minute (P-15).
    said = ApiCall.objects.across_companies().filter(
        company=OuterRef("company"), vendor="xero", at__gt=now - quota.WINDOW
    )
    most_for_checks = runtime.xero_minute_calls * CHECKS_PERCENT // 100
    return (
        XeroConnection.objects.across_companies()
        .filter(
            Q(poll_lease_until__isnull=True) | Q(poll_lease_until__lte=now),
            Q(pause_until__isnull=True) | Q(pause_until__lte=now),
        )
        .annotate(is_busy=Exists(said.order_by("-at")[most_for_checks:]))
        .annotate(has_open=has_open, has_work=Exists(operations))
        .exclude(has_work=True, is_busy=True)
        .alias(calls=_calls_in_flight(now))
        # A check is a read, and leaves a place for who waits for their invoice.
        .filter(calls__lt=call_places.most_for_reads(runtime))
        .select_related("authorisation", "company")
    )


def _calls_in_flight(now: datetime) -> RawSQL:
    """Return how many calls each connection has in flight; its lease makes a check one of them."""
    found = in_flight.calls_of_each(statements.stored(XeroConnection, "poll_lease_until", now))
    text = f"SELECT count(*) FROM ({found.text}) AS busy"  # noqa: S608
    return RawSQL(text, found.values, IntegerField())  # noqa: S611


def _lease(rows: list[XeroConnection], now: datetime, runtime: Runtime) -> list[XeroConnection]:
    until = now + timedelta(seconds=runtime.poll_lease_seconds)
    XeroConnection.objects.across_companies().filter(pk__in=[row.pk for row in rows]).update(
        poll_lease_until=until
    )
    for row in rows:
        row.poll_lease_until = until
    return rows
