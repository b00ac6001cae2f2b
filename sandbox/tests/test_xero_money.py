"""Amounts equal Xero's to the cent."""

from decimal import Decimal

import pytest

from sandbox.tests.conftest import Sandbox
from sandbox.tests.xero_client import Xero
from sandbox.xero import money

D = Decimal


@pytest.mark.parametrize(
    ("amounts", "rate", "types", "tax"),
    [
        (["25.06", "25.61", "25.63"], "15", "Exclusive", "11.44"),
        (["541.25"], "15", "Inclusive", "70.60"),
        (["500.00"], "15", "Inclusive", "65.22"),
        (["21.00"], "15", "Exclusive", "3.15"),
        (["100.00"], "20", "NoTax", "0.00"),
    ],
)
def test_tax_is_rounded_line_by_line(amounts: list[str], rate: str, types: str, tax: str) -> None:
    taxes = [money.tax_amount(D(amount), D(rate), types) for amount in amounts]

    assert sum(taxes) == D(tax)


@pytest.mark.parametrize(
    ("exact", "rounded"), [("2.165", "2.17"), ("-2.165", "-2.17"), ("2.1649", "2.16")]
)
def test_halves_go_away_from_zero(exact: str, rounded: str) -> None:
    assert money.to_places(D(exact), 2) == D(rounded)


def test_inclusive_totals_take_the_tax_out_of_the_sum() -> None:
    totals = money.add_up([(D("541.25"), D("70.60"))], "Inclusive")

    assert totals == money.Totals(D("470.65"), D("70.60"), D("541.25"))


def test_exclusive_totals_put_the_tax_on_top() -> None:
    totals = money.add_up([(D("21.00"), D("3.15"))], "Exclusive")

    assert totals == money.Totals(D("21.00"), D("3.15"), D("24.15"))


def test_discounts_come_off_before_rounding() -> None:
    assert money.line_amount(D(3), D("19.99"), discount_rate=D("12.5")) == D("52.47")
    assert money.line_amount(D(3), D("19.99"), discount_amount=D("5.005")) == D("54.97")


def test_the_created_invoice_carries_the_rounded_sums(sandbox: Sandbox) -> None:
    xero = Xero.connect(sandbox, slug="brightside-nz")
    line = {"Description": "Desk", "Quantity": 2, "UnitAmount": "10.50", "AccountCode": "200"}

    invoice = xero.send(
        "PUT",
        "Invoices",
        {
            "Invoices": [
                {
                    "Type": "ACCREC",
                    "Contact": {"Name": "Kererū Café"},
                    "LineItems": [line | {"TaxType": "OUTPUT2"}],
                }
            ]
        },
    ).text

    assert '"SubTotal":21.00,"TotalTax":3.15,"Total":24.15' in invoice
    assert '"AmountDue":24.15,"AmountPaid":0.00' in invoice
    assert '"Quantity":2.0000' in invoice


def test_unit_amounts_are_cut_to_two_places_unless_four_are_asked_for(sandbox: Sandbox) -> None:
    xero = Xero.connect(sandbox)
    lines = [
        {"Description": "Screws", "Quantity": 1000, "UnitAmount": "0.1255", "AccountCode": "200",
         "TaxType": "NONE"}
    ]  # fmt: skip

    two = xero.create(LineItems=lines)
    body = {"Invoices": [xero.element(LineItems=lines)]}
    four = xero.send("PUT", "Invoices?unitdp=4", body).json()["Invoices"][0]

    assert two["Total"] == D("130.00")
    assert four["Total"] == 125.5
    assert four["LineItems"][0]["UnitAmount"] == 0.1255
    assert xero.read(four)["LineItems"][0]["UnitAmount"] == D("0.13")
    assert xero.get(f"Invoices/{four['InvoiceID']}", unitdp="4")["Invoices"][0]["LineItems"][0][
        "UnitAmount"
    ] == D("0.1255")


def test_a_line_amount_must_be_what_the_formula_gives(sandbox: Sandbox) -> None:
    xero = Xero.connect(sandbox)
    before = len(xero.get("Invoices")["Invoices"])
    line = xero.element()["LineItems"][0] | {"LineAmount": "20.00"}

    answer = xero.send("PUT", "Invoices", {"Invoices": [xero.element(LineItems=[line])]})

    assert answer.status_code == 400
    assert "does not match the expected line total 21.00" in answer.text
    assert len(xero.get("Invoices")["Invoices"]) == before
