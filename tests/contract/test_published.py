"""The comparison has teeth: each kind of departure from a published file is found."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.contract.published import Finding, Published
from tests.contract.recorder import Exchange
from tests.contract.routes import published_by_pipedrive, published_by_xero

pytestmark = pytest.mark.specs

NAME = "PUT /api.xro/2.0/Invoices"


def exchange(request: Any = None, answer: Any = None, **changes: Any) -> Exchange:
    headers = {"content-type": "application/json", "xero-tenant-id": "t", "idempotency-key": "k"}
    whole = Exchange(
        method="PUT",
        target="/api.xro/2.0/Invoices?summarizeErrors=true&unitdp=4",
        request_headers=headers,
        request_body=json.dumps(request or {"Invoices": [{"Type": "ACCREC"}]}).encode(),
        status=200,
        answer_headers={"content-type": "application/json; charset=utf-8"},
        answer_body=json.dumps(answer or {"Invoices": [{"Total": 1.5}]}).encode(),
    )
    return replace(whole, **changes)


def xero() -> Published:
    return published_by_xero()[0]


def test_an_exchange_as_published_has_no_findings() -> None:
    assert xero().check(exchange()) == []


@pytest.mark.parametrize(
    ("departed", "side", "where", "what"),
    [
        (
            exchange(target="/api.xro/2.0/Invoices?unitDecimals=4"),
            "request",
            "query unitdecimals",
            "undeclared",
        ),
        (
            exchange(target="/api.xro/2.0/Invoices?unitdp=four"),
            "request",
            "query unitdp",
            "type",
        ),
        (
            exchange(target="/api.xro/2.0/Invoices?summarizeErrors=True"),
            "request",
            "query summarizeerrors",
            "type",
        ),
        (
            exchange(request_headers={"content-type": "application/json"}),
            "request",
            "header xero-tenant-id",
            "missing",
        ),
        (
            exchange(request={"Invoices": [{"Type": "ACCREC", "Lines": []}]}),
            "request",
            "Invoices[].Lines",
            "undeclared",
        ),
        (
            exchange(request={"Invoices": [{"Type": "SALE"}]}),
            "request",
            "Invoices[].Type",
            "enum",
        ),
        (
            exchange(request={"Invoices": [{"LineItems": [{"Quantity": "2"}]}]}),
            "request",
            "Invoices[].LineItems[].Quantity",
            "type",
        ),
        (
            exchange(request={"Invoices": [{"Contact": {"ContactID": "7"}}]}),
            "request",
            "Invoices[].Contact.ContactID",
            "format",
        ),
        (exchange(request_body=b""), "request", "body", "missing"),
        (
            exchange(answer={"Invoices": [{"Totals": 1}]}),
            "answer",
            "Invoices[].Totals",
            "undeclared",
        ),
        (exchange(answer={"Invoices": [{"Total": "1"}]}), "answer", "Invoices[].Total", "type"),
        (exchange(status=201), "answer", "status 201", "undeclared"),
        (
            exchange(answer_headers={"content-type": "text/html"}),
            "answer",
            "body of text/html",
            "undeclared",
        ),
    ],
)
def test_a_departure_is_found(departed: Exchange, side: str, where: str, what: str) -> None:
    assert Finding(NAME, side, where, what) in xero().check(departed)


def test_keys_are_looked_for_through_the_parts_a_schema_is_made_of() -> None:
    answer = {"success": True, "data": {"id": 1, "tittle": "x", "custom_fields": {"a" * 40: 1}}}
    read = Exchange("GET", "/api/v2/deals/1", {}, b"", 200, {}, json.dumps(answer).encode())
    typed = replace(read, answer_headers={"content-type": "application/json"})

    findings = published_by_pipedrive()[0].check(typed)

    assert findings == [Finding("GET /api/v2/deals/{id}", "answer", "data.tittle", "undeclared")]
