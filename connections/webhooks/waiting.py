"""Events that wait to be followed: taken by a lease, then finished or put back."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.db.models import F, QuerySet

from connections.models import Company, PipedriveSubscription, WebhookEvent, WebhookRefusal

log = structlog.get_logger(__name__)

TAKEN_AT_ONCE = 500
# Longer than a worker may be at it: a killed one's events are due again after this.
LEASE = timedelta(seconds=130)
State = WebhookEvent.State
# As what an event or an answer that nobody foresaw shows itself.
UNFORESEEN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    DatabaseError,
    LookupError,
    TypeError,
    ValidationError,
    ValueError,
)


def take(*, now: datetime) -> list[WebhookEvent]:
    """Take the events that are due, the oldest first; nobody else has them for a while."""
    with transaction.atomic():
        due = (
            WebhookEvent.objects.filter(state=State.NEW, next_attempt_at__lte=now)
            .select_for_update(skip_locked=True)
            .order_by("next_attempt_at")[:TAKEN_AT_ONCE]
        )
        rows = list(due)
        _waiting(rows).update(next_attempt_at=now + LEASE)
    return rows


def finish(
    rows: Collection[WebhookEvent], outcome: str, *, now: datetime, company: Company | None = None
) -> None:
    """Close events that were followed."""
    _close(rows, State.DONE, outcome, now, company)


def ignore(
    rows: Collection[WebhookEvent], outcome: str, *, now: datetime, company: Company | None = None
) -> None:
    """Close events that are nothing to us, and why."""
    _close(rows, State.IGNORED, outcome, now, company)


def put_back(rows: Collection[WebhookEvent], *, until: datetime) -> None:
    """Leave events for later, because it is not their time yet."""
    if rows:
        _waiting(rows).update(next_attempt_at=until)


def try_again(rows: Collection[WebhookEvent], *, until: datetime) -> None:
    """Leave events for later after they were tried."""
    if rows:
        _waiting(rows).update(next_attempt_at=until, attempts=F("attempts") + 1)


def try_again_or_give_up(
    rows: Collection[WebhookEvent],
    *,
    waits: Sequence[timedelta],
    now: datetime,
    company: Company | None = None,
) -> None:
    """Leave events for later after they failed, each time longer; close them after the last."""
    for attempt, wait in enumerate(waits):
        try_again([row for row in rows if row.attempts == attempt], until=now + wait)
    given_up = [row for row in rows if row.attempts >= len(waits)]
    finish(given_up, "gave_up", now=now, company=company)


@contextmanager
def kept_apart(
    rows: Collection[WebhookEvent],
    *,
    waits: Sequence[timedelta],
    now: datetime,
    company: Company | None = None,
) -> Iterator[None]:
    """
    Keep what goes wrong with these events from all others: it is recorded, and those of them that
    were not followed yet are tried again later, in the end given up.
    """
    try:
        yield
    except UNFORESEEN:
        log.exception("events_not_followed", company=company and company.pk, events=len(rows))
        try_again_or_give_up(rows, waits=waits, now=now, company=company)


def find_heir(company: Company, category: str, pipedrive_id: int) -> int:
    """Return what a record became by the merges that we were told of, itself if by none."""
    seen = {pipedrive_id}
    while True:
        merges = WebhookEvent.objects.filter(
            pipedrive_company_id=company.pipedrive_company_id,
            category=category,
            merged_from_id=pipedrive_id,
        )
        heir = merges.order_by("-received_at").values_list("merged_to_id", flat=True).first()
        if heir is None or heir in seen:
            return pipedrive_id
        seen.add(heir)
        pipedrive_id = heir


def reopen_unknown(subscription: PipedriveSubscription, *, now: datetime) -> None:
    """Follow after all what a webhook told before we had noted that it is ours."""
    WebhookEvent.objects.filter(
        pipedrive_company_id=subscription.company.pipedrive_company_id,
        hook_id__in=list(subscription.hook_ids.values()),
        state=State.IGNORED,
        outcome="unknown_hook",
    ).update(state=State.NEW, next_attempt_at=now)


def purge(*, before: datetime) -> None:
    """Drop what vendors told us before this instant (S-36)."""
    WebhookEvent.objects.filter(received_at__lt=before).delete()
    WebhookRefusal.objects.filter(day__lt=before.date()).delete()


def _close(
    rows: Collection[WebhookEvent],
    state: State,
    outcome: str,
    now: datetime,
    company: Company | None,
) -> None:
    if rows:
        _waiting(rows).update(state=state, outcome=outcome, processed_at=now, company=company)


def _waiting(rows: Collection[WebhookEvent]) -> QuerySet[WebhookEvent]:
    return WebhookEvent.objects.filter(pk__in=[row.pk for row in rows], state=State.NEW)
