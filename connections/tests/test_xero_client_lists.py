"""Changed invoices and the look: what is asked, and when an answer may be believed (§5)."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from connections import errors
from connections.tests import wire
from connections.tests.xero_wire import INVOICE_ID, invoice_json, xero
from connections.xero import types

SINCE = datetime(2026, 11, 23, 12, 30, 45, 999_999, tzinfo=UTC)


def test_a_poll_is_one_conditional_call_for_short_rows() -> None:
    rows = [invoice_json(), invoice_json(InvoiceID="2")]
    paging = {"page": 1, "pageSize": 1000, "pageCount": 3, "itemCount": 2100}
    payload = {"pagination": paging, "Invoices": rows}
    local = SINCE.astimezone(timezone(timedelta(hours=3)))

    with wire.serve(wire.answer(200, payload)) as server:
        page = xero(server.url).list_invoices_changed(since=local)

    (request,) = server.requests
    assert request.path == "/api.xro/2.0/Invoices"
    assert request.query == {
        "where": 'Type=="ACCREC"',
        "order": "UpdatedDateUTC ASC",
        "page": "1",
        "pageSize": "1000",
        "summaryOnly": "true",
    }
    assert request.headers["if-modified-since"] == "2026-11-23T12:30:45"
    assert (len(page.rows), page.is_last, page.item_count) == (2, False, 2100)
    assert page.rows[0] == types.InvoiceSummary(
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
        currency_code="NZD",
        sub_total=Decimal(21),
        total_tax=Decimal("3.15"),
        total=Decimal("24.15"),
        amount_due=Decimal("24.15"),
        amount_paid=Decimal(0),
        amount_credited=Decimal(0),
        is_sent_to_contact=False,
        fully_paid_on_date=None,
        updated_at=datetime(2026, 9, 1, 0, 0, 0, 123_000, tzinfo=UTC),
    )


def test_nothing_changed_is_an_empty_last_page_even_as_a_304() -> None:
    with wire.serve(wire.answer(304, content_type=None)) as server:
        page = xero(server.url).list_invoices_changed(since=SINCE)

    assert page == types.InvoicePage(rows=(), page=1, is_last=True, item_count=0)


def test_a_first_poll_has_no_condition_and_a_short_page_is_the_last() -> None:
    with wire.serve(wire.answer(200, {"Invoices": [invoice_json()]})) as server:
        page = xero(server.url).list_invoices_changed(since=None, page=2, page_size=2)

    assert "if-modified-since" not in server.requests[0].headers
    assert (page.page, page.is_last, page.item_count) == (2, True, None)


def test_the_look_reads_every_page_of_what_this_app_made() -> None:
    told = [{"pagination": {"page": n, "pageCount": 2}} for n in (1, 2)]
    first = told[0] | {"Invoices": [invoice_json(InvoiceID="a"), invoice_json(InvoiceID="b")]}
    last = told[1] | {
        "Invoices": [invoice_json(InvoiceID="b"), invoice_json(InvoiceID="c", Status="DELETED")]
    }

    with wire.serve(wire.answer(200, first), wire.answer(200, last)) as server:
        found = xero(server.url).list_own_invoices_changed(since=SINCE)

    assert [(each.invoice_id, each.status) for each in found] == [
        ("a", "DRAFT"),
        ("b", "DRAFT"),
        ("c", "DELETED"),
    ]
    assert all(each.url == "https://acme.pipedrive.com/deal/1#ib=5" for each in found)
    assert [request.query for request in server.requests] == [
        {
            "order": "InvoiceID ASC",
            "createdByMyApp": "true",
            "page": page,
            "pageSize": "200",
            "unitdp": "4",
        }
        for page in ("1", "2")
    ]


def test_the_look_goes_on_until_an_empty_page_when_xero_does_not_count() -> None:
    steps = [wire.answer(200, {"Invoices": rows}) for rows in ([invoice_json()], [])]

    with wire.serve(*steps) as server:
        found = xero(server.url).list_own_invoices_changed(since=SINCE)

    assert [each.invoice_id for each in found] == [INVOICE_ID]
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "second",
    [
        wire.reset,
        wire.answer(200, {"Invoices": [{}]}),
        wire.answer(200, {"Invoices": [invoice_json()]}),
        wire.answer(500),
        wire.answer(429),
    ],
)
def test_a_look_that_misses_a_page_finds_nothing_out(second: wire.Step) -> None:
    with (
        wire.serve(wire.answer(200, {"Invoices": [invoice_json()]}), second) as server,
        pytest.raises(errors.ProviderError),
    ):
        xero(server.url).list_own_invoices_changed(since=SINCE)


def test_many_invoices_are_asked_for_forty_at_a_time() -> None:
    ids = [str(number) for number in range(41)] + ["0"]

    with wire.serve(wire.answer(200, {"Invoices": [invoice_json()]})) as server:
        found = xero(server.url).list_invoices_by_ids(ids)

    assert len(found) == 2
    assert [request.query["IDs"].count(",") for request in server.requests] == [39, 0]
