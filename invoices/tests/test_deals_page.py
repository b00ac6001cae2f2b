"""What a person sees of their deals."""

from __future__ import annotations

import pytest
from django.test import Client

from connections.models import Membership, PipedriveAuthorisation
from invoices.models import Operation
from tests.vendors import Connected, connect

pytestmark = pytest.mark.django_db


@pytest.fixture
def emma(connected: Connected, client: Client) -> Client:
    client.force_login(connected.user)
    return client


def _page(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return response.content.decode()


def test_the_list_shows_open_and_won_deals_with_whom_they_are(emma: Client) -> None:
    page = _page(emma, "/deals/")

    assert "Reception refit — Harbour Dental" in page
    assert "Harbour Dental Ltd\N{NO-BREAK SPACE}· Lucy Bennett" in page
    assert "£3,475.20" in page


def test_the_list_costs_three_calls_to_pipedrive(emma: Client, connected: Connected) -> None:
    before = len(connected.vendors.control("traffic?vendor=pipedrive"))

    _page(emma, "/deals/")

    assert len(connected.vendors.control("traffic?vendor=pipedrive")) - before == 3


def test_a_deal_is_found_by_its_title(emma: Client) -> None:
    page = _page(emma, "/deals/?q=Harbour")

    assert "Reception refit — Harbour Dental" in page
    assert "Foxglove" not in page


@pytest.mark.parametrize(
    "term", ["%%%", '"quoted"', "\\)(", "{{7*7}}", "<script>alert(1)</script>"]
)
def test_any_search_text_is_shown_as_typed_and_finds_nothing(emma: Client, term: str) -> None:
    response = emma.get("/deals/", {"q": term})

    assert response.status_code == 200
    page = response.content.decode()
    assert "<script>alert" not in page
    assert "No open or won deal matches this search." in page


def test_one_letter_is_not_searched_for_and_said_so(emma: Client) -> None:
    assert "Type at least 2 characters." in _page(emma, "/deals/?q=a")


def test_too_long_a_search_keeps_what_was_typed(emma: Client) -> None:
    response = emma.get("/deals/", {"q": "x" * 101})

    page = response.content.decode()
    assert "Use at most 100 characters" in page
    assert "x" * 101 in page


def test_somebody_without_pipedrive_is_told_what_to_press(
    emma: Client, connected: Connected
) -> None:
    PipedriveAuthorisation.objects.for_company(connected.company).delete()

    page = _page(emma, "/deals/")

    assert "Connect Pipedrive" in page
    assert 'href="/settings/connections/"' in page


def test_pipedrive_down_is_said_and_nothing_breaks(emma: Client, connected: Connected) -> None:
    connected.vendors.control(
        "faults",
        {"vendor": "pipedrive", "path": "/deals", "kind": "status", "status": 503, "times": None},
    )

    assert "Pipedrive does not answer at the moment." in _page(emma, "/deals/")
    assert "Pipedrive does not answer at the moment." in _page(emma, "/deals/1/")


def test_a_deal_page_shows_its_facts_and_products(emma: Client) -> None:
    page = _page(emma, "/deals/1/")

    for text in ("Harbour Dental Ltd", "Lucy Bennett", "£3,475.20", "Ergonomic chair", "£289.50"):
        assert text in page
    assert 'href="/deals/1/invoices/new/"' in page


@pytest.mark.parametrize("address", ["0", "-1", "1e9", "9223372036854775808", "١٢", "{1}"])
def test_an_impossible_deal_id_is_not_found(emma: Client, address: str) -> None:
    assert emma.get(f"/deals/{address}/").status_code == 404


def test_a_deal_that_pipedrive_hides_is_not_available(connected: Connected, client: Client) -> None:
    noor = connect(
        connected.vendors, "noor.haddad@brightside.example", None, role=Membership.Role.REP
    )
    client.force_login(noor.user)

    page = _page(client, "/deals/1/", status=404)

    assert "This deal is not available to you" in page
    assert "Harbour" not in page


def test_why_no_invoice_can_be_created_stands_beside_the_button(
    emma: Client, connected: Connected
) -> None:
    Membership.objects.for_company(connected.company).update(can_create=False)

    page = _page(emma, "/deals/1/")

    assert "You may not create invoices here." in page
    assert 'href="/deals/1/invoices/new/"' not in page


def test_refresh_asks_xero_and_says_so(emma: Client, connected: Connected) -> None:
    _page(emma, "/deals/1/")

    response = emma.post("/deals/1/refresh/", follow=True)

    assert "Checked with Xero just now." in response.content.decode()
    connected.connection.refresh_from_db()
    assert connected.connection.polled_at is not None


def test_a_failed_refresh_says_that_the_old_data_stays(emma: Client, connected: Connected) -> None:
    connected.vendors.control(
        "faults",
        {"vendor": "xero", "path": "/Invoices", "kind": "status", "status": 500, "times": None},
    )

    response = emma.post("/deals/1/refresh/", follow=True)

    assert "Xero did not answer." in response.content.decode()


def test_refresh_is_not_for_reading(emma: Client) -> None:
    assert emma.get("/deals/1/refresh/").status_code == 405


@pytest.mark.parametrize("address", ["/deals/", "/deals/1/", "/deals/1/invoices/new/"])
def test_a_stranger_is_sent_to_sign_in(client: Client, db: None, address: str) -> None:
    response = client.get(address)

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/accounts/login/")


def test_nothing_is_written_by_looking(emma: Client, connected: Connected) -> None:
    for address in ("/deals/", "/deals/1/", "/deals/1/invoices/new/"):
        _page(emma, address)

    assert not Operation.objects.for_company(connected.company).exists()


def test_the_products_add_up_to_the_value_with_discount_and_tax_said(emma: Client) -> None:
    page = _page(emma, "/deals/2/")

    assert "£4,597.80" in page
    for words in ("10%", "20% included", "£3,884.76", "£623.04", "£90.00"):
        assert words in page, words
    assert "plus 20%" in _page(emma, "/deals/1/")


def test_a_discount_on_the_whole_deal_is_said_below_its_products(emma: Client) -> None:
    page = _page(emma, "/deals/5/")

    assert "Discount on the whole deal: 10% (Framework agreement 10%)." in page


def test_who_may_not_see_amounts_sees_products_without_them(
    emma: Client, connected: Connected
) -> None:
    Membership.objects.for_company(connected.company).update(can_see_amounts=False)

    page = _page(emma, "/deals/2/")

    assert "Three-seat sofa" in page and "20% included" in page
    assert "£" not in page.split("<main")[1]


def test_a_search_keeps_the_chosen_filter_and_a_filter_the_search(emma: Client) -> None:
    won = _page(emma, "/deals/?q=Harbour&status=won")
    opened = _page(emma, "/deals/?q=Harbour&status=open")

    assert "Reception refit" in won and "Staff room" not in won
    assert "Reception refit" not in opened and "Staff room" in opened
    assert 'href="/deals/?q=Harbour&amp;status=open"' in won
    assert '<input type="hidden" name="status" value="won">' in won
