"""What support does about a company as a whole: pause, resume, have its connections looked at."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from connections import audit, doorbell
from connections.models import Company, User, XeroConnection
from connections.webhooks import hooks

State = Company.State
# Twice as much each time: nobody types a number with one nought too many.
MOST_RAISED = 64


def pause(company: Company, *, by: User, reason: str, now: datetime) -> bool:
    """
    Stop everything from being written to Xero for a company; what is pressed waits.

    :return: False when it is not active
    """
    return _move(company, State.ACTIVE, State.PAUSED, "company.paused", by, reason, now)


def resume(company: Company, *, by: User, reason: str, now: datetime) -> bool:
    """
    End a pause: what waited goes by itself.

    :return: False when it is not paused
    """
    return _move(company, State.PAUSED, State.ACTIVE, "company.resumed", by, reason, now)


def check_gates_again(company: Company, *, by: User, reason: str, now: datetime) -> bool:
    """
    Have a worker ask Xero again for role and rights (R-2).

    :return: False when the company has no connection to ask about
    """
    rows = XeroConnection.objects.for_company(company).exclude(state=XeroConnection.State.ENDED)
    with transaction.atomic():
        if not rows.update(gates_checked_at=None):
            return False
        _record("xero.gates_asked", company, by, reason, now)
        doorbell.ring_on_commit("connections.tasks.check_gates_due")
    return True


def make_hooks_again(company: Company, *, by: User, reason: str, now: datetime) -> bool:
    """
    Have a worker list the company's webhooks in Pipedrive and make what is missing (F-38).

    :return: False when the company has uninstalled
    """
    if company.state == State.UNINSTALLED:
        return False
    with transaction.atomic():
        hooks.want(company, now=now)
        _record("pipedrive.hooks_asked", company, by, reason, now)
    return True


def raise_limits(company: Company, *, by: User, reason: str, now: datetime) -> bool:
    """
    Let a company create twice as much: the amount of an invoice, and invoices an hour (S-30).

    :return: False when it was raised as often as it may be
    """
    raised = min(company.limits_factor * 2, MOST_RAISED)
    return _set_limits(company, raised, "company.limits_raised", by, reason, now)


def reset_limits(company: Company, *, by: User, reason: str, now: datetime) -> bool:
    """
    Give a company the usual limits on invoices again.

    :return: False when it has them
    """
    return _set_limits(company, 1, "company.limits_reset", by, reason, now)


def _set_limits(
    company: Company, factor: int, event: str, by: User, reason: str, now: datetime
) -> bool:
    before = company.limits_factor
    return factor != before and _change(
        company, "limits_factor", before, factor, event, by, reason, now
    )


def _move(
    company: Company, before: str, after: str, event: str, by: User, reason: str, now: datetime
) -> bool:
    return _change(company, "state", before, after, event, by, reason, now)


def _change(
    company: Company,
    field: str,
    before: Any,
    after: Any,
    event: str,
    by: User,
    reason: str,
    now: datetime,
) -> bool:
    """Write a field and its trail, unless somebody has changed it since; whether it was written."""
    with transaction.atomic():
        rows = Company.objects.filter(pk=company.pk, **{field: before})
        if not rows.update(**{field: after}):
            return False
        audit.record(
            event,
            company=company,
            actor=by,
            subject=f"company:{company.pk}",
            before={field: before},
            after={field: after},
            reason=reason,
            now=now,
        )
    setattr(company, field, after)
    return True


def _record(event: str, company: Company, by: User, reason: str, now: datetime) -> None:
    audit.record(
        event, company=company, actor=by, subject=f"company:{company.pk}", reason=reason, now=now
    )
