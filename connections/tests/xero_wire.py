"""Xero on the loopback: a client that speaks to it, and rows as it writes them."""

from typing import Any

from connections import http, sockets
from connections.secrets import Secret
from connections.xero import client, sdk
from connections.xero.dialect import XeroDialect

TENANT = "7d4b0f6e-0000-4000-8000-000000000001"
INVOICE_ID = "11111111-0000-4000-8000-000000000001"


def xero(url: str, **options: Any) -> client.XeroClient:
    """Return a client of one tenant at this address."""
    way = http.Transport(
        sockets.Pool(),
        XeroDialect(),
        allowed_origins=http.allow_origins_of(url),
        deadline_seconds=5,
        **options,
    )
    return client.XeroClient(
        sdk.build(way, api_url=url, tenant_id=TENANT, access_token=Secret("canary-token"))
    )


def invoice_json(**changes: Any) -> dict[str, Any]:
    """Return an invoice as Xero writes it."""
    return {
        "Type": "ACCREC",
        "InvoiceID": INVOICE_ID,
        "InvoiceNumber": "INV-0051",
        "Reference": "PO 7",
        "Url": "https://acme.pipedrive.com/deal/1#ib=5",
        "AmountDue": 24.15,
        "AmountPaid": 0,
        "SentToContact": False,
        "Contact": {"ContactID": "c-1", "Name": "Çağlar Mobilya A.Ş."},
        "DateString": "2026-09-01T00:00:00",
        "Date": "/Date(1788220800000+0000)/",
        "DueDate": "/Date(1788825600000)/",
        "BrandingThemeID": "t-1",
        "Status": "DRAFT",
        "LineAmountTypes": "Exclusive",
        "LineItems": [
            {
                "LineItemID": "l-1",
                "Description": "Oak desk",
                "UnitAmount": 10.5,
                "TaxType": "OUTPUT2",
                "TaxAmount": 3.15,
                "LineAmount": 21,
                "AccountCode": "200",
                "ItemCode": "DESK-OAK",
                "Quantity": 2,
                "DiscountRate": 12.5,
            },
            {"Description": "A word about the desk"},
        ],
        "Payments": [{"PaymentID": "p-1", "Date": "/Date(1788220800000+0000)/", "Amount": 5}],
        "SubTotal": 21,
        "TotalTax": 3.15,
        "Total": 24.15,
        "UpdatedDateUTC": "/Date(1788220800123+0000)/",
        "CurrencyCode": "NZD",
    } | changes
