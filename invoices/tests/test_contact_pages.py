"""The deal's sidebar, and the contact's link: found by search, refreshed, removed (product §8)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from connections import throttling
from connections.models import AuditEvent, Membership
from invoices import contact_history, seen_deals, wording
from invoices.models import DealInvoice, Invoice, Operation
from invoices.tests import contact_world as c
from invoices.tests import world as w
from invoices.tests.dialog_page import DialogPage
from mappings.models import ContactLink
from tests.vendors import Connected, connect

pytestmark = pytest.mark.django_db
DEAL = "/deals/1/"
ALL = "/deals/1/invoices/"
UNLINK = "/deals/1/contact/unlink/"


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def emma(connected: Connected, client: Client) -> Client:
    client.force_login(connected.user)
    return client


@pytest.fixture
def linked(emma: Client, connected: Connected) -> Client:
    """Emma, with Harbour Dental linked to the customer of deal 1 and its invoices read."""
    emma.get(DEAL)
    c.link(connected, organization_id=harbour(connected))
    contact_history.read_due(connected.connection.pk, now=timezone.now())
    return emma


def harbour(connected: Connected) -> int:
    deal = seen_deals.get(connected.company, 1)
    assert deal is not None and deal.organization_id is not None
    return deal.organization_id


def xero_calls(connected: Connected) -> int:
    return len(connected.vendors.control("traffic?vendor=xero"))


def test_the_sidebar_shows_the_contact_and_the_deals_invoices_newest_first(
    linked: Client, connected: Connected
) -> None:
    rows = list(Invoice.objects.for_company(connected.company).order_by("-issue_date", "-pk")[:2])
    for row in reversed(rows):
        linked.post(f"/deals/1/invoices/{row.pk}/link/")

    page = linked.get(DEAL).content.decode()

    side = page[page.index('id="contact-sidebar"') :]
    assert side.index(rows[0].number) < side.index(rows[1].number)
    for words in ("Harbour Dental Ltd", "Invoice history", "Outstanding", "£"):
        assert words in side
    assert f'href="{ALL}"' in side


def test_an_earlier_invoice_is_on_the_contacts_page_and_on_no_deal_until_it_is_linked(
    linked: Client, connected: Connected
) -> None:
    earlier = Invoice.objects.for_company(connected.company).order_by("-issue_date")[0]

    def history() -> list[str]:
        return [each["invoice"].number for each in linked.get(DEAL).context["sidebar"]["newest"]]

    assert f">{earlier.number}<" in linked.get(ALL).content.decode()
    assert history() == []
    assert "No invoice on this deal yet." in linked.get("/deals/1/contact/").content.decode()

    linked.post(f"/deals/1/invoices/{earlier.pk}/link/")
    assert history() == [earlier.number]

    linked.post(f"/deals/1/invoices/{earlier.pk}/unlink/")
    assert history() == []


def test_the_sidebar_costs_four_queries_more(
    linked: Client, django_assert_max_num_queries: Any
) -> None:
    linked.get("/deals/1/contact/")

    with django_assert_max_num_queries(9) as captured:
        linked.get("/deals/1/contact/")

    # Beside those of every page: the link, its reading, the totals, the deal's invoices.
    pages = ("django_session", "connections_", "invoices_deal")
    own = [
        each["sql"]
        for each in captured.captured_queries
        if not re.split(r'\bFROM "?', each["sql"], maxsplit=1)[-1].startswith(pages)
    ]
    assert len(own) == 4


def test_the_sidebar_can_be_asked_for_alone(linked: Client) -> None:
    response = linked.get("/deals/1/contact/")

    page = response.content.decode()
    assert page.lstrip().startswith("<aside")
    assert "Harbour Dental Ltd" in page


def test_refresh_brings_what_changed_and_keeps_to_this_contact(
    linked: Client, connected: Connected
) -> None:
    contact = c.history(connected).xero_contact_id
    c.seed(connected, contact, 2)

    response = linked.post("/deals/1/invoices/refresh/", {"back": "deal"}, follow=True)

    page = response.content.decode()
    assert "Checked with Xero just now." in page
    assert c.stored(connected, contact) == c.truth(connected, contact)
    asked = connected.vendors.control("traffic?vendor=xero")[-1]
    assert str(contact) in asked["query"]


def test_a_failed_refresh_keeps_the_old_data_and_says_so(
    linked: Client, connected: Connected
) -> None:
    contact = c.history(connected).xero_contact_id
    before = c.stored(connected, contact)
    c.fault(connected, kind="status", status=500, times=None)

    page = linked.post("/deals/1/invoices/refresh/", {"back": "deal"}, follow=True).content.decode()

    assert "Xero did not answer. What you see is from" in page
    assert c.stored(connected, contact) == before


def test_one_refresh_at_a_time(linked: Client, connected: Connected) -> None:
    row = c.history(connected)
    row.lease_until = timezone.now() + timedelta(seconds=60)
    row.save()
    before = xero_calls(connected)

    page = linked.post("/deals/1/invoices/refresh/", follow=True).content.decode()

    assert "A check is running already." in page
    assert xero_calls(connected) == before


def test_the_page_itself_asks_xero_for_nothing(linked: Client, connected: Connected) -> None:
    before = len(connected.vendors.control("traffic"))

    linked.get(ALL)
    linked.get("/deals/1/contact/")

    assert len(connected.vendors.control("traffic")) == before


def test_without_a_contact_one_is_found_by_search_and_linked(
    emma: Client, connected: Connected
) -> None:
    assert "No Xero contact is linked to the customer" in emma.get(ALL).content.decode()
    contact = c.contact_id(connected)

    found = emma.get(ALL, {"contact": "Harbour"}).content.decode()
    assert f'value="{contact}"' in found
    page = emma.post("/deals/1/contact/link/", {"contact": contact}, follow=True).content.decode()

    assert "Harbour Dental Ltd is linked now." in page
    link = ContactLink.objects.for_company(connected.company).get()
    assert (link.xero_contact_id, link.entity) == (contact, "organization")
    assert c.history(connected).state == "due"
    assert AuditEvent.objects.filter(event="contact.linked", actor=connected.user).count() == 1


@pytest.mark.parametrize(
    ("term", "message"),
    [
        ("", "Type 2 to 100 characters to search."),
        ("a", "Type at least 2 characters."),
        ("x" * 101, "Use at most 100 characters"),
        ("a\x00b", "This text holds a character that cannot be stored."),
        ("Nobody İ ı", "Xero has no active contact for “Nobody İ ı”."),
        ('%_")\\', "Xero has no active contact for"),
    ],
)
def test_a_search_that_finds_nobody_says_why_and_keeps_what_was_typed(
    emma: Client, term: str, message: str
) -> None:
    response = emma.get(ALL, {"contact": term})

    assert response.status_code == 200
    assert message in response.content.decode()


@pytest.mark.usefixtures("a_long_minute")
def test_searches_are_counted_with_those_of_the_dialog(emma: Client, connected: Connected) -> None:
    """B-15, S-29."""
    emma.get(DEAL)
    for _ in range(throttling.SEARCHES.most):
        throttling.take_search(connected.membership, now=timezone.now())
    before = xero_calls(connected)

    page = emma.get(ALL, {"contact": "harbour"}).content.decode()

    assert wording.search_wait(60)[:20] in page
    assert xero_calls(connected) == before


def test_who_may_not_link_has_xero_searched_for_nothing(emma: Client, connected: Connected) -> None:
    emma.get(DEAL)
    Membership.objects.for_company(connected.company).update(can_create=False)
    before = xero_calls(connected)

    emma.get(ALL, {"contact": "harbour"})

    assert xero_calls(connected) == before


def test_a_search_while_xero_is_down_says_so(emma: Client, connected: Connected) -> None:
    connected.vendors.control(
        "faults",
        {"vendor": "xero", "path": "/Contacts", "kind": "status", "status": 503, "times": None},
    )

    page = emma.get(ALL, {"contact": "Harbour"}).content.decode()

    assert "Xero does not answer, so contacts cannot be searched now." in page
    assert 'value="Harbour"' in page


def test_an_archived_contact_is_refused_and_a_merged_one_followed(
    emma: Client, connected: Connected
) -> None:
    archived = c.contact_id(connected, "Larkfield Estates")
    merged = c.contact_id(connected, "Dental Harbour")

    page = emma.post("/deals/1/contact/link/", {"contact": archived}, follow=True).content.decode()
    assert "This contact is archived in Xero: restore it or choose another." in page
    assert not ContactLink.objects.for_company(connected.company).exists()

    page = emma.post("/deals/1/contact/link/", {"contact": merged}, follow=True).content.decode()
    assert "Harbour Dental Ltd is linked now." in page


@pytest.mark.parametrize("odd", ["", "1", "{}", "x" * 5000, "\x00", "0" * 32])
def test_an_odd_contact_is_not_found(emma: Client, connected: Connected, odd: str) -> None:
    response = emma.post("/deals/1/contact/link/", {"contact": odd})

    assert response.status_code == 404
    assert not ContactLink.objects.for_company(connected.company).exists()


@pytest.mark.parametrize("written", ["{%s}", "urn:uuid:%s", " %s"])
def test_a_contacts_id_in_another_spelling_is_not_found(
    emma: Client, connected: Connected, written: str
) -> None:
    known = c.contact_id(connected, "Dental Harbour")

    response = emma.post("/deals/1/contact/link/", {"contact": written % known})

    assert response.status_code == 404
    assert not ContactLink.objects.for_company(connected.company).exists()


def test_unlinking_asks_first_and_says_what_stays(linked: Client, connected: Connected) -> None:
    page = linked.get(UNLINK).content.decode()

    assert "Harbour Dental Ltd will no longer be the Xero contact of this deal" in page
    assert "Nothing changes in Xero. Invoices stay on the deals they are on." in page
    assert ContactLink.objects.for_company(connected.company).exists()


def test_unlinking_removes_the_association_only(linked: Client, connected: Connected) -> None:
    contact = c.history(connected).xero_contact_id
    invoice = Invoice.objects.for_company(connected.company).first()
    linked.post(f"/deals/1/invoices/{invoice.pk}/link/")
    kept, calls = c.stored(connected, contact), xero_calls(connected)

    page = linked.post(UNLINK, follow=True).content.decode()

    assert "is not linked any more. Nothing was changed in Xero." in page
    assert not ContactLink.objects.for_company(connected.company).exists()
    assert DealInvoice.objects.for_company(connected.company).count() == 1
    assert c.stored(connected, contact) == kept
    assert xero_calls(connected) == calls
    assert AuditEvent.objects.filter(event="contact.unlinked", actor=connected.user).count() == 1
    assert "No contact is linked to this deal any more." in (
        linked.post(UNLINK, follow=True).content.decode()
    )


def test_an_operation_under_way_keeps_the_contact_that_was_confirmed(
    linked: Client, connected: Connected
) -> None:
    operation = w.press(connected, deal_id=1)
    Operation.objects.for_company(connected.company).update(
        xero_contact_id=c.history(connected).xero_contact_id
    )
    before = w.fresh(operation)

    linked.post(UNLINK)

    after = w.fresh(operation)
    assert (after.request_body, after.xero_contact_id, after.state) == (
        before.request_body,
        before.xero_contact_id,
        before.state,
    )


def test_pipedrive_down_changes_no_link(linked: Client, connected: Connected) -> None:
    connected.vendors.control(
        "faults",
        {"vendor": "pipedrive", "path": "/deals", "kind": "status", "status": 503, "times": None},
    )

    page = linked.post(UNLINK, follow=True).content.decode()

    assert "Pipedrive does not answer at the moment. Nothing was changed" in page
    assert ContactLink.objects.for_company(connected.company).exists()


def test_settings_lead_admins_to_change_and_others_to_read(
    linked: Client, connected: Connected, client: Client
) -> None:
    assert 'href="/settings/preferences/"' in linked.get(DEAL).content.decode()
    mehmet = connect(
        connected.vendors, "mehmet.yilmaz@brightside.example", None, role=Membership.Role.REP
    )
    client.force_login(mehmet.user)

    assert 'href="/settings/preferences/"' in client.get(DEAL).content.decode()
    assert client.get("/settings/preferences/").status_code == 200
    assert client.post("/settings/preferences/").status_code == 403


def test_a_press_in_the_dialog_has_the_contacts_invoices_read(
    emma: Client, connected: Connected
) -> None:
    DialogPage(emma, 1).link_all("er").press("contact:0").press("create")

    assert ContactLink.objects.for_company(connected.company).count() == 1
    row = c.history(connected)
    assert row.state == "due"
    link = ContactLink.objects.for_company(connected.company).get()
    assert row.xero_contact_id == link.xero_contact_id
