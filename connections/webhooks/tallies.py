"""How many messages came in, for support: accepted, repeated, refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Sum

from connections.models import WebhookEvent, WebhookRefusal

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Tally:
    """What one vendor sent since a day ago; refusals are counted by calendar day (UTC)."""

    vendor: str
    accepted: int
    repeated: int
    refused: int
    waiting: int


def list_last_day(*, now: datetime) -> list[Tally]:
    """Return a tally for each vendor, by three queries."""
    since = now - DAY
    told = WebhookEvent.objects.filter(received_at__gte=since).values("vendor")
    arrived = {
        row["vendor"]: (row["events"], row["times"])
        for row in told.annotate(events=Count("pk"), times=Sum("copies")).order_by("vendor")
    }
    waiting = WebhookEvent.objects.filter(state=WebhookEvent.State.NEW).values("vendor")
    held = {
        row["vendor"]: row["events"]
        for row in waiting.annotate(events=Count("pk")).order_by("vendor")
    }
    refusals = WebhookRefusal.objects.filter(day__gte=since.date()).values("vendor")
    refused = {
        row["vendor"]: row["times"]
        for row in refusals.annotate(times=Sum("count")).order_by("vendor")
    }
    tallies = []
    for vendor, label in WebhookEvent.Vendor.choices:
        events, times = arrived.get(vendor, (0, 0))
        tallies.append(
            Tally(
                vendor=str(label),
                accepted=events,
                repeated=times - events,
                refused=refused.get(vendor, 0),
                waiting=held.get(vendor, 0),
            )
        )
    return tallies
