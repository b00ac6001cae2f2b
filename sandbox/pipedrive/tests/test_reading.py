"""What the API lets whom read, and in which pages (pipedrive-api §2, §3)."""

from __future__ import annotations

import re
from typing import Any

import requests

from sandbox.pipedrive.tests.conftest import Api, Sandbox


def read_all(api: Api, path: str, **query: Any) -> list[list[int]]:
    """Follow the cursor to the end; the ids of every page."""
    pages = []
    while True:
        answer = api.get(path, **query).json()
        pages.append([item["id"] for item in answer["data"]])
        cursor = answer["additional_data"]["next_cursor"]
        if cursor is None:
            return pages
        query["cursor"] = cursor


def test_the_cursor_leads_through_every_deal_once(emma: Api) -> None:
    pages = read_all(emma, "v2/deals", limit=6)

    assert pages == [[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12], [13, 14, 15, 16]]


def test_the_cursor_keeps_the_order_asked_for(emma: Api) -> None:
    newest_first = {"sort_by": "update_time", "sort_direction": "desc"}

    paged = [
        number for page in read_all(emma, "v2/deals", limit=3, **newest_first) for number in page
    ]

    whole = emma.data("v2/deals", **newest_first)
    assert paged == [deal["id"] for deal in whole]
    times = [deal["update_time"] for deal in whole]
    assert times == sorted(times, reverse=True)


def test_a_cursor_of_another_order_is_refused(emma: Api) -> None:
    cursor = emma.get("v2/deals", limit=2).json()["additional_data"]["next_cursor"]

    answers = [
        emma.get("v2/deals", limit=2, cursor=cursor, sort_by="add_time"),
        emma.get("v2/deals", cursor="nonsense"),
    ]

    assert [answer.status_code for answer in answers] == [400, 400]


def test_deals_are_filtered_as_asked(emma: Api) -> None:
    won = emma.data("v2/deals", status="won")
    closed = emma.data("v2/deals", status="lost,deleted")
    of_noor = emma.data("v2/deals", owner_id=104)
    of_northgate = emma.data("v2/deals", org_id=2)
    by_ids = emma.data("v2/deals", ids="3,1,999")
    since = emma.data("v2/deals", updated_since=won[0]["update_time"])

    assert {deal["status"] for deal in won} == {"won"}
    assert [deal["id"] for deal in closed] == [16, 18]
    assert [deal["id"] for deal in of_noor] == [14]
    assert [deal["id"] for deal in of_northgate] == [2, 3]
    assert [deal["id"] for deal in by_ids] == [1, 3]
    assert [deal["id"] for deal in since] == [1]


def test_archived_and_deleted_deals_are_listed_only_where_they_belong(emma: Api) -> None:
    current = [deal["id"] for deal in emma.data("v2/deals")]
    archived = emma.data("v2/deals/archived")
    deleted = emma.data("v2/deals", status="deleted")

    assert not {17, 18} & set(current)
    assert [(deal["id"], deal["is_archived"]) for deal in archived] == [(17, True)]
    assert [(deal["id"], deal["is_deleted"]) for deal in deleted] == [(18, True)]
    assert emma.data("v2/deals/17")["archive_time"]
    assert emma.data("v2/deals/18")["status"] == "deleted"


def test_who_sees_only_their_own_items_gets_404_for_the_rest(noor: Api, mehmet: Api) -> None:
    listed = [deal["id"] for deal in noor.data("v2/deals")]

    hidden = [noor.get("v2/deals/1"), noor.get("v2/deals/1/products"), mehmet.get("v2/deals/15")]

    assert listed == [14]
    assert [answer.status_code for answer in hidden] == [404, 404, 404]
    assert hidden[0].json()["error"] == "Deal not found"
    # Her deal points to an organization that is not hers to see.
    assert noor.data("v2/deals/14")["org_id"] == 1
    assert noor.get("v2/organizations/1").status_code == 404


def test_companies_do_not_see_each_other_though_their_numbers_are_the_same(
    sandbox: Sandbox, emma: Api
) -> None:
    zeynep = sandbox.connect("zeynep.kaya@anadolu.example")

    ours, theirs = emma.data("v2/deals/1"), zeynep.data("v2/deals/1")

    assert ours["title"] == "Reception refit — Harbour Dental"
    assert theirs["title"] == "Fabrika su hattı — Çağlar Mobilya"
    assert zeynep.get("v2/deals/14").status_code == 404
    assert zeynep.data("v2/deals/products", deal_ids="1")[0]["name"] == "Su pompası"
    assert emma.get("v1/users/201").status_code == 404


def test_a_deal_has_the_shape_of_api_v2(emma: Api) -> None:
    deal = emma.data("v2/deals/1")

    custom = deal.pop("custom_fields")
    for name in [name for name in deal if name.endswith(("_time", "_date"))]:
        del deal[name]
    assert deal == {
        "id": 1,
        "title": "Reception refit — Harbour Dental",
        "creator_user_id": 102,
        "owner_id": 102,
        "value": 3475.2,
        "currency": "GBP",
        "person_id": 1,
        "org_id": 1,
        "stage_id": 1,
        "pipeline_id": 1,
        "status": "won",
        "probability": None,
        "lost_reason": None,
        "visible_to": 3,
        "is_deleted": False,
        "is_archived": False,
        "label_ids": [],
        "origin": "ManuallyCreated",
        "origin_id": None,
        "channel": None,
        "channel_id": None,
        "source_lead_id": None,
        "acv": None,
        "arr": None,
        "mrr": None,
    }
    assert all(re.fullmatch("[0-9a-f]{40}", code) for code in custom)
    assert "HD-4471" in custom.values()
    assert None in custom.values()


def test_custom_fields_can_be_chosen_and_labelled(emma: Api) -> None:
    codes = {field["field_name"]: field["field_code"] for field in emma.data("v2/dealFields")}
    segment, extras = codes["Segment"], codes["Extras"]

    plain = emma.data("v2/deals/1", custom_fields=f"{segment},{extras}")["custom_fields"]
    labelled = emma.data(
        "v2/deals/1", custom_fields=f"{segment},{extras}", include_option_labels="true"
    )["custom_fields"]

    assert plain == {segment: 2, extras: [1, 2]}
    assert labelled == {
        segment: {"id": 2, "label": "Office"},
        extras: [{"id": 1, "label": "Delivery"}, {"id": 2, "label": "Assembly"}],
    }


def test_a_deleted_field_takes_its_values_along(sandbox: Sandbox, emma: Api) -> None:
    codes = {field["field_name"]: field["field_code"] for field in emma.data("v2/dealFields")}
    code = codes["PO number"]
    assert emma.data("v2/deals/1")["custom_fields"][code] == "HD-4471"

    sandbox.control(f"pipedrive/7001/fields/deal/{code}/delete")

    assert code not in {field["field_code"] for field in emma.data("v2/dealFields")}
    assert code not in emma.data("v2/deals/1")["custom_fields"]
    assert emma.get(f"v2/dealFields/{code}").status_code == 404


def test_lines_are_numbers_with_the_digits_they_need(emma: Api) -> None:
    lines = emma.data("v2/deals/5/products")

    assert [(line["quantity"], line["item_price"], line["sum"]) for line in lines] == [
        (5, 1690, 8450),
        (7.75, 110, 852.5),
    ]
    assert b'"quantity":7.75,' in emma.get("v2/deals/5/products").content


def test_the_odd_cases_are_in_the_seed(emma: Api) -> None:
    lines = {number: emma.data(f"v2/deals/{number}/products") for number in (2, 3, 7, 8, 9, 11, 12)}

    assert {line["tax_method"] for line in lines[2]} == {"inclusive"}
    assert {line["tax_method"] for line in lines[3]} == {"none"}
    assert [line["is_enabled"] for line in lines[7]] == [True, False]
    assert (lines[8][0]["discount"], lines[8][0]["discount_type"]) == (150, "amount")
    assert lines[8][1]["product_variation_id"] == 2
    assert lines[9][0]["billing_frequency"] == "monthly"
    assert lines[9][0]["billing_frequency_cycles"] == 12
    assert emma.get(f"v2/products/{lines[11][1]['product_id']}").status_code == 404
    assert lines[12] == []
    assert emma.data("v2/deals/6")["org_id"] is None
    assert emma.data("v2/deals/7")["person_id"] is None
    assert emma.data("v2/deals/10")["currency"] == "PTS"
    assert [d["amount"] for d in emma.data("v2/deals/5/discounts")] == [10]
    assert sum(p["amount"] for p in emma.data("v2/deals/installments", deal_ids="8")) == 4824.4
    assert emma.data("v2/organizations/6")["address"]["locality"] is None
    assert [e["primary"] for e in emma.data("v2/persons/2")["emails"]] == [False, True]
    custom = [money["code"] for money in emma.data("v1/currencies") if money["is_custom_flag"]]
    assert custom == ["PTS"]


def test_lines_of_many_deals_skip_what_the_user_may_not_see(mehmet: Api) -> None:
    lines = mehmet.data("v2/deals/products", deal_ids="1,15", sort_by="deal_id")

    assert {line["deal_id"] for line in lines} == {1}


def test_search_finds_turkish_names_in_any_case(emma: Api) -> None:
    people = emma.data("v2/itemSearch", term="İPEKÇİ", item_types="person")["items"]
    firms = emma.data("v2/organizations/search", term="çağlar mobilya a.ş.", exact_match="true")

    assert [hit["item"]["name"] for hit in people] == ["Şule İpekçi"]
    assert people[0]["item"]["emails"] == ["sule@caglar.example"]
    assert [hit["item"]["id"] for hit in firms["items"]] == [3]


def test_search_shows_only_what_the_user_may_see(noor: Api) -> None:
    assert noor.data("v2/itemSearch", term="harbour", item_types="organization")["items"] == []
    assert [hit["item"]["id"] for hit in noor.data("v2/deals/search", term="harbour")["items"]] == [
        14
    ]


def test_unknown_and_mistyped_parameters_are_refused(emma: Api) -> None:
    refused = {
        "v2/deals?foo=1": "foo",
        "v2/deals?limit=501": "limit",
        "v2/deals?limit=ten": "limit",
        "v2/deals?status=paid": "status",
        "v2/deals?updated_since=2026-01-01T00:00:00.000Z": "updated_since",
        "v2/deals?include_fields=nothing": "include_fields",
        "v2/deals/products": "deal_ids",
        "v2/itemSearch?term=a": "term",
        "v2/persons?include_option_labels=1": "include_option_labels",
    }

    for path, key in refused.items():
        answer = emma.get(path)
        body = answer.json()
        assert (answer.status_code, body["code"]) == (400, "ERR_SCHEMA_VALIDATION_FAILED"), path
        assert body["error"].startswith(f"Validation failed: {key}: "), path
        assert body["success"] is False


def test_api_v1_overlooks_unknown_parameters(emma: Api) -> None:
    assert emma.get("v1/users/me", foo="1").status_code == 200


def test_a_token_without_the_scope_is_refused(sandbox: Sandbox) -> None:
    api = sandbox.connect("emma.clarke@brightside.example", scope="base,deals:read")

    answer = api.get("v2/organizations/1")

    assert answer.status_code == 403
    assert answer.json()["error"] == "Scope and URL mismatch"
    assert api.get("v2/deals/1").status_code == 200
    assert api.send("PATCH", "v2/deals/1", json={"title": "No"}).status_code == 403
    assert api.data("v2/deals/1")["title"] == "Reception refit — Harbour Dental"


def test_without_a_token_nothing_is_told(sandbox: Sandbox) -> None:
    answer = requests.get(f"{sandbox.pipedrive}/api/v2/deals/1", timeout=10)

    assert answer.status_code == 401
    assert answer.json()["error"] == "unauthorized access"


def test_an_address_that_is_not_there_answers_in_json(emma: Api) -> None:
    answer = emma.get("v2/nothing")

    assert (answer.status_code, answer.json()["success"]) == (404, False)


def test_every_answer_carries_the_limits(emma: Api) -> None:
    first, second = emma.get("v2/deals/1"), emma.get("v2/deals/1/products")

    assert first.headers["x-ratelimit-limit"] == "80"
    assert int(second.headers["x-ratelimit-remaining"]) == 78
    assert int(second.headers["x-ratelimit-reset"]) <= 2
    left = "x-daily-ratelimit-token-remaining"
    assert int(first.headers[left]) - int(second.headers[left]) == 10


def test_a_burst_beyond_the_limit_waits_for_the_window(sandbox: Sandbox, emma: Api) -> None:
    sandbox.control("settings", {"pipedrive_burst_limit": 3})

    answers = [emma.get("v1/users/me") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].headers["x-ratelimit-remaining"] == "0"
    assert 1 <= int(answers[3].headers["x-ratelimit-reset"]) <= 2
    sandbox.control("settings", {"limits_enabled": False})
    assert emma.get("v1/users/me").status_code == 200


def test_a_spent_day_lasts_until_midnight(sandbox: Sandbox, emma: Api) -> None:
    sandbox.control("settings", {"pipedrive_day_limit": 3, "pipedrive_access_ttl": 200_000})
    api = sandbox.connect("emma.clarke@brightside.example")

    today = [api.get("v1/users/me").status_code for _ in range(2)]
    sandbox.control("clock", {"advance_seconds": 86_400})

    assert today == [200, 429]
    assert api.get("v1/users/me").status_code == 200


def test_a_fault_can_spend_the_day(sandbox: Sandbox, emma: Api) -> None:
    fault = {
        "vendor": "pipedrive",
        "method": "GET",
        "path": "/api/v2/deals",
        "times": 1,
        "kind": "rate_limit",
        "problem": "day",
    }
    sandbox.control("faults", fault)

    refused, fine = emma.get("v2/deals"), emma.get("v2/deals")

    assert refused.status_code == 429
    assert refused.headers["x-daily-ratelimit-token-remaining"] == "0"
    assert refused.json()["success"] is False
    assert fine.status_code == 200


def test_traffic_names_the_company_that_asked(sandbox: Sandbox, emma: Api) -> None:
    emma.get("v2/deals/1")

    url = f"{sandbox.pipedrive}/_sandbox/traffic"
    seen = requests.get(url, params={"path": "deals/1$"}, timeout=10).json()
    assert [(call["company_id"], call["status"]) for call in seen] == [(7001, 200)]


def test_the_state_shows_deals_with_their_lines_and_who_installed(
    sandbox: Sandbox, emma: Api
) -> None:
    state = requests.get(f"{sandbox.xero}/_sandbox/state", timeout=10).json()

    brightside = state["pipedrive"]["companies"]["7001"]
    assert brightside["installed_users"] == [101]
    assert [line["name"] for line in brightside["deals"][0]["products"]] == [
        "Oak desk",
        "Ergonomic chair",
        "Installation, per hour",
    ]
    assert len(brightside["deals"]) == 18
    assert len(state["pipedrive"]["companies"]["7002"]["deals"]) == 8
