"""Contacts and the lists of an organisation, asked and read (xero-api §3, §6, §7)."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from connections import http
from connections.tests import wire
from connections.tests.xero_wire import xero
from connections.xero import client, contacts, types

SINCE = datetime(2026, 11, 23, 12, 30, 45, 999_999, tzinfo=UTC)


def test_a_contact_is_created_by_put_and_changed_by_its_id() -> None:
    new = types.NewContact(
        name="Şule İpekçi", contact_number="PD-1", email="s@x.example", tax_number="GB1"
    )
    change = types.ContactChange(
        contact_id="c-1", tax_number="", addresses=(types.Address(line1="1 High St"),)
    )
    row = {"ContactID": "c-1", "Name": "Şule İpekçi", "ContactStatus": "ACTIVE"}

    with wire.serve(wire.answer(200, {"Contacts": [row]})) as server:
        xero(server.url).create_contact(new.to_json(), idempotency_key="k1")
        xero(server.url).update_contact("c-1", change.to_json(), idempotency_key="k2")

    made, changed = server.requests
    assert made.method == "PUT"
    assert made.target == f"/api.xro/2.0/{contacts.CREATE_CONTACT_PATH_QUERY}"
    assert made.headers["idempotency-key"] == "k1"
    assert made.body.decode() == (
        '{"Contacts":[{"Name":"Şule İpekçi","ContactNumber":"PD-1","EmailAddress":"s@x.example",'
        '"TaxNumber":"GB1"}]}'
    )
    assert (changed.method, changed.target) == ("POST", "/api.xro/2.0/Contacts/c-1")
    assert changed.headers["idempotency-key"] == "k2"
    assert changed.body.decode() == (
        '{"Contacts":[{"ContactID":"c-1","TaxNumber":"","Addresses":[{"AddressType":"POBOX",'
        '"AddressLine1":"1 High St","AddressLine2":"","AddressLine3":"","AddressLine4":"",'
        '"City":"","Region":"","PostalCode":"","Country":"","AttentionTo":""}]}]}'
    )


CONTACT = {
    "ContactID": "c-1",
    "Name": 'The "Old" Mill',
    "ContactStatus": "ARCHIVED",
    "EmailAddress": "a@b.example",
    "TaxNumber": "GB1",
    "MergedToContactID": "c-2",
    "Addresses": [{"AddressType": "STREET", "AddressLine1": "1 High St", "City": None}],
    "PaymentTerms": {"Sales": {"Day": 20, "Type": "OFFOLLOWINGMONTH"}},
    "UpdatedDateUTC": "/Date(1788220800000+0000)/",
}
CONTACT_READ = types.Contact(
    contact_id="c-1",
    name='The "Old" Mill',
    status="ARCHIVED",
    email="a@b.example",
    tax_number="GB1",
    addresses=(types.Address(type="STREET", line1="1 High St"),),
    payment_terms_day=20,
    payment_terms_type="OFFOLLOWINGMONTH",
    merged_to_contact_id="c-2",
    updated_at=datetime(2026, 9, 1, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("ask", "query"),
    [
        (
            lambda x: x.search_contacts("mill", limit=8),
            {"searchTerm": "mill", "page": "1", "pageSize": "8", "summaryOnly": "true"},
        ),
        (
            lambda x: x.list_contacts_by(email="a@b.example"),
            {"where": 'EmailAddress=="a@b.example"', "page": "1"},
        ),
        (
            lambda x: x.list_contacts_by(tax_number="GB1", include_archived=True),
            {"where": 'TaxNumber=="GB1"', "page": "1", "includeArchived": "true"},
        ),
        (lambda x: x.list_contacts_by(ids=["c-1", "c-1"]), {"IDs": "c-1", "page": "1"}),
        (
            lambda x: x.list_contacts_by(name='the "OLD" mill'),
            {"searchTerm": 'the "OLD" mill', "page": "1"},
        ),
        (lambda x: (x.get_contact("c-1"),), {}),
    ],
)
def test_contacts_are_found_and_read(
    ask: Callable[[client.XeroClient], tuple[types.Contact, ...]], query: dict[str, str]
) -> None:
    with wire.serve(wire.answer(200, {"Contacts": [CONTACT]})) as server:
        found = ask(xero(server.url))

    assert found == (CONTACT_READ,)
    assert server.requests[0].query == query


def test_a_quote_in_a_name_never_reaches_the_filter_language() -> None:
    with wire.serve(wire.answer(200, {"Contacts": [CONTACT]})) as server:
        by_name = xero(server.url).list_contacts_by(name='x" OR Name!="')
        by_tax_number = xero(server.url).list_contacts_by(tax_number='x" OR Name!="')

    assert (by_name, by_tax_number) == ((), ())
    assert [request.query.get("where") for request in server.requests] == [None]


LISTS = {
    "Organisations": [
        {
            "OrganisationID": "o-1",
            "Name": "Brightside",
            "BaseCurrency": "GBP",
            "ShortCode": "!Br1gh",
            "Timezone": "GMTSTANDARDTIME",
            "Class": "BRAND_NEW_PLAN",
            "PeriodLockDate": "/Date(1788220800000+0000)/",
            "PaysTax": True,
        }
    ],
    "Actions": [
        {"Name": "CreateDraftInvoice", "Status": "ALLOWED"},
        {"Name": "CreateApprovedInvoice", "Status": "NOT-ALLOWED"},
    ],
    "Users": [{"UserID": "u-1", "EmailAddress": "e@x.example", "OrganisationRole": "NEW_ROLE"}],
    "Accounts": [{"AccountID": "a-1", "Name": "Bank", "Type": "BANK", "Status": "ACTIVE"}],
    "TaxRates": [
        {
            "Name": "20% VAT",
            "TaxType": "OUTPUT2",
            "EffectiveRate": 20,
            "DisplayTaxRate": 20.0,
            "CanApplyToRevenue": True,
            "Status": "ACTIVE",
            "TaxComponents": [{"Name": "VAT", "Rate": 20.0, "IsCompound": False}],
        }
    ],
    "BrandingThemes": [
        {"BrandingThemeID": "t-2", "Name": "Blue", "SortOrder": 2},
        {"BrandingThemeID": "t-1", "Name": "Plain", "SortOrder": 1},
    ],
    "Currencies": [{"Code": "GBP", "Description": "British Pound"}],
    "Items": [
        {
            "ItemID": "i-1",
            "Code": "DESK-OAK",
            "SalesDetails": {"UnitPrice": 250.1234, "AccountCode": "200", "TaxType": "OUTPUT2"},
            "IsSold": True,
            "UpdatedDateUTC": "/Date(1788220800000+0000)/",
        }
    ],
}


def test_the_lists_to_choose_from_are_read() -> None:
    with wire.serve(wire.answer(200, LISTS)) as server:
        books = xero(server.url)
        organisation = books.get_organisation()

        assert (organisation.short_code, organisation.organisation_class) == (
            "!Br1gh",
            "BRAND_NEW_PLAN",
        )
        assert organisation.period_lock_date == date(2026, 9, 1)
        assert books.list_allowed_actions() == {"CreateDraftInvoice"}
        assert [user.role for user in books.list_users()] == ["NEW_ROLE"]
        assert books.list_accounts() == (
            types.Account("a-1", "", "Bank", "BANK", "", "ACTIVE", "", ""),
        )
        assert books.list_tax_rates() == (
            types.TaxRate(
                "20% VAT",
                "OUTPUT2",
                "ACTIVE",
                Decimal(20),
                Decimal(20),
                True,
                (types.TaxComponent("VAT", Decimal(20), False),),
            ),
        )
        assert [theme.name for theme in books.list_branding_themes()] == ["Plain", "Blue"]
        assert books.list_currencies() == (types.Currency("GBP", "British Pound"),)
        assert books.list_items(if_modified_since=SINCE) == (
            types.Item(
                "i-1",
                "DESK-OAK",
                "DESK-OAK",
                "",
                True,
                Decimal("250.1234"),
                "200",
                "OUTPUT2",
                False,
                None,
                datetime(2026, 9, 1, tzinfo=UTC),
            ),
        )

    assert [request.path.removeprefix("/api.xro/2.0/") for request in server.requests] == [
        "Organisation",
        "Organisation/Actions",
        "Users",
        "Accounts",
        "TaxRates",
        "BrandingThemes",
        "Currencies",
        "Items",
    ]
    assert server.requests[-1].query == {"unitdp": "4"}
    assert server.requests[-1].headers["if-modified-since"] == "2026-11-23T12:30:45"


def test_each_call_is_recorded_under_its_own_name() -> None:
    calls: list[http.Call] = []

    with wire.serve(wire.answer(200, LISTS)) as server:
        books = xero(server.url, on_call=calls.append)
        books.list_items()
        books.list_accounts()

    assert [call.operation for call in calls] == ["xero.list_items", "xero.list_accounts"]


def test_a_process_that_never_calls_xero_does_not_load_the_sdk() -> None:
    program = (
        "import sys, connections.xero.client, connections.xero.tenants, connections.xero.oauth;"
        "sys.exit(any(name.startswith('xero_python') for name in sys.modules))"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
