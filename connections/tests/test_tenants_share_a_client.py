"""Calls of many tenants at once go by one client of the SDK: each with its own token and tenant."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from connections import http, sockets
from connections.secrets import Secret
from connections.tests import wire
from connections.tests.xero_wire import INVOICE_ID, invoice_json
from connections.xero import client, sdk
from connections.xero.dialect import XeroDialect

TENANTS = [f"tenant-{number}" for number in range(8)]
CALLS_EACH = 5


def test_no_call_takes_the_token_or_the_answer_of_another_tenant() -> None:
    answers = [wire.answer(200, {"Invoices": [invoice_json()]})]
    with wire.serve(*answers * len(TENANTS) * CALLS_EACH) as server:
        pool = sockets.Pool(max_per_host=8)

        def ask(tenant: str) -> None:
            way = http.Transport(
                pool,
                XeroDialect(),
                allowed_origins=http.allow_origins_of(server.url),
                deadline_seconds=5,
            )
            accounting = sdk.build(
                way, api_url=server.url, tenant_id=tenant, access_token=Secret(f"token of {tenant}")
            )
            for _ in range(CALLS_EACH):
                client.XeroClient(accounting).get_invoice(INVOICE_ID)
            assert accounting._api.api_client.last_response is None

        with ThreadPoolExecutor(max_workers=8) as threads:
            list(threads.map(ask, TENANTS))

    sent = [
        (each.headers["xero-tenant-id"], each.headers["authorization"]) for each in server.requests
    ]
    assert sorted(sent) == sorted(
        (tenant, f"Bearer token of {tenant}") for tenant in TENANTS for _ in range(CALLS_EACH)
    )
