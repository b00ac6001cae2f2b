"""Fills the pretend Xero with invented organisations, and makes bulk rows for tests."""

import uuid
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sandbox.core import clock
from sandbox.xero import (
    contacts,
    dates,
    invoices,
    lines,
    money,
    render,
    seed_data,
    seed_history,
    settlements,
)
from sandbox.xero.models import (
    Contact,
    Entry,
    Membership,
    Organisation,
    Person,
)

ACTOR = invoices.Actor("Xero owner")
_CLASS_FLAGS = ("Assets", "Equity", "Expenses", "Liabilities", "Revenue")


def seed() -> None:
    """Make organisations, people, contacts, lists and older invoices; call in a transaction."""
    now = clock.now()
    start = datetime.combine(now.date(), time(9), tzinfo=UTC) - timedelta(days=90)
    for slug, facts in seed_data.ORGANISATIONS.items():
        organisation = _make_organisation(slug, facts, start)
        _make_lists(slug, facts, organisation, start)
        made = _make_contacts(slug, organisation, start)
        _make_invoices(
            slug, organisation, made, seed_history.list_old(slug, made) + seed_data.INVOICES, now
        )
        _retire_contacts(slug, made, start + timedelta(days=89))
    _make_people(start)


def _make_organisation(slug: str, facts: dict[str, Any], start: datetime) -> Organisation:
    return Organisation.objects.create(
        tenant_id=_guid(slug),
        slug=slug,
        name=facts["name"],
        short_code=facts["short_code"],
        base_currency=facts["base_currency"],
        emails_left=facts.get("emails_left", 1000),
        facts=facts["facts"] | {"CreatedDateUTC": dates.write_ms(dates.to_ms(start))},
        last_change_ms=dates.to_ms(start),
    )


def _make_people(start: datetime) -> None:
    for first, last, email, roles in seed_data.PEOPLE:
        person = Person.objects.create(
            user_id=_guid(f"user/{email}"), email=email, first_name=first, last_name=last
        )
        for slug, role in roles.items():
            Membership.objects.create(
                organisation=Organisation.objects.get(slug=slug),
                person=person,
                role=role,
                is_subscriber=role == "STANDARD",
                updated_ms=dates.to_ms(start),
            )


def _make_lists(
    slug: str, facts: dict[str, Any], organisation: Organisation, start: datetime
) -> None:
    updated_ms = dates.to_ms(start)
    lists = {
        "Accounts": [_account(slug, facts, *row) for row in seed_data.ACCOUNTS],
        "TaxRates": [_tax_rate(slug, *row) for row in seed_data.TAX_RATES[slug]],
        "BrandingThemes": [
            {
                "BrandingThemeID": _guid(f"{slug}/theme/{name}"),
                "Name": name,
                "Type": "INVOICE",
                "SortOrder": position,
                "CreatedDateUTC": dates.write_ms(updated_ms),
            }
            for position, name in enumerate(seed_data.BRANDING_THEMES[slug], start=1)
        ],
        "Currencies": [
            {"Code": code, "Description": seed_data.CURRENCY_NAMES[code]}
            for code in facts["currencies"]
        ],
        "DayRates": [_day_rate(code, facts["base_currency"]) for code in facts["currencies"]],
        "Items": [_item(slug, facts, *row, updated_ms) for row in seed_data.ITEMS[slug]],
    }
    Entry.objects.bulk_create(
        Entry(
            organisation=organisation,
            resource=resource,
            entry_id=body.get("ItemID") or body.get("AccountID") or "",
            code=body.get("Code") or body.get("TaxType") or body["Name"],
            body=body,
            updated_ms=updated_ms,
            position=position,
        )
        for resource, bodies in lists.items()
        for position, body in enumerate(bodies)
    )


def _account(
    slug: str, facts: dict[str, Any], code: str, name: str, kind: str, account_class: str,
    tax: str, system: str, status: str,
) -> dict[str, Any]:  # fmt: skip
    taxes = {"sales": facts["sales_tax"], "expense": facts["expense_tax"]}
    body: dict[str, Any] = {
        "AccountID": _guid(f"{slug}/account/{code}"),
        "Code": code,
        "Name": seed_data.TURKISH_ACCOUNT_NAMES[code] if slug == "anadolu" else name,
        "Status": status,
        "Type": kind,
        "TaxType": taxes.get(tax, tax),
        "Class": account_class,
        "EnablePaymentsToAccount": False,
        "ShowInExpenseClaims": False,
        "AddToWatchlist": code == "200",
        "ReportingCode": account_class[:3],
        "HasAttachments": False,
    }
    if system:
        body["SystemAccount"] = system
    if kind == "BANK":
        body |= {
            "BankAccountNumber": "12345678",
            "BankAccountType": "BANK",
            "CurrencyCode": facts["base_currency"],
        }
    return body


def _tax_rate(
    slug: str, name: str, tax_type: str, rate: Decimal, status: str, is_for_sales: bool
) -> dict[str, Any]:
    components = seed_data.TAX_PARTS.get(
        (slug, tax_type), [(seed_data.TAX_NAMES[slug], rate, False)]
    )
    is_for_all = tax_type == "NONE"
    body: dict[str, Any] = {
        "Name": name,
        "TaxType": tax_type,
        "ReportTaxType": "NONE" if is_for_all else "OUTPUT" if is_for_sales else "INPUT",
        "Status": status,
        "DisplayTaxRate": rate,
        "EffectiveRate": rate,
        "TaxComponents": [
            {"Name": part, "Rate": part_rate, "IsCompound": compound, "IsNonRecoverable": False}
            for part, part_rate, compound in components
        ],
    }
    for flag in _CLASS_FLAGS:
        wants_sales = flag in ("Revenue", "Equity", "Liabilities", "Assets")
        body[f"CanApplyTo{flag}"] = is_for_all or is_for_sales == wants_sales
    return body


def _item(
    slug: str, facts: dict[str, Any], code: str, name: str, description: str, price: Decimal,
    account: str, is_sold: bool, updated_ms: int,
) -> dict[str, Any]:  # fmt: skip
    body: dict[str, Any] = {
        "ItemID": _guid(f"{slug}/item/{code}"),
        "Code": code,
        "Name": name,
        "Description": description,
        "UpdatedDateUTC": dates.write_ms(updated_ms),
        "PurchaseDetails": {},
        "SalesDetails": {},
        "IsTrackedAsInventory": False,
        "IsSold": is_sold,
        "IsPurchased": not is_sold,
    }
    if is_sold:
        tax_type = facts["sales_tax"]
        body["SalesDetails"] = {"UnitPrice": price, "AccountCode": account, "TaxType": tax_type}
    return body


def _day_rate(code: str, base: str) -> dict[str, Any]:
    rate = seed_data.DOLLAR_RATES[code] / seed_data.DOLLAR_RATES[base]
    return {"Code": code, "Rate": money.to_places(rate, 6)}


def _make_contacts(slug: str, organisation: Organisation, start: datetime) -> list[Contact]:
    made = []
    for position, row in enumerate(seed_data.CONTACTS[slug]):
        name, email, tax_number, address, number, first, last = row
        contact = Contact(
            contact_id=_guid(f"{slug}/contact/{name}"),
            organisation=organisation,
            name=name,
            email=email,
            tax_number=tax_number,
            contact_number=number,
            first_name=first,
            last_name=last,
            details=_address(address) if address else {},
            updated_ms=dates.to_ms(start) + position,
        )
        contact.search_text = contacts.search_text_of(contact)
        made.append(contact)
    Contact.objects.bulk_create(made)
    Organisation.objects.filter(pk=organisation.pk).update(
        last_change_ms=dates.to_ms(start) + len(made)
    )
    return made


def _address(parts: tuple[str, str, str, str]) -> dict[str, Any]:
    line, city, postcode, country = parts
    address = {"AddressLine1": line, "City": city, "PostalCode": postcode, "Country": country}
    return {"Addresses": [{"AddressType": kind} | address for kind in render.ADDRESS_TYPES]}


def _make_invoices(
    slug: str,
    organisation: Organisation,
    made: list[Contact],
    wanted_invoices: list[tuple[Any, ...]],
    now: datetime,
) -> None:
    books = lines.Books(organisation)
    items = seed_data.ITEMS[slug]
    for contact_at, days_ago, until_due, status, wanted, paid, currency in wanted_invoices:
        instant = datetime.combine(now.date(), time(10), tzinfo=UTC) - timedelta(days=days_ago)
        day = instant.date()
        has_currency = currency and currency in seed_data.ORGANISATIONS[slug]["currencies"]
        element = {
            "Type": "ACCREC",
            "Contact": {"ContactID": made[contact_at].contact_id},
            "Date": day.isoformat(),
            "DueDate": (day + timedelta(days=until_due)).isoformat(),
            "Status": status if status in ("DRAFT", "SUBMITTED") else "AUTHORISED",
            "Reference": f"PO-{1000 + days_ago}",
            "LineItems": [{"ItemCode": items[at][0], "Quantity": n} for at, n in wanted],
        }
        if status == "DELETED":
            element["Status"] = "DRAFT"
        if has_currency:
            element["CurrencyCode"] = currency
        invoice = invoices.create(
            organisation, element, actor=ACTOR, places=4, books=books, now=instant
        )
        later = instant + timedelta(days=1)
        if status in ("VOIDED", "DELETED"):
            invoices.end(invoice, status, actor=ACTOR, now=later)
        if paid:
            part = money.to_places(invoice.total * paid / 100, 2)
            settlements.pay(invoice, part, actor=ACTOR, now=later)


def _retire_contacts(slug: str, made: list[Contact], now: datetime) -> None:
    by_name = {contact.name: contact for contact in made}
    contacts.set_status(by_name[seed_data.ARCHIVED[slug]], "ARCHIVED", now=now)
    gone, into = seed_data.MERGED[slug]
    contacts.merge(by_name[gone], by_name[into], now=now)


def _guid(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"sandbox-xero/{name}"))
