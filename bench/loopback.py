"""
A fast stand-in for Xero's Accounting API on the loopback: `python -m bench.loopback`.

It answers from prepared bytes, so that what is measured is the caller. Prints its port, then
serves until it is killed. `POST /_bench` sets what it plays, `GET /_bench` tells and clears what
it saw: calls, connections, bytes sent.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

BASE = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
CONTACT_ID = "00000000-0000-4000-8000-0000000000c1"
_RATES = (
    "X-DayLimit-Remaining: 4990\r\nX-MinLimit-Remaining: 55\r\nX-AppMinLimit-Remaining: 9990\r\n"
)


@dataclass
class Play:
    """What the stand-in plays, and what it has seen."""

    changed: int = 0
    version: int = 0
    latency: float = 0.0
    limited: bool = False
    calls: int = 0
    connections: int = 0
    bytes_sent: int = 0


PLAY = Play()


def invoice_id(number: int) -> str:
    """Return the id of the n-th invoice."""
    return f"00000000-0000-4000-8000-{number:012x}"


def row(number: int, version: int, *, is_whole: bool) -> dict[str, Any]:
    """Return an invoice in Xero's shape: a summary, or with its lines and payments."""
    updated = int((BASE + version * 10_000_000 + number) * 1000)
    is_paid = version % 2 == 1
    told: dict[str, Any] = {
        "Type": "ACCREC",
        "InvoiceID": invoice_id(number),
        "InvoiceNumber": f"INV-{number:06}",
        "Reference": "Purchase order 7781",
        "Prepayments": [],
        "Overpayments": [],
        "AmountDue": 0.0 if is_paid else 145.2,
        "AmountPaid": 145.2 if is_paid else 0.0,
        "SentToContact": False,
        "CurrencyRate": 1.0,
        "IsDiscounted": False,
        "HasErrors": False,
        "InvoicePaymentServices": [],
        "Contact": {
            "ContactID": CONTACT_ID,
            "Name": "Northwind Furniture Ltd",
            "Addresses": [],
            "Phones": [],
            "ContactGroups": [],
            "ContactPersons": [],
            "HasValidationErrors": False,
        },
        "DateString": "2026-01-05T00:00:00",
        "Date": "/Date(1767571200000+0000)/",
        "DueDateString": "2026-01-12T00:00:00",
        "DueDate": "/Date(1768176000000+0000)/",
        "Status": "PAID" if is_paid else "AUTHORISED",
        "LineAmountTypes": "Exclusive",
        "SubTotal": 121.0,
        "TotalTax": 24.2,
        "Total": 145.2,
        "UpdatedDateUTC": f"/Date({updated}+0000)/",
        "CurrencyCode": "GBP",
        "BrandingThemeID": "00000000-0000-4000-8000-0000000000b1",
        "Url": f"https://brightside.pipedrive.example/deal/{number}",
    }
    if is_paid:
        told["FullyPaidOnDate"] = "/Date(1767830400000+0000)/"
    if is_whole:
        told["LineItems"] = [_line(each) for each in range(3)]
        told["Payments"] = [_payment(number)] if is_paid else []
        told["HasAttachments"] = False
    return told


def _payment(number: int) -> dict[str, Any]:
    return {
        "PaymentID": str(uuid.UUID(int=3000 + number)),
        "Date": "/Date(1767830400000+0000)/",
        "Amount": 145.2,
        "Reference": "",
        "CurrencyRate": 1.0,
        "HasAccount": False,
        "HasValidationErrors": False,
    }


def _line(number: int) -> dict[str, Any]:
    return {
        "ItemCode": f"DESK-{number}",
        "Description": "Oak desk, 160 x 80, with cable tray and two drawers, delivered",
        "UnitAmount": 40.0,
        "TaxType": "OUTPUT2",
        "TaxAmount": 8.0,
        "LineAmount": 40.0,
        "AccountCode": "200",
        "Item": {
            "ItemID": str(uuid.UUID(int=number)),
            "Name": "Oak desk",
            "Code": f"DESK-{number}",
        },
        "Tracking": [
            {
                "Name": "Region",
                "Option": "North",
                "TrackingCategoryID": str(uuid.UUID(int=4000)),
                "TrackingOptionID": str(uuid.UUID(int=4001)),
                "Options": [],
            }
        ],
        "Quantity": 1.0,
        "LineItemID": str(uuid.UUID(int=1000 + number)),
        "AccountID": str(uuid.UUID(int=2000 + number)),
        "ValidationErrors": [],
    }


@lru_cache(maxsize=400)
def page(changed: int, version: int, first: int, number: int, size: int, is_whole: bool) -> bytes:
    """Return the body of one page of the invoices from the first on."""
    start = first + (number - 1) * size
    count = max(0, changed - first)
    body: dict[str, Any] = {
        "Id": str(uuid.UUID(int=1)),
        "Status": "OK",
        "ProviderName": "InvoiceBridge",
        "DateTimeUTC": "/Date(1790000000000)/",
        "Invoices": [
            row(each, version, is_whole=is_whole)
            for each in range(start, min(start + size, changed))
        ],
        "pagination": {
            "page": number,
            "pageSize": size,
            "pageCount": -(-count // size),
            "itemCount": count,
        },
    }
    return json.dumps(body, separators=(",", ":")).encode()


def list_invoices(query: dict[str, list[str]], since: str) -> bytes:
    """Answer a list of invoices."""
    first = 0
    if since:
        moment = datetime.fromisoformat(since).replace(tzinfo=UTC).timestamp()
        first = max(0, round(moment - BASE - PLAY.version * 10_000_000))
    number, size = int(query.get("page", ["1"])[0]), int(query.get("pageSize", ["100"])[0])
    return page(PLAY.changed, PLAY.version, first, number, size, "summaryOnly" not in query)


def _whole_contact(contact_id: str) -> dict[str, Any]:
    """Return a contact as a creation or a read of one invoice tells it; lists shrink it."""
    address = {
        "AddressLine1": "12 Mill Lane",
        "City": "Leeds",
        "Region": "",
        "PostalCode": "LS1 4AB",
        "Country": "United Kingdom",
        "AttentionTo": "",
    }
    phone = {"PhoneNumber": "5550100", "PhoneAreaCode": "0113", "PhoneCountryCode": "44"}
    return {
        "ContactID": contact_id,
        "ContactStatus": "ACTIVE",
        "Name": "Northwind",
        "EmailAddress": "accounts@northwind.example",
        "BankAccountDetails": "",
        "Addresses": [{"AddressType": kind} | address for kind in ("STREET", "POBOX")],
        "Phones": [{"PhoneType": kind} | phone for kind in ("DEFAULT", "DDI", "MOBILE", "FAX")],
        "UpdatedDateUTC": "/Date(1767571200000+0000)/",
        "ContactGroups": [],
        "IsSupplier": False,
        "IsCustomer": True,
        "SalesTrackingCategories": [],
        "PurchasesTrackingCategories": [],
        "ContactPersons": [],
        "HasValidationErrors": False,
    }


def create(body: bytes) -> bytes:
    """Answer a creation with the invoice as Xero would hold it."""
    asked = json.loads(body)["Invoices"][0]
    made = row(PLAY.calls, 0, is_whole=True) | {
        "Status": "DRAFT",
        "InvoiceID": str(uuid.uuid4()),
        "Url": asked.get("Url", ""),
        "Contact": _whole_contact(asked["Contact"]["ContactID"]),
        "CurrencyCode": asked.get("CurrencyCode", "GBP"),
    }
    made["LineItems"] = [
        {"LineItemID": str(uuid.uuid4()), "LineAmount": 40.0, "TaxAmount": 8.0, "Tracking": []}
        | line
        for line in asked["LineItems"]
    ]
    return json.dumps({"Id": "1", "Status": "OK", "Invoices": [made]}).encode()


def control(method: str, body: bytes) -> bytes:
    """Set what is played, or tell and clear what was seen."""
    if method == "POST":
        for name, value in json.loads(body).items():
            setattr(PLAY, name, value)
        return b"{}"
    seen = {
        "calls": PLAY.calls,
        "connections": PLAY.connections,
        "bytes_sent": PLAY.bytes_sent,
    }
    PLAY.calls = PLAY.connections = PLAY.bytes_sent = 0
    return json.dumps(seen).encode()


class Vendor(asyncio.Protocol):
    """One connection; requests come one after the other, as HTTP clients send them."""

    def connection_made(self, transport: Any) -> None:
        """Count it."""
        self._transport = transport
        self._data = b""
        self._is_counted = False

    def data_received(self, data: bytes) -> None:
        """Answer when a request is whole."""
        self._data += data
        head, found, rest = self._data.partition(b"\r\n\r\n")
        if not found:
            return
        lines = head.decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])
        }
        length = int(headers.get("content-length", 0))
        if len(rest) < length:
            return
        self._data = rest[length:]
        method, target, _ = lines[0].split(" ")
        self._answer(method, target, headers, rest[:length])

    def _answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> None:
        parts = urlsplit(target)
        if parts.path == "/_bench":
            self._send(200, control(method, body))
            return
        PLAY.calls += 1
        if not self._is_counted:
            self._is_counted = True
            PLAY.connections += 1
        if PLAY.limited:
            self._send(429, b"", "X-Rate-Limit-Problem: minute\r\nRetry-After: 30\r\n")
            return
        if method == "GET":
            content = list_invoices(parse_qs(parts.query), headers.get("if-modified-since", ""))
        else:
            content = create(body)
        PLAY.bytes_sent += len(content)
        if PLAY.latency:
            loop = asyncio.get_running_loop()
            loop.call_later(PLAY.latency, self._send, 200, content)
        else:
            self._send(200, content)

    def _send(self, status: int, content: bytes, more: str = "") -> None:
        self._transport.write(
            f"HTTP/1.1 {status} OK\r\nContent-Type: application/json; charset=utf-8\r\n"
            f"Content-Length: {len(content)}\r\n{_RATES}{more}\r\n".encode()
            + content
        )


async def main() -> None:
    """Serve on a free port and print it."""
    server = await asyncio.get_running_loop().create_server(Vendor, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
