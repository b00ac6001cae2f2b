"""How each of Xero's lists becomes rows of ours (xero-api §7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from connections.xero import types as xero
from mappings import folding
from mappings.models import (
    ReferenceList,
    XeroAccount,
    XeroBrandingTheme,
    XeroCopy,
    XeroCurrency,
    XeroItem,
    XeroTaxRate,
)

Kind = ReferenceList.Kind
_NOT_FOR_SALES = frozenset({"DEBTORS", "CREDITORS"})


@dataclass(frozen=True, slots=True)
class Copy:
    """How one list is read from Xero and kept here. `key` tells one row from another."""

    model: type[XeroCopy]
    key: str
    fetch: Callable[[Any], Iterable[Any]]
    to_fields: Callable[[Any], dict[str, object]]
    is_wanted: Callable[[Any], bool]


def _item_fields(row: xero.Item) -> dict[str, object]:
    return {
        "xero_item_id": UUID(row.item_id),
        "code": row.code,
        "name": row.name,
        "description": row.description,
        "is_sold": row.is_sold,
        "unit_price": row.unit_price,
        "account_code": row.account_code,
        "tax_type": row.tax_type,
        "search_text": folding.fold(f"{row.code} {row.name} {row.description}"),
    }


def _account_fields(row: xero.Account) -> dict[str, object]:
    return {
        "account_id": UUID(row.account_id),
        "code": row.code,
        "name": row.name,
        "account_class": row.account_class,
        "account_type": row.type,
        "tax_type": row.tax_type,
    }


def _is_for_sales(row: xero.Account) -> bool:
    """Xero takes no bank, debtor or creditor account on an invoice line (xero-api §7)."""
    return (
        row.status == "ACTIVE"
        and bool(row.code)
        and row.type != "BANK"
        and row.system_account not in _NOT_FOR_SALES
    )


def _tax_rate_fields(row: xero.TaxRate) -> dict[str, object]:
    return {
        "tax_type": row.tax_type,
        "name": row.name,
        "effective_rate": row.effective_rate,
    }


def _is_for_revenue(row: xero.TaxRate) -> bool:
    return row.status == "ACTIVE" and row.can_apply_to_revenue


def _always(_row: object) -> bool:
    return True


COPIES: dict[str, Copy] = {
    Kind.ITEMS: Copy(
        XeroItem, "xero_item_id", lambda client: client.list_items(), _item_fields, _always
    ),
    Kind.ACCOUNTS: Copy(
        XeroAccount,
        "account_id",
        lambda client: client.list_accounts(),
        _account_fields,
        _is_for_sales,
    ),
    Kind.TAX_RATES: Copy(
        XeroTaxRate,
        "tax_type",
        lambda client: client.list_tax_rates(),
        _tax_rate_fields,
        _is_for_revenue,
    ),
    Kind.BRANDING_THEMES: Copy(
        XeroBrandingTheme,
        "branding_theme_id",
        lambda client: client.list_branding_themes(),
        lambda row: {
            "branding_theme_id": UUID(row.branding_theme_id),
            "name": row.name,
            "sort_order": row.sort_order,
        },
        _always,
    ),
    Kind.CURRENCIES: Copy(
        XeroCurrency,
        "code",
        lambda client: client.list_currencies(),
        lambda row: {"code": row.code, "description": row.description},
        _always,
    ),
}
