"""What Xero's lists call the codes in a difference, which say nothing to most people."""

from __future__ import annotations

from collections.abc import Sequence

from connections.models import XeroConnection
from invoices.comparing import Difference
from mappings import naming

_SIDES = ("confirmed", "in_xero")


def add(connection: XeroConnection, differences: Sequence[Difference]) -> list[Difference]:
    """
    Return the differences with the names of tax rates beside their codes: confirmed_name and
    in_xero_name, where Xero's list has them. They are kept as they are called now: a rate that
    leaves the list later was confirmed under its name.
    """
    codes = {each[side] for each in differences if each["field"] == "tax_type" for side in _SIDES}
    if not codes:
        return list(differences)
    names = naming.names_for(
        connection, item_codes=(), account_codes=(), tax_types=codes, branding_theme_id=None
    ).tax_rates
    return [_named(each, names) for each in differences]


def _named(each: Difference, names: dict[str, str]) -> Difference:
    if each["field"] != "tax_type":
        return each
    return each | {f"{side}_name": names[each[side]] for side in _SIDES if each[side] in names}
