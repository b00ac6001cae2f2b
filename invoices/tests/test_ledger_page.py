"""What a person sees of all the company's invoices: the list, its totals, its filters' messages."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from connections import time_zones
from connections.models import Membership, XeroConnection
from connections.templatetags import display
from invoices import ledger
from invoices.tests import ledger_world
from invoices.tests.ledger_world import World
from invoices.tests.test_ledger_filters import CASES

pytestmark = pytest.mark.django_db
ROW = re.compile(r'<tr><td data-label="')
# Session, person, membership; connection with what can be chosen; rows.
QUERIES = 5


@pytest.fixture
def world() -> World:
    made = ledger_world.make()
    today = time_zones.organisation_today(made.connection, timezone.now())
    return ledger_world.fill(made, 120, today=today)


def test_a_stranger_is_sent_to_sign_in(client: Client, db: None) -> None:
    for address in ("/invoices/", "/invoices/totals/", "/invoices/charts/"):
        assert client.get(address).headers["Location"].startswith("/accounts/login/")
    assert client.post("/invoices/export/").headers["Location"].startswith("/accounts/login/")


def test_the_list_shows_fifty_invoices_of_this_company_and_the_way_on(world: World) -> None:
    ledger_world.fill(ledger_world.make(2), 20, seed=9)

    first, last = world.get("/invoices/"), world.get("/invoices/?page=3")

    assert len(ROW.findall(first)) == 50
    assert "Invoices 1 to 50" in first and 'href="?page=2"' in first
    assert len(ROW.findall(last)) == 20
    assert "Invoices 101 to 120" in last and "Next page" not in last


def test_a_row_says_what_the_card_says(world: World) -> None:
    invoice = next(
        row
        for row in world.invoices
        if row.xero_status == "AUTHORISED" and row.pk in world.links and row.is_partly_paid
    )
    deal_id = world.links[invoice.pk].deal_id

    page = world.get(f"/invoices/?q={invoice.number}")

    assert len(ROW.findall(page)) == 1
    for words in (
        invoice.number,
        "Awaiting payment",
        "Partly paid",
        display.day(invoice.issue_date),
        display.day(invoice.due_date),
        display.money(invoice.total, invoice.currency_code),
        display.money(invoice.amount_due, invoice.currency_code),
        f'href="/invoices/{invoice.pk}/"',
        f'href="/deals/{deal_id}/"',
    ):
        assert words in page


def test_nobody_owes_a_voided_invoice(world: World) -> None:
    page = world.get("/invoices/?status=VOIDED")

    dues = re.findall(r'data-label="Amount due">([^<]*)<', page)
    assert dues and set(dues) == {"–"}


@pytest.mark.parametrize("query", CASES)
def test_every_filter_costs_five_queries_and_so_do_totals_and_charts(
    world: World, query: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for address in ("/invoices/", "/invoices/totals/", "/invoices/charts/"):
        with django_assert_max_num_queries(QUERIES):
            world.get(f"{address}?{query}")


@pytest.mark.parametrize("sort", ["-issue_date", "due_date", "number", "contact", "-total"])
def test_every_order_costs_five_queries(
    world: World, sort: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(QUERIES):
        world.get(f"/invoices/?sort={sort}&page=2")


def test_filters_and_order_stay_in_every_address_of_the_page(world: World) -> None:
    page = world.get("/invoices/?status=PAID&status=AUTHORISED&currency=GBP&sort=number")

    assert "?status=PAID&amp;status=AUTHORISED&amp;currency=GBP&amp;sort=-number" in page
    assert '"/invoices/charts/?status=PAID&amp;status=AUTHORISED&amp;currency=GBP"' in page
    assert re.search(r'value="PAID"[^>]* checked', page)
    assert re.search(r'<option value="GBP" selected>', page)
    assert 'aria-sort="ascending"' in page
    assert '<input type="hidden" name="status" value="AUTHORISED">' in page


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("q=a", "id_q", "Type at least 2 characters."),
        ("q=" + "x" * 101, "id_q", "Use at most 100 characters"),
        ("q=a%00b", "id_q", "cannot be stored"),
        (
            "status=OPEN",
            "id_status",
            "This link names a status that does not exist. Choose from these.",
        ),
        ("range=yesterday", "id_range", "This is not in the list. Choose again."),
        ("range=custom", "id_from", "Choose a first or a last day."),
        ("range=custom&from=31.04.2026", "id_from", "This day does not exist in the calendar."),
        ("range=custom&from=0001-01-01", "id_from", "between the years 2000 and 2099"),
        (
            "range=custom&from=2026-02-02&to=2026-02-01",
            "id_to",
            "The last day is before the first one.",
        ),
        ("range=custom&from=2019-01-01&to=2026-01-01", "id_to", "Choose at most 5 years"),
        ("currency=QQQ", "id_currency", "This is not in the list. Choose again."),
        ("owner=999999999999999999999", "id_owner", "This is not in the list. Choose again."),
        ("owner=%D9%A1", "id_owner", "This is not in the list. Choose again."),
        ("made=maybe", "id_made", "This is not in the list. Choose again."),
    ],
)
def test_a_wrong_filter_is_named_where_it_is_and_nothing_typed_is_lost(
    world: World, query: str, field: str, message: str
) -> None:
    page = world.get(f"/invoices/?{query}&overdue=on")

    assert re.search(rf'id="{field}_error".*?{re.escape(message)}', page, re.DOTALL)
    assert "until then nothing is listed" in page
    assert not ROW.findall(page)
    assert re.search(r'name="overdue"[^>]* checked', page)
    assert not world.get(f"/invoices/totals/?{query}").strip()
    world.get(f"/invoices/charts/?{query}")


def test_typed_text_is_shown_as_typed_and_is_never_markup(world: World) -> None:
    typed = "<script>alert(1)</script> {{7*7}} ' OR 1=1"

    page = world.get(f"/invoices/?{urlencode({'q': typed})}")

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{7*7}} &#x27; OR 1=1" in page
    assert "No invoices match this search." in page


@pytest.mark.parametrize("place", ["page=-1", "page=0", "page=1e3", "page=%D9%A2", "sort=password"])
def test_a_place_that_makes_no_sense_is_the_beginning(world: World, place: str) -> None:
    assert ROW.findall(world.get(f"/invoices/?{place}")) == ROW.findall(world.get("/invoices/"))


def test_a_page_behind_the_last_one_shows_the_way_back(world: World) -> None:
    page = world.get("/invoices/?status=PAID&page=99999")

    assert "There are not so many pages." in page
    assert 'href="?status=PAID"' in page


def test_too_many_pages_are_said_and_not_leafed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "LAST_PAGE", 2)

    page = world.get("/invoices/?page=2")

    assert "There are more invoices than pages." in page
    assert "Next page" not in page


def test_totals_are_shown_for_each_currency_of_what_is_listed(world: World) -> None:
    part = world.get("/invoices/totals/?currency=GBP")
    groups = [row for row in world.invoices if row.currency_code == "GBP"]
    owing = [row for row in groups if row.xero_status == "AUTHORISED"]

    assert len(re.findall(r'<th scope="row">', part)) == 1
    assert display.money(sum(row.amount_due for row in owing), "GBP") in part  # type: ignore[arg-type]


def test_who_may_not_see_amounts_sees_none_anywhere(world: World) -> None:
    amounts = {
        display.money(amount, row.currency_code)
        for row in world.invoices
        for amount in (row.total, row.amount_due)
        if amount
    }
    assert any(amount in world.get("/invoices/") for amount in amounts)

    Membership.objects.for_company(world.connection.company).update(can_see_amounts=False)
    pages = [
        world.get("/invoices/"),
        world.get("/invoices/?sort=-total"),
        world.get("/invoices/totals/"),
        world.get("/invoices/charts/"),
    ]

    for page in pages:
        assert not any(amount in page for amount in amounts)
        assert "Amount due" not in page
    assert pages[1].count(display.day(world.invoices[0].issue_date)) == pages[0].count(
        display.day(world.invoices[0].issue_date)
    )
    assert "120 invoices match the filters." in pages[2]
    assert "which you may not see here" in pages[3]


def test_an_admin_sees_the_list_as_an_accountant_does(world: World) -> None:
    Membership.objects.for_company(world.connection.company).update(role=Membership.Role.ADMIN)

    assert len(ROW.findall(world.get("/invoices/"))) == 50


def test_a_rep_learns_nothing_of_deals_that_pipedrive_may_hide_from_them(world: World) -> None:
    Membership.objects.for_company(world.connection.company).update(role=Membership.Role.REP)

    pages = [world.get(path, 403) for path in ("/invoices/", "/invoices/totals/")]
    pages += [world.get("/invoices/charts/", 403), world.get("/deals/")]
    file = world.client.post("/invoices/export/")

    assert file.status_code == 403
    assert "admins and accountants" in pages[0]
    assert not any(deal.title in page for page in pages for deal in world.deals.values())
    assert not any('href="/invoices/"' in page for page in pages)


def test_without_an_organisation_the_page_says_what_to_do(world: World) -> None:
    XeroConnection.objects.for_company(world.connection.company).update(state="ENDED")

    for address in ("/invoices/", "/invoices/charts/"):
        page = world.get(address)
        assert "Xero is not connected." in page
        assert 'href="/settings/connections/"' in page
    assert world.get("/invoices/totals/").strip() == ""


def test_a_dead_connection_shows_what_is_held_and_how_old_it_is(world: World) -> None:
    XeroConnection.objects.for_company(world.connection.company).update(state="RECONNECT")

    page = world.get("/invoices/")

    assert "Xero is not connected at the moment. What you see is from 13 Mar 2026" in page
    assert len(ROW.findall(page)) == 50


def test_no_invoices_at_all_says_how_they_come() -> None:
    page = ledger_world.make().get("/invoices/")

    assert "No invoices here yet." in page
    assert "About this list" in page


def test_overdue_turns_with_the_organisations_day_and_not_with_utc(world: World) -> None:
    company = world.connection.company
    now = timezone.now()
    days = set()

    for zone in ("NEWZEALANDSTANDARDTIME", "HAWAIIANSTANDARDTIME"):
        XeroConnection.objects.for_company(company).update(xero_timezone=zone)
        head = ledger.read_head(company)
        assert head is not None
        today = time_zones.organisation_today(head.connection, now)
        days.add(today)
        late = [row for row in world.invoices if row.is_overdue(today)]
        found = world.get("/invoices/totals/?overdue=on")
        counts = re.findall(r'data-label="Invoices">([\d,]+)<', found)
        assert sum(int(each.replace(",", "")) for each in counts) == len(late)

    assert len(days) == 2


def test_the_page_speaks_turkish(world: World) -> None:
    Membership.objects.for_company(world.connection.company).update(language="tr")
    invoice = max(world.invoices, key=lambda row: (str(row.issue_date), row.pk))

    page = world.get("/invoices/")

    assert '<h1 class="page-header__title">Faturalar</h1>' in page
    assert "Düzenleme tarihi" in page and "Vade tarihi" in page
    with translation.override("tr"):
        assert display.day(invoice.issue_date) in page
        assert display.money(invoice.total, invoice.currency_code) in page
