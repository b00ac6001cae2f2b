"""Who may not see amounts sees none, on no page and in no file (R-3, docs/adr/0006)."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from invoices import action_words, refusals, services
from invoices.models import Invoice, Operation
from invoices.tests import money
from invoices.tests import pressing as p
from invoices.tests import world as w
from invoices.tests.dialog_page import DialogPage
from tests.vendors import Connected

pytestmark = pytest.mark.django_db

REFIT = 1


@pytest.fixture
def blind(connected: Connected) -> Connected:
    """Emma, whom somebody has taken the right to see amounts."""
    p.allow(connected, can_see_amounts=False)
    return connected


def browser(member: Connected, language: str = "en") -> Client:
    client = Client()
    client.force_login(member.user)
    client.cookies["ib_language"] = language
    return client


def place(invoice: Invoice, member: Connected) -> Invoice:
    """Put the invoice on a deal that exists in Pipedrive."""
    invoice.deal_link.deal_id = REFIT
    invoice.deal_link.save()
    return invoice


@pytest.mark.parametrize("language", ["en", "tr"])
def test_the_deal_pages_show_no_amount(connected: Connected, language: str) -> None:
    place(p.make(connected, "approve"), connected)
    client = browser(connected, language)
    pages = ("/deals/", "/deals/?q=refit", f"/deals/{REFIT}/")
    for page in pages:
        assert money.find_amounts(client.get(page)) != [], page

    p.allow(connected, can_see_amounts=False)

    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200
        assert money.find_amounts(answer) == [], page


@pytest.mark.parametrize("moves", [(), ("approve",), ("approve", "pay")])
def test_cards_and_questions_show_no_amount(connected: Connected, moves: tuple[str, ...]) -> None:
    invoice = place(p.make(connected, *moves), connected)
    p.allow(connected, can_see_amounts=False)
    client = browser(connected)
    client.get(f"/deals/{REFIT}/")
    addresses = [f"/invoices/{invoice.pk}/card/"]
    addresses += [
        f"/invoices/{invoice.pk}/actions/{code}/"
        for code in ("approve", "delete", "void", "email", "void_paid")
    ]

    shown = [client.get(address) for address in addresses]

    assert [answer.status_code for answer in shown].count(200) >= 2
    for answer in shown:
        assert money.find_amounts(answer) == []
        assert "over –" not in answer.content.decode()


def test_the_file_of_the_invoice_is_refused(connected: Connected) -> None:
    invoice = place(p.make(connected, "approve"), connected)
    client = browser(connected)
    client.get(f"/deals/{REFIT}/")
    assert client.get(f"/invoices/{invoice.pk}/pdf/")["Content-Type"] == "application/pdf"
    p.allow(connected, can_see_amounts=False)

    answer = client.get(f"/invoices/{invoice.pk}/pdf/", follow=True)

    assert "The PDF shows amounts" in answer.content.decode()
    assert not answer.content.startswith(b"%PDF")


def test_the_dialog_neither_opens_nor_goes_on(connected: Connected) -> None:
    client = browser(connected)
    page = DialogPage(client, REFIT)
    p.allow(connected, can_see_amounts=False)

    opened = client.get(page.address, follow=True)
    previewed = page.press("preview").response
    created = page.press("create").response

    assert "You may not see amounts" in unescape(opened.content.decode())
    for answer in (previewed, created):
        assert answer.status_code == 302
    assert not Operation.objects.for_company(connected.company).exists()
    with pytest.raises(services.NotAllowed) as refused:
        services.check_may_create(connected.membership, connected.connection)
    assert refused.value.code == "amounts"
    deal = client.get(f"/deals/{REFIT}/").content.decode()
    assert "disabled" in deal and "an invoice cannot be created without them" in deal


def test_xeros_own_words_are_not_shown_because_they_may_name_amounts(
    blind: Connected,
) -> None:
    message = "Payment amount of 1,250.00 exceeds what is due"
    operation = w.press(blind, deal_id=REFIT, now=timezone.now())
    Operation.objects.across_companies().update(
        state=Operation.State.REFUSED,
        error_messages=[message, "Account code '999' is not a valid code"],
        finished_at=timezone.now(),
    )
    client = browser(blind)
    client.get(f"/deals/{REFIT}/")
    address = f"/invoices/operations/{operation.pk}/card/"

    hidden = client.get(address).content.decode()
    p.allow(blind, can_see_amounts=True)
    shown = client.get(address).content.decode()

    assert "1,250.00" not in hidden and "may name amounts" in hidden
    assert "Xero does not take this account" in hidden
    assert message in shown


def test_a_refused_action_tells_xeros_words_only_to_those_who_may_see_amounts() -> None:
    operation = Operation(
        kind=Operation.Kind.VOID,
        state=Operation.State.REFUSED,
        error_messages=["1,250.00 was paid on it"],
    )

    assert "1,250.00" not in action_words.state(operation)
    assert "1,250.00" in action_words.state(operation, sees_amounts=True)
    assert refusals.explain(["1.00"], sees_amounts=False)[0].original == ""


def test_an_example_of_a_money_field_is_hidden(connected: Connected) -> None:
    client = browser(connected)
    asked = {"target": "to", "to": "deal:value"}
    client.get("/settings/preferences/")
    before = client.get("/settings/preferences/example/", asked)
    p.allow(connected, can_see_amounts=False)

    answer = client.get("/settings/preferences/example/", asked)

    assert answer.status_code == 200
    assert not re.search(r"\d", re.sub(r"<[^>]*>", "", answer.content.decode()))
    assert re.search(r"\d", re.sub(r"<[^>]*>", "", before.content.decode()))


def test_what_looks_like_money_is_found_at_all() -> None:
    for text in ("£1,234.50", "1.234,50", "€ 5", "₺12"):
        assert money.AMOUNT.search(text)
    assert not money.AMOUNT.search("23 Nov 2026, 14:05 INV-0042 20%")
