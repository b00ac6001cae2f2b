"""
Reading the invoices that a linked contact already has, those from before the link included (M-45).

The poll brings what changes; this brings the rest, once a link is made and again after an
organisation was reconnected. The row is the work: a worker takes it by its lease, some contacts of
one organisation in one go, since Xero lists the invoices of several by one call (xero-api §5). What
fails is left due, to be read later and in smaller lots.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import DataError, transaction

from connections import access, doorbell, errors, upkeep
from connections.models import XeroConnection
from connections.runtime import Runtime, snapshot
from invoices import contact_claims, mirror, pacing, places
from invoices.clock import Clock
from invoices.models import ContactHistory, InvoiceEvent
from invoices.polling import Refreshed
from mappings import matching
from mappings import services as mapping_services
from mappings.models import ContactLink

log = structlog.get_logger(__name__)

State = ContactHistory.State
# No call is begun later than this in a task, nor while a person waits for it.
BUDGET_SECONDS = 45.0
PATIENCE_SECONDS = 15.0
_RETRY = timedelta(seconds=60)
_MOST_DOUBLINGS = 8


@dataclass
class _Lot:
    """What a worker has in hand: histories of one connection, all at the same page."""

    connection: XeroConnection
    rows: list[ContactHistory]
    source: str

    @property
    def is_single(self) -> bool:
        return len(self.rows) == 1


def ask(connection: XeroConnection, xero_contact_id: UUID, *, now: datetime) -> None:
    """Have a contact's invoices read from the first page on, because it was just linked."""
    ContactHistory.objects.bulk_create(
        [contact_claims.new(connection, xero_contact_id, now)],
        update_conflicts=True,
        unique_fields=["connection", "xero_contact_id"],
        # Without its lease: who is reading it began before the link was there.
        update_fields=[
            "state", "next_page", "attempts", "next_attempt_at", "lease_until", "error_code",
        ],
    )  # fmt: skip
    doorbell.ring_on_commit("invoices.tasks.read_histories", connection_id=connection.pk)


def forget(connection: XeroConnection, xero_contact_id: UUID) -> None:
    """Stop reading a contact that nothing is linked to any more; its invoices here stay."""
    linked = ContactLink.objects.for_company(connection.company).filter(
        connection=connection, xero_contact_id=xero_contact_id
    )
    if not linked.exists():
        contact_claims.of(connection).filter(xero_contact_id=xero_contact_id).delete()


def sweep(*, now: datetime, runtime: Runtime | None = None) -> int:
    """
    Ring for every organisation with contacts to be read; returns how many those are.

    Links that came without a history get one, and what was read before an organisation was
    reconnected is read again.

    :param now: the database's clock
    """
    runtime = runtime or snapshot()
    contact_claims.add_missing(now)
    contact_claims.reopen_reconnected(now)
    due = contact_claims.due(now).values_list("connection_id", flat=True).distinct()
    connection_ids = list(due.order_by("connection_id")[: contact_claims.AT_ONCE])
    for connection_id in connection_ids:
        doorbell.ring_on_commit("invoices.tasks.read_histories", connection_id=connection_id)
    upkeep.beat("histories", now=now)
    return len(connection_ids)


def read_due(connection_id: int, *, now: datetime, runtime: Runtime | None = None) -> bool:
    """
    Read one lot of an organisation's due contacts; returns whether it was read to its end.

    Leaves people their share of the day's calls (P-15).

    :param now: the database's clock
    """
    runtime = runtime or snapshot()
    with transaction.atomic():
        places.lock_connection(connection_id)
        rows = contact_claims.choose(connection_id, now)
        contact_claims.lease(rows, now)
    if not rows:
        return False
    connection = rows[0].connection
    spare = pacing.least_seconds(
        connection.day_calls_left,
        runtime=pacing.for_plan(connection.day_calls_limit, runtime=runtime),
    )
    if spare >= pacing.STARVED_SECONDS:
        contact_claims.put_back(
            rows, error_code="day_reserve", next_attempt_at=now + timedelta(seconds=spare)
        )
        return False
    lot = _Lot(connection, rows, InvoiceEvent.Source.HISTORY)
    error = _read(lot, Clock(now), BUDGET_SECONDS, runtime)
    if error is None and contact_claims.due(now).filter(connection_id=connection_id).exists():
        doorbell.ring_on_commit("invoices.tasks.read_histories", connection_id=connection_id)
    return error is None


def refresh(
    connection: XeroConnection,
    xero_contact_id: UUID,
    *,
    now: datetime,
    runtime: Runtime | None = None,
) -> Refreshed:
    """
    Read all invoices of one contact now, because a person asked (M-42); one reading at a time.

    Anything but "fresh" keeps the old data; `checked_at` is the last success.
    """
    row = get(connection, xero_contact_id)
    read_at = row.read_at if row else None
    if not connection.is_usable:
        return Refreshed("not_connected", read_at, connection.state)
    if connection.is_paused(now):
        return Refreshed("paused", read_at, connection.pause_reason)
    with transaction.atomic():
        ContactHistory.objects.bulk_create(
            [contact_claims.new(connection, xero_contact_id, now)], ignore_conflicts=True
        )
        free = contact_claims.of(connection).filter(
            contact_claims.is_free(now), xero_contact_id=xero_contact_id
        )
        rows = list(free.select_for_update(skip_locked=True, of=("self",)))
        contact_claims.lease(rows, now, next_page=1, state=State.DUE)
    if not rows:
        return Refreshed("busy", read_at)
    lot = _Lot(connection, rows, InvoiceEvent.Source.REFRESH)
    error = _read(lot, Clock(now), PATIENCE_SECONDS, runtime or snapshot())
    row = get(connection, xero_contact_id)
    read_at = row.read_at if row else read_at
    if isinstance(error, access.NotConnected):
        return Refreshed("not_connected", read_at, error.state)
    if error is not None:
        return Refreshed("failed", read_at, error.code)
    # More than a person waits for: a worker reads on.
    is_whole = row is None or row.state == State.DONE
    return Refreshed("fresh" if is_whole else "busy", read_at)


def get(connection: XeroConnection, xero_contact_id: UUID) -> ContactHistory | None:
    """Return how far a contact has been read; None when nobody asked for it yet."""
    row: ContactHistory | None = (
        contact_claims.of(connection).filter(xero_contact_id=xero_contact_id).first()
    )
    return row


def _read(
    lot: _Lot, clock: Clock, budget_seconds: float, runtime: Runtime
) -> errors.ProviderError | access.NotConnected | None:
    """Read a lot page by page and store where it ended; returns what stopped it."""
    try:
        with access.open_xero(lot.connection, now=clock.now(), runtime=runtime) as session:
            _follow(session, lot, clock)
            if lot.rows:
                _walk(session, lot, clock, budget_seconds)
    except (errors.ProviderError, access.NotConnected) as exc:
        error: errors.ProviderError | access.NotConnected = exc
    except (DataError, ValueError, TypeError):
        log.exception("history_not_stored", connection=lot.connection.pk)
        error = errors.UnexpectedAnswer(
            vendor="xero", operation="xero.list_invoices_of_contacts", detail="cannot be stored"
        )
    else:
        return None
    log.warning("history_unread", connection=lot.connection.pk, error=_code(error))
    _fail(lot.rows, error, clock.now(), runtime)
    return error


def _follow(session: access.XeroSession, lot: _Lot, clock: Clock) -> None:
    """
    Take over new names, and turn to the contact that one was merged into; what Xero has no more,
    or what became another's, leaves the lot.
    """
    connection = lot.connection
    ids = [str(row.xero_contact_id) for row in lot.rows]
    found = session.call(operator.methodcaller("list_contacts_by", ids=ids, include_archived=True))
    told = {UUID(contact.contact_id): contact for contact in found}
    for row in list(lot.rows):
        contact = told.get(row.xero_contact_id)
        if contact is None:
            continue
        if contact.merged_to_contact_id:
            contact = matching.check_contact(session, contact.contact_id).contact
        heir_id = UUID(contact.contact_id)
        with transaction.atomic():
            mapping_services.follow_contact(
                connection,
                row.xero_contact_id,
                heir_id=heir_id,
                heir_name=contact.name,
                now=clock.now(),
            )
            if heir_id != row.xero_contact_id:
                lot.rows.remove(row)
                contact_claims.mine([row]).delete()
                ask(connection, heir_id, now=clock.now())


def _walk(session: access.XeroSession, lot: _Lot, clock: Clock, budget_seconds: float) -> None:
    ids = [str(row.xero_contact_id) for row in lot.rows]
    page = lot.rows[0].next_page
    while True:
        asked_at = clock.now()
        answer = session.call(operator.methodcaller("list_invoices_of_contacts", ids, page=page))
        mirror.store_page(
            answer.rows, lot.connection, source=lot.source, fetched_at=asked_at, now=clock.now()
        )
        if answer.is_last:
            _finish(lot.rows, clock.now())
            return
        page += 1
        if lot.is_single:
            contact_claims.mine(lot.rows).update(next_page=page)
        if clock.is_spent(budget_seconds):
            # A lot of several starts over, smaller: its pages are those of its own making.
            contact_claims.put_back(
                lot.rows,
                next_attempt_at=clock.now(),
                attempts=0 if lot.is_single else lot.rows[0].attempts + 1,
            )
            return


def _fail(
    rows: Sequence[ContactHistory],
    error: errors.ProviderError | access.NotConnected,
    now: datetime,
    runtime: Runtime,
) -> None:
    values: dict[str, Any] = {"error_code": _code(error)}
    if isinstance(error, errors.RateLimited):
        values["next_attempt_at"] = now + timedelta(seconds=error.retry_after_seconds)
    elif isinstance(
        error, access.NotConnected | errors.Revoked | errors.Forbidden | errors.Unauthorized
    ):
        # Due from now on: the connection's state holds it back until somebody reconnects.
        values["next_attempt_at"] = now
    elif rows:
        attempts = max(row.attempts for row in rows)
        age = _RETRY * 2 ** min(attempts, _MOST_DOUBLINGS)
        values["next_attempt_at"] = now + pacing.after_failure(age, runtime=runtime)
        values["attempts"] = attempts + 1
    contact_claims.put_back(rows, **values)


def _finish(rows: Sequence[ContactHistory], now: datetime) -> None:
    contact_claims.put_back(
        rows, state=State.DONE, read_at=now, next_page=1, attempts=0, error_code=""
    )


def _code(error: errors.ProviderError | access.NotConnected) -> str:
    return "not_connected" if isinstance(error, access.NotConnected) else error.code
