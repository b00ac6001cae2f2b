"""The page of one invoice: what Xero holds, what is under way, and what happened (issue 3 §7)."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from connections import audit
from connections.models import Membership
from invoices.models import Deal, Invoice, InvoiceEvent, LineItem, Operation
from invoices.tests import pressing as p
from invoices.tests import world as w
from tests.vendors import Connected, connect

pytestmark = pytest.mark.django_db


def sign_in(membership: Membership, language: str = "en") -> Client:
    client = Client()
    client.force_login(membership.user)
    client.cookies["ib_language"] = language
    return client


def page(client: Client, invoice: Invoice, query: str = "") -> str:
    answer = client.get(f"/invoices/{invoice.pk}/{query}")
    assert answer.status_code == 200
    return main(answer)


def main(answer: Any) -> str:
    text: str = unescape(answer.content.decode())
    return " ".join(text.split("<main", 1)[-1].split("</main>")[0].split())


def read(client: Client, invoice: Invoice, **headers: str) -> Any:
    return client.post(f"/invoices/{invoice.pk}/read/", headers=headers)


def copy_lists(client: Client) -> None:
    """Let Xero's lists be copied, as the first visit to the preferences does."""
    assert client.get("/settings/preferences/").status_code == 200


def test_it_shows_everything_that_xero_holds(connected: Connected) -> None:
    client = sign_in(p.allow(connected))
    copy_lists(client)
    invoice = p.make(connected, "approve", ("pay", {"amount": "10.00"}))
    Deal.objects.create(
        company=connected.company, deal_id=w.DEAL, title="Oak for all", seen_at=timezone.now()
    )

    shown = page(client, invoice)

    for word in (
        invoice.number,
        invoice.contact_name,
        "Oak desks",
        "13 Mar 2026",
        "20 Mar 2026",
        "Oak desk</td>",
        "£10.50",
        "£21.00",
        "200 Sales",
        "Awaiting payment",
        "Partly paid",
        "Payment",
        "£10.00",
        "£11.00",
        "Oak for all",
        "tax exclusive",
    ):
        assert word in shown, word
    assert f'href="/deals/{w.DEAL}/"' in shown
    assert f"/invoicing/view/{invoice.xero_invoice_id}" in shown
    assert 'target="_blank" rel="noopener noreferrer"' in shown


def test_tax_is_told_by_rate_and_adds_up_to_xeros(connected: Connected) -> None:
    client = sign_in(p.allow(connected))
    copy_lists(client)
    invoice = p.make(connected)
    LineItem.objects.across_companies().filter(invoice=invoice).delete()
    add_lines(connected, invoice, 3, tax_type="OUTPUT2", tax_amount=Decimal("2.00"))
    add_lines(connected, invoice, 2, start=4, tax_type="RRINPUT", tax_amount=Decimal("0.50"))

    shown = page(client, invoice)

    assert "Tax: 20% (VAT on Income)</dt><dd >£6.00</dd>" in shown
    assert "Tax: RRINPUT</dt><dd >£1.00</dd>" in shown


def add_lines(
    connected: Connected, invoice: Invoice, count: int, *, start: int = 1, **more: Any
) -> None:
    LineItem.objects.bulk_create(
        LineItem(
            company=connected.company,
            invoice=invoice,
            position=start + number,
            description=f"Line number {start + number}",
            quantity=Decimal(1),
            unit_amount=Decimal("10.00"),
            account_code="200",
            line_amount=Decimal("10.00"),
            **more,
        )
        for number in range(count)
    )


def test_a_thousand_lines_come_a_hundred_at_a_time(
    connected: Connected, django_assert_max_num_queries: Any
) -> None:
    client = sign_in(p.allow(connected))
    copy_lists(client)
    invoice = p.make(connected)
    LineItem.objects.across_companies().filter(invoice=invoice).delete()
    add_lines(connected, invoice, 1000, tax_type="NONE")
    page(client, invoice)

    with django_assert_max_num_queries(16):
        first = page(client, invoice)
    last = page(client, invoice, "?lines=10")

    assert "Lines 1 to 100 of 1000" in first
    assert (first.count("Line number"), "Line number 101" in first) == (100, False)
    assert "Lines 901 to 1000 of 1000" in last
    assert "Line number 1000" in last


@pytest.mark.parametrize("query", ["?lines=x", "?lines=-1", "?lines=99999999", "?lines=٣&all=2"])
def test_a_page_that_is_none_is_the_nearest_one(connected: Connected, query: str) -> None:
    client = sign_in(p.allow(connected))
    invoice = p.make(connected)

    assert "Oak desk" in page(client, invoice, query)


def test_it_tells_who_pressed_what_and_what_xero_answered(connected: Connected) -> None:
    client = sign_in(p.allow(connected))
    invoice = p.make(connected)
    now = timezone.now()
    w.send(p.press("approve", connected, invoice, now=now), now=now)
    p.in_xero(connected, invoice, "pay")
    p.mirrored(connected, invoice)

    story = page(client, invoice).split("What happened")[1]

    told = [
        "Xero says: Paid.",
        "Seen when somebody here checked Xero.",
        "Xero completed “Approve”.",
        "Xero says: Awaiting payment, £21.00 due.",
        "Pressed “Approve”.",
        "Xero completed “Create invoice”.",
        "Pressed “Create invoice”.",
    ]
    assert all(each in story for each in told)
    assert "went to Xero" not in story
    assert story.index(told[0]) < story.index("Pressed “Approve”.")
    assert story.index("Pressed “Approve”.") < story.index("Pressed “Create invoice”.")
    assert str(connected.user) in story


def test_an_action_under_way_has_its_state_and_what_support_asks_for(connected: Connected) -> None:
    client = sign_in(p.allow(connected))
    invoice = p.make(connected)
    client.post(
        f"/invoices/{invoice.pk}/actions/approve/?back=invoice",
        {"seen": invoice.xero_updated_at.isoformat(), "submission": str(uuid.uuid4())},
    )
    operation = Operation.objects.for_company(connected.company).get(kind="approve")

    moving = page(client, invoice)
    part = client.get(f"/invoices/{invoice.pk}/part/").content.decode()
    w.send(operation, now=timezone.now())
    after = page(client, invoice)

    assert "Approve: on its way to Xero…" in moving
    assert str(operation.pk) in moving
    assert f'hx-get="/invoices/{invoice.pk}/part/"' in moving
    assert "<html" not in part and str(operation.pk) in part
    assert str(operation.pk) not in after
    assert "hx-get" not in after


def test_a_press_on_the_page_leads_back_to_it(connected: Connected) -> None:
    client = sign_in(p.allow(connected))
    invoice = p.make(connected)
    form = {"seen": invoice.xero_updated_at.isoformat(), "submission": str(uuid.uuid4())}

    shown = page(client, invoice)
    panel = client.get(f"/invoices/{invoice.pk}/actions/approve/?back=invoice")
    answer = client.post(f"/invoices/{invoice.pk}/actions/approve/?back=invoice", form)

    assert f"/invoices/{invoice.pk}/actions/approve/?back=invoice" in shown
    assert f'href="/invoices/{invoice.pk}/"' in panel.content.decode()
    assert answer["Location"] == f"/invoices/{invoice.pk}/"


def test_an_invoice_on_no_deal_can_be_acted_on_and_leads_back_to_its_page(
    connected: Connected,
) -> None:
    client = sign_in(p.allow(connected))
    invoice = p.make(connected)
    invoice.deal_link.delete()
    form = {"seen": invoice.xero_updated_at.isoformat(), "submission": str(uuid.uuid4())}

    assert "Not on a deal" in page(client, invoice)
    answer = client.post(f"/invoices/{invoice.pk}/actions/approve/", form)

    assert answer["Location"] == f"/invoices/{invoice.pk}/"
    assert Operation.objects.for_company(connected.company).filter(kind="approve").exists()


def known_by_a_list_only(connected: Connected) -> Invoice:
    """Return an invoice whose lines the mirror has never read."""
    invoice = p.make(connected, "approve", "pay")
    LineItem.objects.across_companies().filter(invoice=invoice).delete()
    Invoice.objects.across_companies().update(whole_updated_at=None, applied=[], tax_mode="")
    return p.row(invoice)


def test_lines_that_were_never_read_are_asked_for_by_the_page(connected: Connected) -> None:
    client = sign_in(p.allow(connected))
    invoice = known_by_a_list_only(connected)

    before = page(client, invoice)
    part = main(read(client, invoice, hx_request="true"))
    after = page(client, invoice)

    assert "have not been read from Xero yet" in before
    assert 'hx-trigger="load, submit"' in before
    assert "Oak desk</td>" not in before
    for shown in (part, after):
        assert "Oak desk</td>" in shown
        assert "have not been read" not in shown


def test_a_version_that_a_list_brought_is_read_again(connected: Connected) -> None:
    client = sign_in(p.allow(connected))
    invoice = p.make(connected)
    assert "has changed in Xero since its lines were read" not in page(client, invoice)
    Invoice.objects.across_companies().update(
        xero_updated_at=invoice.xero_updated_at + timedelta(seconds=1)
    )

    assert "has changed in Xero since its lines were read" in page(client, invoice)


def test_xero_down_shows_the_mirror_with_its_age_and_asks_no_more_by_itself(
    connected: Connected,
) -> None:
    client = sign_in(p.allow(connected))
    invoice = known_by_a_list_only(connected)
    connected.vendors.control(
        "faults", {"vendor": "xero", "path": "/Invoices/", "kind": "status", "status": 503}
    )

    part = main(read(client, invoice, hx_request="true"))
    whole = client.post(f"/invoices/{invoice.pk}/read/", follow=True)

    assert "Xero did not answer. What you see is from" in part
    assert "load, submit" not in part
    assert invoice.contact_name in part
    assert whole.status_code == 200


def test_a_paused_organisation_is_not_asked(connected: Connected) -> None:
    client = sign_in(p.allow(connected))
    invoice = known_by_a_list_only(connected)
    type(connected.connection).objects.across_companies().update(
        pause_until=timezone.now() + timedelta(minutes=3)
    )
    asked = len(connected.vendors.control("traffic?vendor=xero"))

    part = main(read(client, invoice, hx_request="true"))

    assert "Xero asked us to wait until" in part
    assert len(connected.vendors.control("traffic?vendor=xero")) == asked


def test_who_may_not_see_amounts_sees_none(connected: Connected) -> None:
    client = sign_in(p.allow(connected, can_see_amounts=False))
    invoice = p.make(connected, "approve", "pay")

    shown = page(client, invoice)

    assert "£" not in shown
    for figure in ("21.00", "10.50", "10,50"):
        assert figure not in shown
    assert "Oak desk" in shown


def test_a_colleague_reads_the_page_but_acts_only_on_deals_they_see(connected: Connected) -> None:
    invoice = p.make(connected)
    colleague = connect(
        connected.vendors, "noor.haddad@brightside.example", None, role=Membership.Role.REP
    )
    cache.clear()
    client = sign_in(colleague.membership)

    assert invoice.number in page(client, invoice)
    assert client.get(f"/invoices/{invoice.pk}/actions/submit/").status_code == 404


def test_an_accountant_acts_without_pipedrive(connected: Connected) -> None:
    invoice = p.make(connected)
    membership = p.allow(connected)
    Membership.objects.across_companies().update(role=Membership.Role.ACCOUNTANT)
    cache.clear()
    client = sign_in(membership)

    assert client.get(f"/invoices/{invoice.pk}/actions/approve/").status_code == 200


def test_a_long_story_is_cut_until_it_is_asked_for(connected: Connected) -> None:
    client = sign_in(p.allow(connected))
    invoice = p.make(connected)
    now = timezone.now()
    InvoiceEvent.objects.bulk_create(
        InvoiceEvent(
            company=connected.company,
            invoice=invoice,
            source=InvoiceEvent.Source.POLL,
            xero_status="AUTHORISED",
            amount_due=Decimal(number),
            xero_updated_at=now,
            at=now + timedelta(seconds=number),
        )
        for number in range(40)
    )

    short, every = page(client, invoice), page(client, invoice, "?all=1")

    assert short.count("timeline__entry") == 20
    assert "Show all" in short
    assert every.count("timeline__entry") > 40
    assert "Show all" not in every


def test_linking_is_told_with_who_did_it(connected: Connected) -> None:
    client = sign_in(p.allow(connected))
    invoice = p.make(connected)
    audit.record(
        "invoice.linked",
        company=connected.company,
        actor=connected.user,
        subject=f"invoice:{invoice.pk}",
        now=timezone.now(),
    )

    assert "Linked to the deal." in page(client, invoice)


@pytest.mark.parametrize("method", ["get", "post"])
def test_another_companys_invoice_is_as_if_it_were_not_there(
    connected: Connected, method: str
) -> None:
    invoice = p.make(connected)
    other = connect(connected.vendors, "zeynep.kaya@anadolu.example", "anadolu")
    client = sign_in(other.membership)

    paths = ["", "part/"] if method == "get" else ["read/"]

    for path in paths:
        assert getattr(client, method)(f"/invoices/{invoice.pk}/{path}").status_code == 404


def test_looking_takes_few_queries(
    connected: Connected, django_assert_max_num_queries: Any
) -> None:
    client = sign_in(p.allow(connected))
    copy_lists(client)
    invoice = p.make(connected, "approve", "pay")
    page(client, invoice)

    # Three say who asks; then invoice, operations, audit, settings, deal, two of lines, four of
    # names, two of the story.
    with django_assert_max_num_queries(16):
        page(client, invoice)


@pytest.mark.parametrize(
    ("query", "page_leads_to", "press_leads_to"),
    [
        ("", f"/deals/{w.DEAL}/", f"/deals/{w.DEAL}/"),
        ("?back=invoice", f"/deals/{w.DEAL}/", "/invoices/{pk}/"),
        ("?back=contact&deal=7", "/deals/7/invoices/", "/deals/7/invoices/"),
        ("?back=contact&deal=//evil", f"/deals/{w.DEAL}/", f"/deals/{w.DEAL}/"),
        ("?back=https://evil.example/", f"/deals/{w.DEAL}/", f"/deals/{w.DEAL}/"),
    ],
)
def test_the_way_back_is_where_the_person_came_from(
    connected: Connected, query: str, page_leads_to: str, press_leads_to: str
) -> None:
    client = sign_in(p.allow(connected))
    invoice = p.make(connected)
    form = {"seen": invoice.xero_updated_at.isoformat(), "submission": str(uuid.uuid4())}

    shown = page(client, invoice, query)
    answer = client.post(f"/invoices/{invoice.pk}/actions/approve/{query}", form)

    assert f'page-header__back"><a href="{page_leads_to}"' in shown
    assert answer["Location"] == press_leads_to.format(pk=invoice.pk)


def test_a_deals_name_is_told_to_who_was_shown_it_only(connected: Connected) -> None:
    invoice = p.make(connected)
    Deal.objects.create(
        company=connected.company, deal_id=w.DEAL, title="Secret plans", seen_at=timezone.now()
    )
    colleague = connect(
        connected.vendors, "noor.haddad@brightside.example", None, role=Membership.Role.REP
    )
    cache.clear()

    assert "Secret plans" not in page(sign_in(colleague.membership), invoice)
    assert "Secret plans" in page(sign_in(connected.membership), invoice)


def test_sending_by_email_is_called_so_in_turkish(connected: Connected) -> None:
    client = sign_in(p.allow(connected), "tr")
    invoice = p.make(connected, "approve")

    assert "E-postayla gönder" in page(client, invoice)
