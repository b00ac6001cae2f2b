"""Invoices as Pipedrive's cards: the totals, the words of their state, the actions offered."""

from __future__ import annotations

from typing import Any

from sandbox.core import codec

TONES = {
    "paid": "won",
    "voided": "lost",
    "deleted": "lost",
}
EMAIL = {"postInvoiceEmail", "sendInvoiceEmail"}
SHARE = {"getInvoiceShareURL", "openInvoiceLink"}


def draw(invoices: Any) -> list[dict[str, Any]]:
    """Return what the template needs of each invoice that the app answered with."""
    return [_draw(each) for each in invoices or []]


def _draw(invoice: dict[str, Any]) -> dict[str, Any]:
    actions = [
        action | {"json": codec.dumps(action), "kind": _kind(action)}
        for action in invoice.get("actions") or []
    ]
    return invoice | {
        "tone": TONES.get(invoice.get("pipedriveStatusCode", ""), ""),
        "drawn_actions": actions,
    }


def _kind(action: dict[str, Any]) -> str:
    name = action.get("providerAction")
    if name in EMAIL:
        return "email"
    if name in SHARE:
        return "share"
    return "download" if name == "downloadInvoice" else "status"
