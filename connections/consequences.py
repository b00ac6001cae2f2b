"""What a call's ending means for the connection it was made on, stored by guarded updates."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db.models import Q

from connections import breaker, dispensable, doorbell, errors, gates, http, statements
from connections.models import (
    ApiCall,
    PersonalXeroLink,
    PipedriveAuthorisation,
    XeroConnection,
)
from connections.models.authorisations import AuthorisationState
from connections.runtime import snapshot
from connections.scoping import ScopedQuerySet

log = structlog.get_logger(__name__)

USABLE = XeroConnection.State.ACTIVE
HEALTH_STEP = timedelta(minutes=1)
# Xero does not say in one voice which scope opens them (xero-api §2.6): no connection ends by that.
_BEYOND = frozenset({"xero.create_item", "xero.update_item"})
# What Xero allows the whole app in a minute, and how long it rests when that is nearly used up.
APP_MINUTE_CALLS = 10_000
APP_REST = timedelta(seconds=20)
# Xero's smallest plan; others allow what the settings say (XERO_DAY_CALLS).
SMALL_DAY_CALLS = 1_000
_HEALTH = ("last_success_at", "day_calls_left", "day_calls_limit")
_CALL = (
    "company_id",
    "vendor",
    "operation",
    "status",
    "error_code",
    "duration_ms",
    "day_calls_left",
    "minute_calls_left",
    "correlation_id",
    "at",
)


def note_xero(
    connection: XeroConnection,
    error: errors.ProviderError,
    *,
    now: datetime,
    personal_link: PersonalXeroLink | None = None,
) -> None:
    """
    Store what an error of Xero means: a pause, a lost grant, a lost organisation (P-9, P-15).

    Other errors say nothing about the connection.

    :param personal_link: as whose Xero user the call was made; then it is their link that ends
    """
    match error:
        case errors.Forbidden() if error.scope_missing and error.operation in _BEYOND:
            # What else the grant is for goes on.
            log.warning("xero_scope_missing", connection=connection.pk, operation=error.operation)
        case errors.RateLimited():
            until = now + timedelta(seconds=error.retry_after_seconds)
            pause(connection, error.problem, until=until, now=now)
        case errors.Unreachable() | errors.ServerError() | errors.UnexpectedAnswer():
            breaker.note_failure(now=now)
        case errors.Revoked():
            _lose_grant(connection, personal_link, now=now)
        case errors.Unauthorized() | errors.Forbidden() if personal_link is not None:
            _stop_links(_links().filter(pk=personal_link.pk), now=now)
            personal_link.state = PersonalXeroLink.State.RECONNECT
        case errors.Unauthorized():
            # Renewed a moment ago and refused all the same: the grant does not reach this far.
            _stop_one(connection, XeroConnection.State.RECONNECT, now=now)
        case errors.Forbidden():
            state = (
                XeroConnection.State.RECONNECT
                if error.scope_missing
                else XeroConnection.State.DISCONNECTED
            )
            _stop_one(connection, state, now=now)
            # A lost role, or the organisation gone? A check of the gates finds out.
            doorbell.ring_on_commit("connections.tasks.check_gates_due")


def note_app_minute(
    connection: XeroConnection, calls: Sequence[http.Call], *, now: datetime
) -> None:
    """
    Let everything rest when the app's minute is nearly used up, before Xero refuses (P-15).

    Xero counts that one for us, over all our machines, and tells it with each answer.
    """
    told = [c.remaining_app_minute for c in calls if c.remaining_app_minute is not None]
    left = min(told, default=APP_MINUTE_CALLS)
    # Half of it is far from any limit that is worth reading the settings for.
    if left > APP_MINUTE_CALLS // 2:
        return
    if left <= APP_MINUTE_CALLS - snapshot().xero_app_minute_calls:
        pause(connection, XeroConnection.PauseReason.APP, until=now + APP_REST, now=now)


def note_pipedrive(
    authorisation: PipedriveAuthorisation, error: errors.ProviderError, *, now: datetime
) -> None:
    """Store that a person's grant has ended. A 403 or 404 is about one record, not the grant."""
    if isinstance(error, errors.Revoked | errors.Unauthorized):
        changed = (
            PipedriveAuthorisation.objects.across_companies()
            .filter(
                pk=authorisation.pk,
                generation=authorisation.generation,
                state=AuthorisationState.ACTIVE,
            )
            .update(state=AuthorisationState.DEAD)
        )
        if changed:
            log.warning("pipedrive_grant_ended", row=str(authorisation.pk))


def note_pipedrive_health(
    authorisation: PipedriveAuthorisation, calls: Sequence[http.Call], *, now: datetime
) -> None:
    """Store when a person's grant last worked, at most once a minute: pages read all the time."""
    known = authorisation.last_success_at
    if not any(call.outcome == "ok" for call in calls):
        return
    if known is None or known <= now - HEALTH_STEP:
        row = PipedriveAuthorisation.objects.across_companies().filter(pk=authorisation.pk)
        with dispensable.write("grant"):
            row.update(last_success_at=now)


def store_calls(calls: Iterable[tuple[int, http.Call]], *, now: datetime) -> None:
    """Store the record of many calls, each with its company's id."""
    rows = [_call_row(company_id, call, now) for company_id, call in calls]
    statements.insert(ApiCall, _CALL, rows)


def record_calls(
    company_id: int, calls: Sequence[http.Call], *, now: datetime
) -> list[statements.Statement]:
    """Return what stores the record of a company's few calls."""
    if not calls:
        return []
    return [
        statements.insertion(ApiCall, _CALL, [_call_row(company_id, call, now) for call in calls])
    ]


def _call_row(company_id: int, call: http.Call, now: datetime) -> tuple[Any, ...]:
    return (
        company_id,
        call.vendor,
        call.operation,
        call.status,
        "" if call.outcome == "ok" else call.outcome,
        call.milliseconds,
        call.remaining_day,
        call.remaining_minute,
        call.correlation_id,
        now,
    )


def note_health(
    made: Sequence[tuple[XeroConnection, Sequence[http.Call]]], *, now: datetime
) -> None:
    """Store the last success and the calls left today of connections that were called."""
    healthy = [connection for connection, calls in made if _set_health(connection, calls, now)]
    statements.update_each(healthy, _HEALTH)


def record_health(
    connection: XeroConnection, calls: Sequence[http.Call], *, now: datetime
) -> list[statements.Statement]:
    """Return what stores the health of one connection that was called."""
    if not _set_health(connection, calls, now):
        return []
    values = {name: getattr(connection, name) for name in _HEALTH}
    return [statements.change(XeroConnection, values, {"id": connection.pk})]


def _set_health(connection: XeroConnection, calls: Sequence[http.Call], now: datetime) -> bool:
    """Set on the instance what its calls say of its health; False when they say nothing."""
    if not any(call.outcome == "ok" for call in calls):
        return False
    left = [call.remaining_day for call in calls if call.remaining_day is not None]
    before, connection.day_calls_left = connection.day_calls_left, min(left, default=None)
    _read_plan(connection, before)
    connection.last_success_at = now
    return True


def _read_plan(connection: XeroConnection, before: int | None) -> None:
    """
    Tell the plan from what is left of the day: more than the small plan allows is not small, and
    less after a day has begun anew is small. Until a day has begun, small is the careful guess.
    """
    left = connection.day_calls_left
    if left is None:
        return
    if left >= SMALL_DAY_CALLS:
        connection.day_calls_limit = None
    elif connection.last_success_at is None or (before is not None and left > before):
        connection.day_calls_limit = SMALL_DAY_CALLS


def pause(connection: XeroConnection, problem: str, *, until: datetime, now: datetime) -> None:
    """
    Leave an organisation alone for a while, or all of them when the whole app is asked to wait.

    :param problem: of `XeroConnection.PauseReason`
    """
    rows = XeroConnection.objects.across_companies().filter(state=USABLE)
    if problem != XeroConnection.PauseReason.APP:
        rows = rows.filter(pk=connection.pk)
    # A shorter wait never cuts a longer one short.
    rows.filter(Q(pause_until__isnull=True) | Q(pause_until__lt=until)).update(
        pause_until=until, pause_reason=problem
    )
    if connection.pause_until is None or connection.pause_until < until:
        connection.pause_until = until
        connection.pause_reason = problem
    log.warning("xero_paused", connection=connection.pk, problem=problem, until=until.isoformat())


def _lose_grant(
    connection: XeroConnection, personal_link: PersonalXeroLink | None, *, now: datetime
) -> None:
    holder = connection if personal_link is None else personal_link
    authorisation_id = holder.authorisation_id
    end_grant(authorisation_id, now=now)
    if connection.authorisation_id == authorisation_id:
        connection.state = XeroConnection.State.RECONNECT
    if personal_link is not None:
        personal_link.state = PersonalXeroLink.State.RECONNECT


def end_grant(authorisation_id: UUID | None, *, now: datetime) -> None:
    """One Xero user's grant has gone: all that lives on it ends (xero-api §2.2)."""
    _stop(
        XeroConnection.objects.across_companies().filter(authorisation_id=authorisation_id),
        XeroConnection.State.RECONNECT,
        now=now,
        among=gates.CHECKED_STATES,
    )
    _stop_links(_links().filter(authorisation_id=authorisation_id), now=now)


def _links() -> ScopedQuerySet[PersonalXeroLink]:
    rows: ScopedQuerySet[PersonalXeroLink] = PersonalXeroLink.objects.across_companies()
    return rows


def _stop_links(rows: ScopedQuerySet[PersonalXeroLink], *, now: datetime) -> None:
    changed = rows.filter(state=PersonalXeroLink.State.ACTIVE).update(
        state=PersonalXeroLink.State.RECONNECT, state_changed_at=now
    )
    if changed:
        log.warning("personal_xero_link_stopped", count=changed)


def _stop_one(connection: XeroConnection, state: XeroConnection.State, *, now: datetime) -> None:
    _stop(XeroConnection.objects.across_companies().filter(pk=connection.pk), state, now=now)
    connection.state = state


def _stop(
    rows: object,
    state: XeroConnection.State,
    *,
    now: datetime,
    among: Collection[XeroConnection.State] = (USABLE,),
) -> None:
    changed = rows.filter(state__in=among).update(  # type: ignore[attr-defined]
        state=state, state_changed_at=now, gates_checked_at=None
    )
    if changed:
        log.warning("xero_connection_stopped", state=state, count=changed)
