"""Forms that no browser made: repeated fields, hidden values, blocked choices, shut gates."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.utils import timezone

from connections.models import Membership
from invoices import dialog_tokens, sending
from invoices.models import Operation
from invoices.tests.dialog_page import DialogPage
from mappings.models import ProductLink
from tests.vendors import Connected

pytestmark = pytest.mark.django_db
REFIT = 1


@pytest.fixture
def emma(connected: Connected, client: Client) -> Client:
    client.force_login(connected.user)
    return client


@pytest.fixture
def ready(emma: Client) -> DialogPage:
    """The dialog of the refit, all lines linked and the contact chosen."""
    return DialogPage(emma, REFIT).link_all("er").press("contact:0")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("reference", ["a\0b", "PO 7"]),
        ("due_follows", ["\0"]),
        ("update_contact", ["\0"]),
        ("issue_date", ["2026-12-01" + " " * 40 + "\0x"]),
        ("p1-item", ["\0", None]),
        ("line", [None]),
    ],
)
def test_a_character_that_no_database_takes_breaks_no_press(
    ready: DialogPage, connected: Connected, name: str, values: list[str | None]
) -> None:
    sent = ready.fields.get(name, [""])
    ready.fields[name] = [each for value in values for each in (sent if value is None else [value])]

    ready.press("create")

    assert ready.response.status_code in {302, 422}
    made = Operation.objects.for_company(connected.company).filter(kind="create").count()
    assert made == (ready.response.status_code == 302)


def test_a_blocked_contact_cannot_be_slipped_into_the_form(
    ready: DialogPage, connected: Connected
) -> None:
    archived = dialog_tokens.ContactChoice(
        str(uuid.uuid4()), "Gone Ltd", blocked="Archived in Xero: restore it or choose another."
    )
    ready.fill(contact=archived.sign(connected.membership, connected.connection))

    ready.press("create")

    assert ready.response.status_code == 422
    assert "Archived in Xero: restore it or choose another." in ready.text
    assert Operation.objects.for_company(connected.company).count() == 0


def test_who_may_not_create_any_more_unlinks_nothing(
    ready: DialogPage, connected: Connected
) -> None:
    ready.press("create")
    Membership.objects.for_company(connected.company).update(can_create=False)

    ready.press("unlink:p1")

    assert ProductLink.objects.for_company(connected.company).count() == 3
    assert "You may not create invoices here." in ready.text


def test_the_back_button_and_a_second_press_lead_to_the_first_invoice(
    ready: DialogPage, connected: Connected
) -> None:
    ready.press("create")
    first = ready.response.headers["Location"]
    ready.fill(reference="changed after going back")

    ready.press("create")

    assert ready.response.headers["Location"] == first
    assert Operation.objects.for_company(connected.company).count() == 1


def test_a_colleagues_form_is_not_found(ready: DialogPage, connected: Connected) -> None:
    colleague = Membership.objects.for_company(connected.company).exclude(
        pk=connected.membership.pk
    ).first() or Membership.objects.create(
        company=connected.company,
        user=type(connected.user).objects.create_user("colleague@brightside.example"),
    )
    ready.client.force_login(colleague.user)

    answer = ready.client.post(ready.address, {**ready.fields, "action": "create"})

    assert answer.status_code == 404
    assert Operation.objects.for_company(connected.company).count() == 0


def test_more_lines_than_fit_are_refused_and_none_is_dropped(
    ready: DialogPage, connected: Connected
) -> None:
    keys = [f"n{number}" for number in range(1, 1001)]
    for key in keys:
        ready.fill(**{f"{key}__quantity": "1"})
    ready.fields["line"] = [*ready.keys, *keys]

    ready.press("create")

    assert ready.response.status_code == 422
    assert "At most 1000 lines fit on an invoice." in ready.text
    assert len(ready.keys) == 1003
    assert Operation.objects.for_company(connected.company).count() == 0


@pytest.mark.parametrize("content", ["text/plain", "application/json", "multipart/form-data"])
@pytest.mark.parametrize("size", [0, 2_000_000])
def test_a_body_that_is_no_form_is_refused(
    ready: DialogPage, connected: Connected, content: str, size: int
) -> None:
    ready.client.raise_request_exception = False

    answer = ready.client.post(ready.address, b"x" * size, content_type=content)

    assert answer.status_code == 400
    assert Operation.objects.for_company(connected.company).count() == 0


@pytest.mark.parametrize("count", [1_001, 5_000, 12_000])
def test_a_form_of_thousands_of_lines_is_refused_in_words(
    ready: DialogPage, connected: Connected, count: int
) -> None:
    for number in range(count):
        ready.fields[f"n{number}-description"] = ["x"]
        ready.fields["line"].append(f"n{number}")

    answer = ready.client.post(ready.address, {**ready.fields, "action": "create"})

    assert answer.status_code in {400, 422}
    assert "1000 lines" in answer.content.decode()
    assert Operation.objects.for_company(connected.company).count() == 0


def test_a_line_without_its_fields_or_twice_is_refused(
    ready: DialogPage, connected: Connected
) -> None:
    ready.fields["line"] = [*ready.keys, "p9", "p1"]

    ready.press("create")

    assert ready.response.status_code == 422
    assert "A line is in this form twice." in ready.text
    assert Operation.objects.for_company(connected.company).count() == 0


def test_an_invoice_of_somebody_who_may_not_see_amounts_shows_none(
    ready: DialogPage, connected: Connected
) -> None:
    ready.press("create")
    operation = Operation.objects.for_company(connected.company).get()
    Membership.objects.for_company(connected.company).update(can_see_amounts=False)
    waiting = ready.client.get(f"/invoices/operations/{operation.pk}/card/").content.decode()
    sending.send(operation.pk, now=timezone.now())
    operation.refresh_from_db()

    cards = [
        ready.client.get(f"/invoices/operations/{operation.pk}/card/").content.decode(),
        ready.client.get(f"/invoices/{operation.invoice_id}/card/").content.decode(),
    ]

    assert all("Draft" in card for card in cards)
    assert not any("3,475" in card or "3475" in card for card in [waiting, *cards])
