"""What the API changes, and what it refuses to change (pipedrive-api §3, §4)."""

from __future__ import annotations

from typing import Any

from sandbox.pipedrive.tests.conftest import Api, Sandbox


def find_code(api: Api, name: str) -> str:
    """The code of a deal field."""
    codes = {field["field_name"]: field["field_code"] for field in api.data("v2/dealFields")}
    return str(codes[name])


def test_a_change_merges_into_the_deal(mehmet: Api) -> None:
    before = mehmet.data("v2/deals/1")
    code = find_code(mehmet, "PO number")

    answer = mehmet.send("PATCH", "v2/deals/1", json={"custom_fields": {code: "INV-0001"}})

    after = mehmet.data("v2/deals/1")
    assert answer.status_code == 200
    assert answer.json()["data"] == after
    assert after.pop("update_time") > before.pop("update_time")
    assert after == before | {"custom_fields": before["custom_fields"] | {code: "INV-0001"}}


def test_null_clears_a_custom_field(mehmet: Api) -> None:
    code = find_code(mehmet, "PO number")

    mehmet.send("PATCH", "v2/deals/1", json={"custom_fields": {code: None}})

    assert mehmet.data("v2/deals/1")["custom_fields"][code] is None


def test_every_custom_type_is_read_as_it_was_written(mehmet: Api) -> None:
    address = {"value": "1 New Road, Bath", "locality": "Bath"}
    written = {
        "Budget": {"value": 2300.5, "currency": "EUR"},
        "Segment": 3,
        "Extras": [2, 3],
        "Handover date": "2027-02-28",
        "Fitting window": {"value": "2027-03-01", "until": "2027-03-05"},
        "Site organization": 2,
        "Designer": 103,
        "Floor area": 84.25,
        "Brief": "Warm colours.",
    }
    given = {find_code(mehmet, name): value for name, value in written.items()}

    answer = mehmet.send("PATCH", "v2/deals/3", json={"custom_fields": given})

    assert answer.status_code == 200, answer.text
    stored = mehmet.data("v2/deals/3")["custom_fields"]
    assert {code: stored[code] for code in given} == given
    assert address["locality"] == "Bath"


def test_what_does_not_fit_is_refused_and_nothing_is_written(mehmet: Api) -> None:
    before = mehmet.data("v2/deals/1")
    segment, budget = find_code(mehmet, "Segment"), find_code(mehmet, "Budget")
    refused: list[tuple[dict[str, Any], str]] = [
        ({"titel": "x"}, "titel"),
        ({"value": "200"}, "value"),
        ({"owner_id": "102"}, "owner_id"),
        ({"is_archived": 1}, "is_archived"),
        ({"status": "paid"}, "status"),
        ({"title": ""}, "title"),
        ({"org_id": 9999}, "org_id"),
        ({"owner_id": 201}, "owner_id"),
        ({"won_time": "2026-01-01T00:00:00.000Z"}, "won_time"),
        ({"custom_fields": {"no-such-code": 1}}, "no-such-code"),
        ({"custom_fields": {segment: 99}}, segment),
        ({"custom_fields": {segment: "2"}}, segment),
        ({"custom_fields": {budget: 12}}, budget),
        ({segment: 2}, segment),
        ({"title": "Good", "value": "bad"}, "value"),
    ]

    for body, key in refused:
        answer = mehmet.send("PATCH", "v2/deals/1", json=body)
        problem = answer.json()
        assert answer.status_code == 400, body
        assert problem["code"] == "ERR_SCHEMA_VALIDATION_FAILED", body
        assert problem["error"].startswith(f"Validation failed: {key}: "), body
    assert mehmet.data("v2/deals/1") == before


def test_a_body_that_is_not_json_is_refused(mehmet: Api) -> None:
    as_form = mehmet.send("PATCH", "v2/deals/1", data={"title": "x"})
    broken = mehmet.send(
        "PATCH", "v2/deals/1", data="{", headers={"Content-Type": "application/json"}
    )

    assert (as_form.status_code, broken.status_code) == (415, 400)


def test_an_archived_deal_cannot_be_changed_until_it_is_brought_back(mehmet: Api) -> None:
    refused = mehmet.send("PATCH", "v2/deals/17", json={"title": "New"})
    back = mehmet.send("PATCH", "v2/deals/17", json={"is_archived": False})

    changed = mehmet.send("PATCH", "v2/deals/17", json={"title": "New"})

    assert refused.status_code == 400
    assert back.json()["data"]["archive_time"] is None
    assert changed.json()["data"]["title"] == "New"


def test_a_new_line_answers_201_and_raises_the_deals_value(mehmet: Api) -> None:
    body = {"product_id": 8, "item_price": 75.5, "quantity": 2}

    answer = mehmet.send("POST", "v2/deals/1/products", json=body)

    line = answer.json()["data"]
    assert answer.status_code == 201
    assert (line["name"], line["quantity"], line["item_price"]) == ("Delivery", 2, 75.5)
    assert (line["tax"], line["tax_method"], line["sum"]) == (20, "exclusive", 181.2)
    assert mehmet.data("v2/deals/1/products")[-1] == line
    assert mehmet.data("v2/deals/1")["value"] == 3656.4


def test_a_line_without_its_price_is_refused(mehmet: Api) -> None:
    answer = mehmet.send("POST", "v2/deals/1/products", json={"product_id": 8, "quantity": 1})

    assert answer.status_code == 400
    assert answer.json()["error"] == "Validation failed: item_price: Required"
    assert len(mehmet.data("v2/deals/1/products")) == 3


def test_the_tax_method_of_one_line_becomes_that_of_all(mehmet: Api) -> None:
    line_id = mehmet.data("v2/deals/1/products")[0]["id"]

    answer = mehmet.send(
        "PATCH", f"v2/deals/1/products/{line_id}", json={"tax_method": "inclusive"}
    )

    lines = mehmet.data("v2/deals/1/products")
    assert answer.status_code == 200
    assert [line["tax_method"] for line in lines] == ["inclusive"] * 3
    assert [line["tax"] for line in lines] == [20, 20, 20]
    assert mehmet.data("v2/deals/1")["value"] == 2896


def test_a_removed_line_leaves_the_deals_value(mehmet: Api) -> None:
    line_id = mehmet.data("v2/deals/1/products")[0]["id"]

    answer = mehmet.send("DELETE", f"v2/deals/1/products/{line_id}")

    assert answer.json() == {"success": True, "data": {"id": line_id}}
    assert mehmet.data("v2/deals/1")["value"] == 1735.2
    assert mehmet.send("DELETE", f"v2/deals/1/products/{line_id}").status_code == 404


def test_a_disabled_line_does_not_count(mehmet: Api) -> None:
    line_id = mehmet.data("v2/deals/1/products")[0]["id"]

    mehmet.send("PATCH", f"v2/deals/1/products/{line_id}", json={"is_enabled": False})

    assert mehmet.data("v2/deals/1")["value"] == 1735.2


def test_a_deal_discount_answers_201_and_lowers_the_value(mehmet: Api) -> None:
    body = {"description": "Autumn", "amount": 25, "type": "amount"}

    answer = mehmet.send("POST", "v2/deals/1/discounts", json=body)

    assert answer.status_code == 201
    assert mehmet.data("v2/deals/1/discounts") == [answer.json()["data"]]
    assert mehmet.data("v2/deals/1")["value"] == 3450.2


def test_a_note_answers_200_and_is_listed_on_its_deal(mehmet: Api) -> None:
    body = {"content": "Invoice <b>sent</b>", "deal_id": 2, "pinned_to_deal_flag": 1}

    answer = mehmet.send("POST", "v1/notes", json=body)

    note = answer.json()["data"]
    assert answer.status_code == 200
    assert note["content"] == "Invoice <b>sent</b>"
    assert (note["deal_id"], note["user_id"], note["pinned_to_deal_flag"]) == (2, 102, True)
    assert note["deal"] == {"title": "Lobby furniture — Northgate Hotels"}
    assert mehmet.data("v1/notes", deal_id=2) == [note]


def test_a_note_needs_something_to_stand_on(mehmet: Api) -> None:
    answers = [
        mehmet.send("POST", "v1/notes", json={"content": "x"}),
        mehmet.send("POST", "v1/notes", json={"content": "x", "deal_id": 15}),
    ]

    assert [answer.status_code for answer in answers] == [400, 404]


def test_only_an_admin_may_add_a_deal_field(mehmet: Api, emma: Api) -> None:
    body = {"field_name": "Xero invoice", "field_type": "varchar"}

    refused = mehmet.send("POST", "v2/dealFields", json=body)
    made = emma.send("POST", "v2/dealFields", json=body)

    assert refused.status_code == 403
    assert made.status_code == 200
    field = made.json()["data"]
    assert (field["field_name"], field["is_custom_field"]) == ("Xero invoice", True)
    assert emma.data(f"v2/dealFields/{field['field_code']}") == field
    assert mehmet.data("v2/deals/1")["custom_fields"][field["field_code"]] is None


def test_control_makes_and_changes_deals(sandbox: Sandbox, mehmet: Api) -> None:
    made = sandbox.control(
        "pipedrive/7001/deals",
        {
            "title": "From a test",
            "currency": "EUR",
            "org_id": 2,
            "owner_id": 102,
            "products": [{"product_id": 1, "item_price": 10.25, "quantity": 3, "tax": 0}],
        },
    )

    changed = sandbox.control(f"pipedrive/7001/deals/{made['id']}", {"status": "won"})
    sandbox.control(
        f"pipedrive/7001/deals/{made['id']}/products",
        {"product_id": 8, "item_price": 5, "quantity": 1, "tax": 0},
    )

    deal = mehmet.data(f"v2/deals/{made['id']}")
    assert (made["value"], made["products"][0]["name"]) == (30.75, "Oak desk")
    assert (changed["status"], deal["status"]) == ("won", "won")
    assert (deal["title"], deal["org_id"], deal["value"]) == ("From a test", 2, 35.75)
