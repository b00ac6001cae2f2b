"""
Telling the app of changes: messages are rows, a thread of the serving process sends those due.

What a vendor does with an answer, or without one, is in its module `webhooks`. Times are those of
the sandbox's clock, so that days of retries pass by moving it.
"""

import logging
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import requests
from django.db import connections, transaction

from sandbox.core import clock, switches, vendors
from sandbox.core.models import Delivery

logger = logging.getLogger("sandbox.webhooks")

LOOK_SECONDS = 0.25
AT_ONCE = 20
SENDERS = 4
# How long each vendor waits for an answer (xero-api §10, pipedrive-api §6.3).
PATIENCE_SECONDS = {"xero": 5, "pipedrive": 10}
FORGED = "forged"

_wake = threading.Event()
_dice = random.Random()


def enqueue(
    vendor: str,
    *,
    url: str,
    body: str,
    headers: dict[str, str],
    forged: dict[str, str],
    hook_number: int | None = None,
    note: str = "",
    waits: bool = False,
) -> None:
    """
    Leave a message to be sent at once; call inside the transaction of the change.

    :param forged: the headers of somebody who does not know the secret, for the switch
    :param waits: it is not sent until the vendor makes it due
    """
    now = clock.now()
    # The words of the switches come first: a long note loses its end.
    copies = [(headers, note)]
    if switches.get("webhooks_duplicate"):
        copies.append((headers, f"again: {note}"))
    if switches.get("webhooks_forge"):
        copies.insert(0, (forged, f"{FORGED}: {note}"))
    Delivery.objects.bulk_create(
        Delivery(
            vendor=vendor,
            hook_number=hook_number,
            url=url,
            body=body,
            headers=known,
            note=about[:60],
            made_at=now,
            due_at=None if waits else now,
        )
        for known, about in copies
    )
    transaction.on_commit(_wake.set)


def later(seconds: float) -> timedelta:
    """Return a wait between attempts, as the switch has it."""
    return timedelta(seconds=seconds * switches.get("webhooks_gap_percent") / 100)


def start() -> None:
    """Send from now on, as long as this process lives."""
    threading.Thread(target=_run, name="webhooks", daemon=True).start()


def post(url: str, body: str, headers: dict[str, str], *, vendor: str) -> requests.Response | None:
    """Send one message; None when there was no answer in time."""
    with requests.Session() as session:
        session.trust_env = False  # no proxy stands between two parts of one machine
        asked_at = time.monotonic()
        try:
            answer = session.post(
                url,
                data=body.encode(),
                headers={"Content-Type": "application/json; charset=utf-8"} | headers,
                timeout=PATIENCE_SECONDS[vendor],
                allow_redirects=False,
            )
        except requests.RequestException:
            return None
    # The time of requests begins anew with each byte; a dripping answer is too late as well.
    return answer if time.monotonic() - asked_at <= PATIENCE_SECONDS[vendor] else None


def send_again(number: int) -> bool:
    """Send a message once more, whatever became of it; False when there is no such message."""
    found = Delivery.objects.filter(pk=number).update(due_at=clock.now(), is_delivered=False)
    _wake.set()
    return found == 1


def _run() -> None:
    with ThreadPoolExecutor(max_workers=SENDERS) as pool:
        while True:
            _wake.wait(LOOK_SECONDS)
            _wake.clear()
            try:
                for module in vendors.list_modules("webhooks"):
                    module.tend(clock.now())
                while not switches.get("webhooks_paused") and _send_due(pool):
                    pass
            except Exception:
                # A reset may take the rows away in the middle; the next look finds what is left.
                logger.exception("a look at webhooks failed")
                connections.close_all()


def _send_due(pool: ThreadPoolExecutor) -> bool:
    now = clock.now()
    due = list(Delivery.objects.filter(due_at__lte=now).order_by("due_at", "pk")[:AT_ONCE])
    if switches.get("webhooks_shuffle"):
        _dice.shuffle(due)
    for delivery, status in zip(due, pool.map(_send, due), strict=True):
        _note(delivery, status, clock.now())
    return bool(due)


def _send(delivery: Delivery) -> int | None:
    answer = post(delivery.url, delivery.body, delivery.headers, vendor=delivery.vendor)
    return None if answer is None else answer.status_code


def _note(delivery: Delivery, status: int | None, now: datetime) -> None:
    with transaction.atomic():
        delivery.attempts += 1
        delivery.status = status
        delivery.is_delivered = status is not None and 200 <= status < 300
        delivery.due_at = None
        values: dict[str, Any] = {"attempts": delivery.attempts, "status": status}
        module = vendors.find_webhooks(delivery.vendor)
        if module is not None and not delivery.note.startswith(FORGED):
            module.settle(delivery, now)
        values |= {
            "is_delivered": delivery.is_delivered,
            "due_at": delivery.due_at,
            "body": delivery.body,
        }
        # By update: a reset meanwhile has taken the row away.
        Delivery.objects.filter(pk=delivery.pk).update(**values)
