"""A webhook is accepted only if it is genuine, and costs one insert (P-14, F-30, F-35 to F-37)."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from celery.signals import before_task_publish
from django.db import OperationalError, connection
from django.test import Client

from connections import doorbell
from connections.models import User, WebhookEvent, WebhookRefusal
from connections.tests import webhook_wire as wire
from connections.webhooks import receiving, signatures

pytestmark = pytest.mark.django_db
COMPANY = 7001


def refusals() -> list[tuple[str, str, int]]:
    rows = WebhookRefusal.objects.order_by("pk")
    return [(row.vendor, row.reason, row.count) for row in rows]


def check_silent(answer: Any) -> None:
    assert answer.content == b""
    assert not answer.cookies
    assert "Location" not in answer.headers


def test_a_signed_message_of_xero_is_stored_as_ids_and_answered_with_nothing() -> None:
    answer = wire.tell_xero(wire.xero_body(wire.xero_event()))

    assert answer.status_code == 200
    check_silent(answer)
    row = WebhookEvent.objects.get()
    assert (row.vendor, row.category, row.action) == ("xero", "INVOICE", "UPDATE")
    assert (row.tenant_id, row.resource_id) == (wire.TENANT, str(wire.INVOICE))
    assert row.happened_at == datetime(2026, 12, 2, 0, 44, 9, 923000, tzinfo=UTC)
    assert (row.state, row.copies, row.company) == (WebhookEvent.State.NEW, 1, None)
    assert refusals() == []


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "AAAA",
        wire.sign(b"another body"),
        wire.sign(wire.xero_body(wire.xero_event()), "another key of thirty-two letters"),
        wire.sign(wire.xero_body(wire.xero_event())).lower(),
        "ığüşöç",
        "é" * 44,
        "x" * 100_000,
    ],
)
def test_a_message_that_xero_did_not_sign_is_refused_counted_and_not_stored(signature: str) -> None:
    answer = wire.tell_xero(wire.xero_body(wire.xero_event()), signature=signature)

    assert answer.status_code == 401
    check_silent(answer)
    assert not WebhookEvent.objects.exists()
    assert refusals() == [("xero", "signature", 1)]


def test_the_intent_to_receive_is_confirmed_by_200_and_401_and_stores_nothing() -> None:
    # Odd spaces and all: the signature is over the raw bytes (xero-api §10).
    body = b'{"events":[],"firstEventSequence": 0,"lastEventSequence": 0, "entropy": "LUWDSUD"}'

    right = wire.tell_xero(body)
    wrong = wire.tell_xero(body, signature=wire.sign(body + b" "))

    assert (right.status_code, wrong.status_code) == (200, 401)
    check_silent(right)
    check_silent(wrong)
    assert not WebhookEvent.objects.exists()


def test_refusals_are_counted_by_the_network_they_come_from() -> None:
    for address in ("203.0.113.7", "203.0.113.99", "198.51.100.1", "2001:db8::1", "a sock"):
        Client(REMOTE_ADDR=address).post("/webhooks/xero", b"{}", content_type="application/json")

    rows = WebhookRefusal.objects.values_list("source", "count")
    assert dict(rows) == {
        "203.0.113.0/24": 2,
        "198.51.100.0/24": 1,
        "2001:db8::/48": 1,
        "": 1,
    }


def test_behind_our_proxy_a_refusal_is_counted_for_the_network_before_it(settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    client = Client(REMOTE_ADDR="10.0.0.2")

    for hops in ("203.0.113.7", "192.0.2.1, 203.0.113.99"):
        client.post(
            "/webhooks/xero",
            b"{}",
            content_type="application/json",
            headers={"X-Forwarded-For": hops},
        )

    assert [row.source for row in WebhookRefusal.objects.all()] == ["203.0.113.0/24"]


def test_while_the_key_is_changed_both_are_accepted(settings: Any) -> None:
    settings.XERO_WEBHOOK_KEYS = ["the-new-key-of-the-developer-portal", wire.KEY]
    body = wire.xero_body(wire.xero_event())

    answers = [
        wire.tell_xero(body, signature=wire.sign(body, key)).status_code
        for key in (*settings.XERO_WEBHOOK_KEYS, "the-one-before-that-which-is-gone")
    ]

    assert answers == [200, 200, 401]


@pytest.mark.parametrize("keys", [[], [""]])
def test_without_a_key_everything_is_refused(settings: Any, keys: list[str]) -> None:
    settings.XERO_WEBHOOK_KEYS = keys
    body = wire.xero_body(wire.xero_event())

    for key in ("", wire.KEY):
        assert wire.tell_xero(body, signature=wire.sign(body, key)).status_code == 401
    assert not WebhookEvent.objects.exists()


def test_an_event_that_comes_again_is_one_event_with_more_copies() -> None:
    first, second = wire.xero_event(), wire.xero_event(eventDateUtc="2026-12-02T00:45:00")

    for events in ([first], [first, second, first], [second]):
        assert wire.tell_xero(wire.xero_body(*events)).status_code == 200

    rows = WebhookEvent.objects.order_by("happened_at")
    assert [row.copies for row in rows] == [3, 2]


@pytest.mark.parametrize("count", [1, 2, 300])
def test_a_message_costs_one_insert_however_many_events_it_brings(
    count: int, django_assert_num_queries: Any
) -> None:
    body = wire.xero_body(
        *(wire.xero_event(eventDateUtc=f"2026-12-02T00:44:09.{n:06}") for n in range(count))
    )
    client = Client()

    with django_assert_num_queries(1, connection=connection) as asked:
        assert wire.tell_xero(body, client=client).status_code == 200

    assert "INSERT INTO" in asked.captured_queries[0]["sql"]
    assert WebhookEvent.objects.count() == count


def test_an_odd_event_costs_itself_and_not_its_neighbours() -> None:
    odd = [
        None,
        7,
        wire.xero_event(tenantId="not an id"),
        wire.xero_event(resourceId=None),
        wire.xero_event(eventCategory="INV\x00OICE"),
        wire.xero_event(eventCategory={"a": 1}),
        wire.xero_event(eventType="U" * 17),
        wire.xero_event(eventDateUtc="yesterday"),
        wire.xero_event(eventDateUtc="0001-01-01T00:00:00+23:59"),
        wire.xero_event(tenantType="APPLICATION", eventCategory="SUBSCRIPTION"),
    ]

    answer = wire.tell_xero(wire.xero_body(*odd, wire.xero_event()))  # type: ignore[arg-type]

    assert answer.status_code == 200
    assert WebhookEvent.objects.get().resource_id == str(wire.INVOICE)


BODIES = {
    "empty": b"",
    "list": b"[]",
    "null": b"null",
    "number": b"1e999",
    "deep": b"[" * 10_000,
    "deep events": b'{"events":' + b"[" * 10_000,
    "deep and closed": b'{"events":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "utf-16": '{"events": []}'.encode("utf-16"),
    "latin": '{"events": "ğ"}'.encode("iso-8859-9"),
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
    "NUL": b"\x00" * 100,
    "events as text": b'{"events": "[]"}',
    "twice the key": b'{"events": [], "events": null}',
    "many digits": b'{"events": ' + b"9" * 5000 + b"}",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_what_is_no_message_is_refused_even_when_it_is_signed(body: bytes) -> None:
    answer = wire.tell_xero(body)

    assert answer.status_code in {200, 400}
    assert (answer.status_code == 200) == (body == BODIES["utf-16"])
    check_silent(answer)
    assert wire.tell_pipedrive(COMPANY, body).status_code == 400
    assert not WebhookEvent.objects.exists()


def test_a_body_that_is_too_large_is_neither_read_nor_stored() -> None:
    body = wire.xero_body(wire.xero_event()) + b" " * receiving.MAX_BYTES
    whole = wire.xero_body(wire.xero_event())
    whole += b" " * (receiving.MAX_BYTES - len(whole))

    assert wire.tell_xero(body).status_code == 413
    assert wire.tell_xero(b" " * 10_000_000).status_code == 413
    assert wire.tell_pipedrive(COMPANY, body).status_code == 413
    assert not WebhookEvent.objects.exists()
    assert wire.tell_xero(whole).status_code == 200


@pytest.mark.parametrize("length", ["x", "-1", "+5", "1e3", "9" * 5000])
def test_a_length_that_is_no_number_is_refused(length: str) -> None:
    answer = Client().generic("POST", "/webhooks/xero", b"{}", CONTENT_LENGTH=length)

    assert answer.status_code == 401
    check_silent(answer)


def test_a_database_that_is_away_has_the_message_come_again() -> None:
    def away(*_: Any) -> Any:
        raise OperationalError("the server is gone")

    with connection.execute_wrapper(away):
        kept = wire.tell_xero(wire.xero_body(wire.xero_event()))
        forged = wire.tell_xero(wire.xero_body(wire.xero_event()), signature="forged")

    assert (kept.status_code, forged.status_code) == (503, 401)
    check_silent(kept)


@pytest.mark.parametrize("path", ["/webhooks/xero", "/webhooks/pipedrive/7001-x"])
@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
def test_only_a_post_is_listened_to(path: str, method: str) -> None:
    answer = getattr(Client(), method)(path)

    assert answer.status_code == 405
    assert answer.content == b""


@pytest.mark.parametrize("path", ["/webhooks/xero/", "/webhooks/pipedrive", "/webhooks/pipedrive/"])
def test_an_address_that_is_nearly_right_is_not_found_and_never_redirects(path: str) -> None:
    assert Client().post(path, b"{}", content_type="application/json").status_code == 404


def test_somebody_who_is_signed_in_may_no_more_than_a_stranger() -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("staff@invoicebridge.example"))

    answer = wire.tell_xero(wire.xero_body(wire.xero_event()), signature="x", client=client)

    assert answer.status_code == 401
    assert not WebhookEvent.objects.exists()


def test_a_message_of_pipedrive_is_stored_as_ids() -> None:
    answer = wire.tell_pipedrive(COMPANY, wire.pipedrive_body(COMPANY))

    assert answer.status_code == 200
    check_silent(answer)
    row = WebhookEvent.objects.get()
    assert (row.vendor, row.category, row.action) == ("pipedrive", "deal", "change")
    assert (row.pipedrive_company_id, row.resource_id, row.hook_id) == (COMPANY, "12", 77)
    assert row.happened_at == datetime(2026, 12, 1, tzinfo=UTC)
    assert (row.merged_from_id, row.merged_to_id) == (None, None)


def test_both_events_of_a_merge_say_the_same() -> None:
    told = [
        {"action": "delete", "entity_id": 12, "id": "a", "merged_to_id": "13"},
        {"action": "change", "entity_id": "13", "id": "b", "merged_from_id": 12},
    ]

    for each in told:
        assert wire.tell_pipedrive(COMPANY, wire.pipedrive_body(COMPANY, **each)).status_code == 200

    rows = WebhookEvent.objects.values_list("merged_from_id", "merged_to_id")
    assert [*rows] == [(12, 13), (12, 13)]


def test_pipedrive_tells_one_event_once_whatever_the_attempt() -> None:
    for attempt in (1, 2, 3):
        wire.tell_pipedrive(COMPANY, wire.pipedrive_body(COMPANY, attempt=attempt))

    assert WebhookEvent.objects.get().copies == 3


def _basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


def test_a_message_at_a_wrong_address_is_not_found() -> None:
    ours, theirs = signatures.credentials_for(COMPANY), signatures.credentials_for(7002)
    mixed = f"{COMPANY}-{theirs.address.partition('-')[2]}"

    for address in (
        mixed,
        f"{COMPANY}-",
        f"{COMPANY}",
        ours.address[:-1],
        ours.address + "A",
        ours.address.replace("7001", "07001", 1),
        "-",
        "ığ-" + "x" * 43,
        "9" * 400,
        f"{'9' * 19}-x",
        "٧٠٠١-" + ours.address.partition("-")[2],
    ):
        answer = wire.tell_pipedrive(COMPANY, wire.pipedrive_body(COMPANY), address=address)
        assert answer.status_code == 404, address
        check_silent(answer)
    assert not WebhookEvent.objects.exists()


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Basic",
        "Basic ???",
        "Bearer x",
        _basic("a"),
        _basic("a:b"),
        "Basic é",
        "Basic " + "x" * 9,
    ],
)
def test_a_message_without_our_password_is_refused(authorization: str) -> None:
    body = wire.pipedrive_body(COMPANY)

    assert wire.tell_pipedrive(COMPANY, body, authorization=authorization).status_code == 401
    assert not WebhookEvent.objects.exists()
    assert refusals() == [("pipedrive", "password", 1)]


def test_one_companys_password_opens_no_other_companys_address() -> None:
    theirs = signatures.credentials_for(7002)
    authorization = _basic(f"{theirs.user}:{theirs.password}")

    answer = wire.tell_pipedrive(COMPANY, wire.pipedrive_body(COMPANY), authorization=authorization)

    assert answer.status_code == 401
    assert not WebhookEvent.objects.exists()


@pytest.mark.parametrize("company", ["7002", 7002, None, "", True, [7001], "7001.0", 2**70])
def test_a_message_about_another_company_is_refused(company: object) -> None:
    body = wire.pipedrive_body(COMPANY, company_id=company)

    assert wire.tell_pipedrive(COMPANY, body).status_code == 401
    assert not WebhookEvent.objects.exists()


@pytest.mark.parametrize(
    "meta",
    [
        {"entity": None},
        {"entity": "de\x00al"},
        {"entity": "d" * 33},
        {"action": ""},
        {"entity_id": "12x"},
        {"entity_id": -1},
        {"entity_id": 0},
        {"entity_id": 2**63},
        {"entity_id": "9" * 19},
        {"entity_id": True},
        {"webhook_id": None},
    ],
)
def test_a_message_without_what_we_need_is_refused(meta: dict[str, Any]) -> None:
    assert wire.tell_pipedrive(COMPANY, wire.pipedrive_body(COMPANY, **meta)).status_code == 400
    assert not WebhookEvent.objects.exists()


def test_credentials_made_with_the_secret_key_before_this_one_are_still_known(
    settings: Any,
) -> None:
    earlier = signatures.credentials_for(COMPANY)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new one " * 6

    answer = wire.tell_pipedrive(
        COMPANY,
        wire.pipedrive_body(COMPANY),
        address=earlier.address,
        authorization=_basic(f"{earlier.user}:{earlier.password}"),
    )

    assert answer.status_code == 200
    assert signatures.credentials_for(COMPANY) != earlier


def test_a_flood_wakes_a_worker_now_and_then_and_not_each_time(
    django_capture_on_commit_callbacks: Any,
) -> None:
    rung: list[str] = []

    def note(sender: str, **_: Any) -> None:
        rung.append(sender)

    before_task_publish.connect(note)
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(50):
            doorbell.ring_on_commit("tests.flood", at_most_every=60)
        for number in range(3):
            doorbell.ring_on_commit("tests.press", operation_id=number)
    before_task_publish.disconnect(note)

    assert (rung.count("tests.flood"), rung.count("tests.press")) == (1, 3)
