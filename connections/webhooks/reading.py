"""
What a message says, as events. Pure; a vendor's odd word costs its event, never the others.

Shapes: xero-api §10, pipedrive-api §6.2. Only ids and names that we know how to use are taken:
an address in a payload is never read (P-14), and no text of a customer is kept.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from connections.webhooks.signatures import MAX_ID

_WORD = re.compile(r"[A-Za-z_]{1,32}")
_ACTION = re.compile(r"[A-Za-z_]{1,16}")
_ORGANISATION = "ORGANISATION"


class Unreadable(Exception):
    """The message is not what this vendor sends."""


class OtherCompany(Exception):
    """The message speaks of another company than the address it came to."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event, ready to be stored."""

    vendor: str
    dedupe_key: str
    category: str
    action: str
    resource_id: str
    happened_at: datetime | None = None
    tenant_id: UUID | None = None
    pipedrive_company_id: int | None = None
    hook_id: int | None = None
    merged_from_id: int | None = None
    merged_to_id: int | None = None


def read_xero(body: bytes) -> tuple[list[Event], int]:
    """
    Return the events of a Xero message, none for an intent to receive, and how many we left out.

    :raises Unreadable: it is no message of Xero's
    """
    payload = _parse(body)
    if not isinstance(payload, dict) or not isinstance(payload.get("events"), list):
        raise Unreadable
    found = [_xero_event(each) for each in payload["events"]]
    events = [event for event in found if event is not None]
    return events, len(found) - len(events)


def read_pipedrive(body: bytes, *, pipedrive_company_id: int) -> Event:
    """
    Return the one event of a Pipedrive message.

    :param pipedrive_company_id: whose address it came to
    :raises OtherCompany: it speaks of another company
    :raises Unreadable: it is no message of version 2
    """
    payload = _parse(body)
    meta = payload.get("meta") if isinstance(payload, dict) else None
    if not isinstance(payload, dict) or not isinstance(meta, dict):
        raise Unreadable
    if _whole(meta.get("company_id")) != pipedrive_company_id:
        raise OtherCompany
    category, action = _word(meta.get("entity")), _word(meta.get("action"), _ACTION)
    entity_id, hook_id = _whole(meta.get("entity_id")), _whole(meta.get("webhook_id"))
    if not category or not action or entity_id is None or hook_id is None:
        raise Unreadable
    into, gone = _whole(meta.get("merged_to_id")), _whole(meta.get("merged_from_id"))
    data = payload.get("data")
    updated_at = _instant(data.get("update_time")) if isinstance(data, dict) else None
    told_at = _instant(meta.get("timestamp"))
    # One delivery is told apart by its id; without one, by all that it says (§6.2).
    said = _plain(meta.get("id")) or f"{hook_id} {_plain(meta.get('timestamp'))}"
    return Event(
        vendor="pipedrive",
        dedupe_key=_digest(pipedrive_company_id, category, action, entity_id, said),
        category=category,
        action=action,
        resource_id=str(entity_id),
        happened_at=updated_at or told_at,
        pipedrive_company_id=pipedrive_company_id,
        hook_id=hook_id,
        merged_from_id=entity_id if into is not None else gone,
        merged_to_id=into if into is not None else (entity_id if gone is not None else None),
    )


def _xero_event(told: Any) -> Event | None:
    if not isinstance(told, dict):
        return None
    category, action = _word(told.get("eventCategory")), _word(told.get("eventType"), _ACTION)
    tenant_id, resource_id = _uuid(told.get("tenantId")), _uuid(told.get("resourceId"))
    happened_at = _instant(told.get("eventDateUtc"))
    if told.get("tenantType") != _ORGANISATION or None in (tenant_id, resource_id, happened_at):
        return None
    if not category or not action:
        return None
    return Event(
        vendor="xero",
        dedupe_key=_digest(tenant_id, category, action, resource_id, told["eventDateUtc"]),
        category=category,
        action=action,
        resource_id=str(resource_id),
        happened_at=happened_at,
        tenant_id=tenant_id,
    )


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise Unreadable from exc


def _word(value: Any, pattern: re.Pattern[str] = _WORD) -> str:
    return value if isinstance(value, str) and pattern.fullmatch(value) else ""


def _whole(value: Any) -> int | None:
    """Ids are text in the guide's sample and numbers in others (§6.2)."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 < value < MAX_ID else None


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) and len(value) == 36 else None
    except ValueError:
        return None


def _instant(value: Any) -> datetime | None:
    """ISO with or without zone, which then is UTC, or seconds since 1970 (§6.2)."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, tz=UTC)
        if isinstance(value, str) and value.isascii() and value.isdigit():
            return datetime.fromtimestamp(int(value[:12]), tz=UTC)
        found = datetime.fromisoformat(value)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def _plain(value: Any) -> str:
    return str(value) if isinstance(value, str | int | float) else ""


def _digest(*parts: object) -> str:
    text = "\x00".join(str(part) for part in parts)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
