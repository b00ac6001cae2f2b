"""Deals and their lines, asked of Pipedrive and read (pipedrive-api §2, §3.1, §3.4, §3.5)."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from connections import errors, http, sockets
from connections.pipedrive import client, types
from connections.pipedrive.dialect import PipedriveDialect
from connections.secrets import Secret
from connections.tests import wire
from connections.tests.pipedrive_wire import pipedrive, told

DEAL = {
    "id": 5,
    "title": "Reception refit",
    "owner_id": 102,
    "value": 1234.5,
    "currency": "GBP",
    "person_id": None,
    "org_id": 9,
    "stage_id": 2,
    "pipeline_id": 1,
    "status": "won",
    "is_deleted": False,
    "is_archived": False,
    "add_time": "2026-07-01T05:46:33Z",
    "update_time": "2026-07-02T05:46:33+03:00",
    "won_time": None,
    "expected_close_date": "2026-12-24",
    "custom_fields": {"a" * 40: {"value": 2300.25, "currency": "EUR"}},
}
DEAL_READ = types.Deal(
    id=5,
    title="Reception refit",
    status="won",
    value=Decimal("1234.5"),
    currency="GBP",
    owner_id=102,
    person_id=None,
    org_id=9,
    stage_id=2,
    pipeline_id=1,
    is_archived=False,
    is_deleted=False,
    add_time=datetime(2026, 7, 1, 5, 46, 33, tzinfo=UTC),
    update_time=datetime(2026, 7, 2, 2, 46, 33, tzinfo=UTC),
    won_time=None,
    expected_close_date=date(2026, 12, 24),
    custom_fields={"a" * 40: {"value": Decimal("2300.25"), "currency": "EUR"}},
)


def test_a_deal_is_read_with_the_users_own_token() -> None:
    calls: list[http.Call] = []

    with wire.serve(told(DEAL)) as server:
        deal = pipedrive(server.url, on_call=calls.append).get_deal(5)

    assert deal == DEAL_READ
    (request,) = server.requests
    assert (request.method, request.target) == ("GET", "/api/v2/deals/5")
    assert request.headers["authorization"] == "Bearer canary-token"
    assert request.headers["accept"] == "application/json"
    assert "content-type" not in request.headers
    assert [call.operation for call in calls] == ["pipedrive.get_deal"]


def test_deals_are_listed_by_page_newest_first() -> None:
    with wire.serve(told([DEAL], next_cursor="next="), told([])) as server:
        first = pipedrive(server.url).list_deals(status="open", owner_id=102, limit=25)
        second = pipedrive(server.url).list_deals(
            cursor=first.next_cursor, sort="id", descending=False
        )

    assert first == types.Page((DEAL_READ,), "next=")
    assert second == types.Page((), None)
    assert [request.query for request in server.requests] == [
        {
            "status": "open",
            "owner_id": "102",
            "limit": "25",
            "sort_by": "update_time",
            "sort_direction": "desc",
        },
        {"cursor": "next=", "limit": "50", "sort_by": "id", "sort_direction": "asc"},
    ]


def test_a_search_gives_names_beside_ids() -> None:
    item = {
        "id": 5,
        "type": "deal",
        "title": "Çağlar & Co",
        "value": None,
        "currency": "TRY",
        "status": "open",
        "owner": {"id": 102},
        "person": None,
        "organization": {"id": 9, "name": "Çağlar Mobilya A.Ş."},
        "is_archived": False,
    }

    with wire.serve(told({"items": [{"result_score": 1.2, "item": item}]})) as server:
        found = pipedrive(server.url).search_deals("çağ & co", limit=5)

    assert server.requests[0].path == "/api/v2/deals/search"
    assert server.requests[0].query == {"term": "çağ & co", "limit": "5"}
    assert found == (
        types.FoundDeal(
            id=5,
            title="Çağlar & Co",
            status="open",
            value=None,
            currency="TRY",
            owner_id=102,
            person_id=None,
            person_name="",
            org_id=9,
            org_name="Çağlar Mobilya A.Ş.",
            is_archived=False,
        ),
    )


LINE = {
    "id": 3,
    "deal_id": 5,
    "product_id": 1,
    "product_variation_id": None,
    "name": "Oak desk",
    "order_nr": 2,
    "quantity": 1.5,
    "item_price": 0.1,
    "currency": "GBP",
    "discount": 12.5,
    "discount_type": "percentage",
    "tax": 20,
    "tax_method": "inclusive",
    "sum": 0.13,
    "comments": "",
    "is_enabled": False,
    "billing_frequency": "one-time",
    "billing_frequency_cycles": None,
    "billing_start_date": "2026-12-19",
}


def test_the_lines_of_a_deal_come_in_their_order_from_every_page_and_keep_their_decimals() -> None:
    other = LINE | {"id": 4, "order_nr": 1, "item_price": None, "quantity": 0}

    with wire.serve(told([LINE], next_cursor="c2"), told([other])) as server:
        lines = pipedrive(server.url).list_deal_products(5)

    assert [request.target for request in server.requests] == [
        "/api/v2/deals/5/products?limit=500",
        "/api/v2/deals/5/products?limit=500&cursor=c2",
    ]
    assert [line.id for line in lines] == [4, 3]
    assert (lines[0].item_price, lines[0].quantity) == (None, Decimal(0))
    assert lines[1] == types.DealProduct(
        id=3,
        deal_id=5,
        product_id=1,
        product_variation_id=None,
        name="Oak desk",
        order_nr=2,
        quantity=Decimal("1.5"),
        item_price=Decimal("0.1"),
        currency="GBP",
        discount=Decimal("12.5"),
        discount_type="percentage",
        tax=Decimal(20),
        tax_method="inclusive",
        line_sum=Decimal("0.13"),
        comments="",
        is_enabled=False,
        billing_frequency="one-time",
        billing_frequency_cycles=None,
        billing_start_date=date(2026, 12, 19),
    )


def test_a_list_whose_pages_go_round_in_a_circle_is_not_followed_for_ever() -> None:
    with (
        wire.serve(told([LINE], next_cursor="same")) as server,
        pytest.raises(errors.UnexpectedAnswer),
    ):
        pipedrive(server.url).list_deal_products(5)

    assert len(server.requests) == 2


def test_discounts_on_the_whole_deal_are_read_without_paging() -> None:
    row = {"id": "u-1", "description": "10%", "amount": 10, "type": "percentage", "deal_id": 5}

    with wire.serve(wire.answer(200, {"success": True, "data": [row]})) as server:
        discounts = pipedrive(server.url).list_deal_discounts(5)

    assert server.requests[0].target == "/api/v2/deals/5/discounts"
    assert discounts == (types.DealDiscount("u-1", "10%", Decimal(10), "percentage"),)


@pytest.mark.parametrize("data", [None, [], "deal", {"title": "no id"}, DEAL | {"value": "much"}])
def test_a_deal_that_cannot_be_read_is_named_so(data: Any) -> None:
    with wire.serve(told(data)) as server, pytest.raises(errors.UnexpectedAnswer) as caught:
        pipedrive(server.url).get_deal(5)

    assert "much" not in str(caught.value)


def test_a_deal_the_user_may_not_see_is_not_found() -> None:
    with (
        wire.serve(wire.answer(404, {"success": False, "error": "Deal not found"})) as server,
        pytest.raises(errors.NotFound),
    ):
        pipedrive(server.url).get_deal(5)


@pytest.mark.parametrize(
    "domain",
    [
        "https://evil.example",
        "http://acme.pipedrive.com",
        "https://acme.pipedrive.com.evil.example",
        "https://acme.pipedrive.com:8443",
        "https://user@acme.pipedrive.com",
        "https://evil.example\\@acme.pipedrive.com",
        "https://acme.pipedrive.com\n",
        "https://ACME/.pipedrive.com",
        "https://169.254.169.254",
        "",
    ],
)
def test_a_domain_outside_the_allow_list_gets_no_token(domain: str) -> None:
    way = http.Transport(
        sockets.SessionPool(),
        PipedriveDialect(),
        allowed_origins=re.compile(r"^https://[a-z0-9-]+\.pipedrive\.com$"),
    )

    with pytest.raises(errors.HostNotAllowed):
        client.PipedriveClient(way, api_domain=domain, access_token=Secret("canary-token"))
