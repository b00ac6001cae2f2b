"""Reads count among an organisation's calls in flight, and give way to writes (P-15)."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.utils import timezone

from connections import access, call_places, errors, probing, upkeep
from connections.models import CallPlace, VendorState, XeroConnection
from connections.runtime import snapshot
from invoices import claiming, polling
from invoices.models import Operation
from invoices.tests import pressing as p
from invoices.tests import world as w
from tests.live import wait_until
from tests.vendors import Connected, Vendors, connect

WORKERS = 8
# So that calls meet: each is in flight for so long.
SLOWLY = {"xero_page_latency_ms": 150}


def take(connected: Connected, most: int, now: Any) -> int:
    return len(call_places.take(connected.connection, most, now=now, runtime=snapshot()))


def read(connected: Connected, now: Any) -> str:
    with access.open_xero(connected.connection, now=now) as session:
        return session.call(lambda xero: xero.get_organisation()).name


def reads_of(connected: Connected) -> int:
    return len(connected.vendors.control("traffic?vendor=xero&method=GET"))


def test_reads_take_what_others_leave_and_leave_one_themselves(connected: Connected) -> None:
    now = timezone.now()
    begin_write(connected, now)

    assert take(connected, 4, now) == 2
    assert take(connected, 1, now) == 0


def test_a_write_finds_a_place_beside_reads_and_only_one(connected: Connected) -> None:
    now = timezone.now()
    first = w.press(connected, now=now)
    assert take(connected, 4, now) == 3
    assert w.send(first, now=now).state == "done"

    begin_write(connected, now)
    second = w.press(connected, now=now, deal_id=100)
    assert w.send(second, now=now).state == "ready"
    assert len(w.writes(connected)) == 1

    later = now + timedelta(seconds=snapshot().poll_lease_seconds + 1)
    assert w.send(w.fresh(second), now=later).state == "done"


def test_a_read_without_a_place_is_not_made_and_holds_nobody_back(connected: Connected) -> None:
    now = timezone.now()
    take(connected, 4, now)
    before = reads_of(connected)

    with pytest.raises(errors.NoPlace), access.open_xero(connected.connection, now=now) as session:
        session.call(lambda xero: xero.get_organisation())
    with access.open_xero(connected.connection, now=now) as session:
        outcomes = session.gather([lambda xero: xero.get_organisation()] * 3)

    assert [type(each) for each in outcomes] == [errors.NoPlace] * 3
    assert reads_of(connected) == before
    connection = XeroConnection.objects.for_company(connected.company).get()
    assert connection.pause_until is None


def test_a_place_is_given_back_with_the_session_and_by_its_time_at_the_latest(
    connected: Connected,
) -> None:
    now = timezone.now()
    read(connected, now)
    assert not CallPlace.objects.across_companies().exists()

    take(connected, 4, now)
    later = now + timedelta(hours=1)
    assert read(connected, later) == "Brightside Interiors Ltd"
    upkeep.clean_up(now=later)

    assert not CallPlace.objects.across_companies().exists()


def test_gathered_reads_are_as_many_at_once_as_there_are_places(connected: Connected) -> None:
    now = timezone.now()
    take(connected, 1, now)
    at_once = Counter[str]()
    lock = threading.Lock()

    def use(xero: Any) -> str:
        with lock:
            at_once["now"] += 1
            at_once["most"] = max(at_once["most"], at_once["now"])
        try:
            return str(xero.get_organisation().name)
        finally:
            with lock:
                at_once["now"] -= 1

    connected.vendors.control("settings", SLOWLY)
    with access.open_xero(connected.connection, now=now) as session:
        names = session.gather([use] * 6)

    assert set(names) == {"Brightside Interiors Ltd"}
    assert at_once["most"] == 2


def test_a_check_is_one_call_and_leaves_a_place_for_a_press(connected: Connected) -> None:
    now = timezone.now()
    take(connected, 3, now)

    assert claiming.claim_due(now, snapshot()) == []
    assert polling.refresh(connected.connection, now=now).outcome == "busy"

    (claimed,) = claiming.claim_due(now + timedelta(hours=2), snapshot())
    assert claimed.poll_lease_until is not None
    assert take(connected, 4, claimed.poll_lease_until - timedelta(seconds=1)) == 2


def test_checks_of_others_take_no_place(connected: Connected, vendors: Vendors) -> None:
    now = timezone.now()
    other = connect(vendors, "zeynep.kaya@anadolu.example", "anadolu")
    XeroConnection.objects.for_company(other.company).update(
        poll_lease_until=now + timedelta(minutes=1), next_poll_at=None
    )
    call_places.take(other.connection, 3, now=now, runtime=snapshot())
    one_place = w.runtime(xero_calls_in_flight=1)

    (claimed,) = claiming.claim_due(now, one_place)
    assert claimed.company == connected.company
    assert take(connected, 4, now) == 2


def test_an_action_gives_its_reads_place_back_to_take_a_writes(connected: Connected) -> None:
    p.allow(connected, can_approve=False)
    invoice = p.make(connected)
    now = timezone.now()
    operation = p.press("submit", connected, invoice, now=now)
    take(connected, 3, now)

    assert w.send(operation, now=now).state == "done"


def test_a_probe_without_a_place_says_nothing_of_the_vendor(connected: Connected) -> None:
    now = timezone.now()
    VendorState.objects.update_or_create(
        vendor="xero", defaults={"opened_at": now, "probe_at": now, "failures": 10}
    )
    take(connected, 4, now)

    probing.probe_due(now=now)

    assert VendorState.objects.get(vendor="xero").opened_at is not None


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_mixed_calls_of_many_are_never_refused_for_their_number(connected: Connected) -> None:
    """Xero allows five at once; what is refused there is in its record as 429."""
    vendors = connected.vendors
    limits = {"limits_enabled": True, "xero_concurrent_limit": 5, "xero_minute_limit": 10_000}
    vendors.control("settings", limits | SLOWLY)
    began = timezone.now()
    pressed = [w.press(connected, now=began, deal_id=100 + each) for each in range(12)]

    def write(operation: Operation) -> bool:
        sent = w.send(w.fresh(operation), now=timezone.now(), xero_minute_calls=9_000)
        return sent.state == "done"

    def work(number: int) -> None:
        try:
            if number % 2:
                for operation in pressed[number // 2 :: WORKERS // 2]:
                    wait_until(lambda op=operation: write(op), seconds=60)  # type: ignore[misc]
            for _turn in range(0 if number % 2 else 6):
                if number % 4:
                    polling.refresh(fresh_connection(connected), now=timezone.now())
                    continue
                connection = fresh_connection(connected)
                with access.open_xero(connection, now=timezone.now()) as session:
                    session.gather([lambda xero: xero.get_organisation()] * 4)
        finally:
            database.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(work, range(WORKERS)))

    seen = vendors.control("traffic?vendor=xero")
    assert [each["path"] for each in seen if each["status"] == 429] == []
    assert sum(each["method"] == "PUT" for each in seen) == len(pressed)
    assert sum(each["method"] == "GET" for each in seen) >= len(pressed) // 2


def fresh_connection(connected: Connected) -> XeroConnection:
    rows = XeroConnection.objects.for_company(connected.company)
    row: XeroConnection = rows.select_related("authorisation", "company").get()
    return row


def begin_write(connected: Connected, now: Any) -> None:
    busy = w.press(connected, now=now, deal_id=99)
    Operation.objects.across_companies().filter(pk=busy.pk).update(
        state="sending",
        lease_token=busy.pk,
        lease_until=now + timedelta(seconds=90),
        first_sent_at=now,
    )
