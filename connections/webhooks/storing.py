"""
Events kept by one statement, refusals counted by one; the doorbell is rung, not pulled off.

A repeated event meets the row that stands for it and only raises its number of copies, so nobody
is asked first (P-14).
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from connections import doorbell, statements
from connections.models import WebhookEvent, WebhookRefusal
from connections.webhooks.reading import Event

# Rings in quick succession wake nobody anew: the sweep is never further away than a second.
RING_SECONDS = 0.3
_TOLD = (
    "vendor",
    "dedupe_key",
    "category",
    "action",
    "resource_id",
    "happened_at",
    "tenant_id",
    "pipedrive_company_id",
    "hook_id",
    "merged_from_id",
    "merged_to_id",
)
_EVENT = (*_TOLD, "copies", "received_at", "next_attempt_at", "state", "outcome", "attempts")
_REFUSAL = ("vendor", "reason", "source", "day", "count", "last_at")
_COUNT_COPIES = (
    "(vendor, dedupe_key) DO UPDATE SET copies = connections_webhookevent.copies + excluded.copies"
)
_COUNT_REFUSALS = (
    "(vendor, reason, source, day) DO UPDATE SET"
    " count = connections_webhookrefusal.count + 1, last_at = excluded.last_at"
)


def keep(events: Sequence[Event], *, now: datetime) -> None:
    """Store events as work to be done, each once, and wake a worker."""
    if not events:
        return
    copies = Counter(event.dedupe_key for event in events)
    once = {event.dedupe_key: event for event in events}
    rows = [
        (
            *(getattr(event, name) for name in _TOLD),
            copies[key],
            now,
            now,
            WebhookEvent.State.NEW.value,
            "",
            0,
        )
        for key, event in once.items()
    ]
    statements.run(statements.insertion(WebhookEvent, _EVENT, rows, on_conflict=_COUNT_COPIES))
    doorbell.ring_on_commit("invoices.tasks.follow_webhooks", at_most_every=RING_SECONDS)


def count_refusal(vendor: str, reason: str, *, source: str, now: datetime) -> None:
    """Count a message that was refused. Nothing of it is stored but the network it came from."""
    row = (str(vendor), reason, _network(source), now.date(), 1, now)
    statements.run(
        statements.insertion(WebhookRefusal, _REFUSAL, [row], on_conflict=_COUNT_REFUSALS)
    )


def _network(address: str) -> str:
    """Return the sender's neighbourhood: one machine has many addresses of version 6."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    length = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network(f"{parsed}/{length}", strict=False))
