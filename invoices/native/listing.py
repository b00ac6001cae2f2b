"""Xero's lists for the Invoice tab: currencies, tax rates, accounts, templates (contract §3.5)."""

from __future__ import annotations

from typing import Any

from invoices.native import door
from invoices.native.door import Call
from mappings import queries, reference, types
from mappings.models import XeroAccount

REVENUE = "REVENUE"


def currencies(call: Call) -> list[dict[str, Any]]:
    """getCurrencies: those that are enabled in Xero."""
    return [
        {"id": each.code, "name": each.description or each.code} for each in _lists(call).currencies
    ]


def tax_rates(call: Call) -> list[dict[str, Any]]:
    """getTaxRates: those that a sales line may use; the rate is in percent."""
    return [
        {"id": each.tax_type, "name": each.name, "rate": each.effective_rate}
        for each in _lists(call).tax_rates
    ]


def accounts(call: Call) -> list[dict[str, Any]]:
    """getAccounts: the revenue accounts that a sales line may use."""
    copy_missing(call)
    rows = XeroAccount.objects.for_company(call.company).filter(
        connection=call.connection, account_class=REVENUE
    )
    return [{"id": row.code, "name": f"{row.code} {row.name}"} for row in rows.order_by("code")]


def templates(call: Call) -> list[dict[str, Any]]:
    """getTemplates: the branding themes, Xero's default first."""
    return [
        {"id": str(each.branding_theme_id), "name": each.name}
        for each in _lists(call).branding_themes
    ]


def copy_missing(call: Call) -> None:
    """
    Copy the lists that were never copied; afterwards the daily copy keeps them.

    :raises Failure: Xero gave no usable answer
    """
    if queries.missing_lists(call.connection):
        door.with_xero(call, lambda session: reference.fetch_missing(session, now=call.now))


def _lists(call: Call) -> types.Lists:
    copy_missing(call)
    return queries.lists_for(call.connection)
