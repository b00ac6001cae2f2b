"""
The database's clock: leases and resend windows are judged by one clock, not by each machine's.

A worker whose own clock is wrong by a day still neither steals a lease nor sends again after
Xero has forgotten a key (reliability F-34).
"""

from __future__ import annotations

from datetime import datetime

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
