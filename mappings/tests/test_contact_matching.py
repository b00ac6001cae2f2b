"""Whom an invoice may go to: why each contact is suggested, and which cannot be chosen (M-18)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.utils import timezone

from connections import access, errors
from mappings import matching
from mappings.customer import CustomerDetails
from mappings.matching import Match
from tests.vendors import Connected

pytestmark = pytest.mark.django_db


@pytest.fixture
def xero(connected: Connected) -> Iterator[access.XeroSession]:
    with access.open_xero(connected.connection, now=timezone.now()) as session:
        yield session


def told(matches: tuple[Match, ...]) -> list[tuple[str, tuple[str, ...], str]]:
    return [(match.contact.name, match.reasons, match.problem) for match in matches]


def contact_calls(connected: Connected) -> int:
    rows: list[dict[str, Any]] = connected.vendors.control("traffic")
    return sum("/Contacts" in row["path"] for row in rows)


def contact_id(xero: access.XeroSession, name: str) -> str:
    found = xero.call(lambda client: client.list_contacts_by(name=name, include_archived=True))
    return found[0].contact_id


def change(connected: Connected, contact: str, action: str, body: dict[str, Any]) -> None:
    tenant = connected.connection.tenant_id
    connected.vendors.control(f"xero/{tenant}/contacts/{quote(contact)}/{action}", body)


def test_one_call_suggests_by_tax_number_email_and_name_the_best_first(
    connected: Connected, xero: access.XeroSession
) -> None:
    details = CustomerDetails(
        to="maple street bakery",
        email="office@quinn.example",
        tax_number="GB 716 0048 02",
    )
    before = contact_calls(connected)

    found = matching.suggest_contacts(xero, details)

    assert told(found) == [
        ("Castle Law LLP", ("tax_number",), ""),
        ("Quinn & Daughters", ("email",), ""),
        ("Maple Street Bakery", ("name",), ""),
    ]
    assert contact_calls(connected) == before + 1


def test_a_contact_with_several_reasons_shows_them_all(xero: access.XeroSession) -> None:
    details = CustomerDetails("Lindqvist & Partners AB", tax_number="SE556677889901")

    assert told(matching.suggest_contacts(xero, details)) == [
        ("Lindqvist & Partners AB", ("tax_number", "name"), "")
    ]


def test_an_archived_contact_is_shown_last_and_cannot_be_chosen(
    connected: Connected, xero: access.XeroSession
) -> None:
    change(connected, "Castle Law LLP", "archive", {})
    details = CustomerDetails("Atlas Coworking", tax_number="GB 716 0048 02")

    found = matching.suggest_contacts(xero, details)

    assert told(found) == [
        ("Atlas Coworking", ("name",), ""),
        ("Castle Law LLP", ("tax_number",), "archived"),
    ]
    assert [match.is_selectable for match in found] == [True, False]


def test_a_merged_contact_is_followed_and_named(xero: access.XeroSession) -> None:
    (found,) = matching.suggest_contacts(xero, CustomerDetails("Dental Harbour"))

    assert (found.contact.name, found.merged_from) == ("Harbour Dental Ltd", "Dental Harbour")
    assert found.is_selectable


def test_a_merged_contact_and_its_heir_are_one_suggestion(xero: access.XeroSession) -> None:
    details = CustomerDetails("Dental Harbour", email="accounts@harbourdental.example")

    found = matching.suggest_contacts(xero, details)

    assert [match.contact.name for match in found] == ["Harbour Dental Ltd"]


@pytest.mark.parametrize(
    "details",
    [
        CustomerDetails(),
        CustomerDetails('A "quoted" name that nobody has'),
        CustomerDetails("100% sure", email="nobody@nowhere.example", tax_number="0"),
        CustomerDetails("'; DROP TABLE Contacts; --"),
        CustomerDetails('" OR Name!="'),
    ],
)
def test_nothing_in_common_suggests_nobody(
    xero: access.XeroSession, details: CustomerDetails
) -> None:
    assert matching.suggest_contacts(xero, details) == ()


def test_typed_words_find_active_contacts(xero: access.XeroSession) -> None:
    assert told(matching.search_contacts(xero, " maple ")) == [
        ("Maple Street Bakery", ("search",), ""),
        ("Maple Street Bakery Ltd", ("search",), ""),
    ]


@pytest.mark.parametrize("term", ["", " a ", "x" * 101])
def test_a_term_too_short_or_too_long_asks_nothing(
    connected: Connected, xero: access.XeroSession, term: str
) -> None:
    before = contact_calls(connected)

    assert matching.search_contacts(xero, term) == ()
    assert contact_calls(connected) == before


@pytest.mark.parametrize("term", ['%_"', ")\\", 'O\'Neill "Best"', "çağ"])
def test_signs_of_filter_languages_are_only_text(xero: access.XeroSession, term: str) -> None:
    for match in matching.search_contacts(xero, term):
        assert term.casefold() in match.contact.name.casefold()


def test_a_linked_contact_is_looked_at_before_it_is_used(
    connected: Connected, xero: access.XeroSession
) -> None:
    chosen = contact_id(xero, "Northgate Hotels")
    assert matching.check_contact(xero, chosen).is_selectable

    change(connected, "Northgate Hotels", "merge", {"into": "Castle Law LLP"})

    followed = matching.check_contact(xero, chosen)
    assert (followed.contact.name, followed.merged_from) == ("Castle Law LLP", "Northgate Hotels")
    assert followed.reasons == ("link",)


def test_a_contact_that_xero_does_not_have_is_not_found(xero: access.XeroSession) -> None:
    with pytest.raises(errors.NotFound):
        matching.check_contact(xero, "00000000-0000-4000-8000-000000000000")


@pytest.mark.parametrize("name", ["Harbour Dental Ltd", "harbour dental ltd"])
def test_a_taken_name_is_found_before_a_contact_is_created(
    xero: access.XeroSession, name: str
) -> None:
    found = matching.find_same_name(xero, name)

    assert found is not None
    assert (found.contact.name, found.reasons) == ("Harbour Dental Ltd", ("name",))


def test_a_taken_name_with_quotes_is_found_too(xero: access.XeroSession) -> None:
    found = matching.find_same_name(xero, 'O\'Neill "Best" Fitouts')

    assert found is not None
    assert found.contact.email == "oneill@fitouts.example"


def test_a_free_name_is_free(xero: access.XeroSession) -> None:
    assert matching.find_same_name(xero, "Kestrel Café") is None
