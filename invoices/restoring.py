"""
What has to be doubted after the database came back from a backup (P-20).

Newer invoices and newer token pairs may exist outside: a press that the backup calls "ready" may
have been sent since. So everything that is not finished looks in Xero before it sends, and every
connection has to show that its grant still works before anything goes over it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from connections import audit, upkeep
from connections.models import XeroConnection
from connections.runtime import Runtime
from invoices import operations, queries
from invoices.models import Operation

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Doubted:
    """How much was put in doubt, and which connections have shown that they work."""

    operations: int
    connections: int
    proven: int


def doubt_everything(*, now: datetime, runtime: Runtime) -> Doubted:
    """
    Let every unfinished operation look first, and every connection prove itself.

    To be called while nothing else runs. Calling it again changes nothing that it has done.

    :param now: the database's clock
    """
    with transaction.atomic():
        doubted = sum(
            _doubt(operation, runtime=runtime, now=now)
            for operation in queries.iterate_unfinished()
        )
        stopped = upkeep.doubt_connections(now=now)
        audit.record(
            "restore.doubted",
            company=None,
            after={"operations": doubted, "connections": stopped},
            now=now,
        )
    while upkeep.check_gates_due(now=now):
        pass
    live = XeroConnection.objects.across_companies().filter(state=XeroConnection.State.ACTIVE)
    return Doubted(doubted, stopped, live.count())


def _doubt(operation: Operation, *, runtime: Runtime, now: datetime) -> bool:
    if operation.state == Operation.State.LOOKING:
        return operations.postpone(operation, now, **operations.NO_LEASE)
    return operations.move(
        operation,
        Operation.State.LOOKING,
        now=now,
        detail="restored",
        allowed=operations.AFTER_RESTORE,
        # What was sent just before the machine stopped has arrived by then.
        next_attempt_at=now + timedelta(seconds=runtime.look_pause_seconds),
        **operations.NO_LEASE,
    )
