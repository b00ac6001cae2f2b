"""The totals block shows what Xero will show (xero-api §11)."""

from decimal import ROUND_HALF_UP, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings import totals

D = Decimal


def lines(*amounts: str, tax_rate: str) -> list[totals.Line]:
    return [
        totals.Line(quantity=D(1), unit_amount=D(amount), tax_rate=D(tax_rate), tax_type="OUTPUT2")
        for amount in amounts
    ]


def test_tax_is_rounded_on_each_line_and_then_added() -> None:
    found = totals.add_up(lines("25.06", "25.61", "25.63", tax_rate="15"), "Exclusive")

    assert [each.tax_amount for each in found.lines] == [D("3.76"), D("3.84"), D("3.84")]
    assert (found.subtotal, found.total_tax, found.total) == (D("76.30"), D("11.44"), D("87.74"))


@pytest.mark.parametrize(("amount", "tax"), [("541.25", "70.60"), ("500.00", "65.22")])
def test_tax_inclusive_amounts_hold_their_tax(amount: str, tax: str) -> None:
    found = totals.add_up(lines(amount, tax_rate="15"), "Inclusive")

    assert found.total_tax == D(tax)
    assert found.total == D(amount)
    assert found.subtotal == D(amount) - D(tax)


def test_quantity_times_price() -> None:
    line = totals.Line(quantity=D(2), unit_amount=D("10.50"), tax_rate=D(15))

    found = totals.add_up([line], "Exclusive")

    assert (found.subtotal, found.total_tax, found.total) == (D("21.00"), D("3.15"), D("24.15"))


def test_halves_go_away_from_zero() -> None:
    assert totals.to_places(D("2.165"), 2) == D("2.17")
    assert totals.to_places(D("-2.165"), 2) == D("-2.17")
    assert str(totals.to_places(D("-0.001"), 2)) == "0.00"


def test_a_discount_is_a_percentage_or_an_amount() -> None:
    percent = totals.Line(D(3), D("19.99"), discount_rate=D("12.5"))
    amount = totals.Line(D(3), D("19.99"), discount_amount=D("7.50"))

    found = totals.add_up([percent, amount], "NoTax")

    assert [each.line_amount for each in found.lines] == [D("52.47"), D("52.47")]
    assert [each.discount for each in found.lines] == [D("7.50"), D("7.50")]
    assert found.discount == D("15.00")


def test_four_decimals_of_a_price_count() -> None:
    line = totals.Line(D("1000"), D("0.1234"))

    assert totals.line_amount(line) == D("123.40")


def test_a_line_of_text_alone_adds_nothing() -> None:
    found = totals.add_up([totals.Line(None, None, D(20))], "Exclusive")

    assert (found.subtotal, found.total_tax, found.total) == (D(0), D(0), D(0))


def test_tax_is_summed_for_each_rate_in_the_order_of_the_lines() -> None:
    found = totals.add_up(
        [
            totals.Line(D(1), D("120"), D(20), "OUTPUT2"),
            totals.Line(D(1), D("105"), D(5), "RROUTPUT"),
            totals.Line(D(2), D("60"), D(20), "OUTPUT2"),
        ],
        "Inclusive",
    )

    assert found.taxes == (
        totals.TaxSum("OUTPUT2", D(20), D("200.00"), D("40.00")),
        totals.TaxSum("RROUTPUT", D(5), D("100.00"), D("5.00")),
    )


def test_no_tax_means_no_tax_whatever_the_rates() -> None:
    found = totals.add_up(lines("99.99", tax_rate="20"), "NoTax")

    assert (found.taxes, found.total_tax, found.total) == ((), D(0), D("99.99"))


def test_the_largest_numbers_a_form_can_hold_are_added() -> None:
    line = totals.Line(D("9" * 12 + ".9999"), D("9" * 15 + ".9999"), D(20))

    assert totals.add_up([line], "Exclusive").total > 0


MONEY = st.decimals("-99999.9999", "99999.9999", places=4)
LINES = st.lists(
    st.builds(
        totals.Line,
        quantity=st.decimals("0", "9999.9999", places=4),
        unit_amount=MONEY,
        tax_rate=st.sampled_from([D(0), D(1), D(5), D("8.875"), D(10), D(15), D(20)]),
        tax_type=st.sampled_from(["A", "B"]),
        discount_rate=st.none() | st.decimals("0", "100", places=4),
    ),
    max_size=12,
)
MODES = st.sampled_from(["Exclusive", "Inclusive", "NoTax"])


@given(LINES, MODES)
def test_the_sums_always_agree_with_each_other(chosen: list[totals.Line], mode: str) -> None:
    found = totals.add_up(chosen, mode)

    assert found.total == found.subtotal + found.total_tax
    assert found.total_tax == sum((each.tax_amount for each in found.lines), D(0))
    amounts = sum((each.line_amount for each in found.lines), D(0))
    assert amounts == (found.total if mode == "Inclusive" else found.subtotal)
    assert found.total.as_tuple().exponent == -2
    if mode != "NoTax":
        assert sum((each.tax_amount for each in found.taxes), D(0)) == found.total_tax
        assert sum((each.taxable for each in found.taxes), D(0)) == found.subtotal


@given(LINES, MODES)
def test_no_line_is_further_than_half_a_cent_from_the_exact_figure(
    chosen: list[totals.Line], mode: str
) -> None:
    found = totals.add_up(chosen, mode)

    with localcontext() as context:
        context.prec = 60
        context.rounding = ROUND_HALF_UP
        for line, each in zip(chosen, found.lines, strict=True):
            assert line.quantity is not None and line.unit_amount is not None
            exact = line.quantity * line.unit_amount * (100 - (line.discount_rate or 0)) / 100
            assert abs(each.line_amount - exact) <= D("0.005")


@given(LINES)
def test_credit_and_charge_mirror_each_other(chosen: list[totals.Line]) -> None:
    mirrored = [
        totals.Line(
            line.quantity,
            -(line.unit_amount or D(0)),
            line.tax_rate,
            line.tax_type,
            line.discount_rate,
        )
        for line in chosen
    ]

    assert totals.add_up(mirrored, "Exclusive").total == -totals.add_up(chosen, "Exclusive").total
