"""Support's view of preferences, links and the copies of Xero's lists."""

from __future__ import annotations

from django.contrib import admin

from connections.admin_base import ReadOnlyAdmin
from mappings.models import (
    ContactLink,
    FieldMapping,
    InvoicePreferences,
    ProductLink,
    ReferenceList,
    XeroAccount,
    XeroItem,
    XeroTaxRate,
)


@admin.register(InvoicePreferences)
class InvoicePreferencesAdmin(ReadOnlyAdmin):
    """What each company decided."""

    list_display = ("company", "due_days", "tax_mode", "account_code", "tax_type", "saved_at")
    list_select_related = ("company",)
    whole_numbers = ("company__pipedrive_company_id",)
    ordering = ("-pk",)


@admin.register(FieldMapping)
class FieldMappingAdmin(ReadOnlyAdmin):
    """Which Pipedrive field fills what."""

    list_display = ("company", "target", "entity", "field_name", "field_code", "subfield")
    list_select_related = ("company",)
    whole_numbers = ("company__pipedrive_company_id",)
    ordering = ("-pk",)


@admin.register(ContactLink)
class ContactLinkAdmin(ReadOnlyAdmin):
    """Which Pipedrive record is which Xero contact."""

    list_display = ("company", "entity", "pipedrive_id", "xero_contact_id", "linked_at")
    list_select_related = ("company",)
    whole_numbers = ("pipedrive_id", "company__pipedrive_company_id")
    uuids = ("xero_contact_id",)
    personal = ("contact_name",)
    ordering = ("-pk",)


@admin.register(ProductLink)
class ProductLinkAdmin(ReadOnlyAdmin):
    """Which Pipedrive product is which Xero item."""

    list_display = (
        "company",
        "pipedrive_product_id",
        "pipedrive_variation_id",
        "xero_item_id",
        "linked_at",
    )
    list_select_related = ("company",)
    whole_numbers = ("pipedrive_product_id", "company__pipedrive_company_id")
    uuids = ("xero_item_id",)
    ordering = ("-pk",)


@admin.register(XeroItem)
class XeroItemAdmin(ReadOnlyAdmin):
    """The copy of each organisation's items."""

    list_display = ("company", "code", "name", "is_sold", "unit_price", "account_code", "tax_type")
    list_select_related = ("company",)
    whole_numbers = ("company__pipedrive_company_id",)
    ordering = ("-pk",)


@admin.register(XeroAccount)
class XeroAccountAdmin(ReadOnlyAdmin):
    """The copy of each chart of accounts."""

    list_display = ("company", "code", "name", "account_class", "tax_type")
    list_select_related = ("company",)
    whole_numbers = ("company__pipedrive_company_id",)
    ordering = ("-pk",)


@admin.register(XeroTaxRate)
class XeroTaxRateAdmin(ReadOnlyAdmin):
    """The copy of each organisation's tax rates."""

    list_display = ("company", "tax_type", "name", "effective_rate")
    list_select_related = ("company",)
    whole_numbers = ("company__pipedrive_company_id",)
    ordering = ("-pk",)


@admin.register(ReferenceList)
class ReferenceListAdmin(ReadOnlyAdmin):
    """When each list was last copied."""

    list_display = ("company", "kind", "refreshed_at")
    list_select_related = ("company",)
    whole_numbers = ("company__pipedrive_company_id",)
    ordering = ("-pk",)
