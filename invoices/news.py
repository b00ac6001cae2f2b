"""
What vendors told us of, followed: each event is a hint to look, and the look is ours (P-6, P-7).

The rows are the work. A message, and the sweep every second, only wake whoever does it.
"""

from __future__ import annotations

from datetime import datetime

from connections import upkeep
from connections.models import WebhookEvent
from connections.runtime import Runtime, snapshot
from connections.webhooks import waiting
from invoices import deal_news, xero_news


def follow(*, now: datetime, runtime: Runtime | None = None) -> int:
    """
    Follow the events that are due; returns how many were taken.

    :param now: the database's clock
    """
    rows = waiting.take(now=now)
    if rows:
        runtime = runtime or snapshot()
        of_xero = [row for row in rows if row.vendor == WebhookEvent.Vendor.XERO]
        xero_news.follow(of_xero, now=now, runtime=runtime)
        deal_news.follow([row for row in rows if row not in of_xero], now=now)
    upkeep.beat("webhooks", now=now)
    return len(rows)
