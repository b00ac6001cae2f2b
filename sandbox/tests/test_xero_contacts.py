"""Contacts are found, written, archived and merged as in Xero."""

from typing import Any

import pytest

from sandbox.tests.conftest import Sandbox
from sandbox.tests.xero_client import Xero, messages_of, parse

TAKEN = (
    "The contact name {} is already assigned to another contact. The contact name must be unique "
    "across all active contacts."
)
ARCHIVED = (
    "The specified contact details matched an archived contact. Archived contacts cannot "
    "currently be edited via the API."
)


@pytest.fixture
def xero(sandbox: Sandbox) -> Xero:
    """Emma in Brightside."""
    return Xero.connect(sandbox)


def put(xero: Xero, **element: Any) -> Any:
    """Create a contact."""
    return xero.send("PUT", "Contacts", {"Contacts": [element]})


def names(xero: Xero, **params: str) -> list[str]:
    """Return the names a list gives."""
    return [contact["Name"] for contact in xero.get("Contacts", **params)["Contacts"]]


def test_search_finds_part_of_a_name_or_address_whatever_the_case(xero: Xero) -> None:
    assert names(xero, searchTerm="ÇAĞLAR mob") == ["Çağlar Mobilya A.Ş."]
    assert names(xero, searchTerm="faktura@") == ["Lindqvist & Partners AB"]
    assert names(xero, searchTerm="daughters") == ["Quinn & Daughters"]
    assert names(xero, searchTerm="9982211") == []


def test_where_finds_by_name_and_address(xero: Xero) -> None:
    assert names(xero, where='Name=="northgate hotels"') == ["Northgate Hotels"]
    assert names(xero, where='EmailAddress="faktura@lindqvist.example"') == [
        "Lindqvist & Partners AB"
    ]
    assert names(xero, where='Name=="O\'Neill \\"Best\\" Fitouts"') == ['O\'Neill "Best" Fitouts']


def test_archived_ones_are_listed_on_request_only(xero: Xero) -> None:
    assert "Larkfield Estates" not in names(xero)
    assert "Larkfield Estates" in names(xero, includeArchived="true")


def test_a_merged_contact_names_its_heir(xero: Xero) -> None:
    listed = xero.get("Contacts", page="1", includeArchived="true", searchTerm="Dental")

    by_name = {contact["Name"]: contact for contact in listed["Contacts"]}
    merged = by_name["Dental Harbour"]
    assert merged["ContactStatus"] == "ARCHIVED"
    assert merged["MergedToContactID"] == by_name["Harbour Dental Ltd"]["ContactID"]
    one = xero.get(f"Contacts/{merged['ContactID']}")["Contacts"][0]
    assert one["MergedToContactID"] == merged["MergedToContactID"]


def test_merging_moves_the_invoices(xero: Xero) -> None:
    invoice = xero.create()
    heir = xero.contact_id("Castle Law LLP")

    path = f"xero/{xero.tenant_id}/contacts/{xero.contact_id()}/merge"
    xero.sandbox.control("POST", path, {"into": heir})

    assert xero.read(invoice)["Contact"]["ContactID"] == heir


def test_a_new_contact_is_given_back_whole(xero: Xero) -> None:
    created = parse(
        put(
            xero,
            Name="Yeni Müşteri A.Ş.",
            ContactNumber="PD-9",
            EmailAddress="a@b.example",
            TaxNumber="123",
            Addresses=[{"AddressType": "POBOX", "AddressLine1": "Sokak 1", "City": "İzmir"}],
        )
    )["Contacts"][0]

    read = xero.get("Contacts/PD-9")["Contacts"][0]
    assert read["ContactID"] == created["ContactID"]
    assert read["Name"] == "Yeni Müşteri A.Ş."
    assert [a["AddressType"] for a in read["Addresses"]] == ["STREET", "POBOX"]
    assert read["Addresses"][1]["City"] == "İzmir"
    assert read["Addresses"][0]["City"] == ""
    assert len(read["Phones"]) == 4


def test_a_taken_name_or_number_is_refused(xero: Xero) -> None:
    by_name = put(xero, Name="northgate hotels")
    by_number = put(xero, Name="Somebody new", ContactNumber="QD-01")

    assert messages_of(by_name) == [TAKEN.format("northgate hotels")]
    assert messages_of(by_number)[0].startswith("The Contact Number QD-01 is already assigned")
    assert names(xero, where='Name=="Somebody new"') == []


def test_the_name_of_an_archived_contact_is_free(xero: Xero) -> None:
    assert put(xero, Name="Larkfield Estates").status_code == 200


def test_post_changes_the_contact_it_matches(xero: Xero) -> None:
    contact_id = xero.contact_id()

    body = {"Contacts": [{"Name": "Northgate Hotels", "TaxNumber": "GB 1"}]}
    answer = parse(xero.send("POST", "Contacts", body))["Contacts"][0]

    assert answer["ContactID"] == contact_id
    assert answer["TaxNumber"] == "GB 1"
    assert answer["EmailAddress"] == "finance@northgatehotels.example"


def test_an_update_leaves_what_is_left_out_and_empty_text_clears(xero: Xero) -> None:
    contact_id = xero.contact_id()

    xero.send("POST", f"Contacts/{contact_id}", {"EmailAddress": ""})

    read = xero.get(f"Contacts/{contact_id}")["Contacts"][0]
    assert read["EmailAddress"] == ""
    assert read["TaxNumber"] == "GB 445 1093 77"


def test_an_archived_contact_cannot_be_written(xero: Xero) -> None:
    path = f"xero/{xero.tenant_id}/contacts/{xero.contact_id()}/archive"
    contact_id = xero.contact_id()
    xero.sandbox.control("POST", path)

    answer = xero.send("POST", f"Contacts/{contact_id}", {"TaxNumber": "1"})

    assert messages_of(answer) == [ARCHIVED]


@pytest.mark.parametrize(
    "wrong",
    [
        {"Name": "x" * 256},
        {"Name": ""},
        {"Name": "A", "EmailAddress": "not an address"},
        {"Name": "A", "TaxNumber": "1" * 51},
        {"Name": "A", "Addresses": [{"AddressType": "DELIVERY"}]},
        {"Name": "A", "Addresses": [{"AddressType": "STREET", "Country": "UK 2"}]},
        {"Name": "A", "ContactPersons": [{"FirstName": "x"}] * 6},
    ],
)
def test_rules_of_fields_are_kept(xero: Xero, wrong: dict[str, Any]) -> None:
    before = len(names(xero))

    answer = put(xero, **wrong)

    assert answer.status_code == 400
    assert answer.json()["Elements"][0]["HasValidationErrors"] is True
    assert len(names(xero)) == before


def test_an_unknown_contact_is_not_found(xero: Xero) -> None:
    assert xero.send("GET", "Contacts/11111111-1111-4111-8111-111111111111").status_code == 404


def test_more_than_an_id_on_an_invoice_changes_the_contact(xero: Xero) -> None:
    contact_id = xero.contact_id()

    xero.create(Contact={"ContactID": contact_id, "TaxNumber": "CHANGED"})

    assert xero.get(f"Contacts/{contact_id}")["Contacts"][0]["TaxNumber"] == "CHANGED"
