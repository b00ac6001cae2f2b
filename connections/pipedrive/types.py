"""
What Pipedrive tells us, as frozen values (pipedrive-api §1.6, §3).

Money and quantities are Decimal; a missing number is None, never 0. Instants are aware UTC.
``custom_fields`` is kept raw: its keys differ in every company, its values have the shapes of §3.7.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Generic, Literal, TypeVar

Entity = Literal["deal", "person", "organization", "product"]
CustomFields = Mapping[str, object]
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a list; ask on with ``next_cursor`` until it is None."""

    rows: tuple[Row, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Me:
    """The user whose grant is used, and the company it belongs to."""

    id: int
    name: str
    email: str
    is_admin: bool
    language: str
    timezone_name: str
    company_id: int
    company_name: str
    company_domain: str
    company_country: str
    default_currency: str


@dataclass(frozen=True, slots=True)
class User:
    """Somebody of the company."""

    id: int
    name: str
    email: str
    is_admin: bool
    is_active: bool


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal; a person or organization id may point at something this user cannot see."""

    id: int
    title: str
    status: str
    value: Decimal | None
    currency: str
    owner_id: int | None
    person_id: int | None
    org_id: int | None
    stage_id: int | None
    pipeline_id: int | None
    is_archived: bool
    is_deleted: bool
    add_time: datetime | None
    update_time: datetime | None
    won_time: datetime | None
    expected_close_date: date | None
    custom_fields: CustomFields = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FoundDeal:
    """A deal as a search gives it: names beside ids, no custom fields."""

    id: int
    title: str
    status: str
    value: Decimal | None
    currency: str
    owner_id: int | None
    person_id: int | None
    person_name: str
    org_id: int | None
    org_name: str
    is_archived: bool


@dataclass(frozen=True, slots=True)
class DealProduct:
    """
    One line of a deal. ``id`` is the line's own, not the product's; ``tax`` is in percent;
    ``discount`` is percent or money by ``discount_type`` ("percentage" or "amount").
    """

    id: int
    deal_id: int
    product_id: int | None
    product_variation_id: int | None
    name: str
    order_nr: int
    quantity: Decimal | None
    item_price: Decimal | None
    currency: str
    discount: Decimal
    discount_type: str
    tax: Decimal
    tax_method: str
    line_sum: Decimal | None
    comments: str
    is_enabled: bool
    billing_frequency: str
    billing_frequency_cycles: int | None
    billing_start_date: date | None


@dataclass(frozen=True, slots=True)
class DealDiscount:
    """A discount on the whole deal: percent or money by ``type``."""

    id: str
    description: str
    amount: Decimal
    type: str


@dataclass(frozen=True, slots=True)
class Address:
    """An address in Pipedrive's parts; often only ``value``, typed by hand, is there."""

    value: str = ""
    street_number: str = ""
    route: str = ""
    subpremise: str = ""
    sublocality: str = ""
    locality: str = ""
    admin_area_level_1: str = ""
    admin_area_level_2: str = ""
    postal_code: str = ""
    country: str = ""
    formatted_address: str = ""


@dataclass(frozen=True, slots=True)
class Organization:
    """A company that a deal is with."""

    id: int
    name: str
    owner_id: int | None
    address: Address | None
    website: str
    is_deleted: bool
    update_time: datetime | None
    custom_fields: CustomFields = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ContactDetail:
    """An e-mail address or phone number of a person."""

    value: str
    label: str
    is_primary: bool


@dataclass(frozen=True, slots=True)
class Person:
    """A person that a deal is with."""

    id: int
    name: str
    first_name: str
    last_name: str
    org_id: int | None
    owner_id: int | None
    emails: tuple[ContactDetail, ...]
    phones: tuple[ContactDetail, ...]
    postal_address: Address | None
    is_deleted: bool
    update_time: datetime | None
    custom_fields: CustomFields = field(default_factory=dict)

    @property
    def primary_email(self) -> str:
        """The address marked primary, else the first one that is filled in, else ""."""
        filled = [email for email in self.emails if email.value.strip()]
        chosen = next((email for email in filled if email.is_primary), None)
        if chosen is None and filled:
            chosen = filled[0]
        return chosen.value.strip() if chosen else ""


@dataclass(frozen=True, slots=True)
class ProductPrice:
    """A product's price in one currency."""

    currency: str
    price: Decimal | None


@dataclass(frozen=True, slots=True)
class Product:
    """An entry of the catalogue; ``tax`` is in percent."""

    id: int
    name: str
    code: str
    description: str
    unit: str
    tax: Decimal | None
    prices: tuple[ProductPrice, ...]
    is_deleted: bool
    update_time: datetime | None
    custom_fields: CustomFields = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldOption:
    """A choice of an enum or set field; ids are numbers for custom fields, may be text else."""

    id: int | str
    label: str


@dataclass(frozen=True, slots=True)
class Subfield:
    """A part of a field of several parts, such as an address's city."""

    code: str
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an entity; ``code`` is a name for built-in ones, 40 hex digits for custom ones."""

    code: str
    name: str
    type: str
    is_custom: bool
    options: tuple[FieldOption, ...]
    subfields: tuple[Subfield, ...]


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency of the company; a custom one means nothing to Xero."""

    code: str
    name: str
    decimal_points: int
    is_active: bool
    is_custom: bool


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook that Pipedrive holds; ``event_object`` is the kind of record it tells of."""

    id: int
    event_object: str
    event_action: str
    subscription_url: str
    version: str
    is_active: bool
