"""
Copies of Xero's lists: items, accounts, tax rates, templates, currencies (xero-api §7).

A list is replaced as a whole, because what was deleted in Xero is simply missing from the next
answer. Pages read the copies; a list that was never copied is fetched on the spot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import models, transaction
from django.db.models import Q

from connections import access, errors
from connections.models import XeroConnection
from mappings import queries
from mappings.models import ReferenceList, XeroCopy
from mappings.reference_rows import COPIES, Kind

log = structlog.get_logger(__name__)

# A worker that died is not waited for longer than this; an answer that failed is not repeated
# sooner.
CLAIM = timedelta(minutes=5)
_CHUNK = 500


def refresh(
    connection: XeroConnection, *, now: datetime, kinds: Sequence[str] = Kind.values
) -> None:
    """
    Copy lists of Xero afresh, in one round of calls.

    :raises access.NotConnected: the connection is not usable
    :raises errors.ProviderError: a list did not arrive; those that did are stored
    """
    with access.open_xero(connection, now=now) as session:
        fetch_into(session, connection, now=now, kinds=kinds)


def fetch_missing(session: access.XeroSession, *, now: datetime) -> None:
    """
    Copy the lists that were never copied for the session's connection, in one round of calls.

    :raises errors.ProviderError: a list did not arrive; those that did are stored
    """
    kinds = queries.missing_lists(session.connection)
    if kinds:
        fetch_into(session, session.connection, now=now, kinds=kinds)


def uses(kinds: Iterable[str]) -> list[Callable[[Any], Iterable[Any]]]:
    """Return the reads of these lists, for a caller that gathers them with reads of its own."""
    return [COPIES[kind].fetch for kind in kinds]


def fetch_into(
    session: access.XeroSession,
    connection: XeroConnection,
    *,
    now: datetime,
    kinds: Sequence[str],
) -> None:
    """
    Fetch lists through an open session and store them.

    :raises errors.ProviderError: a list did not arrive; those that did are stored
    """
    store_outcomes(connection, kinds, session.gather(uses(kinds)), now=now)


def store_outcomes(
    connection: XeroConnection, kinds: Sequence[str], outcomes: Sequence[Any], *, now: datetime
) -> None:
    """
    Store the outcomes of `uses(kinds)`, in the same order.

    :raises errors.ProviderError: the first that did not arrive, once the others are stored
    """
    failure: errors.ProviderError | None = None
    for kind, outcome in zip(kinds, outcomes, strict=True):
        if isinstance(outcome, errors.ProviderError):
            failure = failure or outcome
        else:
            store(connection, kind, outcome, now=now)
    if failure is not None:
        raise failure


def store(connection: XeroConnection, kind: str, rows: Iterable[Any], *, now: datetime) -> None:
    """Replace the copy of one list by what Xero gave: `rows` are that list's Xero types."""
    copy = COPIES[kind]
    fresh = {
        str(fields[copy.key]): copy.model(
            company_id=connection.company_id, connection=connection, **_fitted(copy.model, fields)
        )
        for fields in (copy.to_fields(row) for row in rows if copy.is_wanted(row))
    }
    columns = [column for column in _columns(copy.model) if column != copy.key]
    kept = copy.model.objects.for_company(connection.company).filter(connection=connection)
    with transaction.atomic():
        # bulk_create is a write of new rows, which needs no scope.
        copy.model.objects.bulk_create(
            fresh.values(),
            batch_size=_CHUNK,
            update_conflicts=True,
            unique_fields=["connection", copy.key],
            update_fields=columns,
        )
        vanished = [pk for pk, key in kept.values_list("pk", copy.key) if str(key) not in fresh]
        for start in range(0, len(vanished), _CHUNK):
            kept.filter(pk__in=vanished[start : start + _CHUNK]).delete()
        ReferenceList.objects.bulk_create(
            [
                ReferenceList(
                    company_id=connection.company_id,
                    connection=connection,
                    kind=kind,
                    refreshed_at=now,
                )
            ],
            update_conflicts=True,
            unique_fields=["connection", "kind"],
            update_fields=["refreshed_at"],
        )


def store_one(connection: XeroConnection, kind: str, row: Any) -> None:
    """Copy one entry of a list that Xero just showed; the others stay as they were copied last."""
    copy = COPIES[kind]
    fields = copy.to_fields(row)
    columns = [column for column in _columns(copy.model) if column != copy.key]
    copy.model.objects.bulk_create(
        [
            copy.model(
                company_id=connection.company_id,
                connection=connection,
                **_fitted(copy.model, fields),
            )
        ],
        update_conflicts=True,
        unique_fields=["connection", copy.key],
        update_fields=columns,
    )


def list_due(*, age_seconds: int, now: datetime, limit: int) -> list[XeroConnection]:
    """Return usable, unpaused connections that lack a list or have one older than this."""
    kinds = len(Kind.values)
    recent = Q(
        reference_lists__refreshed_at__gt=now - timedelta(seconds=age_seconds),
    )
    in_hand = Q(reference_lists__claimed_until__gt=now)
    due = (
        XeroConnection.objects.across_companies()
        .filter(
            Q(pause_until__isnull=True) | Q(pause_until__lte=now),
            state=XeroConnection.State.ACTIVE,
        )
        .annotate(
            recent_lists=models.Count("reference_lists", filter=recent),
            lists_in_hand=models.Count("reference_lists", filter=in_hand),
        )
        .filter(recent_lists__lt=kinds, lists_in_hand=0)
        .order_by("pk")[:limit]
    )
    return list(due)


def claim(connection: XeroConnection, *, now: datetime) -> bool:
    """Take the connection's lists in hand; False when another worker has them."""
    ReferenceList.objects.bulk_create(
        [
            ReferenceList(company_id=connection.company_id, connection=connection, kind=kind)
            for kind in Kind.values
        ],
        ignore_conflicts=True,
    )
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    mine = (
        ReferenceList.objects.for_company(connection.company)
        .filter(free, connection=connection, kind=Kind.ITEMS)
        .update(claimed_until=now + CLAIM)
    )
    return mine == 1


def release(connection: XeroConnection) -> None:
    """Give the connection's lists back after they were stored."""
    ReferenceList.objects.for_company(connection.company).filter(
        connection=connection, kind=Kind.ITEMS
    ).update(claimed_until=None)


def _columns(model: type[XeroCopy]) -> list[str]:
    kept_out = {"id", "company", "connection"}
    return [column.name for column in model._meta.fields if column.name not in kept_out]


def _fitted(model: type[XeroCopy], fields: dict[str, object]) -> dict[str, object]:
    """Cut names to their column: one that is too long must not cost the whole list."""
    lengths = {column.name: column.max_length for column in model._meta.fields}
    return {
        name: value[: lengths[name]] if isinstance(value, str) else value
        for name, value in fields.items()
    }
