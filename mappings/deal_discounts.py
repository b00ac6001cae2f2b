"""
Discounts on a whole deal as lines of their own (pipedrive-api §3.5). Pure.

Xero has no discount on an invoice as a whole, so each becomes a negative line; where the lines have
several tax rates it is shared out over them, or the tax would be wrong. Each discount is taken of
the lines' sum: in which order Pipedrive applies several of them is not documented.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from connections.pipedrive.types import DealDiscount
from mappings import customer, deal_value, totals
from mappings.types import Lists, Note, PlannedLine

_HUNDRED = Decimal(100)


def plan_discounts(
    discounts: Sequence[DealDiscount],
    lines: Sequence[PlannedLine],
    *,
    tax_mode: str,
    account_code: str,
    lists: Lists,
) -> tuple[list[PlannedLine], list[Note]]:
    """
    Return the negative lines of a deal's discounts, and a note for each discount.

    :param lines: the product lines; without any there is nothing to take a discount off
    :param account_code: for lines whose product has no account
    """
    if not lines:
        return [], []
    planned: list[PlannedLine] = []
    notes: list[Note] = []
    groups = _groups(lines, tax_mode, lists)
    is_complete = all(line.is_complete for line in lines)
    for discount in discounts:
        shares = _shares(discount, [amount for _line, amount in groups], is_complete)
        # One line is enough when there is one rate, or nothing yet to share out by.
        for (example, _amount), share in zip(groups, shares, strict=False):
            planned.append(_line(discount, example, share, account_code))
        notes.append(_note(discount, line_count=min(len(groups), len(shares))))
    return planned, notes


def _groups(
    lines: Sequence[PlannedLine], tax_mode: str, lists: Lists
) -> list[tuple[PlannedLine, Decimal]]:
    """The sum of the lines of each tax rate, beside the first line that has it."""
    sums = deal_value.add_up(lines, tax_mode, lists)
    groups: dict[tuple[str, Decimal], tuple[PlannedLine, Decimal]] = {}
    for line, each in zip(lines, sums.lines, strict=True):
        key = (line.tax_type, line.deal_tax_rate)
        example, amount = groups.get(key, (line, Decimal(0)))
        groups[key] = (example, amount + each.line_amount)
    return list(groups.values())


def _shares(
    discount: DealDiscount, amounts: Sequence[Decimal], is_complete: bool
) -> list[Decimal | None]:
    """What the discount takes off each group; None where a missing price leaves it open."""
    is_percentage = discount.type == "percentage"
    whole = sum(amounts, Decimal(0))
    if is_percentage and not is_complete:
        return [None]
    off = whole * discount.amount / _HUNDRED if is_percentage else discount.amount
    off = totals.to_places(off, 2)
    if len(amounts) == 1 or not whole or not is_complete:
        return [off]
    shares = [totals.to_places(off * amount / whole, 2) for amount in amounts]
    shares[-1] += off - sum(shares, Decimal(0))
    return list(shares)


def _line(
    discount: DealDiscount, example: PlannedLine, share: Decimal | None, account_code: str
) -> PlannedLine:
    text = customer.tidy(discount.description) or _amount_text(discount)
    return PlannedLine(
        name=text,
        description=text,
        quantity=Decimal(1),
        unit_amount=None if share is None else -share,
        account_code=example.account_code or account_code,
        tax_type=example.tax_type,
        deal_tax_rate=example.deal_tax_rate,
        needs_item=False,
    )


def _amount_text(discount: DealDiscount) -> str:
    amount = format(discount.amount.normalize(), "f")
    return f"−{amount}%" if discount.type == "percentage" else f"−{amount}"


def _note(discount: DealDiscount, *, line_count: int) -> Note:
    return Note(
        "deal_discount",
        values={
            "description": customer.tidy(discount.description),
            "amount": discount.amount,
            "is_percentage": discount.type == "percentage",
            "line_count": line_count,
        },
    )
