"""Somebody in accounting can press everything that the app has to follow."""

import re
from typing import Any

import pytest
import requests

from sandbox.tests.conftest import Sandbox
from sandbox.tests.xero_client import EMMA, Xero

CODE = "!Br1gh"


@pytest.fixture
def xero(sandbox: Sandbox) -> Xero:
    """Emma in Brightside."""
    return Xero.connect(sandbox)


def page(xero: Xero, path: str) -> str:
    """Return a page that must show."""
    answer = requests.get(f"{xero.sandbox.xero}{path}", timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.text


def press(xero: Xero, path: str, status: int = 200, **form: str) -> str:
    """Post a form and follow it back."""
    answer = requests.post(f"{xero.sandbox.xero}{path}", data=form, timeout=10)
    assert answer.status_code == status, answer.text
    return answer.text


def link(invoice: dict[str, Any]) -> str:
    """Return the deep link of an invoice."""
    return f"/app/{CODE}/invoicing/view/{invoice['InvoiceID']}"


def test_the_way_from_the_front_page_to_an_invoice(xero: Xero) -> None:
    invoice = xero.create(Reference="Lobby <refit>", Url="http://localhost:8000/deals/7/#ib=9")

    assert "Brightside Interiors Ltd" in page(xero, "/")
    listed = page(xero, f"/app/{CODE}/?status=DRAFT")
    assert invoice["InvoiceNumber"] in listed
    assert "Lobby &lt;refit&gt;" in listed
    shown = page(xero, link(invoice))
    assert '<a href="http://localhost:8000/deals/7/#ib=9">Go to InvoiceBridge</a>' in shown
    assert "25.20" in shown
    assert "Emma Clarke (InvoiceBridge)" in shown


def test_pages_hold_no_inline_script_or_style(xero: Xero) -> None:
    invoice = xero.create()
    contact = f"/app/{CODE}/contacts/contact/{xero.contact_id()}"

    for path in (
        "/", f"/app/{CODE}/", link(invoice), f"/app/{CODE}/contacts/", contact,
        f"/app/{CODE}/items/", f"/app/{CODE}/users/", f"/app/{CODE}/apps/",
    ):  # fmt: skip
        assert not re.search(r"<script|<style|style=|onclick", page(xero, path)), path
    assert ".status" in page(xero, "/static/sandbox.css")


def test_submit_approve_pay_in_part_pay_the_rest_and_take_it_back(xero: Xero) -> None:
    invoice = xero.create()
    base = link(invoice)

    press(xero, f"{base}/submit")
    assert xero.read(invoice)["Status"] == "SUBMITTED"
    press(xero, f"{base}/approve")
    assert xero.read(invoice)["Status"] == "AUTHORISED"
    press(xero, f"{base}/pay", amount="5.00")
    press(xero, f"{base}/pay")
    paid = xero.read(invoice)
    assert paid["Status"] == "PAID"
    press(xero, f"{base}/unpay", payment_id=paid["Payments"][1]["PaymentID"])
    back = xero.read(invoice)
    assert (back["Status"], str(back["AmountDue"])) == ("AUTHORISED", "20.20")


@pytest.mark.parametrize(
    ("steps", "status"),
    [(["delete"], "DELETED"), (["approve", "void"], "VOIDED"), (["approve", "credit"], "PAID")],
)
def test_other_ends(xero: Xero, steps: list[str], status: str) -> None:
    invoice = xero.create()

    for step in steps:
        press(xero, f"{link(invoice)}/{step}")

    assert xero.read(invoice)["Status"] == status


def test_what_is_not_allowed_is_said_and_changes_nothing(xero: Xero) -> None:
    invoice = xero.create()

    shown = press(xero, f"{link(invoice)}/void", status=400)
    too_much = press(xero, f"{link(invoice)}/pay", status=400, amount="x")

    assert "Invoice not of valid status for modification" in shown
    assert "not a number" in too_much
    assert xero.read(invoice)["Status"] == "DRAFT"


def test_due_date_and_reference_can_be_edited(xero: Xero) -> None:
    invoice = xero.create()

    press(xero, f"{link(invoice)}/edit", DueDate="2027-02-01", Reference="PO 9")

    after = xero.read(invoice)
    assert (after["DueDateString"], after["Reference"]) == ("2027-02-01T00:00:00", "PO 9")


def test_contacts_can_be_renamed_archived_restored_and_merged(xero: Xero) -> None:
    contact_id = xero.contact_id()
    base = f"/app/{CODE}/contacts/contact/{contact_id}"

    def status() -> Any:
        return xero.get(f"Contacts/{contact_id}")["Contacts"][0]

    press(xero, f"{base}/edit", Name="Northgate Group", EmailAddress="", TaxNumber="1")
    assert status()["Name"] == "Northgate Group"
    taken = press(xero, f"{base}/edit", status=400, Name="Castle Law LLP")
    assert "already assigned" in taken
    press(xero, f"{base}/archive")
    assert status()["ContactStatus"] == "ARCHIVED"
    press(xero, f"{base}/restore")
    assert status()["ContactStatus"] == "ACTIVE"
    heir = xero.contact_id("Castle Law LLP")
    press(xero, f"{base}/merge", into=heir)
    assert status()["MergedToContactID"] == heir


def test_items_can_be_renamed_stopped_sold_again_and_deleted(xero: Xero) -> None:
    base = f"/app/{CODE}/items/DESK-OAK"

    press(xero, f"{base}/rename", name="Old oak desk")
    press(xero, f"{base}/stop")
    stopped = xero.get("Items/DESK-OAK")["Items"][0]
    press(xero, f"{base}/sell")
    sold = xero.get("Items/DESK-OAK")["Items"][0]
    press(xero, f"{base}/delete")

    assert (stopped["Name"], stopped["IsSold"]) == ("Old oak desk", False)
    assert sold["IsSold"] is True
    assert xero.send("GET", "Items/DESK-OAK").status_code == 404


def test_a_role_can_be_changed(xero: Xero) -> None:
    shown = page(xero, f"/app/{CODE}/users/")
    emma = re.search(rf"{EMAIL}.*?users/(\d+)/role", shown, re.DOTALL)
    assert emma

    press(xero, f"/app/{CODE}/users/{emma[1]}/role", role="READONLY")

    assert xero.send("GET", "Organisation").status_code == 403


EMAIL = re.escape(EMMA)


def test_the_app_can_be_disconnected(xero: Xero) -> None:
    connection_id = xero.grant["connections"][0]["id"]
    assert "Emma Clarke" in page(xero, f"/app/{CODE}/apps/")

    shown = press(xero, f"/app/{CODE}/apps/{connection_id}/disconnect")

    assert "No app is connected." in shown
    assert xero.send("GET", "Organisation").status_code == 403


def test_unknown_things_are_not_found(xero: Xero) -> None:
    for path in ("/app/!none/", f"/app/{CODE}/invoicing/view/x", "/online/abc"):
        answer = requests.get(f"{xero.sandbox.xero}{path}", timeout=10)
        assert answer.status_code == 404
