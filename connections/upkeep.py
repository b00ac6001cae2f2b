"""What a worker does for connections from time to time."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.db.models import Q

from connections import access, errors, gates, grants, organisations, personal
from connections.models import ApiCall, Company, Heartbeat, XeroAuthorisation, XeroConnection
from connections.models.authorisations import AuthorisationState
from connections.runtime import snapshot
from connections.webhooks import waiting

log = structlog.get_logger(__name__)

GATES_AT_ONCE = 50
# Longer than anybody takes to choose an organisation after the consent.
ORPHANED_AFTER = timedelta(hours=12)
# Until a check has answered, another worker leaves the connection alone for this long.
RETRY_AFTER = timedelta(minutes=10)


def beat(name: str, *, now: datetime) -> None:
    """Leave a sign of life of a background job for the ready page."""
    Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": now})


def check_gates_due(*, now: datetime) -> int:
    """
    Re-check roles and rights where the last answer has aged (R-2); returns how many were asked.

    Each connection is claimed by moving its time, so two workers never ask for the same one.
    """
    age = timedelta(seconds=snapshot().gates_seconds)
    rows = XeroConnection.objects.across_companies()
    due = rows.filter(
        Q(gates_checked_at__isnull=True) | Q(gates_checked_at__lte=now - age),
        Q(pause_until__isnull=True) | Q(pause_until__lte=now),
        state__in=gates.CHECKED_STATES,
    ).exclude(company__state=Company.State.UNINSTALLED)
    asked = 0
    due = due.select_related("authorisation", "company").order_by("gates_checked_at")
    for connection in due[:GATES_AT_ONCE]:
        seen = connection.gates_checked_at
        mine = rows.filter(pk=connection.pk, gates_checked_at=seen).update(
            gates_checked_at=now - age + RETRY_AFTER
        )
        if not mine:
            continue
        asked += 1
        try:
            organisations.check_gates(connection, now=now)
        except (errors.ProviderError, access.NotConnected) as exc:
            log.warning("gates_unchecked", connection=connection.pk, error=type(exc).__name__)
    asked += personal.check_rights_due(now=now)
    beat("gates", now=now)
    return asked


def finish_uninstall(company_id: int, *, now: datetime) -> None:
    """Give back what an uninstalled company still holds in Xero (P-22)."""
    company = Company.objects.filter(pk=company_id).first()
    if company is not None:
        organisations.finish_uninstall(company, now=now)


def clean_up(*, now: datetime) -> None:
    """Drop records whose time is over, and finish uninstalls nobody was woken for."""
    runtime = snapshot()
    before = now - timedelta(days=runtime.api_call_days)
    ApiCall.objects.across_companies().filter(at__lt=before).delete()
    waiting.purge(before=now - timedelta(days=runtime.webhook_days))
    for company in Company.objects.filter(
        state=Company.State.UNINSTALLED,
        xero_connections__in=XeroConnection.objects.across_companies().exclude(
            state=XeroConnection.State.ENDED
        ),
    ).distinct():
        organisations.finish_uninstall(company, now=now)
    _give_back_orphans(now=now)
    beat("housekeeping", now=now)


def _give_back_orphans(*, now: datetime) -> None:
    """Give back grants that nothing lives on: a refused consent, a choice never made."""
    old = XeroAuthorisation.objects.filter(
        state=AuthorisationState.ACTIVE, issued_at__lte=now - ORPHANED_AFTER
    )
    for authorisation in old.filter(grants.nothing_lives_on()).order_by("pk")[:GATES_AT_ONCE]:
        grants.give_back_unused(authorisation)
