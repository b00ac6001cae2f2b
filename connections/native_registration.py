"""
Registering a company's link with Pipedrive, so that it draws its own Invoice tab (contract §2).

Pipedrive grants the scope on request only, so a refusal is an ordinary end: all else works without
the tab. The row is the work; a worker takes it by moving its time, and asks outside a transaction.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import structlog
from django.conf import settings

from connections import access, audit, doorbell, errors, queries, turns
from connections.models import (
    Company,
    Membership,
    NativeRegistration,
    User,
    XeroConnection,
)

log = structlog.get_logger(__name__)

State = NativeRegistration.State

# Until a try has ended, another worker leaves the row alone for this long.
IN_HAND = timedelta(minutes=5)
_FIRST_WAIT = timedelta(minutes=1)
_MOST_DOUBLINGS = 9
_LONGEST_URL = 2000


def want(company: Company, *, by: User | None, now: datetime) -> None:
    """
    Have the company's link registered now; call it inside the transaction of the reason.

    :param by: whose Pipedrive grant is taken while it lives
    """
    changes = {
        "state": State.WAITING,
        "error_code": "",
        "attempts": 0,
        "next_attempt_at": now,
    }
    member = _member(company, by)
    if member is not None:
        changes["pipedrive_user_id"] = member.pipedrive_user_id
    rows = NativeRegistration.objects.for_company(company)
    rows.update_or_create(company=company, defaults=changes)
    doorbell.ring_on_commit("connections.tasks.register_native", company_id=company.pk)


def resume(company: Company, *, by: User, now: datetime) -> None:
    """Go on with what waited for somebody's Pipedrive grant: one was just given."""
    waiting = NativeRegistration.objects.for_company(company).filter(
        state=State.WAITING, next_attempt_at__isnull=True
    )
    if waiting.exists():
        want(company, by=by, now=now)


def want_again(company: Company, *, by: User, now: datetime) -> None:
    """Have it tried once more because an admin asked; what Pipedrive said before is past."""
    want(company, by=by, now=now)
    audit.record("native.registration_wanted", company=company, actor=by, now=now)


def register_again(row: NativeRegistration, *, by: User, reason: str, now: datetime) -> bool:
    """
    Have it tried once more because support asked.

    :return: False when the company has taken the app off
    """
    if row.company.state == Company.State.UNINSTALLED:
        return False
    want(row.company, by=None, now=now)
    audit.record(
        "native.registration_wanted", company=row.company, actor=by, reason=reason, now=now
    )
    return True


def forget(company: Company) -> None:
    """Forget what Pipedrive was told: the company took the app off, and its link is no more."""
    NativeRegistration.objects.for_company(company).delete()


def get(company: Company) -> NativeRegistration | None:
    """Return how far the registration is; None before Xero was connected the first time."""
    found: NativeRegistration | None = NativeRegistration.objects.for_company(company).first()
    return found


def register_due(*, now: datetime) -> int:
    """Register the links whose turn it is; returns how many those were."""
    rows = NativeRegistration.objects.across_companies()
    due = turns.list_due(rows, "next_attempt_at", now=now)
    return sum(register_for(company_id, now=now) for company_id in due)


def register_for(company_id: int, *, now: datetime) -> bool:
    """Register a company's link if that is due and nobody else does; returns whether we tried."""
    rows = NativeRegistration.objects.across_companies()
    row = turns.take(rows, "next_attempt_at", company_id, until=now + IN_HAND, now=now)
    if row is None:
        return False
    _register(row, now=now)
    return True


def _register(row: NativeRegistration, *, now: datetime) -> None:
    connection = queries.live_connection(row.company)
    member = queries.find_background_reader(row.company, preferred=row.pipedrive_user_id)
    if connection is None or not connection.is_usable or member is None:
        # Connecting what is missing has it tried again.
        _store(row, State.WAITING, now=now, error_code="not_connected")
        return
    try:
        redirect_url = _tell(row.company, connection, member, now=now)
    except access.NotConnected:
        _store(row, State.WAITING, now=now, error_code="not_connected")
    except (errors.Forbidden, errors.Rejected) as exc:
        _store(row, State.REFUSED, now=now, error_code=exc.code)
    except (errors.Revoked, errors.Unauthorized) as exc:
        _store(row, State.WAITING, now=now, error_code=exc.code)
    except errors.ProviderError as exc:
        wait = _FIRST_WAIT * 2 ** min(row.attempts, _MOST_DOUBLINGS)
        _store(
            row,
            State.WAITING,
            now=now,
            error_code=exc.code,
            attempts=row.attempts + 1,
            next_attempt_at=now + wait,
        )
    else:
        _store(
            row,
            State.REGISTERED,
            now=now,
            tenant_id=connection.tenant_id,
            redirect_url=redirect_url,
            registered_at=now,
            pipedrive_user_id=member.pipedrive_user_id,
        )


def _tell(
    company: Company, connection: XeroConnection, member: Membership, *, now: datetime
) -> str:
    """Return where Pipedrive shows its preferences; "" when that is no page of its own."""
    with access.open_pipedrive(member, now=now) as session:
        url: str = session.call(
            lambda pipedrive: pipedrive.register_invoice_provider(
                link_id=str(company.link_id),
                organisation_id=str(connection.tenant_id),
                client_id=settings.PIPEDRIVE_CLIENT_ID,
            )
        )
    return url if is_pipedrives(url) else ""


def is_pipedrives(url: str) -> bool:
    """Whether an address is on one of Pipedrive's hosts (S-15): nobody is sent anywhere else."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    # Browsers read a backslash as a slash, and drop blanks and controls.
    is_plain = url.isascii() and url.isprintable() and not any(sign in url for sign in "\\ ")
    origin = f"{parts.scheme}://{parts.netloc}"
    return (
        is_plain
        and len(url) <= _LONGEST_URL
        and re.fullmatch(settings.PIPEDRIVE_API_HOSTS, origin) is not None
    )


def _store(
    row: NativeRegistration,
    state: str,
    *,
    now: datetime,
    error_code: str = "",
    next_attempt_at: datetime | None = None,
    **changes: object,
) -> None:
    """Write the end of a try, unless somebody wanted another one meanwhile."""
    changed = (
        NativeRegistration.objects.for_company(row.company)
        .filter(pk=row.pk, next_attempt_at=row.next_attempt_at)
        .update(
            state=state,
            error_code=error_code,
            next_attempt_at=next_attempt_at,
            asked_at=now,
            **changes,
        )
    )
    log.info("native_registration", company=row.company_id, state=state, error=error_code)
    if changed and state != State.WAITING:
        audit.record(
            f"native.{state}", company=row.company, after={"error_code": error_code}, now=now
        )


def _member(company: Company, by: User | None) -> Membership | None:
    if by is None:
        return None
    found: Membership | None = (
        Membership.objects.for_company(company)
        .filter(user=by, pipedrive_user_id__isnull=False)
        .first()
    )
    return found
