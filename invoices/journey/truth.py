"""What the sandbox knows, to hold the pages against; never what our own database says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import requests

TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Sandbox:
    """The control calls of the sandbox's Xero half."""

    xero_url: str

    def call(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Call the control: GET without a body, POST with one; numbers with a point as Decimal."""
        url = f"{self.xero_url}/_sandbox/{path}"
        with requests.Session() as session:
            session.trust_env = False
            answer = (
                session.get(url, timeout=TIMEOUT_SECONDS)
                if body is None
                else session.post(url, json=body, timeout=TIMEOUT_SECONDS)
            )
        answer.raise_for_status()
        return json.loads(answer.text, parse_float=Decimal) if answer.text else None

    def tenant_id(self, slug: str) -> str:
        """Return the id of the organisation with this short name."""
        organisations = self.call("state")["xero"]["organisations"]
        return next(key for key, value in organisations.items() if value["slug"] == slug)

    def invoices(self, tenant_id: str) -> dict[str, dict[str, Any]]:
        """Return every invoice of an organisation by its id, as Xero's API would give it."""
        rows = self.call("state")["xero"]["organisations"][tenant_id]["invoices"]
        return {row["InvoiceID"]: row for row in rows}

    def press(self, tenant_id: str, invoice_id: str, what: str, **body: Any) -> None:
        """Do to an invoice what a person would on Xero's pages: approve, pay, void and so on."""
        self.call(f"xero/{tenant_id}/invoices/{invoice_id}/{what}", body)
