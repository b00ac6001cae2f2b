"""
Webhooks under load: 50 a second for a minute against the running product (issue: native parts).

The whole product runs, worker and beat too, on the machine that also makes the messages: four of
five from Xero, the rest from Pipedrive, one in ten a repeat. A message is sent when its time has
come, whether the last one was answered or not, and its seconds count from that time.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings

from bench.results import Result
from connections.webhooks import signatures
from tests.live import LiveSite, live_variables
from tests.needs import NEEDS

A_SECOND = 50
SECONDS = 60
WARM_UP_SECONDS = 5
SENDERS = 32
COMPANY = 7001
P99_MS, MEDIAN_MS = 100, 20

_own = threading.local()
_dice = random.Random(20261123)


@dataclass(frozen=True)
class Message:
    """One message, ready to be sent."""

    path: str
    body: bytes
    headers: dict[str, str]


def measure() -> Iterator[Result]:
    """Measure on the embedded default and, where they are, on PostgreSQL and Redis."""
    yield from _measure(on_services=False)
    if all(is_there() for is_there in NEEDS["services"].values()):
        yield from _measure(on_services=True)


def _measure(*, on_services: bool) -> Iterator[Result]:
    kind = "PostgreSQL and Redis" if on_services else "embedded"
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with live_variables(directory, on_services=on_services) as variables:
            site = LiveSite(directory, {"TICK_SECONDS": "5", **variables})
            try:
                site.start()
                port = int(site.url.rpartition(":")[2])
                _send_all(port, _make(A_SECOND * WARM_UP_SECONDS))
                messages = _make(A_SECOND * SECONDS)
                found = _send_all(port, messages)
                counted = site.manage("shell", "-c", _COUNT).split()[-2:]
            finally:
                site.stop()
    milliseconds = sorted(each * 1000 for each, _ in found)
    refused = sum(status != 200 for _, status in found)
    worst = milliseconds[-1]
    yield Result(
        f"P-14 median {kind}",
        f"answer to a webhook, median, {A_SECOND} a second for {SECONDS} s, ms",
        milliseconds[len(milliseconds) // 2],
        MEDIAN_MS,
        detail=f"{len(found)} messages, {refused} not answered by 200",
    )
    yield Result(
        f"P-14 p99 {kind}",
        "answer to a webhook, p99, ms",
        milliseconds[int(len(milliseconds) * 0.99)],
        P99_MS,
        detail=f"worst {worst:.0f} ms; stored {counted[0]} events, {counted[1]} waiting",
    )
    yield Result(f"P-14 lost {kind}", "messages that were not accepted", refused, 0)


_COUNT = """
from connections.models import WebhookEvent
print(WebhookEvent.objects.count(), WebhookEvent.objects.filter(state="new").count())
"""


def _make(count: int) -> list[Message]:
    messages: list[Message] = []
    while len(messages) < count:
        if messages and _dice.random() < 0.1:
            messages.append(_dice.choice(messages))
        elif _dice.random() < 0.8:
            messages.append(_of_xero())
        else:
            messages.append(_of_pipedrive())
    return messages


def _of_xero() -> Message:
    event = {
        "resourceUrl": "https://api.xero.com/api.xro/2.0/Invoices/x",
        "resourceId": str(uuid4()),
        "eventDateUtc": "2026-12-02T00:44:09.923",
        "eventType": "UPDATE",
        "eventCategory": "INVOICE",
        "tenantId": str(UUID(int=_dice.randrange(200))),
        "tenantType": "ORGANISATION",
    }
    body = json.dumps({"events": [event], "firstEventSequence": 1, "lastEventSequence": 1}).encode()
    digest = hmac.new(settings.XERO_WEBHOOK_KEYS[0].encode(), body, hashlib.sha256).digest()
    return Message("/webhooks/xero", body, {"x-xero-signature": base64.b64encode(digest).decode()})


def _of_pipedrive() -> Message:
    ours = signatures.credentials_for(COMPANY)
    meta = {
        "action": "change",
        "entity": "deal",
        "entity_id": "12",
        "company_id": str(COMPANY),
        "id": str(uuid4()),
        "timestamp": "2026-12-01T00:00:00.000Z",
        "version": "2.0",
        "webhook_id": "77",
    }
    basic = base64.b64encode(f"{ours.user}:{ours.password}".encode()).decode()
    return Message(
        f"/webhooks/pipedrive/{ours.address}",
        json.dumps({"meta": meta, "data": {"title": "x" * 2000}, "previous": {}}).encode(),
        {"Authorization": f"Basic {basic}"},
    )


def _send_all(port: int, messages: list[Message]) -> list[tuple[float, int]]:
    """Send each at its time and return the seconds until its answer, and the answer's status."""
    began = time.monotonic() + 0.2
    with ThreadPoolExecutor(max_workers=SENDERS) as pool:
        sent = []
        for n, message in enumerate(messages):
            due = began + n / A_SECOND
            time.sleep(max(0.0, due - time.monotonic()))
            sent.append(pool.submit(_send, port, message, due))
        return [each.result() for each in sent]


def _send(port: int, message: Message, due: float) -> tuple[float, int]:
    for _ in range(2):
        connection = getattr(_own, "connection", None) or http.client.HTTPConnection(
            "localhost", port, timeout=10
        )
        _own.connection = connection
        try:
            connection.request(
                "POST",
                message.path,
                message.body,
                {"Content-Type": "application/json"} | message.headers,
            )
            answer = connection.getresponse()
            answer.read()
            return time.monotonic() - due, answer.status
        except (http.client.HTTPException, OSError):
            # The server closes what was idle for long; a message is sent again then, once.
            connection.close()
            _own.connection = None
    return time.monotonic() - due, 0
