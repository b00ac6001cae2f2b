"""Pipedrive's webhooks as the app meets them (fact sheet §6)."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from sandbox.pipedrive.tests.conftest import Api, Sandbox
from sandbox.tests.receiver import Receiver, receiving

BASIC = "Basic " + base64.b64encode(b"u:p").decode()
COMPANY = 7001


@pytest.fixture
def app() -> Iterator[Receiver]:
    with receiving(lambda _: 200) as receiver:
        yield receiver


def hook(api: Api, app: Receiver, kind: str = "deal", **more: Any) -> Any:
    body = {
        "subscription_url": f"{app.url}/hooks/secret",
        "event_action": "*",
        "event_object": kind,
        "name": "Test",
        "version": "2.0",
        "http_auth_user": "u",
        "http_auth_password": "p",
    }
    return api.send("POST", "v1/webhooks", json=body | more)


def told(app: Receiver) -> list[dict[str, Any]]:
    return [json.loads(each.body) for each in app.messages]


def wait_for(ask: Callable[[], Any], seconds: float = 10) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
    return found


def deliveries(sandbox: Sandbox) -> list[dict[str, Any]]:
    address = f"{sandbox.pipedrive}/_sandbox/webhooks?vendor=pipedrive"
    found: list[dict[str, Any]] = requests.get(address, timeout=5).json()
    return found


def test_a_hook_is_made_listed_and_removed(emma: Api, app: Receiver) -> None:
    made = hook(emma, app)

    assert made.status_code == 201
    assert made.json()["status"] == "ok" and made.json()["success"] is True
    (listed,) = emma.data("v1/webhooks")
    assert (listed["event_object"], listed["is_active"], listed["version"]) == ("deal", 1, "2.0")
    assert listed == made.json()["data"]
    assert emma.send("DELETE", f"v1/webhooks/{listed['id']}").json()["success"] is True
    assert emma.data("v1/webhooks") == []
    gone = emma.send("DELETE", f"v1/webhooks/{listed['id']}")
    assert (gone.status_code, gone.json()["errors"]) == (404, {"id": ["not found"]})


def test_an_address_that_does_not_answer_is_refused(emma: Api, app: Receiver) -> None:
    answer = hook(emma, app, subscription_url="http://127.0.0.1:1/hooks")

    assert answer.status_code == 400
    assert answer.json()["errors"] == {"subscription_url": ["invalid or non-reachable URL"]}


def test_forty_hooks_are_the_most(emma: Api, app: Receiver) -> None:
    emma.sandbox.control("settings", {"limits_enabled": False})

    statuses = [hook(emma, app).status_code for _ in range(41)]

    assert statuses == [201] * 40 + [422]


def test_a_change_is_told_with_what_was_before(emma: Api, app: Receiver) -> None:
    hook(emma, app)

    emma.sandbox.control(f"pipedrive/{COMPANY}/deals/1", {"title": "Işık ofisi"})

    (message,) = wait_for(lambda: told(app))
    meta = message["meta"]
    assert app.messages[0].headers["authorization"] == BASIC
    assert app.messages[0].path == "/hooks/secret"
    assert (meta["action"], meta["entity"], meta["entity_id"]) == ("change", "deal", "1")
    assert (meta["company_id"], meta["version"]) == (str(COMPANY), "2.0")
    assert message["data"]["title"] == "Işık ofisi"
    assert set(message["previous"]) == {"title", "update_time"}


def test_custom_fields_are_typed_and_ids_are_text(emma: Api, app: Receiver) -> None:
    hook(emma, app, "organization")

    emma.sandbox.control(f"pipedrive/{COMPANY}/organizations/1", {"name": "Harbour"})

    data = wait_for(lambda: told(app))[0]["data"]
    assert isinstance(data["visible_to"], str)
    assert data["custom_fields"]
    assert all("type" in value for value in data["custom_fields"].values())


def test_a_new_deal_a_deleted_deal_and_a_line(emma: Api, app: Receiver) -> None:
    hook(emma, app)
    made = emma.sandbox.control(f"pipedrive/{COMPANY}/deals", {"title": "New"})
    number = made["id"]
    line = {"product_id": 1, "item_price": 10, "quantity": 2}
    emma.sandbox.control(f"pipedrive/{COMPANY}/deals/{number}/products", line)
    emma.sandbox.control(f"pipedrive/{COMPANY}/deals/{number}", {"is_deleted": True})

    messages = wait_for(lambda: len(told(app)) == 3 and told(app))
    by_action = {each["meta"]["action"]: each for each in messages}
    assert set(by_action) == {"create", "change", "delete"}
    assert by_action["create"]["previous"] is None
    assert by_action["change"]["previous"]["value"] == 0
    assert by_action["delete"]["data"] is None
    assert by_action["delete"]["previous"]["title"] == "New"


def test_a_merge_is_told_twice(emma: Api, app: Receiver) -> None:
    hook(emma, app)

    emma.sandbox.control(f"pipedrive/{COMPANY}/deals/1/merge", {"into": 2})

    messages = wait_for(lambda: len(told(app)) == 2 and told(app))
    metas = {each["meta"]["action"]: each["meta"] for each in messages}
    assert (metas["delete"]["entity_id"], metas["delete"]["merged_to_id"]) == ("1", "2")
    assert (metas["change"]["entity_id"], metas["change"]["merged_from_id"]) == ("2", "1")
    assert emma.data("v2/deals/1")["is_deleted"] is True


def test_what_its_user_may_not_see_is_not_told(noor: Api, app: Receiver) -> None:
    hook(noor, app)
    seen = {row["id"] for row in noor.data("v2/deals")}
    hidden = next(number for number in range(1, 20) if number not in seen)

    noor.sandbox.control(f"pipedrive/{COMPANY}/deals/{hidden}", {"title": "Hidden"})
    noor.sandbox.control(f"pipedrive/{COMPANY}/deals/{min(seen)}", {"title": "Seen"})

    wait_for(lambda: told(app))
    time.sleep(0.5)
    assert [each["data"]["title"] for each in told(app)] == ["Seen"]


def test_it_is_tried_four_times_and_then_lost(emma: Api, app: Receiver, sandbox: Sandbox) -> None:
    hook(emma, app)
    app.answer = lambda _: 503
    sandbox.control(f"pipedrive/{COMPANY}/deals/1", {"title": "Lost"})

    for attempts, seconds in ((1, 3), (2, 30), (3, 150), (4, 10_000)):
        wait_for(lambda n=attempts: deliveries(sandbox)[-1]["attempts"] == n)
        sandbox.control("clock", {"advance_seconds": seconds})
    time.sleep(0.6)

    assert deliveries(sandbox)[-1]["attempts"] == 4
    assert deliveries(sandbox)[-1]["due_at"] is None
    assert [each["meta"]["attempt"] for each in told(app)] == [1, 2, 3, 4]
    assert len({each["meta"]["id"] for each in told(app)}) == 1


def test_ten_failures_ban_a_hook_and_what_happens_meanwhile_is_lost(
    emma: Api, app: Receiver, sandbox: Sandbox
) -> None:
    hook(emma, app)
    app.answer = lambda _: 500
    for n in range(10):
        sandbox.control(f"pipedrive/{COMPANY}/deals/1", {"title": f"Try {n}"})
    wait_for(lambda: all(each["attempts"] for each in deliveries(sandbox)))
    made = len(deliveries(sandbox))

    sandbox.control(f"pipedrive/{COMPANY}/deals/1", {"title": "While banned"})
    assert len(deliveries(sandbox)) == made == 10
    sandbox.control("clock", {"advance_seconds": 1801})
    sandbox.control(f"pipedrive/{COMPANY}/deals/1", {"title": "After"})
    assert len(deliveries(sandbox)) == 11


def test_three_days_without_success_delete_a_hook(
    emma: Api, app: Receiver, sandbox: Sandbox
) -> None:
    sandbox.control("settings", {"pipedrive_access_ttl": 9_999_999})
    api = sandbox.connect("emma.clarke@brightside.example")
    hook(api, app)
    app.answer = lambda _: 500
    sandbox.control("clock", {"advance_seconds": 3 * 86_400})

    sandbox.control(f"pipedrive/{COMPANY}/deals/1", {"title": "Too late"})

    wait_for(lambda: api.data("v1/webhooks") == [])


def test_hooks_go_with_the_user_who_takes_the_app_off(
    emma: Api, mehmet: Api, app: Receiver, sandbox: Sandbox
) -> None:
    hook(emma, app)
    hook(mehmet, app)

    sandbox.control(f"pipedrive/{COMPANY}/users/101/uninstall")

    assert [each["user_id"] for each in mehmet.data("v1/webhooks")] == [102]


def test_switches_double_and_forge(emma: Api, app: Receiver, sandbox: Sandbox) -> None:
    hook(emma, app)
    sandbox.control("settings", {"webhooks_duplicate": True, "webhooks_forge": True})
    app.answer = lambda message: 200 if message.headers["authorization"] == BASIC else 401

    sandbox.control(f"pipedrive/{COMPANY}/deals/1", {"title": "Doubled"})

    wait_for(lambda: len(app.messages) == 3)
    assert sorted(each.headers["authorization"] == BASIC for each in app.messages) == [
        False,
        True,
        True,
    ]
    assert len({each["meta"]["id"] for each in told(app)}) == 1
    (listed,) = emma.data("v1/webhooks")
    wait_for(lambda: all(each["status"] for each in deliveries(sandbox)))
    assert [each["attempts"] for each in deliveries(sandbox)] == [1, 1, 1]
    assert listed["last_http_status"] in (None, 200)


def test_a_hook_is_banned_and_deleted_by_hand(emma: Api, app: Receiver, sandbox: Sandbox) -> None:
    number = hook(emma, app).json()["data"]["id"]

    (banned,) = sandbox.control("webhooks/pipedrive", {"number": number, "state": "banned"})
    sandbox.control(f"pipedrive/{COMPANY}/deals/1", {"title": "While banned"})
    made = len(deliveries(sandbox))
    (lifted,) = sandbox.control("webhooks/pipedrive", {"number": number, "state": "active"})
    sandbox.control(f"pipedrive/{COMPANY}/deals/1", {"title": "After"})
    wait_for(lambda: told(app))
    left = sandbox.control("webhooks/pipedrive", {"number": number, "state": "deleted"})

    assert (banned["state"], lifted["state"], made, left) == ("banned", "active", 0, [])
    assert [each["data"]["title"] for each in told(app)] == ["After"]
    unknown = requests.post(
        f"{sandbox.pipedrive}/_sandbox/webhooks/pipedrive",
        json={"number": number, "state": "banned"},
        timeout=5,
    )
    assert unknown.status_code == 400


def test_the_page_sends_a_message_again_and_moves_hooks(
    emma: Api, app: Receiver, sandbox: Sandbox
) -> None:
    number = hook(emma, app).json()["data"]["id"]
    sandbox.control(f"pipedrive/{COMPANY}/deals/1", {"title": "Twice"})
    wait_for(lambda: deliveries(sandbox) and deliveries(sandbox)[-1]["is_delivered"])
    message = deliveries(sandbox)[-1]["number"]
    page = f"{sandbox.pipedrive}/webhooks/"

    requests.post(page, {"again": "1", "number": message}, timeout=5)
    wait_for(lambda: len(app.messages) == 2)
    requests.post(page, {"gap": "10"}, timeout=5)
    shown = requests.post(page, {"state": "banned", "number": number}, timeout=5).text

    assert len({each.body for each in app.messages}) == 1
    assert "banned" in shown and "Lift the ban" in shown
    assert (
        requests.get(f"{sandbox.pipedrive}/_sandbox/settings", timeout=5).json()[
            "webhooks_gap_percent"
        ]
        == 10
    )
