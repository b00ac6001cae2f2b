"""Actions as a person presses them: card, panel, what the card says after, the PDF."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote, unquote

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from connections.models import Membership
from invoices import action_words, deals, documents
from invoices.models import DealInvoice, Invoice, Operation
from invoices.tests import pressing as p
from invoices.tests import world as w
from tests.vendors import Connected, connect

pytestmark = pytest.mark.django_db


def sign_in(membership: Membership) -> Client:
    client = Client()
    client.force_login(membership.user)
    return client


def card(client: Client, invoice: Invoice) -> str:
    answer = client.get(f"/invoices/{invoice.pk}/card/")
    assert answer.status_code == 200
    return answer.content.decode()


def address(invoice: Invoice, code: str) -> str:
    return f"/invoices/{invoice.pk}/actions/{code}/"


def form(invoice: Invoice, **more: str) -> dict[str, str]:
    return {
        "seen": invoice.xero_updated_at.isoformat(),
        "submission": str(uuid.uuid4()),
    } | more


def actions_of(connected: Connected) -> list[Operation]:
    rows = Operation.objects.for_company(connected.company)
    return list(rows.filter(kind__in=Operation.ACTION_KINDS).order_by("created_at"))


@pytest.mark.parametrize(
    ("code", "moves", "status"),
    [
        ("submit", (), "SUBMITTED"),
        ("approve", (), "AUTHORISED"),
        ("void", ("approve",), "VOIDED"),
        ("delete", (), "DELETED"),
    ],
)
def test_a_press_on_the_card_reaches_xero_and_the_card_follows(
    connected: Connected, code: str, moves: tuple[str, ...], status: str
) -> None:
    membership = p.allow(connected, can_approve=code != "submit")
    client = sign_in(membership)
    invoice = p.make(connected, *moves)
    assert address(invoice, code) in card(client, invoice)

    answer = client.post(address(invoice, code), form(invoice))
    moving = card(client, invoice)
    (operation,) = actions_of(connected)
    w.send(operation, now=timezone.now())

    assert answer.status_code == 302
    assert "on its way to Xero" in moving
    assert "hx-trigger" in moving
    assert p.truth(connected, invoice)["Status"] == status
    assert p.row(invoice).xero_status == status
    assert "on its way" not in card(client, invoice)


@pytest.mark.parametrize("code", ["approve", "void", "delete", "email"])
def test_the_panel_names_the_invoice_before_anything_is_done(
    connected: Connected, code: str
) -> None:
    client = sign_in(p.allow(connected))
    invoice = p.make(connected, *(("approve",) if code in {"void", "email"} else ()))

    page = client.get(address(invoice, code)).content.decode()

    assert invoice.number in page
    assert "£" in page
    if code != "email":
        assert "cannot be undone" in page
    assert actions_of(connected) == []


def test_who_may_not_approve_is_offered_to_submit_and_refused_to_approve(
    connected: Connected,
) -> None:
    client = sign_in(p.allow(connected, can_approve=False))
    invoice = p.make(connected)

    shown = card(client, invoice)
    answer = client.post(address(invoice, "approve"), form(invoice), follow=True)

    assert address(invoice, "submit") in shown
    assert address(invoice, "approve") not in shown
    assert "does not offer this" in answer.content.decode()
    assert actions_of(connected) == []


def test_what_changed_in_xero_meanwhile_is_refused_and_said(connected: Connected) -> None:
    client = sign_in(p.allow(connected))
    invoice = p.make(connected)
    p.in_xero(connected, invoice, "edit", Reference="Changed by accounting")

    client.post(address(invoice, "approve"), form(invoice))
    (operation,) = actions_of(connected)
    w.send(operation, now=timezone.now())

    assert p.truth(connected, invoice)["Status"] == "DRAFT"
    assert "has changed in Xero since you looked" in card(client, invoice)


def test_a_paid_invoice_lists_what_is_applied_and_offers_no_button(connected: Connected) -> None:
    client = sign_in(p.allow(connected))
    invoice = p.make(connected, "approve", "pay")

    page = client.get(address(invoice, "void_paid")).content.decode()

    assert "Payment" in page
    assert "Remove those below in Xero first" in page
    assert "button--danger" not in page.split("<main")[1]


def test_the_email_panel_shows_who_gets_it_and_a_second_mail_is_asked_about(
    connected: Connected,
) -> None:
    client = sign_in(p.allow(connected))
    invoice = p.make(connected, "approve")

    first = client.get(address(invoice, "email")).content.decode()
    client.post(address(invoice, "email"), form(invoice))
    (operation,) = actions_of(connected)
    w.send(operation, now=timezone.now())
    again = client.post(address(invoice, "email"), form(p.row(invoice)))

    assert "@" in first.split("<main")[1]
    assert "Not sent yet." in first
    assert "the customer gets a second email" in again.content.decode()
    assert len(actions_of(connected)) == 1
    assert len(p.writes_to(connected, "/Email")) == 1


def test_the_pdf_comes_whole_and_well_named(connected: Connected) -> None:
    client = sign_in(p.allow(connected))
    invoice = p.make(connected, "approve")

    answer = client.get(f"/invoices/{invoice.pk}/pdf/")

    assert answer.content.startswith(b"%PDF-")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert invoice.number in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]


def test_a_page_instead_of_a_pdf_is_never_served(connected: Connected) -> None:
    client = sign_in(p.allow(connected))
    invoice = p.make(connected, "approve")
    connected.vendors.control(
        "faults",
        {"vendor": "xero", "method": "GET", "path": "/Invoices/", "kind": "html", "times": 1},
    )

    answer = client.get(f"/invoices/{invoice.pk}/pdf/", follow=True)

    assert "no PDF of this invoice" in answer.content.decode()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"seen": "yesterday", "submission": str(uuid.uuid4())},
        {"seen": "2026-11-23T10:00:00", "submission": str(uuid.uuid4())},
        {"seen": "2026-11-23T10:00:00+00:00", "submission": "1"},
        {"seen": "9" * 5000, "submission": "x" * 5000},
        {"seen": "2026-13-45T10:00:00+00:00", "submission": str(uuid.uuid4())},
        {"seen": "2026-11-23T25:00:00+00:00", "submission": str(uuid.uuid4())},
        {"seen": "0001-01-01T00:00:00+23:59", "submission": str(uuid.uuid4())},
        {"seen": "9999-12-31T23:59:59-23:59", "submission": str(uuid.uuid4())},
    ],
)
def test_a_damaged_form_is_refused_and_nothing_is_stored(
    connected: Connected, body: dict[str, Any]
) -> None:
    client = sign_in(p.allow(connected))
    invoice = p.make(connected)

    answer = client.post(address(invoice, "approve"), body)

    assert answer.status_code == 400
    assert actions_of(connected) == []


@pytest.mark.parametrize("code", ["approve", "void", "email", "delete", "submit", "void_paid"])
def test_another_companys_invoice_is_as_if_it_were_not_there(
    connected: Connected, code: str
) -> None:
    invoice = p.make(connected)
    other = connect(connected.vendors, "zeynep.kaya@anadolu.example", "anadolu")
    client = sign_in(other.membership)

    answers = [
        client.get(address(invoice, code)),
        client.post(address(invoice, code), form(invoice)),
        client.get(f"/invoices/{invoice.pk}/pdf/"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert actions_of(connected) == []


def test_a_rep_who_never_saw_the_deal_does_not_get_at_its_invoice(connected: Connected) -> None:
    invoice = p.make(connected)
    colleague = connect(
        connected.vendors, "noor.haddad@brightside.example", None, role=Membership.Role.REP
    )
    cache.clear()
    client = sign_in(colleague.membership)

    answer = client.post(address(invoice, "submit"), form(invoice))

    assert answer.status_code == 404
    assert actions_of(connected) == []


@pytest.fixture
def mehmet(connected: Connected) -> Connected:
    """A rep who has just been shown the deal that the invoice is on."""
    email, role = "mehmet.yilmaz@brightside.example", Membership.Role.REP
    rep = connect(connected.vendors, email, None, role=role)
    sign_in(rep.membership).get("/deals/1/")
    assert deals.may_see(rep.membership, 1)
    return rep


def test_a_rep_whom_the_deal_was_hidden_from_since_does_not_get_at_its_invoice(
    connected: Connected, mehmet: Connected
) -> None:
    invoice = on_deal_1(connected)
    client = sign_in(mehmet.membership)
    hide(connected)

    answer = client.post(address(invoice, "submit"), form(invoice))

    assert answer.status_code == 404
    assert actions_of(connected) == []
    assert not deals.may_see(mehmet.membership, 1)
    assert client.get(address(invoice, "submit")).status_code == 404


@pytest.mark.parametrize("has_seen", [True, False])
def test_while_pipedrive_does_not_answer_only_who_has_just_seen_the_deal_acts(
    connected: Connected, mehmet: Connected, *, has_seen: bool
) -> None:
    invoice = on_deal_1(connected)
    if not has_seen:
        deals.forget_seen(connected.company, [1])
    fault = {"vendor": "pipedrive", "path": ".*", "kind": "status", "status": 503}
    connected.vendors.control("faults", fault)

    answer = sign_in(mehmet.membership).post(address(invoice, "submit"), form(invoice))

    assert answer.status_code == (302 if has_seen else 404)
    assert len(actions_of(connected)) == has_seen


def on_deal_1(connected: Connected) -> Invoice:
    """Return an invoice on a deal that the rep has in Pipedrive."""
    invoice = p.make(connected)
    DealInvoice.objects.for_company(connected.company).update(deal_id=1)
    return invoice


def hide(connected: Connected) -> None:
    """Have Pipedrive show the deal to its owner only from now on."""
    connected.vendors.control("pipedrive/7001/deals/1", {"visible_to": 1, "owner_id": 101})


def test_a_double_press_is_one_action(connected: Connected) -> None:
    client = sign_in(p.allow(connected))
    invoice = p.make(connected)
    typed = form(invoice)

    for _press in range(2):
        client.post(address(invoice, "approve"), typed)

    assert len(actions_of(connected)) == 1


def test_looking_at_a_card_with_its_actions_takes_few_queries(
    connected: Connected, django_assert_max_num_queries: Any
) -> None:
    client = sign_in(p.allow(connected))
    invoice = p.make(connected)
    card(client, invoice)

    # Session, person and membership; then the card's own: invoice, operations, settings.
    with django_assert_max_num_queries(6):
        card(client, invoice)


def test_a_press_takes_few_queries(
    connected: Connected, django_assert_max_num_queries: Any
) -> None:
    client = sign_in(p.allow(connected, can_approve=False))
    invoice = p.make(connected)

    # Session, person and membership; the invoice, what is under way on it, settings, connection;
    # then one transaction of three rows: the operation, its history, who asked for it.
    with django_assert_max_num_queries(12):
        client.post(address(invoice, "submit"), form(invoice))

    assert len(actions_of(connected)) == 1


@pytest.mark.parametrize(
    ("code", "differences", "words"),
    [
        ("reconciled", [], "reconciled with a bank line"),
        ("not_ready", [{"line": 2, "field": "account"}], "Line 2 needs an account."),
        ("not_ready", [{"line": 0, "field": "due_date"}], "needs a due date"),
        ("changed_in_xero", [], "has changed in Xero since you looked"),
        ("rejected", [], "Xero refused it."),
    ],
)
def test_a_refused_action_says_what_stands_in_its_way(
    code: str, differences: list[dict[str, Any]], words: str
) -> None:
    operation = Operation(kind="approve", state="refused", error_code=code, differences=differences)

    assert words in action_words.state(operation)


@pytest.mark.parametrize(
    ("number", "contact", "name"),
    [
        ("INV-7", "Harbour Dental Ltd", "INV-7-Harbour Dental Ltd.pdf"),
        ("INV-7", "Işıl Çiğdem A.Ş.", "INV-7-Işıl Çiğdem A.Ş.pdf"),
        ("INV/7", '../../etc\\pass"wd\r\nX: y', "INV 7-.. .. etc pass wd X y.pdf"),
        ("INV-7", "\u202egnp.exe", "INV-7- gnp.exe.pdf"),
        ("", "", "invoice.pdf"),
        ("INV-7", "A" * 300, f"INV-7-{'A' * 74}.pdf"),
    ],
)
def test_the_name_of_a_pdf_is_safe_and_keeps_turkish_letters(
    number: str, contact: str, name: str
) -> None:
    assert documents.file_name(Invoice(number=number, contact_name=contact)) == name


def test_a_turkish_name_reaches_the_browser_whole(connected: Connected) -> None:
    client = sign_in(p.allow(connected))
    invoice = p.make(connected, "approve")
    Invoice.objects.across_companies().update(contact_name="Işıl İnşaat")

    header = client.get(f"/invoices/{invoice.pk}/pdf/")["Content-Disposition"]

    encoded = header.split("filename*=utf-8''")[1]
    assert unquote(encoded) == f"{invoice.number}-Işıl İnşaat.pdf"


def test_the_approve_panel_names_the_lines_that_lack_something(connected: Connected) -> None:
    client = sign_in(p.allow(connected))
    invoice = p.make(connected)
    invoice.line_items.all().update(account_code="", tax_type="")
    Invoice.objects.across_companies().update(due_date=None)

    shown = client.get(address(invoice, "approve")).content.decode().split("<main")[1]

    for words in ("Line 1 needs an account.", "Line 1 needs a tax rate.", "needs a due date"):
        assert words in shown
    assert 'type="submit"' not in shown.split("</main>")[0]


@pytest.mark.parametrize("moves", [(), ("submit",)])
def test_a_draft_and_one_awaiting_approval_are_deleted_by_their_name(
    connected: Connected, moves: tuple[str, ...]
) -> None:
    client = sign_in(p.allow(connected))
    invoice = p.make(connected, *moves)

    shown = client.get(address(invoice, "delete")).content.decode()
    client.post(address(invoice, "delete"), form(invoice))
    (operation,) = actions_of(connected)
    w.send(operation, now=timezone.now())

    assert f"Invoice {invoice.number}" in shown
    assert "button--danger" in shown
    assert p.truth(connected, invoice)["Status"] == "DELETED"


def test_what_is_changed_in_xero_appears_after_the_next_check(connected: Connected) -> None:
    client = sign_in(p.allow(connected))
    invoice = p.make(connected, "approve")
    p.in_xero(connected, invoice, "edit", DueDate="2027-02-01")
    p.in_xero(connected, invoice, "pay", amount="1.00")
    before = card(client, invoice)

    client.post(f"/deals/{w.DEAL}/refresh/")

    assert "1 Feb 2027" not in before
    after = card(client, invoice)
    assert "1 Feb 2027" in after
    assert "Partly paid" in after
    assert "£20.00" in after


def test_open_in_xero_names_the_organisation_and_opens_a_tab_of_its_own(
    connected: Connected,
) -> None:
    client = sign_in(p.allow(connected))
    invoice = p.make(connected)

    shown = card(client, invoice)

    code = quote(connected.connection.short_code, safe="")
    link = f"/app/{code}/invoicing/view/{invoice.xero_invoice_id}"
    assert f'{link}" target="_blank" rel="noopener noreferrer"' in shown
