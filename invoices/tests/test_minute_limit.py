"""An organisation's minute is kept by everybody together, and hurts nobody else (P-15)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from connections import consequences, http
from connections.models import ApiCall, Membership, XeroConnection
from connections.xero import dialect
from invoices import cards, claiming, pacing, queries, sending
from invoices.models import Operation
from invoices.tests import world as w
from tests.vendors import Connected, Vendors, connect

LIMIT = 50


def test_a_press_beyond_the_minute_waits_until_a_part_of_it_is_free(connected: Connected) -> None:
    now = timezone.now()
    forget_calls()
    for number in range(LIMIT):
        note_call(connected, at=now - timedelta(seconds=50 - number / 2))
    operation = w.press(connected, now=now)

    waiting = w.send(operation, now=now)

    assert (waiting.state, waiting.waiting_for) == ("waiting", "limit")
    assert w.writes(connected) == []
    connection = XeroConnection.objects.for_company(connected.company).get()
    # Ten calls have to leave the window, and the tenth oldest was made 45.5 s ago.
    assert connection.pause_until == now + timedelta(seconds=60 - 45.5)
    assert connection.pause_reason == "minute"
    assert waiting.next_attempt_at == connection.pause_until
    assert words(waiting, connected, now) == "Waiting for Xero, about 14 s."
    done = w.send(w.fresh(operation), now=connection.pause_until + timedelta(seconds=0.1))
    assert done.state == "done"


def test_the_last_call_of_the_minute_is_made(connected: Connected) -> None:
    now = timezone.now()
    forget_calls()
    for _ in range(LIMIT - 1):
        note_call(connected, at=now - timedelta(seconds=30))
    note_call(connected, at=now - timedelta(seconds=61))
    first, second = w.press(connected, now=now), w.press(connected, now=now, deal_id=2)

    assert w.send(first, now=now).state == "done"
    assert w.send(second, now=now).state == "waiting"


def test_what_is_in_flight_counts(connected: Connected) -> None:
    now = timezone.now()
    forget_calls()
    for _ in range(LIMIT - 1):
        note_call(connected, at=now - timedelta(seconds=30))
    in_flight = w.press(connected, now=now, deal_id=2)
    Operation.objects.across_companies().filter(pk=in_flight.pk).update(
        state="sending",
        lease_token=in_flight.pk,
        lease_until=now + timedelta(seconds=90),
        first_sent_at=now,
    )

    assert w.send(w.press(connected, now=now), now=now).state == "ready"
    assert w.writes(connected) == []


def test_no_sixty_seconds_hold_more_calls_than_allowed(connected: Connected) -> None:
    began = timezone.now()
    forget_calls()
    limit = 6
    waiting = [w.press(connected, now=began, deal_id=100 + each) for each in range(14)]
    sent: list[datetime] = []
    now = began
    while waiting and now < began + timedelta(minutes=5):
        for operation in list(waiting):
            if w.send(w.fresh(operation), now=now, xero_minute_calls=limit).state == "done":
                waiting.remove(operation)
                sent.append(now)
        now += timedelta(seconds=2)

    assert waiting == []
    minute = timedelta(seconds=60)
    assert max(sum(at <= each < at + minute for each in sent) for at in sent) == limit


def test_another_company_does_not_wait(connected: Connected, vendors: Vendors) -> None:
    now = timezone.now()
    forget_calls()
    other = connect(vendors, "zeynep.kaya@anadolu.example", "anadolu")
    for _ in range(LIMIT):
        note_call(connected, at=now - timedelta(seconds=5))
    held = w.press(connected, now=now)
    sending.send(held.id, now=now)

    w.send(w.press(other, now=now), now=now)

    (written,) = w.writes(other)
    assert written["tenant_id"] == str(other.connection.tenant_id)
    due = queries.list_due(now + timedelta(seconds=1), is_sending_paused=False)
    assert held.id not in due


@pytest.mark.parametrize(("calls", "is_checked"), [(30, True), (31, False)])
def test_checks_leave_the_rest_of_the_minute_to_presses(
    connected: Connected, calls: int, *, is_checked: bool
) -> None:
    now = timezone.now()
    forget_calls()
    for _ in range(calls):
        note_call(connected, at=now - timedelta(seconds=5))
    XeroConnection.objects.across_companies().update(next_poll_at=None, poll_lease_until=None)
    w.press(connected, now=now)

    assert bool(claiming.claim_due(now, w.runtime())) is is_checked


def test_checks_use_the_whole_minute_while_nobody_waits(connected: Connected) -> None:
    now = timezone.now()
    forget_calls()
    for _ in range(LIMIT - 1):
        note_call(connected, at=now - timedelta(seconds=5))
    XeroConnection.objects.across_companies().update(next_poll_at=None, poll_lease_until=None)

    assert claiming.claim_due(now, w.runtime())


def test_an_unknown_limit_counts_as_a_minute() -> None:
    limit = dialect.XeroDialect().read_limit({"X-Rate-Limit-Problem": "weekly"})

    assert limit == ("other", 60)


def test_everything_rests_before_the_apps_minute_is_used_up(connected: Connected) -> None:
    now = timezone.now()
    connected.vendors.control("settings", {"xero_app_minute_limit": 505})
    operations = [w.press(connected, now=now, deal_id=each) for each in range(10)]

    states = [w.send(each, now=now).state for each in operations]

    # Xero allows 500 more than we use: it told so while there were some left.
    assert set(states) == {"done", "waiting"}
    assert states == sorted(states)
    connection = XeroConnection.objects.for_company(connected.company).get()
    assert (connection.pause_reason, connection.is_paused(now)) == ("appminute", True)
    refused = [each for each in w.writes(connected) if each["status"] == 429]
    assert refused == []


def test_a_small_plan_is_told_from_a_day_that_begins_anew(connected: Connected) -> None:
    connection, now = connected.connection, timezone.now()
    connection.last_success_at = now

    def hear(left: int) -> int | None:
        consequences.record_health(connection, [call(left)], now=now)
        return connection.day_calls_limit

    # 800 may be the rest of 5,000: only where a day begins tells.
    assert [hear(800), hear(12), hear(999), hear(500)] == [None, None, 1000, 1000]
    assert hear(4_999) is None
    assert pacing.for_plan(1000, runtime=w.runtime()).xero_day_calls == 1000
    assert pacing.for_plan(None, runtime=w.runtime()).xero_day_calls == 5000


def call(left: int) -> http.Call:
    return http.Call(
        vendor="xero",
        operation="xero.get_invoice",
        method="GET",
        status=200,
        outcome="ok",
        milliseconds=90,
        bytes_received=10,
        remaining_day=left,
        remaining_minute=50,
        remaining_app_minute=9_000,
        retry_after_seconds=None,
        correlation_id="",
        vendor_request_id="",
        has_idempotency_key=False,
    )


def forget_calls() -> None:
    ApiCall.objects.across_companies().all().delete()


def note_call(connected: Connected, *, at: datetime) -> None:
    ApiCall.objects.create(
        company=connected.company,
        vendor="xero",
        operation="xero.list_invoices_changed",
        status=200,
        duration_ms=80,
        at=at,
    )


def words(operation: Operation, connected: Connected, now: datetime) -> str:
    membership = Membership.objects.across_companies().get(pk=connected.membership.pk)
    return cards._waiting(operation, membership, now)
