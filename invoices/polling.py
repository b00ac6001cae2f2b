"""
Following: what changed in Xero since the cursor, one conditional call for each organisation.

Organisations are claimed in batches by a lease. Threads do network only; this thread writes.
The mirror is written before the cursor moves, so a crash repeats a page and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DataError

from connections import access, batches, crash, errors, statements, upkeep
from connections.models import XeroConnection
from connections.runtime import Runtime, snapshot
from connections.xero.types import Invoice as XeroInvoice
from connections.xero.types import InvoicePage
from invoices import claiming, mirror, pacing, queries
from invoices.clock import Clock
from invoices.models import DealInvoice, Invoice, InvoiceEvent
from invoices.walking import Walk

log = structlog.get_logger(__name__)

Value = TypeVar("Value")

Source = InvoiceEvent.Source
# No round of calls is begun later than this in a task; what is left is due again at once.
BUDGET_SECONDS = 45.0
# An organisation seen for the first time is read from a day before: its clock is not ours.
FIRST_LOOK_BACK = timedelta(days=1)
# Open invoices that one check may read again by id, ten calls' worth.
SWEEP_AT_ONCE = 400
_BOOKS = ("cursor_at", "polled_at", "next_poll_at", "swept_at", "quiet_polls", "poll_lease_until")


# As what an answer that cannot be stored shows itself.
_ODD = (DataError, ValueError, TypeError)


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a person's Refresh brought. On anything but "fresh" the old data stays."""

    outcome: Literal["fresh", "busy", "failed", "paused", "not_connected"]
    checked_at: datetime | None
    error_code: str = ""


@dataclass
class _Job:
    """One organisation on its way through a check."""

    connection: XeroConnection
    source: str
    walk: Walk
    session: access.XeroSession | None = None
    error: errors.ProviderError | access.NotConnected | None = None
    changed: int = 0
    ids: list[str] = field(default_factory=list)
    asked_at: datetime | None = None

    @property
    def is_walking(self) -> bool:
        return self.error is None and not self.walk.is_over


def poll_due(*, now: datetime, runtime: Runtime | None = None) -> int:
    """
    Check every organisation whose turn it is; returns how many were claimed.

    :param now: the database's clock
    """
    runtime = runtime or snapshot()
    claimed = claiming.claim_due(now, runtime)
    if claimed:
        _check(claimed, source=Source.POLL, now=now, runtime=runtime)
    upkeep.beat("poll", now=now)
    return len(claimed)


def refresh(
    connection: XeroConnection,
    *,
    now: datetime,
    deal_id: int | None = None,
    runtime: Runtime | None = None,
) -> Refreshed:
    """
    Bring an organisation's check forward, because a person asked or looked at old data.

    :param deal_id: read this deal's open invoices by id as well: on part-paid ones Xero changes
        a due date without saying so (xero-api §5)
    """
    if not connection.is_usable:
        return Refreshed("not_connected", connection.polled_at, connection.state)
    if connection.is_paused(now):
        return Refreshed("paused", connection.polled_at, connection.pause_reason)
    runtime = runtime or snapshot()
    claimed = claiming.claim_these([connection.pk], now, runtime)
    if not claimed:
        return Refreshed("busy", connection.polled_at)
    ids = [] if deal_id is None else _list_open_on_deal(connection, deal_id)
    (job,) = _check(
        claimed,
        source=Source.REFRESH,
        now=now,
        runtime=runtime,
        ids={connection.pk: ids},
    )
    checked_at = connection.polled_at = job.connection.polled_at
    if isinstance(job.error, access.NotConnected):
        return Refreshed("not_connected", checked_at, job.error.state)
    if job.error is not None:
        return Refreshed("failed", checked_at, job.error.code)
    return Refreshed("fresh", checked_at)


def follow(
    wanted: Mapping[int, Sequence[str]], *, now: datetime, runtime: Runtime
) -> dict[int, bool]:
    """
    Check organisations because Xero told of changes in them (P-7).

    :param wanted: by the connection's key, the invoices to read by id besides
    :return: by key, whether the check was whole; those being checked by somebody are left out
    """
    claimed = claiming.claim_these(list(wanted), now, runtime)
    jobs = _check(claimed, source=Source.WEBHOOK, now=now, runtime=runtime, ids=wanted)
    return {job.connection.pk: job.error is None and job.walk.is_over for job in jobs}


def refresh_by_id(connection_id: int, *, now: datetime) -> None:
    """As `refresh`, for a wake-up call; an unknown id is one that was deleted meanwhile."""
    connection = XeroConnection.objects.across_companies().filter(pk=connection_id).first()
    if connection is not None:
        refresh(connection, now=now)


def _check(
    connections: Sequence[XeroConnection],
    *,
    source: str,
    now: datetime,
    runtime: Runtime,
    ids: Mapping[int, Sequence[str]] | None = None,
) -> list[_Job]:
    """Walk through the changes of all, re-read what a poll cannot see, and close the books."""
    clock = Clock(now)
    jobs = [_start(each, source, now, runtime) for each in connections]
    sessions = batches.open_many(connections, now=now, runtime=runtime)
    for job, opened in zip(jobs, sessions, strict=True):
        if isinstance(opened, access.XeroSession):
            job.session = opened
        else:
            job.error = opened[1]  # type: ignore[assignment]
        job.ids = list((ids or {}).get(job.connection.pk, ()))
    while walking := [job for job in jobs if job.is_walking]:
        if not all(_walk_on(slice_, clock) for slice_ in _slices(walking, clock)):
            break
    _read_again([job for job in jobs if job.error is None], clock, runtime)
    batches.close_many([job.session for job in jobs if job.session is not None], now=now)
    _close_books(jobs, now=clock.now(), runtime=runtime)
    return jobs


def _start(connection: XeroConnection, source: str, now: datetime, runtime: Runtime) -> _Job:
    if connection.cursor_at is None:
        connection.cursor_at = now - FIRST_LOOK_BACK
    since = connection.cursor_at - timedelta(seconds=runtime.poll_overlap_seconds)
    return _Job(connection, source, Walk(since))


def _slices(jobs: list[_Job], clock: Clock) -> Iterator[list[_Job]]:
    """Yield the jobs in lists that bound how long a silent Xero holds us, and the memory."""
    size = settings.PROVIDER_POOL_SIZE * 2
    for start in range(0, len(jobs), size):
        yield jobs[start : start + size]


def _walk_on(jobs: list[_Job], clock: Clock) -> bool:
    """Read and store one page of each; False when there is no time for it."""
    if clock.is_spent(BUDGET_SECONDS):
        return False

    def ask(job: _Job) -> Callable[[Any], InvoicePage]:
        return lambda xero: xero.list_invoices_changed(since=job.walk.since, page=job.walk.page)

    for job, page in _run(jobs, ask, clock):
        assert job.asked_at is not None
        try:
            job.changed += mirror.store_page(
                page.rows,
                job.connection,
                source=job.source,
                fetched_at=job.asked_at,
                now=clock.now(),
            )
            job.walk.take(page)
        except _ODD:
            _give_up(job, "xero.list_invoices_changed")
    return True


def _give_up(job: _Job, operation: str) -> None:
    """One organisation's odd answer must not keep the others from being followed."""
    log.exception("page_not_stored", connection=job.connection.pk)
    job.error = errors.UnexpectedAnswer(
        vendor="xero", operation=operation, detail="cannot be stored"
    )


def _read_again(jobs: list[_Job], clock: Clock, runtime: Runtime) -> None:
    """
    Read open invoices by id, those asked for and once a day all: on part-paid ones Xero changes
    a due date or the sent mark without moving the update time (xero-api §5).
    """
    for job in jobs:
        if job.walk.is_over and not job.ids and _is_sweep_due(job, clock.now(), runtime):
            job.ids = _list_unchecked(job.connection, clock.now(), runtime)
            job.source = Source.SWEEP

    def ask(job: _Job) -> Callable[[Any], tuple[XeroInvoice, ...]]:
        return lambda xero: xero.list_invoices_by_ids(job.ids)

    for slice_ in _slices([job for job in jobs if job.ids or job.source == Source.SWEEP], clock):
        if clock.is_spent(BUDGET_SECONDS):
            break
        for job, invoices in _run(slice_, ask, clock):
            assert job.asked_at is not None
            try:
                mirror.store_whole(
                    invoices,
                    job.connection,
                    source=job.source,
                    fetched_at=job.asked_at,
                    now=clock.now(),
                )
                checked = [UUID(each) for each in job.ids]
                mirror.note_checked(job.connection, checked, now=clock.now())
            except _ODD:
                _give_up(job, "xero.list_invoices_by_ids")
        for job in slice_:
            # What was not answered is due with the next check; what cannot be read, in a day.
            is_answered = job.error is None or isinstance(job.error, errors.UnexpectedAnswer)
            if is_answered and job.source == Source.SWEEP and len(job.ids) < SWEEP_AT_ONCE:
                job.connection.swept_at = clock.now()


def _run(
    jobs: Sequence[_Job], ask: Callable[[_Job], Callable[[Any], Value]], clock: Clock
) -> Iterator[tuple[_Job, Value]]:
    """Make one read for each job, many at once, and yield those that brought a value."""
    by_session = {id(job.session): job for job in jobs}
    sessions = [job.session for job in jobs if job.session is not None]

    def fetch(session: access.XeroSession) -> Value:
        job = by_session[id(session)]
        job.asked_at = clock.now()
        return ask(job)(session.client)

    outcomes = batches.run_many(sessions, fetch, at_once=settings.PROVIDER_POOL_SIZE)
    for session, outcome in zip(sessions, outcomes, strict=True):
        job = by_session[id(session)]
        settled = session.settle(ask(job), outcome)
        if isinstance(settled, errors.ProviderError):
            job.error = settled
        else:
            yield job, settled


def _is_sweep_due(job: _Job, now: datetime, runtime: Runtime) -> bool:
    swept_at = job.connection.swept_at
    age = timedelta(seconds=runtime.sweep_open_seconds)
    return job.connection.has_open and (  # type: ignore[attr-defined]
        swept_at is None or swept_at <= now - age
    )


def _list_unchecked(connection: XeroConnection, now: datetime, runtime: Runtime) -> list[str]:
    rows = Invoice.objects.for_company(connection.company).filter(
        connection=connection,
        xero_status__in=queries.OPEN_STATUSES,
        checked_at__lte=now - timedelta(seconds=runtime.sweep_open_seconds),
    )
    ids = rows.order_by("checked_at").values_list("xero_invoice_id", flat=True)
    return [str(each) for each in ids[:SWEEP_AT_ONCE]]


def _list_open_on_deal(connection: XeroConnection, deal_id: int) -> list[str]:
    links = DealInvoice.objects.for_company(connection.company).filter(
        deal_id=deal_id,
        invoice__connection=connection,
        invoice__xero_status__in=queries.OPEN_STATUSES,
    )
    return [str(each) for each in links.values_list("invoice__xero_invoice_id", flat=True)[:40]]


def _close_books(jobs: Sequence[_Job], *, now: datetime, runtime: Runtime) -> None:
    """Write cursors and times of all, by one statement for some hundred."""
    for job in jobs:
        row = job.connection
        row.poll_lease_until = None
        if job.walk.cursor is not None and row.cursor_at is not None:
            row.cursor_at = max(row.cursor_at, job.walk.cursor)
        if job.error is not None:
            row.next_poll_at = _after_failure(job, now, runtime)
        elif not job.walk.is_over:
            row.next_poll_at = now
        else:
            row.polled_at = now
            row.quiet_polls = 0 if job.changed else row.quiet_polls + 1
            row.next_poll_at = now + pacing.next_poll_in(
                is_busy=row.has_open or row.has_work,  # type: ignore[attr-defined]
                quiet_polls=row.quiet_polls,
                day_calls_left=_day_calls_left(job),
                runtime=pacing.for_plan(row.day_calls_limit, runtime=runtime),
            )
    crash.point("before_cursor_move")
    statements.update_each([job.connection for job in jobs], _BOOKS)
    crash.point("after_cursor_move")


def _after_failure(job: _Job, now: datetime, runtime: Runtime) -> datetime:
    error, row = job.error, job.connection
    log.warning(
        "poll_failed",
        connection=row.pk,
        error="not_connected" if isinstance(error, access.NotConnected) else error.code,  # type: ignore[union-attr]
    )
    if isinstance(error, errors.RateLimited):
        return now + timedelta(seconds=error.retry_after_seconds)
    if not row.is_usable:
        # Due from now on: the row's state holds it back until somebody reconnects.
        return now
    age = timedelta(0) if row.polled_at is None else now - row.polled_at
    return now + pacing.after_failure(age, runtime=runtime)


def _day_calls_left(job: _Job) -> int | None:
    assert job.session is not None
    told = [call.remaining_day for call in job.session.calls if call.remaining_day is not None]
    return min(told, default=job.connection.day_calls_left)
