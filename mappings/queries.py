"""What a company chose, and what Xero's copied lists offer: reads for pages and planning."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from django.db.models import QuerySet

from connections.models import Company, XeroConnection
from mappings import customer, folding, types
from mappings.models import (
    ContactLink,
    FieldMapping,
    InvoicePreferences,
    ProductLink,
    ReferenceList,
    XeroAccount,
    XeroBrandingTheme,
    XeroCurrency,
    XeroItem,
    XeroTaxRate,
)

MIN_SEARCH = 2
MAX_SEARCH = 100
SEARCH_LIMIT = 20
# Enough to rank by: a term that more items hold than this says too little.
_RANKED = 200


def preferences_for(company: Company) -> types.Preferences:
    """Return the company's invoice preferences, the suggested ones while none are saved."""
    row = InvoicePreferences.objects.for_company(company).first()
    if row is None:
        return types.Preferences()
    return types.Preferences(
        due_days=row.due_days,
        tax_mode=row.tax_mode,
        account_code=row.account_code,
        tax_type=row.tax_type,
        branding_theme_id=row.branding_theme_id,
        can_void_paid=row.can_void_paid,
        native_can_approve=row.native_can_approve,
        native_can_void=row.native_can_void,
        native_can_email=row.native_can_email,
        version=row.version,
        is_saved=True,
    )


def mappings_for(company: Company, preferences: types.Preferences) -> tuple[types.FieldSource, ...]:
    """
    Return which fields fill the customer details: saved ones, else the suggested (M-9 to M-12).

    A target that the company left empty has none.
    """
    if not preferences.is_saved:
        return customer.DEFAULT_SOURCES
    return tuple(
        types.FieldSource(
            target=row.target,
            entity=row.entity,
            field_code=row.field_code,
            subfield=row.subfield,
            field_name=row.field_name,
        )
        for row in FieldMapping.objects.for_company(company)
    )


def product_links(
    connection: XeroConnection, keys: Collection[types.ProductKey]
) -> dict[types.ProductKey, UUID]:
    """
    Return the Xero item of each linked product (R-20); unlinked ones are left out, and those whose
    item was renamed since (R-21).
    """
    return checked_product_links(connection, keys)[0]


def checked_product_links(
    connection: XeroConnection, keys: Collection[types.ProductKey]
) -> tuple[dict[types.ProductKey, UUID], dict[types.ProductKey, tuple[str, str]]]:
    """
    Return the items of linked products, and for those whose item Xero renamed since it was linked
    what it was called and is called, by two queries.
    """
    if not keys:
        return {}, {}
    rows = ProductLink.objects.for_company(connection.company).filter(
        connection=connection, pipedrive_product_id__in={product for product, _variation in keys}
    )
    found = {(row.pipedrive_product_id, row.pipedrive_variation_id): row for row in rows}
    linked = {key: row for key, row in found.items() if key in keys}
    labels = item_labels(connection, {row.xero_item_id for row in linked.values()})
    renamed = {
        key: (row.item_label, labels[row.xero_item_id])
        for key, row in linked.items()
        if row.item_label and labels.get(row.xero_item_id, row.item_label) != row.item_label
    }
    links = {key: row.xero_item_id for key, row in linked.items() if key not in renamed}
    return links, renamed


def item_labels(connection: XeroConnection, item_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return code and name of these items, those not sold or gone left out (R-21)."""
    if not item_ids:
        return {}
    rows = XeroItem.objects.for_company(connection.company).filter(
        connection=connection, is_sold=True, xero_item_id__in=set(item_ids)
    )
    return {row.xero_item_id: row.label for row in rows}


def contact_link(
    connection: XeroConnection, *, organization_id: int | None, person_id: int | None
) -> ContactLink | None:
    """Return the link of the organization, or of the person where there is none (R-17)."""
    entity, pipedrive_id = contact_key(organization_id=organization_id, person_id=person_id)
    if pipedrive_id is None:
        return None
    return (
        ContactLink.objects.for_company(connection.company)
        .filter(connection=connection, entity=entity, pipedrive_id=pipedrive_id)
        .first()
    )


def contact_key(*, organization_id: int | None, person_id: int | None) -> tuple[str, int | None]:
    """Return whom a contact is linked to: the organization, else the person, else nobody."""
    if organization_id is not None:
        return ContactLink.Entity.ORGANIZATION, organization_id
    return ContactLink.Entity.PERSON, person_id


def missing_lists(connection: XeroConnection) -> tuple[str, ...]:
    """Return the kinds of Xero's lists that were never copied for this connection."""
    copied = set(
        ReferenceList.objects.for_company(connection.company)
        .filter(connection=connection, refreshed_at__isnull=False)
        .values_list("kind", flat=True)
    )
    return tuple(kind for kind in ReferenceList.Kind.values if kind not in copied)


def lists_for(connection: XeroConnection, *, item_ids: Collection[UUID] = ()) -> types.Lists:
    """
    Return Xero's lists as copied last, by five queries (four without items).

    :param item_ids: the items that are asked for; those not sold or gone are left out (R-21)
    """
    company = connection.company
    accounts = XeroAccount.objects.for_company(company).filter(connection=connection)
    rates = XeroTaxRate.objects.for_company(company).filter(connection=connection)
    themes = XeroBrandingTheme.objects.for_company(company).filter(connection=connection)
    currencies = XeroCurrency.objects.for_company(company).filter(connection=connection)
    return types.Lists(
        items=items_for(connection, item_ids),
        accounts=tuple(
            types.Account(code=row.code, name=row.name, tax_type=row.tax_type)
            for row in sorted(accounts, key=_account_order)
        ),
        tax_rates=tuple(
            types.TaxRate(tax_type=row.tax_type, name=row.name, effective_rate=row.effective_rate)
            for row in rates.order_by("-effective_rate", "name")
        ),
        branding_themes=tuple(
            types.BrandingTheme(branding_theme_id=row.branding_theme_id, name=row.name)
            for row in themes.order_by("sort_order", "name")
        ),
        currencies=tuple(
            types.Currency(code=row.code, description=row.description)
            for row in currencies.order_by("code")
        ),
    )


def items_for(connection: XeroConnection, item_ids: Collection[UUID]) -> Mapping[UUID, types.Item]:
    """Return these items by id; items that are gone or no longer sold are left out (R-21)."""
    if not item_ids:
        return {}
    rows = XeroItem.objects.for_company(connection.company).filter(
        connection=connection, is_sold=True, xero_item_id__in=set(item_ids)
    )
    return {row.xero_item_id: _item(row) for row in rows}


def search_items(
    connection: XeroConnection, term: str, *, limit: int = SEARCH_LIMIT
) -> tuple[types.Item, ...]:
    """
    Return sold items whose code, name or description holds every word of the term (M-28).

    Letter case and accents do not count, Turkish ones included. A term under 2 or over 100
    characters finds nothing. Items whose code or name begins with the term come first.
    """
    folded = folding.fold(term)
    if len(folded) < MIN_SEARCH or len(term) > MAX_SEARCH:
        return ()
    rows = XeroItem.objects.for_company(connection.company).filter(
        connection=connection, is_sold=True
    )
    rows = items_named(rows, term)
    found = [_item(row) for row in rows.order_by("code")[:_RANKED]]
    found.sort(key=lambda item: _rank(item, folded))
    return tuple(found[:limit])


def items_named(rows: QuerySet[XeroItem], term: str) -> QuerySet[XeroItem]:
    """Return those of the items whose code, name or description holds every word of the term."""
    for word in folding.fold(term).split():
        rows = rows.filter(search_text__contains=word)
    return rows


def _rank(item: types.Item, folded: str) -> tuple[bool, bool, bool, str]:
    code, name = folding.fold(item.code), folding.fold(item.name)
    return (code != folded, not code.startswith(folded), not name.startswith(folded), name)


def _item(row: XeroItem) -> types.Item:
    return types.Item(
        xero_item_id=row.xero_item_id,
        code=row.code,
        name=row.name,
        description=row.description,
        unit_price=row.unit_price,
        account_code=row.account_code,
        tax_type=row.tax_type,
    )


def _account_order(row: XeroAccount) -> tuple[bool, str]:
    """Revenue first: that is where a sale belongs."""
    return (row.account_class != "REVENUE", row.code)
