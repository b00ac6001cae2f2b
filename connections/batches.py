"""Many organisations at once: sessions opened together, read by threads, closed together."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import lru_cache, partial

from connections import access, consequences, errors
from connections.models import XeroConnection
from connections.runtime import Runtime
from connections.sessions import NotConnected, Outcome, Value, attempt


def open_many(
    connections: Iterable[XeroConnection], *, now: datetime, runtime: Runtime
) -> list[access.XeroSession | tuple[XeroConnection, Exception]]:
    """Open sessions for many connections; those that cannot be come with the reason."""
    opened: list[access.XeroSession | tuple[XeroConnection, Exception]] = []
    for connection in connections:
        try:
            opened.append(access.open_xero(connection, now=now, runtime=runtime))
        except (NotConnected, errors.ProviderError) as exc:
            opened.append((connection, exc))
    return opened


def run_many(
    sessions: Sequence[access.XeroSession],
    use: Callable[[access.XeroSession], Value],
    *,
    at_once: int,
) -> list[Outcome[Value]]:
    """
    Run one read for each session, many at once; threads do network only.

    :param use: reads by `session.client`; touches no database
    :return: value or ProviderError, in order; consequences are not drawn yet (see `settle`)
    """
    return list(_threads(os.getpid(), at_once).map(partial(attempt, use), sessions))


def close_many(sessions: Sequence[access.XeroSession], *, now: datetime) -> None:
    """Store what is known of many sessions' calls by few statements."""
    for each in sessions:
        consequences.note_app_minute(each.connection, each.calls, now=now)
    consequences.note_health([(each.connection, each.calls) for each in sessions], now=now)
    consequences.store_calls(
        [(each.company_id, call) for each in sessions for call in each.calls], now=now
    )


@lru_cache(maxsize=2)
def _threads(_process: int, at_once: int) -> ThreadPoolExecutor:
    """Threads kept for all rounds of calls; a forked child has none of its parent's."""
    return ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="calls")
