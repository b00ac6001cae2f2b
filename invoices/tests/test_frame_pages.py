"""The product's pages at work inside a frame: by the header alone, and no further than meant."""

from __future__ import annotations

import io
import logging
import re
import runpy
from collections.abc import Iterator
from datetime import timedelta

import pytest
import structlog
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connections.models import ApiCall, Membership, PipedriveAuthorisation, XeroConnection
from connections.models.authorisations import AuthorisationState
from invoicebridge import runner
from invoices import sending
from invoices.models import Operation
from invoices.tests import frame_world, world
from invoices.tests.dialog_page import DialogPage
from invoices.tests.frame_world import Frame
from mappings.models import InvoicePreferences
from tests.vendors import Connected, connect

pytestmark = pytest.mark.django_db
REFIT = 1
PANEL = f"/frames/app/deals/{REFIT}/"


def test_a_cookie_alone_opens_nothing(connected: Connected) -> None:
    signed_in = Client()
    signed_in.force_login(connected.user)
    before = Operation.objects.for_company(connected.company).count()

    for path in (PANEL, f"{PANEL}invoices/new/", "/frames/app/settings/preferences/"):
        for answer in (signed_in.get(path), signed_in.post(path, {"action": "create"})):
            assert answer.status_code == 401
            assert answer.headers["X-Frame-Options"] == "DENY"
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
            assert "no-store" in answer.headers["Cache-Control"]

    assert Operation.objects.for_company(connected.company).count() == before


def test_a_cookie_beside_the_header_is_not_read(connected: Connected) -> None:
    other = connect(connected.vendors, "zeynep.kaya@anadolu.example", "anadolu")
    frame = Frame(connected.membership)
    frame.force_login(other.user)
    frame.cookies["ib_language"] = "tr"

    answer = frame.get(PANEL)

    assert answer.wsgi_request.user == connected.user
    assert answer.headers["Content-Language"] == "en"
    assert not answer.cookies


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer x", "Basic eDp5", "Bearer é"])
def test_a_header_that_is_no_token_opens_nothing(connected: Connected, header: str) -> None:
    assert Client().get(PANEL, headers={"authorization": header}).status_code == 401


def test_an_expired_session_opens_nothing(connected: Connected) -> None:
    frame = Frame(connected.membership, now=timezone.now() - timedelta(minutes=16))

    answer = frame.get(PANEL)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_the_panel_asks_pipedrive_at_most_once(connected: Connected) -> None:
    frame = Frame(connected.membership)
    calls = ApiCall.objects.for_company(connected.company).filter(vendor="pipedrive")
    before = calls.count()

    first, second = frame.get(PANEL), frame.get(PANEL)

    assert first.status_code == second.status_code == 200
    assert calls.count() - before <= 1


def test_the_panel_shows_the_deals_invoices_and_what_can_be_done(connected: Connected) -> None:
    operation = world.press(connected, deal_id=REFIT)
    sending.send(operation.pk, now=timezone.now())
    invoice = world.fresh(operation).invoice
    assert invoice is not None

    page = Frame(connected.membership).get(PANEL).content.decode()

    assert str(invoice.number) in page
    assert f'href="/frames/app/invoices/{invoice.pk}/actions/approve/"' in page
    assert f'href="/frames/app/invoices/{invoice.pk}/pdf/"' in page
    assert "topbar" not in page


def test_a_hidden_deal_stays_hidden(connected: Connected) -> None:
    noor = connect(
        connected.vendors, "noor.haddad@brightside.example", None, role=Membership.Role.REP
    )
    world.press(connected, deal_id=REFIT)

    answer = Frame(noor.membership).get(PANEL)

    assert answer.status_code == 404
    assert "Harbour" not in answer.content.decode()


def test_a_rep_whose_pipedrive_ended_is_led_to_connect_it(connected: Connected) -> None:
    mehmet = connect(
        connected.vendors, "mehmet.yilmaz@brightside.example", None, role=Membership.Role.REP
    )
    frame = Frame(mehmet.membership)
    PipedriveAuthorisation.objects.for_company(mehmet.company).filter(
        pipedrive_user_id=mehmet.membership.pipedrive_user_id
    ).update(state=AuthorisationState.DEAD)

    answer = frame.get(PANEL)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'href="/settings/connections/" target="_blank"' in page
    assert "Harbour" not in page


def test_a_press_needs_no_csrf_token_here_and_its_message_comes_back(
    connected: Connected,
) -> None:
    frame = Frame(connected.membership)

    answer = frame.post(f"{PANEL}refresh/", follow=True)

    assert answer.redirect_chain == [(PANEL, 302)]
    assert 'class="banner' in answer.content.decode()
    assert 'class="banner' not in frame.get(PANEL).content.decode()


def test_on_our_own_site_a_press_needs_its_csrf_token_still(connected: Connected) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(connected.user)

    assert client.post(f"/deals/{REFIT}/refresh/").status_code == 403


def test_what_is_not_meant_for_frames_is_not_there(connected: Connected) -> None:
    frame = Frame(connected.membership)
    paths = [
        "",
        "admin/",
        "accounts/login/",
        "accounts/logout/",
        "i18n/setlang/",
        "settings/people/",
        "settings/connections/",
        "settings/connections/xero/disconnect/",
        "settings/my-xero/",
        "deals/",
        "invoices/",
        "invoices/export/",
        "webhooks/xero",
        "frames/panel/",
        "live",
    ]

    for path in paths:
        for answer in (frame.get(f"/frames/app/{path}"), frame.post(f"/frames/app/{path}")):
            assert answer.status_code == 404, path


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("invoices:deal", [1]),
        ("invoices:new", [1]),
        ("invoices:pdf", [1]),
        ("mappings:preferences", []),
    ],
)
def test_pages_of_a_frame_have_their_address_in_it(name: str, ids: list[int]) -> None:
    plain = reverse(name, args=ids)

    assert reverse(name, args=ids, urlconf="invoicebridge.frame_urls") == f"/frames/app{plain}"


@pytest.mark.parametrize(
    "name", ["invoices:deals", "invoices:ledger", "connections:overview", "home", "account_login"]
)
def test_other_pages_keep_their_address_on_our_site(name: str) -> None:
    assert reverse(name, urlconf="invoicebridge.frame_urls") == reverse(name)


def test_after_a_frame_our_own_site_has_its_own_addresses(connected: Connected) -> None:
    Frame(connected.membership).get(PANEL)
    client = Client()
    client.force_login(connected.user)

    page = client.get(f"/deals/{REFIT}/").content.decode()

    assert "/frames/" not in page
    assert 'class="topbar"' in page


def test_static_files_keep_their_address_in_a_frame(connected: Connected) -> None:
    page = Frame(connected.membership).get(f"{PANEL}invoices/new/").content.decode()

    assert '"/static/js/dialog.js"' in page
    assert "/frames/app/static" not in page


def test_where_a_page_leads_out_of_the_frame_it_says_so(connected: Connected) -> None:
    XeroConnection.objects.for_company(connected.company).update(state="ENDED")

    answer = Frame(connected.membership).get(f"{PANEL}invoices/new/")

    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'href="/settings/connections/" target="_blank"' in page


def test_an_invoice_is_created_inside_the_frame(connected: Connected) -> None:
    frame = Frame(connected.membership)
    page = DialogPage(frame, REFIT, mount="/frames/app").link_all("er").press("contact:0")

    answer = frame.post(f"{PANEL}invoices/new/", page.fields | {"action": "create"})

    operation = Operation.objects.for_company(connected.company).get(kind="create")
    assert answer.headers["Location"] == f"{PANEL}#operation-{operation.pk}"
    assert operation.requested_by == connected.user


def test_preferences_are_saved_by_an_admin_and_read_by_a_rep(connected: Connected) -> None:
    mehmet = connect(
        connected.vendors, "mehmet.yilmaz@brightside.example", None, role=Membership.Role.REP
    )
    address = "/frames/app/settings/preferences/"
    before = InvoicePreferences.objects.for_company(connected.company).values().first()

    shown, refused = Frame(mehmet.membership).get(address), Frame(mehmet.membership).post(address)
    wrong = Frame(connected.membership).post(address, {"due_days": "x"})

    assert (shown.status_code, refused.status_code, wrong.status_code) == (200, 403, 422)
    assert InvoicePreferences.objects.for_company(connected.company).values().first() == before


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the product writes into its log, as it writes it."""
    root, written = logging.getLogger(), io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(
        next(
            each.formatter
            for each in root.handlers
            if isinstance(each.formatter, structlog.stdlib.ProcessorFormatter)
        )
    )
    root.addHandler(handler)
    yield written
    root.removeHandler(handler)


def test_no_log_holds_a_token(connected: Connected, log: io.StringIO) -> None:
    member = connected.membership
    signed = frame_world.sign(member)
    opened = Client().get("/frames/panel/", frame_world.query(member, signed))
    token = frame_world.read_token(opened)
    client = Client(headers={"authorization": f"Bearer {token}"})
    client.get(PANEL)
    client.get("/frames/app/nothing/")
    Client().get(PANEL, headers={"authorization": f"Bearer {token}x"})
    Client().get("/frames/panel/", {"token": signed + "x"})
    Client().post("/frames/token/", {"token": signed + "x"})

    written = log.getvalue()

    assert "/frames/app/nothing/" in written  # it would see them
    for secret in (signed, signed.split(".")[1], token):
        assert secret not in written


def test_the_access_log_of_the_server_writes_no_query() -> None:
    found = runpy.run_path(str(runner.ROOT / "gunicorn.conf.py"))

    # %(r)s is the request line, %(q)s the query, %(f)s the referrer: each would hold the token.
    assert not {"%(r)s", "%(q)s", "%(f)s"} & set(
        re.findall(r"%\(.+?\)s", found["access_log_format"])
    )
