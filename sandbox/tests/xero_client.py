"""A thin client of the pretend Xero for tests: an access token, a tenant, JSON with Decimals."""

import json
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import requests

from sandbox.tests.conftest import Sandbox

EMMA = "emma.clarke@brightside.example"
NORTHGATE = "Northgate Hotels"


@dataclass
class Xero:
    """Requests to the Accounting API as one person, about one organisation."""

    sandbox: Sandbox
    access_token: str
    tenant_id: str
    grant: dict[str, Any]

    @classmethod
    def connect(
        cls, sandbox: Sandbox, *, email: str = EMMA, slug: str = "brightside", **more: Any
    ) -> "Xero":
        """Make a grant without the pages."""
        body = {"email": email, "slugs": [slug]} | more
        grant = sandbox.control("POST", "xero/connect", body)
        return cls(sandbox, grant["access_token"], tenant_of(slug), grant)

    def send(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None,
        params: dict[str, str] | None = None, data: bytes | str | None = None,
    ) -> requests.Response:  # fmt: skip
        """Make a request and return the response; a header given as "" is left out."""
        sent = {
            "Authorization": f"Bearer {self.access_token}",
            "Xero-Tenant-Id": self.tenant_id,
            "Accept": "application/json",
            "Content-Type": "application/json",
        } | (headers or {})
        return requests.request(
            method,
            f"{self.sandbox.xero}/api.xro/2.0/{path}",
            headers={k: v for k, v in sent.items() if v},
            params=params,
            data=data if data is not None else json.dumps(body) if body is not None else None,
            timeout=30,
        )

    def get(self, path: str, **params: str) -> Any:
        """Return the parsed answer of a read that must succeed."""
        answer = self.send("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return parse(answer)

    def contact_id(self, name: str = NORTHGATE) -> str:
        """Return the id of a contact by name."""
        found = self.get("Contacts", where=f'Name=="{name}"')["Contacts"]
        assert len(found) == 1
        return str(found[0]["ContactID"])

    def element(self, **more: Any) -> dict[str, Any]:
        """Return an invoice element that can be created as it is."""
        line = {
            "Description": "Desks", "Quantity": 2, "UnitAmount": "10.50", "AccountCode": "200",
            "TaxType": "OUTPUT2",
        }  # fmt: skip
        return {
            "Type": "ACCREC",
            "Contact": {"ContactID": self.contact_id()},
            "Date": "2026-11-20",
            "DueDate": "2026-12-20",
            "LineItems": [line],
        } | more

    def create(self, **more: Any) -> dict[str, Any]:
        """Create an invoice and return it."""
        answer = self.send("PUT", "Invoices", {"Invoices": [self.element(**more)]})
        assert answer.status_code == 200, answer.text
        created: dict[str, Any] = parse(answer)["Invoices"][0]
        return created

    def act(self, invoice: dict[str, Any], action: str, **given: Any) -> dict[str, Any]:
        """Do what somebody does in Xero itself."""
        path = f"xero/{self.tenant_id}/invoices/{invoice['InvoiceID']}/{action}"
        done: dict[str, Any] = self.sandbox.control("POST", path, given)
        return done

    def read(self, invoice: dict[str, Any]) -> dict[str, Any]:
        """Return the invoice as it is now."""
        found: dict[str, Any] = self.get(f"Invoices/{invoice['InvoiceID']}")["Invoices"][0]
        return found


def tenant_of(slug: str) -> str:
    """Return the tenant id of a seeded organisation."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"sandbox-xero/{slug}"))


def parse(answer: requests.Response) -> Any:
    """Return the JSON of an answer with exact numbers."""
    return json.loads(answer.text, parse_float=Decimal)


def messages_of(answer: requests.Response) -> list[str]:
    """Return the validation messages of a refusal."""
    assert answer.status_code == 400, answer.text
    body = answer.json()
    assert body["ErrorNumber"] == 10
    assert body["Type"] == "ValidationException"
    return [e["Message"] for element in body["Elements"] for e in element["ValidationErrors"]]
