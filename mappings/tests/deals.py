"""Deals and lists for planning tests: valid values, of which a test names what matters to it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from connections.pipedrive.types import (
    Address,
    ContactDetail,
    Deal,
    DealDiscount,
    DealProduct,
    Organization,
    Person,
)
from mappings import customer, planning, sources
from mappings.types import Account, BrandingTheme, Currency, Item, Lists, Preferences, TaxRate

D = Decimal
TODAY = date(2026, 3, 13)
NOON = datetime(2026, 3, 13, 12, tzinfo=UTC)
DESK = UUID("00000000-0000-4000-8000-000000000001")
CHAIR = UUID("00000000-0000-4000-8000-000000000002")
THEME = UUID("00000000-0000-4000-8000-0000000000a1")
OTHER_THEME = UUID("00000000-0000-4000-8000-0000000000a2")

LISTS = Lists(
    items={
        DESK: Item(DESK, "DESK-OAK", "Oak desk", "Solid oak", D("1450"), "200", "OUTPUT2"),
        CHAIR: Item(CHAIR, "CHAIR-ERG", "Ergonomic chair", "", D("289.5"), "", ""),
    },
    accounts=(Account("200", "Sales", "OUTPUT2"), Account("260", "Other revenue", "OUTPUT2")),
    tax_rates=(
        TaxRate("OUTPUT2", "20% (VAT on Income)", D(20)),
        TaxRate("RROUTPUT", "5% (VAT on Income)", D(5)),
        TaxRate("ZERORATEDOUTPUT", "Zero Rated Income", D(0)),
        TaxRate("NONE", "No VAT", D(0)),
    ),
    branding_themes=(BrandingTheme(THEME, "Standard"), BrandingTheme(OTHER_THEME, "Festive")),
    currencies=(Currency("EUR", "Euro"), Currency("GBP", "British Pound")),
)
PREFERENCES = Preferences(account_code="260", tax_type="OUTPUT2")


def deal(**given: Any) -> Deal:
    return Deal(
        **{
            "id": 1,
            "title": "Reception refit",
            "status": "won",
            "value": None,
            "currency": "GBP",
            "owner_id": 102,
            "person_id": 1,
            "org_id": 1,
            "stage_id": 1,
            "pipeline_id": 1,
            "is_archived": False,
            "is_deleted": False,
            "add_time": NOON,
            "update_time": NOON,
            "won_time": NOON,
            "expected_close_date": None,
            **given,
        }
    )


def organization(**given: Any) -> Organization:
    return Organization(
        **{
            "id": 1,
            "name": "Harbour Dental Ltd",
            "owner_id": 102,
            "address": Address(value="14 Quayside, Bristol"),
            "website": "",
            "is_deleted": False,
            "update_time": NOON,
            **given,
        }
    )


def person(*emails: ContactDetail, **given: Any) -> Person:
    return Person(
        **{
            "id": 1,
            "name": "Lucy Bennett",
            "first_name": "Lucy",
            "last_name": "Bennett",
            "org_id": 1,
            "owner_id": 102,
            "emails": emails or (ContactDetail("lucy@harbour.example", "work", True),),
            "phones": (),
            "postal_address": None,
            "is_deleted": False,
            "update_time": NOON,
            **given,
        }
    )


def line(price: str | None = "100", quantity: str | None = "1", **given: Any) -> DealProduct:
    return DealProduct(
        **{
            "id": 1,
            "deal_id": 1,
            "product_id": 7,
            "product_variation_id": None,
            "name": "Oak desk",
            "order_nr": 1,
            "quantity": None if quantity is None else D(quantity),
            "item_price": None if price is None else D(price),
            "currency": "GBP",
            "discount": D(0),
            "discount_type": "percentage",
            "tax": D(20),
            "tax_method": "exclusive",
            "line_sum": None,
            "comments": "",
            "is_enabled": True,
            "billing_frequency": "one-time",
            "billing_frequency_cycles": None,
            "billing_start_date": None,
            **given,
        }
    )


def discount(amount: str, kind: str = "percentage", description: str = "Loyal") -> DealDiscount:
    return DealDiscount(id="d", description=description, amount=D(amount), type=kind)


def plan(*lines: DealProduct, **given: Any) -> planning.InvoicePlan:
    """Plan a deal of these lines; product 7 is the desk, product 8 the chair."""
    records = sources.Records(
        deal=given.pop("deal", deal()),
        organization=given.pop("organization", organization()),
        person=given.pop("person", person()),
        fields=given.pop("fields", {}),
    )
    return planning.plan_invoice(
        records,
        **{
            "lines": lines,
            "discounts": (),
            "preferences": PREFERENCES,
            "mappings": customer.DEFAULT_SOURCES,
            "links": {(7, 0): DESK, (8, 0): CHAIR},
            "lists": LISTS,
            "today": TODAY,
            **given,
        },
    )
