"""
What protects Xero from us, and us from waiting for it, when it fails (P-16).

The breaker: after so many failures within seconds, of which most calls were, nothing is sent for
any organisation; every connection is paused, in the database, so every worker of every machine
holds. One call at a time then tries whether Xero answers again (`probing`).

The budget: of the writes of a minute only a part may be ones that were sent before, so that what
fails is not made worse by us. Both are one row, which a first send never touches.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Q

from connections.models import ApiCall, VendorState, XeroConnection
from connections.runtime import Runtime, snapshot

log = structlog.get_logger(__name__)

XERO = "xero"
WINDOW = timedelta(minutes=1)
_WRITES = (
    "xero.create_invoice",
    "xero.create_contact",
    "xero.update_contact",
    "xero.set_invoice_status",
    "xero.email_invoice",
    "xero.delete_payment",
)
_OUTAGE = XeroConnection.PauseReason.OUTAGE
# Longer than a probe takes: what waits is held until it has ended.
HELD_BEYOND = timedelta(seconds=60)
_dice = random.SystemRandom()


def note_failure(*, now: datetime, runtime: Runtime | None = None) -> None:
    """Count a call that Xero did not answer as it should, and hold everything if it is too much."""
    runtime = runtime or snapshot()
    span = timedelta(seconds=runtime.breaker_seconds)
    with transaction.atomic():
        row = _lock()
        if row.opened_at is not None:
            return
        if row.failures_from is None or row.failures_from <= now - span:
            row.failures, row.failures_from = 0, now
        row.failures += 1
        if row.failures >= runtime.breaker_failures and _is_most(row, now=now):
            row.opened_at, row.probes = now, 0
            row.probe_at = now + wait(0, runtime=runtime)
            hold(until=row.probe_at + HELD_BEYOND, now=now)
            log.error("xero_held_back", failures=row.failures)
        row.save()


def hold(*, until: datetime, now: datetime) -> None:
    """Pause every connection that may be used; a longer pause stays."""
    rows = XeroConnection.objects.across_companies().filter(state=XeroConnection.State.ACTIVE)
    rows.filter(Q(pause_until__isnull=True) | Q(pause_until__lt=until)).update(
        pause_until=until, pause_reason=_OUTAGE
    )


def release(*, now: datetime) -> None:
    """Let everything go on that was held because Xero failed."""
    with transaction.atomic():
        row = _lock()
        row.opened_at = row.probe_at = row.failures_from = None
        row.failures = row.probes = 0
        row.save()
        rows = XeroConnection.objects.across_companies().filter(
            pause_reason=_OUTAGE, pause_until__gt=now
        )
        rows.update(pause_until=now)
    log.warning("xero_answers_again")


def claim_probe(*, now: datetime) -> bool:
    """Take the one try that is due; False when none is, or another worker has it."""
    seen = VendorState.objects.filter(vendor=XERO, opened_at__isnull=False, probe_at__lte=now)
    return bool(seen.update(probe_at=now + HELD_BEYOND))


def note_silence(*, now: datetime, runtime: Runtime) -> None:
    """Store that the try was not answered: hold everything longer, and try again later."""
    with transaction.atomic():
        row = _lock()
        if row.opened_at is None:
            return
        row.probes += 1
        row.probe_at = now + wait(row.probes, runtime=runtime)
        row.save()
        hold(until=row.probe_at + HELD_BEYOND, now=now)


def take_retry(*, now: datetime, runtime: Runtime) -> bool:
    """Take one of the writes that may be sent again this minute; False when there is none."""
    with transaction.atomic():
        row = _lock()
        if row.retries_from is None or row.retries_from <= now - WINDOW:
            row.retries, row.retries_from = 0, now
        writes = ApiCall.objects.across_companies().filter(
            at__gt=now - WINDOW, vendor=XERO, operation__in=_WRITES
        )
        first_sends = max(0, writes.count() - row.retries)
        most = max(runtime.retries_at_least, first_sends * runtime.retry_percent // 100)
        if row.retries >= most:
            return False
        row.retries += 1
        row.save()
    return True


def wait(probes: int, *, runtime: Runtime) -> timedelta:
    """Return the time to the next try, with half of it by chance; the longest repeats for ever."""
    waits = [float(part) for part in runtime.breaker_waits.split(",")]
    longest = waits[min(probes, len(waits) - 1)]
    return timedelta(seconds=_dice.uniform(longest / 2, longest))


def _is_most(row: VendorState, *, now: datetime) -> bool:
    """Whether at least half of the calls since the first of these failures have failed."""
    calls = ApiCall.objects.across_companies().filter(at__gt=row.failures_from, vendor=XERO)
    fine = calls.filter(error_code="")[: row.failures + 1].count()
    return fine <= row.failures


def _lock() -> VendorState:
    VendorState.objects.get_or_create(vendor=XERO)
    return VendorState.objects.select_for_update().get(vendor=XERO)
