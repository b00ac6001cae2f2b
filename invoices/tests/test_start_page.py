"""The first steps: what is done is true of the database, what is next is one click away."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from connections import demo
from connections.models import Membership, SecurityStatement, User, XeroConnection
from invoices import sending
from invoices.models import DealInvoice
from invoices.tests import world as w
from mappings.models import InvoicePreferences
from tests.vendors import Connected

pytestmark = pytest.mark.django_db
EMMA, MEHMET = "emma.clarke@brightside.example", "mehmet.yilmaz@brightside.example"
OLIVIA = "olivia.grant@brightside.example"


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def visit(email: str, language: str = "en") -> tuple[Any, str]:
    client = sign_in(User.objects.get(email=email))
    client.cookies["ib_language"] = language
    page = client.get("/")
    return page, unescape(page.content.decode())


def done(page: Any) -> list[bool]:
    return [step.is_done for step in page.context["steps"]]


def following(page: Any) -> list[str]:
    return [step.title for step in page.context["steps"] if step.is_next]


def test_a_stranger_reads_what_this_is_and_where_to_sign_in(settings: Any) -> None:
    settings.IS_DEMO = False

    text = unescape(Client().get("/", headers={"Accept-Language": "en"}).content.decode())

    assert "InvoiceBridge turns a deal in Pipedrive into an invoice in Xero" in text
    assert 'href="/accounts/login/"' in text
    assert "This is a demonstration" not in text


def test_the_demonstration_says_that_it_is_one(settings: Any) -> None:
    settings.IS_DEMO = True

    text = unescape(Client().get("/", headers={"Accept-Language": "en"}).content.decode())

    assert "A sandbox plays Pipedrive and Xero" in text


def test_a_new_company_begins_with_nothing_done_and_pipedrive_next() -> None:
    demo.seed()

    page, text = visit(EMMA)

    assert done(page) == [False] * 5
    assert following(page) == ["Install InvoiceBridge"]
    assert "0 of 5 done" in text


def test_each_row_is_done_once_the_database_says_so(connected: Connected) -> None:
    cache.clear()
    before, _text = visit(EMMA)
    InvoicePreferences.objects.create(company=connected.company, saved_at=timezone.now())
    saved, _text = visit(EMMA)
    operation = w.press(connected, now=timezone.now())
    sending.send(operation.pk, now=timezone.now())
    made, text = visit(EMMA)

    assert done(before) == [True, True, True, False, False]
    assert following(before) == ["Choose what goes on invoices"]
    assert done(saved) == [True, True, True, True, False]
    assert following(saved) == ["Create an invoice from a deal"]
    assert DealInvoice.objects.for_company(connected.company).filter(is_made_by_app=True).exists()
    assert not made.context["guide"].is_shown
    assert "Everything is connected" in text
    assert "Show the first steps again" not in text


def test_the_deal_of_the_preferences_example_is_suggested_for_the_first_invoice(
    connected: Connected,
) -> None:
    cache.clear()
    client = sign_in(connected.user)
    client.cookies["ib_language"] = "en"
    example = client.get("/settings/preferences/").context

    page = client.get("/")

    step = page.context["steps"][-1]
    title = page.context["guide"].suggested.title
    assert title in unescape(client.get("/settings/preferences/").content.decode())
    assert example is not None and f"“{title}”" in step.text
    assert client.get(step.href).status_code == 200


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "{emma} can do this, once for everybody."),
        ("tr", "Bunu {emma} yapabilir; bir kez yapılması herkes için yeter."),
    ],
)
def test_who_may_not_set_up_reads_who_can(connected: Connected, language: str, said: str) -> None:
    demo.seed()
    SecurityStatement.objects.for_company(connected.company).delete()

    page, text = visit(MEHMET, language)

    assert said.format(emma=connected.user) in text
    assert [bool(step.href) for step in page.context["steps"][1:4]] == [False] * 3


def test_who_may_not_create_invoices_is_not_sent_to_do_it(connected: Connected) -> None:
    demo.seed()

    page, text = visit(OLIVIA)

    assert page.context["steps"][-1].href == ""
    assert "Whoever may create invoices does this." in text


def test_a_rep_is_not_led_to_the_list_that_is_for_admins_and_accountants(
    connected: Connected,
) -> None:
    demo.seed()
    rep = Membership.objects.for_company(connected.company).filter(user__email=MEHMET)
    rep.update(can_create=False)

    page, text = visit(MEHMET)
    rep.update(is_guide_hidden=True)
    _page, without_steps = visit(MEHMET)
    Membership.objects.for_company(connected.company).filter(user__email=OLIVIA).update(
        is_guide_hidden=True
    )
    _page, of_accountant = visit(OLIVIA)

    assert page.context["steps"][-1].href == ""
    assert "You see the result on the deal." in text
    assert "under Invoices" not in text
    assert "under Invoices" not in without_steps
    assert "You see the invoices of a customer from each deal" in without_steps
    assert 'href="/invoices/"' not in without_steps
    assert "under Invoices" in of_accountant
    assert 'href="/invoices/"' in of_accountant


def test_the_steps_can_be_put_away_and_had_back_by_each_person(connected: Connected) -> None:
    demo.seed()
    client = sign_in(User.objects.get(email=EMMA))
    client.cookies["ib_language"] = "en"

    hidden = client.post("/start/steps/", {"is_hidden": "yes"}, follow=True)
    others, _text = visit(MEHMET)
    back = client.post("/start/steps/", {"is_hidden": "no"}, follow=True)

    assert not hidden.context["guide"].is_shown
    assert "Show the first steps again" in hidden.content.decode()
    assert others.context["guide"].is_shown
    assert back.context["guide"].is_shown
    assert (
        Membership.objects.for_company(connected.company).filter(is_guide_hidden=True).count() == 0
    )


def test_what_breaks_is_shown_even_to_who_has_put_the_steps_away(connected: Connected) -> None:
    client = sign_in(connected.user)
    client.cookies["ib_language"] = "en"
    client.post("/start/steps/", {"is_hidden": "yes"})
    XeroConnection.objects.for_company(connected.company).update(state="RECONNECT")

    page = client.get("/")

    assert "Something needs attention" in page.content.decode()
    assert following(page) == ["Reconnect Xero"]
    assert "Hide these steps" not in page.content.decode()
