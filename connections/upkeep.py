"""What a worker does for connections from time to time."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.db.models import Q

from connections import (
    access,
    audit,
    browser_sessions,
    call_places,
    consequences,
    errors,
    gates,
    grants,
    organisations,
    personal,
    renewal,
    unknown_refusals,
)
from connections.frames import sessions
from connections.models import (
    ApiCall,
    Company,
    ErasureRecord,
    Heartbeat,
    PipedriveAuthorisation,
    WebhookRefusal,
    XeroAuthorisation,
    XeroConnection,
)
from connections.models.authorisations import AuthorisationState
from connections.runtime import snapshot
from connections.webhooks import waiting

log = structlog.get_logger(__name__)

GATES_AT_ONCE = 50
RENEWED_AT_ONCE = 20
# Longer than anybody takes to choose an organisation after the consent.
ORPHANED_AFTER = timedelta(hours=12)
# Until a check has answered, another worker leaves the connection alone for this long.
RETRY_AFTER = timedelta(minutes=10)
# Whoever ended a grant's last use is given this long to give it back themselves.
LEFT_TO_OTHERS = timedelta(minutes=2)
# Three years (S-37), with their leap day.
RECORDS_KEPT = timedelta(days=3 * 365 + 1)


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


def doubt_connections(*, now: datetime) -> int:
    """
    Let every connection prove itself before it is used: its grant may be newer outside (P-20).

    Their token pairs are renewed at the first call, and the check of the gates, which is due at
    once, opens those that answer. Returns how many were stopped.
    """
    for rows in (
        XeroAuthorisation.objects.all(),
        PipedriveAuthorisation.objects.across_companies(),
    ):
        rows.filter(state=AuthorisationState.ACTIVE).update(access_expires_at=now)
    connections = XeroConnection.objects.across_companies()
    return connections.filter(state=XeroConnection.State.ACTIVE).update(
        state=XeroConnection.State.DISCONNECTED,
        state_changed_at=now,
        gates_checked_at=None,
        pause_until=None,
        poll_lease_until=None,
        next_poll_at=None,
    )


def finish_uninstall(company_id: int, *, now: datetime) -> None:
    """Give back what an uninstalled company still holds in Xero (P-22)."""
    company = Company.objects.filter(pk=company_id).first()
    if company is not None:
        organisations.finish_uninstall(company, now=now)


def finish_uninstalls(*, now: datetime) -> None:
    """
    Finish what uninstalling, or disconnecting, began and a worker did not end (P-22).

    Nothing hangs on a message: with this each minute, tokens are erased within five.
    """
    for company in Company.objects.filter(
        state=Company.State.UNINSTALLED,
        xero_connections__in=XeroConnection.objects.across_companies().exclude(
            state=XeroConnection.State.ENDED
        ),
    ).distinct():
        organisations.finish_uninstall(company, now=now)
    left = XeroAuthorisation.objects.exclude(state=AuthorisationState.ENDED)
    left = left.filter(grants.nothing_lives_on(), unused_since__lte=now - LEFT_TO_OTHERS)
    for authorisation in left.order_by("unused_since")[:GATES_AT_ONCE]:
        grants.give_back_unused(authorisation)
    beat("uninstalls", now=now)


def clean_up(*, now: datetime) -> None:
    """Drop records whose time is over, and grants that nobody came back for."""
    runtime = snapshot()
    before = now - timedelta(days=runtime.api_call_days)
    ApiCall.objects.across_companies().filter(at__lt=before).delete()
    waiting.purge(before=now - timedelta(days=runtime.webhook_days))
    WebhookRefusal.objects.filter(day__lt=(now - timedelta(days=runtime.webhook_days))).delete()
    unknown_refusals.forget_old(now=now)
    sessions.forget_old(before=now)
    audit.forget_old(now=now)
    ErasureRecord.objects.filter(erased_at__lt=now - RECORDS_KEPT).delete()
    call_places.forget_old(before=now)
    _give_back_orphans(now=now)
    browser_sessions.drop_expired(now=now)
    renew_idle(now=now)
    beat("housekeeping", now=now)


def renew_idle(*, now: datetime) -> int:
    """
    Renew the grants that nobody has used for long, before the vendor lets them die unused.

    One that cannot be renewed now is tried again an hour later, for weeks. Returns how many were
    renewed.
    """
    before = now - timedelta(days=snapshot().renew_idle_days)
    idle = {"state": AuthorisationState.ACTIVE, "issued_at__lte": before}
    renewed = 0
    for xero in XeroAuthorisation.objects.filter(**idle).order_by("issued_at")[:RENEWED_AT_ONCE]:
        try:
            renewal.renew(xero, refresh=access.refresh_xero, now=now)
        except errors.ProviderError as exc:
            log.warning("idle_grant_not_renewed", row=str(xero.pk), error=exc.code)
            if isinstance(exc, errors.Revoked):
                consequences.end_grant(xero.pk, now=now)
        else:
            renewed += 1
    people = PipedriveAuthorisation.objects.across_companies().filter(**idle)
    for person in people.order_by("issued_at")[:RENEWED_AT_ONCE]:
        try:
            renewal.renew(person, refresh=access.refresh_pipedrive, now=now)
        except errors.ProviderError as exc:
            log.warning("idle_grant_not_renewed", row=str(person.pk), error=exc.code)
        else:
            renewed += 1
    return renewed


def _give_back_orphans(*, now: datetime) -> None:
    """Give back grants that nothing lives on: a refused consent, a choice never made."""
    old = XeroAuthorisation.objects.filter(
        state=AuthorisationState.ACTIVE, issued_at__lte=now - ORPHANED_AFTER
    )
    for authorisation in old.filter(grants.nothing_lives_on()).order_by("pk")[:GATES_AT_ONCE]:
        grants.give_back_unused(authorisation)
