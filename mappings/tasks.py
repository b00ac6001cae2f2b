"""Wake-up calls for the copies of Xero's lists. Losing or repeating one is harmless."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.utils import timezone

from connections import access, doorbell, errors, runtime, upkeep
from connections.models import XeroConnection
from mappings import reference

log = structlog.get_logger(__name__)

DUE_AT_ONCE = 100


@shared_task
def refresh_due() -> None:
    """Wake a worker for each connection whose lists have aged."""
    now = timezone.now()
    age = runtime.snapshot().reference_seconds
    for connection in reference.list_due(age_seconds=age, now=now, limit=DUE_AT_ONCE):
        doorbell.ring_on_commit("mappings.tasks.refresh_connection", connection_id=connection.pk)
    upkeep.beat("reference", now=now)


@shared_task
def refresh_connection(*, connection_id: int) -> None:
    """Copy all lists of one connection, unless another worker is at it."""
    now = timezone.now()
    connection = (
        XeroConnection.objects.across_companies()
        .select_related("authorisation", "company")
        .filter(pk=connection_id)
        .first()
    )
    if connection is None or not reference.claim(connection, now=now):
        return
    try:
        reference.refresh(connection, now=now)
    except (errors.ProviderError, access.NotConnected) as exc:
        # The claim stays: it is what keeps the next tick from asking again at once.
        log.warning("lists_not_refreshed", connection=connection_id, error=type(exc).__name__)
    else:
        reference.release(connection)
