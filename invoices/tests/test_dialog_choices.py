"""What may be chosen in the dialog, and what happens to a choice that Xero lacks (B-12, F-24)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from invoices import sending
from invoices.models import Operation
from invoices.tests import world as w
from invoices.tests.dialog_page import DialogPage
from mappings.models import XeroAccount, XeroItem
from tests.vendors import Connected

pytestmark = pytest.mark.django_db
REFIT, LOYALTY, SHELVING = 1, 10, 11


@pytest.fixture
def emma(connected: Connected, client: Client) -> Client:
    client.force_login(connected.user)
    client.cookies["ib_language"] = "en"
    return client


@pytest.fixture
def ready(emma: Client) -> DialogPage:
    """The dialog of the refit, all lines linked and the contact chosen."""
    return DialogPage(emma, REFIT).link_all("er").press("contact:0")


def test_a_currency_that_xero_lacks_is_never_replaced_without_a_word(emma: Client) -> None:
    page = DialogPage(emma, LOYALTY)

    assert page.fields["currency"] == ["PTS"]
    assert "Xero has no PTS: enable it in Xero or choose another currency." in page.text

    # A browser sends what is shown: the block must not go away by typing elsewhere.
    page.link_all("lamp").press("new_contact").fill(reference="Gift").press("preview")
    assert page.fields["currency"] == ["PTS"]
    assert not page.can_create()
    page.press("create")
    assert page.response.status_code == 422
    assert page.errors_of("id_currency") == [
        "Xero has no PTS: enable it in Xero or choose another currency."
    ]


def test_prices_in_another_currency_are_said_not_to_be_converted(emma: Client) -> None:
    page = DialogPage(emma, LOYALTY)

    page.fill(currency="EUR").press("preview")

    assert "prices are in PTS and were not converted to EUR. Check each one." in page.text


def test_an_account_that_xero_lacks_stays_on_show_and_is_refused(
    ready: DialogPage, connected: Connected
) -> None:
    ready.fill(p1__account="200").press("preview")
    XeroAccount.objects.for_company(connected.company).filter(code="200").delete()

    ready.press("preview")

    assert ready.fields["p1-account"] == ["200"]
    assert "200 (not in Xero)" in ready.text
    ready.press("create")
    assert ready.errors_of("p1-account") == ["This choice is not in Xero's list now. Choose again."]
    assert not Operation.objects.for_company(connected.company).exists()


def test_tax_that_was_left_to_xero_is_no_difference_to_what_was_confirmed(
    ready: DialogPage, connected: Connected
) -> None:
    # What Xero's items say of tax has changed since they were copied.
    XeroItem.objects.for_company(connected.company).update(account_code="", tax_type="")
    for key in ready.keys:
        ready.fill(**{f"{key}__account": "", f"{key}__tax_rate": ""})
    assert "Total without that tax" in ready.press("preview").text

    ready.press("create")

    operation = Operation.objects.for_company(connected.company).get()
    sending.send(operation.pk, now=timezone.now())
    operation.refresh_from_db()
    (made,) = w.made(connected, operation)
    assert made["TotalTax"] > 0
    assert (operation.state, operation.differences) == ("done", [])


def test_text_is_a_line_without_an_amount_and_reaches_xero_as_one(
    ready: DialogPage, connected: Connected
) -> None:
    ready.press("add:text").press("up:t1").fill(t1__description="Fitted on Friday")

    ready.press("create")

    operation = Operation.objects.for_company(connected.company).get()
    (invoice,) = json.loads(operation.request_body)["Invoices"]
    assert invoice["LineItems"][2] == {"Description": "Fitted on Friday"}
    sending.send(operation.pk, now=timezone.now())
    operation.refresh_from_db()
    assert (operation.state, operation.differences) == ("done", [])
    (made,) = w.made(connected, operation)
    assert [line["Description"] for line in made["LineItems"]][2] == "Fitted on Friday"
    assert str(made["Total"]) == "3475.2"


def test_text_that_says_nothing_is_asked_for(ready: DialogPage) -> None:
    ready.press("add:text").press("create")

    assert ready.response.status_code == 422
    assert ready.errors_of("t1-description") == ["This field is required."]


def test_text_alone_is_no_invoice(ready: DialogPage) -> None:
    for key in ("p1", "p2", "p3"):
        ready.press(f"remove:{key}")

    ready.press("add:text").fill(t1__description="Only words").press("preview")

    assert "Add at least one line that is more than text." in ready.text
    assert not ready.can_create()


def test_a_long_invoice_says_the_lists_once_and_each_line_its_choice(
    emma: Client, connected: Connected
) -> None:
    company = connected.company.pipedrive_company_id
    line = {"product_id": 1, "item_price": 10, "quantity": 1, "tax": 20}
    deal = {"title": "Many desks", "currency": "GBP", "org_id": 1, "products": [line] * 120}
    made = connected.vendors.control(f"pipedrive/{company}/deals", deal)

    page = DialogPage(emma, made["id"])

    assert len(page.keys) == 120
    assert page.text.count("Exempt") <= 1
    assert page.fields["p120-tax_rate"] == ["OUTPUT2"]
    assert 'id="options-account"' in page.text


@pytest.mark.usefixtures("a_long_minute")
def test_twenty_searches_a_minute_are_enough(emma: Client, connected: Connected) -> None:
    page = DialogPage(emma, REFIT)
    for _ in range(20):
        page.fill(p1__query="desk").press("search:p1")
    assert "link:p1" in page.text

    page.fill(p1__query="desk").press("search:p1")
    assert "These were many searches in a short time. Search again in" in page.text
    assert "link:p1" not in page.text

    before = len(connected.vendors.control("traffic?vendor=xero"))
    page.fill(contact_query="Harbour").press("search_contact")
    assert page.text.count("These were many searches in a short time.") == 1
    assert len(connected.vendors.control("traffic?vendor=xero")) == before


def test_the_dialog_costs_the_same_queries_for_three_lines_and_for_sixty(
    emma: Client, connected: Connected, django_assert_max_num_queries: Any
) -> None:
    company = connected.company.pipedrive_company_id
    line = {"product_id": 1, "item_price": 10, "quantity": 1, "tax": 20}
    deal = {"title": "Many desks", "currency": "GBP", "org_id": 1, "products": [line] * 60}
    many = connected.vendors.control(f"pipedrive/{company}/deals", deal)
    DialogPage(emma, REFIT)  # copies Xero's lists, once

    for deal_id in (REFIT, many["id"]):
        with django_assert_max_num_queries(25):
            page = DialogPage(emma, deal_id)
        with django_assert_max_num_queries(12):
            page.press("preview", **{"HX-Request": "true"})


def test_a_product_that_pipedrive_deleted_keeps_the_deals_name_and_price(emma: Client) -> None:
    page = DialogPage(emma, SHELVING)

    assert page.fields["p2-description"] == ["Velvet curtains"]
    assert page.fields["p2-unit_price"] == ["330.00"]
    assert page.fields["p2-quantity"] == ["6"]
