"""What vendors send to our addresses, as bytes: for tests of receiving."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any
from uuid import UUID

from django.test import Client

from connections.webhooks import signatures

KEY = "sandbox-xero-webhook-key"
TENANT = UUID("c2cc9b6e-9458-4c7d-93cc-f02b81b0594f")
INVOICE = UUID("717f2bfc-c6d4-41fd-b238-3f2f0c0cf777")


def xero_event(**changes: Any) -> dict[str, Any]:
    """Return one event as Xero words it (xero-api §10)."""
    return {
        "resourceUrl": f"https://api.xero.com/api.xro/2.0/Invoices/{INVOICE}",
        "resourceId": str(INVOICE),
        "eventDateUtc": "2026-12-02T00:44:09.923",
        "eventType": "UPDATE",
        "eventCategory": "INVOICE",
        "tenantId": str(TENANT),
        "tenantType": "ORGANISATION",
    } | changes


def xero_body(*events: dict[str, Any]) -> bytes:
    """Return a message with these events; none is an intent to receive."""
    told = {
        "events": list(events),
        "firstEventSequence": 76,
        "lastEventSequence": 76,
        "entropy": "FXNGWLCCGVANWHKILRUB",
    }
    return json.dumps(told).encode()


def sign(body: bytes, key: str = KEY) -> str:
    """Return Xero's signature of these bytes."""
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


def tell_xero(body: bytes, *, signature: str | None = None, client: Client | None = None) -> Any:
    """Post a message as Xero does, signed unless another signature is given."""
    return (client or Client()).post(
        "/webhooks/xero",
        body,
        content_type="application/json; charset=utf-8",
        headers={"x-xero-signature": sign(body) if signature is None else signature},
    )


def pipedrive_body(company_id: int, /, **changes: Any) -> dict[str, Any]:
    """Return a message as Pipedrive words it (pipedrive-api §6.2); changes are of `meta`."""
    meta = {
        "action": "change",
        "entity": "deal",
        "entity_id": "12",
        "company_id": str(company_id),
        "user_id": "18",
        "id": "0197f1e0-0000-7000-8000-000000000001",
        "correlation_id": "0197f1e0-0000-7000-8000-000000000002",
        "is_bulk_edit": False,
        "timestamp": "2026-12-01T00:00:00.000Z",
        "type": "application",
        "version": "2.0",
        "webhook_id": "77",
        "webhook_owner_id": "18",
        "change_source": "app",
        "attempt": 1,
        "host": "acme.pipedrive.com",
        "permitted_user_ids": ["18", "19"],
    }
    return {
        "meta": meta | changes,
        "data": {"id": 12, "title": "Deal", "update_time": "2026-12-01T00:00:00Z"},
        "previous": {"title": "Deall"},
    }


def tell_pipedrive(
    company_id: int,
    body: Any,
    *,
    address: str | None = None,
    authorization: str | None = None,
) -> Any:
    """Post a message as a company's Pipedrive does, with the credentials that we gave it."""
    ours = signatures.credentials_for(company_id)
    basic = base64.b64encode(f"{ours.user}:{ours.password}".encode()).decode()
    return Client().post(
        f"/webhooks/pipedrive/{ours.address if address is None else address}",
        body if isinstance(body, bytes) else json.dumps(body).encode(),
        content_type="application/json",
        headers={"Authorization": f"Basic {basic}" if authorization is None else authorization},
    )
