"""
What a deal's lines add up to, as Pipedrive's own pages show it.

The fact sheet leaves open how `sum` treats tax (§3.4): here an exclusive tax is added, an inclusive
one is part of the price. A discount by amount is taken off the whole line.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Max

from sandbox.pipedrive.models import Deal, DealProduct

CENT = Decimal("0.01")


def line_sum(line: DealProduct) -> Decimal:
    """One line's sum in the deal's currency, to two places."""
    total = line.quantity * line.item_price
    if line.discount_type == "percentage":
        total -= total * line.discount / 100
    else:
        total -= line.discount
    if line.tax_method == "exclusive":
        total += total * line.tax / 100
    return total.quantize(CENT, ROUND_HALF_UP)


def deal_value(deal: Deal) -> Decimal:
    """What the enabled lines come to after the deal's discounts."""
    lines = sum((line_sum(line) for line in deal.lines.all() if line.is_enabled), Decimal(0))
    total = lines
    for discount in deal.discounts.all():
        share = lines * discount.amount / 100 if discount.kind == "percentage" else discount.amount
        total -= share
    return total.quantize(CENT, ROUND_HALF_UP)


def next_line_number(deal: Deal) -> int:
    """The next attachment id of the deal's company."""
    lines = DealProduct.objects.filter(deal__company=deal.company_id)
    return (lines.aggregate(last=Max("number"))["last"] or 0) + 1
