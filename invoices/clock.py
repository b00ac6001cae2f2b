"""
The database's clock: leases and resend windows are judged by one clock, not by each machine's.

A worker whose own clock is wrong by a day still neither steals a lease nor sends again after
Xero has forgotten a key (reliability F-34).
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone


def database_now() -> datetime:
    """Return the database's present instant, aware, in UTC. SQLite's is this machine's."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        instant: datetime = cursor.fetchone()[0]
    return instant


class Clock:
    """The database's clock, moved on by the time that our own steps take."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._began = time.monotonic()

    def now(self) -> datetime:
        """Return the database's instant by now."""
        return self._now + timedelta(seconds=time.monotonic() - self._began)

    def is_spent(self, budget_seconds: float) -> bool:
        """Whether more than this has gone since the start."""
        return time.monotonic() - self._began > budget_seconds
