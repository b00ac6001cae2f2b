"""The webhooks of API v1: list, make, remove (fact sheet §6.1)."""

from __future__ import annotations

import socket
from typing import Any
from urllib.parse import urlsplit

from sandbox.core import clock
from sandbox.pipedrive import api, validation
from sandbox.pipedrive.models import Hook, Installation, User
from sandbox.pipedrive.wire import instant_v1

OBJECTS = (
    "activity",
    "deal",
    "lead",
    "note",
    "organization",
    "person",
    "pipeline",
    "product",
    "stage",
    "user",
    "deal_product",
    "*",
)
MOST_PER_USER = 40
REACH_SECONDS = 2
BODY = {
    "subscription_url": validation.text(500, least=1),
    "event_action": validation.one_of("create", "change", "delete", "*"),
    "event_object": validation.one_of(*OBJECTS),
    "name": validation.text(255),
    "version": validation.one_of("1.0", "2.0"),
    "http_auth_user": validation.nullable(validation.text(255)),
    "http_auth_password": validation.nullable(validation.text(255)),
    "user_id": validation.identifier,
}


def list_all(call: api.Call) -> api.Found:
    """The webhooks that the app made in this company."""
    return api.Found([_shape(row) for row in _of_company(call.user)], {"status": "ok"})


def add(call: api.Call) -> api.Found:
    """Make one, once its address answers."""
    body = call.body
    installation = Installation.objects.get(user=call.user)
    if installation.hooks.count() >= MOST_PER_USER:
        raise api.Refused(422, "The maximum number of webhooks has been reached")
    if not _is_reachable(body["subscription_url"]):
        problem = api.Refused(400, "")
        problem.payload = {
            "status": "error",
            "success": False,
            "errors": {"subscription_url": ["invalid or non-reachable URL"]},
        }
        raise problem
    row = Hook.objects.create(
        installation=installation,
        event_action=body["event_action"],
        event_object=body["event_object"],
        subscription_url=body["subscription_url"],
        name=body.get("name", ""),
        auth_user=body.get("http_auth_user") or "",
        auth_password=body.get("http_auth_password") or "",
        add_time=clock.now(),
    )
    return api.Found(_shape(row), {"status": "ok"}, status=201)


def remove(call: api.Call, number: int) -> api.Found:
    """Remove one."""
    deleted, _ = _of_company(call.user).filter(pk=number).delete()
    if not deleted:
        problem = api.Refused(404, "")
        problem.payload = {"status": "error", "success": False, "errors": {"id": ["not found"]}}
        raise problem
    return api.Found(None, {"status": "ok"})


def _of_company(user: User) -> Any:
    rows = Hook.objects.filter(installation__user__company=user.company_id)
    return rows.select_related("installation__user").order_by("pk")


def _is_reachable(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return False
    address = (parts.hostname, parts.port or (443 if parts.scheme == "https" else 80))
    try:
        with socket.create_connection(address, timeout=REACH_SECONDS):
            return True
    except OSError:
        return False


def _shape(row: Hook) -> dict[str, Any]:
    user = row.installation.user
    return {
        "id": row.pk,
        "company_id": user.company_id,
        "owner_id": user.pk,
        "user_id": user.pk,
        "event_action": row.event_action,
        "event_object": row.event_object,
        "subscription_url": row.subscription_url,
        "version": "2.0",
        "is_active": 1,
        "add_time": instant_v1(row.add_time),
        "remove_time": None,
        "type": "application",
        "http_auth_user": row.auth_user or None,
        "http_auth_password": row.auth_password or None,
        "remove_reason": None,
        "last_delivery_time": row.last_delivery_time and instant_v1(row.last_delivery_time),
        "last_http_status": row.last_http_status,
        "admin_id": user.pk,
        "name": row.name,
    }


READ = ("webhooks:read", "webhooks:full")
FULL = ("webhooks:full",)
views = {
    "list": api.view(
        GET=api.Route(list_all, READ, 10, is_strict=False),
        POST=api.Route(
            add,
            FULL,
            10,
            body=BODY,
            body_required=("subscription_url", "event_action", "event_object"),
        ),
    ),
    "one": api.view(DELETE=api.Route(remove, FULL, 6, is_strict=False)),
}
