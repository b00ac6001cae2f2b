"""The guided panel of a paid invoice, as a person walks through it (R-27)."""

from __future__ import annotations

import uuid
from html import unescape
from typing import Any

import pytest
from constance import config
from django.test import Client
from django.utils import timezone

from connections.models import XeroAuthorisation, XeroConnection
from invoices.models import Invoice, Operation
from invoices.tests import pressing as p
from invoices.tests import world as w
from mappings.models import InvoicePreferences
from tests.vendors import Connected

pytestmark = pytest.mark.django_db

CONFIRM = "Remove payments and void"


@pytest.fixture
def switched_on(connected: Connected) -> Connected:
    """Admin and support have allowed it, and the grant reaches payments."""
    InvoicePreferences.objects.create(
        company=connected.company, can_void_paid=True, saved_at=timezone.now()
    )
    config.VOID_PAID_INVOICES = True
    p.allow(connected)
    p.grant_payments(connected)
    return connected


def sign_in(connected: Connected, language: str = "en") -> Client:
    client = Client()
    client.force_login(connected.user)
    client.cookies["ib_language"] = language
    return client


def panel(client: Client, invoice: Invoice) -> str:
    answer = client.get(f"/invoices/{invoice.pk}/actions/void_paid/")
    assert answer.status_code == 200
    text = unescape(answer.content.decode()).split("<main")[1].split("</main>")[0]
    return " ".join(text.split())


def press(client: Client, invoice: Invoice) -> Any:
    return client.post(
        f"/invoices/{invoice.pk}/actions/void_paid/",
        {
            "seen": p.row(invoice).xero_updated_at.isoformat(),
            "submission": str(uuid.uuid4()),
        },
        follow=True,
    )


def operations(connected: Connected) -> list[Operation]:
    return list(Operation.objects.for_company(connected.company).filter(kind="void_paid"))


def test_a_person_voids_a_paid_invoice_and_the_card_tells_how_far_it_is(
    switched_on: Connected,
) -> None:
    client = sign_in(switched_on)
    invoice = p.make(switched_on, "approve", ("pay", {"amount": "10.00"}), "pay")

    shown = panel(client, invoice)
    press(client, invoice)
    (operation,) = operations(switched_on)
    w.send(operation, now=timezone.now())
    between = client.get(f"/invoices/{invoice.pk}/card/").content.decode()
    for step in range(3):
        w.send(operation, now=timezone.now() + w.seconds(step))

    assert CONFIRM in shown
    assert "button--danger" in shown
    assert "Neither can be undone" in shown
    assert "1 of 2 payments are removed in Xero already." in between
    assert p.truth(switched_on, invoice)["Status"] == "VOIDED"
    assert p.row(invoice).xero_status == "VOIDED"


def test_the_invoice_tells_which_payments_were_removed_to_who_may_see_amounts(
    switched_on: Connected,
) -> None:
    client = sign_in(switched_on)
    invoice = p.make(switched_on, "approve", ("pay", {"amount": "10.00"}), "pay")
    press(client, invoice)
    (operation,) = operations(switched_on)
    for step in range(4):
        w.send(operation, now=timezone.now() + w.seconds(step))

    told = client.get(f"/invoices/{invoice.pk}/").content.decode().split("What happened")[1]
    p.allow(switched_on, can_see_amounts=False)
    untold = client.get(f"/invoices/{invoice.pk}/").content.decode().split("What happened")[1]

    second = told.index("A payment of £11.00 was removed in Xero.")
    assert second < told.index("A payment of £10.00 was removed in Xero.")
    assert untold.count("A payment was removed in Xero.") == 2
    assert "£" not in untold


def test_it_lists_kind_date_amount_and_reference_of_what_is_applied(
    switched_on: Connected,
) -> None:
    client = sign_in(switched_on)
    invoice = p.make(switched_on, "approve", ("pay", {"amount": "10.00"}), "pay")
    Invoice.objects.across_companies().update(applied=[])  # a list never told of them

    shown = panel(client, invoice)

    assert shown.count(">Payment</span>") == 2
    assert "£10.00" in shown and "£11.00" in shown
    assert p.row(invoice).applied != []


@pytest.mark.parametrize(
    ("moves", "words"),
    [
        ((("pay", {"reconciled": True}),), "reconciled with a bank line"),
        ((("pay", {"batch": True}),), "belongs to a batch"),
        (("credit",), "credit note, prepayment or overpayment is applied"),
        ((("credit", {"kind": "prepayment"}),), "Prepayment"),
        ((("credit", {"kind": "overpayment"}),), "Overpayment"),
    ],
)
def test_what_stays_with_the_accountant_is_explained_and_offers_no_button(
    switched_on: Connected, moves: tuple[Any, ...], words: str
) -> None:
    client = sign_in(switched_on)
    invoice = p.make(switched_on, "approve", *moves)

    shown = panel(client, invoice)
    press(client, invoice)
    for operation in operations(switched_on):
        w.send(operation, now=timezone.now())

    assert words in shown
    assert CONFIRM not in shown
    assert "Open in Xero" in shown
    assert p.truth(switched_on, invoice)["Status"] == "PAID"
    assert not [each for each in w.writes(switched_on, "POST") if "/Payments/" in each["path"]]


def test_more_payments_than_are_removed_at_once_are_left(
    switched_on: Connected,
) -> None:
    client = sign_in(switched_on)
    parts = [("pay", {"amount": "1.00"})] * 20
    invoice = p.make(switched_on, "approve", *parts, "pay")

    shown = panel(client, invoice)

    assert "More payments are applied than we remove at once" in shown
    assert CONFIRM not in shown


@pytest.mark.parametrize(
    ("switch", "words"),
    [
        ("company", "once an admin of your company switches on “Void paid invoices”"),
        ("support", "Our support team has switched off removing payments for now."),
        ("right", "may not remove payments in Xero"),
        ("flag", "does not offer this any more"),
    ],
)
def test_each_switch_alone_keeps_it_from_being_done_and_is_named(
    switched_on: Connected, switch: str, words: str
) -> None:
    client = sign_in(switched_on)
    invoice = p.make(switched_on, "approve", "pay")
    if switch == "company":
        InvoicePreferences.objects.across_companies().update(can_void_paid=False)
    elif switch == "support":
        config.VOID_PAID_INVOICES = False
    elif switch == "right":
        XeroConnection.objects.across_companies().update(
            actions=["CreateDraftInvoice", "CreateApprovedInvoice"]
        )
    else:
        p.allow(switched_on, can_void=False)

    answer = client.get(f"/invoices/{invoice.pk}/actions/void_paid/", follow=True)
    press(client, invoice)

    shown = unescape(answer.content.decode())
    assert words in shown
    assert CONFIRM not in shown
    assert operations(switched_on) == []


def test_a_grant_that_does_not_reach_payments_says_who_can_mend_it(
    switched_on: Connected,
) -> None:
    client = sign_in(switched_on)
    invoice = p.make(switched_on, "approve", "pay")
    XeroAuthorisation.objects.update(scopes="accounting.invoices")

    shown = panel(client, invoice)

    assert "does not reach payments" in shown
    assert CONFIRM not in shown
    assert XeroConnection.objects.for_company(switched_on.company).get().is_usable


def test_xero_down_shows_what_was_known_and_offers_nothing(switched_on: Connected) -> None:
    client = sign_in(switched_on)
    invoice = p.make(switched_on, "approve", "pay")
    switched_on.vendors.control(
        "faults", {"vendor": "xero", "path": "/Invoices/", "kind": "status", "status": 503}
    )

    shown = panel(client, invoice)

    assert "Xero did not answer. What is listed here is from" in shown
    assert "£21.00" in shown
    assert CONFIRM not in shown


def test_an_invoice_that_is_not_paid_any_more_leads_back(switched_on: Connected) -> None:
    client = sign_in(switched_on)
    invoice = p.make(switched_on, "approve", "pay")
    p.in_xero(switched_on, invoice, "unpay")

    answer = client.get(f"/invoices/{invoice.pk}/actions/void_paid/", follow=True)

    assert "does not offer this any more" in answer.content.decode()
    assert p.row(invoice).xero_status == "AUTHORISED"


def test_amounts_stay_hidden_in_the_panel(switched_on: Connected) -> None:
    client = sign_in(switched_on)
    invoice = p.make(switched_on, "approve", "pay")
    p.allow(switched_on, can_see_amounts=False)

    shown = panel(client, invoice)

    assert "£" not in shown
    assert "21.00" not in shown


def test_the_panel_speaks_turkish_with_the_products_own_words(switched_on: Connected) -> None:
    client = sign_in(switched_on, "tr")
    invoice = p.make(switched_on, "approve", "pay")

    shown = panel(client, invoice)

    assert "Ödemeleri kaldır ve iptal et" in shown
    assert "Vazgeç" in shown
