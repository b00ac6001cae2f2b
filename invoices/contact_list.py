"""
The invoices of a deal's linked contact, for the page of all of them and the deal's sidebar (M-41,
M-45, X-4). Reads of the mirror only: what Xero says now is brought by `contact_history`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import (
    Case,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)

from connections.models import Membership, XeroConnection
from connections.runtime import Runtime
from invoices import cards, contact_history, deals, queries
from invoices.contact_filters import OVERDUE, PARTLY_PAID, Wanted
from invoices.models import ContactHistory, Deal, Invoice
from mappings import queries as mapping_queries
from mappings.models import ContactLink

PAGE = 50
NEWEST = 8
Status = Invoice.Status
_ORDER = Case(
    *[When(xero_status=code, then=Value(place)) for place, code in enumerate(Status.values)],
    default=Value(len(Status.values)),
    output_field=IntegerField(),
)


@dataclass(frozen=True, slots=True)
class Totals:
    """What a contact owes and has paid in one currency (X-4)."""

    currency_code: str
    outstanding: Decimal
    overdue: Decimal
    paid: Decimal


@dataclass(frozen=True, slots=True)
class Contact:
    """A deal's linked contact; `totals` is empty for people who may not see amounts."""

    link: ContactLink
    history: ContactHistory | None
    totals: tuple[Totals, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One invoice: its card, and the deal it is on, without a title if not for this reader."""

    view: cards.CardView
    deal_id: int | None
    is_here: bool
    deal_title: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of rows, and whether another one follows."""

    rows: tuple[Row, ...]
    has_next: bool


def get_contact(
    connection: XeroConnection,
    *,
    organization_id: int | None,
    person_id: int | None,
    today: date,
    sees_amounts: bool,
) -> Contact | None:
    """Return the contact that a deal's customer is linked to, by three queries; None without."""
    link = mapping_queries.contact_link(
        connection, organization_id=organization_id, person_id=person_id
    )
    if link is None:
        return None
    return Contact(
        link,
        contact_history.get(connection, link.xero_contact_id),
        add_up(connection, link, today) if sees_amounts else (),
    )


def list_on_deal(deal: Deal) -> list[Invoice]:
    """
    Return the latest invoices of a deal for its sidebar, by one query: those made from it and those
    linked by hand, no other of the contact's (M-48).
    """
    rows = Invoice.objects.for_company(deal.company).filter(deal_link__deal_id=deal.deal_id)
    return list(rows.select_related("connection").order_by("-issue_date", "-pk")[:NEWEST])


def list_page(
    connection: XeroConnection,
    link: ContactLink,
    deal: Deal,
    wanted: Wanted,
    *,
    membership: Membership,
    today: date,
    runtime: Runtime,
    now: datetime,
) -> Page:
    """
    Return a page of the contact's invoices, each with its card's details and actions, by two
    queries however many there are.
    """
    titles = Deal.objects.across_companies().filter(
        company_id=OuterRef("company_id"), deal_id=OuterRef("deal_link__deal_id")
    )
    start = (wanted.page - 1) * PAGE
    chosen = _filter(_of(connection, link), wanted, today)
    found = list(
        chosen.annotate(
            on_deal=F("deal_link__deal_id"), deal_title=Subquery(titles.values("title")[:1])
        ).order_by(*_ordering(wanted.sort))[start : start + PAGE + 1]
    )
    shown = found[:PAGE]
    for invoice in shown:
        invoice.connection = connection
    views = [
        cards.present(
            card,
            membership=membership,
            live=connection,
            web_url=settings.XERO_WEB_URL,
            today=today,
            runtime=runtime,
            now=now,
        )
        for card in queries.list_cards_of(membership.company, shown)
    ]
    seen = {
        each: deals.may_see(membership, each)
        for each in {row.on_deal for row in shown} - {None, deal.deal_id}
    }
    return Page(
        tuple(
            Row(
                view,
                row.on_deal,
                is_here=row.on_deal == deal.deal_id,
                deal_title=(row.deal_title or "") if seen.get(row.on_deal) else "",
            )
            for row, view in zip(shown, views, strict=True)
        ),
        has_next=len(found) > PAGE,
    )


def has_any(connection: XeroConnection, link: ContactLink) -> bool:
    """Return whether the contact has an invoice at all, of whatever date."""
    return _of(connection, link).exists()


def add_up(connection: XeroConnection, link: ContactLink, today: date) -> tuple[Totals, ...]:
    """Return the contact's totals, a row for each currency: they are never added (X-4)."""
    open_ = Q(xero_status=Status.AUTHORISED)
    settled = Q(xero_status__in=[Status.AUTHORISED, Status.PAID])
    rows = (
        _of(connection, link)
        .filter(settled)
        .values("currency_code")
        .annotate(
            outstanding=Sum("amount_due", filter=open_, default=Decimal(0)),
            overdue=Sum("amount_due", filter=open_ & Q(due_date__lt=today), default=Decimal(0)),
            paid=Sum("amount_paid", default=Decimal(0)),
        )
        .order_by("currency_code")
    )
    return tuple(Totals(**row) for row in rows)


def _of(connection: XeroConnection, link: ContactLink) -> QuerySet[Invoice]:
    """
    The contact's invoices, by their tenant alone: a condition on the company as well leads a
    database to an index of the company's many others.
    """
    rows: QuerySet[Invoice] = connection.invoices.filter(xero_contact_id=link.xero_contact_id)
    return rows


def _filter(rows: QuerySet[Invoice], wanted: Wanted, today: date) -> QuerySet[Invoice]:
    rows = rows.filter(issue_date__gte=wanted.first, issue_date__lte=wanted.last)
    if wanted.status == OVERDUE:
        return rows.filter(xero_status=Status.AUTHORISED, due_date__lt=today)
    if wanted.status == PARTLY_PAID:
        return rows.filter(
            Q(amount_paid__gt=0) | Q(amount_credited__gt=0), xero_status=Status.AUTHORISED
        )
    return rows.filter(xero_status=wanted.status) if wanted.status else rows


def _ordering(sort: str) -> list[Any]:
    """Amounts of one currency stand together; the newest row decides between equals."""
    is_back = sort.startswith("-")
    name = sort.removeprefix("-")
    by = _ORDER if name == "status" else F(name)
    order = by.desc(nulls_last=True) if is_back else by.asc(nulls_last=True)
    return [*(["currency_code"] if name == "total" else []), order, "-pk"]
