"""The pictures of the company's invoices: their figures, their tables, and that both agree."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from decimal import Decimal
from html import unescape

import pytest
from django.utils import timezone

from connections import time_zones
from connections.models import Membership
from connections.templatetags import display
from invoices import charts
from invoices.charts import Figure
from invoices.periods import months_before
from invoices.tests import ledger_world
from invoices.tests.ledger_world import World

pytestmark = pytest.mark.django_db
SVG = "{http://www.w3.org/2000/svg}"
Table = list[tuple[str, str, str]]


@pytest.fixture
def world() -> World:
    made = ledger_world.make()
    today = time_zones.organisation_today(made.connection, timezone.now())
    return ledger_world.fill(made, 150, today=today)


def tables(page: str) -> dict[str, Table]:
    """Return the rows of each chart's table by its title."""
    found: dict[str, Table] = {}
    for section in re.findall(r'<section class="card".*?</section>', page, re.DOTALL):
        title = re.search(r'<h2 class="card__title"[^>]*>([^<]*)</h2>', section)
        body = re.search(r"<tbody>(.*?)</tbody>", section, re.DOTALL)
        if title and body:
            cells = re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", body[1])
            values = [unescape(each) for each in cells]
            found[title[1]] = list(zip(values[::3], values[1::3], values[2::3], strict=True))
    return found


def pictures(page: str) -> list[ET.Element]:
    return [
        ET.fromstring(each)  # noqa: S314 - our own page
        for each in re.findall(r'<svg class="chart".*?</svg>', page, re.DOTALL)
    ]


def test_amounts_by_status_are_the_sums_of_the_invoices(world: World) -> None:
    own = [row for row in world.invoices if row.currency_code == "GBP"]

    found = tables(world.get("/invoices/charts/"))["Amounts by status"]

    assert found == [
        (label, str(len(rows)), display.money(sum((r.total for r in rows), Decimal(0)), "GBP"))
        for label, rows in (
            (label, [row for row in own if row.xero_status == status])
            for status, label in (
                ("DRAFT", "Draft"),
                ("SUBMITTED", "Awaiting approval"),
                ("AUTHORISED", "Awaiting payment"),
                ("PAID", "Paid"),
            )
        )
    ]


def test_each_day_overdue_is_in_exactly_one_age(world: World) -> None:
    today = time_zones.organisation_today(world.connection, timezone.now())
    owing = [
        row
        for row in world.invoices
        if row.currency_code == "GBP" and row.xero_status == "AUTHORISED"
    ]
    ages = ((-10_000, 0), (1, 30), (31, 60), (61, 90), (91, 10_000))

    found = tables(world.get("/invoices/charts/"))["Outstanding by days overdue"]

    wanted = []
    for first, last in ages:
        rows = [row for row in owing if first <= (today - row.due_date).days <= last]  # type: ignore[operator]
        due = sum((row.amount_due for row in rows), Decimal(0))
        wanted.append((str(len(rows)), display.money(due, "GBP")))
    assert [row[1:] for row in found] == wanted
    assert sum(int(row[1]) for row in found) == len(owing)


def test_payments_are_shown_by_the_month_that_xero_names_and_none_is_invented(
    world: World,
) -> None:
    today = time_zones.organisation_today(world.connection, timezone.now())
    paid = [
        row for row in world.invoices if row.currency_code == "GBP" and row.xero_status == "PAID"
    ]
    this = today.replace(day=1)
    months = [months_before(this, back) for back in range(11, -1, -1)]
    sums = dict.fromkeys([*months, "earlier", "unknown"], Decimal(0))
    for row in paid:
        if row.fully_paid_date is None:
            sums["unknown"] += row.amount_paid
            continue
        month = min(row.fully_paid_date.replace(day=1), this)
        sums[month if month in months else "earlier"] += row.amount_paid

    found = tables(world.get("/invoices/charts/"))["Paid by month"]

    assert [row[2] for row in found] == [display.money(each, "GBP") for each in sums.values()]
    assert [row[0] for row in found][-2:] == [
        "Earlier than these months",
        "Day of payment not known",
    ]
    assert sum(int(row[1]) for row in found) == len(paid)


def test_each_picture_draws_the_figures_of_its_table_to_scale(world: World) -> None:
    page = world.get("/invoices/charts/")
    own = tables(page)
    drawn = pictures(page)

    assert len(drawn) == len(own) == 3
    for picture, table in zip(drawn[:2], list(own.values())[:2], strict=True):
        texts = [each.text for each in picture.iter() if each.tag.endswith("text")]
        assert texts == [word for row in table for word in (row[0], row[2])]
    for picture, table in zip(drawn, own.values(), strict=True):
        bars = [each for each in picture.iter() if "chart__bar" in each.get("class", "")]
        is_lying = bars[0].get("height") == "12"
        sizes = [
            Decimal((each.get("width" if is_lying else "height") or "").rstrip("%"))
            for each in bars
        ]
        amounts = [Decimal(re.sub(r"[^\d.]", "", row[2])) for row in table][: len(bars)]
        for size, amount in zip(sizes, amounts, strict=True):
            share = amount / max(amounts) * max(sizes)
            assert abs(size - share) <= Decimal("0.6"), (size, share)


def test_a_picture_tells_a_screen_reader_what_it_is_and_holds_no_style(world: World) -> None:
    for picture in pictures(world.get("/invoices/charts/")):
        named = (picture.get("aria-labelledby") or "").split()
        ids = {each.get("id"): each.text for each in picture.iter() if each.get("id")}
        assert picture.get("role") == "img"
        assert len(named) == 2 and all(ids[name] for name in named)
        assert not [each for each in picture.iter() if each.get("style") or "script" in each.tag]


def test_lengths_are_written_as_svg_reads_them_in_every_language(world: World) -> None:
    Membership.objects.for_company(world.connection.company).update(language="tr")

    for picture in pictures(world.get("/invoices/charts/")):
        for each in picture.iter():
            for name in ("x", "y", "width", "height"):
                assert re.fullmatch(r"\d+(\.\d+)?%?", each.get(name, "0"))


def test_the_charts_obey_the_filters_and_show_one_currency_at_a_time(world: World) -> None:
    own = tables(world.get("/invoices/charts/?status=PAID&in=TRY"))
    rows = [r for r in world.invoices if r.xero_status == "PAID" and r.currency_code == "TRY"]

    status = {row[0]: row for row in own["Amounts by status"]}
    assert status["Paid"][1] == str(len(rows))
    assert status["Paid"][2] == display.money(sum((r.total for r in rows), Decimal(0)), "TRY")
    assert status["Draft"][1] == "0"
    assert "Outstanding by days overdue" not in own
    page = world.get("/invoices/charts/?status=PAID&in=TRY")
    assert 'href="?status=PAID&amp;in=EUR"' in page
    assert "Nothing to show here with these filters." in page


@pytest.mark.parametrize("code", ["", "QQQ", "nonsense", "%00"])
def test_a_currency_that_is_not_there_is_the_organisations_own(world: World, code: str) -> None:
    assert tables(world.get(f"/invoices/charts/?in={code}")) == tables(
        world.get("/invoices/charts/")
    )


def test_a_small_amount_beside_a_huge_one_can_be_seen() -> None:
    figures = [
        Figure("a", Decimal(10**9), "", "1"),
        Figure("b", Decimal("0.01"), "", "1"),
        Figure("c", Decimal(0), "", "0"),
    ]

    drawn, height = charts.bars(figures)

    assert [bar.width for bar in drawn] == ["100.00%", "0.50%", "0.00%"]
    assert height == 3 * charts.BAR_STEP


def test_columns_stand_on_the_axis_within_the_picture() -> None:
    figures = [Figure(str(each), Decimal(each), "", "1") for each in range(12)]

    drawn, height = charts.columns(figures)

    assert {column.y + column.height for column in drawn} == {144}
    for column in drawn:
        start, width = (Decimal(each.rstrip("%")) for each in (column.x, column.width))
        assert start >= 0 and start + width <= 100
    assert min(column.y for column in drawn) >= 0 and height > 144
