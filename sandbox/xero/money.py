"""
Xero's arithmetic: amounts of lines, tax and totals. Pure functions over Decimals.

Rests on Xero's published rounding rules: amounts to two places, tax per line, half away from zero.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Totals:
    """The sums of an invoice, two places, in the invoice's currency."""

    sub_total: Decimal
    total_tax: Decimal
    total: Decimal


def to_places(amount: Decimal, places: int) -> Decimal:
    """Round to so many places, halves away from zero."""
    return amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def line_amount(
    quantity: Decimal,
    unit_amount: Decimal,
    *,
    discount_rate: Decimal | None = None,
    discount_amount: Decimal | None = None,
) -> Decimal:
    """Return quantity × unit amount less the discount (a percentage, or an amount), two places."""
    gross = quantity * unit_amount
    if discount_rate:
        gross = gross * (HUNDRED - discount_rate) / HUNDRED
    elif discount_amount:
        gross -= discount_amount
    return to_places(gross, 2)


def tax_amount(amount: Decimal, rate: Decimal, line_amount_types: str) -> Decimal:
    """Return the tax of one line; `rate` is a percentage, `amount` the line's as entered."""
    if line_amount_types == "NoTax":
        return Decimal("0.00")
    if line_amount_types == "Inclusive":
        return to_places(amount - amount / (1 + rate / HUNDRED), 2)
    return to_places(amount * rate / HUNDRED, 2)


def add_up(lines: Iterable[tuple[Decimal, Decimal]], line_amount_types: str) -> Totals:
    """Return the totals of lines given as (line amount, tax amount)."""
    amounts, taxes = Decimal("0.00"), Decimal("0.00")
    for amount, tax in lines:
        amounts += amount
        taxes += tax
    if line_amount_types == "Inclusive":
        return Totals(amounts - taxes, taxes, amounts)
    return Totals(amounts, taxes, amounts + taxes)
