"""An accounting app on loopback that speaks the invoicing contract and remembers what was asked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PDF = b"%PDF-1.4 the invoice"
ACTIONS = [
    {
        "id": "APPROVE",
        "label": "Approve",
        "providerAction": "changeInvoiceStatus",
        "requireConfirmation": "regular",
    },
    {
        "id": "VOIDED",
        "label": "Void",
        "providerAction": "changeInvoiceStatus",
        "requireConfirmation": "destructive",
    },
    {
        "id": "EMAIL",
        "label": "Send by e-mail",
        "providerAction": "sendInvoiceEmail",
        "requireConfirmation": None,
    },
    {
        "id": "PDF",
        "label": "Download PDF",
        "providerAction": "downloadInvoice",
        "requireConfirmation": None,
    },
    {
        "id": "LINK",
        "label": "Online invoice",
        "providerAction": "openInvoiceLink",
        "requireConfirmation": None,
    },
]
ENDPOINTS = {
    "getProviderAccount": "account",
    "getProviderAccountConnectUrl": "connect",
    "postInvoice": "invoices",
    "postInvoiceStatus": "invoices/:invoiceId/status",
    "postInvoiceEmail": "invoices/:invoiceId/email",
    "getSearchInvoices": "search/invoices",
    "getInvoiceShareUrl": "invoices/:invoiceId/share",
    "getInvoicePDF": "invoices/:invoiceId/pdf",
    "getInvoiceSummary": "summary",
    "getCurrencies": "currencies",
    "getTaxRates": "tax-rates",
    "getAccounts": "accounts",
    "getTemplates": "templates",
    "getProduct": "products/:productId",
    "postProduct": "products",
    "putProduct": "products/:productId",
    "getSearchProducts": "search/products",
    "getContact": "contacts/:contactId",
    "postContact": "contacts",
    "putContact": "contacts/:contactId",
    "getSearchContacts": "search/contacts",
}


@dataclass
class Asked:
    """One call as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    authorization: str
    body: Any


@dataclass
class FakeApp:
    """The app: what it holds, how it answers, what it was asked."""

    link: str
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    is_authorized: bool = True
    refusal: tuple[int, str] | None = None  # of every POST
    seconds_per_byte: float = 0
    invoices: dict[str, dict[str, Any]] = field(default_factory=dict)
    entries: dict[str, dict[str, dict[str, Any]]] = field(
        default_factory=lambda: {
            "contacts": {"c-1": {"id": "c-1", "displayName": "Harbour Dental", "taxId": "GB1"}},
            "products": {
                "p-1": {"id": "p-1", "name": "Oak desk", "code": "OAK", "unitPrice": 1450.5}
            },
        }
    )

    def manifest(self, **changes: Any) -> dict[str, Any]:
        """Return the manifest of these addresses."""
        return {
            "version": "v202101",
            "clientId": "sandbox-pipedrive",
            "features": {"templates": True},
            "endpoints": {n: f"{self.url}/native/:linkId/{p}" for n, p in ENDPOINTS.items()},
        } | changes

    def calls(self, part: str, method: str = "GET") -> list[Asked]:
        """Return the calls of one address below the link."""
        path = f"/native/{self.link}/{part}"
        return [each for each in self.asked if (each.path, each.method) == (path, method)]

    def answer(self, asked: Asked) -> Any:
        """Return the data of an answer; None is a 404."""
        part = asked.path.removeprefix(f"/native/{self.link}/")
        words = part.split("/")
        given = asked.body.get("data", asked.body) if isinstance(asked.body, dict) else {}
        if part == "account":
            held = {"authorized": True, "name": "Brightside Ltd", "orgId": "org-1"}
            features = {"invoiceTaxOption": "multiple", "invoiceNumberOption": "none"}
            return held | {"features": features} if self.is_authorized else {"authorized": False}
        if part in ("connect", "summary", "currencies", "tax-rates", "accounts", "templates"):
            return _LISTS[part]
        if part == "invoices":
            return self._invoice(given)
        if words[0] == "invoices":
            return self._act(words[1], words[2], given)
        if part == "search/invoices":
            ids = asked.query.get("ids")
            rows = list(self.invoices.values())
            return [row for row in rows if row["id"] in ids.split(",")] if ids else rows
        if words[0] == "search":
            name = asked.query.get("code") or asked.query["name"]
            rows = list(self.entries[words[1]].values())
            return [row for row in rows if name.lower() in json.dumps(row).lower()]
        entries = self.entries[words[0]]
        if asked.method == "GET":
            return entries.get(words[1])
        entry_id = words[1] if len(words) > 1 else f"{words[0][0]}-{len(entries) + 1}"
        entries[entry_id] = entries.get(entry_id, {"id": entry_id}) | given
        return entries[entry_id]

    def _invoice(self, given: dict[str, Any]) -> dict[str, Any]:
        number = len(self.invoices) + 1
        rows = given["lineItems"]
        made = {
            "id": f"i-{number}",
            "invoiceNumber": f"INV-{number}",
            "contactName": given["contactName"],
            "statusCode": "DRAFT",
            "statusLabel": "Draft",
            "pipedriveStatusCode": "draft",
            "total": sum((row["quantity"] or 0) * (row["unitPrice"] or 0) for row in rows),
            "currencyCode": "GBP",
            "dueDate": given["dueDate"],
            "actions": ACTIONS,
            "providerInvoiceUrl": f"{self.url}/invoice",
            "isShareable": True,
            "isSent": False,
        }
        self.invoices[made["id"]] = made
        return made

    def _act(self, invoice_id: str, what: str, given: dict[str, Any]) -> Any:
        invoice = self.invoices[invoice_id]
        if what == "share":
            return {"url": f"{self.url}/online"}
        if what == "email":
            invoice["isSent"] = True
        else:
            invoice |= {"statusLabel": "Voided", "pipedriveStatusCode": "voided", "actions": []}
        return invoice


_LISTS: dict[str, Any] = {
    "connect": {"url": "http://localhost:1/repair"},
    "currencies": [{"id": "GBP", "name": "British Pound"}],
    "tax-rates": [
        {"id": "OUTPUT2", "name": "20% VAT", "rate": 20},
        {"id": "NONE", "name": "No VAT", "rate": 0},
    ],
    "accounts": [{"id": "200", "name": "Sales"}, {"id": "260", "name": "Other revenue"}],
    "templates": [{"id": "t-1", "name": "Standard"}],
    "summary": [{"currency": "GBP", "outstanding": 10, "overdue": 20.5, "paid": 30, "total": 60.5}],
}


@contextmanager
def serving(link: str) -> Iterator[FakeApp]:
    """Serve a fake app on a free port until the end of the block."""
    app = FakeApp(link)

    class Handler(BaseHTTPRequestHandler):
        def handle_call(self) -> None:
            parts = urlsplit(self.path)
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            asked = Asked(
                self.command,
                parts.path,
                query,
                self.headers.get("Authorization", ""),
                json.loads(sent) if sent else None,
            )
            app.asked.append(asked)
            if app.refusal and self.command == "POST":
                self.reply(app.refusal[0], {"success": False, "error": app.refusal[1]})
            elif parts.path.endswith("/pdf"):
                self.send(200, "application/pdf", PDF)
            elif (data := app.answer(asked)) is None:
                self.reply(404, {"success": False})
            else:
                self.reply(200, {"success": True, "data": data})

        def reply(self, status: int, document: Any) -> None:
            self.send(status, "application/json", json.dumps(document).encode())

        def send(self, status: int, kind: str, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            if kind == "application/pdf":
                self.send_header("Content-Disposition", 'attachment; filename="INV-1.pdf"')
            self.end_headers()
            for place in range(len(content)) if app.seconds_per_byte else ():
                try:
                    self.wfile.write(content[place : place + 1])
                except OSError:
                    return
                time.sleep(app.seconds_per_byte)
            if not app.seconds_per_byte:
                self.wfile.write(content)

        def do_GET(self) -> None:
            self.handle_call()

        def do_POST(self) -> None:
            self.handle_call()

        def do_PUT(self) -> None:
            self.handle_call()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    app.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield app
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
