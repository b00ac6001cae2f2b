"""What postInvoice takes, and the sentence that names the field it does not take."""

from __future__ import annotations

import copy
import uuid
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from connections.models import Company, XeroConnection
from invoices.native import orders, reading
from invoices.native.failures import Failure
from mappings.models import XeroAccount, XeroBrandingTheme, XeroCurrency, XeroItem, XeroTaxRate
from mappings.types import Preferences

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 27)
CONTACT = "11111111-1111-4111-8111-111111111111"
ITEM = "22222222-2222-4222-8222-222222222222"
THEME = "33333333-3333-4333-8333-333333333333"
GOOD: dict[str, Any] = {
    "contactId": CONTACT,
    "contactName": "Pier Nine",
    "address": "",
    "email": "",
    "taxNumber": "",
    "taxModeId": "Exclusive",
    "globalDiscount": None,
    "templateId": None,
    "currencyId": "GBP",
    "invoiceNumber": None,
    "issueDate": "2026-03-13",
    "dueDate": None,
    "lineItems": [
        {
            "productId": ITEM,
            "productCode": None,
            "description": "",
            "quantity": Decimal(2),
            "unitPrice": Decimal("10.50"),
            "discountRate": None,
            "taxRateId": None,
            "accountId": "",
        }
    ],
}


@pytest.fixture
def connection() -> XeroConnection:
    company = Company.objects.create(pipedrive_company_id=1, name="Brightside")
    row = XeroConnection.objects.create(
        company=company,
        xero_connection_id=uuid.uuid4(),
        tenant_id=uuid.uuid4(),
        organisation_name="Brightside",
        base_currency="GBP",
        xero_timezone="TURKEYSTANDARDTIME",
        period_lock_date=date(2025, 12, 31),
        state_changed_at=timezone.now(),
    )
    owned = {"company": company, "connection": row}
    XeroItem.objects.create(
        **owned,
        xero_item_id=ITEM,
        code="OAK",
        name="Oak desk",
        account_code="201",
        tax_type="OUTPUT2",
    )
    for code in ("200", "201"):
        XeroAccount.objects.create(**owned, account_id=uuid.uuid4(), code=code, name="Sales")
    for tax_type, rate in (("OUTPUT2", 20), ("NONE", 0)):
        XeroTaxRate.objects.create(
            **owned, tax_type=tax_type, name=tax_type, effective_rate=Decimal(rate)
        )
    XeroCurrency.objects.create(**owned, code="GBP")
    XeroBrandingTheme.objects.create(**owned, branding_theme_id=THEME, name="Standard")
    return row


def read(
    connection: XeroConnection, said: dict[str, Any], preferences: Preferences | None = None
) -> orders.Wanted:
    return orders.read(
        reading.Fields(said),
        connection=connection,
        preferences=preferences or Preferences(),
        today=TODAY,
    )


def changed(**changes: Any) -> dict[str, Any]:
    """Return the good order with other values; those of `line_…` in its line."""
    said = copy.deepcopy(GOOD)
    for name, value in changes.items():
        target = said["lineItems"][0] if name.startswith("line_") else said
        target[name.removeprefix("line_")] = value
    return said


def test_what_the_contract_leaves_out_is_planned_as_ever(connection: XeroConnection) -> None:
    wanted = read(connection, GOOD, Preferences(due_days=30))

    (line,) = wanted.choices.lines
    assert (line.description, line.item_code) == ("Oak desk", "OAK")
    assert (line.account_code, line.tax_type) == ("201", "OUTPUT2")
    assert wanted.choices.due_date == date(2026, 4, 12)
    assert str(wanted.choices.branding_theme_id) == THEME
    assert (wanted.amount, wanted.is_total_known) == (Decimal("25.20"), True)


def test_a_line_without_an_item_takes_the_companys_account_and_rate(
    connection: XeroConnection,
) -> None:
    preferences = Preferences(account_code="200", tax_type="NONE")

    wanted = read(connection, changed(line_productId=None, line_description="Work"), preferences)

    (line,) = wanted.choices.lines
    assert (line.account_code, line.tax_type) == ("200", "NONE")
    assert (wanted.amount, wanted.is_total_known) == (Decimal("21.00"), True)


def test_a_line_without_any_rate_leaves_its_tax_and_the_total_to_xero(
    connection: XeroConnection,
) -> None:
    wanted = read(connection, changed(line_productId=None, line_description="Work"))

    assert wanted.choices.lines[0].tax_type == ""
    assert (wanted.amount, wanted.is_total_known) == (Decimal("21.00"), False)


def test_a_code_finds_the_item_as_well(connection: XeroConnection) -> None:
    wanted = read(connection, changed(line_productId=None, line_productCode="OAK"))

    assert wanted.choices.lines[0].item_code == "OAK"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-13", date(2026, 3, 13)),
        ("2026-03-13T00:00:00.000Z", date(2026, 3, 13)),
        # Midnight in Istanbul, as a browser there writes it.
        ("2026-03-12T21:00:00.000Z", date(2026, 3, 13)),
        ("2026-03-13T09:30:00", date(2026, 3, 13)),
        ("2026-03-13T09:30:00+03:00", date(2026, 3, 13)),
    ],
)
def test_a_day_is_the_organisations(connection: XeroConnection, text: str, day: date) -> None:
    assert read(connection, changed(issueDate=text)).choices.issue_date == day


def test_the_first_line_of_a_name_is_the_name(connection: XeroConnection) -> None:
    said = changed(contactId=None, contactName="\nPier Nine\nJo Ford\n", address="9 Quay\nBristol")

    details = read(connection, said).details

    assert details.to == "Pier Nine"
    assert details.address.lines == ("Jo Ford", "9 Quay", "Bristol")


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"contactId": 7}, 400, "contactId"),
        ({"contactId": "7"}, 422, "contactId"),
        ({"contactId": None, "contactName": "  "}, 422, "contactName"),
        ({"contactId": None, "contactName": "<b>"}, 422, "contactName"),
        ({"contactName": "x" * 256}, 422, "contactName"),
        ({"email": "a@b"}, 422, "email"),
        ({"email": "a@b.example\nBcc: c@d.example"}, 422, "email"),
        ({"email": "jö@b.example"}, 422, "email"),
        ({"taxNumber": "x" * 51}, 422, "taxNumber"),
        ({"taxModeId": None}, 422, "taxModeId"),
        ({"taxModeId": "exclusive"}, 422, "taxModeId"),
        ({"globalDiscount": {"discountAmount": Decimal(1)}}, 422, "globalDiscount"),
        ({"invoiceNumber": "INV-1"}, 422, "invoiceNumber"),
        ({"templateId": CONTACT}, 422, "templateId"),
        ({"currencyId": "ZZZ"}, 422, "currencyId"),
        ({"issueDate": None}, 422, "issueDate"),
        ({"issueDate": Decimal(1)}, 400, "issueDate"),
        ({"issueDate": "2026-02-29"}, 422, "issueDate"),
        ({"issueDate": "13.03.2026"}, 422, "issueDate"),
        ({"issueDate": "0001-01-01T00:00:00+14:00"}, 422, "issueDate"),
        ({"issueDate": "2025-12-31"}, 422, "issueDate"),
        ({"dueDate": "2026-03-12"}, 422, "dueDate"),
        ({"lineItems": None}, 400, "lineItems"),
        ({"lineItems": []}, 422, "lineItems"),
        ({"lineItems": [{}] * 1_001}, 422, "lineItems"),
        ({"lineItems": ["x"]}, 400, "lineItems[0]"),
        ({"line_productId": CONTACT}, 422, "lineItems[0].productId"),
        ({"line_productId": None, "line_productCode": "ASH"}, 422, "lineItems[0].productCode"),
        ({"line_productId": None}, 422, "lineItems[0].description"),
        ({"line_description": "x" * 4_001}, 422, "lineItems[0].description"),
        ({"line_quantity": "2"}, 400, "lineItems[0].quantity"),
        ({"line_quantity": True}, 400, "lineItems[0].quantity"),
        ({"line_quantity": Decimal(0)}, 422, "lineItems[0].quantity"),
        ({"line_quantity": Decimal(-1)}, 422, "lineItems[0].quantity"),
        ({"line_quantity": Decimal("1e999999")}, 422, "lineItems[0].quantity"),
        ({"line_quantity": Decimal("0.00001")}, 422, "lineItems[0].quantity"),
        ({"line_quantity": None}, 422, "lineItems[0].quantity"),
        ({"line_unitPrice": None}, 422, "lineItems[0].unitPrice"),
        ({"line_unitPrice": Decimal("1e12")}, 422, "lineItems[0].unitPrice"),
        ({"line_unitPrice": Decimal(-1)}, 422, "lineItems"),
        ({"line_discountRate": Decimal(101)}, 422, "lineItems[0].discountRate"),
        ({"line_discountRate": Decimal(-1)}, 422, "lineItems[0].discountRate"),
        ({"line_taxRateId": "OUTPUT9"}, 422, "lineItems[0].taxRateId"),
        ({"line_accountId": "999"}, 422, "lineItems[0].accountId"),
        ({"line_accountId": []}, 400, "lineItems[0].accountId"),
    ],
    ids=str,
)
def test_what_cannot_be_taken_is_named(
    connection: XeroConnection, changes: dict[str, Any], status: int, field: str
) -> None:
    with pytest.raises(Failure) as refused:
        read(connection, changed(**changes))

    assert refused.value.status == status
    assert field in refused.value.message
