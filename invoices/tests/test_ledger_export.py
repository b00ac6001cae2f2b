"""The list as a file: every row, safe in a spreadsheet, in the dialect of the reader (S-24)."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from connections import time_zones
from connections.models import AuditEvent, Membership
from connections.templatetags import display
from invoices import export, ledger
from invoices.ledger import Row
from invoices.ledger_filters import Filters
from invoices.tests import ledger_world
from invoices.tests.ledger_world import TODAY, World

pytestmark = pytest.mark.django_db
AMOUNTS = ("Total", "Amount due", "Amount paid", "Amount credited")


@pytest.fixture
def world() -> World:
    made = ledger_world.make()
    today = time_zones.organisation_today(made.connection, timezone.now())
    return ledger_world.fill(made, 130, today=today)


def take(world: World, **form: Any) -> tuple[Any, str]:
    answer: Any = world.client.post("/invoices/export/", form)
    assert answer.status_code == 200
    return answer, b"".join(answer.streaming_content).decode("utf-8")


def read(text: str, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix(export.MARK)), delimiter=delimiter))


def test_the_file_holds_every_row_that_the_filters_find_in_the_lists_order(world: World) -> None:
    ledger_world.fill(ledger_world.make(2), 20, seed=4)

    answer, text = take(world, status=["PAID", "AUTHORISED"], sort="number")

    rows = read(text)
    wanted = [row for row in world.invoices if row.xero_status in {"PAID", "AUTHORISED"}]
    assert [row["Number"] for row in rows] == sorted(row.number for row in wanted)
    assert len(rows) > ledger.PAGE_SIZE
    assert answer.headers["X-Invoices"] == str(len(rows))
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    day = time_zones.organisation_today(world.connection, timezone.now())
    assert (
        answer.headers["Content-Disposition"]
        == f'attachment; filename="invoices-{day.isoformat()}.csv"'
    )


def test_each_cell_is_what_xero_holds(world: World) -> None:
    today = time_zones.organisation_today(world.connection, timezone.now())
    rows = {row["Xero invoice id"]: row for row in read(take(world)[1])}

    assert len(rows) == len(world.invoices)
    for invoice in world.invoices:
        row = rows[str(invoice.xero_invoice_id)]
        link = world.links.get(invoice.pk)
        deal = world.deals.get(link.deal_id) if link else None
        assert row["Number"] == invoice.number
        assert row["Status"] == display.status_label(invoice.xero_status)
        assert row["Overdue"] == ("Yes" if invoice.is_overdue(today) else "No")
        assert row["Partly paid"] == ("Yes" if invoice.is_partly_paid else "No")
        assert row["Contact"].removeprefix("'") == invoice.contact_name
        assert row["Issue date"] == invoice.issue_date.isoformat()  # type: ignore[union-attr]
        assert row["Due date"] == (invoice.due_date.isoformat() if invoice.due_date else "")
        assert row["Currency"] == invoice.currency_code
        assert Decimal(row["Total"]) == invoice.total
        assert Decimal(row["Amount paid"]) == invoice.amount_paid
        gone = invoice.xero_status in {"VOIDED", "DELETED"}
        assert row["Amount due"] == "" if gone else Decimal(row["Amount due"]) == invoice.amount_due
        assert row["Deal"] == (str(link.deal_id) if link else "")
        assert row["Deal title"] == (deal.title if deal else "")
        assert row["Deal owner"] == (deal.owner_name if deal else "")


def test_no_cell_begins_a_formula_and_numbers_stay_numbers(world: World) -> None:
    rows = read(take(world)[1])

    for row in rows:
        for name, cell in row.items():
            if name in AMOUNTS:
                assert cell == "" or Decimal(cell) >= 0
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\0"))
    assert '\'=HYPERLINK("x")' in {row["Contact"] for row in rows}
    assert "'+44 call" in {row["Reference"] for row in rows}


@pytest.mark.parametrize(
    "lead", ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠"]
)
def test_what_could_begin_a_formula_gets_an_apostrophe(lead: str) -> None:
    assert export.neutral(f"{lead}1+1") == f"'{lead}1+1"
    assert export.neutral(f"a{lead}1") == f"a{lead}1"


def test_a_turkish_reader_gets_what_excel_in_turkey_reads(world: World) -> None:
    Membership.objects.for_company(world.connection.company).update(language="tr")

    answer, text = take(world)

    assert text.startswith("\ufeff")
    rows = read(text, ";")
    with translation.override("tr"):
        labels = {display.status_label(row.xero_status) for row in world.invoices}
    by_id = {row["Xero fatura kimliği"]: row for row in rows}
    invoice = world.invoices[0]
    row = by_id[str(invoice.xero_invoice_id)]
    assert {each["Durum"] for each in rows} == labels
    assert Decimal(row["Toplam"].replace(",", ".")) == invoice.total
    assert "." not in row["Toplam"]
    assert row["Düzenleme tarihi"] == invoice.issue_date.isoformat()  # type: ignore[union-attr]
    assert 'filename="faturalar-' in answer.headers["Content-Disposition"]


def test_without_the_right_to_see_amounts_no_column_holds_one(world: World) -> None:
    Membership.objects.for_company(world.connection.company).update(can_see_amounts=False)

    rows = read(take(world, sort="-total")[1])

    assert not set(AMOUNTS) & set(rows[0])
    assert len(rows) == len(world.invoices)
    by_date = [row["Issue date"] for row in rows]
    assert by_date == sorted(by_date, reverse=True)


def test_taking_a_file_is_recorded_with_who_and_how_much_and_no_names(world: World) -> None:
    take(world, q="acme", status="PAID")

    event = AuditEvent.objects.get(event="invoices.exported")
    assert (event.company, event.actor) == (world.connection.company, world.membership.user)
    assert event.after["filters"] == ["q", "status"]
    assert event.after["invoices"] > 0 and event.after["with_amounts"] is True
    assert "acme" not in str(event.after)


def test_looking_takes_no_file(world: World) -> None:
    assert world.client.get("/invoices/export/").status_code == 405
    assert not AuditEvent.objects.filter(event="invoices.exported").exists()


def test_a_wrong_filter_goes_back_to_where_it_is_named(world: World) -> None:
    answer = world.client.post("/invoices/export/", {"status": "OPEN"}, follow=True)

    assert "This link names a status that does not exist." in answer.content.decode()
    assert not AuditEvent.objects.filter(event="invoices.exported").exists()


def test_more_than_one_file_holds_is_said_and_nothing_is_cut(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "MAX_EXPORTED", 100)

    answer = world.client.post("/invoices/export/", {"sort": "number"}, follow=True)

    assert "One file holds at most 100 invoices; these are 130." in answer.content.decode()


def test_the_file_costs_the_same_queries_however_long_it_is(
    world: World, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    # Session, person, membership, head, count, audit (with its transaction's marks), rows.
    with django_assert_max_num_queries(9):
        take(world)


def test_a_hundred_thousand_rows_need_no_more_memory_than_a_few(world: World) -> None:
    row = next(ledger.iterate(world.connection, Filters(), "number", today=TODAY))

    def peak(count: int) -> int:
        tracemalloc.start()
        written = sum(len(piece) for piece in _pieces(row, count))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert written > count * 50
        return most

    assert peak(100_000) < 2 * peak(2_000)


def _pieces(row: Row, count: int) -> Iterator[str]:
    return export.write(
        (row for _ in range(count)), today=TODAY, sees_amounts=True, dialect=export.ENGLISH
    )
