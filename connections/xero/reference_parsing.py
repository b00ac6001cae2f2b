"""Xero's reference lists into our values (xero-api §2.4, §3, §7); the rules of ``parsing``."""

from connections.xero import types
from connections.xero.parsing import (
    Json,
    read_date,
    read_decimal,
    read_instant,
    read_money,
    read_text,
)


def connection(row: Json) -> types.Connection:
    """Return a tenant that a grant reaches (the one answer in camelCase)."""
    return types.Connection(
        id=row["id"],
        tenant_id=row["tenantId"],
        tenant_type=row["tenantType"],
        tenant_name=read_text(row, "tenantName"),
        auth_event_id=read_text(row, "authEventId"),
    )


def organisation(row: Json) -> types.Organisation:
    """Return the organisation."""
    return types.Organisation(
        organisation_id=row["OrganisationID"],
        name=row["Name"],
        legal_name=read_text(row, "LegalName"),
        short_code=read_text(row, "ShortCode"),
        base_currency=row["BaseCurrency"],
        country_code=read_text(row, "CountryCode"),
        timezone=read_text(row, "Timezone"),
        version=read_text(row, "Version"),
        organisation_class=read_text(row, "Class"),
        default_sales_tax=read_text(row, "DefaultSalesTax"),
        sales_tax_basis=read_text(row, "SalesTaxBasis"),
        is_demo_company=row.get("IsDemoCompany") is True,
        pays_tax=row.get("PaysTax") is True,
        period_lock_date=read_date(row, "PeriodLockDate"),
        end_of_year_lock_date=read_date(row, "EndOfYearLockDate"),
    )


def user(row: Json) -> types.User:
    """Return a person of the organisation."""
    return types.User(
        user_id=row["UserID"],
        email=read_text(row, "EmailAddress"),
        first_name=read_text(row, "FirstName"),
        last_name=read_text(row, "LastName"),
        role=read_text(row, "OrganisationRole"),
        is_subscriber=row.get("IsSubscriber") is True,
    )


def account(row: Json) -> types.Account:
    """Return an entry of the chart of accounts."""
    return types.Account(
        account_id=row["AccountID"],
        code=read_text(row, "Code"),
        name=row["Name"],
        type=read_text(row, "Type"),
        account_class=read_text(row, "Class"),
        status=read_text(row, "Status"),
        tax_type=read_text(row, "TaxType"),
        system_account=read_text(row, "SystemAccount"),
    )


def tax_rate(row: Json) -> types.TaxRate:
    """Return a tax rate."""
    return types.TaxRate(
        name=row["Name"],
        tax_type=row["TaxType"],
        status=read_text(row, "Status"),
        effective_rate=read_money(row, "EffectiveRate"),
        display_rate=read_money(row, "DisplayTaxRate"),
        can_apply_to_revenue=row.get("CanApplyToRevenue") is True,
        components=tuple(
            types.TaxComponent(
                name=read_text(part, "Name"),
                rate=read_money(part, "Rate"),
                is_compound=part.get("IsCompound") is True,
            )
            for part in row.get("TaxComponents") or ()
        ),
    )


def branding_theme(row: Json) -> types.BrandingTheme:
    """Return a look for documents."""
    return types.BrandingTheme(
        branding_theme_id=row["BrandingThemeID"],
        name=row["Name"],
        sort_order=row.get("SortOrder") or 0,
    )


def currency(row: Json) -> types.Currency:
    """Return an enabled currency."""
    return types.Currency(code=row["Code"], description=read_text(row, "Description"))


def item(row: Json) -> types.Item:
    """Return an item. Its name is optional in Xero: the code stands in."""
    sales = row.get("SalesDetails") or {}
    updated = row.get("UpdatedDateUTC")
    return types.Item(
        item_id=row["ItemID"],
        code=row["Code"],
        name=row.get("Name") or row["Code"],
        description=read_text(row, "Description"),
        is_sold=row.get("IsSold", True) is True,
        unit_price=read_decimal(sales.get("UnitPrice")),
        account_code=read_text(sales, "AccountCode"),
        tax_type=read_text(sales, "TaxType"),
        is_tracked_as_inventory=row.get("IsTrackedAsInventory") is True,
        quantity_on_hand=read_decimal(row.get("QuantityOnHand")),
        updated_at=read_instant(updated) if updated else None,
    )
