"""An invoice of the linked contact is put on a deal, moved, taken off: once, and told (R-33)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from connections.models import AuditEvent, Company, Membership, XeroConnection
from invoices import contact_history, deals, sending
from invoices.models import DealInvoice, Invoice
from invoices.tests import contact_world as c
from invoices.tests import world as w
from tests.vendors import Connected, connect

pytestmark = pytest.mark.django_db
# Two deals of Northgate Hotels, and one of another customer.
LOBBY, CONSERVATORY, REFIT = 2, 3, 1
NORTHGATE = "Northgate Hotels"


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def emma(connected: Connected, client: Client) -> Client:
    """Emma, with Northgate linked to the customer of its deals and its invoices read."""
    client.force_login(connected.user)
    now = timezone.now()
    for deal_id in (LOBBY, CONSERVATORY, REFIT):
        deal = deals.recall(connected.membership, deal_id, now=now)
        if deal_id == LOBBY:
            c.link(connected, NORTHGATE, organization_id=deal.organization_id or 0)
    contact_history.read_due(connected.connection.pk, now=timezone.now())
    return client


def any_invoice(connected: Connected, place: int = 3) -> Invoice:
    rows = Invoice.objects.for_company(connected.company).order_by("-issue_date", "-pk")
    return rows[place]


def put(client: Client, deal_id: int, invoice: Invoice, **form: Any) -> str:
    """Press Link (or Move) on a deal's page, and return what the page then says."""
    address = f"/deals/{deal_id}/invoices/{invoice.pk}/link/"
    response = client.post(address, form, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def take_off(client: Client, deal_id: int, invoice: Invoice, **form: Any) -> str:
    address = f"/deals/{deal_id}/invoices/{invoice.pk}/unlink/"
    return client.post(address, form, follow=True).content.decode()


def where(invoice: Invoice) -> list[int]:
    rows = DealInvoice.objects.across_companies().filter(invoice=invoice)
    return list(rows.values_list("deal_id", flat=True))


def audited() -> list[tuple[str, Any, Any]]:
    events = AuditEvent.objects.filter(event__startswith="invoice.").exclude(
        event="invoice.requested"
    )
    return list(events.order_by("pk").values_list("event", "before", "after"))


def test_a_linked_invoice_appears_on_the_deal_and_who_did_it_is_kept(
    emma: Client, connected: Connected
) -> None:
    invoice = any_invoice(connected)

    page = put(emma, LOBBY, invoice)

    assert f"Invoice {invoice.number} is on this deal now." in page
    row = DealInvoice.objects.for_company(connected.company).get()
    assert (row.deal_id, row.is_made_by_app, row.linked_by) == (LOBBY, False, connected.user)
    assert audited() == [("invoice.linked", {}, {"deal_id": LOBBY})]
    assert f"invoice-{invoice.pk}" in emma.get(f"/deals/{LOBBY}/").content.decode()


def test_invoices_made_elsewhere_are_on_no_deal_until_somebody_links_them(
    emma: Client, connected: Connected
) -> None:
    assert Invoice.objects.for_company(connected.company).count() > 50
    assert "No invoice on this deal yet." in emma.get(f"/deals/{LOBBY}/").content.decode()


def test_pressing_twice_links_once(emma: Client, connected: Connected) -> None:
    invoice = any_invoice(connected)

    put(emma, LOBBY, invoice)
    page = put(emma, LOBBY, invoice)

    assert f"Invoice {invoice.number} is on this deal now." in page
    assert where(invoice) == [LOBBY]
    assert len(audited()) == 1


def test_an_invoice_on_another_deal_is_not_taken_from_it_by_a_plain_link(
    emma: Client, connected: Connected
) -> None:
    invoice = any_invoice(connected)
    put(emma, LOBBY, invoice)

    page = put(emma, CONSERVATORY, invoice)

    assert "This invoice is on the deal “Lobby furniture — Northgate Hotels” already." in page
    assert where(invoice) == [LOBBY]


def test_a_move_takes_it_from_the_deal_that_was_named(emma: Client, connected: Connected) -> None:
    invoice = any_invoice(connected)
    put(emma, LOBBY, invoice)
    offered = emma.get(f"/deals/{CONSERVATORY}/invoices/").content.decode()
    assert "is on the deal “Lobby furniture — Northgate Hotels”. Move it to this deal?" in offered

    page = put(emma, CONSERVATORY, invoice, **{"from": LOBBY})

    assert f"Invoice {invoice.number} was moved to this deal." in page
    assert where(invoice) == [CONSERVATORY]
    assert audited()[-1] == ("invoice.moved", {"deal_id": LOBBY}, {"deal_id": CONSERVATORY})


def test_a_move_of_what_somebody_moved_meanwhile_is_told(
    emma: Client, connected: Connected
) -> None:
    invoice = any_invoice(connected)
    put(emma, CONSERVATORY, invoice)

    page = put(emma, LOBBY, invoice, **{"from": REFIT})

    assert "This invoice is on the deal “Conservatory lighting — Northgate Hotels” already" in page
    assert where(invoice) == [CONSERVATORY]


def test_a_move_of_what_somebody_unlinked_meanwhile_is_told(
    emma: Client, connected: Connected
) -> None:
    invoice = any_invoice(connected)

    page = put(emma, LOBBY, invoice, **{"from": CONSERVATORY})

    assert "Somebody took this invoice off its deal meanwhile." in page
    assert where(invoice) == []


@pytest.mark.parametrize("odd", ["0", "-1", "abc", "9" * 30, "١", "\x00"])
def test_an_odd_place_to_move_from_is_a_plain_link(
    emma: Client, connected: Connected, odd: str
) -> None:
    invoice = any_invoice(connected)

    put(emma, LOBBY, invoice, **{"from": odd})

    assert where(invoice) == [LOBBY]


def test_an_unlinked_invoice_stays_among_the_contacts(emma: Client, connected: Connected) -> None:
    invoice = any_invoice(connected)
    put(emma, LOBBY, invoice)

    page = take_off(emma, LOBBY, invoice)

    assert "is not on this deal any more. It stays in Xero and in this list." in page
    assert f">{invoice.number}<" in page
    assert where(invoice) == []
    assert audited()[-1] == ("invoice.unlinked", {"deal_id": LOBBY}, {})
    again = take_off(emma, LOBBY, invoice)
    assert "This invoice is not on this deal any more. Nothing was changed." in again


def test_an_invoice_that_the_app_made_can_be_unlinked_and_is_known_when_linked_again(
    emma: Client, connected: Connected
) -> None:
    contact = str(c.history(connected).xero_contact_id)
    now = timezone.now()
    request_id = uuid.uuid4()
    body = w.body(connected, request_id, contact)
    operation = w.press(connected, now=now, deal_id=LOBBY, request_body=body)
    sending.send(operation.pk, now=now)
    invoice = w.fresh(operation).invoice
    assert invoice is not None
    assert where(invoice) == [LOBBY]

    take_off(emma, LOBBY, invoice)

    assert where(invoice) == []
    assert f">{invoice.number}<" in emma.get(f"/deals/{LOBBY}/invoices/").content.decode() or (
        "No invoice of this contact fits" in emma.get(f"/deals/{LOBBY}/invoices/").content.decode()
    )
    put(emma, LOBBY, invoice)
    assert DealInvoice.objects.for_company(connected.company).get().is_made_by_app


def test_only_invoices_of_the_deals_contact_can_be_linked(
    emma: Client, connected: Connected
) -> None:
    invoice = any_invoice(connected)

    page = put(emma, REFIT, invoice)  # of Harbour Dental, who has no contact

    assert "Only invoices of the linked contact can be put on this deal." in page
    assert where(invoice) == []


def test_an_invoice_of_another_company_is_not_there(emma: Client, connected: Connected) -> None:
    other = connect(connected.vendors, "zeynep.kaya@anadolu.example", "anadolu")
    c.link(other, "Kuzey Lojistik Ltd. Şti.", organization_id=2)
    contact_history.read_due(other.connection.pk, now=timezone.now())
    theirs = Invoice.objects.for_company(other.company).first()
    assert theirs is not None

    for how in ("link", "unlink"):
        response = emma.post(f"/deals/{LOBBY}/invoices/{theirs.pk}/{how}/")
        assert response.status_code == 404

    assert where(theirs) == []


def test_who_may_not_create_is_told_who_can_allow_it_and_offered_nothing(
    emma: Client, connected: Connected
) -> None:
    invoice = any_invoice(connected)
    Membership.objects.for_company(connected.company).update(can_create=False)

    page = put(emma, LOBBY, invoice)

    assert "You may not link invoices or contacts here. Ask your admin to allow it." in page
    assert "Link to this deal" not in page
    assert where(invoice) == []
    assert emma.post(f"/deals/{LOBBY}/contact/unlink/", follow=True).status_code == 200
    assert c.history(connected)


def test_a_paused_company_links_nothing(emma: Client, connected: Connected) -> None:
    Company.objects.filter(pk=connected.company.pk).update(state=Company.State.PAUSED)

    put(emma, LOBBY, any_invoice(connected))

    assert where(any_invoice(connected)) == []


def test_an_invoice_on_a_hidden_deal_is_neither_named_nor_moved(
    emma: Client, connected: Connected, client: Client
) -> None:
    invoice = any_invoice(connected)
    hidden = 4
    DealInvoice.objects.create(
        company=connected.company, invoice=invoice, deal_id=hidden, linked_at=timezone.now()
    )
    mehmet = connect(
        connected.vendors, "mehmet.yilmaz@brightside.example", None, role=Membership.Role.REP
    )
    connected.vendors.control(
        "faults",
        {
            "vendor": "pipedrive",
            "path": f"/deals/{hidden}$",
            "kind": "status",
            "status": 404,
            "times": None,
        },
    )
    client.force_login(mehmet.user)
    client.cookies["ib_language"] = "en"

    page = client.get(f"/deals/{LOBBY}/invoices/").content.decode()
    said = put(client, LOBBY, invoice, **{"from": hidden})

    assert "Another deal" in page
    assert "Studio redesign" not in page
    assert "on a deal that is not visible to you" in said
    assert where(invoice) == [hidden]


def test_the_list_comes_back_as_it_was_filtered(emma: Client, connected: Connected) -> None:
    invoice = any_invoice(connected)

    response = emma.post(
        f"/deals/{LOBBY}/invoices/{invoice.pk}/link/",
        {"back": "status=PAID&sort=-total&evil=//evil.example&page=3"},
    )

    assert (
        response.headers["Location"] == f"/deals/{LOBBY}/invoices/?status=PAID&sort=-total&page=3"
    )


def test_a_press_from_a_part_is_answered_with_the_list(emma: Client, connected: Connected) -> None:
    invoice = any_invoice(connected)

    response = emma.post(
        f"/deals/{LOBBY}/invoices/{invoice.pk}/link/",
        {"back": "status=" + invoice.xero_status},
        headers={"HX-Request": "true"},
    )

    page = response.content.decode()
    assert page.lstrip().startswith("<section")
    assert f"Invoice {invoice.number} is on this deal now." in page
    assert "Unlink from this deal" in page


def test_nothing_is_linked_by_looking(emma: Client, connected: Connected) -> None:
    invoice = any_invoice(connected)

    for how in ("link", "unlink"):
        assert emma.get(f"/deals/{LOBBY}/invoices/{invoice.pk}/{how}/").status_code == 405


def test_turkish_pages_use_the_products_words(emma: Client, connected: Connected) -> None:
    emma.cookies["ib_language"] = "tr"
    put(emma, LOBBY, any_invoice(connected))

    page = emma.get(f"/deals/{LOBBY}/invoices/").content.decode()
    for words in ("Bu anlaşmaya bağla", "Bu anlaşmadan ayır", "Tarih aralığı", "Yenile"):
        assert words in page
    side = emma.get(f"/deals/{LOBBY}/").content.decode()
    for words in (
        "Fatura geçmişi",
        "Tüm faturaları görüntüle",
        "Kişi bağlantısını kaldır",
        "Ayarlar",
    ):
        assert words in side


def test_an_ended_connection_offers_no_linking(emma: Client, connected: Connected) -> None:
    XeroConnection.objects.for_company(connected.company).update(state="ENDED")

    put(emma, LOBBY, any_invoice(connected))

    assert where(any_invoice(connected)) == []


@pytest.mark.parametrize(("hidden", "status"), [(LOBBY, 404), (CONSERVATORY, 200)])
def test_a_rep_moves_nothing_to_or_from_a_deal_that_was_hidden_since(
    emma: Client, connected: Connected, hidden: int, status: int
) -> None:
    invoice = any_invoice(connected)
    put(emma, CONSERVATORY, invoice)
    rep = connect(
        connected.vendors, "mehmet.yilmaz@brightside.example", None, role=Membership.Role.REP
    )
    client = Client()
    client.force_login(rep.user)
    for deal_id in (LOBBY, CONSERVATORY):
        client.get(f"/deals/{deal_id}/")
        assert deals.may_see(rep.membership, deal_id)
    change = {"visible_to": 1, "owner_id": 101}
    connected.vendors.control(f"pipedrive/7001/deals/{hidden}", change)

    answer = client.post(
        f"/deals/{LOBBY}/invoices/{invoice.pk}/link/", {"from": CONSERVATORY}, follow=True
    )

    assert answer.status_code == status
    assert where(invoice) == [CONSERVATORY]


def test_a_rep_takes_nothing_off_a_deal_that_was_hidden_since(
    emma: Client, connected: Connected
) -> None:
    invoice = any_invoice(connected)
    put(emma, LOBBY, invoice)
    rep = connect(
        connected.vendors, "mehmet.yilmaz@brightside.example", None, role=Membership.Role.REP
    )
    client = Client()
    client.force_login(rep.user)
    client.get(f"/deals/{LOBBY}/")
    change = {"visible_to": 1, "owner_id": 101}
    connected.vendors.control(f"pipedrive/7001/deals/{LOBBY}", change)

    answer = client.post(f"/deals/{LOBBY}/invoices/{invoice.pk}/unlink/")

    assert answer.status_code == 404
    assert where(invoice) == [LOBBY]
