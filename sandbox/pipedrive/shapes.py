"""Rows as API v2 writes them (fact sheet §3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.pipedrive import validation
from sandbox.pipedrive.custom_fields import Written
from sandbox.pipedrive.models import (
    Deal,
    DealDiscount,
    DealInstallment,
    DealProduct,
    Field,
    Organization,
    Person,
    Product,
    ProductVariation,
)
from sandbox.pipedrive.wire import day, instant, number

SUBFIELDS: dict[str, list[tuple[str, str, str]]] = {
    "address": [
        ("value", "Address value", "varchar"),
        ("street_number", "House number", "varchar"),
        ("route", "Street/road name", "varchar"),
        ("subpremise", "Apartment/suite", "varchar"),
        ("sublocality", "District", "varchar"),
        ("locality", "City/town/village/locality", "varchar"),
        ("admin_area_level_1", "State/county", "varchar"),
        ("admin_area_level_2", "Region", "varchar"),
        ("country", "Country", "varchar"),
        ("postal_code", "ZIP/Postal code", "varchar"),
        ("formatted_address", "Full/combined address", "varchar"),
    ],
    "monetary": [("value", "Amount", "double"), ("currency", "Currency", "varchar")],
    "daterange": [("value", "Start date", "date"), ("until", "End date", "date")],
    "time": [
        ("value", "Time", "time"),
        ("timezone_id", "Timezone ID", "int"),
        ("timezone_name", "Timezone name", "varchar"),
    ],
    "timerange": [
        ("value", "Start time", "time"),
        ("until", "End time", "time"),
        ("timezone_id", "Timezone ID", "int"),
        ("timezone_name", "Timezone name", "varchar"),
    ],
}


def deal(row: Deal, custom: Written) -> dict[str, Any]:
    """A deal; needs company, person and organization selected with it."""
    return {
        "id": row.number,
        "title": row.title,
        "creator_user_id": row.creator_id,
        "owner_id": row.owner_id,
        "value": number(row.value),
        "currency": row.currency,
        "person_id": row.person.number if row.person else None,
        "org_id": row.organization.number if row.organization else None,
        "stage_id": row.stage_id,
        "pipeline_id": row.pipeline_id,
        "status": row.status,
        "probability": number(row.probability),
        "lost_reason": row.lost_reason,
        "visible_to": row.visible_to,
        "is_deleted": row.is_deleted,
        "is_archived": row.is_archived,
        "archive_time": instant(row.archive_time),
        "add_time": instant(row.add_time),
        "update_time": instant(row.update_time),
        "stage_change_time": instant(row.stage_change_time),
        "close_time": instant(row.close_time),
        "won_time": instant(row.won_time),
        "lost_time": instant(row.lost_time),
        "local_won_date": _local_date(row.won_time, row),
        "local_lost_date": _local_date(row.lost_time, row),
        "local_close_date": _local_date(row.close_time, row),
        "expected_close_date": day(row.expected_close_date),
        "label_ids": row.label_ids,
        "origin": "ManuallyCreated",
        "origin_id": None,
        "channel": None,
        "channel_id": None,
        "source_lead_id": None,
        "acv": None,
        "arr": None,
        "mrr": None,
        "custom_fields": custom.of(row),
    }


def _local_date(value: datetime | None, row: Deal) -> str | None:
    return day(value.astimezone(ZoneInfo(row.company.time_zone)).date()) if value else None


def deal_product(row: DealProduct, total: Any) -> dict[str, Any]:
    """A line of a deal; needs its deal selected with it. `total` is the line's sum."""
    return {
        "id": row.number,
        "sum": number(total),
        "tax": number(row.tax),
        "deal_id": row.deal.number,
        "name": row.name,
        "product_id": row.product_number,
        "product_variation_id": row.variation_number,
        "order_nr": row.order_nr,
        "add_time": instant(row.add_time),
        "update_time": instant(row.update_time),
        "comments": row.comments,
        "currency": row.deal.currency,
        "discount": number(row.discount),
        "discount_type": row.discount_type,
        "quantity": number(row.quantity),
        "item_price": number(row.item_price),
        "tax_method": row.tax_method,
        "is_enabled": row.is_enabled,
        "billing_frequency": row.billing_frequency,
        "billing_frequency_cycles": row.billing_frequency_cycles,
        "billing_start_date": day(row.billing_start_date),
    }


def discount(row: DealDiscount) -> dict[str, Any]:
    """A discount on a whole deal; needs its deal selected with it."""
    return {
        "id": str(row.pk),
        "description": row.description,
        "amount": number(row.amount),
        "type": row.kind,
        "deal_id": row.deal.number,
        "created_at": instant(row.created_at),
        "created_by": row.created_by_id,
        "updated_at": instant(row.created_at),
        "updated_by": row.created_by_id,
    }


def installment(row: DealInstallment) -> dict[str, Any]:
    """An installment; needs its deal selected with it."""
    return {
        "id": row.number,
        "description": row.description,
        "amount": number(row.amount),
        "billing_date": day(row.billing_date),
        "deal_id": row.deal.number,
    }


def organization(row: Organization, custom: Written) -> dict[str, Any]:
    """An organization; its address is null or has all parts, most of them perhaps null."""
    parts = row.address
    return {
        "id": row.number,
        "name": row.name,
        "owner_id": row.owner_id,
        "add_time": instant(row.add_time),
        "update_time": instant(row.update_time),
        "is_deleted": row.is_deleted,
        "visible_to": row.visible_to,
        "address": parts and {name: parts.get(name) for name in validation.ADDRESS_PARTS},
        "label_ids": [],
        "website": row.website,
        "linkedin": None,
        "industry": None,
        "annual_revenue": None,
        "employee_count": None,
        "custom_fields": custom.of(row),
    }


def person(row: Person, custom: Written) -> dict[str, Any]:
    """A person; needs its organization selected with it."""
    return {
        "id": row.number,
        "name": row.name,
        "first_name": row.first_name,
        "last_name": row.last_name,
        "owner_id": row.owner_id,
        "org_id": row.organization.number if row.organization else None,
        "add_time": instant(row.add_time),
        "update_time": instant(row.update_time),
        "emails": row.emails,
        "phones": row.phones,
        "is_deleted": row.is_deleted,
        "visible_to": row.visible_to,
        "label_ids": [],
        "picture_id": None,
        "custom_fields": custom.of(row),
    }


def product(row: Product, custom: Written) -> dict[str, Any]:
    """A product of the catalogue."""
    return {
        "id": row.number,
        "name": row.name,
        "code": row.code,
        "description": row.description,
        "unit": row.unit,
        "tax": number(row.tax),
        "category": row.category,
        "is_linkable": True,
        "is_deleted": row.is_deleted,
        "visible_to": row.visible_to,
        "owner_id": row.owner_id,
        "add_time": instant(row.add_time),
        "update_time": instant(row.update_time),
        "billing_frequency": row.billing_frequency,
        "billing_frequency_cycles": row.billing_frequency_cycles,
        "prices": [{"product_id": row.number} | price for price in row.prices],
        "custom_fields": custom.of(row),
    }


def variation(row: ProductVariation) -> dict[str, Any]:
    """A variant of a product; needs its product selected with it."""
    return {
        "id": row.number,
        "name": row.name,
        "product_id": row.product.number,
        "prices": [{"product_variation_id": row.number} | price for price in row.prices],
    }


def field(row: Field, include: Iterable[str] = ()) -> dict[str, Any]:
    """A field definition."""
    parts = SUBFIELDS.get(row.field_type)
    subfields = None
    if parts:
        subfields = [
            {"field_code": code, "field_name": f"{label} of {row.name}", "field_type": kind}
            for code, label, kind in parts
        ]
    extras = {
        "ui_visibility": {"add_visible_flag": True, "details_visible_flag": True},
        "important_fields": {"enabled": False, "stage_ids": []},
        "required_fields": {"enabled": False, "stage_ids": [], "statuses": {}},
    }
    return {
        "field_name": row.name,
        "field_code": row.code,
        "description": row.description,
        "field_type": row.field_type,
        "options": row.options,
        "subfields": subfields,
        "is_custom_field": row.is_custom,
        "is_optional_response_field": False,
    } | {name: extras[name] for name in include}
