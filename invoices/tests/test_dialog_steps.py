"""Inside the create dialog: contacts, lines and dates, one press at a time (M-18 to M-29)."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from invoices import sending
from invoices.models import DealInvoice, Invoice, Operation
from invoices.tests import pressing
from invoices.tests import world as w
from invoices.tests.dialog_page import DialogPage
from mappings.models import ContactLink, InvoicePreferences, ProductLink, XeroItem
from tests.vendors import Connected, connect

pytestmark = pytest.mark.django_db
REFIT = 1


@pytest.fixture
def emma(connected: Connected, client: Client) -> Client:
    client.force_login(connected.user)
    client.cookies["ib_language"] = "en"
    return client


@pytest.fixture
def linked(emma: Client) -> DialogPage:
    """The dialog of the refit with its lines linked, no contact chosen yet."""
    return DialogPage(emma, REFIT).link_all("er")


def _operations(connected: Connected) -> dict[str, Operation]:
    return {each.kind: each for each in Operation.objects.for_company(connected.company)}


def test_create_is_shut_until_every_line_is_linked_and_a_contact_chosen(emma: Client) -> None:
    page = DialogPage(emma, REFIT)

    assert "3 lines are not linked to Xero items yet." in page.text
    assert "Choose a Xero contact or create a new one." in page.text
    assert page.text.count("Item not linked to Xero yet") == 3
    assert not page.can_create()

    assert page.link_all("er").press("contact:0").can_create()


def test_a_press_with_unlinked_lines_is_refused_by_the_server_too(
    emma: Client, connected: Connected
) -> None:
    page = DialogPage(emma, REFIT).press("contact:0").press("create")

    assert page.response.status_code == 422
    assert not Operation.objects.for_company(connected.company).exists()


def test_a_new_contact_is_made_first_and_the_invoice_follows_it(
    linked: DialogPage, connected: Connected
) -> None:
    linked.fill(to="Harbour Dental Annex").press("new_contact").press("create")
    stored = _operations(connected)
    contact, invoice = stored["create_contact"], stored["create"]

    assert (invoice.depends_on_id, invoice.state, invoice.waiting_for) == (
        contact.pk,
        "waiting",
        "contact",
    )
    sending.send(contact.pk, now=timezone.now())
    sending.send(invoice.pk, now=timezone.now())
    (made,) = w.made(connected, invoice)
    assert made["Contact"]["Name"] == "Harbour Dental Annex"
    link = ContactLink.objects.for_company(connected.company).get()
    assert (link.contact_name, str(link.xero_contact_id)) == (
        "Harbour Dental Annex",
        made["Contact"]["ContactID"],
    )


def test_a_new_contact_with_a_name_that_xero_has_becomes_link_instead(
    linked: DialogPage, connected: Connected
) -> None:
    linked.press("new_contact").press("create")

    assert linked.response.status_code == 422
    assert "Xero already has a contact named “Harbour Dental Ltd”." in linked.text
    assert not Operation.objects.for_company(connected.company).exists()

    linked.press("contact:0").press("create")

    assert set(_operations(connected)) == {"create"}


def test_a_contact_is_left_alone_while_the_toggle_is_off(
    linked: DialogPage, connected: Connected
) -> None:
    linked.press("contact:0").fill(city="Leeds").press("preview")
    assert "so an address that you change here does not reach the invoice" in linked.text

    linked.press("create")

    assert set(_operations(connected)) == {"create"}


def test_the_toggle_sends_what_differs_and_only_that(
    linked: DialogPage, connected: Connected
) -> None:
    linked.press("contact:0").fill(update_contact="yes").press("compare")
    assert "accounts@harbourdental.example" in linked.text.replace("<wbr>", "")

    linked.press("create")

    stored = _operations(connected)
    (change,) = json.loads(stored["update_contact"].request_body)["Contacts"]
    assert change["EmailAddress"] == "lucy.bennett@harbourdental.example"
    assert {"Name", "TaxNumber"}.isdisjoint(change)
    assert stored["create"].depends_on_id == stored["update_contact"].pk


def test_a_customer_once_linked_opens_linked_without_a_call_to_xero(
    linked: DialogPage, connected: Connected, emma: Client
) -> None:
    linked.press("contact:0").press("create")
    sending.send(_operations(connected)["create"].pk, now=timezone.now())
    before = len(connected.vendors.control("traffic?vendor=xero"))

    page = DialogPage(emma, REFIT)

    assert len(connected.vendors.control("traffic?vendor=xero")) == before
    assert "linked before" in page.text
    assert page.can_create()


def test_a_contact_is_found_by_search(linked: DialogPage, connected: Connected) -> None:
    contacts = w.holds(connected, "contacts")
    wanted = next(
        each["Name"]
        for each in contacts
        if each["ContactStatus"] == "ACTIVE" and "Harbour" not in each["Name"]
    )

    linked.fill(contact_query=wanted.upper()).press("search_contact").press("contact:0")

    assert f'<span class="strong">{wanted}</span>' in linked.text
    assert linked.can_create()


@pytest.mark.parametrize("term", ["a", "", "x" * 101])
def test_a_contact_search_too_short_or_long_asks_nobody(
    linked: DialogPage, connected: Connected, term: str
) -> None:
    before = len(connected.vendors.control("traffic?vendor=xero"))

    linked.fill(contact_query=term).press("search_contact")

    assert "Type 2 to 100 characters to search." in linked.text
    assert len(connected.vendors.control("traffic?vendor=xero")) == before


def test_an_archived_contact_is_shown_and_cannot_be_chosen(
    emma: Client, connected: Connected
) -> None:
    contacts = w.holds(connected, "contacts")
    (contact,) = [each for each in contacts if each["Name"] == "Harbour Dental Ltd"]
    tenant = connected.connection.tenant_id
    connected.vendors.control(f"xero/{tenant}/contacts/{contact['ContactID']}/archive", {})

    page = DialogPage(emma, REFIT)

    assert "Archived in Xero: restore it or choose another." in page.text
    assert "contact:0" not in page.actions


def test_lines_are_added_moved_and_removed(linked: DialogPage) -> None:
    linked.press("add").press("up:n1").press("down:p1").press("remove:p2")

    assert linked.keys == ["p1", "n1", "p3"]
    assert linked.fields["n1-quantity"] == ["1"]


def test_an_added_line_takes_what_its_item_says(linked: DialogPage) -> None:
    linked.press("add").fill(n1__query="chair").press("search:n1")
    linked.press(next(each for each in linked.actions if each.startswith("link:n1:")))

    assert linked.fields["n1-description"] == ["Ergonomic chair, black mesh"]
    assert linked.fields["n1-account"] == ["200"]
    assert linked.fields["n1-tax_rate"] == ["OUTPUT2"]
    assert linked.fields["n1-unit_price"] != [""]


def test_an_added_line_takes_what_its_item_leaves_open_from_the_preferences(
    linked: DialogPage, connected: Connected
) -> None:
    InvoicePreferences.objects.for_company(connected.company).create(
        company=connected.company,
        account_code="260",
        tax_type="ZERORATEDOUTPUT",
        saved_at=timezone.now(),
    )
    XeroItem.objects.for_company(connected.company).update(account_code="", tax_type="")
    for key in ("n1", "n2"):
        linked.press("add").fill(**{f"{key}__query": "chair"})
    linked.fill(n2__account="270").press("search:n1")
    linked.press(next(each for each in linked.actions if each.startswith("link:n1:")))
    linked.press("search:n2")
    linked.press(next(each for each in linked.actions if each.startswith("link:n2:")))

    assert linked.fields["n1-account"] == ["260"]
    assert linked.fields["n1-tax_rate"] == ["ZERORATEDOUTPUT"]
    assert linked.fields["n2-account"] == ["270"]


def test_unlinking_forgets_the_product_by_one_press(
    linked: DialogPage, connected: Connected
) -> None:
    linked.press("contact:0").press("create")
    assert ProductLink.objects.for_company(connected.company).count() == 3

    linked.press("unlink:p1")

    assert ProductLink.objects.for_company(connected.company).count() == 2
    assert linked.fields["p1-item"] == [""]
    assert not linked.can_create()


def test_an_unknown_item_links_nothing(linked: DialogPage) -> None:
    linked.press("unlink:p1").press("link:p1:00000000-0000-0000-0000-000000000001")

    assert linked.fields["p1-item"] == [""]
    assert "Xero does not sell this item now. Choose another one." in linked.text


def test_the_due_date_follows_the_issue_date_until_it_is_edited(linked: DialogPage) -> None:
    linked.fill(issue_date="2027-03-13").press("preview")
    assert linked.fields["due_date"] == ["2027-03-20"]

    linked.fill(due_date="2027-04-30").press("preview")
    linked.fill(issue_date="2027-03-14").press("preview")
    assert linked.fields["due_date"] == ["2027-04-30"]


def test_the_sums_are_those_of_xero_and_the_difference_has_its_reason(linked: DialogPage) -> None:
    linked.fill(p1__unit_price="1400.50").press("preview")

    for amount in ("£2,846.50", "£569.30", "£3,415.80"):
        assert amount in linked.text
    assert "value is £3,475.20; the invoice comes to £3,415.80." in linked.text


def test_tax_that_is_left_to_xero_is_not_added_up(linked: DialogPage) -> None:
    for key in linked.keys:
        linked.fill(**{f"{key}__account": "", f"{key}__tax_rate": ""})
    item = XeroItem.objects.across_companies()
    item.update(account_code="", tax_type="")

    exclusive = linked.press("preview").text
    inclusive = linked.fill(tax_mode="Inclusive").press("preview").text
    without = linked.fill(tax_mode="NoTax").press("preview").text

    assert exclusive.count("not known yet") == 1
    assert "Tax as set in Xero" in exclusive
    assert "Total without that tax" in exclusive
    assert inclusive.count("not known yet") == 2
    assert "Total without that tax" not in inclusive
    assert "not known yet" not in without


def test_days_are_written_as_the_product_writes_them(linked: DialogPage) -> None:
    linked.fill(issue_date="2026-12-04", due_date="2026-12-09")

    typed = linked.press("preview").text
    part = linked.press("preview", **{"HX-Request": "true"}).text

    for name, day in (("issue-date", "4 Dec 2026"), ("due-date", "9 Dec 2026")):
        assert f'id="{name}-read">{day}</p>' in typed
        assert f'id="{name}-read" hx-swap-oob="true">{day}</p>' in part


def test_while_somebody_types_only_what_changes_is_sent(linked: DialogPage) -> None:
    linked.fill(p1__unit_price="1400.50").press("preview", **{"HX-Request": "true"})

    assert "<!doctype" not in linked.text
    assert 'id="dialog-totals"' in linked.text
    assert 'id="amount-p1" hx-swap-oob="true"' in linked.text
    assert 'name="to"' not in linked.text


def test_a_second_dialog_of_a_deal_says_that_one_is_under_way(
    linked: DialogPage, connected: Connected, emma: Client
) -> None:
    second = DialogPage(emma, REFIT).link_all("er").press("contact:0")
    linked.press("contact:0").press("create")

    second.press("create")

    assert second.response.status_code == 409
    assert "An invoice for this deal is under way." in second.text
    assert Operation.objects.for_company(connected.company).count() == 1

    second.press("create_another")

    made = Operation.objects.for_company(connected.company).filter(is_another=True)
    assert (second.response.status_code, made.count()) == (302, 1)


def test_an_invoice_that_somebody_made_since_the_dialog_was_opened_is_told_before_another_one(
    linked: DialogPage, connected: Connected, emma: Client
) -> None:
    second = DialogPage(emma, REFIT).link_all("er").press("contact:0")
    linked.press("contact:0").press("create")
    w.send(_operations(connected)["create"], now=timezone.now())
    (made,) = Invoice.objects.for_company(connected.company)
    creations = Operation.objects.for_company(connected.company).filter(kind="create")

    second.press("create")

    assert (second.response.status_code, creations.count()) == (409, 1)
    assert f"This deal already has the invoice {made.number}" in second.text
    assert "An invoice was added to this deal after you opened this form." in second.text

    second.press("create")

    assert (second.response.status_code, creations.count()) == (302, 2)


def test_a_deal_that_has_its_invoice_says_so_before_another_one_is_made(
    linked: DialogPage, connected: Connected, emma: Client
) -> None:
    assert "This deal already has" not in linked.text
    linked.press("contact:0").press("create")
    w.send(_operations(connected)["create"], now=timezone.now())
    (made,) = Invoice.objects.for_company(connected.company)

    again = DialogPage(emma, REFIT).text

    assert f"This deal already has the invoice {made.number} (Draft, £3,475.20)." in again
    Invoice.objects.for_company(connected.company).update(xero_status="VOIDED")
    assert "This deal already has" not in DialogPage(emma, REFIT).text


def test_another_companys_invoice_on_a_deal_of_the_same_number_is_not_named(
    connected: Connected, emma: Client
) -> None:
    theirs = pressing.make(connected)
    DealInvoice.objects.for_company(connected.company).update(deal_id=REFIT)
    other = connect(connected.vendors, "zeynep.kaya@anadolu.example", "anadolu")

    told = DialogPage(emma, REFIT).text
    emma.force_login(other.user)
    page = DialogPage(emma, REFIT).text

    assert f"This deal already has the invoice {theirs.number}" in told
    assert "This deal already has" not in page and theirs.number not in page


def test_an_invoice_is_dated_by_the_organisations_day(linked: DialogPage) -> None:
    issued = date.fromisoformat(linked.fields["issue_date"][0])

    assert abs(issued - timezone.now().date()) <= timedelta(days=1)
    assert date.fromisoformat(linked.fields["due_date"][0]) == issued + timedelta(days=7)
