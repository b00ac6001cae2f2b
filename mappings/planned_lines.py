"""
Lines of an invoice as a deal's products suggest them (M-26, M-27, R-20 to R-23). Pure.

Rests on pipedrive-api §3.4 and xero-api §4.3, §11. Prices are in the deal's currency.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from connections.pipedrive.types import DealProduct
from mappings import customer, totals
from mappings.types import (
    NO_ACCOUNT,
    NO_TAX_TYPE,
    Item,
    Lists,
    Note,
    PlannedLine,
    Preferences,
    ProductKey,
)

# The fact sheet leaves open whether an amount is taken off the line or off each unit (§3.4).
IS_DISCOUNT_PER_UNIT = False
MAX_DESCRIPTION = 4000

_HUNDRED = Decimal(100)
_LARGEST = Decimal(10) ** 10  # more than Xero's largest line amount (§4.3): a typing error
_XERO_NO_TAX = "NONE"


def tax_mode_of(lines: Sequence[DealProduct], default: str) -> tuple[str, bool]:
    """
    Return the tax mode that the deal's products use, and whether they disagree (R-22).

    Products that disagree are converted to tax exclusive; a deal without any takes the default.
    """
    modes = {_mode(line) for line in lines if line.is_enabled}
    if len(modes) == 1:
        return modes.pop(), False
    return (totals.EXCLUSIVE, True) if modes else (default, False)


def plan_lines(
    lines: Sequence[DealProduct],
    *,
    currency_code: str,
    tax_mode: str,
    preferences: Preferences,
    links: Mapping[ProductKey, UUID],
    lists: Lists,
) -> tuple[list[PlannedLine], list[Note]]:
    """
    Return the deal's switched-on products as lines, in the deal's order, with notes on them.

    :param currency_code: the deal's; a price in another one is left empty
    """
    enabled = sorted(
        (line for line in lines if line.is_enabled), key=lambda line: (line.order_nr, line.id)
    )
    planned: list[PlannedLine] = []
    notes: list[Note] = []
    if len(enabled) < len(lines):
        notes.append(Note("lines_switched_off", values={"count": len(lines) - len(enabled)}))
    for position, line in enumerate(enabled):
        item = lists.items.get(links.get(_key(line), _NO_ITEM))
        found, codes = _plan_line(line, item, currency_code, tax_mode, preferences, lists)
        planned.append(found)
        notes.extend(
            Note(code, line=position, values={"name": line.name, **values})
            for code, values in codes.items()
        )
    return planned, notes


def account_or_default(account_code: str, preferences: Preferences, lists: Lists) -> str:
    """Return the first of the item's and the company's account that Xero still offers, else ""."""
    offered = {account.code for account in lists.accounts}
    chosen = (code for code in (account_code, preferences.account_code) if code in offered)
    return next(chosen, NO_ACCOUNT)


def tax_type_or_default(tax_type: str, preferences: Preferences, lists: Lists) -> str:
    """Return the first of the item's and the company's tax rate that Xero still offers, else ""."""
    offered = {rate.tax_type for rate in lists.tax_rates}
    chosen = (each for each in (tax_type, preferences.tax_type) if each in offered)
    return next(chosen, NO_TAX_TYPE)


_NO_ITEM = UUID(int=0)
_Codes = dict[str, dict[str, object]]


def _plan_line(
    line: DealProduct,
    item: Item | None,
    currency_code: str,
    tax_mode: str,
    preferences: Preferences,
    lists: Lists,
) -> tuple[PlannedLine, _Codes]:
    codes: _Codes = {}
    description = _description(line, item)
    quantity, unit_amount = _plausible(line.quantity), _plausible(line.item_price)
    if quantity is None:
        codes["quantity_missing"] = {}
    is_foreign = bool(line.currency) and line.currency != currency_code
    if is_foreign:
        unit_amount = None
    elif unit_amount is None:
        codes["price_missing"] = {}
    if line.billing_frequency not in ("", "one-time"):
        codes["recurring"] = {"frequency": line.billing_frequency}
    before_tax = _before_tax(line, tax_mode)
    rate, amount = _discount(line, quantity, before_tax)
    if is_foreign:
        codes["line_currency_differs"] = {
            "currency": line.currency,
            "has_discount": amount is not None,
        }
        amount = None  # of that currency, too
    if quantity is not None and unit_amount is not None:
        if _is_too_fine(quantity) or _is_too_fine(unit_amount):
            # Xero keeps four places: the real figures go into the text (xero-api §11).
            description = f"{description} ({quantity.normalize():f} × {unit_amount.normalize():f})"
            quantity, unit_amount = Decimal(1), totals.to_places(quantity * unit_amount, 2)
            codes["price_too_fine"] = {}
        unit_amount = totals.to_places(unit_amount * before_tax, totals.UNIT_PLACES)
    tax_type = _tax_type(line, item, tax_mode, preferences, lists)
    deal_rate, xero_rate = _deal_rate(line), lists.rate_of(tax_type)
    if tax_mode != totals.NO_TAX and deal_rate and tax_type and xero_rate != deal_rate:
        codes["tax_differs"] = {"deal": deal_rate, "xero": xero_rate}
    planned = PlannedLine(
        name=customer.tidy(line.name),
        description=description[:MAX_DESCRIPTION],
        quantity=quantity,
        unit_amount=unit_amount,
        discount_rate=rate,
        discount_amount=amount,
        account_code=account_or_default(item.account_code if item else "", preferences, lists),
        tax_type=tax_type,
        xero_item_id=item.xero_item_id if item else None,
        item_code=item.code if item else "",
        product_id=line.product_id,
        variation_id=line.product_variation_id or 0,
        comments=customer.tidy(line.comments),
        deal_tax_rate=deal_rate,
    )
    return planned, codes


def deal_amount(line: DealProduct) -> Decimal | None:
    """
    Return what a line comes to in the deal's currency, two places: quantity × price less its
    discount, in Pipedrive's own prices (with or without tax, as `tax_method` says); None when
    quantity or price is missing. Computed here: what Pipedrive's `sum` does with tax and discount
    is not documented (pipedrive-api §3.4).
    """
    quantity, price = _plausible(line.quantity), _plausible(line.item_price)
    if quantity is None or price is None:
        return None
    rate, amount = _discount(line, quantity, Decimal(1))
    return totals.line_amount(
        totals.Line(quantity, price, discount_rate=rate, discount_amount=amount)
    )


def _key(line: DealProduct) -> ProductKey:
    return (line.product_id or 0, line.product_variation_id or 0)


def _mode(line: DealProduct) -> str:
    modes = {"inclusive": totals.INCLUSIVE, "none": totals.NO_TAX}
    return modes.get(line.tax_method, totals.EXCLUSIVE)


def _deal_rate(line: DealProduct) -> Decimal:
    """The product's percentage; Pipedrive takes any number for one, of which -100 has no price."""
    is_one = line.tax_method != "none" and 0 <= line.tax <= _HUNDRED
    return line.tax if is_one else Decimal(0)


def _plausible(number: Decimal | None) -> Decimal | None:
    """Nought is how Pipedrive says that there is no price; it is not a price of nought (F-28)."""
    if number is None or not number.is_finite() or not number or abs(number) > _LARGEST:
        return None
    return number


def _is_too_fine(number: Decimal) -> bool:
    return totals.to_places(number, totals.UNIT_PLACES) != number


def _description(line: DealProduct, item: Item | None) -> str:
    if item and (item.description or item.name):
        return item.description or item.name
    return customer.tidy(line.name)


def _before_tax(line: DealProduct, tax_mode: str) -> Decimal:
    """The factor that takes the tax out of a price under a mode that wants it out (R-22)."""
    if tax_mode == totals.EXCLUSIVE and line.tax_method == "inclusive":
        return _HUNDRED / (_HUNDRED + _deal_rate(line))
    return Decimal(1)


def _discount(
    line: DealProduct, quantity: Decimal | None, before_tax: Decimal
) -> tuple[Decimal | None, Decimal | None]:
    """The line's discount as (percentage, amount); at most one of them."""
    if not line.discount or not line.discount.is_finite():
        return None, None
    if line.discount_type != "amount":
        return totals.to_places(line.discount, 4), None
    units = (quantity or Decimal(0)) if IS_DISCOUNT_PER_UNIT else Decimal(1)
    return None, totals.to_places(line.discount * units * before_tax, 2)


def _tax_type(
    line: DealProduct, item: Item | None, tax_mode: str, preferences: Preferences, lists: Lists
) -> str:
    """The item's rate, else the one rate that has the product's percentage, else the company's."""
    offered = {rate.tax_type for rate in lists.tax_rates}
    if tax_mode == totals.NO_TAX or line.tax_method == "none":
        if _XERO_NO_TAX in offered:
            return _XERO_NO_TAX
        return NO_TAX_TYPE if tax_mode == totals.NO_TAX else _only_rate(Decimal(0), lists)
    if item and item.tax_type in offered:
        return item.tax_type
    found = _only_rate(_deal_rate(line), lists)
    if found:
        return found
    return preferences.tax_type if preferences.tax_type in offered else NO_TAX_TYPE


def _only_rate(percent: Decimal, lists: Lists) -> str:
    found = [rate.tax_type for rate in lists.tax_rates if rate.effective_rate == percent]
    return found[0] if len(found) == 1 else NO_TAX_TYPE
