"""
Opening the create dialog: a deal read from Pipedrive, planned, and written into the form's fields.

Outside calls: two rounds to Pipedrive, then to Xero none for a linked contact, one for a contact
to be suggested, and once in an organisation's life its lists (performance goal 13).
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from connections import access, time_zones
from connections.models import Membership, XeroConnection
from connections.runtime import Runtime
from invoices import (
    deals,
    dialog,
    dialog_contacts,
    dialog_lines,
    dialog_reading,
    dialog_restoring,
    dialog_tokens,
    line_fields,
)
from mappings import customer, fields, names, planning, queries, sources, wording
from mappings.types import Note, PlannedLine, ProductKey


def open_dialog(
    membership: Membership,
    connection: XeroConnection,
    deal_id: int,
    *,
    language: str,
    now: datetime,
    runtime: Runtime | None = None,
    kept: dialog_restoring.Kept | None = None,
) -> dialog.Dialog:
    """
    Return the dialog of a deal, filled in as far as deal and preferences can.

    :param language: "en" or "tr": how numbers are written into the fields
    :param kept: what was typed into an earlier form of this deal, to be put back
    :raises deals.NotAvailable: there is no such deal for this person, or it is archived
    :raises access.NotConnected: this person has no grant in Pipedrive
    :raises errors.ProviderError: Pipedrive gave no usable answer
    """
    company = connection.company
    preferences = queries.preferences_for(company)
    mappings = queries.mappings_for(company, preferences)
    with access.open_pipedrive(membership, now=now, runtime=runtime) as session:
        read = deals.read(session, membership, deal_id)
        if read.deal.is_archived:
            raise deals.NotAvailable(deal_id)
        custom = {each.entity for each in mappings if _CUSTOM.fullmatch(each.field_code)}
        field_lists = fields.lists_for(session, company, custom) if custom else {}
        records = sources.Records(
            deal=read.deal, organization=read.organization, person=read.person, fields=field_lists
        )
        records = replace(records, names=names.read(session, company, records, mappings))
    link = queries.contact_link(
        connection, organization_id=read.deal.org_id, person_id=read.deal.person_id
    )
    found = dialog_contacts.prepare(
        connection,
        customer.fill(records, mappings)[0],
        needs_contact=link is None,
        now=now,
        runtime=runtime,
    )
    links, renamed = queries.checked_product_links(connection, _product_keys(read))
    lists = queries.lists_for(connection, item_ids=set(links.values()))
    plan = planning.plan_invoice(
        records,
        lines=read.products,
        discounts=read.discounts,
        preferences=preferences,
        mappings=mappings,
        links=links,
        lists=lists,
        today=time_zones.organisation_today(connection, now),
    )
    opened = dialog.Dialog(
        membership=membership,
        connection=connection,
        language=language,
        now=now,
        submission=_submission(read, plan, renamed, preferences.due_days),
        values=_values(plan),
        lines=[_line(key, each, language) for key, each in _keyed(plan.lines)],
        lists=lists,
    )
    dialog_contacts.offer(opened, found, link)
    if kept is None:
        opened.build(shows_errors=False)
    else:
        dialog_restoring.put_back(opened, kept)
        # The person asked for an update of it, or Xero refused it: how is it now (R-14, F-20)?
        is_refused = bool(opened.contact_message) and bool(kept.original)
        asks_xero = is_refused or "update_contact" in opened.values
        dialog_contacts.compare(opened, asks_xero=asks_xero)
    return opened


# Pipedrive names custom fields by 40 hex digits (pipedrive-api §3.7); only these need their list.
_CUSTOM = re.compile(r"[0-9a-f]{40}")


_NO_PRODUCT: ProductKey = (0, 0)
# What the dialog works out anew at each step, because it can change in it.
_SAID_LIVE = frozenset({"value_differs", "currency_not_in_xero"})


def _product_keys(read: deals.Records) -> set[ProductKey]:
    return {
        (line.product_id, line.product_variation_id or 0)
        for line in read.products
        if line.product_id is not None
    }


def _keyed(lines: Sequence[PlannedLine]) -> list[tuple[str, PlannedLine]]:
    """Give each planned line the key by which the form calls it."""
    return [(f"p{number}", line) for number, line in enumerate(lines, start=1)]


def _submission(
    read: deals.Records,
    plan: planning.InvoicePlan,
    renamed: Mapping[ProductKey, tuple[str, str]],
    due_days: int,
) -> dialog_tokens.Submission:
    deal = read.deal
    changed = [
        Note("item_renamed", values={"name": line.name, "before": names[0], "now": names[1]})
        for line in plan.lines
        if (names := renamed.get(line.product_key or _NO_PRODUCT))
    ]
    difference = next((note for note in plan.notes if note.code == "value_differs"), None)
    values = difference.values if difference else {}
    total = values.get("total")
    return dialog_tokens.Submission(
        id=uuid.uuid4(),
        deal_id=deal.id,
        title=deal.title,
        currency=deal.currency,
        value=deal.value,
        org_id=deal.org_id,
        person_id=deal.person_id,
        org_name=read.organization.name if read.organization else "",
        person_name=read.person.name if read.person else "",
        due_days=due_days,
        products={
            key: (line.product_id, line.variation_id, line.name)
            for key, line in _keyed(plan.lines)
            if line.product_id is not None
        },
        plain_lines=tuple(key for key, line in _keyed(plan.lines) if not line.needs_item),
        notes=tuple(
            wording.note_text(note, deal.currency)
            for note in (*plan.notes, *changed)
            if note.code not in _SAID_LIVE
        ),
        planned_total=total if isinstance(total, Decimal) else None,
        planned_reason=str(values.get("reason", "")),
        opened_on=plan.issue_date,
    )


def _values(plan: planning.InvoicePlan) -> dict[str, str]:
    details, due = plan.customer, plan.due_date.isoformat()
    return {
        "to": details.to,
        "address": "\n".join(details.address.lines),
        "city": details.address.city,
        "region": details.address.region,
        "postal_code": details.address.postal_code,
        "country": details.address.country,
        "email": details.email,
        "tax_number": details.tax_number,
        "tax_mode": plan.tax_mode,
        "currency": plan.currency_code,
        "theme": str(plan.branding_theme_id or ""),
        "issue_date": plan.issue_date.isoformat(),
        "due_date": due,
        "due_follows": due,
        "reference": plan.reference,
    }


def _line(key: str, line: PlannedLine, language: str) -> dialog_lines.Line:
    is_amount = line.discount_amount is not None
    discount = line.discount_amount if is_amount else line.discount_rate
    return dialog_lines.Line(
        key=key,
        values={
            "description": line.description,
            "quantity": dialog_reading.write_number(line.quantity, language),
            "unit_price": dialog_reading.write_number(line.unit_amount, language, 2),
            "discount": dialog_reading.write_number(discount, language, 2 if is_amount else 0),
            "discount_kind": line_fields.AMOUNT if is_amount else line_fields.PERCENT,
            "account": line.account_code,
            "tax_rate": line.tax_type,
        },
        item_id=str(line.xero_item_id or ""),
        product=(line.product_id, line.variation_id, line.name)
        if line.product_id is not None
        else None,
        is_plain=not line.needs_item,
    )
