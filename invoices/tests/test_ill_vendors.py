"""Vendors that are down, full or gone while somebody is at a deal: words, never a 500 (P-17)."""

from __future__ import annotations

import json
from datetime import timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from connections.models import UnknownRefusal, XeroConnection
from connections.templatetags import display
from invoices.models import Operation
from invoices.tests.dialog_page import DialogPage
from mappings.models import XeroCurrency
from tests.vendors import Connected

pytestmark = pytest.mark.django_db
REFIT = 1
DIALOG = f"/deals/{REFIT}/invoices/new/"
TENANT_CALLS = "vendor=xero&path=/api.xro/"


@pytest.fixture
def emma(connected: Connected, client: Client) -> Client:
    client.force_login(connected.user)
    client.cookies["ib_language"] = "en"
    return client


def break_vendor(connected: Connected, vendor: str, path: str, kind: str, **more: Any) -> None:
    connected.vendors.control(
        "faults", {"vendor": vendor, "path": path, "kind": kind, "times": None, **more}
    )


def text_of(answer: Any) -> str:
    return unescape(answer.content.decode())


FAULTS: dict[str, dict[str, Any]] = {
    "down": {"kind": "status", "status": 503, "body": "down", "content_type": "text/plain"},
    "reset": {"kind": "reset_before"},
    "html": {"kind": "html"},
    "garble": {"kind": "garble"},
    "cut": {"kind": "cut", "bytes": 20},
    "minute": {"kind": "rate_limit", "problem": "minute", "retry_after": 40},
    "day": {"kind": "rate_limit", "problem": "day", "retry_after": 7200},
    "weird": {"kind": "rate_limit", "problem": "weird", "retry_after": 40},
    "forbidden": {"kind": "status", "status": 403},
    "unauthorized": {"kind": "status", "status": 401},
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("vendor", ["pipedrive", "xero"])
def test_every_page_opens_whatever_a_vendor_does(
    emma: Client, connected: Connected, vendor: str, fault: str
) -> None:
    break_vendor(connected, vendor, "/api", **FAULTS[fault])

    for address in ("/deals/", f"/deals/{REFIT}/", DIALOG, "/settings/preferences/"):
        assert emma.get(address).status_code in {200, 404}, address
    emma.post(f"/deals/{REFIT}/refresh/")


@pytest.mark.parametrize(
    ("status", "said", "language", "words", "label"),
    [
        (
            403,
            "Scope and URL mismatch",
            "en",
            "gave InvoiceBridge fewer rights",
            "Connect Pipedrive",
        ),
        (403, "Scope and URL mismatch", "tr", "gerekenden az yetki vermiş", "Pipedrive'ı bağla"),
        (402, "The company account is not open", "en", "account is closed or unpaid", "Deals"),
        (402, "The moon is full", "en", "its own words: “The moon is full”", "Deals"),
    ],
)
def test_what_pipedrive_refuses_is_said_in_words_with_its_own_under_details(
    emma: Client,
    connected: Connected,
    status: int,
    said: str,
    language: str,
    words: str,
    label: str,
) -> None:
    body = json.dumps({"success": False, "error": said})
    break_vendor(
        connected,
        "pipedrive",
        "/api",
        "status",
        status=status,
        body=body,
        content_type="application/json",
    )
    emma.cookies["ib_language"] = language

    text = text_of(emma.get("/deals/"))

    assert words in text
    assert said in text
    assert f">{label}</a>" in text
    unknown = UnknownRefusal.objects.filter(vendor="pipedrive").values_list("shape", flat=True)
    assert list(unknown) == (["The … is …"] if said == "The moon is full" else [])


@pytest.mark.parametrize("fault", FAULTS)
def test_the_dialog_keeps_what_is_typed_whatever_xero_does(
    emma: Client, connected: Connected, fault: str
) -> None:
    page = DialogPage(emma, REFIT)
    break_vendor(connected, "xero", "/api", **FAULTS[fault])
    page.fill(contact_query="Harbour", reference="typed in vain?")

    page.press("search_contact")

    assert page.response.status_code == 200
    assert page.fields["reference"] == ["typed in vain?"]


def test_a_dialog_whose_lists_were_never_copied_says_so_and_blocks(
    emma: Client, connected: Connected
) -> None:
    XeroCurrency.objects.for_company(connected.company).delete()
    break_vendor(connected, "xero", "/api", **FAULTS["down"])

    page = DialogPage(emma, REFIT)

    assert "Xero's lists could not be read yet." in unescape(page.text)
    assert not page.can_create()
    page.press("create")
    assert page.response.status_code == 422
    assert Operation.objects.for_company(connected.company).count() == 0


@pytest.mark.parametrize(
    ("problem", "words"),
    [("day", "daily limit is used up"), ("minute", "Xero asked us to wait until")],
)
def test_a_full_limit_is_said_with_until_when_and_no_call_is_made_before(
    emma: Client, connected: Connected, problem: str, words: str
) -> None:
    page = DialogPage(emma, REFIT).press("drop_contact")
    until = timezone.now() + timedelta(hours=2)
    XeroConnection.objects.for_company(connected.company).update(
        pause_until=until, pause_reason=problem
    )
    before = len(connected.vendors.control(f"traffic?{TENANT_CALLS}"))

    page.fill(contact_query="Harbour").press("search_contact")

    assert words in unescape(page.text)
    with timezone.override(ZoneInfo(connected.membership.time_zone)):
        assert display.moment(until) in unescape(page.text)
    assert len(connected.vendors.control(f"traffic?{TENANT_CALLS}")) == before
    emma.get(DIALOG)
    assert len(connected.vendors.control(f"traffic?{TENANT_CALLS}")) == before


def test_an_ended_xero_grant_is_said_with_who_mends_it(emma: Client, connected: Connected) -> None:
    page = DialogPage(emma, REFIT).link_all("er").press("contact:0").press("drop_contact")
    connected.vendors.control("xero/revoke", {"email": connected.user.email})

    page.fill(contact_query="Harbour").press("search_contact")

    assert "Your admin can reconnect it" in unescape(page.text)
    connected.connection.refresh_from_db()
    assert not connected.connection.is_usable
    page.press("contact:0").press("create")
    assert (page.response.status_code, "has to reconnect it" in page.text) == (409, True)
    assert Operation.objects.for_company(connected.company).count() == 0
