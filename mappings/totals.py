"""
Xero's arithmetic (xero-api §11): each line is rounded, its tax is rounded, then they are added.

Pure. Amounts are in the invoice's currency, rates in percent; every result has two places, halves
rounded away from zero. Tax modes are Xero's `LineAmountTypes`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

EXCLUSIVE = "Exclusive"
INCLUSIVE = "Inclusive"
NO_TAX = "NoTax"

UNIT_PLACES = 4  # invoices are always written with unitdp=4
QUANTITY_PLACES = 4
_NOTHING = Decimal("0.00")
_HUNDRED = Decimal(100)
# Room for any quantity times any price: quantize refuses what does not fit its context.
_WIDE = Context(prec=80)


@dataclass(frozen=True, slots=True)
class Line:
    """What a line's amounts are made of. No quantity or no price: a line that is only text."""

    quantity: Decimal | None
    unit_amount: Decimal | None
    tax_rate: Decimal = Decimal(0)
    tax_type: str = ""
    discount_rate: Decimal | None = None
    discount_amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LineTotal:
    """A line's amount as Xero shows it (gross under tax inclusive), its tax and its discount."""

    line_amount: Decimal
    tax_amount: Decimal
    discount: Decimal


@dataclass(frozen=True, slots=True)
class TaxSum:
    """The tax of all lines of one tax rate; `taxable` is their amount before tax."""

    tax_type: str
    tax_rate: Decimal
    taxable: Decimal
    tax_amount: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """An invoice's sums; the subtotal is before tax and after discounts."""

    lines: tuple[LineTotal, ...]
    discount: Decimal
    subtotal: Decimal
    taxes: tuple[TaxSum, ...]
    total_tax: Decimal
    total: Decimal


def to_places(amount: Decimal, places: int) -> Decimal:
    """Return the amount with so many places, halves away from zero (xero-api §11.5)."""
    rounded = amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _WIDE)
    return rounded or abs(rounded)  # there is no minus nought in money


def line_amount(line: Line) -> Decimal:
    """Return quantity × price less the line's discount, two places (xero-api §11.1, §11.2)."""
    gross = _gross(line)
    if line.discount_rate is not None:
        return to_places(gross * (_HUNDRED - line.discount_rate) / _HUNDRED, 2)
    return to_places(gross - (line.discount_amount or 0), 2)


def tax_amount(amount: Decimal, tax_rate: Decimal, tax_mode: str) -> Decimal:
    """
    Return the tax of one line, two places (xero-api §11.3).

    :param amount: the line's amount; under tax inclusive it holds the tax
    :param tax_rate: effective rate in percent
    """
    if tax_mode == NO_TAX:
        return _NOTHING
    if tax_mode == INCLUSIVE:
        return to_places(amount - amount * _HUNDRED / (_HUNDRED + tax_rate), 2)
    return to_places(amount * tax_rate / _HUNDRED, 2)


def add_up(lines: Iterable[Line], tax_mode: str) -> Totals:
    """
    Return what Xero will make of these lines (xero-api §11).

    :param tax_mode: "Exclusive", "Inclusive" or "NoTax"
    """
    lines = tuple(lines)
    sums = tuple(_line_total(line, tax_mode) for line in lines)
    amount = sum((each.line_amount for each in sums), _NOTHING)
    total_tax = sum((each.tax_amount for each in sums), _NOTHING)
    subtotal = amount - total_tax if tax_mode == INCLUSIVE else amount
    return Totals(
        lines=sums,
        discount=sum((each.discount for each in sums), _NOTHING),
        subtotal=subtotal,
        taxes=() if tax_mode == NO_TAX else _tax_sums(lines, sums, tax_mode),
        total_tax=total_tax,
        total=subtotal + total_tax,
    )


def _gross(line: Line) -> Decimal:
    if line.quantity is None or line.unit_amount is None:
        return Decimal(0)
    return to_places(line.quantity, QUANTITY_PLACES) * to_places(line.unit_amount, UNIT_PLACES)


def _line_total(line: Line, tax_mode: str) -> LineTotal:
    amount = line_amount(line)
    return LineTotal(
        line_amount=amount,
        tax_amount=tax_amount(amount, line.tax_rate, tax_mode),
        discount=to_places(_gross(line), 2) - amount,
    )


def _tax_sums(
    lines: tuple[Line, ...], sums: tuple[LineTotal, ...], tax_mode: str
) -> tuple[TaxSum, ...]:
    """One row a tax rate, in the order in which the rates first appear."""
    rates: dict[tuple[str, Decimal], tuple[Decimal, Decimal]] = {}
    for line, each in zip(lines, sums, strict=True):
        taxable, tax = rates.get((line.tax_type, line.tax_rate), (_NOTHING, _NOTHING))
        net = each.line_amount - (each.tax_amount if tax_mode == INCLUSIVE else 0)
        rates[line.tax_type, line.tax_rate] = (taxable + net, tax + each.tax_amount)
    return tuple(
        TaxSum(tax_type=tax_type, tax_rate=rate, taxable=taxable, tax_amount=tax)
        for (tax_type, rate), (taxable, tax) in rates.items()
    )
