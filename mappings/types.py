"""
The values that planning works with, free of Django: what a company chose, what Xero's lists offer.

Rates are in percent; prices in the organisation's or invoice's currency, as each says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, Protocol
from uuid import UUID

Target = Literal["to", "address", "email", "tax_number"]
Entity = Literal["organization", "person", "deal"]
ProductKey = tuple[int, int]  # Pipedrive product id, variation id (0 = none)

NO_ACCOUNT = ""
NO_TAX_TYPE = ""


@dataclass(frozen=True, slots=True)
class FieldSource:
    """Which Pipedrive field fills one customer detail (M-9 to M-12)."""

    target: str
    entity: str
    field_code: str
    subfield: str = ""
    field_name: str = ""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a company decided for its invoices; the suggested values until it has saved any."""

    due_days: int = 7
    tax_mode: str = "Exclusive"
    account_code: str = NO_ACCOUNT
    tax_type: str = NO_TAX_TYPE
    branding_theme_id: UUID | None = None
    can_void_paid: bool = False
    native_can_approve: bool = False
    native_can_void: bool = False
    native_can_email: bool = True
    version: int = 0
    is_saved: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """A Xero item that is sold; `unit_price` is in the organisation's base currency."""

    xero_item_id: UUID
    code: str
    name: str
    description: str
    unit_price: Decimal | None
    account_code: str
    tax_type: str


@dataclass(frozen=True, slots=True)
class Account:
    """An account that a sales line may use."""

    code: str
    name: str
    tax_type: str


@dataclass(frozen=True, slots=True)
class TaxRate:
    """A tax rate that a sales line may use; the effective rate is in percent."""

    tax_type: str
    name: str
    effective_rate: Decimal


@dataclass(frozen=True, slots=True)
class BrandingTheme:
    """A template; lists hold them by Xero's sort order, the default first."""

    branding_theme_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency that is enabled in the organisation."""

    code: str
    description: str


@dataclass(frozen=True, slots=True)
class Lists:
    """Xero's lists as copied last; `items` holds those asked for, not the whole catalogue."""

    items: Mapping[UUID, Item] = field(default_factory=dict)
    accounts: tuple[Account, ...] = ()
    tax_rates: tuple[TaxRate, ...] = ()
    branding_themes: tuple[BrandingTheme, ...] = ()
    currencies: tuple[Currency, ...] = ()

    def rate_of(self, tax_type: str) -> Decimal:
        """Return the effective rate of a tax type in percent, 0 for one not in the list."""
        rates = (each.effective_rate for each in self.tax_rates if each.tax_type == tax_type)
        return next(rates, Decimal(0))


@dataclass(frozen=True, slots=True)
class Note:
    """
    Something a person should know before saving, in words by `wording.note_text`.

    `line` counts the planned lines from 0; `values` are texts, days or Decimals for the sentence.
    """

    code: str
    target: str = ""
    line: int | None = None
    values: Mapping[str, object] = field(default_factory=dict)


class PricedLine(Protocol):
    """What the amounts of a line are made of, planned or chosen."""

    @property
    def quantity(self) -> Decimal | None: ...
    @property
    def unit_amount(self) -> Decimal | None: ...
    @property
    def discount_rate(self) -> Decimal | None: ...
    @property
    def discount_amount(self) -> Decimal | None: ...
    @property
    def tax_type(self) -> str: ...


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """
    A line as the deal suggests it; None is for what the deal does not say.

    `name` and `comments` are Pipedrive's; `description` is what the invoice will say.
    `deal_tax_rate` is the product's own percentage. A deal's discount needs no Xero item.
    """

    name: str
    description: str
    quantity: Decimal | None
    unit_amount: Decimal | None
    discount_rate: Decimal | None = None
    discount_amount: Decimal | None = None
    account_code: str = NO_ACCOUNT
    tax_type: str = NO_TAX_TYPE
    xero_item_id: UUID | None = None
    item_code: str = ""
    product_id: int | None = None
    variation_id: int = 0
    comments: str = ""
    deal_tax_rate: Decimal = Decimal(0)
    needs_item: bool = True

    @property
    def product_key(self) -> ProductKey | None:
        """Under which key a link of this line's product is remembered, None for no product."""
        return None if self.product_id is None else (self.product_id, self.variation_id)

    @property
    def is_linked(self) -> bool:
        """Whether nothing remains to be linked on this line (M-27)."""
        return self.xero_item_id is not None or not self.needs_item

    @property
    def is_complete(self) -> bool:
        """Whether the line has its amount."""
        return self.quantity is not None and self.unit_amount is not None
