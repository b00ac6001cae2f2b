"""
Pipedrive's JSON into our values (pipedrive-api §1.6, §3).

Absent and null mean the same. What an answer cannot do without (an id) raises ``KeyError`` or
``ValueError``, which ``client`` turns into ``UnexpectedAnswer``.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from connections.pipedrive import types

Json = dict[str, Any]

_ZERO = Decimal(0)
_ADMIN_OF = ("global", "account_settings")


def read_text(row: Json, name: str) -> str:
    """Return a text that may be absent."""
    value = row.get(name)
    return value if isinstance(value, str) else ""


def read_decimal(row: Json, name: str) -> Decimal | None:
    """Return a JSON number exactly; absent stays None."""
    value = row.get(name)
    return None if value is None else Decimal(value)


def read_instant(row: Json, name: str) -> datetime | None:
    """Return an RFC 3339 instant in UTC."""
    value = row.get(name)
    if not value:
        return None
    instant = datetime.fromisoformat(value)
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def read_date(row: Json, name: str) -> date | None:
    """Return a calendar day."""
    value = row.get(name)
    return date.fromisoformat(value[:10]) if value else None


def me(row: Json) -> types.Me:
    """Return the user whose grant is used."""
    return types.Me(
        id=row["id"],
        name=read_text(row, "name"),
        email=read_text(row, "email"),
        is_admin=_is_admin(row),
        language=read_text(row.get("language") or {}, "language_code"),
        timezone_name=read_text(row, "timezone_name"),
        company_id=row["company_id"],
        company_name=read_text(row, "company_name"),
        company_domain=read_text(row, "company_domain"),
        company_country=read_text(row, "company_country"),
        default_currency=read_text(row, "default_currency"),
    )


def user(row: Json) -> types.User:
    """Return somebody of the company."""
    return types.User(
        id=row["id"],
        name=read_text(row, "name"),
        email=read_text(row, "email"),
        is_admin=_is_admin(row),
        is_active=row.get("active_flag") is True,
    )


def _is_admin(row: Json) -> bool:
    return any(
        each.get("app") in _ADMIN_OF and each.get("admin") is True
        for each in row.get("access") or ()
    )


def deal(row: Json) -> types.Deal:
    """Return a deal."""
    return types.Deal(
        id=row["id"],
        title=read_text(row, "title"),
        status=read_text(row, "status"),
        value=read_decimal(row, "value"),
        currency=read_text(row, "currency"),
        owner_id=row.get("owner_id"),
        person_id=row.get("person_id"),
        org_id=row.get("org_id"),
        stage_id=row.get("stage_id"),
        pipeline_id=row.get("pipeline_id"),
        is_archived=row.get("is_archived") is True,
        is_deleted=row.get("is_deleted") is True,
        add_time=read_instant(row, "add_time"),
        update_time=read_instant(row, "update_time"),
        won_time=read_instant(row, "won_time"),
        expected_close_date=read_date(row, "expected_close_date"),
        custom_fields=row.get("custom_fields") or {},
    )


def webhook(row: Json) -> types.Webhook:
    """Return a webhook. Its password is not read: we know it, and nobody else should."""
    return types.Webhook(
        id=row["id"],
        event_object=read_text(row, "event_object"),
        event_action=read_text(row, "event_action"),
        subscription_url=read_text(row, "subscription_url"),
        version=read_text(row, "version"),
        is_active=bool(row.get("is_active")),
    )


def found_deal(row: Json) -> types.FoundDeal:
    """Return a deal as a search gives it."""
    item = row["item"]
    person = item.get("person") or {}
    organization = item.get("organization") or {}
    return types.FoundDeal(
        id=item["id"],
        title=read_text(item, "title"),
        status=read_text(item, "status"),
        value=read_decimal(item, "value"),
        currency=read_text(item, "currency"),
        owner_id=(item.get("owner") or {}).get("id"),
        person_id=person.get("id"),
        person_name=read_text(person, "name"),
        org_id=organization.get("id"),
        org_name=read_text(organization, "name"),
        is_archived=item.get("is_archived") is True,
    )


def deal_product(row: Json) -> types.DealProduct:
    """Return one line of a deal."""
    return types.DealProduct(
        id=row["id"],
        deal_id=row["deal_id"],
        product_id=row.get("product_id"),
        product_variation_id=row.get("product_variation_id"),
        name=read_text(row, "name"),
        order_nr=row.get("order_nr") or 0,
        quantity=read_decimal(row, "quantity"),
        item_price=read_decimal(row, "item_price"),
        currency=read_text(row, "currency"),
        discount=read_decimal(row, "discount") or _ZERO,
        discount_type=row.get("discount_type") or "percentage",
        tax=read_decimal(row, "tax") or _ZERO,
        tax_method=row.get("tax_method") or "none",
        line_sum=read_decimal(row, "sum"),
        comments=read_text(row, "comments"),
        is_enabled=row.get("is_enabled") is not False,
        billing_frequency=row.get("billing_frequency") or "one-time",
        billing_frequency_cycles=row.get("billing_frequency_cycles"),
        billing_start_date=read_date(row, "billing_start_date"),
    )


def deal_discount(row: Json) -> types.DealDiscount:
    """Return a discount on a whole deal."""
    return types.DealDiscount(
        id=str(row["id"]),
        description=read_text(row, "description"),
        amount=Decimal(row["amount"]),
        type=row["type"],
    )


def address(value: Any) -> types.Address | None:
    """Return an address; some places give its text alone."""
    if isinstance(value, str):
        return types.Address(value=value) if value else None
    if not isinstance(value, dict):
        return None
    return types.Address(
        value=read_text(value, "value"),
        street_number=read_text(value, "street_number"),
        route=read_text(value, "route"),
        subpremise=read_text(value, "subpremise"),
        sublocality=read_text(value, "sublocality"),
        locality=read_text(value, "locality"),
        admin_area_level_1=read_text(value, "admin_area_level_1"),
        admin_area_level_2=read_text(value, "admin_area_level_2"),
        postal_code=read_text(value, "postal_code"),
        country=read_text(value, "country"),
        formatted_address=read_text(value, "formatted_address"),
    )


def organization(row: Json) -> types.Organization:
    """Return a company that deals are with."""
    return types.Organization(
        id=row["id"],
        name=read_text(row, "name"),
        owner_id=row.get("owner_id"),
        address=address(row.get("address")),
        website=read_text(row, "website"),
        is_deleted=row.get("is_deleted") is True,
        update_time=read_instant(row, "update_time"),
        custom_fields=row.get("custom_fields") or {},
    )


def person(row: Json) -> types.Person:
    """Return a person that deals are with."""
    return types.Person(
        id=row["id"],
        name=read_text(row, "name"),
        first_name=read_text(row, "first_name"),
        last_name=read_text(row, "last_name"),
        org_id=row.get("org_id"),
        owner_id=row.get("owner_id"),
        emails=_contact_details(row, "emails"),
        phones=_contact_details(row, "phones"),
        postal_address=address(row.get("postal_address")),
        is_deleted=row.get("is_deleted") is True,
        update_time=read_instant(row, "update_time"),
        custom_fields=row.get("custom_fields") or {},
    )


def _contact_details(row: Json, name: str) -> tuple[types.ContactDetail, ...]:
    return tuple(
        types.ContactDetail(
            value=read_text(each, "value"),
            label=read_text(each, "label"),
            is_primary=each.get("primary") is True,
        )
        for each in row.get(name) or ()
    )


def product(row: Json) -> types.Product:
    """Return an entry of the catalogue."""
    return types.Product(
        id=row["id"],
        name=read_text(row, "name"),
        code=read_text(row, "code"),
        description=read_text(row, "description"),
        unit=read_text(row, "unit"),
        tax=read_decimal(row, "tax"),
        prices=tuple(
            types.ProductPrice(
                currency=read_text(each, "currency"), price=read_decimal(each, "price")
            )
            for each in row.get("prices") or ()
        ),
        is_deleted=row.get("is_deleted") is True,
        update_time=read_instant(row, "update_time"),
        custom_fields=row.get("custom_fields") or {},
    )


def field(row: Json) -> types.Field:
    """Return a field of an entity."""
    return types.Field(
        code=row["field_code"],
        name=read_text(row, "field_name"),
        type=row["field_type"],
        is_custom=row.get("is_custom_field") is True,
        options=tuple(
            types.FieldOption(id=each["id"], label=read_text(each, "label"))
            for each in row.get("options") or ()
        ),
        subfields=tuple(
            types.Subfield(
                code=each["field_code"],
                name=read_text(each, "field_name"),
                type=read_text(each, "field_type"),
            )
            for each in row.get("subfields") or ()
        ),
    )


def currency(row: Json) -> types.Currency:
    """Return a currency of the company."""
    return types.Currency(
        code=row["code"],
        name=read_text(row, "name"),
        decimal_points=row.get("decimal_points", 2),
        is_active=row.get("active_flag") is True,
        is_custom=row.get("is_custom_flag") is True,
    )
