"""What a rep relies on when a deal's products become the lines of an invoice."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings import deal_value, planned_lines
from mappings.planning import InvoicePlan
from mappings.tests.deals import (
    CHAIR,
    DESK,
    LISTS,
    PREFERENCES,
    D,
    deal,
    discount,
    line,
    plan,
)
from mappings.types import Note, Preferences, TaxRate


def codes(planned: InvoicePlan) -> list[str]:
    return [note.code for note in planned.notes]


def note(planned: InvoicePlan, code: str) -> Note:
    return next(each for each in planned.notes if each.code == code)


def total(planned: InvoicePlan) -> Decimal:
    return deal_value.add_up(planned.lines, planned.tax_mode, LISTS).total


def test_a_linked_product_takes_its_words_account_and_tax_rate_from_the_xero_item() -> None:
    planned = plan(line("1450", "2", comments=" left  door "))

    (one,) = planned.lines
    assert (one.xero_item_id, one.item_code, one.is_linked) == (DESK, "DESK-OAK", True)
    assert (one.description, one.account_code, one.tax_type) == ("Solid oak", "200", "OUTPUT2")
    assert (one.quantity, one.unit_amount) == (D(2), D(1450))
    assert (one.product_key, one.comments) == ((7, 0), "left door")
    assert planned.notes == ()


def test_what_an_item_leaves_open_comes_from_the_preferences() -> None:
    (one,) = plan(line(product_id=8, name="Chair", tax=D(0))).lines

    assert (one.description, one.account_code, one.tax_type) == (
        "Ergonomic chair",
        "260",
        "OUTPUT2",
    )


def test_an_unlinked_product_waits_for_a_link() -> None:
    (one,) = plan(line(product_id=99, name="Bespoke  shelving")).lines

    assert (one.xero_item_id, one.item_code, one.is_linked) == (None, "", False)
    assert (one.description, one.account_code) == ("Bespoke shelving", "260")


def test_a_variation_is_linked_by_itself() -> None:
    of_variation = line(product_variation_id=2)

    (without,) = plan(of_variation).lines
    (with_link,) = plan(of_variation, links={(7, 2): CHAIR}).lines

    assert without.xero_item_id is None
    assert (with_link.xero_item_id, with_link.product_key) == (CHAIR, (7, 2))


def test_a_link_to_an_item_that_left_xero_brings_the_warning_back() -> None:
    (one,) = plan(line(), lists=replace(LISTS, items={})).lines

    assert not one.is_linked


def test_lines_keep_the_deals_order_and_switched_off_ones_stay_away() -> None:
    planned = plan(
        line(id=3, order_nr=30, name="third"),
        line(id=2, order_nr=20, name="off", is_enabled=False),
        line(id=1, order_nr=10, name="first"),
    )

    assert [one.name for one in planned.lines] == ["first", "third"]
    assert note(planned, "lines_switched_off").values == {"count": 1}


@pytest.mark.parametrize("price", [None, "0", "NaN", "1e30"])
def test_a_product_without_a_price_is_never_priced_at_nought(price: str | None) -> None:
    planned = plan(line(price))

    assert planned.lines[0].unit_amount is None
    assert not planned.lines[0].is_complete
    assert (note(planned, "price_missing").line, codes(planned)) == (0, ["price_missing"])


def test_a_quantity_of_nought_is_left_open() -> None:
    planned = plan(line("10", "0"))

    assert planned.lines[0].quantity is None
    assert codes(planned) == ["quantity_missing"]


def test_a_price_in_another_currency_than_the_deal_is_left_open() -> None:
    planned = plan(line(currency="EUR"))

    assert planned.lines[0].unit_amount is None
    assert note(planned, "line_currency_differs").values["currency"] == "EUR"


@pytest.mark.parametrize(
    ("kind", "rate", "has_discount"), [("amount", None, True), ("percentage", D(5), False)]
)
def test_a_discount_by_amount_in_another_currency_is_left_open_with_its_price(
    kind: str, rate: Decimal | None, has_discount: bool
) -> None:
    planned = plan(line(currency="EUR", discount=D(5), discount_type=kind))

    (one,) = planned.lines
    assert (one.unit_amount, one.discount_rate, one.discount_amount) == (None, rate, None)
    assert note(planned, "line_currency_differs").values["has_discount"] is has_discount


def test_a_deleted_product_keeps_its_line_by_name() -> None:
    (one,) = plan(line(product_id=None, name="Velvet curtains")).lines

    assert (one.name, one.product_key, one.is_linked) == ("Velvet curtains", None, False)


def test_fractional_quantities_stay_exact() -> None:
    planned = plan(line("48", "2.5"))

    assert planned.lines[0].quantity == D("2.5")
    assert total(planned) == D("144.00")


def test_figures_too_fine_for_xero_become_one_sum_with_the_figures_in_words() -> None:
    planned = plan(line("0.00123", "12000.5", name="Screw"))

    (one,) = planned.lines
    assert (one.quantity, one.unit_amount) == (D(1), D("14.76"))
    assert one.description == "Solid oak (12000.5 × 0.00123)"
    assert codes(planned) == ["price_too_fine"]


def test_a_discount_is_a_percentage_or_an_amount_of_the_line() -> None:
    percent, amount = plan(
        line("100", "3", discount=D("12.5")),
        line("100", "3", order_nr=2, discount=D("40"), discount_type="amount"),
    ).lines

    assert (percent.discount_rate, percent.discount_amount) == (D("12.5"), None)
    assert (amount.discount_rate, amount.discount_amount) == (None, D("40.00"))


def test_a_discount_by_amount_can_be_read_as_one_of_each_unit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(planned_lines, "IS_DISCOUNT_PER_UNIT", True)

    (one,) = plan(line("100", "3", discount=D("40"), discount_type="amount")).lines

    assert one.discount_amount == D("120.00")


@pytest.mark.parametrize(
    ("method", "mode"), [("exclusive", "Exclusive"), ("inclusive", "Inclusive"), ("none", "NoTax")]
)
def test_the_tax_mode_is_the_one_that_the_products_use(method: str, mode: str) -> None:
    planned = plan(line(tax_method=method), line(tax_method=method, order_nr=2))

    assert planned.tax_mode == mode
    assert "tax_modes_mixed" not in codes(planned)


def test_a_deal_without_products_starts_in_the_companys_tax_mode() -> None:
    planned = plan(preferences=Preferences(tax_mode="Inclusive"), deal=deal(value=D(2400)))

    assert (planned.tax_mode, planned.lines, planned.notes) == ("Inclusive", (), ())


def test_switched_off_products_have_no_say_in_the_tax_mode() -> None:
    planned = plan(line(tax_method="inclusive"), line(tax_method="none", is_enabled=False))

    assert planned.tax_mode == "Inclusive"


def test_mixed_tax_modes_become_tax_exclusive_with_the_tax_taken_out_of_the_price() -> None:
    planned = plan(
        line("120", tax_method="inclusive", discount=D(12), discount_type="amount"),
        line("50", order_nr=2),
        line("30", order_nr=3, tax_method="none"),
    )

    inclusive, exclusive, untaxed = planned.lines
    assert planned.tax_mode == "Exclusive"
    assert codes(planned) == ["tax_modes_mixed"]
    assert (inclusive.unit_amount, inclusive.discount_amount) == (D("100.0000"), D("10.00"))
    assert exclusive.unit_amount == D(50)
    assert (untaxed.unit_amount, untaxed.tax_type) == (D(30), "NONE")
    assert total(planned) == D("108.00") + D("60.00") + D("30.00")


@pytest.mark.parametrize("tax", ["-100", "-5", "1e30"])
@pytest.mark.parametrize("others", [[], [line("50", order_nr=2)]])
def test_a_tax_that_is_no_percentage_is_as_good_as_none(tax: str, others: list[Any]) -> None:
    odd = line("120", tax_method="inclusive", tax=D(tax), product_id=99)

    planned = plan(odd, *others, deal=deal(value=D(999)))

    assert planned.lines[0].unit_amount == D(120)
    assert planned.lines[0].deal_tax_rate == 0
    assert note(planned, "value_differs").values["total"] == total(planned)


def test_without_tax_lines_carry_xeros_rate_of_no_tax() -> None:
    (one,) = plan(line(tax_method="none")).lines

    assert one.tax_type == "NONE"


@pytest.mark.parametrize(
    ("tax", "preferred", "chosen"),
    [
        ("5", "OUTPUT2", "RROUTPUT"),  # the only rate of 5 %
        ("0", "OUTPUT2", "OUTPUT2"),  # two rates of 0 %: the company decides
        ("0", "", ""),
        ("17.5", "GONE", ""),  # neither known nor offered any more
    ],
)
def test_an_unlinked_products_tax_rate_is_matched_or_left_to_the_company(
    tax: str, preferred: str, chosen: str
) -> None:
    (one,) = plan(
        line(product_id=99, tax=D(tax)), preferences=replace(PREFERENCES, tax_type=preferred)
    ).lines

    assert one.tax_type == chosen


def test_a_tax_rate_that_differs_from_the_products_is_said() -> None:
    planned = plan(line(tax=D(5)))

    assert planned.lines[0].tax_type == "OUTPUT2"
    assert note(planned, "tax_differs").values == {"name": "Oak desk", "deal": D(5), "xero": D(20)}


def test_an_account_that_xero_no_longer_offers_is_left_open() -> None:
    lists = replace(LISTS, accounts=())

    assert plan(line(), lists=lists).lines[0].account_code == ""


def test_a_recurring_line_is_billed_once_and_said() -> None:
    planned = plan(line(billing_frequency="monthly", billing_frequency_cycles=12))

    assert (codes(planned), total(planned)) == (["recurring"], D("120.00"))


def test_a_deal_discount_by_percentage_is_a_line_of_its_own() -> None:
    planned = plan(line("200"), discounts=[discount("10")])

    _product, off = planned.lines
    assert (off.quantity, off.unit_amount, off.description) == (D(1), D("-20.00"), "Loyal")
    assert (off.needs_item, off.is_linked, off.product_key) == (False, True, None)
    assert (off.account_code, off.tax_type) == ("200", "OUTPUT2")
    assert note(planned, "deal_discount").values["amount"] == D(10)
    assert note(planned, "deal_discount").values["line_count"] == 1
    assert total(planned) == D("216.00")


def test_a_deal_discount_is_shared_out_over_the_tax_rates() -> None:
    planned = plan(
        line("100"),
        line("50", product_id=99, order_nr=2, tax=D(5)),
        discounts=[discount("10.01", "amount", "")],
    )

    shares = planned.lines[2:]
    assert [(one.unit_amount, one.tax_type) for one in shares] == [
        (D("-6.67"), "OUTPUT2"),
        (D("-3.34"), "RROUTPUT"),
    ]
    assert {one.description for one in shares} == {"−10.01"}
    assert note(planned, "deal_discount").values["line_count"] == 2


def test_a_percentage_of_an_unknown_sum_is_left_open() -> None:
    planned = plan(line(None), discounts=[discount("10")])

    assert planned.lines[1].unit_amount is None


def test_there_is_nothing_to_take_a_discount_off_without_products() -> None:
    assert plan(discounts=[discount("10")]).lines == ()


@pytest.mark.parametrize(
    ("lines", "value", "reason"),
    [
        ([line("100")], "100", "tax"),
        ([line(None)], "100", "incomplete"),
        ([line("100", tax=D(5))], "105", "tax_rates"),
        ([line("100")], "120.01", "rounding"),
        ([line("100")], "999", "edited"),
    ],
)
def test_a_difference_from_the_deals_value_comes_with_its_reason(
    lines: list[Any], value: str, reason: str
) -> None:
    planned = plan(*lines, deal=deal(value=D(value)))

    found = note(planned, "value_differs").values
    assert (found["deal_value"], found["reason"]) == (D(value), reason)
    assert found["total"] == total(planned)


def test_many_units_of_a_converted_price_are_off_by_rounding_and_nobodys_edit() -> None:
    planned = plan(
        line("100", "1000", tax_method="inclusive", tax=D(18), product_id=99),
        line("50", order_nr=2, tax=D(18), product_id=99),
        deal=deal(value=D("100059")),
        lists=replace(LISTS, tax_rates=(TaxRate("TAX001", "18%", D(18)),)),
    )

    found = note(planned, "value_differs").values
    assert (found["difference"], found["reason"]) == (D("0.04"), "rounding")


def test_a_discount_that_counts_before_tax_explains_the_difference() -> None:
    planned = plan(line("100"), discounts=[discount("10", "amount")], deal=deal(value=D("110")))

    assert note(planned, "value_differs").values == {
        "deal_value": D(110),
        "total": D("108.00"),
        "difference": D("-2.00"),
        "reason": "discount",
    }


def test_a_deal_worth_its_invoice_needs_no_words() -> None:
    assert plan(line("100"), deal=deal(value=D("120"))).notes == ()


@given(
    st.lists(st.decimals("0.01", "9999.99", places=2), min_size=1, max_size=6),
    st.decimals("0.01", "100", places=2),
    st.sampled_from(["percentage", "amount"]),
)
def test_shares_of_a_discount_always_add_up_to_it(
    prices: list[Decimal], amount: Decimal, kind: str
) -> None:
    lines = [
        line(str(price), product_id=99, order_nr=position, tax=D((20, 5)[position % 2]))
        for position, price in enumerate(prices)
    ]

    planned = plan(*lines, discounts=[discount(str(amount), kind)])

    off = sum((-(one.unit_amount or 0) for one in planned.lines[len(prices) :]), D(0))
    expected = sum(prices) * amount / 100 if kind == "percentage" else amount
    assert abs(off - expected) <= D("0.005")
