"""
Pipedrive's webhooks, version 2 (fact sheet §6): who is told of a change, and what of an answer.

Not signed: HTTP Basic and an address that nobody guesses. Four attempts; ten first attempts that
fail ban a hook for half an hour, and what happens meanwhile is lost; three days without success
delete it.
"""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sandbox.core import clock, codec, sending
from sandbox.core.models import Delivery
from sandbox.pipedrive import custom_fields, shapes
from sandbox.pipedrive.models import Deal, Field, Hook, Item, Organization, Person, Product, User
from sandbox.pipedrive.wire import storable

GAPS_SECONDS = (3, 30, 150)
MOST_FAILURES = 10
BANNED_FOR = timedelta(minutes=30)
DELETED_AFTER = timedelta(days=3)

Shape = dict[str, Any]
_ENTITIES: dict[type[Item], str] = {
    Deal: "deal",
    Organization: "organization",
    Person: "person",
    Product: "product",
}


def picture(row: Item) -> Shape | None:
    """Return what a message would say of a row as it is now; None when it is not stored yet."""
    if row.pk is None:
        return None
    entity = _ENTITIES[type(row)]
    custom = custom_fields.Written(row.company_id, entity, {})
    shape: Shape = storable(getattr(shapes, entity)(row, custom))
    kinds = dict(
        Field.objects.filter(company=row.company_id, entity=entity, is_custom=True).values_list(
            "code", "field_type"
        )
    )
    # Typed here, unlike in the API; and visible_to is text (§2, §6.2).
    shape["custom_fields"] = {
        code: _typed(kinds[code], value)
        for code, value in shape["custom_fields"].items()
        if value is not None
    }
    shape["visible_to"] = str(shape["visible_to"])
    return shape


def announce(row: Item, before: Shape | None, *, by: User | None = None, **meta: Any) -> None:
    """
    Tell of a change to everybody who asked; call inside its transaction, after the row is saved.

    :param before: the picture of the row before the change, None for a new one
    :param by: who made the change; the row's owner when it is not known
    :param meta: more of the message's `meta`, such as `merged_to_id`
    """
    entity = _ENTITIES[type(row)]
    hooks = Hook.objects.filter(
        installation__user__company=row.company_id, event_object__in=(entity, "*")
    ).select_related("installation__user")
    if not hooks:
        return
    now = picture(row)
    assert now is not None
    action = "create" if before is None else "delete" if row.is_deleted else "change"
    if before is not None and before["is_deleted"] and row.is_deleted and not meta:
        return
    seeing = [user.pk for user in _list_seeing(row)]
    user_id = by.pk if by else row.owner_id
    for hook in hooks:
        is_wanted = hook.event_action in (action, "*") and hook.installation.user_id in seeing
        if is_wanted and not _is_banned(hook):
            _send(hook, row, entity, action, now, before, seeing, user_id, meta)


def settle(delivery: Delivery, now: datetime) -> None:
    """Take an answer: any 2xx within ten seconds is a success (§6.3)."""
    hook = Hook.objects.filter(pk=delivery.hook_number).first()
    if hook is None:
        return
    hook.last_delivery_time, hook.last_http_status = now, delivery.status
    if delivery.is_delivered:
        hook.last_success_at = now
    else:
        if delivery.attempts == 1:
            hook.failures += 1
        if hook.failures >= MOST_FAILURES:
            hook.failures, hook.banned_until = 0, now + sending.later(BANNED_FOR.total_seconds())
        if delivery.attempts <= len(GAPS_SECONDS):
            delivery.due_at = now + sending.later(GAPS_SECONDS[delivery.attempts - 1])
            message = codec.loads(delivery.body)
            message["meta"]["attempt"] = delivery.attempts + 1
            delivery.body = codec.dumps(message)
        if now - (hook.last_success_at or hook.add_time) >= DELETED_AFTER:
            hook.delete()
            return
    hook.save()


def tend(now: datetime) -> None:
    """Do nothing: hooks are asked for by the API and need no check."""


def describe() -> list[dict[str, Any]]:
    """Return the hooks for the page of webhooks."""
    hooks = Hook.objects.select_related("installation__user__company").order_by("pk")
    return [
        {
            "state": "banned" if _is_banned(hook) else "active",
            "about": f"{hook.event_object} of {hook.installation.user.company.name}, "
            f"for {hook.installation.user.name}",
            "url": hook.subscription_url.rpartition("/")[0] + "/…",
            "number": hook.pk,
            "moves": [
                ("active", "Lift the ban") if _is_banned(hook) else ("banned", "Ban"),
                ("deleted", "Delete"),
            ],
        }
        for hook in hooks
    ]


def move(number: int | None, wanted: str) -> bool:
    """Ban a hook, lift its ban or delete it, as Pipedrive does in time; False for anything else."""
    hooks = Hook.objects.filter(pk=number)
    if wanted == "deleted":
        return hooks.delete()[0] > 0
    until = clock.now() + sending.later(BANNED_FOR.total_seconds())
    values = {"banned": {"banned_until": until}, "active": {"banned_until": None, "failures": 0}}
    return wanted in values and hooks.update(**values[wanted]) == 1


def _send(
    hook: Hook,
    row: Item,
    entity: str,
    action: str,
    now: Shape,
    before: Shape | None,
    seeing: list[int],
    user_id: int,
    more: Shape,
) -> None:
    changed = {key: value for key, value in (before or {}).items() if value != now[key]}
    message = {
        "meta": {
            "action": action,
            "entity": entity,
            "entity_id": str(row.number),
            "company_id": str(row.company_id),
            "user_id": str(user_id),
            "id": str(uuid4()),
            "correlation_id": str(uuid4()),
            "is_bulk_edit": False,
            "timestamp": clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "type": "application",
            "version": "2.0",
            "webhook_id": str(hook.pk),
            "webhook_owner_id": str(hook.installation.user_id),
            "change_source": "app",
            "attempt": 1,
            "host": f"{row.company.domain}.pipedrive.com",
            "permitted_user_ids": [str(each) for each in seeing],
        }
        | {key: str(value) for key, value in more.items()},
        "data": None if action == "delete" else now,
        "previous": before if action == "delete" else (None if before is None else changed),
    }
    sending.enqueue(
        "pipedrive",
        url=hook.subscription_url,
        body=codec.dumps(message),
        headers=_basic(hook.auth_user, hook.auth_password),
        forged=_basic(hook.auth_user, "a guess"),
        hook_number=hook.pk,
        note=f"{entity} {row.number} {action}",
    )


def _is_banned(hook: Hook) -> bool:
    return hook.banned_until is not None and hook.banned_until > clock.now()


def _list_seeing(row: Item) -> list[User]:
    users = User.objects.filter(company=row.company_id)
    model = type(row)
    return [user for user in users if model.objects.visible_to_user(user).filter(pk=row.pk)]


def _basic(user: str, password: str) -> dict[str, str]:
    encoded = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {encoded}"}


def _typed(kind: str, value: Any) -> Shape:
    if kind == "enum":
        return {"type": kind, "id": value}
    if kind == "set":
        return {"type": kind, "values": [{"id": each} for each in value]}
    if kind in ("user", "org", "people"):
        return {"type": kind, "id": value}
    if kind == "daterange":
        return {"type": kind, "from": value.get("value"), "until": value.get("until")}
    if isinstance(value, dict):
        return {"type": kind} | value
    return {"type": kind, "value": value}
