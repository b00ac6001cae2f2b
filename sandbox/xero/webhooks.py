"""
Xero's webhooks: one subscription of the app for all organisations (fact sheet §10).

Signed with one key; confirmed by the intent check, in which some messages are signed wrongly on
purpose; repeated at once and then every quarter of an hour, disabled after a day without success,
kept for 31 days and sent when the subscription is confirmed again.
"""

import base64
import hashlib
import hmac
import secrets
import string
import time
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from sandbox.core import clients, clock, codec, sending, vendors
from sandbox.core.models import Delivery, StoredValue
from sandbox.xero import dates
from sandbox.xero.models import Organisation

PATH = "/webhooks/xero"
AT_ONCE_AGAIN = 0
GAP_SECONDS = 900
DISABLED_AFTER = timedelta(days=1)
KEPT = timedelta(days=31)
MOST_EVENTS = 100
_KEY = "xero_webhooks"
_WRONG_KEY = "somebody else's key"
_SECONDS_BETWEEN_CHECKS = 1.0
_last_check = {"at": 0.0}


@dataclass(frozen=True)
class Subscription:
    """The app's webhooks; `state` is off, checking, enabled or disabled."""

    url: str
    state: str
    failing_since: str = ""
    sequence: int = 0
    last_check: str = ""


def read() -> Subscription:
    """Return the subscription as it is, or as it is from the start."""
    stored = StoredValue.objects.filter(key=_KEY).values_list("value", flat=True).first()
    if stored is not None:
        return Subscription(**stored)
    state = "checking" if settings.SANDBOX_XERO_WEBHOOKS else "off"
    return Subscription(f"{settings.SANDBOX_APP_URLS[0]}{PATH}", state)


def write(subscription: Subscription) -> Subscription:
    """Keep the subscription."""
    StoredValue.objects.update_or_create(key=_KEY, defaults={"value": asdict(subscription)})
    return subscription


def announce(
    organisation: Organisation, category: str, resource_id: str, action: str, **data: Any
) -> None:
    """Tell the app of one change, if it asked for it; call inside the change's transaction."""
    announce_many(organisation, category, [resource_id], action, **data)


def announce_many(
    organisation: Organisation, category: str, resource_ids: list[str], action: str, **data: Any
) -> None:
    """Tell the app of many changes, in messages of a hundred events."""
    if read().state == "off" or not organisation.connections.exists():
        return
    at = dates.write_instant(dates.to_ms(clock.now()))
    events = [
        {
            "resourceUrl": f"{vendors.get_url('xero')}/api.xro/2.0/"
            f"{_RESOURCES[category]}/{resource_id}",
            "resourceId": resource_id,
            "eventDateUtc": at,
            "eventType": action,
            "eventCategory": category,
            "tenantId": organisation.tenant_id,
            "tenantType": "ORGANISATION",
        }
        | ({"data": data} if data else {})
        for resource_id in resource_ids
    ]
    for start in range(0, len(events), MOST_EVENTS):
        send(events[start : start + MOST_EVENTS])


def send(events: list[dict[str, Any]]) -> None:
    """Leave one message with these events, of whatever organisations, to be sent."""
    with transaction.atomic():
        subscription = read()
        first = subscription.sequence + 1
        write(replace(subscription, sequence=subscription.sequence + len(events)))
        body = _message(events, first)
        kinds = sorted({f"{each['eventCategory']} {each['eventType']}" for each in events})
        sending.enqueue(
            "xero",
            url=subscription.url,
            body=body,
            headers=_signed(body),
            forged=_signed(body, _WRONG_KEY),
            note=", ".join(kinds) + (f" ({len(events)} events)" if len(events) > 1 else ""),
            waits=subscription.state != "enabled",
        )


def describe() -> list[dict[str, Any]]:
    """Return the subscription for the page of webhooks."""
    subscription = read()
    checked = f", last intent check: {subscription.last_check}" if subscription.last_check else ""
    about = f"invoices, contacts and credit notes of every connected organisation{checked}"
    asks = subscription.state in ("checking", "enabled")
    move = ("off", "Ask for no webhooks") if asks else ("checking", "Ask for webhooks")
    return [{"state": subscription.state, "about": about, "url": subscription.url, "moves": [move]}]


def move(number: int | None, wanted: str) -> bool:
    """Ask for webhooks as in the developer portal, or end them; False for anything else."""
    if wanted not in ("off", "checking"):
        return False
    write(replace(read(), state=wanted))
    return True


def settle(delivery: Delivery, now: datetime) -> None:
    """Take an answer: anything but a 2xx within five seconds is tried again, for a day."""
    subscription = read()
    if delivery.is_delivered:
        if subscription.failing_since:
            write(replace(subscription, failing_since=""))
        return
    since = subscription.failing_since or now.isoformat()
    state = subscription.state
    if now - datetime.fromisoformat(since) >= sending.later(DISABLED_AFTER.total_seconds()):
        state = "disabled"
    write(replace(subscription, failing_since=since, state=state))
    gap = AT_ONCE_AGAIN if delivery.attempts == 1 else GAP_SECONDS
    if state != "disabled":
        delivery.due_at = now + sending.later(gap)


def tend(now: datetime) -> None:
    """Check the app's intent while that is asked for; drop what is too old to be sent again."""
    subscription = read()
    if subscription.state == "checking":
        _hold(now)
        if time.monotonic() >= _last_check["at"] + _SECONDS_BETWEEN_CHECKS:
            check_intent(now)
            _last_check["at"] = time.monotonic()
    elif subscription.state != "enabled":
        _hold(now)


def check_intent(now: datetime) -> Subscription:
    """
    Ask the app whether it means it: right signatures get 200, wrong ones 401, both nothing else.

    Confirmed, what waited is sent; else it goes on waiting, and the check is made again.
    """
    subscription = read()
    problem = ""
    for key in (clients.XERO_WEBHOOK_KEY, _WRONG_KEY, clients.XERO_WEBHOOK_KEY, _WRONG_KEY):
        body = _message([], 0)
        answer = sending.post(subscription.url, body, _signed(body, key), vendor="xero")
        problem = problem or _find_fault(answer, 401 if key == _WRONG_KEY else 200)
    with transaction.atomic():
        # What was asked and counted meanwhile stays.
        subscription = replace(read(), last_check=problem or "confirmed")
        if not problem and subscription.state == "checking":
            subscription = replace(subscription, failing_since="", state="enabled")
            waiting = Delivery.objects.filter(vendor="xero", is_delivered=False, due_at=None)
            kept = waiting.filter(made_at__gte=now - KEPT)
            kept.exclude(note__startswith=sending.FORGED).update(due_at=now)
        return write(subscription)


def _hold(now: datetime) -> None:
    """Keep what is due until the subscription is confirmed."""
    due = Delivery.objects.filter(vendor="xero", due_at__lte=now)
    if due.exists():
        due.update(due_at=None)


def _find_fault(answer: Any, wanted: int) -> str:
    if answer is None:
        return "no answer within five seconds"
    if answer.status_code != wanted:
        return f"status {answer.status_code} where {wanted} was due"
    if answer.content or answer.cookies:
        return "the answer has a body or a cookie"
    return ""


def _message(events: list[dict[str, Any]], first: int) -> str:
    entropy = "".join(secrets.choice(string.ascii_uppercase) for _ in range(20))
    last = first + max(len(events) - 1, 0)
    # The odd spaces are Xero's own: who signs anew what they parsed signs something else.
    return (
        f'{{"events":{codec.dumps(events)},"firstEventSequence": {first},'
        f'"lastEventSequence": {last}, "entropy": "{entropy}"}}'
    )


def _signed(body: str, key: str = clients.XERO_WEBHOOK_KEY) -> dict[str, str]:
    digest = hmac.new(key.encode(), body.encode(), hashlib.sha256).digest()
    return {"x-xero-signature": base64.b64encode(digest).decode()}


_RESOURCES = {"INVOICE": "Invoices", "CONTACT": "Contacts", "CREDITNOTE": "CreditNotes"}
