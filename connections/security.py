"""
The admin's word that sign-in is secured in Pipedrive (M-2, R-1): said, said anew, revoked.

No call of Pipedrive tells whether single sign-on or two-factor authentication is on, so somebody
who can look it up says so. Without a statement that stands, nothing new is written to Xero.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from connections import audit
from connections.models import Company, Membership, SecurityStatement, User

METHODS = frozenset(SecurityStatement.Method.values)
_REPLACED = "stated anew"


class UnknownMethod(ValueError):
    """Nothing was stored: the method is none of `SecurityStatement.Method`."""


def get_last(company: Company) -> SecurityStatement | None:
    """Return the statement that stands, else the one revoked last; None when there was none."""
    rows = SecurityStatement.objects.for_company(company).select_related("stated_by", "revoked_by")
    statement: SecurityStatement | None = (
        rows.filter(revoked_at__isnull=True).first() or rows.order_by("-revoked_at", "-pk").first()
    )
    return statement


def state(membership: Membership, *, method: str, now: datetime) -> SecurityStatement:
    """
    Store an admin's statement; one that stood before is revoked by it. Saying the same again
    changes nothing.

    :param membership: an admin of the company, which the caller has checked
    :param method: of `SecurityStatement.Method`
    :raises UnknownMethod: it is none of them
    """
    if method not in METHODS:
        raise UnknownMethod(method)
    company, user = membership.company, membership.user
    with transaction.atomic():
        standing = _lock_standing(company)
        if standing is not None and standing.method == method:
            return standing
        if standing is not None:
            _end(standing, by=user, reason=_REPLACED, now=now)
        statement = SecurityStatement.objects.create(
            company=company, method=method, stated_by=user, stated_at=now
        )
        _mark(company, is_stated=True)
        audit.record(
            "security.stated",
            company=company,
            actor=user,
            subject=f"security_statement:{statement.pk}",
            before={"method": standing.method} if standing else {},
            after={"method": method},
            now=now,
        )
    return statement


def revoke(statement: SecurityStatement, *, by: User, reason: str, now: datetime) -> bool:
    """
    Revoke a statement: the company can read, and nothing new is written until an admin states it
    again. What was accepted waits.

    :param by: who of support decided it
    :param reason: shown to the company's admins and kept in the audit trail
    :return: False when it does not stand any more
    """
    with transaction.atomic():
        standing = _lock_standing(statement.company)
        if standing is None or standing.pk != statement.pk:
            return False
        _end(standing, by=by, reason=reason, now=now)
        _mark(statement.company, is_stated=False)
        audit.record(
            "security.revoked",
            company=statement.company,
            actor=by,
            subject=f"security_statement:{statement.pk}",
            before={"method": statement.method},
            reason=reason,
            now=now,
        )
    return True


def end_with_uninstall(company: Company, *, now: datetime) -> None:
    """
    End the statement that stands, in the caller's transaction: it is part of every install (M-2).
    """
    standing = _lock_standing(company)
    if standing is not None:
        _end(standing, by=None, reason="", now=now)
        _mark(company, is_stated=False)


def _lock_standing(company: Company) -> SecurityStatement | None:
    """Return the statement that stands; whoever else changes it waits for the company's row."""
    Company.objects.select_for_update().get(pk=company.pk)
    row: SecurityStatement | None = (
        SecurityStatement.objects.for_company(company).filter(revoked_at__isnull=True).first()
    )
    return row


def _end(statement: SecurityStatement, *, by: User | None, reason: str, now: datetime) -> None:
    statement.revoked_by, statement.revoked_at, statement.revoke_reason = by, now, reason
    statement.save(update_fields=["revoked_by", "revoked_at", "revoke_reason"])


def _mark(company: Company, *, is_stated: bool) -> None:
    Company.objects.filter(pk=company.pk).update(is_security_stated=is_stated)
    company.is_security_stated = is_stated
