"""What changes in Pipedrive or Xero between the dialog and the press (F-19, F-22, F-24, F-27)."""

from __future__ import annotations

from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from connections.models import AuditEvent, PipedriveAuthorisation
from invoices import deals, sending
from invoices.models import Deal, Operation
from invoices.tests import world as w
from invoices.tests.dialog_page import DialogPage
from mappings.models import ContactLink, XeroCurrency, XeroItem
from tests.vendors import Connected, connect

pytestmark = pytest.mark.django_db
REFIT = 1


@pytest.fixture
def ready(connected: Connected, client: Client) -> DialogPage:
    """The dialog of the refit, all lines linked and the contact chosen."""
    client.force_login(connected.user)
    client.cookies["ib_language"] = "en"
    return DialogPage(client, REFIT).link_all("er").press("contact:0")


def _count(connected: Connected) -> int:
    return Operation.objects.for_company(connected.company).count()


def test_an_item_deleted_in_xero_brings_the_warning_back(
    ready: DialogPage, connected: Connected
) -> None:
    XeroItem.objects.for_company(connected.company).delete()

    ready.press("create")

    assert ready.response.status_code == 422
    assert ready.text.count("Item not linked to Xero yet") == 3
    assert _count(connected) == 0


def test_a_currency_that_is_not_enabled_any_more_is_named(
    ready: DialogPage, connected: Connected
) -> None:
    XeroCurrency.objects.for_company(connected.company).filter(code="GBP").delete()

    ready.press("create")

    assert ready.response.status_code == 422
    assert "Xero has no GBP: enable it in Xero or choose another currency." in ready.text
    assert _count(connected) == 0


def test_a_contact_archived_after_the_dialog_is_refused_by_xero_and_said_so(
    ready: DialogPage, connected: Connected
) -> None:
    ready.press("create")
    operation = Operation.objects.for_company(connected.company).get()
    tenant = connected.connection.tenant_id
    path = f"xero/{tenant}/contacts/{operation.xero_contact_id}/archive"
    connected.vendors.control(path, {})

    sending.send(operation.pk, now=timezone.now())

    operation.refresh_from_db()
    assert operation.state == Operation.State.REFUSED
    card = ready.client.get(f"/invoices/operations/{operation.pk}/card/").content.decode()
    assert "Archived in Xero" in card or "archived" in card
    again = DialogPage(ready.client, REFIT, f"?again={operation.pk}")
    assert again.response.status_code == 200
    assert again.fields["reference"] == ready.fields["reference"]


def test_a_deal_that_is_gone_opens_no_dialog(ready: DialogPage, connected: Connected) -> None:
    company = connected.company.pipedrive_company_id
    connected.vendors.control(f"pipedrive/{company}/deals/{REFIT}", {"is_deleted": True})

    page = DialogPage(ready.client, REFIT)

    assert page.response.status_code == 404
    assert "This deal is not available to you" in page.text


@pytest.mark.parametrize("change", [{"is_deleted": True}, {"is_archived": True}])
def test_a_deal_that_went_while_the_dialog_was_open_gets_no_invoice(
    ready: DialogPage, connected: Connected, change: dict[str, bool]
) -> None:
    company = connected.company.pipedrive_company_id
    connected.vendors.control(f"pipedrive/{company}/deals/{REFIT}", change)
    ready.fill(reference="PO 77")

    ready.press("create")

    assert ready.response.status_code == 422
    assert "This deal is not available to you in Pipedrive any more" in ready.text
    assert ready.fields["reference"] == ["PO 77"]
    assert _count(connected) == 0


def test_a_deal_that_was_hidden_from_a_rep_gets_no_invoice_from_them(
    connected: Connected, client: Client
) -> None:
    rep = connect(connected.vendors, "mehmet.yilmaz@brightside.example", None, role="rep")
    client.force_login(rep.user)
    client.cookies["ib_language"] = "en"
    page = DialogPage(client, REFIT).link_all("er").press("contact:0")
    company = connected.company.pipedrive_company_id
    hidden = {"visible_to": 1, "owner_id": 101}
    connected.vendors.control(f"pipedrive/{company}/deals/{REFIT}", hidden)

    page.press("create")

    assert page.response.status_code == 422
    assert "it is hidden from you" in page.text
    assert _count(connected) == 0


@pytest.mark.parametrize(
    "ill", [{"kind": "status", "status": 503}, {"kind": "html"}, {"kind": "timeout", "seconds": 3}]
)
def test_a_press_while_pipedrive_is_away_is_taken(
    ready: DialogPage,
    connected: Connected,
    ill: dict[str, object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deals, "PRESS_DEADLINE_SECONDS", 0.5)
    fault = {"vendor": "pipedrive", "path": "/deals/", "times": 9} | ill
    connected.vendors.control("faults", fault)

    ready.press("create")

    assert ready.response.status_code == 302
    assert _count(connected) == 1
    asked = AuditEvent.objects.filter(company=connected.company, event="invoice.requested").get()
    assert asked.after["is_deal_checked"] is False


def test_a_press_on_a_deal_known_as_merged_is_refused_while_pipedrive_is_away(
    ready: DialogPage, connected: Connected
) -> None:
    Deal.objects.for_company(connected.company).filter(deal_id=REFIT).update(merged_into_id=2)
    fault = {"vendor": "pipedrive", "path": "/deals/", "times": 9, "kind": "status", "status": 503}
    connected.vendors.control("faults", fault)

    ready.press("create")

    assert ready.response.status_code == 409
    assert "it was deleted, archived or merged" in ready.text
    assert _count(connected) == 0


def test_a_press_without_a_pipedrive_grant_is_refused_with_the_next_step(
    ready: DialogPage, connected: Connected
) -> None:
    PipedriveAuthorisation.objects.for_company(connected.company).update(state="ENDED")

    ready.press("create")

    assert ready.response.status_code == 422
    assert "Your Pipedrive user is not connected" in ready.text
    assert _count(connected) == 0


def test_an_archived_deal_opens_no_dialog(ready: DialogPage, connected: Connected) -> None:
    company = connected.company.pipedrive_company_id
    connected.vendors.control(f"pipedrive/{company}/deals/{REFIT}", {"is_archived": True})

    assert DialogPage(ready.client, REFIT).response.status_code == 404


def test_a_contact_that_xero_refused_as_archived_is_looked_at_again_and_its_heir_offered(
    ready: DialogPage, connected: Connected
) -> None:
    ready.press("create")
    operation = Operation.objects.for_company(connected.company).get()
    contacts = w.holds(connected, "contacts")
    heir = next(
        each
        for each in contacts
        if each["ContactStatus"] == "ACTIVE" and each["ContactID"] != str(operation.xero_contact_id)
    )
    tenant = connected.connection.tenant_id
    path = f"xero/{tenant}/contacts/{operation.xero_contact_id}/merge"
    connected.vendors.control(path, {"into": heir["ContactID"]})
    sending.send(operation.pk, now=timezone.now())

    again = DialogPage(ready.client, REFIT, f"?again={operation.pk}")

    assert f"Harbour Dental Ltd was merged into {heir['Name']} in Xero: use it?" in unescape(
        again.text
    )
    again.press("contact:0").press("create")
    assert again.response.status_code == 302
    second = Operation.objects.for_company(connected.company).exclude(pk=operation.pk).get()
    assert str(second.xero_contact_id) == heir["ContactID"]
    link = ContactLink.objects.for_company(connected.company).get()
    assert str(link.xero_contact_id) == heir["ContactID"]


def test_a_name_that_xero_had_got_meanwhile_becomes_link_instead(
    connected: Connected, client: Client
) -> None:
    client.force_login(connected.user)
    client.cookies["ib_language"] = "en"
    page = DialogPage(client, REFIT).link_all("er").fill(to="Harbour Dental Annex")
    page.press("new_contact").press("create")
    stored = {each.kind: each for each in Operation.objects.for_company(connected.company)}
    tenant = connected.connection.tenant_id
    rename = {"Name": "Harbour Dental Annex"}
    connected.vendors.control(f"xero/{tenant}/contacts/Harbour%20Dental%20Ltd/edit", rename)
    sending.send(stored["create_contact"].pk, now=timezone.now())

    again = DialogPage(client, REFIT, f"?again={stored['create'].pk}")

    assert "Xero already has an active contact with this name." in again.text
    assert again.fields["contact"] == [""]
    assert again.fields["to"] == ["Harbour Dental Annex"]


def test_an_item_renamed_in_xero_is_to_be_linked_again(
    ready: DialogPage, connected: Connected
) -> None:
    ready.press("create")
    item_id = ready.fields["p1-item"][0]
    item = XeroItem.objects.for_company(connected.company).get(xero_item_id=item_id)
    before = item.label
    item.name = "Something else"
    item.save(update_fields=["name"])

    again = DialogPage(ready.client, REFIT)

    assert again.fields["p1-item"] == [""]
    assert "Item not linked to Xero yet" in again.text
    told = unescape(again.text)
    assert f"was linked to {before}, which Xero now calls {item.code} Something else." in told

    # Linked again, it stays linked under its new name.
    again.press(f"link:p1:{item_id}").link_all("er").press("create_another")
    assert again.response.status_code == 302
    assert DialogPage(ready.client, REFIT).fields["p1-item"] == [item_id]
