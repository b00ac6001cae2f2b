"""What each filter of the company's invoices finds, against the same worked out row by row."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.http import QueryDict

from invoices import ledger, ledger_figures, ledger_filters, ledger_form
from invoices.ledger import Row
from invoices.ledger_filters import Filters
from invoices.models import Invoice
from invoices.tests import ledger_world
from invoices.tests.ledger_world import TODAY, World

pytestmark = pytest.mark.django_db

Rule = Callable[[World, Invoice], bool]


@pytest.fixture
def world() -> World:
    found = ledger_world.fill(ledger_world.make(), 180)
    ledger_world.fill(ledger_world.make(2), 60, seed=2)
    return found


def read(query: str) -> Callable[[World], Filters]:
    """Return what makes the filters of an address."""

    def filters_of(world: World) -> Filters:
        head = ledger.read_head(world.connection.company)
        assert head is not None
        form = ledger_form.LedgerFilters(QueryDict(query), head=head, today=TODAY)
        assert form.is_valid(), form.errors
        return form.filters()

    return filters_of


def deal_of(world: World, invoice: Invoice) -> Any:
    link = world.links.get(invoice.pk)
    return world.deals.get(link.deal_id) if link else None


def plain(text: str) -> str:
    """Independent of the product's own folding."""
    for letter, instead in (("İ", "i"), ("I", "i"), ("ı", "i")):
        text = text.replace(letter, instead)
    text = unicodedata.normalize("NFD", text.lower())
    return "".join(letter for letter in text if unicodedata.category(letter) != "Mn")


def holds(*words: str) -> Rule:
    def rule(world: World, invoice: Invoice) -> bool:
        own = [plain(each) for each in (invoice.contact_name, invoice.number, invoice.reference)]
        deal = deal_of(world, invoice)
        in_own = all(any(word in text for text in own) for word in words)
        return in_own or (deal is not None and all(word in plain(deal.title) for word in words))

    return rule


def issued(first: date | None, last: date | None) -> Rule:
    return lambda _world, row: (
        row.issue_date is not None
        and (first is None or row.issue_date >= first)
        and (last is None or row.issue_date <= last)
    )


def is_overdue(_world: World, row: Invoice) -> bool:
    return row.is_overdue(TODAY)


def is_partly_paid(_world: World, row: Invoice) -> bool:
    return row.is_partly_paid


def is_of(owner_id: int) -> Rule:
    return lambda world, row: getattr(deal_of(world, row), "owner_id", None) == owner_id


def all_of(*rules: Rule) -> Rule:
    return lambda world, row: all(rule(world, row) for rule in rules)


CASES: dict[str, Rule] = {
    "": lambda *_: True,
    "q=acme": holds("acme"),
    "q=ACME+LTD": holds("acme", "ltd"),
    "q=ltd+acme": holds("acme", "ltd"),
    "q=isik": holds("isik"),
    "q=I%C5%9EIK": holds("isik"),
    "q=%C4%B0STANBUL": holds("istanbul"),
    "q=istanbul+inv-00": holds("istanbul", "inv-00"),
    "q=inv-001": holds("inv-001"),
    "q=100%25_": holds("100%_"),
    "q=77_1": holds("77_1"),
    "q=sipari%C5%9F+i-9": holds("siparis", "i-9"),
    "q=izmir+fuari": holds("izmir", "fuari"),
    "q=%5C%5C": lambda *_: False,
    "q=%22%27%29--": lambda *_: False,
    "q=%C2%A8%C2%A8": lambda *_: False,
    "q=17": lambda world, row: (
        holds("17")(world, row) or (row.pk in world.links and world.links[row.pk].deal_id == 17)
    ),
    "q=23": lambda world, row: (
        holds("23")(world, row) or (row.pk in world.links and world.links[row.pk].deal_id == 23)
    ),
    "status=DRAFT": lambda _world, row: row.xero_status == "DRAFT",
    "status=PAID&status=VOIDED": lambda _world, row: row.xero_status in {"PAID", "VOIDED"},
    "overdue=on": is_overdue,
    "partly_paid=on": is_partly_paid,
    "overdue=on&partly_paid=on": all_of(is_overdue, is_partly_paid),
    "overdue=on&status=PAID": lambda *_: False,
    "range=this_month": issued(date(2026, 3, 1), date(2026, 3, 31)),
    "range=last_3_months": issued(date(2025, 12, 13), TODAY),
    "range=last_12_months": issued(date(2025, 3, 13), TODAY),
    "range=this_year": issued(date(2026, 1, 1), date(2026, 12, 31)),
    "range=custom&from=2025-07-01&to=2025-07-31": issued(date(2025, 7, 1), date(2025, 7, 31)),
    "range=custom&from=2026-01-05": issued(date(2026, 1, 5), None),
    "range=custom&to=2025-06-30": issued(None, date(2025, 6, 30)),
    "range=&from=nonsense": lambda *_: True,
    "currency=GBP": lambda _world, row: row.currency_code == "GBP",
    "owner=7": is_of(7),
    "owner=9": is_of(9),
    "made=app": lambda world, row: row.pk in world.links and world.links[row.pk].is_made_by_app,
    "made=linked": lambda world, row: (
        row.pk in world.links and not world.links[row.pk].is_made_by_app
    ),
    "made=none": lambda world, row: row.pk not in world.links,
    "q=acme&status=AUTHORISED&overdue=on&range=last_12_months&currency=GBP": all_of(
        holds("acme"),
        is_overdue,
        issued(date(2025, 3, 13), TODAY),
        lambda _world, row: row.currency_code == "GBP",
    ),
}


def expected(world: World, query: str) -> list[Invoice]:
    return [row for row in world.invoices if CASES[query](world, row)]


def all_pages(world: World, filters: Filters, sort: str = "-issue_date") -> list[Row]:
    found: list[Row] = []
    for number in range(1, 20):
        page = ledger.read_page(world.connection, filters, sort, number, today=TODAY)
        found += page.rows
        if not page.has_more:
            return found
    raise AssertionError("the pages do not end")


@pytest.mark.parametrize("query", CASES)
def test_a_filter_finds_exactly_what_it_says_on_all_its_pages(world: World, query: str) -> None:
    filters = read(query)(world)

    found = all_pages(world, filters)

    assert sorted(row.id for row in found) == sorted(row.pk for row in expected(world, query))
    assert ledger.count(world.connection, filters, today=TODAY) == len(found)


def test_the_cases_are_not_empty_but_where_nothing_may_be_found(world: World) -> None:
    empty = {query for query in CASES if not expected(world, query)}

    assert empty == {"q=%5C%5C", "q=%22%27%29--", "q=%C2%A8%C2%A8", "overdue=on&status=PAID"}


@pytest.mark.parametrize("query", CASES)
def test_totals_are_the_sums_of_the_rows_of_all_pages(world: World, query: str) -> None:
    filters = read(query)(world)
    listed = all_pages(world, filters)

    found = ledger_figures.totals(ledger.read_groups(world.connection, filters, today=TODAY))

    assert [each.currency for each in found] == sorted({row.currency_code for row in listed})
    for each in found:
        own = [row for row in listed if row.currency_code == each.currency]
        lives = [row for row in own if row.xero_status not in {"VOIDED", "DELETED"}]
        owing = [row for row in own if row.xero_status == "AUTHORISED"]
        late = [row for row in owing if row.due_date and row.due_date < TODAY]
        assert each.invoices == len(own)
        assert each.total == sum((row.total for row in lives), Decimal(0))
        assert each.outstanding == sum((row.amount_due for row in owing), Decimal(0))
        assert each.overdue == sum((row.amount_due for row in late), Decimal(0))
        assert each.paid == sum((row.amount_paid for row in lives), Decimal(0))


@pytest.mark.parametrize("name", ledger_filters.SORTS)
@pytest.mark.parametrize("sign", ["", "-"])
def test_each_order_holds_over_all_pages_and_names_no_row_twice(
    world: World, name: str, sign: str
) -> None:
    life = ("DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED")
    by_key = {row.pk: row for row in world.invoices}
    keys: dict[str, Callable[[Row], Any]] = {
        "issue_date": lambda row: row.issue_date or date.max,
        "due_date": lambda row: row.due_date or date.max,
        "number": lambda row: row.number,
        "contact": lambda row: by_key[row.id].search_text,
        "total": lambda row: row.total,
        "amount_due": lambda row: row.amount_due,
        "status": lambda row: life.index(row.xero_status),
    }

    found = all_pages(world, Filters(), sign + name)

    key = keys[name]
    assert len({row.id for row in found}) == len(found) == len(world.invoices)
    # Alike ones keep the order of their keys, both ways.
    wanted = sorted(found, key=lambda row: (key(row), row.id), reverse=bool(sign))
    assert [row.id for row in found] == [row.id for row in wanted]


def test_a_row_names_its_deal_and_whose_it_is(world: World) -> None:
    for row in all_pages(world, Filters()):
        link = world.links.get(row.id)
        deal = world.deals.get(link.deal_id) if link else None
        assert row.deal_id == (link.deal_id if link else None)
        assert row.is_made_by_app == (link.is_made_by_app if link else None)
        assert row.deal_title == (deal.title if deal else None)
        assert row.deal_owner == (deal.owner_name if deal else None)


def test_the_filters_offer_this_companys_owners_and_currencies_only(world: World) -> None:
    ledger_world.make(3).connection.company.deals.create(
        deal_id=1, title="x", owner_id=99, owner_name="Stranger", seen_at="2026-01-01T00:00Z"
    )

    head = ledger.read_head(world.connection.company)

    assert head is not None
    assert head.owners == ((8, "Can Demir"), (7, "Emma Clarke"), (9, ""))
    assert head.currencies == ("GBP",)
