"""What the card says while an invoice is on its way, and when Xero refuses it (reliability §4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connections.models import Company, Membership, XeroConnection
from invoices import refusals, sending
from invoices.models import Operation
from invoices.tests.dialog_page import DialogPage
from tests.vendors import Connected, connect

pytestmark = pytest.mark.django_db
REFIT = 1


@pytest.fixture
def emma(connected: Connected, client: Client) -> Client:
    client.force_login(connected.user)
    client.cookies["ib_language"] = "en"
    return client


@pytest.fixture
def pressed(emma: Client, connected: Connected) -> Operation:
    """An invoice of the refit, pressed and not sent yet."""
    DialogPage(emma, REFIT).link_all("er").press("contact:0").press("create")
    return Operation.objects.for_company(connected.company).get()


def _card(client: Client, operation: Operation) -> str:
    response = client.get(f"/invoices/operations/{operation.pk}/card/")
    assert response.status_code == 200
    return response.content.decode()


def _set(operation: Operation, **values: Any) -> None:
    Operation.objects.across_companies().filter(pk=operation.pk).update(**values)


def test_a_card_on_its_way_asks_again_every_second_and_then_stops(
    emma: Client, pressed: Operation
) -> None:
    moving = _card(emma, pressed)
    assert "Sending…" in moving
    assert 'hx-trigger="every 1s"' in moving

    sending.send(pressed.pk, now=timezone.now())

    done = _card(emma, pressed)
    assert "Draft" in done
    assert "hx-trigger" not in done


def test_a_card_that_comes_to_rest_has_the_rest_of_the_page_look_again(
    emma: Client, pressed: Operation
) -> None:
    path = f"/invoices/operations/{pressed.pk}/card/"
    moving = emma.get(path)
    sending.send(pressed.pk, now=timezone.now())
    at_rest = emma.get(path)

    assert "HX-Trigger" not in moving
    assert at_rest["HX-Trigger"] == "deal-news"


def test_a_card_asks_less_often_the_longer_it_waits(emma: Client, pressed: Operation) -> None:
    waits = {}
    for age in (1, 60, 600, 3600):
        _set(pressed, created_at=timezone.now() - timedelta(seconds=age))
        page = _card(emma, pressed)
        waits[age] = page.split('hx-trigger="every ')[1].split('"')[0] if "every" in page else ""

    assert waits == {1: "1s", 60: "3s", 600: "15s", 3600: ""}


@pytest.mark.parametrize(
    ("state", "waiting_for", "words"),
    [
        ("unsure", "", "Checking with Xero whether the invoice arrived."),
        ("looking", "", "Checking with Xero whether the invoice arrived."),
        ("waiting", "outage", "Waiting for Xero since"),
        ("waiting", "connection", "Waiting for Xero since"),
        ("needs_person", "", "We could not find out whether Xero has this invoice."),
    ],
)
def test_each_state_has_its_words(
    emma: Client, pressed: Operation, state: str, waiting_for: str, words: str
) -> None:
    _set(pressed, state=state, waiting_for=waiting_for)

    assert words in _card(emma, pressed)


@pytest.mark.parametrize(
    ("table", "change", "words"),
    [
        ("connection", {"state": "RECONNECT"}, "A company admin has to reconnect it under"),
        ("connection", {"state": "DISCONNECTED"}, "The organisation was disconnected in Xero."),
        ("connection", {"state": "ROLE_REFUSED"}, "does not have the role that is needed"),
        (
            "connection",
            {"state": "ENDED"},
            "made for Brightside Interiors Ltd, which is not connected now",
        ),
        ("company", {"is_security_stated": False}, "two-factor authentication is on in"),
        ("company", {"state": "PAUSED"}, "InvoiceBridge is paused for your company."),
    ],
)
def test_what_waits_for_a_gate_says_which_and_who_can_open_it(
    emma: Client,
    pressed: Operation,
    connected: Connected,
    table: str,
    change: dict[str, Any],
    words: str,
) -> None:
    rows = {
        "connection": XeroConnection.objects.for_company(connected.company),
        "company": Company.objects.filter(pk=connected.company.pk),
    }
    rows[table].update(**change)

    sending.send(pressed.pk, now=timezone.now())

    assert words in _card(emma, pressed)


@pytest.mark.parametrize(
    ("reason", "words"),
    [("minute", "Waiting for Xero, about 4"), ("day", "daily limit is used up; it continues at")],
)
def test_a_limit_says_until_when(
    emma: Client, pressed: Operation, connected: Connected, reason: str, words: str
) -> None:
    until = timezone.now() + timedelta(seconds=41)
    XeroConnection.objects.for_company(connected.company).update(
        pause_until=until, pause_reason=reason
    )
    _set(pressed, state="waiting", waiting_for="limit")

    assert words in _card(emma, pressed)


def test_a_refusal_names_its_field_keeps_xeros_words_and_can_be_corrected(
    emma: Client, pressed: Operation, connected: Connected
) -> None:
    said = "Account code '200' is not a valid code for this document."
    _set(pressed, state="refused", error_code="rejected", error_messages=[said])

    card = _card(emma, pressed)
    assert "Xero refused this invoice. Nothing was created." in card
    assert "Account:" in card
    assert "Xero does not take this account on an invoice." in card
    assert "Account code &#x27;200&#x27; is not a valid code" in card

    again = DialogPage(emma, REFIT, f"?again={pressed.pk}")

    assert again.errors_of("p1-account") == [
        "Xero does not take this account on an invoice. Choose another one."
    ]
    assert again.fields["p1-unit_price"] == ["1450.00"]
    again.press("create")
    assert again.response.status_code == 302
    assert Operation.objects.for_company(connected.company).count() == 2


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ("The contact name X is already assigned to another contact.", "contact"),
        ("The specified contact details matched an archived contact.", "contact"),
        ("The TaxType code 'X' cannot be used with account code 'Y'.", "tax_rate"),
        ("Account code '999' is not a valid code for this document.", "account"),
        ("The document date falls in a locked period.", "issue_date"),
        ("You have reached the limit of invoices you can approve", ""),
        ("Something new.", ""),
    ],
)
def test_xeros_messages_find_their_field(message: str, field: str) -> None:
    (reason,) = refusals.explain([message], sees_amounts=True)

    assert (reason.field, reason.original) == (field, message)
    assert bool(str(reason.text))


def test_a_difference_to_what_was_confirmed_is_shown(emma: Client, pressed: Operation) -> None:
    sending.send(pressed.pk, now=timezone.now())
    _set(
        pressed,
        differences=[{"line": 2, "field": "quantity", "confirmed": "4", "in_xero": "5"}],
    )

    card = _card(emma, pressed)

    assert "Xero holds something else than you confirmed." in card
    assert "Line 2, Quantity: you confirmed 4, Xero has 5." in card


def test_a_card_costs_few_queries(emma: Client, pressed: Operation) -> None:
    with CaptureQueriesContext(database) as captured:
        _card(emma, pressed)

    own = [each["sql"] for each in captured.captured_queries if "invoices_" in each["sql"]]
    assert len(own) <= 3, own


def test_the_card_of_another_company_is_not_found(
    pressed: Operation, connected: Connected, client: Client
) -> None:
    zeynep = connect(connected.vendors, "zeynep.kaya@anadolu.example", "anadolu")
    client.force_login(zeynep.user)

    for address in (pressed.pk, uuid4()):
        assert client.get(f"/invoices/operations/{address}/card/").status_code == 404


def test_a_colleague_sees_a_card_only_after_pipedrive_showed_them_the_deal(
    pressed: Operation, connected: Connected, client: Client
) -> None:
    mehmet = connect(
        connected.vendors, "mehmet.yilmaz@brightside.example", None, role=Membership.Role.REP
    )
    client.force_login(mehmet.user)
    address = f"/invoices/operations/{pressed.pk}/card/"

    assert client.get(address).status_code == 404

    client.get(f"/deals/{REFIT}/")
    assert client.get(address).status_code == 200
