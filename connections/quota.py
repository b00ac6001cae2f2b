"""
How much of an organisation's minute is used, told from the calls on record (P-15).

Every call to Xero is recorded, by whichever process of whichever machine made it, so the record is
the bucket: nothing has to be counted twice or given back. It is exact for any sixty seconds, not
for the minutes of a clock. What a killed worker did not record is what the calls between our limit
and Xero's are for.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from connections import statements
from connections.models import ApiCall, XeroConnection
from connections.runtime import Runtime
from connections.statements import Statement

WINDOW = timedelta(minutes=1)


def used(connection: XeroConnection, *, now: datetime, runtime: Runtime) -> Statement:
    """Return the expression that counts the last minute's calls, no further than the limit."""
    since = statements.stored(ApiCall, "at", now - WINDOW)
    return Statement(
        "(SELECT count(*) FROM (SELECT 1 FROM connections_apicall WHERE company_id = %s"
        " AND at > %s AND vendor = 'xero' LIMIT %s) AS said)",
        [connection.company_id, since, runtime.xero_minute_calls],
    )


def free_at(connection: XeroConnection, *, now: datetime, runtime: Runtime) -> datetime | None:
    """
    Return when a fifth of a full minute is free again, None when the minute is not full.

    A fifth, so that many who wait do not ask at each place that becomes free.
    """
    at = (
        ApiCall.objects.across_companies()
        .filter(company_id=connection.company_id, vendor="xero", at__gt=now - WINDOW)
        .order_by("-at")
        .values_list("at", flat=True)
    )
    most = runtime.xero_minute_calls
    said: list[datetime] = list(at[:most])
    if len(said) < most:
        return None
    # The oldest calls leave the window first.
    return said[-max(1, most // 5)] + WINDOW
