"""
All invoices of a company: who may be chosen from, one page of rows, the groups that totals and
charts are made of, and every row for a file. Each by one statement (performance, goal 15).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection as database
from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    DateField,
    F,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, Round, TruncMonth

from connections import reading
from connections.models import Company, XeroConnection
from invoices import ledger_filters
from invoices.ledger_filters import Filters
from invoices.models import Deal, Invoice

PAGE_SIZE = 50
# A person does not leaf further: the filters find what is behind, the file holds all.
LAST_PAGE = 200
MAX_EXPORTED = 100_000
# Days overdue at which the next age begins: not due, 1-30, 31-60, 61-90, over 90.
AGES = (1, 31, 61, 91)
_ROWS_AT_ONCE = 1000
_TEN_THOUSAND = Decimal(10_000)

_CONNECTION = reading.Reader(("c", XeroConnection))
# Each owner is found by one step in the index, however many deals there are.
_HEAD = f"""
    WITH RECURSIVE owner(id) AS (
        SELECT min(owner_id) FROM invoices_deal WHERE company_id = %s
        UNION ALL
        SELECT (SELECT min(d.owner_id) FROM invoices_deal d
                WHERE d.company_id = %s AND d.owner_id > owner.id)
        FROM owner WHERE owner.id IS NOT NULL
    )
    SELECT {_CONNECTION.columns}, choice.kind, choice.code, choice.label
    FROM connections_xeroconnection c
    LEFT JOIN (
        SELECT 'currency' AS kind, x.connection_id, x.code, '' AS label
        FROM mappings_xerocurrency x WHERE x.company_id = %s
        UNION ALL
        SELECT 'owner', NULL, CAST(owner.id AS VARCHAR(20)),
            (SELECT d.owner_name FROM invoices_deal d
             WHERE d.company_id = %s AND d.owner_id = owner.id ORDER BY d.owner_name DESC LIMIT 1)
        FROM owner WHERE owner.id IS NOT NULL
    ) choice ON choice.connection_id = c.id OR choice.connection_id IS NULL
    WHERE c.company_id = %s AND c.state <> 'ENDED'
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Head:
    """The connection whose invoices are listed, and what the filters offer."""

    connection: XeroConnection
    currencies: tuple[str, ...]
    # Pipedrive's user id and name, "" where nobody told it.
    owners: tuple[tuple[int, str], ...]


class Row(NamedTuple):
    """An invoice of the list, with the deal it is on; a tuple, because a file has thousands."""

    id: int
    xero_invoice_id: Any
    number: str
    reference: str
    xero_status: str
    contact_name: str
    currency_code: str
    issue_date: date | None
    due_date: date | None
    fully_paid_date: date | None
    total: Decimal
    amount_due: Decimal
    amount_paid: Decimal
    amount_credited: Decimal
    is_sent: bool
    deal_id: int | None
    is_made_by_app: bool | None
    deal_title: str | None
    deal_owner: str | None


class Group(NamedTuple):
    """Invoices that count alike: of one currency, one status, one age, one month of payment."""

    currency_code: str
    xero_status: str
    # How many of AGES are reached; only of invoices that await payment.
    age: int
    # The first of the month in which Xero says they were paid in full.
    paid_month: date | None
    invoices: int
    total: Decimal
    amount_due: Decimal
    amount_paid: Decimal


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list. `has_more` although `number` is the last: there are too many."""

    rows: list[Row]
    number: int
    has_more: bool

    @property
    def is_too_far(self) -> bool:
        """Whether rows follow that no page shows."""
        return self.has_more and self.number >= LAST_PAGE


def read_head(company: Company) -> Head | None:
    """Return the company's live connection with what can be chosen; None without one."""
    with database.cursor() as cursor:
        cursor.execute(_HEAD, [company.pk] * 5)
        found = cursor.fetchall()
    if not found:
        return None
    (connection,) = _CONNECTION.read(found[0])
    connection.company = company
    chosen = {row[-3:] for row in found if row[-3] is not None}
    currencies = {code for kind, code, _ in chosen if kind == "currency"}
    if connection.base_currency:
        currencies.add(connection.base_currency)
    owners = [(int(code), label or "") for kind, code, label in chosen if kind == "owner"]
    return Head(
        connection,
        tuple(sorted(currencies)),
        tuple(sorted(owners, key=lambda owner: (owner[1] == "", owner[1].casefold(), owner[0]))),
    )


def read_page(
    connection: XeroConnection, filters: Filters, sort: str, number: int, *, today: date
) -> Page:
    """
    Return a page of the list.

    :param sort: a key of `ledger_filters.SORTS`, with "-" in front for the other way
    :param number: from 1 to LAST_PAGE
    """
    order = ledger_filters.order(sort)
    start = (number - 1) * PAGE_SIZE
    chosen = ledger_filters.choose(connection, filters, today=today).order_by(*order)
    # The joins are made for the rows of the page only, not for all that were sorted.
    keys = chosen.values("pk")[start : start + PAGE_SIZE + 1]
    of_page = Invoice.objects.for_company(connection.company).filter(pk__in=keys)
    rows = [Row._make(row) for row in _columns(connection, of_page).order_by(*order)]
    return Page(rows[:PAGE_SIZE], number, len(rows) > PAGE_SIZE)


def iterate(
    connection: XeroConnection, filters: Filters, sort: str, *, today: date
) -> Iterator[Row]:
    """Yield every row of the list in its order, a thousand in memory at a time."""
    chosen = ledger_filters.choose(connection, filters, today=today)
    rows = _columns(connection, chosen).order_by(*ledger_filters.order(sort))
    yield from map(Row._make, rows.iterator(chunk_size=_ROWS_AT_ONCE))


def count(connection: XeroConnection, filters: Filters, *, today: date) -> int:
    """Return how many invoices pass the filters."""
    return ledger_filters.choose(connection, filters, today=today).count()


def read_groups(connection: XeroConnection, filters: Filters, *, today: date) -> list[Group]:
    """Return the sums of all that pass the filters, as finely as totals and charts need them."""
    chosen = ledger_filters.choose(connection, filters, today=today)
    age = Case(
        *(
            When(
                xero_status=Invoice.Status.AUTHORISED,
                due_date__lte=today - timedelta(days=days),
                then=Value(reached),
            )
            for reached, days in reversed([*enumerate(AGES, start=1)])
        ),
        default=Value(0),
        output_field=IntegerField(),
    )
    paid_on = Case(
        When(xero_status=Invoice.Status.PAID, then=F("fully_paid_date")), output_field=DateField()
    )
    sums = {f"sum_{name}": _sum(name) for name in ("total", "amount_due", "amount_paid")}
    rows = (
        chosen.annotate(age=age, paid_month=TruncMonth(paid_on))
        .values_list("currency_code", "xero_status", "age", "paid_month")
        .annotate(rows=Count("pk"), **sums)
        .order_by()
    )
    return [_exact(Group._make(row)) for row in rows]


def _columns(connection: XeroConnection, rows: QuerySet[Any]) -> QuerySet[Any]:
    """The columns of `Row`."""
    deal = Deal.objects.for_company(connection.company).filter(
        deal_id=OuterRef("deal_link__deal_id")
    )
    own = Row._fields[: Row._fields.index("deal_id")]
    return rows.values_list(
        *own,
        "deal_link__deal_id",
        "deal_link__is_made_by_app",
        Subquery(deal.values("title")[:1]),
        Subquery(deal.values("owner_name")[:1]),
    )


def _sum(name: str) -> Sum:
    if database.vendor == "postgresql":
        return Sum(name)
    # SQLite adds decimals as binary fractions; whole ten-thousandths it adds exactly.
    return Sum(Cast(Round(F(name) * _TEN_THOUSAND), BigIntegerField()))


def _exact(group: Group) -> Group:
    if database.vendor == "postgresql":
        return group
    return group._replace(
        total=group.total / _TEN_THOUSAND,
        amount_due=group.amount_due / _TEN_THOUSAND,
        amount_paid=group.amount_paid / _TEN_THOUSAND,
    )
