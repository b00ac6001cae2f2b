"""Lists, products and contacts of the Invoice tab, and a contact's invoices added up."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connections import xero_services
from connections.models import XeroAuthorisation, XeroConnection
from connections.secrets import Secret
from connections.tokens import TokenSet
from invoices import actions, queries
from invoices.models import Invoice, Operation
from invoices.native import finding, shapes
from invoices.native.tab import NativeTab
from invoices.native.tests.caller import Caller, data, order, refusal
from invoices.tests import pressing, world
from mappings import queries as mapping_queries
from mappings.models import XeroItem
from tests.vendors import Connected

pytestmark = pytest.mark.django_db


def fault(connected: Connected, method: str, path: str, kind: str) -> None:
    body = {"vendor": "xero", "method": method, "path": path, "times": 1, "kind": kind}
    connected.vendors.control("faults", body)


def due_now() -> None:
    """Let what waits for its next try be tried now."""
    Operation.objects.across_companies().filter(state="unsure").update(
        next_attempt_at=timezone.now()
    )


def items(connected: Connected) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.holds(connected, "items")
    return found


def contacts(connected: Connected, name: str) -> list[dict[str, Any]]:
    return [each for each in world.holds(connected, "contacts") if each["Name"] == name]


def test_the_lists_are_xeros(connected: Connected, pipedrive: Caller) -> None:
    assert {"id": "GBP", "name": "British Pound"}.keys() == data(pipedrive.get("currencies"))[
        0
    ].keys()
    rates = data(pipedrive.get("tax-rates"))
    assert {
        name: next(each for each in rates if each["id"] == "OUTPUT2")[name]
        for name in ("id", "rate")
    } == {"id": "OUTPUT2", "rate": 20}
    accounts = data(pipedrive.get("accounts"))
    assert "200" in {each["id"] for each in accounts}
    assert all(each.keys() == {"id", "name"} for each in accounts)
    assert data(pipedrive.get("templates"))[0].keys() == {"id", "name"}


def test_products_are_found_by_part_of_the_name_or_by_their_code(
    connected: Connected, pipedrive: Caller
) -> None:
    row = XeroItem.objects.for_company(connected.company).filter(is_sold=True).first()
    assert row is not None

    by_name = data(pipedrive.get("products", name=row.name.upper()))
    by_code = data(pipedrive.get("products", code=row.code.lower(), forceCodeSearch="true"))

    assert by_code == [data(pipedrive.get(f"products/{row.xero_item_id}"))]
    assert by_code[0] in by_name
    assert by_code[0]["unitPrice"] == float(row.unit_price or 0)
    assert by_code[0]["currency"] == "GBP"
    assert data(pipedrive.get("products", code="no such", forceCodeSearch="true")) == []


def test_a_product_is_made_once_and_changed(connected: Connected, pipedrive: Caller) -> None:
    body = {"name": "Oak stool", "unitPrice": 49.95, "accountId": "200", "taxRateId": "OUTPUT2"}
    fault(connected, "PUT", "/Items", "reset_after")

    assert refusal(pipedrive.post("products", body)) == (503, "unsure")
    due_now()
    made = data(pipedrive.post("products", body))

    assert [each["ItemID"] for each in items(connected) if each["Name"] == "Oak stool"] == [
        made["id"]
    ]
    assert made == body | {"id": made["id"], "code": made["code"], "currency": "GBP"}
    assert data(pipedrive.post("products", body)) == made
    changed = data(pipedrive.put(f"products/{made['id']}", {"name": "Ash stool"}))
    assert changed == made | {"name": "Ash stool"}
    back = data(pipedrive.put(f"products/{made['id']}", {"name": "Oak stool"}))
    again = data(pipedrive.put(f"products/{made['id']}", {"name": "Ash stool"}))
    assert (back["name"], again["name"]) == ("Oak stool", "Ash stool")
    taken = pipedrive.post("products", {"name": "Another", "code": made["code"]})
    assert refusal(taken) == (422, "invalid")


def test_a_product_whose_outcome_stays_unknown_is_looked_for_by_its_code(
    connected: Connected, pipedrive: Caller
) -> None:
    fault(connected, "PUT", "/Items", "reset_after")
    assert refusal(pipedrive.post("products", {"name": "Oak stool"}))[0] == 503
    operation = Operation.objects.for_company(connected.company).get()
    late = timezone.now() + world.seconds(400)

    done = world.send(operation, now=late)

    assert done.state == Operation.State.DONE
    (held,) = [each for each in items(connected) if each["Name"] == "Oak stool"]
    assert done.summary["xero_item_id"] == held["ItemID"]
    assert data(pipedrive.post("products", {"name": "Oak stool"}))["id"] == held["ItemID"]


def test_a_grant_that_does_not_reach_items_ends_no_connection(
    connected: Connected, pipedrive: Caller
) -> None:
    grant = connected.vendors.control(
        "xero/connect",
        {
            "email": connected.user.email,
            "slugs": ["brightside"],
            "scope": "openid profile email offline_access accounting.contacts "
            "accounting.settings.read accounting.invoices.read",
        },
    )
    xero_services.store_grant(
        xero_user_id=UUID(grant["xero_userid"]),
        email=connected.user.email,
        tokens=TokenSet(
            access_token=Secret(grant["access_token"]),
            refresh_token=Secret(grant["refresh_token"]),
            expires_in=grant["expires_in"],
            scopes=(),
        ),
        now=timezone.now(),
    )

    answer = pipedrive.post("products", {"name": "Oak stool"})

    assert refusal(answer) == (409, "scope_missing")
    assert XeroConnection.objects.across_companies().get().is_usable
    assert XeroAuthorisation.objects.get().state == "ACTIVE"


def test_a_contact_is_made_once_shown_and_changed(connected: Connected, pipedrive: Caller) -> None:
    body = {
        "displayName": "Kuzey Fırın",
        "address": "Liman Sokak 9\nKat 2",
        "postalCode": "35000",
        "city": "İzmir",
        "country": "Türkiye",
        "email": "kuzey@firin.example",
        "phone": "+90 232 555 00 11",
        "taxId": "1234567890",
    }
    fault(connected, "PUT", "/Contacts", "reset_after")

    assert refusal(pipedrive.post("contacts", body)) == (503, "unsure")
    due_now()
    made = data(pipedrive.post("contacts", body))

    assert len(contacts(connected, "Kuzey Fırın")) == 1
    assert made == body | {"id": made["id"], "url": made["url"]}
    assert made["url"].endswith(f"/contacts/contact/{made['id']}")
    assert data(pipedrive.get(f"contacts/{made['id']}")) == made
    found = data(pipedrive.get("contacts", name="Kuzey Fır"))
    assert [each["id"] for each in found] == [made["id"]]
    changed = data(pipedrive.put(f"contacts/{made['id']}", {"city": "Bornova", "email": ""}))
    assert changed == made | {"city": "Bornova"}
    namesake = pipedrive.post("contacts", {"displayName": "Kuzey Fırın"})
    assert refusal(namesake) == (409, "name_taken")


def test_a_page_of_a_contacts_invoices_and_their_sums_are_the_same_rows(
    connected: Connected, pipedrive: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "PAGE", 2)
    truth = defaultdict(list)
    for each in connected.vendors.invoices(connected.connection.tenant_id):
        if each["Type"] == "ACCREC":
            truth[each["Contact"]["ContactID"]].append(each)
    contact_id, held = max(truth.items(), key=lambda pair: len(pair[1]))
    assert len(held) > 4
    calls = len(connected.vendors.control("traffic?vendor=xero"))

    pages: list[dict[str, Any]] = []
    for number in range(1, len(held) + 2):
        page = data(
            pipedrive.get(
                "invoices", customerId=contact_id, startDate="2000-01-01", page=str(number)
            )
        )
        assert len(page) <= 2
        pages += page

    assert len(connected.vendors.control("traffic?vendor=xero")) == calls + 1
    assert sorted(each["id"] for each in pages) == sorted(each["InvoiceID"] for each in held)
    sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for each in pages:
        if each["statusCode"] in {"AUTHORISED", "PAID"}:
            row = sums[each["currencyCode"]]
            row["total"] += Decimal(str(each["total"]))
            row["paid"] += Decimal(str(each["paidAmount"]))
            row["due"] += Decimal(str(each["dueAmount"]))
    for refresh in ("false", "true"):
        summary = data(pipedrive.get("invoice-summary", contactId=contact_id, refresh=refresh))
        assert {each["currency"] for each in summary} == set(sums)
        for each in summary:
            row = sums[each["currency"]]
            numbers = {name: Decimal(str(each[name])) for name in each if name != "currency"}
            assert numbers["total"] == row["total"]
            assert numbers["paid"] == row["paid"]
            assert numbers["outstanding"] + numbers["overdue"] == row["due"]
            assert numbers["paid"] + numbers["outstanding"] + numbers["overdue"] == row["total"]
    first = min(each["DateString"][:10] for each in held)
    only = data(pipedrive.get("invoices", customerId=contact_id, startDate=first, endDate=first))
    assert {each["id"] for each in only} == {
        each["InvoiceID"] for each in held if each["DateString"][:10] == first
    }


def test_a_list_of_invoices_costs_no_query_each(connected: Connected, pipedrive: Caller) -> None:
    ids = [
        each["InvoiceID"]
        for each in connected.vendors.invoices(connected.connection.tenant_id)
        if each["Type"] == "ACCREC"
    ]
    data(pipedrive.get("invoices", ids=",".join(ids)))

    counts = []
    for some in (ids[:2], ids[:20]):
        with CaptureQueriesContext(
            database,
        ) as seen:
            assert len(data(pipedrive.get("invoices", ids=",".join(some)))) == len(some)
        counts.append(len(seen))

    assert counts[0] == counts[1] <= 6


@pytest.mark.parametrize("flags", [(False, False, False), (True, True, True), (True, False, True)])
def test_the_tab_offers_what_the_card_offers_to_somebody_with_the_same_flags(
    connected: Connected, pipedrive: Caller, contact_id: str, flags: tuple[bool, bool, bool]
) -> None:
    invoice = pressing.make(connected, "approve")
    paid = pressing.make(connected, "approve", "pay")
    draft = data(pipedrive.post("invoices", order(connected, contact_id)))
    approve, void, email = flags
    member = pressing.allow(connected, can_approve=approve, can_void=void, can_email=email)
    preferences = mapping_queries.preferences_for(connected.company)
    tab = NativeTab(
        connected.company,
        type(preferences)(native_can_approve=approve, native_can_void=void, native_can_email=email),
    )
    rows = Invoice.objects.for_company(connected.company)

    for row in (invoice, paid, rows.get(xero_invoice_id=draft["id"])):
        offered = [
            actions.offered(
                row,
                actor,
                connected.connection,
                runtime=world.runtime(),
                has_open_operation=False,
            )
            for actor in (member, tab)
        ]
        assert offered[0] == offered[1]
        shown = shapes._actions(
            row,
            shapes.Reader(
                tab=tab,
                live=connected.connection,
                runtime=world.runtime(),
                under_way=queries.list_under_way(connected.company, [row.pk]),
            ),
        )
        assert {each["id"] for each in shown} <= {
            "SUBMIT", "APPROVE", "VOIDED", "DELETED", "EMAIL", "PDF", "SHARE",
        }  # fmt: skip
        enabled = [each for each in offered[0] if each.is_enabled]
        left_out = {actions.OPEN, actions.VOID_PAID}
        assert len([each for each in shown if each["id"] != "SHARE"]) == len(
            [each for each in enabled if each.code not in left_out]
        )
