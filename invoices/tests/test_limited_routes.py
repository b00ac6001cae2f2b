"""Our own routes take so much a minute from a person, and say so without losing anything (S-29)."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from connections import throttling
from connections.models import ApiCall, FrameSession
from connections.throttling import Limit
from invoices.models import Operation
from invoices.tests import frame_world, pressing
from invoices.tests.dialog_page import DialogPage
from invoices.tests.frame_world import Frame
from tests.live import list_free_ports
from tests.vendors import Connected, connect

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("a_long_minute")]
REFIT = 1
MANY = "This was pressed or opened many times in a minute."
COK = "Bu, bir dakika içinde çok kez"


@pytest.fixture
def emma(connected: Connected, client: Client) -> Client:
    client.force_login(connected.user)
    client.cookies["ib_language"] = "en"
    return client


def open_frame(connected: Connected) -> Any:
    member = connected.membership
    query = frame_world.query(member, frame_world.sign(member))
    return Client().get("/frames/panel/", query)


def use_up(connected: Connected, limit: Limit) -> None:
    """Have as much done as a minute allows."""
    for _each in range(limit.most):
        throttling.take(connected.membership, limit, now=timezone.now())


def test_what_a_minute_allows_is_what_the_checklist_says() -> None:
    assert (throttling.SEARCHES.most, throttling.PANELS.most, throttling.CREATES.most) == (
        20,
        60,
        10,
    )


def test_frames_that_are_opened_too_often_hand_out_no_token(connected: Connected) -> None:
    assert open_frame(connected).status_code == 200
    use_up(connected, throttling.FRAMES)

    answer = open_frame(connected)

    assert answer.status_code == 429 and int(answer["Retry-After"]) > 0
    assert "InvoiceBridge was opened here many times in a minute." in answer.content.decode()
    assert "frame-token" not in answer.content.decode()
    assert FrameSession.objects.for_company(connected.company).count() == 1
    other = connect(connected.vendors, "mehmet.yilmaz@brightside.example", None, role="rep")
    assert open_frame(other).status_code == 200


def test_tokens_are_renewed_so_often_and_no_more(connected: Connected) -> None:
    signed = {"token": frame_world.sign(connected.membership)}

    assert Client().post("/frames/token/", signed).status_code == 200
    use_up(connected, throttling.FRAMES)

    answer = Client().post("/frames/token/", signed)

    assert answer.status_code == 429 and int(answer["Retry-After"]) > 0
    assert answer.json() == {"error": "too_many"}
    assert FrameSession.objects.for_company(connected.company).count() == 1


def test_a_panel_that_is_opened_too_often_asks_nobody_outside(connected: Connected) -> None:
    frame = Frame(connected.membership)
    assert frame.get("/frames/app/deals/1/").status_code == 200
    use_up(connected, throttling.PANELS)
    calls = ApiCall.objects.for_company(connected.company).count()

    answer = frame.get("/frames/app/deals/1/")

    assert answer.status_code == 429 and int(answer["Retry-After"]) > 0
    assert MANY in answer.content.decode() and "/frames/app/deals/1/" in answer.content.decode()
    assert ApiCall.objects.for_company(connected.company).count() == calls


def test_the_page_is_in_the_language_of_whoever_reads_it(connected: Connected) -> None:
    connected.membership.language = "tr"
    connected.membership.save()
    use_up(connected, throttling.PANELS)

    answer = Frame(connected.membership).get("/frames/app/deals/1/")

    assert answer.status_code == 429 and COK in answer.content.decode()


@pytest.mark.parametrize(
    "address", ["/deals/1/refresh/", "/deals/1/invoices/refresh/", "/invoices/{invoice}/read/"]
)
def test_refreshing_too_often_leaves_the_page_and_asks_nobody_outside(
    emma: Client, connected: Connected, address: str
) -> None:
    emma.get("/deals/1/")
    invoice = pressing.make(connected)
    use_up(connected, throttling.PANELS)
    calls = ApiCall.objects.for_company(connected.company).filter(vendor="xero").count()

    answer = emma.post(address.format(invoice=invoice.pk), {"back": "deal"}, follow=True)

    assert answer.status_code == 200 and MANY in answer.content.decode()
    assert ApiCall.objects.for_company(connected.company).filter(vendor="xero").count() == calls


def test_the_dialog_that_is_opened_too_often_is_not_read_from_pipedrive(
    emma: Client, connected: Connected
) -> None:
    use_up(connected, throttling.PANELS)
    calls = ApiCall.objects.for_company(connected.company).count()

    answer = emma.get(f"/deals/{REFIT}/invoices/new/")

    assert answer.status_code == 429 and MANY in answer.content.decode()
    assert ApiCall.objects.for_company(connected.company).count() == calls


def test_a_create_too_many_keeps_what_was_typed_and_stores_nothing(
    emma: Client, connected: Connected
) -> None:
    page = DialogPage(emma, REFIT).link_all("er").press("contact:0")
    use_up(connected, throttling.CREATES)

    page.fill(reference="PO 77").press("create")

    assert page.response.status_code == 429
    assert MANY in page.text and page.fields["reference"] == ["PO 77"] and page.can_create()
    assert not Operation.objects.for_company(connected.company).exists()
    assert DialogPage(emma, REFIT).fields["reference"] == ["PO 77"]
    cache.clear()
    assert page.press("create").response.status_code == 302


def test_the_same_press_again_is_never_too_many(emma: Client, connected: Connected) -> None:
    page = DialogPage(emma, REFIT).link_all("er").press("contact:0").press("create")
    use_up(connected, throttling.CREATES)

    assert page.press("create").response.status_code == 302
    assert Operation.objects.for_company(connected.company).count() == 1


def test_an_action_too_many_is_not_stored(emma: Client, connected: Connected) -> None:
    invoice = pressing.make(connected)
    pressing.allow(connected)
    before = Operation.objects.for_company(connected.company).count()
    use_up(connected, throttling.PRESSES)
    assert invoice.xero_updated_at is not None
    form = {"seen": invoice.xero_updated_at.isoformat(), "submission": str(uuid.uuid4())}

    answer = emma.post(f"/invoices/{invoice.pk}/actions/approve/", form)

    assert answer.status_code == 429 and MANY in answer.content.decode()
    assert Operation.objects.for_company(connected.company).count() == before
    cache.clear()
    assert emma.post(f"/invoices/{invoice.pk}/actions/approve/", form).status_code == 302
    assert Operation.objects.for_company(connected.company).count() == before + 1


def test_without_redis_nothing_is_counted_and_every_page_opens(
    emma: Client, connected: Connected, settings: Any
) -> None:
    (port,) = list_free_ports(1)
    backend = "invoicebridge.cache.DisposableRedisCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": f"redis://127.0.0.1:{port}/1"}}
    frame = Frame(connected.membership)

    use_up(connected, throttling.PANELS)
    use_up(connected, throttling.PANELS)

    assert frame.get("/frames/app/deals/1/").status_code == 200
    assert open_frame(connected).status_code == 200
