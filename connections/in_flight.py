"""
Which calls an organisation has in flight, whoever makes them (P-15): one row of SQL for each.

Reads hold a row of CallPlace. A check of changes holds its connection's poll lease: one call at a
time, and nothing more to write. What an app above holds by leases of its own, as writes are, it
adds at its start, because nothing here may know it.
"""

from __future__ import annotations

from typing import Any

from connections.statements import Statement

# Each takes the connection's key and an instant; a lease that has ended counts no more.
_KINDS = [
    "SELECT 1 FROM connections_callplace WHERE connection_id = {key} AND held_until > {now}",
    # By a name of its own: what is counted may be counted for a row of the same table.
    (
        "SELECT 1 FROM connections_xeroconnection AS checked"
        " WHERE checked.id = {key} AND checked.poll_lease_until > {now}"
    ),
]


def count_also(text: str) -> None:
    """
    Count what else is in flight.

    :param text: finds a row for each call; `{key}` is the connection's key, `{now}` the instant
    """
    if text not in _KINDS:
        _KINDS.append(text)


def calls(connection_id: int, since: Any) -> Statement:
    """
    Return what finds a row for each call in flight to one organisation.

    :param since: the instant, as the database keeps one in such a column
    """
    return Statement(_text("%s", "%s"), [connection_id, since] * len(_KINDS))


def calls_of_each(since: Any) -> Statement:
    """Return the same for the row of connections_xeroconnection that a query is about."""
    return Statement(_text("connections_xeroconnection.id", "%s"), [since] * len(_KINDS))


def _text(key: str, now: str) -> str:
    return " UNION ALL ".join(each.format(key=key, now=now) for each in _KINDS)
