"""
A deal in Xero's terms, before a person confirms it. Pure: no database, network, clock, settings.

What cannot be known is left empty and noted, never guessed (F-28): a person fills it in.
Rests on pipedrive-api §3.4, §3.5 and xero-api §4.2, §4.3, §11; M-17 to M-29, R-20 to R-23.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from connections.pipedrive.types import DealDiscount, DealProduct
from mappings import customer, deal_discounts, deal_value, planned_lines, sources
from mappings.types import FieldSource, Lists, Note, PlannedLine, Preferences, ProductKey

MAX_REFERENCE = 255


@dataclass(frozen=True, slots=True)
class InvoicePlan:
    """What the create dialog opens with. Dates are calendar days in the organisation's zone."""

    customer: customer.CustomerDetails
    tax_mode: str
    currency_code: str
    is_currency_enabled: bool
    branding_theme_id: UUID | None
    issue_date: date
    due_date: date
    reference: str
    lines: tuple[PlannedLine, ...]
    notes: tuple[Note, ...]


def plan_invoice(
    records: sources.Records,
    *,
    lines: Sequence[DealProduct],
    discounts: Sequence[DealDiscount] = (),
    preferences: Preferences,
    mappings: Iterable[FieldSource],
    links: Mapping[ProductKey, UUID],
    lists: Lists,
    today: date,
) -> InvoicePlan:
    """
    Return the invoice that a deal suggests.

    :param records: the deal (required), its organization and person, their field lists
    :param lines: the deal's products as Pipedrive gave them, switched-off ones included
    :param discounts: discounts on the whole deal
    :param links: which Xero item each product (and variation) is
    :param lists: Xero's lists; `items` must hold the linked items that still exist and are sold
    :param today: the calendar day in the organisation's time zone
    """
    deal = records.deal
    if deal is None:
        raise ValueError("an invoice is planned from a deal")
    details, field_notes = customer.fill(records, mappings)
    tax_mode, is_mixed = planned_lines.tax_mode_of(lines, preferences.tax_mode)
    products, line_notes = planned_lines.plan_lines(
        lines,
        currency_code=deal.currency,
        tax_mode=tax_mode,
        preferences=preferences,
        links=links,
        lists=lists,
    )
    taken_off, discount_notes = deal_discounts.plan_discounts(
        discounts,
        products,
        tax_mode=tax_mode,
        account_code=planned_lines.account_or_default("", preferences, lists),
        lists=lists,
    )
    planned = (*products, *taken_off)
    is_enabled = any(deal.currency == currency.code for currency in lists.currencies)
    notes = [*field_notes]
    if is_mixed:
        notes.append(Note("tax_modes_mixed"))
    if not is_enabled:
        notes.append(Note("currency_not_in_xero", values={"currency": deal.currency}))
    notes.extend([*line_notes, *discount_notes])
    difference = deal_value.difference(deal.value, planned, tax_mode, lists)
    if difference:
        notes.append(difference)
    return InvoicePlan(
        customer=details,
        tax_mode=tax_mode,
        currency_code=deal.currency,
        is_currency_enabled=is_enabled,
        branding_theme_id=_theme(preferences, lists),
        issue_date=today,
        due_date=due_date_after(today, preferences.due_days),
        reference=customer.tidy(deal.title)[:MAX_REFERENCE],
        lines=planned,
        notes=tuple(notes),
    )


def due_date_after(issue_date: date, due_days: int) -> date:
    """Return the issue date plus calendar days (M-13, R-11); the calendar's end stops it."""
    try:
        return issue_date + timedelta(days=due_days)
    except OverflowError:
        return date.max


def _theme(preferences: Preferences, lists: Lists) -> UUID | None:
    """The company's template while Xero has it, else Xero's default."""
    offered = [theme.branding_theme_id for theme in lists.branding_themes]
    if preferences.branding_theme_id in offered:
        return preferences.branding_theme_id
    return offered[0] if offered else None
