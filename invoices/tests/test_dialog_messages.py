"""Bad input in the create dialog: words beside the field, what was typed stays (B-4 to B-13)."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from invoices.models import Operation
from invoices.tests.dialog_page import DialogPage
from mappings.models import ContactLink, ProductLink
from tests.vendors import Connected

pytestmark = pytest.mark.django_db
REFIT = 1
CHOOSE_AGAIN = "This choice is not in Xero's list now. Choose again."


@pytest.fixture
def emma(connected: Connected, client: Client) -> Client:
    client.force_login(connected.user)
    client.cookies["ib_language"] = "en"
    return client


@pytest.fixture
def ready(emma: Client) -> DialogPage:
    """The dialog of the refit, all lines linked and the contact chosen."""
    return DialogPage(emma, REFIT).link_all("er").press("contact:0")


@pytest.mark.parametrize(
    ("field", "typed", "control", "message"),
    [
        ("to", "", "id_to", "This field is required."),
        ("to", "   ", "id_to", "This field is required."),
        ("to", "x" * 256, "id_to", "Use at most 255 characters (these are 256)."),
        ("to", "A <b> C", "id_to", "Xero does not take the signs < and > in a contact name."),
        ("email", "a@b", "id_email", "Write one email address, like name@example.com."),
        ("email", "jörg@example.com", "id_email", "Xero takes email addresses in plain letters"),
        ("email", "a@b.example\nBcc: x", "id_email", "An email address is written on one line."),
        ("tax_number", "1" * 51, "id_tax_number", "Use at most 50 characters (these are 51)."),
        ("address", "x" * 501, "id_address", "Use at most 500 characters in a line."),
        ("address", "1\n2\n3\n4\n5", "id_address", "Use at most 4 lines"),
        ("country", "UK 1", "id_country", "Write the country in letters, without digits."),
        ("issue_date", "2026-02-29", "id_issue_date", "This day does not exist in the calendar."),
        ("issue_date", "01/02/2026", "id_issue_date", "Write the date as 2025-03-20."),
        ("due_date", "2020-01-01", "id_due_date", "The due date is before the issue date."),
        ("due_date", "9999-12-31", "id_due_date", "Choose a date between the years 2000 and 2099."),
        ("reference", "x" * 256, "id_reference", "Use at most 255 characters (these are 256)."),
        ("reference", "🎉🎉", "id_reference", "A reference needs at least one letter or digit."),
        ("reference", "one\ntwo", "id_reference", "A reference is written on one line."),
        ("tax_mode", "Gross", "id_tax_mode", CHOOSE_AGAIN),
        ("currency", "ZZZ", "id_currency", "Xero has no ZZZ: enable it in Xero"),
        ("theme", "00000000-0000-0000-0000-000000000001", "id_theme", CHOOSE_AGAIN),
        ("p1__account", "999", "p1-account", CHOOSE_AGAIN),
        ("p1__tax_rate", "OUTPUT99", "p1-tax_rate", CHOOSE_AGAIN),
        ("p1__quantity", "", "p1-quantity", "This field is required."),
        ("p1__quantity", "0", "p1-quantity", "The quantity must be more than 0."),
        ("p1__quantity", "1.00001", "p1-quantity", "Use at most 4 decimals."),
        ("p1__quantity", "NaN", "p1-quantity", "Write a number with digits only, like 1234.56."),
        ("p1__unit_price", "1,234", "p1-unit_price", "can be read in two ways"),
        ("p1__unit_price", "1" + "0" * 12, "p1-unit_price", "This number is too large."),
        ("p1__discount", "101", "p1-discount", "A discount is at most 100 %."),
        ("p1__discount", "-1", "p1-discount", "A discount is not negative"),
        ("p1__description", "", "p1-description", "This field is required."),
        ("p1__description", "x" * 4001, "p1-description", "Use at most 4000 characters"),
    ],
)
def test_bad_input_is_named_beside_its_field_and_stores_nothing(
    ready: DialogPage, connected: Connected, field: str, typed: str, control: str, message: str
) -> None:
    ready.fill(**{field: typed}).press("create")

    assert ready.response.status_code == 422
    assert any(message in said for said in ready.errors_of(control)), ready.errors_of(control)
    for stored in (Operation, ContactLink, ProductLink):
        assert not stored.objects.for_company(connected.company).exists()


@pytest.mark.parametrize(
    ("field", "typed"),
    [("to", "A <b> C"), ("p1__unit_price", "1,234"), ("reference", "🎉🎉"), ("email", "a@b")],
)
def test_what_was_typed_stays(ready: DialogPage, field: str, typed: str) -> None:
    ready.fill(**{field: typed}).press("create")

    assert ready.fields[field.replace("__", "-")] == [typed]


def test_a_discount_of_more_than_the_line_is_refused(ready: DialogPage) -> None:
    ready.fill(p1__discount="1450.01", p1__discount_kind="amount").press("create")

    assert ready.errors_of("p1-discount") == ["The discount is more than the line's amount."]


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("en", "The books are locked up to 31 Dec 2099 in Xero. Choose a later date."),
        ("tr", "Defterler Xero'da 31.12.2099 tarihine kadar kilitli. Daha ileri bir tarih seçin."),
    ],
)
def test_a_day_in_a_locked_period_is_refused_with_its_date(
    ready: DialogPage, connected: Connected, language: str, message: str
) -> None:
    locked = date(2099, 12, 31)
    connection = connected.connection
    type(connection).objects.for_company(connected.company).update(period_lock_date=locked)
    ready.client.cookies["ib_language"] = language

    ready.press("create")

    assert message in ready.errors_of("id_issue_date")
    assert not Operation.objects.for_company(connected.company).exists()


def test_turkish_numbers_are_read_in_turkish(emma: Client, connected: Connected) -> None:
    emma.cookies["ib_language"] = "tr"
    page = DialogPage(emma, REFIT).link_all("er").press("contact:0")

    page.fill(p1__unit_price="1.400,50").press("create")

    operation = Operation.objects.for_company(connected.company).get()
    assert operation.summary["total"] == "3415.80"


def test_script_typed_as_text_is_shown_as_typed(ready: DialogPage) -> None:
    ready.fill(p1__description="<script>alert(1)</script>", reference="{{7*7}}").press("preview")

    assert "<script>alert" not in ready.text
    assert ready.fields["p1-description"] == ["<script>alert(1)</script>"]
    assert ready.fields["reference"] == ["{{7*7}}"]
