"""What a rep relies on when the dialog opens with the customer filled in (M-9 to M-12)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connections.pipedrive.types import Address, ContactDetail, Field, FieldOption
from mappings import customer, sources
from mappings.customer import CustomerDetails, PostalAddress
from mappings.tests.deals import deal, organization, person
from mappings.types import FieldSource, Note

VAT = "a" * 40
HARBOUR = Address(
    value="14 Quayside, Bristol BS1 4ST, United Kingdom",
    street_number="14",
    route="Quayside",
    locality="Bristol",
    admin_area_level_1="England",
    postal_code="BS1 4ST",
    country="United Kingdom",
    formatted_address="14 Quayside, Bristol BS1 4ST, United Kingdom",
)


def custom(kind: str, *options: tuple[int, str]) -> dict[str, list[Field]]:
    labels = tuple(FieldOption(number, label) for number, label in options)
    return {"deal": [Field(VAT, "VAT number", kind, True, labels, ())]}


def fill(*mappings: FieldSource, **given: Any) -> tuple[CustomerDetails, tuple[Note, ...]]:
    records = sources.Records(
        **{"deal": deal(), "organization": organization(), "person": person(), **given}
    )
    return customer.fill(records, mappings or customer.DEFAULT_SOURCES)


def told(value: object, kind: str, *options: tuple[int, str], subfield: str = "") -> str:
    """What a custom field of the deal gives as the name to invoice."""
    details, notes = fill(
        FieldSource("to", "deal", VAT, subfield),
        deal=deal(custom_fields={VAT: value}),
        fields=custom(kind, *options),
    )
    assert notes == ()
    return details.to


def test_the_suggested_fields_fill_name_address_and_email() -> None:
    details, notes = fill(organization=organization(address=HARBOUR))

    assert details == CustomerDetails(
        to="Harbour Dental Ltd",
        address=PostalAddress(("14 Quayside",), "Bristol", "England", "BS1 4ST", "United Kingdom"),
        email="lucy@harbour.example",
        tax_number="",
    )
    assert notes == ()


def test_without_an_organization_the_person_is_addressed() -> None:
    details, _notes = fill(organization=None, deal=deal(org_id=None))

    assert (details.to, details.address) == ("Lucy Bennett", PostalAddress())


def test_the_person_is_not_addressed_in_place_of_a_hidden_organization() -> None:
    details, _notes = fill(organization=None, deal=deal(org_id=1))

    assert (details.to, details.email) == ("", "lucy@harbour.example")


def test_an_organization_without_the_mapped_value_is_not_replaced_by_the_person() -> None:
    details, _notes = fill(FieldSource("to", "organization", VAT), fields={})

    assert details.to == ""


def test_a_deal_with_nobody_gives_blanks() -> None:
    details, notes = fill(organization=None, person=None)

    assert (details, notes) == (CustomerDetails(), ())


def test_the_primary_email_is_taken_else_the_first_that_is_filled() -> None:
    primary = person(
        ContactDetail("old@x.example", "work", False), ContactDetail("new@x.example", "home", True)
    )
    empty_primary = person(
        ContactDetail("  ", "work", True), ContactDetail("b@x.example", "home", False)
    )

    assert fill(person=primary)[0].email == "new@x.example"
    assert fill(person=empty_primary)[0].email == "b@x.example"
    assert fill(person=person(ContactDetail("", "work", True)))[0].email == ""


@pytest.mark.parametrize(
    ("typed", "email"),
    [
        ("a@x.example, b@x.example", "a@x.example"),
        (" ; a@x.example;b@x.example", "a@x.example"),
        ("a@x.example\nbcc: b@x.example", "a@x.example"),
        ("", ""),
    ],
)
def test_of_several_addresses_in_one_field_the_first_is_taken(typed: str, email: str) -> None:
    assert customer.first_email(typed) == email


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (Address(value="Corner of Mill Lane, York"), PostalAddress(("Corner of Mill Lane, York",))),
        (
            Address(value="First\nSecond\n\nThird\nFourth\nFifth"),
            PostalAddress(("First", "Second", "Third", "Fourth, Fifth")),
        ),
        (
            Address(
                value="Bağdat Cad. No: 18 D:4, Kadıköy/İstanbul",
                street_number="18",
                route="Bağdat Cad.",
                subpremise="D:4",
                sublocality="Kadıköy",
                locality="İstanbul",
                postal_code="34728",
                country="Türkiye",
            ),
            PostalAddress(("Bağdat Cad. 18", "D:4", "Kadıköy"), "İstanbul", "", "34728", "Türkiye"),
        ),
        (
            Address(route="High Street", admin_area_level_2="Kent", country="Area 51"),
            PostalAddress(("High Street", "Area 51"), "Kent", "", "", ""),
        ),
        # Pipedrive finds the place in these, and no street.
        (
            Address(
                value="PO Box 12, Bristol BS1 5AA, UK",
                locality="Bristol",
                postal_code="BS1 5AA",
                country="United Kingdom",
            ),
            PostalAddress(("PO Box 12",), "Bristol", "", "BS1 5AA", "United Kingdom"),
        ),
        (
            Address(
                value="Yıldız Han\nKat 3, KADIKÖY/İSTANBUL",
                sublocality="Kadıköy",
                locality="İstanbul",
            ),
            PostalAddress(("Yıldız Han, Kat 3", "Kadıköy"), "İstanbul", "", "", ""),
        ),
        (
            Address(value="Berlin, Germany", locality="Berlin", country="Germany"),
            PostalAddress((), "Berlin", "", "", "Germany"),
        ),
        (Address(), PostalAddress()),
    ],
)
def test_addresses_are_split_into_xeros_parts(address: Address, expected: PostalAddress) -> None:
    assert customer.from_pipedrive_address(address) == expected


def test_an_address_prints_without_empty_rows() -> None:
    address = PostalAddress(("14 Quayside",), "Bristol", "", "BS1 4ST", "United Kingdom")

    assert address.printed_lines() == ("14 Quayside", "BS1 4ST Bristol", "United Kingdom")
    assert (bool(address), bool(PostalAddress())) == (True, False)


def test_a_custom_address_is_split_too() -> None:
    parts = {
        "value": "7 Exchange Square, London",
        "street_number": "7",
        "route": "Exchange Square",
        "locality": "London",
        "postal_code": "EC2A 2BR",
        "country": None,
    }

    details, _notes = fill(
        FieldSource("address", "organization", VAT),
        organization=organization(custom_fields={VAT: parts}),
    )

    assert details.address == PostalAddress(("7 Exchange Square",), "London", "", "EC2A 2BR")


def test_a_field_of_text_fills_the_address_as_typed() -> None:
    details, _notes = fill(
        FieldSource("address", "deal", VAT), deal=deal(custom_fields={VAT: "1 High St\nLeeds"})
    )

    assert details.address == PostalAddress(("1 High St", "Leeds"))


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ("GB 293 847", "varchar", "GB 293 847"),
        (" two\nlines ", "text", "two lines"),
        (Decimal(12345678901234), "double", "12345678901234"),
        (Decimal("2E+3"), "double", "2000"),
        (7, "int", "7"),
        ({"value": Decimal(2300), "currency": "EUR"}, "monetary", "2300 EUR"),
        ({"value": None, "currency": "EUR"}, "monetary", ""),
        ("2025-03-20", "date", "2025-03-20"),
        ({"value": "2025-03-20", "until": "2025-03-22"}, "daterange", "2025-03-20 – 2025-03-22"),
        ({"value": "12 Rue de Seine, Paris", "route": None}, "address", "12 Rue de Seine, Paris"),
        ([{"value": "+44 1", "primary": True}], "phone", "+44 1"),
        (None, "varchar", ""),
        (True, "boolean", ""),
        ("a\x00b\u202ec", "varchar", "a bc"),
    ],
)
def test_every_kind_of_custom_field_can_be_told(value: object, kind: str, text: str) -> None:
    assert told(value, kind) == text


def test_options_are_told_by_their_present_label() -> None:
    assert told(2, "enum", (1, "Home"), (2, "Office")) == "Office"
    assert told({"id": 2, "label": "Büro"}, "enum", (2, "Office")) == "Büro"
    assert told([1, 2], "set", (1, "Home"), (2, "Office")) == "Home, Office"
    assert told(9, "enum", (1, "Home")) == ""


def test_a_part_of_a_field_can_be_mapped() -> None:
    assert told({"value": Decimal(5), "currency": "EUR"}, "monetary", subfield="currency") == "EUR"
    city = FieldSource("to", "organization", "address", "locality")
    assert fill(city, organization=organization(address=HARBOUR))[0].to == "Bristol"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("title", "Reception refit"),
        ("value", "250.50 GBP"),
        ("currency", "GBP"),
        ("expected_close_date", "2026-04-01"),
    ],
)
def test_built_in_fields_of_the_deal_can_be_mapped(code: str, text: str) -> None:
    details, _notes = fill(
        FieldSource("to", "deal", code),
        deal=deal(value=Decimal("250.50"), expected_close_date=date(2026, 4, 1)),
    )

    assert details.to == text


def test_a_deleted_field_gives_a_blank_and_a_note() -> None:
    details, notes = fill(
        FieldSource("tax_number", "deal", VAT, field_name="VAT number"), fields={"deal": []}
    )

    assert details.tax_number == ""
    (one,) = notes
    assert (one.code, one.target, one.values) == (
        "mapped_field_gone",
        "tax_number",
        {"field": "VAT number"},
    )


def test_a_field_list_that_could_not_be_read_says_nothing_about_deletion() -> None:
    _details, notes = fill(FieldSource("tax_number", "deal", VAT), fields={})

    assert notes == ()


@given(st.text(max_size=80), st.text(max_size=80))
def test_whatever_stands_in_pipedrive_becomes_one_clean_line(name: str, address: str) -> None:
    details, _notes = fill(
        organization=organization(name=name, address=Address(value=address)), person=None
    )

    assert details.to == " ".join(details.to.split())
    assert "\x00" not in details.to
    assert len(details.address.lines) <= 4
    assert all(line and line == " ".join(line.split()) for line in details.address.lines)
