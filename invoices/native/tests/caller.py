"""Pipedrive as it calls us: HTTP Basic, JSON, no cookie. And an order that it may send."""

from __future__ import annotations

import base64
import json
from typing import Any

from django.conf import settings
from django.test import Client

from mappings import reference
from mappings.models import XeroItem
from tests.vendors import Connected

ISSUED = "2026-11-20"


def credentials(secret: str | None = None) -> str:
    """Return the Authorization header that Pipedrive sends."""
    text = f"{settings.PIPEDRIVE_CLIENT_ID}:{secret or settings.PIPEDRIVE_CLIENT_SECRETS[0]}"
    return f"Basic {base64.b64encode(text.encode()).decode()}"


class Caller:
    """Calls for one company's link."""

    def __init__(self, connected: Connected, *, link_id: object = None) -> None:
        self.client = Client()
        self.link_id = link_id or connected.company.link_id

    def get(self, path: str, **query: str) -> Any:
        """Return the response of a GET."""
        return self.client.get(self._url(path), query, headers=self._headers)

    def send(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """Return the response of a call with a body: text as it is, else as JSON."""
        text = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.client.generic(
            method,
            self._url(path),
            text,
            content_type=more.pop("content_type", "application/json"),
            headers=self._headers,
            **more,
        )

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        """Return the response of a POST."""
        return self.send("POST", path, body, **more)

    def put(self, path: str, body: Any = None) -> Any:
        """Return the response of a PUT."""
        return self.send("PUT", path, body)

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": credentials()}

    def _url(self, path: str) -> str:
        return f"/native/{self.link_id}/{path}"


def data(response: Any) -> Any:
    """Return what a good answer carries."""
    body = response.json()
    assert response.status_code == 200, body
    assert body["success"] is True
    return body["data"]


def refusal(response: Any) -> tuple[int, str]:
    """Return status and code of an answer without data, whose shape is checked."""
    body = response.json()
    assert response["Content-Type"] == "application/json"
    assert body.keys() == {"success", "error", "message"} and body["success"] is False
    assert body["message"]
    return response.status_code, body["error"]


def copy_lists(connected: Connected, *, now: Any) -> None:
    """Copy Xero's lists, as the daily copy does."""
    reference.refresh(connected.connection, now=now)


def order(connected: Connected, contact_id: str | None, **changes: Any) -> dict[str, Any]:
    """Return a plausible invoice: 2 × 10.50 of an item, and a line of text."""
    item = XeroItem.objects.for_company(connected.company).filter(is_sold=True).first()
    return {
        "contactId": contact_id,
        "contactName": "Pier Nine Bakery\nJo Ford",
        "address": "9 Quay Street\nBristol",
        "email": "jo@piernine.example",
        "taxNumber": "",
        "taxModeId": "Exclusive",
        "globalDiscount": None,
        "taxRateId": None,
        "templateId": None,
        "currencyId": "GBP",
        "invoiceNumber": None,
        "issueDate": ISSUED,
        "dueDate": None,
        "lineItems": [
            {
                "productId": str(item.xero_item_id) if item else None,
                "productCode": None,
                "description": "Oak desk",
                "quantity": 2,
                "unitPrice": 10.5,
                "discountRate": 10,
                "taxRateId": "OUTPUT2",
                "accountId": "200",
            },
            {
                "productId": None,
                "productCode": None,
                "description": "Delivered in May",
                "quantity": None,
                "unitPrice": None,
                "discountRate": None,
                "taxRateId": None,
                "accountId": "",
            },
        ],
    } | changes
