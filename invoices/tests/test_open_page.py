"""A page or panel that stays open asks for news: cheaply, of its own deal, as nobody at work."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from constance import config
from django.core.cache import cache
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connections.models import ApiCall, BrowserSession, FrameSession, Membership
from invoices import mirror, sending
from invoices.models import DealInvoice, Invoice, InvoiceEvent
from invoices.tests import pressing as p
from invoices.tests import rows
from invoices.tests.frame_world import Frame
from tests.vendors import Connected

pytestmark = pytest.mark.django_db
DEAL = 1
LOOKING = {"x-only-looking": "1"}


@pytest.fixture(params=["page", "panel"])
def visitor(request: Any, connected: Connected) -> Client:
    """Somebody with the deal open: on our site, and inside Pipedrive."""
    p.allow(connected)
    if request.param == "panel":
        return Frame(connected.membership)
    client = Client()
    client.force_login(connected.user)
    return client


@pytest.fixture
def invoice(connected: Connected) -> Invoice:
    """A draft on the deal."""
    invoice = p.make(connected)
    _link(connected, invoice)
    return invoice


def _link(connected: Connected, invoice: Invoice, deal_id: int = DEAL) -> None:
    DealInvoice.objects.for_company(connected.company).filter(invoice=invoice).delete()
    DealInvoice.objects.create(
        company=connected.company, invoice=invoice, deal_id=deal_id, linked_at=timezone.now()
    )


def _open(visitor: Client, deal_id: int = DEAL) -> str:
    """Open the deal and return the address that the page will ask for news."""
    return _address(_show(visitor, deal_id))


def _show(visitor: Client, deal_id: int = DEAL) -> Any:
    root = "/frames/app" if isinstance(visitor, Frame) else ""
    answer = visitor.get(f"{root}/deals/{deal_id}/")
    assert answer.status_code == 200
    return answer


def _address(answer: Any) -> str:
    found = re.search(r'data-news hx-get="([^"]+)"', answer.content.decode())
    assert found is not None
    return found[1]


def _ask(visitor: Client, address: str) -> Any:
    return visitor.get(address, headers=LOOKING)


def test_while_nothing_changes_there_is_nothing_to_draw(
    visitor: Client, connected: Connected, invoice: Invoice
) -> None:
    address = _open(visitor)
    calls = ApiCall.objects.across_companies().count()

    with CaptureQueriesContext(database) as queries:
        answer = _ask(visitor, address)

    assert (answer.status_code, answer.content) == (204, b"")
    assert len(queries) <= 5
    assert ApiCall.objects.across_companies().count() == calls


def test_what_is_paid_in_xero_is_drawn_once_and_asks_on(
    visitor: Client, connected: Connected, invoice: Invoice
) -> None:
    p.in_xero(connected, invoice, "approve")
    p.mirrored(connected, invoice)
    address = _open(visitor)
    p.in_xero(connected, invoice, "pay")
    p.mirrored(connected, invoice)

    answer = _ask(visitor, address)

    assert answer.status_code == 200
    text = answer.content.decode()
    assert "Paid" in text and "<html" not in text
    # The contact's invoices and totals beside the cards look again too.
    assert answer.headers["HX-Trigger"] == "deal-news"
    assert 'hx-trigger="deal-news from:body' in _show(visitor).content.decode()
    assert _address(answer) != address
    assert _ask(visitor, _address(answer)).status_code == 204


def test_each_change_of_a_deals_cards_is_news(
    visitor: Client, connected: Connected, invoice: Invoice
) -> None:
    address = _open(visitor)

    def is_news() -> bool:
        nonlocal address
        answer = _ask(visitor, address)
        if answer.status_code == 200:
            address = _address(answer)
        return bool(answer.status_code == 200)

    assert not is_news()
    pressed = p.press("approve", connected, invoice, now=timezone.now())
    assert is_news(), "somebody pressed"
    sending.send(pressed.pk, now=timezone.now())
    assert is_news(), "Xero answered"
    other = p.make(connected)
    _link(connected, other)
    assert is_news(), "another one was linked"
    DealInvoice.objects.for_company(connected.company).filter(invoice=other).delete()
    assert is_news(), "it was unlinked"
    assert not is_news()


def test_other_deals_and_companies_are_no_news(
    visitor: Client, connected: Connected, invoice: Invoice
) -> None:
    address = _open(visitor)
    elsewhere = p.make(connected)
    _link(connected, elsewhere, deal_id=2)
    theirs = rows.make_connection()
    mirror.store_whole(
        [rows.whole(str(uuid.uuid4()))],
        theirs,
        source=InvoiceEvent.Source.REFRESH,
        fetched_at=timezone.now(),
        now=timezone.now(),
    )
    DealInvoice.objects.create(
        company=theirs.company,
        invoice=rows.stored(theirs),
        deal_id=DEAL,
        linked_at=timezone.now(),
    )

    assert _ask(visitor, address).status_code == 204


def test_to_look_keeps_no_session_alive(connected: Connected) -> None:
    client = Client()
    client.force_login(connected.user)
    frame = Frame(connected.membership, now=timezone.now() - timedelta(minutes=5))
    FrameSession.objects.for_company(connected.company).update(
        last_used_at=timezone.now() - timedelta(minutes=5)
    )
    before = FrameSession.objects.for_company(connected.company).get().expires_at
    session = client.session
    session["visit"] = session["visit"] | {"seen": session["visit"]["seen"] - 300}
    session.save()
    seen = BrowserSession.objects.get().seen_at

    _ask(frame, f"/frames/app/deals/{DEAL}/news/")
    _ask(client, f"/deals/{DEAL}/news/")
    assert FrameSession.objects.for_company(connected.company).get().expires_at == before
    assert BrowserSession.objects.get().seen_at == seen
    assert seen is not None

    frame.get(f"/frames/app/deals/{DEAL}/news/")
    client.get(f"/deals/{DEAL}/news/")
    assert FrameSession.objects.for_company(connected.company).get().expires_at > before
    now_seen = BrowserSession.objects.get().seen_at
    assert now_seen is not None and now_seen > seen


def test_whoever_saw_the_deal_long_ago_is_led_to_where_pipedrive_is_asked(
    visitor: Client, connected: Connected, invoice: Invoice
) -> None:
    Membership.objects.for_company(connected.company).update(role=Membership.Role.REP)
    address = _open(visitor)
    cache.clear()

    answer = _ask(visitor, address)

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["HX-Redirect"] == address.partition("news/")[0]


def test_what_was_never_seen_in_pipedrive_has_no_news(connected: Connected) -> None:
    Membership.objects.for_company(connected.company).update(role=Membership.Role.REP)
    client = Client()
    client.force_login(connected.user)

    answer = _ask(client, f"/deals/999999/news/?stamp={uuid.uuid4().hex}")

    assert answer.headers["HX-Redirect"] == "/deals/999999/"
    assert client.get("/deals/999999/").status_code == 404


def test_support_may_switch_it_off(visitor: Client, connected: Connected, invoice: Invoice) -> None:
    config.NEWS_SECONDS = 0
    root = "/frames/app" if isinstance(visitor, Frame) else ""

    text = visitor.get(f"{root}/deals/{DEAL}/").content.decode()

    triggers = re.findall(r'hx-trigger="([^"]*)"', text)
    assert "data-news" not in text and not any("every" in each for each in triggers)
