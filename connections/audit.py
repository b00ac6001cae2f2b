"""
The audit trail: one function writes it, nothing changes it (P-21).

The database refuses to change or delete a row (docs/adr/0038), but for two doors that are opened
by name within a transaction: what is older than thirteen months may be deleted, and of a person
who is erased the free text of reasons may be emptied.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import structlog
from django.db import connection, transaction
from django.db.models import QuerySet

from connections import statements
from connections.models import AuditEvent, Company, User

# Thirteen months, however long they are. The database keeps younger rows from being deleted.
KEPT: Final = timedelta(days=397)
FORGOTTEN_AT_ONCE: Final = 10_000
Door = Literal["retention", "erasure"]
# The columns of a row that `insertion` writes, see `row`.
COLUMNS: Final = (
    "company_id",
    "actor_id",
    "event",
    "subject",
    "before",
    "after",
    "reason",
    "correlation_id",
    "at",
)


def record(event: str, **told: Any) -> None:
    """Write down who did what, see `recording`."""
    statements.run(recording(event, **told))


def recording(
    event: str,
    *,
    now: datetime,
    company: Company | None,
    actor: User | None = None,
    subject: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> statements.Statement:
    """
    Return what writes down who did what, for whoever writes it with what was done.

    :param event: a stable word such as "xero.connected"
    :param subject: type and id of what it was done to, e.g. "xero_connection:12"
    :param before: ids and codes only, no names, no secrets
    :param after: the same
    """
    return statements.insertion_of(
        AuditEvent(
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
    )


def row(
    event: str, *, company_id: int, subject: str, after: dict[str, Any], now: datetime
) -> tuple[Any, ...]:
    """Return what the system did by itself as `COLUMNS`, to be written with what it tells of."""
    return (company_id, None, event, subject, {}, after, "", correlation_id(), now)


def correlation_id() -> str:
    """Return the id that joins a press, its calls and its events; "" outside a request or task."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))[:64]


def correlated(press_id: str) -> AbstractContextManager[object]:
    """Carry a press's id on, in what is called and written here: calls, audit and log lines."""
    return structlog.contextvars.bound_contextvars(request_id=press_id or correlation_id())


def forget_old(*, now: datetime) -> int:
    """Delete what is older than thirteen months, a lot at a time; returns how many."""
    old = AuditEvent.objects.filter(at__lt=now - KEPT).order_by("at")
    with open_door("retention"):
        return AuditEvent.objects.filter(
            pk__in=list(old.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
        ).delete()[0]


def empty_reasons(rows: QuerySet[AuditEvent]) -> int:
    """Empty the free text of these rows, which may name a person who is erased (S-36)."""
    with open_door("erasure"):
        return rows.exclude(reason="").update(reason="")


@contextmanager
def open_door(door: Door) -> Iterator[None]:
    """
    Let this transaction, and no other, do what the door is for.

    The door closes with the block: an error within it undoes all of it.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT set_config('invoicebridge.audit_door', %s, true)", [door])
        else:
            cursor.execute("INSERT INTO connections_auditdoor (door) VALUES (%s)", [door])
        yield
        if connection.vendor == "postgresql":
            cursor.execute("SELECT set_config('invoicebridge.audit_door', '', true)")
        else:
            cursor.execute("DELETE FROM connections_auditdoor")
