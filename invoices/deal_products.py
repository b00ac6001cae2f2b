"""A deal's products as its page shows them: what adds up to the deal's value. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from connections.pipedrive.types import DealDiscount, DealProduct
from connections.templatetags import display
from mappings import planned_lines


@dataclass(frozen=True, slots=True)
class Row:
    """One product, in words and figures of the active language; amounts in its own currency."""

    name: str
    is_enabled: bool
    quantity: str
    unit_price: str
    discount: str
    tax: str
    amount: str


@dataclass(frozen=True, slots=True)
class Table:
    """The products of a deal, and what is taken off the deal as a whole."""

    rows: tuple[Row, ...]
    has_discounts: bool
    notes: tuple[str, ...]


def present(
    products: Sequence[DealProduct], discounts: Sequence[DealDiscount], currency: str
) -> Table:
    """
    Return the table.

    :param discounts: those on the whole deal
    :param currency: the deal's
    """
    rows = tuple(_row(each) for each in products)
    return Table(
        rows,
        has_discounts=any(each.discount for each in products),
        notes=(*(_note(each, currency) for each in discounts), *_of_tax(products)),
    )


def _row(line: DealProduct) -> Row:
    return Row(
        name=line.name,
        is_enabled=line.is_enabled,
        quantity=display.number(line.quantity),
        unit_price=display.money(line.item_price, line.currency),
        discount=_off(line.discount, line.discount_type, line.currency)
        if line.discount
        else display.NOTHING,
        tax=_tax(line),
        amount=display.money(planned_lines.deal_amount(line), line.currency),
    )


def _off(amount: Decimal, kind: str, currency: str) -> str:
    return display.money(amount, currency) if kind == "amount" else display.percent(amount)


def _tax(line: DealProduct) -> str:
    if line.tax_method == "none":
        return _("no tax")
    rate = display.percent(line.tax)
    if not line.tax:
        return rate
    if line.tax_method == "inclusive":
        return _("%(rate)s included") % {"rate": rate}
    return _("plus %(rate)s") % {"rate": rate}


def _of_tax(products: Sequence[DealProduct]) -> tuple[str, ...]:
    """Say what the amounts leave out of the deal's value."""
    if any(each.tax_method == "exclusive" and each.tax for each in products):
        return (_("Tax that is added is not in these amounts; the deal's value holds it."),)
    return ()


def _note(discount: DealDiscount, currency: str) -> str:
    off = _off(discount.amount, discount.type, currency)
    if not discount.description:
        return _("Discount on the whole deal: %(off)s.") % {"off": off}
    return _("Discount on the whole deal: %(off)s (%(why)s).") % {
        "off": off,
        "why": discount.description,
    }
