"""
The list's rows and totals as words (product §7: what the card says, in one line).

Made here and not in the template: fifty rows formatted cell by cell cost three times as much
(performance, goal 15).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import NamedTuple, TypedDict

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from connections.templatetags import display
from invoices.ledger import Row
from invoices.ledger_figures import Totals
from invoices.models import Invoice

Status = Invoice.Status
# Xero may still name a sum as due, but nobody owes it (xero-api §4.4).


class RowView(TypedDict):
    """
    A row ready to be drawn; amounts are "" for people who may not see amounts.

    A dict, because a template asks every object as one first: fifty rows of anything else cost it
    five hundred failures.
    """

    number: str
    href: str
    contact: str
    reference: str
    badges: SafeString
    issue_date: str
    due_date: str
    total: str
    amount_due: str
    deal: str
    deal_href: str


class TotalsView(NamedTuple):
    """The totals of a currency, ready to be drawn."""

    currency: str
    invoices: str
    total: str
    outstanding: str
    overdue: str
    paid: str


def present(rows: Iterable[Row], *, today: date, sees_amounts: bool) -> list[RowView]:
    """
    Return what to draw for each row.

    :param today: the organisation's calendar day, for Overdue
    """
    without_number = _("Invoice without a number")
    deal_words = _("Deal %(id)s")
    invoice_href, deal_href = _address_of("invoices:invoice"), _address_of("invoices:deal")
    return [
        RowView(
            number=row.number or without_number,
            href=invoice_href(row.id),
            contact=row.contact_name or display.NOTHING,
            reference=row.reference,
            badges=_badges(row.xero_status, *flags(row, today)),
            issue_date=display.day(row.issue_date),
            due_date=display.day(row.due_date),
            total=display.money(row.total, row.currency_code) if sees_amounts else "",
            amount_due=_amount_due(row) if sees_amounts else "",
            deal=(row.deal_title or deal_words % {"id": row.deal_id}) if row.deal_id else "",
            deal_href=deal_href(row.deal_id) if row.deal_id else "",
        )
        for row in rows
    ]


def present_totals(totals: Iterable[Totals]) -> list[TotalsView]:
    """Return what to draw for the totals of each currency."""
    return [
        TotalsView(
            currency=each.currency or display.NOTHING,
            invoices=display.number(each.invoices),
            total=display.money(each.total, each.currency),
            outstanding=display.money(each.outstanding, each.currency),
            overdue=display.money(each.overdue, each.currency),
            paid=display.money(each.paid, each.currency),
        )
        for each in totals
    ]


def flags(row: Row, today: date) -> list[str]:
    """Return the flags beside the status, as `Invoice` derives them."""
    found = []
    if row.xero_status == Status.AUTHORISED:
        if row.due_date is not None and row.due_date < today:
            found.append("overdue")
        if row.amount_paid > 0 or row.amount_credited > 0:
            found.append("partly_paid")
    return found


def owed(row: Row) -> bool:
    """Whether the amount due means anything."""
    return row.xero_status not in Invoice.GONE


def _address_of(name: str) -> Callable[[int], str]:
    """Return what makes a row's address: Django would look each of them up anew."""
    stand_in = 10**17
    before, _stand_in, after = reverse(name, args=[stand_in]).partition(str(stand_in))
    return lambda key: f"{before}{key}{after}"


def _badges(status: str, *flags: str) -> SafeString:
    drawn = display.status(status)
    for flag in flags:
        drawn += display.status(flag)
    return drawn


def _amount_due(row: Row) -> str:
    return display.money(row.amount_due if owed(row) else None, row.currency_code)
