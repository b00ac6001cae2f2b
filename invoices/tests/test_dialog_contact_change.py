"""What others changed on a contact while a dialog stood open is not taken back (P-4, M-19)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from invoices.models import Operation
from invoices.tests.dialog_page import DialogPage
from tests.vendors import Connected

pytestmark = pytest.mark.django_db
REFIT = 1
CHANGED = "This contact was changed in Xero since you saw it."


@pytest.fixture
def ready(connected: Connected, client: Client) -> DialogPage:
    """The dialog of the refit, its contact chosen and to be updated, which the person has seen."""
    client.force_login(connected.user)
    client.cookies["ib_language"] = "en"
    page = DialogPage(client, REFIT).link_all("er").press("contact:0")
    return page.fill(update_contact="yes", address="9 Quayside").press("compare")


def _edit(connected: Connected, changes: dict[str, Any]) -> None:
    tenant = connected.connection.tenant_id
    connected.vendors.control(f"xero/{tenant}/contacts/Harbour%20Dental%20Ltd/edit", changes)


def _addresses(connected: Connected) -> dict[str, Any]:
    operation = Operation.objects.for_company(connected.company).get(kind="update_contact")
    (change,) = json.loads(operation.request_body)["Contacts"]
    return {each["AddressType"]: each for each in change["Addresses"]}


def test_another_address_that_was_changed_meanwhile_is_kept(
    ready: DialogPage, connected: Connected
) -> None:
    street = {"AddressType": "STREET", "AddressLine1": "Warehouse 3", "City": "Bath"}
    _edit(connected, {"Addresses": [street]})

    ready.press("create")
    assert ready.response.status_code == 422
    assert CHANGED in ready.text
    assert not Operation.objects.for_company(connected.company).exists()

    ready.press("create")
    told = _addresses(connected)
    assert told["POBOX"]["AddressLine1"] == "9 Quayside"
    assert (told["STREET"]["AddressLine1"], told["STREET"]["City"]) == ("Warehouse 3", "Bath")


def test_a_field_that_was_changed_meanwhile_is_shown_before_it_is_written_over(
    ready: DialogPage, connected: Connected
) -> None:
    _edit(connected, {"EmailAddress": "ledger@harbourdental.example"})

    ready.press("create")

    assert CHANGED in ready.text
    assert "ledger@harbourdental.example" in ready.text.replace("<wbr>", "")
    assert not Operation.objects.for_company(connected.company).exists()


def test_a_contact_that_xero_does_not_tell_of_is_updated_as_it_was_seen(
    ready: DialogPage, connected: Connected
) -> None:
    connected.vendors.control(
        "faults",
        {"vendor": "xero", "path": "/Contacts", "kind": "status", "status": 503, "times": None},
    )

    ready.press("create")

    assert ready.response.status_code == 302
    assert _addresses(connected)["POBOX"]["AddressLine1"] == "9 Quayside"
