"""Numbers, dates and texts as people of two languages write them (B-1, B-8, B-9)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices import dialog_reading


@pytest.mark.parametrize(
    ("typed", "language", "meant"),
    [
        ("1234.56", "en", "1234.56"),
        ("1,234.56", "en", "1234.56"),
        ("1.234,56", "en", "1234.56"),
        ("1,234,567", "en", "1234567"),
        ("1.234", "en", "1.234"),
        ("12,5", "en", "12.5"),
        ("1234,56", "tr", "1234.56"),
        ("1.234,56", "tr", "1234.56"),
        ("1,234.56", "tr", "1234.56"),
        ("1,234", "tr", "1.234"),
        ("-79,00", "tr", "-79.00"),
        (" 7 ", "en", "7"),
        (".5", "en", "0.5"),
        ("0,125", "en", "0.125"),
    ],
)
def test_a_number_means_what_its_writer_meant(typed: str, language: str, meant: str) -> None:
    assert dialog_reading.read_number(typed, language) == Decimal(meant)


@pytest.mark.parametrize(
    ("typed", "before", "now", "written"),
    [
        ("1.234,5", "tr", "en", "1234.50"),
        ("1234.5678", "en", "tr", "1234,5678"),
        ("1.234", "tr", "en", "1,234"),  # refused in two meanings there, and so here
        ("-12,345", "en", "tr", "-12.345"),
        ("x", "en", "tr", "x"),
        ("1,2,3", "en", "tr", "1,2,3"),
        ("", "en", "tr", ""),
    ],
)
def test_a_number_of_one_language_is_never_another_one_in_the_other(
    typed: str, before: str, now: str, written: str
) -> None:
    assert dialog_reading.rewrite_number(typed, before=before, now=now, places=2) == written


@given(st.text(alphabet="-0123456789.,", max_size=9))
def test_what_means_nothing_in_one_language_means_nothing_in_the_other(typed: str) -> None:
    for before, now in (("en", "tr"), ("tr", "en")):
        rewritten = dialog_reading.rewrite_number(typed, before=before, now=now)

        assert _read(rewritten, now) == _read(typed, before)


def _read(text: str, language: str) -> Decimal | None:
    try:
        return dialog_reading.read_number(text, language)
    except dialog_reading.Unreadable:
        return None


@pytest.mark.parametrize(("typed", "language"), [("1,234", "en"), ("1.234", "tr")])
def test_a_number_that_can_be_read_in_two_ways_is_refused(typed: str, language: str) -> None:
    with pytest.raises(dialog_reading.Unreadable, match="two ways"):
        dialog_reading.read_number(typed, language)


@pytest.mark.parametrize("language", ["en", "tr"])
@pytest.mark.parametrize(
    "typed",
    [
        "1e5",
        "NaN",
        "Infinity",
        "-0",
        "−1",
        "１２",
        "١٢",
        "1 234",
        "12,34,5",
        "1.2.3",
        "5.",
        "x",
        "",
    ],
)
def test_what_is_no_plain_number_is_refused(typed: str, language: str) -> None:
    with pytest.raises(dialog_reading.Unreadable):
        dialog_reading.read_number(typed, language)


@given(
    st.decimals(min_value=-(10**9), max_value=10**9, places=4).filter(lambda number: number != 0),
    st.sampled_from(["en", "tr"]),
)
def test_what_we_write_for_editing_reads_back(number: Decimal, language: str) -> None:
    written = dialog_reading.write_number(number, language, 2)

    assert dialog_reading.read_number(written, language) == number


@pytest.mark.parametrize(
    ("typed", "language", "meant"),
    [
        ("2025-03-20", "en", date(2025, 3, 20)),
        ("20 Mar 2025", "en", date(2025, 3, 20)),
        ("20.03.2025", "tr", date(2025, 3, 20)),
        ("01/02/2026", "tr", date(2026, 2, 1)),
        ("20 Mart 2025", "tr", date(2025, 3, 20)),
        ("2024-02-29", "en", date(2024, 2, 29)),
    ],
)
def test_a_date_is_read_in_its_language(typed: str, language: str, meant: date) -> None:
    assert dialog_reading.read_date(typed, language) == meant


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("2026-02-29", "does not exist"),
        ("2026-04-31", "does not exist"),
        ("0001-01-01", "between the years"),
        ("9999-12-31", "between the years"),
        ("01/02/2026", "Write the date as"),
        ("tomorrow", "Write the date as"),
    ],
)
def test_no_such_day_and_two_readings_are_told_apart(typed: str, words: str) -> None:
    with pytest.raises(dialog_reading.Unreadable, match=words):
        dialog_reading.read_date(typed, "en")


def test_text_loses_what_hides_and_keeps_what_shows() -> None:
    assert dialog_reading.read_text("\u202eA\x07  B\tC\r\n") == "A B C"
    assert dialog_reading.read_text("\r\nSuite 5\r\n\r\n", has_lines=True) == "\nSuite 5"


@pytest.mark.parametrize("typed", ["a\0b", "\ud800"])
def test_what_no_database_takes_is_refused(typed: str) -> None:
    with pytest.raises(dialog_reading.Unreadable, match="cannot be stored"):
        dialog_reading.read_text(typed)
