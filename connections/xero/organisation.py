"""What an organisation is set up with: facts, people and the lists to choose from (xero-api §7)."""

from datetime import datetime

from connections.xero import reference_parsing, types
from connections.xero.calls import Caller, changed_since


class OrganisationCalls(Caller):
    """Each method makes one call."""

    def get_organisation(self) -> types.Organisation:
        """
        Return the organisation behind the tenant.

        :raises errors.ProviderError: no usable answer
        """
        return self.get_row(
            "get_organisations",
            "xero.get_organisation",
            "Organisations",
            reference_parsing.organisation,
        )

    def list_allowed_actions(self) -> frozenset[str]:
        """
        Return what the linked user may do, e.g. "CreateApprovedInvoice" (xero-api §3).

        :raises errors.ProviderError: no usable answer
        """
        rows = self.list_rows(
            "get_organisation_actions",
            "xero.list_allowed_actions",
            "Actions",
            lambda row: (row["Name"], row["Status"]),
        )
        return frozenset(name for name, status in rows if status == "ALLOWED")

    def list_users(self) -> tuple[types.User, ...]:
        """
        Return the people of the organisation: personal data, keep only the row that is needed.

        :raises errors.ProviderError: no usable answer
        """
        return self.list_rows("get_users", "xero.list_users", "Users", reference_parsing.user)

    def list_accounts(self) -> tuple[types.Account, ...]:
        """
        Return the whole chart of accounts, archived ones included.

        :raises errors.ProviderError: no usable answer
        """
        return self.list_rows(
            "get_accounts", "xero.list_accounts", "Accounts", reference_parsing.account
        )

    def list_tax_rates(self) -> tuple[types.TaxRate, ...]:
        """
        Return all tax rates, archived ones included.

        :raises errors.ProviderError: no usable answer
        """
        return self.list_rows(
            "get_tax_rates", "xero.list_tax_rates", "TaxRates", reference_parsing.tax_rate
        )

    def list_branding_themes(self) -> tuple[types.BrandingTheme, ...]:
        """
        Return the looks for documents, the organisation's default first.

        :raises errors.ProviderError: no usable answer
        """
        themes = self.list_rows(
            "get_branding_themes",
            "xero.list_branding_themes",
            "BrandingThemes",
            reference_parsing.branding_theme,
        )
        return tuple(sorted(themes, key=lambda theme: theme.sort_order))

    def list_currencies(self) -> tuple[types.Currency, ...]:
        """
        Return the enabled currencies.

        :raises errors.ProviderError: no usable answer
        """
        return self.list_rows(
            "get_currencies", "xero.list_currencies", "Currencies", reference_parsing.currency
        )

    def list_items(self, *, if_modified_since: datetime | None = None) -> tuple[types.Item, ...]:
        """
        Return items; all of them without a time. Deleted ones are missing: compare full lists.

        :param if_modified_since: aware; only items changed since (to the second)
        :raises errors.ProviderError: no usable answer
        """
        return self.list_rows(
            "get_items",
            "xero.list_items",
            "Items",
            reference_parsing.item,
            unitdp=4,
            **changed_since(if_modified_since),
        )
