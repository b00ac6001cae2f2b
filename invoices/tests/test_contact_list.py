"""All invoices of a deal's linked contact: which, in which order, what is on each (product §9)."""

from __future__ import annotations

import calendar
import re
import uuid
from collections.abc import Iterator
from copy import copy
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection as database
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from connections.models import Membership, XeroConnection
from connections.time_zones import organisation_today
from invoices import contact_history, seen_deals
from invoices.contact_filters import Filter
from invoices.models import Invoice
from invoices.tests import contact_world as c
from tests.vendors import Connected, connect

pytestmark = pytest.mark.django_db
LIST = "/deals/2/invoices/"
NORTHGATE = "Northgate Hotels"
EVER = "range=custom&start=2022-01-01&end=2026-12-31"


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def emma(connected: Connected, client: Client) -> Client:
    """Emma, with Northgate linked to the customer of deal 2 and its invoices read."""
    client.force_login(connected.user)
    client.get("/deals/2/")
    link_northgate(connected)
    return client


def link_northgate(connected: Connected) -> None:
    deal = seen_deals.get(connected.company, 2)
    assert deal is not None
    c.link(connected, NORTHGATE, organization_id=deal.organization_id or 0)
    contact_history.read_due(connected.connection.pk, now=timezone.now())


def shown(client: Client, query: str = "") -> list[str]:
    """Return the numbers of the rows, in their order."""
    response = client.get(f"{LIST}?{query}")
    assert response.status_code == 200
    return [row.view.invoice.number for row in response.context["page"].rows]


def every(connected: Connected) -> list[Invoice]:
    return list(Invoice.objects.for_company(connected.company).order_by("-issue_date", "-pk"))


def test_the_list_holds_the_contacts_invoices_made_in_xero_included(
    emma: Client, connected: Connected
) -> None:
    year_ago = timezone.now().date() - timedelta(days=365)

    numbers = shown(emma)

    expected = [
        row.number for row in every(connected) if row.issue_date and row.issue_date >= year_ago
    ]
    assert numbers == expected
    assert len(numbers) > 30


def test_a_page_has_fifty_rows_and_leads_to_the_next(emma: Client, connected: Connected) -> None:
    first = emma.get(f"{LIST}?{EVER}")
    second = emma.get(first.context["next_href"])

    numbers = [row.view.invoice.number for row in first.context["page"].rows]
    rest = [row.view.invoice.number for row in second.context["page"].rows]
    assert len(numbers) == 50
    assert numbers + rest == [row.number for row in every(connected)]
    assert not second.context.get("next_href")
    assert (
        emma.get(second.context["previous_href"]).context["page"].rows[0].view.invoice.number
        == (numbers[0])
    )


@pytest.mark.parametrize("sort", ["issue_date", "due_date", "number", "total", "status"])
@pytest.mark.parametrize("is_back", [False, True])
def test_each_order_is_as_it_says(
    emma: Client, connected: Connected, sort: str, is_back: bool
) -> None:
    places = {code: place for place, code in enumerate(Invoice.Status.values)}
    keys: dict[str, Any] = {
        "status": lambda row: places[row.xero_status],
        "total": lambda row: row.total,
    }
    rows = sorted(every(connected), key=lambda row: row.pk, reverse=True)
    rows.sort(key=keys.get(sort, lambda row: getattr(row, sort)), reverse=is_back)
    if sort == "total":
        rows.sort(key=lambda row: row.currency_code)

    numbers = shown(emma, f"{EVER}&sort={'-' if is_back else ''}{sort}")

    assert numbers == [row.number for row in rows][:50]


@pytest.mark.parametrize("status", [*Invoice.Status.values, "overdue", "partly_paid"])
def test_each_status_shows_its_own(emma: Client, connected: Connected, status: str) -> None:
    today = timezone.now().date()
    fits = {
        "overdue": lambda row: row.is_overdue(today),
        "partly_paid": lambda row: row.is_partly_paid,
    }.get(status, lambda row: row.xero_status == status)
    expected = [row.number for row in every(connected) if fits(row)]

    assert expected
    assert shown(emma, f"{EVER}&status={status}") == expected[:50]


@pytest.mark.parametrize(
    ("range_", "today", "first", "last"),
    [
        ("month", date(2028, 2, 29), date(2028, 2, 1), date(2028, 2, 29)),
        ("month", date(2026, 12, 31), date(2026, 12, 1), date(2026, 12, 31)),
        ("3m", date(2026, 5, 31), date(2026, 2, 28), date(2026, 5, 31)),
        ("3m", date(2026, 1, 15), date(2025, 10, 15), date(2026, 1, 15)),
        ("12m", date(2028, 2, 29), date(2027, 2, 28), date(2028, 2, 29)),
        ("", date(2026, 11, 23), date(2025, 11, 23), date(2026, 11, 23)),
        ("year", date(2026, 11, 23), date(2026, 1, 1), date(2026, 12, 31)),
        ("nonsense", date(2026, 11, 23), date(2025, 11, 23), date(2026, 11, 23)),
    ],
)
def test_a_range_is_by_the_calendar(range_: str, today: date, first: date, last: date) -> None:
    form = Filter(QueryDict(f"range={range_}"), today=today, sees_amounts=True)

    wanted = form.wanted

    assert wanted is not None
    assert (wanted.first, wanted.last) == (first, last)


def test_a_range_of_ones_own_begins_with_the_one_before(emma: Client) -> None:
    form = emma.get(f"{LIST}?range=year").context["form"]

    year = timezone.now().year
    assert (form["start"].value(), form["end"].value()) == (f"{year}-01-01", f"{year}-12-31")
    assert form.query() == "range=year"


def test_both_ends_of_a_range_are_inclusive(emma: Client, connected: Connected) -> None:
    rows = [row for row in every(connected) if row.number][10:13]
    days = [row.issue_date for row in rows]

    numbers = shown(emma, f"range=custom&start={days[-1]}&end={days[0]}")

    assert numbers == [row.number for row in rows]


def test_today_is_the_organisations_day(connected: Connected) -> None:
    """In Auckland it is the 1st while it is still the 31st in London."""
    XeroConnection.objects.for_company(connected.company).update(
        xero_timezone="NEWZEALANDSTANDARDTIME"
    )
    now = timezone.now().replace(year=2026, month=8, day=31, hour=20)
    today = organisation_today(c.fresh(connected), now)

    wanted = Filter(QueryDict("range=month"), today=today, sees_amounts=True).wanted

    assert wanted is not None
    assert wanted.first == date(2026, 9, 1)


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        ("2026-05-01", "2026-04-30", "This date is before the first one."),
        ("", "2026-04-30", "Choose a date."),
        ("2026-04-30", "", "Choose a date."),
        ("2019-01-01", "2026-01-01", "Choose at most 5 years."),
        ("2026-02-30", "2026-03-01", "This day does not exist in the calendar."),
        ("١٢", "2026-03-01", "Write the date as"),
        ("0001-01-01", "9999-12-31", "Choose a date between the years 2000 and 2099."),
        ("x" * 4000, "\x00", "Write the date as"),
    ],
)
def test_bad_dates_are_said_beside_the_field_and_kept(
    emma: Client, start: str, end: str, message: str
) -> None:
    response = emma.get(LIST, {"range": "custom", "start": start, "end": end})

    assert response.status_code == 200
    page = response.content.decode()
    assert message in page
    assert response.context["form"]["start"].value() == start
    assert "page" not in response.context


def test_turkish_dates_are_read_as_turks_write_them(emma: Client) -> None:
    emma.cookies["ib_language"] = "tr"

    response = emma.get(LIST, {"range": "custom", "start": "01.02.2026", "end": "28/02/2026"})

    wanted = response.context["wanted"]
    assert (wanted.first, wanted.last) == (date(2026, 2, 1), date(2026, 2, 28))


@pytest.mark.parametrize(
    "query",
    [
        "page=-1",
        "page=99999999999999999999",
        "page=%00",
        "sort=password",
        "sort=-company_id",
        "status=PAID%27--",
        "range[]=x",
        "range=&status=&sort=&start=&end=",
        "page=2&page=1",
        "%ff%fe=1",
        "contact=%00",
    ],
)
def test_odd_query_strings_show_the_usual_list(emma: Client, query: str) -> None:
    response = emma.get(f"{LIST}?{query}")

    assert response.status_code == 200
    assert response.context["wanted"].sort == "-issue_date"


def test_totals_are_per_currency_and_match_the_rows(emma: Client, connected: Connected) -> None:
    today = timezone.now().date()
    expected: dict[str, list[Decimal]] = {}
    for row in every(connected):
        sums = expected.setdefault(row.currency_code, [Decimal(0)] * 3)
        if row.xero_status == "AUTHORISED":
            sums[0] += row.amount_due
            sums[1] += row.amount_due if row.is_overdue(today) else 0
        if row.xero_status in {"AUTHORISED", "PAID"}:
            sums[2] += row.amount_paid

    contact = emma.get(LIST).context["contact"]

    assert {t.currency_code: [t.outstanding, t.overdue, t.paid] for t in contact.totals} == expected
    assert set(expected) == {"GBP", "EUR"}


def test_who_may_not_see_amounts_sees_none_and_cannot_sort_by_them(
    emma: Client, connected: Connected
) -> None:
    Membership.objects.for_company(connected.company).update(can_see_amounts=False)

    for address in (f"{LIST}?sort=-total", "/deals/2/"):
        page = emma.get(address).content.decode()
        assert "£" not in page.split('id="contact-')[1]
        assert "Outstanding" not in page
        assert "Largest total first" not in page
    assert emma.get(f"{LIST}?sort=-total").context["wanted"].sort == "-issue_date"


def test_each_row_offers_what_its_card_offers(emma: Client, connected: Connected) -> None:
    Membership.objects.for_company(connected.company).update(can_approve=True, can_void=True)
    offered: dict[str, list[str]] = {}
    for row in emma.get(f"{LIST}?{EVER}").context["page"].rows:
        codes = [each.code for each in row.view.actions]
        offered.setdefault(row.view.invoice.xero_status, codes)

    assert offered["DRAFT"] == ["approve", "pdf", "open", "delete"]
    assert offered["AUTHORISED"] == ["email", "pdf", "open", "void"]
    assert offered["VOIDED"] == ["pdf", "open"]
    assert offered["DELETED"] == ["open"]


def test_the_states_of_emptiness_are_told_apart(emma: Client, connected: Connected) -> None:
    page = emma.get(f"{LIST}?range=custom&start=2010-01-01&end=2010-12-31").content.decode()
    assert "No invoice of this contact fits." in page
    assert "Show the last 5 years" in page

    Invoice.objects.for_company(connected.company).delete()
    page = emma.get(LIST).content.decode()
    assert "This contact has no sales invoices in Xero yet." in page


def test_a_reading_under_way_is_said_and_the_page_looks_again(
    emma: Client, connected: Connected
) -> None:
    contact_history.ask(
        connected.connection, c.history(connected).xero_contact_id, now=timezone.now()
    )

    for address in (LIST, "/deals/2/"):
        page = emma.get(address).content.decode()
        assert "Earlier invoices are being read…" in page
        assert re.search(r'hx-trigger="[^"]*every 3s"', page)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("rate_limited", "Xero asked us to wait"),
        ("day_reserve", "calls for today are used up"),
        ("server_error", "Xero did not answer"),
        ("revoked", "The Xero connection ended"),
    ],
)
def test_a_failed_reading_says_why_and_when_again(
    emma: Client, connected: Connected, code: str, words: str
) -> None:
    row = c.history(connected)
    row.state, row.error_code = "due", code
    row.next_attempt_at = timezone.now().replace(year=2031, month=3, day=20)
    row.save()

    page = emma.get(LIST).content.decode()

    assert words in page
    assert code == "revoked" or "20 Mar 2031" in page
    assert "INV-" in page


def test_the_list_costs_few_queries_however_long_it_is(
    emma: Client, connected: Connected, django_assert_max_num_queries: Any
) -> None:
    emma.get(LIST)

    with django_assert_max_num_queries(11) as captured:
        emma.get(f"{LIST}?{EVER}")

    own = [each["sql"] for each in captured.captured_queries if '"invoices_' in each["sql"]]
    assert len(own) == 5  # the deal, the reading, the totals, the rows, their last actions


def test_a_page_reads_the_contacts_rows_by_an_index(
    emma: Client, connected: Connected, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(20) as captured:
        emma.get(LIST)

    rows = next(each["sql"] for each in captured.captured_queries if "deal_title" in each["sql"])
    if database.vendor == "postgresql":
        _add_invoices_of_others(connected, 2_000)
    with database.cursor() as cursor:
        cursor.execute(
            f"{'EXPLAIN' if database.vendor == 'postgresql' else 'EXPLAIN QUERY PLAN'} {rows}"
        )
        assert "invoice_by_contact" in str(cursor.fetchall())


def _add_invoices_of_others(connected: Connected, count: int) -> None:
    """PostgreSQL takes an index where it pays: of a few rows any is as good as another."""
    known = Invoice.objects.for_company(connected.company)[0]
    copies = []
    for _number in range(count):
        other = copy(known)
        other.pk, other.xero_invoice_id, other.xero_contact_id = None, uuid.uuid4(), uuid.uuid4()
        copies.append(other)
    Invoice.objects.bulk_create(copies)
    with database.cursor() as cursor:
        cursor.execute("ANALYZE invoices_invoice")


def test_an_answer_for_a_part_is_the_list_alone(emma: Client) -> None:
    response = emma.get(LIST, headers={"HX-Request": "true"})

    page = response.content.decode()
    assert page.lstrip().startswith("<section")
    assert "<!doctype" not in page.lower()
    assert "HX-Request" in response.headers["Vary"]


def test_a_deal_that_pipedrive_hides_shows_nothing_of_its_contact(
    emma: Client, connected: Connected, client: Client
) -> None:
    noor = connect(
        connected.vendors, "noor.haddad@brightside.example", None, role=Membership.Role.REP
    )
    client.force_login(noor.user)

    for address in (LIST, "/deals/2/contact/", "/deals/2/contact/unlink/"):
        response = client.get(address)
        assert response.status_code == 404
        assert "INV-" not in response.content.decode()


def test_pipedrive_down_is_said_to_who_has_not_seen_the_deal_lately(connected: Connected) -> None:
    mehmet = connect(
        connected.vendors, "mehmet.yilmaz@brightside.example", None, role=Membership.Role.REP
    )
    client = Client()
    client.force_login(mehmet.user)
    connected.vendors.control(
        "faults",
        {"vendor": "pipedrive", "path": "/deals", "kind": "status", "status": 503, "times": None},
    )

    response = client.get(LIST)

    assert response.status_code == 200
    assert "Pipedrive" in response.content.decode()


def test_without_a_connection_the_page_says_so(emma: Client, connected: Connected) -> None:
    XeroConnection.objects.for_company(connected.company).update(state="ENDED")

    assert "Xero is not connected, so there are no invoices" in emma.get(LIST).content.decode()


def test_months_have_their_own_lengths() -> None:
    for month in range(1, 13):
        today = date(2027, month, calendar.monthrange(2027, month)[1])
        wanted = Filter(QueryDict("range=3m"), today=today, sees_amounts=True).wanted
        assert wanted is not None
        assert timedelta(days=88) <= wanted.last - wanted.first <= timedelta(days=92)
