"""
Whether a deal's discount is taxed like what it is taken off.

It is planned with the accounts and tax rates of the lines (`mappings.deal_discounts`), but a
product that is not linked yet may have none: they come with its item, or a person chooses them.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from invoices.dialog import Dialog
from invoices.dialog_lines import Line
from mappings import totals


def follow(opened: Dialog, linked: Line) -> None:
    """Give the discounts of the deal, where they lack them, account and rate of a linked line."""
    for line in opened.lines:
        for name in ("account", "tax_rate"):
            if line.is_plain and not line.values[name] and linked.values[name]:
                line.values[name] = linked.values[name]
                opened.followed.add(line.key)


def taxed_apart(opened: Dialog) -> str:
    """
    Return that the deal's discounts have other tax rates than the items, "" while they have not.

    :param opened: built
    """
    lines = [line for line in opened.lines if line.needs_item]
    if not all(line.item for line in lines):
        return ""  # one that is not linked yet may bring its rate
    items = {opened.tax_type_of(line) for line in lines}
    discounts = {opened.tax_type_of(line) for line in opened.lines if line.is_plain}
    if opened.values["tax_mode"] == totals.NO_TAX or not items or not discounts:
        return ""
    if items == discounts:
        return ""
    return _(
        "The deal's discount does not have the same tax rates as the items. Check them: a discount "
        "is taxed like what it is taken off."
    )
