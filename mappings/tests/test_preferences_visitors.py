"""The preferences page as reps, strangers and other companies see it, and its examples."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from connections.models import Membership, User
from mappings.models import InvoicePreferences
from mappings.tests.preferences_walk import (
    DUE,
    EXAMPLE,
    PAGE,
    Counter,
    break_pipedrive,
    colleague,
    custom_code,
    forget_cached_lists,
    page,
    save,
    saved,
    shown,
    sign_in,
    text_of,
)
from tests.vendors import Connected, connect

pytestmark = pytest.mark.django_db


def test_reps_see_the_preferences_and_cannot_change_them(connected: Connected) -> None:
    rep = colleague(connected, "mehmet.yilmaz@brightside.example", Membership.Role.REP)

    html = page(rep)
    answer = save(rep, due_days="1")

    assert "Only an admin of your company can change these." in html
    assert "<dd> Organization – Name " in re.sub(r"\s+", " ", html)
    assert shown(html, "to").startswith("Example: ")
    assert "<select" not in html
    assert ">Save<" not in html
    assert answer.status_code == 403
    assert InvoicePreferences.objects.for_company(connected.company).count() == 0


def test_a_stranger_signs_in_first(client: Client) -> None:
    for address in (PAGE, EXAMPLE, DUE):
        answer = client.get(address)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/")


def test_somebody_without_a_company_is_shown_how_to_connect_one(db: None) -> None:
    client = sign_in(User.objects.create_user("new@nowhere.example"))

    for address in (PAGE, EXAMPLE, DUE):
        assert client.get(address)["Location"] == "/settings/connections/"


def test_another_companys_admin_sees_and_saves_only_their_own(connected: Connected) -> None:
    save(sign_in(connected.user), due_days="44")
    other = connect(connected.vendors, "zeynep.kaya@anadolu.example", "anadolu")
    client = sign_in(other.user)

    html = page(client)

    assert "Harbour Dental" not in html
    assert 'value="44"' not in html
    assert save(client, account_code="200", tax_type="TAX001", due_days="15").status_code == 302
    assert saved(connected)[0].due_days == 44
    assert saved(other)[0].due_days == 15


def test_each_person_sees_an_example_of_their_own(connected: Connected) -> None:
    page(sign_in(connected.user))
    noor = colleague(connected, "noor.haddad@brightside.example", Membership.Role.REP)

    html = page(noor)

    assert "Reception refit" not in html
    assert "Staff room — Harbour Dental" in html


def test_an_example_follows_the_picker_without_new_calls(connected: Connected) -> None:
    client = sign_in(connected.user)
    vat = custom_code(connected, "organization", "VAT number")
    before = len(connected.vendors.control("traffic"))

    found = {
        value: shown(
            text_of(client.get(EXAMPLE, {"target": "tax_number", "tax_number": value})),
            "tax_number",
        )
        for value in (
            vat,
            "person:last_name",
            "deal:value",
            "deal:expected_close_date",
            "",
            "deal:nonsense",
            "x" * 5000,
        )
    }

    assert list(found.values()) == [
        "Example: GB 998 2211 40",
        "Example: Bennett",
        "Example: 3475.2 GBP",
        "Empty on this deal.",
        "Stays empty on invoices.",
        "Stays empty on invoices.",
        "Stays empty on invoices.",
    ]
    assert len(connected.vendors.control("traffic")) == before


@pytest.mark.parametrize("target", ["", "due_days", "TO", "<b>"])
def test_an_example_for_no_such_row_is_refused(connected: Connected, target: str) -> None:
    answer = sign_in(connected.user).get(EXAMPLE, {"target": target})

    assert (answer.status_code, answer.content) == (400, b"")


def test_an_example_says_when_pipedrive_is_down(connected: Connected) -> None:
    forget_cached_lists()
    break_pipedrive(connected)

    answer = sign_in(connected.user).get(EXAMPLE, {"target": "to", "to": "organization:name"})

    assert "Pipedrive does not answer" in text_of(answer)


@pytest.mark.parametrize(
    ("days", "expected"),
    [("7", "due 20 Mar"), ("0", "due 13 Mar"), ("yedi", "Enter a whole number"), ("", "Enter")],
)
def test_the_due_date_example_follows_what_is_typed(
    connected: Connected, days: str, expected: str
) -> None:
    answer = sign_in(connected.user).get(DUE, {"due_days": days})

    assert expected in shown(text_of(answer), "due_days")


def test_opening_it_takes_few_queries(
    connected: Connected, django_assert_max_num_queries: Counter
) -> None:
    client = sign_in(connected.user)
    page(client)

    with django_assert_max_num_queries(15):
        page(client)


def test_a_member_who_never_connected_pipedrive_still_sees_what_is_saved(
    connected: Connected,
) -> None:
    user = User.objects.create_user("books@brightside.example")
    Membership.objects.create(company=connected.company, user=user, role=Membership.Role.ACCOUNTANT)

    html = page(sign_in(user))

    assert "Your Pipedrive account is not connected" in html
    assert "Organization – Name" in html
