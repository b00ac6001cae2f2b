"""What a rep relies on in section 2 of the dialog: dates, currency, template, reference."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings import planning
from mappings.tests.deals import LISTS, OTHER_THEME, PREFERENCES, THEME, deal, line, plan
from mappings.types import FieldSource


@pytest.mark.parametrize(
    ("issued", "days", "due"),
    [
        (date(2026, 3, 13), 7, date(2026, 3, 20)),
        (date(2026, 3, 13), 0, date(2026, 3, 13)),
        (date(2028, 2, 28), 1, date(2028, 2, 29)),
        (date(2028, 2, 29), 365, date(2029, 2, 28)),
        (date(2027, 2, 28), 1, date(2027, 3, 1)),
        (date(2026, 1, 31), 30, date(2026, 3, 2)),
        (date(2026, 12, 31), 1, date(2027, 1, 1)),
        (date(9999, 12, 31), 1, date(9999, 12, 31)),
    ],
)
def test_the_due_date_counts_calendar_days(issued: date, days: int, due: date) -> None:
    assert planning.due_date_after(issued, days) == due


@given(st.dates(max_value=date(9990, 1, 1)), st.integers(0, 365))
def test_the_due_date_is_never_before_the_issue_date(issued: date, days: int) -> None:
    assert planning.due_date_after(issued, days) - issued == timedelta(days=days)


def test_an_invoice_is_issued_today_and_due_by_the_companys_rule() -> None:
    planned = plan(line(), preferences=replace(PREFERENCES, due_days=30))

    assert (planned.issue_date, planned.due_date) == (date(2026, 3, 13), date(2026, 4, 12))


def test_a_currency_that_xero_lacks_is_named_and_kept() -> None:
    planned = plan(line(currency="PTS"), deal=deal(currency="PTS"))

    assert (planned.currency_code, planned.is_currency_enabled) == ("PTS", False)
    (note,) = planned.notes
    assert (note.code, note.values) == ("currency_not_in_xero", {"currency": "PTS"})


def test_the_deals_currency_is_taken_when_xero_has_it() -> None:
    planned = plan(line(currency="EUR"), deal=deal(currency="EUR"))

    assert (planned.currency_code, planned.is_currency_enabled) == ("EUR", True)
    assert planned.notes == ()


def test_the_template_is_the_companys_else_xeros_default() -> None:
    assert plan(line()).branding_theme_id == THEME
    chosen = replace(PREFERENCES, branding_theme_id=OTHER_THEME)
    assert plan(line(), preferences=chosen).branding_theme_id == OTHER_THEME
    gone = replace(LISTS, branding_themes=LISTS.branding_themes[:1])
    assert plan(line(), preferences=chosen, lists=gone).branding_theme_id == THEME
    none = replace(LISTS, branding_themes=())
    assert plan(line(), lists=none).branding_theme_id is None


def test_the_reference_is_the_deals_title_on_one_line_and_short_enough() -> None:
    planned = plan(line(), deal=deal(title="  Reception\nrefit " + "x" * 300))

    assert planned.reference.startswith("Reception refit xxx")
    assert len(planned.reference) == 255


def test_the_customer_comes_from_the_mappings() -> None:
    planned = plan(line(), mappings=[FieldSource("to", "deal", "title")])

    assert (planned.customer.to, planned.customer.email) == ("Reception refit", "")


def test_a_deleted_mapped_field_is_among_the_notes() -> None:
    source = FieldSource("tax_number", "organization", "b" * 40, field_name="VAT number")

    planned = plan(line(), mappings=[source], fields={"organization": []})

    assert [note.code for note in planned.notes] == ["mapped_field_gone"]
