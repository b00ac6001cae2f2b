"""One invoice written to Xero and read back, digit for digit (xero-api §4, §9, §11)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from connections import errors
from connections.tests import wire
from connections.tests.xero_wire import INVOICE_ID, TENANT, invoice_json, xero
from connections.xero import invoices, types

SINCE = datetime(2026, 11, 23, 12, 30, 45, 999_999, tzinfo=UTC)


def test_an_invoice_is_put_once_with_exactly_the_stored_text() -> None:
    body = types.NewInvoice(
        contact_id="c-1",
        line_items=(
            types.NewLineItem(
                description='Sofa "Üç"',
                quantity=Decimal("1.50"),
                unit_amount=Decimal("1E+3"),
                item_code="SOFA-3S",
                account_code="200",
                tax_type="OUTPUT2",
                discount_rate=Decimal(0),
            ),
        ),
        invoice_date=date(2026, 3, 13),
        due_date=date(2026, 3, 20),
        currency_code="GBP",
        url="https://acme.pipedrive.com/deal/1#ib=5",
    ).to_json()

    with wire.serve(wire.answer(200, {"Invoices": [invoice_json()]})) as server:
        made = xero(server.url).create_invoice(body, idempotency_key="key-1")

    assert made.invoice_id == INVOICE_ID
    (request,) = server.requests
    assert request.method == "PUT"
    assert request.target == f"/api.xro/2.0/{invoices.CREATE_INVOICE_PATH_QUERY}"
    assert request.body.decode() == body
    assert request.headers["authorization"] == "Bearer canary-token"
    assert request.headers["xero-tenant-id"] == TENANT
    assert request.headers["idempotency-key"] == "key-1"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["accept"] == "application/json"
    assert body == (
        '{"Invoices":[{"Type":"ACCREC","Contact":{"ContactID":"c-1"},"Date":"2026-03-13",'
        '"DueDate":"2026-03-20","LineAmountTypes":"Exclusive",'
        '"Url":"https://acme.pipedrive.com/deal/1#ib=5","CurrencyCode":"GBP","Status":"DRAFT",'
        '"LineItems":[{"Description":"Sofa \\"Üç\\"","Quantity":1.50,"UnitAmount":1000,'
        '"ItemCode":"SOFA-3S","AccountCode":"200","TaxType":"OUTPUT2","DiscountRate":0}]}]}'
    )


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("0.1", "0.1"),
        ("10.50", "10.50"),
        ("-79.00", "-79.00"),
        ("-0", "0"),
        ("0.00000001", "0.00000001"),
        ("1E-7", "0.0000001"),
        ("12345678901234567890.12", "12345678901234567890.12"),
    ],
)
def test_a_number_is_sent_digit_for_digit(number: str, text: str) -> None:
    line = types.NewLineItem(unit_amount=Decimal(number))

    body = types.NewInvoice("c", (line,), date(2026, 1, 1)).to_json()

    assert f'"UnitAmount":{text}}}' in body


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "sNaN"])
def test_a_number_that_is_none_is_never_written(number: str) -> None:
    line = types.NewLineItem(unit_amount=Decimal(number))

    with pytest.raises(ValueError, match="finite"):
        types.NewInvoice("c", (line,), date(2026, 1, 1)).to_json()


def test_an_invoice_is_read_whole() -> None:
    with wire.serve(wire.answer(200, {"Invoices": [invoice_json()]})) as server:
        read = xero(server.url).get_invoice(INVOICE_ID)

    assert server.requests[0].target == f"/api.xro/2.0/Invoices/{INVOICE_ID}?unitdp=4"
    assert "content-type" not in server.requests[0].headers
    assert read == types.Invoice(
        invoice_id=INVOICE_ID,
        number="INV-0051",
        type="ACCREC",
        status="DRAFT",
        contact_id="c-1",
        contact_name="Çağlar Mobilya A.Ş.",
        reference="PO 7",
        url="https://acme.pipedrive.com/deal/1#ib=5",
        invoice_date=date(2026, 9, 1),
        due_date=date(2026, 9, 8),
        expected_payment_date=None,
        fully_paid_on_date=None,
        line_amount_types="Exclusive",
        currency_code="NZD",
        sub_total=Decimal(21),
        total_tax=Decimal("3.15"),
        total=Decimal("24.15"),
        amount_due=Decimal("24.15"),
        amount_paid=Decimal(0),
        amount_credited=Decimal(0),
        branding_theme_id="t-1",
        is_sent_to_contact=False,
        updated_at=datetime(2026, 9, 1, 0, 0, 0, 123_000, tzinfo=UTC),
        line_items=(
            types.LineItem(
                line_item_id="l-1",
                description="Oak desk",
                quantity=Decimal(2),
                unit_amount=Decimal("10.5"),
                line_amount=Decimal(21),
                tax_amount=Decimal("3.15"),
                tax_type="OUTPUT2",
                account_code="200",
                item_code="DESK-OAK",
                discount_rate=Decimal("12.5"),
                discount_amount=None,
            ),
            types.LineItem(
                line_item_id="",
                description="A word about the desk",
                quantity=None,
                unit_amount=None,
                line_amount=Decimal(0),
                tax_amount=Decimal(0),
                tax_type="",
                account_code="",
                item_code="",
                discount_rate=None,
                discount_amount=None,
            ),
        ),
        payments=(types.Payment("p-1", date(2026, 9, 1), Decimal(5), ""),),
        credit_notes=(),
        prepayments=(),
        overpayments=(),
        has_attachments=False,
        has_contact_email=None,
        has_errors=False,
        validation_errors=(),
        warnings=(),
    )


def test_a_status_that_xero_invents_tomorrow_is_kept_as_text() -> None:
    row = invoice_json(Status="ON_HOLD", CurrencyCode="XYZ", LineAmountTypes="Odd")

    with wire.serve(wire.answer(200, {"Invoices": [row]})) as server:
        read = xero(server.url).get_invoice(INVOICE_ID)

    assert (read.status, read.currency_code, read.line_amount_types) == ("ON_HOLD", "XYZ", "Odd")


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        ("/Date(0)/", datetime(1970, 1, 1, tzinfo=UTC)),
        ("/Date(1788220800001+0000)/", datetime(2026, 9, 1, 0, 0, 0, 1000, tzinfo=UTC)),
        ("/Date(1788220800000+1300)/", datetime(2026, 9, 1, tzinfo=UTC)),
        ("/Date(-86400000-0500)/", datetime(1969, 12, 31, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_to_the_millisecond_whatever_zone_it_was_written_in(
    value: str, instant: datetime
) -> None:
    row = invoice_json(UpdatedDateUTC=value)

    with wire.serve(wire.answer(200, {"Invoices": [row]})) as server:
        read = xero(server.url).get_invoice(INVOICE_ID)

    assert read.updated_at == instant


@pytest.mark.parametrize(
    "payload",
    [
        {},
        [],
        {"Invoices": None},
        {"Invoices": []},
        {"Invoices": [None]},
        {"Invoices": [invoice_json(), invoice_json()]},
        {"Invoices": [invoice_json(InvoiceID="00000000-0000-0000-0000-000000000000")]},
        {"Invoices": [{k: v for k, v in invoice_json().items() if k != "InvoiceID"}]},
        {"Invoices": [{k: v for k, v in invoice_json().items() if k != "Contact"}]},
        {"Invoices": [invoice_json(UpdatedDateUTC="yesterday")]},
        {"Invoices": [invoice_json(Total="much")]},
        {"Invoices": [invoice_json(LineItems=7)]},
    ],
)
def test_a_creation_whose_answer_cannot_be_read_is_unsure(payload: Any) -> None:
    with (
        wire.serve(wire.answer(200, payload)) as server,
        pytest.raises(errors.UnexpectedAnswer) as caught,
    ):
        xero(server.url).create_invoice("{}", idempotency_key="k")

    assert caught.value.is_unsure_for_write
    assert len(server.requests) == 1
    assert "Mobilya" not in str(caught.value)
