"""Xero's webhooks as the app meets them (fact sheet §10)."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from sandbox.tests.conftest import Sandbox
from sandbox.tests.receiver import Message, Receiver, receiving

KEY = b"sandbox-xero-webhook-key"
EMMA = "emma.clarke@brightside.example"


def is_signed(message: Message) -> bool:
    digest = hmac.new(KEY, message.body, hashlib.sha256).digest()
    return message.headers["x-xero-signature"] == base64.b64encode(digest).decode()


def honest(message: Message) -> int:
    return 200 if is_signed(message) else 401


def told(receiver: Receiver) -> list[dict[str, Any]]:
    """Return the genuine events that arrived."""
    messages = [json.loads(each.body) for each in receiver.messages if is_signed(each)]
    return [event for message in messages for event in message["events"]]


def wait_for(ask: Callable[[], Any], seconds: float = 10) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
    return found


@pytest.fixture
def app(sandbox: Sandbox) -> Iterator[Receiver]:
    """An app that means it: both signatures are answered as they should be."""
    sandbox.control("POST", "xero/connect", {"email": EMMA, "slugs": ["brightside"]})
    with receiving(honest) as receiver:
        sandbox.control(
            "POST",
            "xero/webhooks",
            {"url": f"{receiver.url}/webhooks/xero", "state": "checking"},
        )
        wait_for(lambda: state(sandbox)["state"] == "enabled")
        yield receiver


def state(sandbox: Sandbox, **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = sandbox.control("POST", "xero/webhooks", changes)
    return found


def invoices(sandbox: Sandbox, status: str = "AUTHORISED") -> list[dict[str, Any]]:
    organisations = sandbox.control("GET", "state")["xero"]["organisations"]
    rows = next(each for each in organisations.values() if each["slug"] == "brightside")["invoices"]
    return [row for row in rows if row["Status"] == status and row["Type"] == "ACCREC"]


def pay(sandbox: Sandbox, invoice: dict[str, Any], **given: Any) -> None:
    sandbox.control("POST", f"xero/brightside/invoices/{invoice['InvoiceID']}/pay", given)


def deliveries(sandbox: Sandbox) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sandbox.control("GET", "webhooks?vendor=xero")
    return found


def test_the_intent_check_has_wrong_signatures_on_purpose(app: Receiver) -> None:
    checks = app.messages[:4]

    assert [is_signed(each) for each in checks] == [True, False, True, False]
    assert [json.loads(each.body)["events"] for each in checks] == [[], [], [], []]


@pytest.mark.parametrize("status", [200, 401, 204, 500, 302])
def test_an_app_that_does_not_tell_the_signatures_apart_is_told_nothing(
    sandbox: Sandbox, status: int
) -> None:
    sandbox.control("POST", "xero/connect", {"email": EMMA, "slugs": ["brightside"]})
    with receiving(lambda _: status) as receiver:
        state(sandbox, url=receiver.url, state="checking")
        wait_for(lambda: state(sandbox)["last_check"])
        pay(sandbox, invoices(sandbox)[0])
        time.sleep(0.6)

    assert state(sandbox)["state"] == "checking"
    assert told(receiver) == []


def test_a_payment_is_told_as_a_change_of_its_invoice(app: Receiver, sandbox: Sandbox) -> None:
    invoice = invoices(sandbox)[0]

    pay(sandbox, invoice)

    event = wait_for(lambda: told(app))[0]
    assert event["resourceId"] == invoice["InvoiceID"]
    assert event["resourceUrl"].endswith(f"/api.xro/2.0/Invoices/{invoice['InvoiceID']}")
    assert (event["eventCategory"], event["eventType"]) == ("INVOICE", "UPDATE")
    assert event["tenantType"] == "ORGANISATION"


def test_contacts_and_credit_notes_are_told_too(app: Receiver, sandbox: Sandbox) -> None:
    invoice = invoices(sandbox)[0]

    sandbox.control("POST", f"xero/brightside/invoices/{invoice['InvoiceID']}/credit", {})
    contact = invoice["Contact"]["ContactID"]
    sandbox.control("POST", f"xero/brightside/contacts/{contact}/edit", {"Name": "Işıl"})

    found = wait_for(lambda: len(told(app)) >= 3 and told(app))
    note = next(each for each in found if each["eventCategory"] == "CREDITNOTE")
    assert note["data"] == {"Type": "ACCRECCREDIT", "Status": "PAID"}
    assert {each["eventCategory"] for each in found} == {"INVOICE", "CONTACT", "CREDITNOTE"}


def test_an_organisation_that_is_not_connected_tells_nothing(
    app: Receiver, sandbox: Sandbox
) -> None:
    sandbox.control("POST", "xero/brightside/disconnect", {})

    pay(sandbox, invoices(sandbox)[0])
    time.sleep(0.6)

    assert told(app) == []


def test_switches_double_and_forge(app: Receiver, sandbox: Sandbox) -> None:
    sandbox.control("POST", "settings", {"webhooks_duplicate": True, "webhooks_forge": True})
    before = len(app.messages)

    pay(sandbox, invoices(sandbox)[0])

    wait_for(lambda: len(app.messages) == before + 3)
    assert sorted(is_signed(each) for each in app.messages[before:]) == [False, True, True]
    assert len({each.body for each in app.messages[before:]}) == 1


def test_messages_are_kept_back_and_go_in_any_order(app: Receiver, sandbox: Sandbox) -> None:
    sandbox.control("POST", "settings", {"webhooks_paused": True, "webhooks_shuffle": True})
    made = sandbox.control("POST", "xero/brightside/invoices", {"count": 1})["invoice_ids"]
    for cents in range(1, 13):
        pay(sandbox, {"InvoiceID": made[0]}, amount=f"0.{cents:02}")
    assert told(app) == []

    sandbox.control("POST", "settings", {"webhooks_paused": False})

    wait_for(lambda: len(told(app)) == 13)
    sequences = [
        json.loads(each.body)["firstEventSequence"]
        for each in app.messages
        if json.loads(each.body)["events"]
    ]
    assert len(set(sequences)) == 13
    assert sequences != sorted(sequences)


def test_a_message_is_repeated_at_growing_gaps_and_disabled_after_a_day(
    app: Receiver, sandbox: Sandbox
) -> None:
    app.answer = lambda _: 500
    pay(sandbox, invoices(sandbox)[0])
    wait_for(lambda: deliveries(sandbox)[-1]["attempts"] == 2)

    sandbox.control("POST", "clock", {"advance_seconds": 901})
    wait_for(lambda: deliveries(sandbox)[-1]["attempts"] == 3)
    assert state(sandbox)["state"] == "enabled"
    sandbox.control("POST", "clock", {"advance_seconds": 86_400})
    wait_for(lambda: state(sandbox)["state"] == "disabled")
    app.answer = honest
    state(sandbox, state="checking")

    wait_for(lambda: state(sandbox)["state"] == "enabled")
    wait_for(lambda: deliveries(sandbox)[-1]["is_delivered"])


def test_a_message_may_hold_events_of_several_organisations(
    app: Receiver, sandbox: Sandbox
) -> None:
    events = [{"tenantId": "a", "eventCategory": "INVOICE", "eventType": "UPDATE"}] * 2
    events[1] = events[1] | {"tenantId": "b", "eventCategory": "CONTACT"}

    state(sandbox, events=events)

    wait_for(lambda: told(app) == events)


def test_the_page_shows_what_was_sent_and_turns_switches(app: Receiver, sandbox: Sandbox) -> None:
    pay(sandbox, invoices(sandbox)[0])
    wait_for(lambda: deliveries(sandbox)[-1]["is_delivered"])

    page = requests.get(f"{sandbox.xero}/webhooks/", timeout=5)
    requests.post(f"{sandbox.xero}/webhooks/", {"switch": "webhooks_paused"}, timeout=5)

    assert "INVOICE UPDATE" in page.text and "delivered" in page.text and "enabled" in page.text
    assert sandbox.control("GET", "settings")["webhooks_paused"] is True


def test_a_forged_message_with_many_events_is_not_tried_again(
    app: Receiver, sandbox: Sandbox
) -> None:
    sandbox.control("POST", "settings", {"webhooks_forge": True})
    kinds = [("CONTACT", "CREATE"), ("CREDITNOTE", "CREATE"), ("INVOICE", "CREATE")]
    events = [{"eventCategory": c, "eventType": t, "tenantId": "a"} for c, t in kinds]

    state(sandbox, events=events)

    wait_for(lambda: all(each["attempts"] for each in deliveries(sandbox)))
    forged = next(each for each in deliveries(sandbox) if each["note"].startswith("forged"))
    assert (forged["status"], forged["due_at"]) == (401, None)
    assert state(sandbox)["failing_since"] == ""


def test_an_answer_after_five_seconds_is_none(app: Receiver, sandbox: Sandbox) -> None:
    def late(message: Message) -> int:
        time.sleep(5.5)
        return 200

    app.answer = late
    pay(sandbox, invoices(sandbox)[0])

    wait_for(lambda: deliveries(sandbox)[-1]["attempts"], seconds=15)
    first = deliveries(sandbox)[-1]
    assert (first["status"], first["is_delivered"]) == (None, False)


def test_webhooks_are_ended_and_asked_for_again(app: Receiver, sandbox: Sandbox) -> None:
    sandbox.control("POST", "webhooks/xero", {"state": "off"})
    pay(sandbox, invoices(sandbox)[0])
    requests.post(f"{sandbox.xero}/webhooks/", {"state": "checking"}, timeout=5)

    wait_for(lambda: state(sandbox)["state"] == "enabled")
    assert told(app) == []
