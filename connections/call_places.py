"""
Places for reads among the calls in flight to an organisation, held by all processes together.

Taken by one message under the lock of the connection's row, which writes queue on as well, and
given back with the record of the calls. What a process that died held ends by itself.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import connection as database

from connections import in_flight, statements
from connections.models import CallPlace, XeroConnection
from connections.runtime import Runtime
from connections.statements import Statement

_COLUMNS = ("token", "company_id", "connection_id", "held_until")


def most_for_reads(runtime: Runtime) -> int:
    """Return how many calls may be in flight for a read to begin: a write finds a place then."""
    return max(1, runtime.xero_calls_in_flight - 1)


def take(
    connection: XeroConnection,
    most: int,
    *,
    now: datetime,
    runtime: Runtime,
    is_press: bool = False,
) -> list[uuid.UUID]:
    """
    Take up to so many places, as are free; returns their tokens.

    :param now: the database's clock
    :param is_press: what is read is part of what somebody pressed, and may take the last place
    """
    within = runtime.xero_calls_in_flight if is_press else most_for_reads(runtime)
    tokens = [uuid.uuid4() for _ in range(most)]
    # Longer than a task may run.
    until = now + timedelta(seconds=runtime.poll_lease_seconds)
    busy = in_flight.calls(connection.pk, statements.stored(CallPlace, "held_until", now))
    steps = locking(connection.pk)
    for token in tokens:
        row = (token, connection.company_id, connection.pk, until)
        taking = statements.insertion_for_each("(SELECT 1) AS one", CallPlace, _COLUMNS, row)
        steps.append(
            Statement(
                f"{taking.text} WHERE (SELECT count(*) FROM ({busy.text}) AS busy) < %s",  # noqa: S608
                [*taking.values, *busy.values, within],
            )
        )
    counts = statements.run(*steps)
    return [token for token, taken in zip(tokens, counts[-most:], strict=True) if taken]


def giving_back(tokens: list[uuid.UUID]) -> list[Statement]:
    """Return what gives places back; nothing for none."""
    if not tokens:
        return []
    marks = ", ".join(["%s"] * len(tokens))
    return [
        Statement(
            f"DELETE FROM connections_callplace WHERE token IN ({marks})",  # noqa: S608
            [statements.stored(CallPlace, "token", each) for each in tokens],
        )
    ]


def locking(connection_id: int) -> list[Statement]:
    """
    Return what queues behind whoever holds this connection's row, until the transaction ends.

    SQLite lets one transaction write at a time and needs no lock for it.
    """
    if not database.features.has_select_for_update:
        return []
    lock = "SELECT id FROM connections_xeroconnection WHERE id = %s FOR UPDATE"
    return [Statement(lock, [connection_id])]


def forget_old(*, before: datetime) -> None:
    """Drop the places of processes that died."""
    CallPlace.objects.across_companies().filter(held_until__lt=before).delete()
