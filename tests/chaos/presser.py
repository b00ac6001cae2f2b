"""
A program that presses Create invoice: `python -m tests.chaos.presser`, on the product's settings.

It reads a press as a JSON object a line, and answers `accepted <key>` once the press is committed,
or `failed <key>` when the database gave no answer: then nobody knows, and the form is sent again.
With `plant` it writes that many of the invoice straight to Xero instead.
"""

from __future__ import annotations

import json
import sys
import uuid
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import django

django.setup()

from django.db import DatabaseError, IntegrityError, InterfaceError, close_old_connections  # noqa: E402
from django.utils import timezone  # noqa: E402

from connections import access  # noqa: E402
from connections.models import User, XeroConnection  # noqa: E402
from connections.xero.drafts import NewInvoice, NewLineItem  # noqa: E402
from invoices import operations  # noqa: E402
from invoices.models import Operation  # noqa: E402


def press(wanted: dict[str, Any]) -> None:
    """Store one press; the same one again is the same one."""
    rows = XeroConnection.objects.across_companies().select_related("authorisation")
    connection = rows.get(tenant_id=wanted["tenant"])
    key = uuid.UUID(wanted["key"])
    body = NewInvoice(
        contact_id=wanted["contact"],
        line_items=(
            NewLineItem(
                description="Oak desk",
                quantity=Decimal(wanted["quantity"]),
                unit_amount=Decimal("10.50"),
                account_code="200",
                tax_type="NONE",
            ),
        ),
        invoice_date=date(2026, 3, 13),
        due_date=date(2026, 3, 20),
        currency_code="GBP",
        reference="Oak desks",
        url=f"https://brightside.pipedrive.example/deal/{wanted['deal']}#ib={key}",
    ).to_json()
    if wanted.get("plant"):
        _plant(connection, body, int(wanted["plant"]))
        return
    try:
        operations.record(
            company=connection.company,
            connection=connection,
            kind=Operation.Kind.CREATE,
            submission_id=key,
            operation_id=key,
            body=body,
            summary={
                "total": str(Decimal(wanted["quantity"]) * Decimal("10.50")),
                "currency_code": "GBP",
            },
            requested_by=User.objects.order_by("pk").first(),
            deal_id=wanted["deal"],
            now=timezone.now(),
        )
    except IntegrityError:  # pressed before, and then the answer was lost
        Operation.objects.across_companies().get(pk=key)


def _plant(connection: XeroConnection, body: str, times: int) -> None:
    """Write an invoice to Xero behind the product's back, so often."""
    with access.open_xero(connection, now=timezone.now()) as session:
        for _ in range(times):
            session.call(partial(_create, body))


def _create(body: str, xero: Any) -> Any:
    return xero.create_invoice(body, idempotency_key=str(uuid.uuid4()))


def main() -> None:
    """Press as told until the input ends."""
    for line in sys.stdin:
        wanted = json.loads(line)
        try:
            press(wanted)
        except (DatabaseError, InterfaceError):
            print("failed", wanted["key"], flush=True)
        else:
            print("accepted", wanted["key"], flush=True)
        close_old_connections()


if __name__ == "__main__":
    main()
