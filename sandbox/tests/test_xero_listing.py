"""Lists are filtered, ordered and paged as Xero's."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from sandbox.tests.conftest import Sandbox
from sandbox.tests.xero_client import Xero

D = Decimal
POLL = {
    "where": 'Type=="ACCREC"',
    "order": "UpdatedDateUTC ASC",
    "page": "1",
    "pageSize": "1000",
    "summaryOnly": "true",
}


@pytest.fixture
def xero(sandbox: Sandbox) -> Xero:
    """Emma in Brightside."""
    return Xero.connect(sandbox)


def ms_of(invoice: dict[str, Any]) -> int:
    """Return UpdatedDateUTC in milliseconds."""
    return int(invoice["UpdatedDateUTC"].removeprefix("/Date(").removesuffix("+0000)/"))


def http_time(milliseconds: int) -> str:
    """Return an instant as an If-Modified-Since header, to the second."""
    return datetime.fromtimestamp(milliseconds // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def test_update_dates_strictly_increase_and_carry_their_text(xero: Xero) -> None:
    made = [xero.create() for _ in range(5)]
    xero.sandbox.control("POST", f"xero/{xero.tenant_id}/invoices/touch", {"count": 3})

    listed = xero.get("Invoices", **POLL)["Invoices"]

    times = [ms_of(invoice) for invoice in listed]
    assert times == sorted(set(times))
    assert {i["InvoiceID"] for i in made} <= {i["InvoiceID"] for i in listed}
    last = listed[-1]
    assert last["UpdatedDateUTCString"].startswith(http_time(ms_of(last)))


def test_if_modified_since_includes_its_own_second(xero: Xero) -> None:
    first = xero.create()
    xero.sandbox.control("POST", "clock", {"advance_seconds": 2})
    second = xero.create()

    def ids_since(header: str) -> list[str]:
        answer = xero.send("GET", "Invoices", params=POLL, headers={"If-Modified-Since": header})
        return [invoice["InvoiceID"] for invoice in answer.json()["Invoices"]]

    assert ids_since(http_time(ms_of(first))) == [first["InvoiceID"], second["InvoiceID"]]
    assert ids_since(http_time(ms_of(first) + 1000)) == [second["InvoiceID"]]
    assert ids_since(http_time(ms_of(second) + 1000)) == []


def test_a_change_moves_an_invoice_to_the_end(xero: Xero) -> None:
    first, second = xero.create(), xero.create()

    xero.act(first, "approve")

    listed = [i["InvoiceID"] for i in xero.get("Invoices", **POLL)["Invoices"]]
    assert listed[-2:] == [second["InvoiceID"], first["InvoiceID"]]


def test_a_quiet_edit_moves_no_update_date(xero: Xero) -> None:
    invoice = xero.create()

    after = xero.act(invoice, "edit", Reference="Quiet", bump=False)

    assert after["Reference"] == "Quiet"
    assert after["UpdatedDateUTC"] == invoice["UpdatedDateUTC"]


def test_pages_have_counts_and_end_with_an_empty_one(xero: Xero) -> None:
    xero.sandbox.control("POST", f"xero/{xero.tenant_id}/invoices", {"count": 120})
    total = len(xero.get("Invoices")["Invoices"])

    first = xero.get("Invoices", page="1")
    last = xero.get("Invoices", page="2", pageSize="150")
    beyond = xero.get("Invoices", page="9")

    assert first["pagination"] == {
        "page": 1, "pageSize": 100, "pageCount": -(-total // 100), "itemCount": total,
    }  # fmt: skip
    assert len(first["Invoices"]) == 100
    assert len(last["Invoices"]) == total - 150
    assert beyond["Invoices"] == []


def test_lines_come_with_pages_and_ids_only(xero: Xero) -> None:
    invoice = xero.create()

    def lines(**params: str) -> Any:
        found = xero.get("Invoices", **params)["Invoices"]
        return next(i for i in found if i["InvoiceID"] == invoice["InvoiceID"]).get("LineItems")

    assert lines() == []
    assert lines(summaryOnly="True") is None
    assert len(lines(page="1")) == 1
    assert len(lines(IDs=invoice["InvoiceID"])) == 1
    assert len(lines(Statuses="DRAFT,PAID")) == 1
    assert "pagination" not in xero.get("Invoices")


def test_summary_rows_keep_what_a_poll_needs(xero: Xero) -> None:
    invoice = xero.act(xero.create(), "approve")
    xero.act(invoice, "pay", amount="5.00")

    row = xero.get("Invoices", **POLL)["Invoices"][-1]

    assert row["InvoiceID"] == invoice["InvoiceID"]
    assert (row["Status"], row["AmountDue"], row["AmountPaid"], row["AmountCredited"]) == (
        "AUTHORISED", D("20.20"), D("5.00"), D("0.00"),
    )  # fmt: skip
    assert {"LineItems", "Payments", "HasAttachments"}.isdisjoint(row)
    assert row["Contact"]["Name"] == "Northgate Hotels"
    assert row["Contact"]["Addresses"] == []


def test_ended_invoices_stay_in_the_lists(xero: Xero) -> None:
    deleted = xero.act(xero.create(), "delete")
    voided = xero.act(xero.act(xero.create(), "approve"), "void")

    rows = {i["InvoiceID"]: i["Status"] for i in xero.get("Invoices", **POLL)["Invoices"]}

    assert rows[deleted["InvoiceID"]] == "DELETED"
    assert rows[voided["InvoiceID"]] == "VOIDED"


@pytest.mark.parametrize(
    "condition",
    [
        'Reference=="PO-77 [x]"',
        'reference = "po-77 [X]"',
        'Reference=="PO-77 [x]" AND Type=="ACCREC" && Status=="DRAFT"',
        'Reference.Contains("77 [") AND Date>=DateTime(2026,11,20)',
        'Reference.StartsWith("PO-77 ") AND Date<DateTime(2026, 11, 21)',
        '(Reference=="nothing" OR Reference=="PO-77 [x]") AND Total>25',
        'Contact.Name=="Northgate Hotels" AND Reference!="" AND Reference=="PO-77 [x]"',
        'AmountDue==25.20 AND Reference=="PO-77 [x]"',
        'Reference=="PO-77 [x]" AND DueDate!=null',
    ],
)
def test_where_finds_the_one(xero: Xero, condition: str) -> None:
    invoice = xero.create(Reference="PO-77 [x]")
    xero.create(Reference="PO-78")

    found = xero.get("Invoices", where=condition)["Invoices"]

    assert [i["InvoiceID"] for i in found] == [invoice["InvoiceID"]]


def test_where_takes_guids(xero: Xero) -> None:
    contact_id = xero.contact_id()

    found = xero.get("Invoices", where=f'Contact.ContactID==guid("{contact_id}")')["Invoices"]

    assert found
    assert {i["Contact"]["ContactID"] for i in found} == {contact_id}


@pytest.mark.parametrize(
    "params",
    [
        {"where": "Type=="},
        {"where": 'Colour=="red"'},
        {"where": "Date>5"},
        {"order": "Colour"},
        {"order": "Date SIDEWAYS"},
        {"page": "0"},
        {"page": "1", "pageSize": "1001"},
    ],
)
def test_a_query_that_cannot_be_read_is_refused(xero: Xero, params: dict[str, str]) -> None:
    answer = xero.send("GET", "Invoices", params=params)

    assert answer.status_code == 400
    assert answer.json()["Type"] == "QueryParseException"


def test_created_by_my_app_leaves_out_everybody_elses(xero: Xero) -> None:
    invoice = xero.create()

    found = xero.get("Invoices", createdByMyApp="true")["Invoices"]

    assert [i["InvoiceID"] for i in found] == [invoice["InvoiceID"]]


def test_search_looks_at_number_and_reference(xero: Xero) -> None:
    by_reference = xero.create(Reference="Lobby refit")
    by_number = xero.create(InvoiceNumber="LOBBY-9")

    found = xero.get("Invoices", searchTerm="lobby")["Invoices"]

    assert {i["InvoiceID"] for i in found} == {
        by_reference["InvoiceID"], by_number["InvoiceID"],
    }  # fmt: skip


def test_lists_by_contact_and_number(xero: Xero) -> None:
    before = xero.get("Invoices", ContactIDs=xero.contact_id())["Invoices"]
    invoice = xero.create(InvoiceNumber="LIST-1", Date="2099-12-30", DueDate="2099-12-31")

    by_number = xero.get("Invoices", InvoiceNumbers="LIST-1,NONE-1")["Invoices"]
    by_contact = xero.get("Invoices", ContactIDs=xero.contact_id(), order="Date DESC")["Invoices"]

    assert [i["InvoiceID"] for i in by_number] == [invoice["InvoiceID"]]
    assert by_contact[0]["InvoiceID"] == invoice["InvoiceID"]
    assert len(by_contact) == len(before) + 1


def test_addresses_ignore_case_and_numbers_are_found(xero: Xero) -> None:
    invoice = xero.create(InvoiceNumber="Case-1")

    assert xero.get("invoices/case-1")["Invoices"][0]["InvoiceID"] == invoice["InvoiceID"]
    assert xero.send("GET", "Invoices/none-such").status_code == 404


def test_a_renamed_contact_shows_in_lists_without_touching_the_invoices(xero: Xero) -> None:
    invoice = xero.create()

    xero.send("POST", f"Contacts/{xero.contact_id()}", {"Name": "Northgate Group"})

    row = xero.get("Invoices", **POLL)["Invoices"][-1]
    assert row["Contact"]["Name"] == "Northgate Group"
    assert row["UpdatedDateUTC"] == invoice["UpdatedDateUTC"]


def test_a_thousand_summary_rows_are_one_page(xero: Xero) -> None:
    xero.sandbox.control("POST", f"xero/{xero.tenant_id}/invoices", {"count": 1000})

    page = xero.get("Invoices", **POLL)

    assert len(page["Invoices"]) == 1000
    assert page["pagination"]["pageCount"] == 2
