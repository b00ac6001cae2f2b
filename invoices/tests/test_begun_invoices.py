"""A dialog that was begun: it survives reloads, sign-outs and nights (R-25, B-14, P-23)."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from connections.models import Membership, XeroConnection
from invoices import dialog_tokens, retention
from invoices.models import DialogDraft, Operation
from invoices.tests.dialog_page import DialogPage
from tests.vendors import Connected, connect

pytestmark = pytest.mark.django_db
REFIT = 1
BACK = "is back."


@pytest.fixture
def emma(connected: Connected, client: Client) -> Client:
    client.force_login(connected.user)
    client.cookies["ib_language"] = "en"
    return client


@pytest.fixture
def ready(emma: Client) -> DialogPage:
    """The dialog of the refit, all lines linked and the contact chosen."""
    return DialogPage(emma, REFIT).link_all("er").press("contact:0")


def _count(connected: Connected) -> int:
    return Operation.objects.for_company(connected.company).count()


def _drafts(connected: Connected) -> int:
    return DialogDraft.objects.for_company(connected.company).count()


def test_looking_at_the_dialog_keeps_nothing(emma: Client, connected: Connected) -> None:
    DialogPage(emma, REFIT)

    assert _drafts(connected) == 0


def test_a_reload_brings_back_what_was_typed_and_chosen(ready: DialogPage) -> None:
    ready.press("add:text").press("up:p3").press("remove:p1")
    ready.fill(reference="PO 77", p2__unit_price="1000.55", t1__description="Thank you")
    ready.press("preview")

    again = DialogPage(ready.client, REFIT)

    assert BACK in again.text
    assert again.keys == ["p3", "p2", "t1"]
    assert again.fields["reference"] == ["PO 77"]
    assert again.fields["p2-unit_price"] == ["1000.55"]
    assert again.fields["t1-description"] == ["Thank you"]
    assert again.fields["p3-item"] == ready.fields["p3-item"] != [""]
    assert "Harbour Dental Ltd</span>" in again.text
    assert again.can_create()


def test_signing_out_and_in_again_loses_nothing(ready: DialogPage, connected: Connected) -> None:
    ready.fill(reference="PO 77").press("preview")
    ready.client.logout()

    ready.client.force_login(connected.user)

    assert DialogPage(ready.client, REFIT).fields["reference"] == ["PO 77"]


def test_a_colleague_starts_with_a_form_of_their_own(
    ready: DialogPage, connected: Connected
) -> None:
    ready.fill(reference="PO 77").press("preview")
    colleague = connect(
        connected.vendors, "mehmet.yilmaz@brightside.example", None, role=Membership.Role.REP
    )
    elsewhere = Client()
    elsewhere.force_login(colleague.user)

    page = DialogPage(elsewhere, REFIT)

    assert page.fields["reference"] != ["PO 77"]
    assert BACK not in page.text


def test_the_restored_form_makes_one_invoice_and_is_forgotten_with_it(
    ready: DialogPage, connected: Connected
) -> None:
    ready.fill(reference="PO 77").press("preview")
    again = DialogPage(ready.client, REFIT)

    again.press("create")

    assert again.response.status_code == 302
    assert _drafts(connected) == 0
    # The other tab's form is another form: it is told of the one under way.
    ready.press("create")
    assert ready.response.status_code == 409
    assert "An invoice for this deal is under way." in ready.text
    assert _count(connected) == 1


def test_what_arrives_after_the_press_brings_no_pressed_form_back(
    ready: DialogPage, connected: Connected
) -> None:
    ready.fill(reference="PO 77")
    ready.press("create")
    ready.press("preview")  # sent before the press, answered after it

    again = DialogPage(ready.client, REFIT)

    assert BACK not in again.text
    assert again.fields["reference"] != ["PO 77"]


def test_starting_over_takes_the_deal_as_it_is_now(ready: DialogPage, connected: Connected) -> None:
    ready.fill(reference="PO 77").press("preview")

    ready.press("start_over")

    assert ready.response.headers["Location"] == ready.address
    again = DialogPage(ready.client, REFIT)
    assert again.fields["reference"] == ["Reception refit — Harbour Dental"]
    assert _drafts(connected) == 0


def test_a_deal_that_changed_meanwhile_is_said(ready: DialogPage, connected: Connected) -> None:
    ready.fill(reference="PO 77").press("preview")
    company = connected.company.pipedrive_company_id
    line = {"product_id": 4, "item_price": 10, "quantity": 1}
    connected.vendors.control(f"pipedrive/{company}/deals/{REFIT}/products", line)

    again = DialogPage(ready.client, REFIT)

    assert "The deal was changed in Pipedrive since then." in again.text
    assert again.keys == ["p1", "p2", "p3"]


def test_a_suggested_issue_date_is_todays_and_a_typed_one_stays(
    ready: DialogPage, connected: Connected
) -> None:
    today, due = ready.fields["issue_date"], ready.fields["due_date"]
    ready.press("preview")
    draft = DialogDraft.objects.for_company(connected.company).get()
    draft.content["typed"] |= {"issue_date": ["2026-01-01"], "due_date": ["2026-01-08"]}
    draft.content["typed"]["due_follows"] = ["2026-01-08"]
    draft.content["opened_on"] = "2026-01-01"
    draft.save(update_fields=["content"])

    assert DialogPage(ready.client, REFIT).fields["issue_date"] == today
    assert DialogPage(ready.client, REFIT).fields["due_date"] == due

    ready.fill(issue_date="2027-03-13", due_date="2027-05-01").press("preview")
    again = DialogPage(ready.client, REFIT)
    assert again.fields["issue_date"] == ["2027-03-13"]
    assert again.fields["due_date"] == ["2027-05-01"]


def test_numbers_typed_in_one_language_come_back_in_the_other(ready: DialogPage) -> None:
    ready.fill(p1__unit_price="1690.5", p1__quantity="1.500", p1__discount="7.75")
    ready.fill(p2__unit_price="1,690.00", p2__discount="85.2", p2__discount_kind="amount")
    ready.fill(p3__unit_price="about 20").press("preview")

    ready.client.cookies["ib_language"] = "tr"
    turkish = DialogPage(ready.client, REFIT)
    turkish.press("preview")
    ready.client.cookies["ib_language"] = "en"
    again = DialogPage(ready.client, REFIT)

    names = ("p1-unit_price", "p1-quantity", "p1-discount", "p2-unit_price", "p2-discount")
    assert [turkish.fields[name] for name in names] == [
        ["1690,50"], ["1,5"], ["7,75"], ["1690,00"], ["85,20"],
    ]  # fmt: skip
    assert turkish.fields["p3-unit_price"] == ["about 20"]
    assert [again.fields[name] for name in names] == [
        ["1690.50"], ["1.5"], ["7.75"], ["1690.00"], ["85.20"],
    ]  # fmt: skip


def test_a_page_of_another_language_is_read_in_its_own(ready: DialogPage) -> None:
    ready.client.cookies["ib_language"] = "tr"
    turkish = DialogPage(ready.client, REFIT)
    turkish.fill(p1__unit_price="1.234", p2__unit_price="1,234", p3__unit_price="19,90")

    # The person reads English now, in another window.
    ready.client.cookies["ib_language"] = "en"
    turkish.press("preview")

    names = ("p1-unit_price", "p2-unit_price", "p3-unit_price")
    assert [turkish.fields[name] for name in names] == [["1,234"], ["1.234"], ["19.90"]]
    assert "1 line needs a price and a quantity, as numbers." in turkish.text
    assert not turkish.can_create()
    again = turkish.press("preview")  # the page is English by now
    assert [again.fields[name] for name in names] == [["1,234"], ["1.234"], ["19.90"]]


def test_a_page_of_another_language_is_drawn_anew_as_a_whole(ready: DialogPage) -> None:
    ready.client.cookies["ib_language"] = "tr"
    turkish = DialogPage(ready.client, REFIT)
    part = turkish.press("unlink:p1", **{"HX-Request": "true"}).response
    ready.client.cookies["ib_language"] = "en"

    whole = turkish.press("unlink:p1", **{"HX-Request": "true"}).response

    assert "HX-Retarget" not in part.headers
    assert b'name="p2-unit_price"' not in part.content
    assert (whole.headers["HX-Retarget"], whole.headers["HX-Reswap"]) == ("#dialog", "outerHTML")
    assert b'name="language" value="en"' in whole.content
    assert b'name="p2-unit_price"' in whole.content


def test_what_was_typed_before_drafts_knew_their_language_stays(ready: DialogPage) -> None:
    ready.fill(p1__unit_price="1690.5").press("preview")
    draft = DialogDraft.objects.across_companies().get()
    del draft.content["language"]
    draft.save()
    ready.client.cookies["ib_language"] = "tr"

    assert DialogPage(ready.client, REFIT).fields["p1-unit_price"] == ["1690.5"]


def test_drafts_are_forgotten_after_two_weeks(ready: DialogPage, connected: Connected) -> None:
    ready.fill(reference="PO 77").press("preview")

    assert retention.forget_drafts(now=timezone.now() + timedelta(days=13)) == 0
    assert retention.forget_drafts(now=timezone.now() + timedelta(days=15)) == 1

    assert _drafts(connected) == 0


def test_a_form_of_yesterday_creates_nothing_and_keeps_what_was_typed(
    ready: DialogPage, connected: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready.fill(reference="PO 77", p1__unit_price="1000.55")
    old = ready.fields["submission"]
    with monkeypatch.context() as yesterday:
        yesterday.setattr(dialog_tokens, "DAY_SECONDS", -1)
        ready.press("create")

    assert ready.response.status_code == 409
    assert "This form was opened more than a day ago" in ready.text
    assert _count(connected) == 0
    assert ready.fields["reference"] == ["PO 77"]
    assert ready.fields["p1-unit_price"] == ["1000.55"]
    assert ready.fields["submission"] != old
    assert ready.can_create()

    ready.press("create")

    assert ready.response.status_code == 302
    assert _count(connected) == 1


def test_a_form_of_yesterday_that_was_pressed_leads_to_its_invoice(
    ready: DialogPage, connected: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready.press("create")
    first = ready.response.headers["Location"]
    monkeypatch.setattr(dialog_tokens, "DAY_SECONDS", -1)

    ready.press("create")

    assert ready.response.headers["Location"] == first
    assert _count(connected) == 1


def test_a_part_of_an_old_form_is_answered_with_the_whole_dialog(
    ready: DialogPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialog_tokens, "DAY_SECONDS", -1)

    answer = ready.press("preview", **{"HX-Request": "true"}).response

    assert answer.status_code == 409
    assert answer.headers["HX-Retarget"] == "#dialog"
    assert 'id="dialog"' in answer.content.decode()


def test_a_form_for_another_organisation_loses_its_contact_and_keeps_the_rest(
    ready: DialogPage, connected: Connected
) -> None:
    ready.fill(reference="PO 77")
    XeroConnection.objects.for_company(connected.company).update(
        state=XeroConnection.State.ENDED, state_changed_at=timezone.now()
    )
    XeroConnection.objects.create(
        company=connected.company,
        authorisation=connected.connection.authorisation,
        xero_connection_id=uuid.uuid4(),
        tenant_id=uuid.uuid4(),
        organisation_name="Brightside NZ",
        state_changed_at=timezone.now(),
    )

    ready.press("create")

    assert ready.response.status_code == 409
    assert ready.fields["reference"] == ["PO 77"]
    assert ready.fields["contact"] == [""]
    assert not ready.can_create()
    assert _count(connected) == 0
