"""The audit trail: one function writes it, nothing changes it (P-21)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog

from connections.models import AuditEvent, Company, User


def record(
    event: str,
    *,
    now: datetime,
    company: Company | None,
    actor: User | None = None,
    subject: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> AuditEvent:
    """
    Write down who did what.

    :param event: a stable word such as "xero.connected"
    :param subject: type and id of what it was done to, e.g. "xero_connection:12"
    :param before: ids and codes only, no names, no secrets
    :param after: the same
    """
    return AuditEvent.objects.create(
        company=company,
        actor=actor,
        event=event,
        subject=subject,
        before=before or {},
        after=after or {},
        reason=reason,
        correlation_id=correlation_id(),
        at=now,
    )


def correlation_id() -> str:
    """Return the id that joins a press, its calls and its events; "" outside a request or task."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))[:64]
