"""The dialog's first contents: what Pipedrive takes of a deal into a new invoice."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.core import clock
from sandbox.invoicing import calling
from sandbox.pipedrive import contacts
from sandbox.pipedrive.models import Deal, DealProduct, User
from sandbox.pipedrive.wire import number

MODES = {"inclusive": "Inclusive", "exclusive": "Exclusive", "none": "NoTax"}
LISTS = ("getCurrencies", "getTaxRates", "getAccounts", "getTemplates")
Choices = list[tuple[str, str]]


@dataclass(frozen=True)
class Lists:
    """What may be chosen, as the app's list endpoints have it."""

    account: dict[str, Any]
    currencies: Choices
    tax_rates: list[dict[str, Any]]
    accounts: Choices
    templates: Choices

    @property
    def features(self) -> dict[str, Any]:
        """The LinkFeatures of the account."""
        return self.account.get("features") or {}


def read_lists(caller: calling.Caller) -> Lists:
    """
    Ask for everything that the dialog offers.

    :raises calling.Failed: the app refused one of them
    """
    account, currencies, rates, accounts, templates = caller.ask_all("getProviderAccount", *LISTS)
    return Lists(
        account or {},
        _choices(currencies),
        rates or [],
        _choices(accounts),
        _choices(templates),
    )


def fill_in(deal: Deal, visitor: User, lists: Lists) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return what the head of the dialog and its lines hold before anybody types."""
    organization = contacts.organizations(visitor).filter(deal=deal).first()
    person = contacts.persons(visitor).filter(deal=deal).first()
    emails = [entry["value"] for entry in person.emails if entry["primary"]] if person else []
    address = organization.address if organization else None
    lines = [line for line in deal.lines.all() if line.is_enabled]
    known = dict(lists.currencies)
    head = {
        "contactName": (organization or person).name if organization or person else "",  # type: ignore[union-attr]
        "address": address["value"] if address else "",
        "email": emails[0] if emails else "",
        "taxModeId": MODES[lines[0].tax_method] if lines else "Exclusive",
        "currencyId": deal.currency if deal.currency in known else "",
        "templateId": lists.templates[0][0] if lists.templates else "",
        "issueDate": clock.today(),
    }
    return head, [_line(line, lists) for line in lines] or [{}]


def line_of_product(product: dict[str, Any]) -> dict[str, Any]:
    """Return a line for a product that was searched in the accounting."""
    return {
        "productId": product.get("id") or "",
        "productCode": product.get("code") or "",
        "description": product.get("description") or product.get("name") or "",
        "quantity": 1,
        "unitPrice": product.get("unitPrice"),
        "taxRateId": product.get("taxRateId") or "",
        "accountId": product.get("accountId") or "",
    }


def head_of_contact(contact: dict[str, Any]) -> dict[str, str]:
    """Return the dialog's head for a contact that was searched in the accounting."""
    places = (contact.get(name) for name in ("address", "postalCode", "city", "country"))
    return {
        "contactId": contact.get("id") or "",
        "contactName": contact.get("displayName") or "",
        "address": "\n".join(place for place in places if place),
        "email": contact.get("email") or "",
        "taxNumber": contact.get("taxId") or "",
    }


def _line(line: DealProduct, lists: Lists) -> dict[str, Any]:
    text = f"{line.name}\n{line.comments}".strip()
    gross = line.quantity * line.item_price
    discount = line.discount
    if line.discount_type == "amount":
        discount = (line.discount / gross * 100).quantize(Decimal("0.01")) if gross else Decimal(0)
    rate = next(
        (each["id"] for each in lists.tax_rates if Decimal(str(each.get("rate", -1))) == line.tax),
        "",
    )
    return {
        "description": text,
        "quantity": number(line.quantity),
        "unitPrice": number(line.item_price),
        "discountRate": number(discount) or None,
        "taxRateId": rate,
        "accountId": lists.accounts[0][0] if lists.accounts else "",
    }


def _choices(rows: Any) -> Choices:
    return [(str(row["id"]), str(row["name"])) for row in rows or []]
