"""
How the same work is done with xero-python as shipped: its models, Django's bulk_create.

These are the rows that the goals compare with (docs/performance.md).
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from xero_python import accounting
from xero_python.accounting import AccountingApi
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token

from bench import world
from connections.models import XeroConnection
from invoices.models import Invoice

ORDER = "UpdatedDateUTC ASC"
WHERE = 'Type=="ACCREC"'
UPDATED_FIELDS = (
    "number",
    "reference",
    "xero_status",
    "amount_due",
    "amount_paid",
    "total",
    "due_date",
    "xero_updated_at",
    "fetched_at",
    "checked_at",
)


def build_api(*, pool_threads: int = 1) -> AccountingApi:
    """Return the SDK's client as its README makes it, with a token that lasts."""
    configuration = Configuration()
    configuration.oauth2_token = OAuth2Token(client_id="c", client_secret="s")
    client = ApiClient(configuration, pool_threads=pool_threads)
    token = {
        "access_token": "access" * 200,
        "scope": ["accounting.invoices"],
        "expires_in": 1800,
        "token_type": "Bearer",
        "expires_at": time.time() + 86_400,
    }
    client.oauth2_token_getter(lambda: token)
    client.oauth2_token_saver(lambda _: None)
    return AccountingApi(client, base_url=f"{settings.XERO_API_URL}/api.xro/2.0")


def pull(connection: XeroConnection) -> int:
    """Pull all changed invoices as models, full bodies, 100 a page, and store them."""
    api = build_api()
    since = world.CURSOR.replace(tzinfo=None)
    count, page = 0, 1
    while True:
        answer = api.get_invoices(
            str(connection.tenant_id),
            if_modified_since=since,
            where=WHERE,
            order=ORDER,
            page=page,
            page_size=100,
        )
        Invoice.objects.bulk_create(
            [_to_row(connection, each) for each in answer.invoices],
            update_conflicts=True,
            update_fields=UPDATED_FIELDS,
            unique_fields=("connection", "xero_invoice_id"),
        )
        count += len(answer.invoices)
        if len(answer.invoices) < 100:
            return count
        page += 1


def _to_row(connection: XeroConnection, each: Any) -> Invoice:
    return Invoice(
        company_id=connection.company_id,
        connection=connection,
        xero_invoice_id=each.invoice_id,
        number=each.invoice_number,
        reference=each.reference,
        xero_status=each.status,
        xero_contact_id=each.contact.contact_id,
        contact_name=each.contact.name,
        currency_code=each.currency_code.value,
        issue_date=each.date,
        due_date=each.due_date,
        subtotal=Decimal(str(each.sub_total)),
        total_tax=Decimal(str(each.total_tax)),
        total=Decimal(str(each.total)),
        amount_due=Decimal(str(each.amount_due)),
        amount_paid=Decimal(str(each.amount_paid)),
        is_sent=bool(each.sent_to_contact),
        url=each.url or "",
        xero_updated_at=each.updated_date_utc,
        fetched_at=world.NOW,
        checked_at=world.NOW,
    )


def create(api: AccountingApi, tenant_id: str, number: int) -> None:
    """Create one invoice from models, read the answer into models; nothing is stored."""
    line = accounting.LineItem(
        description="Oak desk",
        quantity=2.0,
        unit_amount=10.5,
        account_code="200",
        tax_type="OUTPUT2",
        item_code="DESK-OAK",
    )
    invoice = accounting.Invoice(
        type="ACCREC",
        contact=accounting.Contact(contact_id=str(world.loopback.CONTACT_ID)),
        line_items=[line, line, line],
        date=date(2026, 11, 23),
        due_date=date(2026, 11, 30),
        currency_code=accounting.CurrencyCode("GBP"),
        reference="Oak desks",
        url=f"https://brightside.pipedrive.example/deal/{number}",
        status="DRAFT",
    )
    answer = api.create_invoices(
        tenant_id, accounting.Invoices(invoices=[invoice]), idempotency_key=f"key-{number}"
    )
    assert answer.invoices[0].invoice_id


def poll(api: AccountingApi, tenant_ids: list[str]) -> None:
    """Ask for the changes of many tenants by 16 threads, answers left raw."""

    def ask(tenant_id: str) -> None:
        api.get_invoices(
            tenant_id,
            if_modified_since=world.CURSOR.replace(tzinfo=None),
            where=WHERE,
            order=ORDER,
            page=1,
            page_size=1000,
            summary_only="true",
            _preload_content=False,
        )

    with ThreadPoolExecutor(max_workers=16) as threads:
        list(threads.map(ask, tenant_ids))
