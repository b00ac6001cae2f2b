"""
Which of a company's invoices a list, its totals, its charts and its file are about.

One set of filters, applied here and nowhere else, so that what is counted is what is listed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection as database
from django.db.models import Case, F, OrderBy, Q, QuerySet, Value, When

from connections.models import XeroConnection
from invoices.models import Deal, DealInvoice, Invoice
from invoices.periods import Period

Status = Invoice.Status
MADE_BY_APP, LINKED, ON_NO_DEAL = "app", "linked", "none"
# What an address may sort by, and the column; the dates may be empty.
SORTS = {
    "issue_date": "issue_date",
    "due_date": "due_date",
    "number": "number",
    "contact": "search_text",
    "total": "total",
    "amount_due": "amount_due",
    "status": "",
}
AMOUNT_SORTS = frozenset({"total", "amount_due"})
DEFAULT_SORT = "-issue_date"
_MAY_BE_EMPTY = frozenset({"issue_date", "due_date"})
# An invoice's way through its life, which is the order that people know.
_LIFE = (
    Status.DRAFT,
    Status.SUBMITTED,
    Status.AUTHORISED,
    Status.PAID,
    Status.VOIDED,
    Status.DELETED,
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked for, read and checked; empty means all. Conditions are joined by "and"."""

    # None: nothing was searched for. Empty: what was typed has no letter and no digit to find.
    words: tuple[str, ...] | None = None
    statuses: tuple[str, ...] = ()
    is_overdue: bool = False
    is_partly_paid: bool = False
    period: Period = field(default_factory=Period)
    currency: str = ""
    owner_id: int | None = None
    origin: str = ""


def choose(connection: XeroConnection, filters: Filters, *, today: date) -> QuerySet[Any]:
    """
    Return the invoices of a connection that pass all filters, in no order.

    :param today: the organisation's calendar day, for Overdue
    """
    company = connection.company
    rows = Invoice.objects.for_company(company).filter(connection_id=connection.pk)
    if filters.words is not None:
        rows = rows.filter(_holds(connection, filters.words)) if filters.words else rows.none()
    if filters.statuses:
        rows = rows.filter(xero_status__in=filters.statuses)
    if filters.is_overdue:
        rows = rows.filter(xero_status=Status.AUTHORISED, due_date__lt=today)
    if filters.is_partly_paid:
        rows = rows.filter(
            Q(amount_paid__gt=0) | Q(amount_credited__gt=0), xero_status=Status.AUTHORISED
        )
    if filters.period.first:
        rows = rows.filter(issue_date__gte=filters.period.first)
    if filters.period.last:
        rows = rows.filter(issue_date__lte=filters.period.last)
    if filters.currency:
        rows = rows.filter(currency_code=filters.currency)
    if filters.owner_id is not None:
        owned = Deal.objects.for_company(company).filter(owner_id=filters.owner_id)
        rows = rows.filter(pk__in=_on_deals(connection, owned))
    if filters.origin:
        rows = _of_origin(connection, rows, filters.origin)
    return rows


def order(sort: str) -> list[OrderBy]:
    """
    Return the order that an address names; rows that are alike keep one order between pages.

    An invoice without the date that is sorted by counts as later than all others.
    """
    name, is_down = sort.lstrip("-"), sort.startswith("-")
    column = SORTS[name]
    by: Any = F(column) if column else _place_in_life()
    if column not in _MAY_BE_EMPTY or database.vendor == "postgresql":
        # PostgreSQL puts nothing last by itself; said aloud, it would miss the index.
        first = by.desc() if is_down else by.asc()
    else:
        first = by.desc(nulls_first=True) if is_down else by.asc(nulls_last=True)
    return [first, F("pk").desc() if is_down else F("pk").asc()]


def _holds(connection: XeroConnection, words: tuple[str, ...]) -> Q:
    """All words in the invoice's own text, or all in the title of its deal, or the deal's id."""
    company = connection.company
    own, titled = Q(), Deal.objects.for_company(company)
    for word in words:
        own &= Q(search_text__contains=word)
        titled = titled.filter(search_text__contains=word)
    found = own | Q(pk__in=_on_deals(connection, titled))
    if len(words) == 1 and words[0].isascii() and words[0].isdigit() and len(words[0]) <= 18:
        numbered = DealInvoice.objects.for_company(company).filter(deal_id=int(words[0]))
        found |= Q(pk__in=numbered.values("invoice_id"))
    return found


def _on_deals(connection: XeroConnection, deals: QuerySet[Any]) -> QuerySet[Any]:
    links = DealInvoice.objects.for_company(connection.company)
    return links.filter(deal_id__in=deals.values("deal_id")).values("invoice_id")


def _of_origin(connection: XeroConnection, rows: QuerySet[Any], origin: str) -> QuerySet[Any]:
    links = DealInvoice.objects.for_company(connection.company).values("invoice_id")
    if origin == ON_NO_DEAL:
        return rows.exclude(pk__in=links)
    return rows.filter(pk__in=links.filter(is_made_by_app=origin == MADE_BY_APP))


def _place_in_life() -> Case:
    places = [When(xero_status=each, then=Value(place)) for place, each in enumerate(_LIFE)]
    return Case(*places, default=Value(len(_LIFE)))
