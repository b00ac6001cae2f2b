"""What Xero's codes are called, by the copies of its lists: for pages that show an invoice."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from connections.models import XeroConnection
from mappings.models import XeroAccount, XeroBrandingTheme, XeroItem, XeroTaxRate


@dataclass(frozen=True, slots=True)
class Names:
    """Names by code; what has left Xero's lists is missing. `template` is "" when unknown."""

    items: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    tax_rates: dict[str, str] = field(default_factory=dict)
    template: str = ""


def names_for(
    connection: XeroConnection,
    *,
    item_codes: Collection[str],
    account_codes: Collection[str],
    tax_types: Collection[str],
    branding_theme_id: UUID | None,
) -> Names:
    """Return what these codes are called, by one query for each kind that is asked for."""
    company = connection.company
    items = XeroItem.objects.for_company(company).filter(connection=connection)
    accounts = XeroAccount.objects.for_company(company).filter(connection=connection)
    rates = XeroTaxRate.objects.for_company(company).filter(connection=connection)
    themes = XeroBrandingTheme.objects.for_company(company).filter(connection=connection)
    theme = themes.filter(branding_theme_id=branding_theme_id).values_list("name", flat=True)
    return Names(
        items=dict(items.filter(code__in=item_codes).values_list("code", "name")),
        accounts=dict(accounts.filter(code__in=account_codes).values_list("code", "name")),
        tax_rates=dict(rates.filter(tax_type__in=tax_types).values_list("tax_type", "name")),
        template=(theme.first() or "") if branding_theme_id else "",
    )
