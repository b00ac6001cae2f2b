"""What people decide: preferences, which product is which item, which customer is which contact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from connections import audit
from connections.models import Company, User, XeroConnection
from mappings import queries, types
from mappings.models import ContactLink, FieldMapping, InvoicePreferences, ProductLink

# What an admin lets the company's people, and Pipedrive's own tab, do beyond the usual.
SWITCHES = ("can_void_paid", "native_can_approve", "native_can_void", "native_can_email")


class ChangedMeanwhile(Exception):
    """Somebody else saved in between; nothing was written."""


class NoSuchItem(Exception):
    """Xero's list holds no such item that is sold; nothing was written."""


class LinkChange(NamedTuple):
    """Which Xero contact a customer had, and has now."""

    before: UUID | None
    after: UUID | None


@dataclass(frozen=True, slots=True)
class PreferenceChoices:
    """What an admin chose on the preferences page, checked by the form."""

    sources: tuple[types.FieldSource, ...]
    due_days: int
    tax_mode: str
    account_code: str
    tax_type: str
    branding_theme_id: UUID | None
    can_void_paid: bool = False
    native_can_approve: bool = False
    native_can_void: bool = False
    native_can_email: bool = True


def save_preferences(
    *, company: Company, by: User, choices: PreferenceChoices, version: int, now: datetime
) -> types.Preferences:
    """
    Store one set of preferences for the whole company and return it (M-14).

    :param version: of the preferences that the person saw; 0 when none were saved
    :raises ChangedMeanwhile: they have changed since
    """
    before = queries.preferences_for(company)
    sources_before = queries.mappings_for(company, before)
    try:
        with transaction.atomic():
            _write_preferences(company, choices, version, now=now)
            _write_sources(company, choices.sources)
            audit.record(
                "preferences.saved",
                company=company,
                actor=by,
                subject=f"company:{company.pk}",
                before=_told(before, sources_before) if before.is_saved else {},
                after=_told(choices, choices.sources),
                now=now,
            )
    except IntegrityError as exc:  # two first saves at once
        raise ChangedMeanwhile from exc
    return queries.preferences_for(company)


def link_products(
    *,
    connection: XeroConnection,
    items: dict[types.ProductKey, UUID],
    by: User | None,
    now: datetime,
) -> None:
    """
    Remember several product links at once; only those that change are written and audited.

    :raises NoSuchItem: the organisation has no such item, or does not sell it; none is written
    """
    known = queries.product_links(connection, items.keys())
    changed = {key: item_id for key, item_id in items.items() if known.get(key) != item_id}
    if not changed:
        return
    labels = queries.item_labels(connection, set(changed.values()))
    if len(labels) < len(set(changed.values())):
        raise NoSuchItem
    with transaction.atomic():
        ProductLink.objects.bulk_create(
            [
                ProductLink(
                    company_id=connection.company_id,
                    connection=connection,
                    pipedrive_product_id=product_id,
                    pipedrive_variation_id=variation_id,
                    xero_item_id=item_id,
                    item_label=labels[item_id][:100],
                    linked_at=now,
                )
                for (product_id, variation_id), item_id in changed.items()
            ],
            update_conflicts=True,
            unique_fields=["connection", "pipedrive_product_id", "pipedrive_variation_id"],
            update_fields=["xero_item_id", "item_label", "linked_at"],
        )
        for (product_id, variation_id), item_id in changed.items():
            audit.record(
                "product.linked",
                company=connection.company,
                actor=by,
                subject=f"product:{product_id}:{variation_id}",
                before=_told_id("xero_item_id", known.get((product_id, variation_id))),
                after=_told_id("xero_item_id", item_id),
                now=now,
            )


def unlink_product(
    *, connection: XeroConnection, product: types.ProductKey, by: User | None, now: datetime
) -> bool:
    """Forget which item a product is; returns whether it was linked. Xero is not changed."""
    product_id, variation_id = product
    rows = ProductLink.objects.for_company(connection.company).filter(
        connection=connection,
        pipedrive_product_id=product_id,
        pipedrive_variation_id=variation_id,
    )
    with transaction.atomic():
        gone = list(rows.values_list("xero_item_id", flat=True))
        if not gone:
            return False
        rows.delete()
        audit.record(
            "product.unlinked",
            company=connection.company,
            actor=by,
            subject=f"product:{product_id}:{variation_id}",
            before=_told_id("xero_item_id", gone[0]),
            now=now,
        )
    return True


def link_contact(
    *,
    connection: XeroConnection,
    organization_id: int | None,
    person_id: int | None,
    xero_contact_id: UUID,
    contact_name: str,
    by: User | None,
    now: datetime,
) -> LinkChange:
    """
    Remember which Xero contact an organization is, or a person where there is none (R-17).

    A deal with neither keeps no link: there is nobody to remember it for.
    """
    entity, pipedrive_id = queries.contact_key(organization_id=organization_id, person_id=person_id)
    if pipedrive_id is None:
        return LinkChange(None, None)
    known = queries.contact_link(connection, organization_id=organization_id, person_id=person_id)
    before = known.xero_contact_id if known else None
    if known and (before, known.contact_name) == (xero_contact_id, contact_name):
        return LinkChange(before, before)
    with transaction.atomic():
        ContactLink.objects.bulk_create(
            [
                ContactLink(
                    company_id=connection.company_id,
                    connection=connection,
                    entity=entity,
                    pipedrive_id=pipedrive_id,
                    xero_contact_id=xero_contact_id,
                    contact_name=contact_name[:255],
                    linked_at=now,
                )
            ],
            update_conflicts=True,
            unique_fields=["connection", "entity", "pipedrive_id"],
            update_fields=["xero_contact_id", "contact_name", "linked_at"],
        )
        audit.record(
            "contact.linked",
            company=connection.company,
            actor=by,
            subject=f"{entity}:{pipedrive_id}",
            before=_told_id("xero_contact_id", before),
            after=_told_id("xero_contact_id", xero_contact_id),
            now=now,
        )
    return LinkChange(before, xero_contact_id)


def follow_contact(
    connection: XeroConnection,
    xero_contact_id: UUID,
    *,
    heir_id: UUID,
    heir_name: str,
    now: datetime,
) -> None:
    """
    Keep the links of a contact true to what Xero says of it: its name, or, where it was merged
    into another, that one (F-20).
    """
    rows = ContactLink.objects.for_company(connection.company).filter(
        connection=connection, xero_contact_id=xero_contact_id
    )
    name = heir_name[:255]
    if heir_id == xero_contact_id:
        rows.exclude(contact_name=name).update(contact_name=name)
        return
    with transaction.atomic():
        if rows.update(xero_contact_id=heir_id, contact_name=name):
            audit.record(
                "contact.merged",
                company=connection.company,
                subject=f"xero_contact:{xero_contact_id}",
                before=_told_id("xero_contact_id", xero_contact_id),
                after=_told_id("xero_contact_id", heir_id),
                now=now,
            )


def unlink_contact(
    *,
    connection: XeroConnection,
    organization_id: int | None,
    person_id: int | None,
    by: User | None,
    now: datetime,
) -> UUID | None:
    """Forget a customer's contact, and return which one it was. Xero is not changed (R-31)."""
    known = queries.contact_link(connection, organization_id=organization_id, person_id=person_id)
    if known is None:
        return None
    with transaction.atomic():
        known.delete()
        audit.record(
            "contact.unlinked",
            company=connection.company,
            actor=by,
            subject=f"{known.entity}:{known.pipedrive_id}",
            before=_told_id("xero_contact_id", known.xero_contact_id),
            now=now,
        )
    return known.xero_contact_id


def _write_preferences(
    company: Company, choices: PreferenceChoices, version: int, *, now: datetime
) -> None:
    values = {
        "due_days": choices.due_days,
        "tax_mode": choices.tax_mode,
        "account_code": choices.account_code,
        "tax_type": choices.tax_type,
        "branding_theme_id": choices.branding_theme_id,
        **{name: getattr(choices, name) for name in SWITCHES},
        "saved_at": now,
    }
    if version == 0:
        InvoicePreferences.objects.create(company=company, **values)
        return
    seen = InvoicePreferences.objects.for_company(company).filter(version=version)
    if seen.update(version=F("version") + 1, **values) != 1:
        raise ChangedMeanwhile


def _write_sources(company: Company, chosen: Sequence[types.FieldSource]) -> None:
    kept = FieldMapping.objects.for_company(company)
    kept.exclude(target__in=[source.target for source in chosen]).delete()
    FieldMapping.objects.bulk_create(
        [
            FieldMapping(
                company=company,
                target=source.target,
                entity=source.entity,
                field_code=source.field_code,
                subfield=source.subfield,
                field_name=source.field_name[:255],
            )
            for source in chosen
        ],
        update_conflicts=True,
        unique_fields=["company", "target"],
        update_fields=["entity", "field_code", "subfield", "field_name"],
    )


def _told(
    chosen: PreferenceChoices | types.Preferences, sources: Sequence[types.FieldSource]
) -> dict[str, object]:
    """Preferences for the audit trail: codes only."""
    return {
        "due_days": chosen.due_days,
        "tax_mode": chosen.tax_mode,
        "account_code": chosen.account_code,
        "tax_type": chosen.tax_type,
        "branding_theme_id": str(chosen.branding_theme_id or ""),
        **{name: getattr(chosen, name) for name in SWITCHES},
        "fields": {
            source.target: ":".join(
                filter(None, (source.entity, source.field_code, source.subfield))
            )
            for source in sources
        },
    }


def _told_id(name: str, value: UUID | None) -> dict[str, object]:
    return {name: str(value)} if value else {}
