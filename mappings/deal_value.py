"""What lines add up to, and why that is not the deal's value (R-23). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from mappings import totals
from mappings.types import Lists, Note, PlannedLine, PricedLine

_CENT = Decimal("0.01")
# Half of a ten-thousandth, and as much again for whatever tax comes on top.
_FINEST = Decimal("0.0001")


def add_up(lines: Sequence[PricedLine], tax_mode: str, lists: Lists) -> totals.Totals:
    """
    Return the sums of planned or chosen lines, in the invoice's currency.

    :param tax_mode: Xero's LineAmountTypes
    :param lists: for the effective rate of each tax type
    """
    return totals.add_up(
        (_total_line(line, lists.rate_of(line.tax_type)) for line in lines), tax_mode
    )


def difference(
    deal_value: Decimal | None, lines: Sequence[PricedLine], tax_mode: str, lists: Lists
) -> Note | None:
    """
    Return a note that names the deal's value, the invoice's total and why they differ.

    The reason is one of "incomplete", "tax" (the deal's value leaves the tax out), "tax_rates"
    (Xero's rates are not the products'), "rounding", "discount" (on the whole deal), "edited".
    None when they are equal, or there is nothing to compare.
    """
    if deal_value is None or not lines:
        return None
    sums = add_up(lines, tax_mode, lists)
    if sums.total == deal_value:
        return None
    return Note(
        "value_differs",
        values={
            "deal_value": deal_value,
            "total": sums.total,
            "difference": sums.total - deal_value,
            "reason": _reason(deal_value, lines, tax_mode, sums),
        },
    )


def _reason(
    deal_value: Decimal, lines: Sequence[PricedLine], tax_mode: str, sums: totals.Totals
) -> str:
    if any(line.quantity is None or line.unit_amount is None for line in lines):
        return "incomplete"
    if sums.subtotal == deal_value:
        return "tax"
    if _total_by_deal_rates(lines, tax_mode) == deal_value:
        return "tax_rates"
    if abs(sums.total - deal_value) <= sum(map(_slack, lines)):
        return "rounding"
    if any(isinstance(line, PlannedLine) and not line.needs_item for line in lines):
        return "discount"
    return "edited"


def _slack(line: PricedLine) -> Decimal:
    """
    What rounding may make of a line: a cent, and for each unit of a price that had more than two
    decimals half the last of the four that Xero keeps, with its tax.
    """
    price, quantity = line.unit_amount or Decimal(0), abs(line.quantity or Decimal(0))
    return _CENT if price == totals.to_places(price, 2) else _CENT + quantity * _FINEST


def _total_by_deal_rates(lines: Sequence[PricedLine], tax_mode: str) -> Decimal | None:
    """The total by the products' own percentages; None for lines that a person chose."""
    planned = [line for line in lines if isinstance(line, PlannedLine)]
    if len(planned) < len(lines):
        return None
    rated = (_total_line(line, line.deal_tax_rate) for line in planned)
    return totals.add_up(rated, tax_mode).total


def _total_line(line: PricedLine, tax_rate: Decimal) -> totals.Line:
    return totals.Line(
        quantity=line.quantity,
        unit_amount=line.unit_amount,
        tax_rate=tax_rate,
        tax_type=line.tax_type,
        discount_rate=line.discount_rate,
        discount_amount=line.discount_amount,
    )
