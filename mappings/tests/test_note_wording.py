"""Every note of a plan says in plain words what differs and what to do."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils.translation import override

from mappings import wording
from mappings.types import Note

D = Decimal
VALUE = {"deal_value": D("1000"), "total": D("1234.56"), "difference": D("234.56")}


@pytest.mark.parametrize(
    ("note", "text"),
    [
        (
            Note("mapped_field_gone", target="tax_number", values={"field": "VAT"}),
            (
                "The Pipedrive field that fills “Customer tax number” was deleted. "
                "Fill it in here; an admin can choose another field in the preferences."
            ),
        ),
        (
            Note("currency_not_in_xero", values={"currency": "PTS"}),
            "Xero has no PTS: enable it in Xero or choose another currency.",
        ),
        (
            Note("value_differs", values=VALUE | {"reason": "tax_unknown"}),
            (
                "The deal's value is €1,000.00 without tax; the invoice comes to €1,234.56, before "
                "the tax that Xero adds."
            ),
        ),
        (
            Note("lines_switched_off", values={"count": 1}),
            "1 product is switched off on the deal and was left out.",
        ),
        (
            Note("lines_switched_off", values={"count": 2}),
            "2 products are switched off on the deal and were left out.",
        ),
        (
            Note("price_missing", line=0, values={"name": "50% <b>off</b>"}),
            "“50% <b>off</b>” has no price on the deal. Enter one.",
        ),
        (
            Note("tax_differs", line=0, values={"name": "Desk", "deal": D(5), "xero": D("17.5")}),
            (
                "“Desk” has 5% tax on the deal and 17.5% by its Xero tax rate. "
                "The invoice uses the Xero tax rate."
            ),
        ),
        (
            Note(
                "deal_discount",
                values={
                    "description": "Loyal",
                    "amount": D(200),
                    "is_percentage": False,
                    "line_count": 1,
                },
            ),
            "The deal's discount “Loyal” (€200.00) became a line of its own.",
        ),
        (
            Note(
                "deal_discount",
                values={
                    "description": "Loyal",
                    "amount": D(10),
                    "is_percentage": True,
                    "line_count": 2,
                },
            ),
            "The deal's discount “Loyal” (10%) became 2 lines, one for each tax rate.",
        ),
        (
            Note("value_differs", values={**VALUE, "reason": "tax"}),
            "The deal's value is €1,000.00 without tax; the invoice comes to €1,234.56 with tax.",
        ),
    ],
)
def test_a_note_reads_as_a_sentence(note: Note, text: str) -> None:
    with override("en"):
        assert wording.note_text(note, "EUR") == text


@pytest.mark.parametrize(
    "reason", ["incomplete", "tax", "tax_rates", "rounding", "discount", "edited"]
)
def test_every_reason_names_both_sums(reason: str) -> None:
    note = Note("value_differs", values={**VALUE, "reason": reason})

    with override("tr"):
        text = wording.note_text(note, "TRY")

    assert "₺1.000,00" in text
    assert "₺1.234,56" in text


@pytest.mark.parametrize(
    "code", ["quantity_missing", "line_currency_differs", "recurring", "price_too_fine"]
)
def test_every_line_note_names_its_product(code: str) -> None:
    values = {"name": "Oak desk", "currency": "EUR", "has_discount": False, "frequency": "weekly"}

    assert "Oak desk" in wording.note_text(Note(code, line=0, values=values), "GBP")


def test_a_discount_in_another_currency_is_asked_for_with_the_price() -> None:
    values = {"name": "Oak desk", "currency": "EUR", "has_discount": True}
    note = Note("line_currency_differs", line=0, values=values)

    assert wording.note_text(note, "GBP").endswith("Enter its price and its discount.")
    with override("tr"):
        assert wording.note_text(note, "GBP").endswith("Fiyatını ve indirimini girin.")


def test_a_note_without_words_is_an_error() -> None:
    with pytest.raises(ValueError, match="no words"):
        wording.note_text(Note("unheard_of", values={"name": "x"}), "GBP")
