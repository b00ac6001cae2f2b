"""What was confirmed is what is sent, byte for byte (P-4, R-14, R-15)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from connections.xero.types import Address, Contact
from mappings import drafting
from mappings.customer import CustomerDetails, PostalAddress
from mappings.drafting import ChosenLine, Difference, InvoiceChoices
from mappings.tests.deals import THEME, D

ADDRESS = PostalAddress(("14 Quayside",), "Bristol", "England", "BS1 4ST", "United Kingdom")
DETAILS = CustomerDetails("Harbour Dental Ltd", ADDRESS, "a@harbour.example", "GB 293.847")
THERE = Contact(
    contact_id="c-1",
    name="Harbour Dental Limited",
    email="A@harbour.example",
    tax_number="gb293847",
    addresses=(
        Address(type="STREET", line1="Warehouse 3"),
        Address(
            line1="14  Quayside",
            city="Bristol",
            region="England",
            postal_code="BS1 4ST",
            country="United Kingdom",
            attention_to="Accounts",
        ),
    ),
)


def test_the_invoice_is_written_exactly_as_confirmed() -> None:
    choices = InvoiceChoices(
        tax_mode="Exclusive",
        currency_code="GBP",
        branding_theme_id=THEME,
        issue_date=date(2026, 3, 13),
        due_date=date(2026, 3, 20),
        reference='Refit "Harbour" — Şule',
        lines=(
            ChosenLine(
                description="Solid oak",
                quantity=D("2"),
                unit_amount=D("1450.1"),
                item_code="DESK-OAK",
                discount_rate=D("12.5"),
                account_code="200",
                tax_type="OUTPUT2",
            ),
            ChosenLine(
                description="Loyal",
                quantity=D("1"),
                unit_amount=D("-0.00001"),
                discount_amount=D("3.00"),
            ),
        ),
    )

    draft = drafting.build_invoice(
        choices, contact_id="c-1", marker_url="https://acme.pipedrive.com/deal/7#ib=abc"
    )

    assert draft.to_json() == (
        '{"Invoices":[{"Type":"ACCREC","Contact":{"ContactID":"c-1"},"Date":"2026-03-13",'
        '"DueDate":"2026-03-20","LineAmountTypes":"Exclusive",'
        '"Reference":"Refit \\"Harbour\\" — Şule",'
        f'"BrandingThemeID":"{THEME}","Url":"https://acme.pipedrive.com/deal/7#ib=abc",'
        '"CurrencyCode":"GBP","Status":"DRAFT","LineItems":['
        '{"Description":"Solid oak","Quantity":2.0000,"UnitAmount":1450.1000,'
        '"ItemCode":"DESK-OAK","AccountCode":"200","TaxType":"OUTPUT2","DiscountRate":12.5},'
        '{"Description":"Loyal","Quantity":1.0000,"UnitAmount":0.0000,"DiscountAmount":3.00}]}]}'
    )


def test_what_was_left_open_is_left_to_xero() -> None:
    choices = InvoiceChoices(
        "NoTax",
        "EUR",
        None,
        date(2026, 3, 13),
        date(2026, 3, 13),
        "",
        (ChosenLine("Desk", Decimal(1), Decimal(5)),),
    )

    body = drafting.build_invoice(choices, contact_id="c-1", marker_url="https://x/#ib=1").to_json()

    assert "Reference" not in body and "BrandingThemeID" not in body and "TaxType" not in body


def test_a_new_contact_carries_what_is_known_and_our_marker() -> None:
    body = drafting.build_contact(DETAILS, contact_number="op-1").to_json()

    assert body == (
        '{"Contacts":[{"Name":"Harbour Dental Ltd","ContactNumber":"op-1",'
        '"EmailAddress":"a@harbour.example",'
        '"TaxNumber":"GB 293.847","Addresses":[{"AddressType":"POBOX",'
        '"AddressLine1":"14 Quayside","AddressLine2":"","AddressLine3":"","AddressLine4":"",'
        '"City":"Bristol","Region":"England","PostalCode":"BS1 4ST",'
        '"Country":"United Kingdom","AttentionTo":""}]}]}'
    )


def test_a_contact_of_a_name_alone_has_no_empty_fields() -> None:
    body = drafting.build_contact(CustomerDetails(to="Bo"), contact_number="op-1").to_json()

    assert body == '{"Contacts":[{"Name":"Bo","ContactNumber":"op-1"}]}'


def test_blanks_letter_case_and_dots_are_no_difference() -> None:
    assert drafting.contact_changes(DETAILS, THERE) == {}
    assert drafting.build_contact_change(DETAILS, THERE) is None


def test_only_what_differs_is_shown_and_sent_and_never_the_name() -> None:
    here = CustomerDetails("Another Name", PostalAddress(("9 Quayside",)), "", "GB 1")

    changes = drafting.contact_changes(here, THERE)
    change = drafting.build_contact_change(here, THERE)

    assert changes == {
        "address": Difference(
            "14 Quayside, BS1 4ST Bristol, England, United Kingdom", "9 Quayside"
        ),
        "tax_number": Difference("gb293847", "GB 1"),
    }
    assert change is not None
    assert (change.name, change.email, change.tax_number) == (None, None, "GB 1")
    assert change.addresses == (
        Address(type="POBOX", line1="9 Quayside", attention_to="Accounts"),
        Address(type="STREET", line1="Warehouse 3"),
    )


@pytest.mark.parametrize("field", ["address", "email", "tax_number"])
def test_an_empty_value_here_never_erases_one_in_xero(field: str) -> None:
    empty = CustomerDetails("Harbour Dental Ltd")

    assert field not in drafting.contact_changes(empty, THERE)


def test_a_contact_that_has_nothing_takes_everything() -> None:
    bare = Contact(contact_id="c-2", name="Harbour Dental Ltd")

    change = drafting.build_contact_change(DETAILS, bare)

    assert change is not None
    assert (change.email, change.tax_number) == ("a@harbour.example", "GB 293.847")
    assert change.addresses is not None
    assert [address.line1 for address in change.addresses] == ["14 Quayside"]
