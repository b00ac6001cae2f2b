"""Two that tell of one invoice at the same time: the newer word stays (P-6)."""

from __future__ import annotations

import queue
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection as database
from django.db import connections as db_connections
from django.db import transaction

from connections.models import XeroConnection
from connections.xero.types import InvoiceSummary
from invoices import mirror, operations, outcomes, places
from invoices.models import Operation
from invoices.tests import rows
from invoices.tests import world as w
from tests.vendors import Connected

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

ID = "00000000-0000-0000-0000-000000000001"
PAID = {"status": "PAID", "amount_due": Decimal(0), "amount_paid": Decimal(120)}
LEASE: dict[str, Any] = {"lease_token": uuid.UUID(int=9), "lease_until": rows.at(90)}
PATIENCE_SECONDS = 10.0


def test_an_older_word_that_waited_for_a_newer_one_does_not_replace_it() -> None:
    connection = rows.make_connection()
    older, newer = rows.summary(ID), rows.summary(ID, updated_at=rows.at(5), **PAID)

    race(connection, first=(newer, 10), second=(older, 20))

    invoice = rows.stored(connection)
    assert (invoice.xero_status, invoice.amount_due) == ("PAID", Decimal(0))
    assert invoice.xero_updated_at == rows.at(5)
    assert rows.history(connection) == [("poll", "PAID", "0.00")]


def test_a_newer_word_that_waited_for_an_older_one_replaces_it() -> None:
    connection = rows.make_connection()
    older, newer = rows.summary(ID), rows.summary(ID, updated_at=rows.at(5), **PAID)

    race(connection, first=(older, 20), second=(newer, 10))

    assert rows.stored(connection).xero_status == "PAID"
    assert rows.history(connection) == [("poll", "AUTHORISED", "120.00"), ("poll", "PAID", "0.00")]


def test_among_equal_words_the_fetch_that_began_later_stays_whoever_waits() -> None:
    connection = rows.make_connection()
    early, late = rows.summary(ID), rows.summary(ID, number="LATE")

    race(connection, first=(late, 20), second=(early, 10))

    assert rows.stored(connection).number == "LATE"
    assert rows.history(connection) == [("poll", "AUTHORISED", "120.00")]


def test_the_answer_of_a_creation_waits_for_a_poll_that_tells_of_it(connected: Connected) -> None:
    connection = connected.connection
    rows.link_contact(connection, rows.CONTACT)
    operation = w.press(connected)
    assert operations.move(
        operation, Operation.State.SENDING, now=rows.NOON, first_sent_at=rows.NOON, **LEASE
    )
    polled = rows.summary(ID, updated_at=rows.at(5), **PAID)
    made = rows.whole(ID, (rows.line("Desk"),))

    hold(
        while_open=lambda: store(connection, polled, 20),
        meanwhile=lambda: outcomes.complete_invoice(
            operation, made, source="created", fetched_at=rows.at(1), now=rows.at(2)
        ),
    )

    invoice = rows.stored(connection)
    assert invoice.xero_status == "PAID"
    assert rows.history(connection) == [("poll", "PAID", "0.00")]
    assert (w.fresh(operation).state, w.fresh(operation).invoice_id) == ("done", invoice.pk)
    assert invoice.deal_link.deal_id == w.DEAL


def test_places_are_counted_with_those_that_were_taken_while_waiting(connected: Connected) -> None:
    first, second = w.press(connected, deal_id=1), w.press(connected, deal_id=2)
    third = w.press(connected, deal_id=3)

    runtime = w.runtime(xero_calls_in_flight=2)

    def claim(operation: Operation) -> int | None:
        return places.claim(operation, runtime=runtime, now=rows.NOON)

    taken: list[int | None] = []
    hold(
        while_open=lambda: taken.append(claim(first)),
        meanwhile=lambda: taken.extend([claim(second), claim(third)]),
    )

    assert taken == [1, 2, None]
    states = [w.fresh(each).state for each in (first, second, third)]
    assert states == ["sending", "sending", "ready"]
    assert w.story(third) == ["ready"]


def race(
    connection: XeroConnection,
    *,
    first: tuple[InvoiceSummary, float],
    second: tuple[InvoiceSummary, float],
) -> None:
    """Let `second` be stored by a transaction that begins, and waits, while `first`'s is open."""
    hold(
        while_open=lambda: store(connection, *first),
        meanwhile=lambda: store(connection, *second),
    )


def store(connection: XeroConnection, told: InvoiceSummary, fetched: float) -> None:
    mirror.store_page(
        [told], connection, source="poll", fetched_at=rows.at(fetched), now=rows.at(fetched + 1)
    )


def hold(*, while_open: Callable[[], object], meanwhile: Callable[[], object]) -> None:
    """Commit what `while_open` wrote once `meanwhile`, in another transaction, waits for it."""
    pids: queue.Queue[int] = queue.Queue()

    def work() -> None:
        try:
            with database.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                pids.put(cursor.fetchone()[0])
            meanwhile()
        finally:
            db_connections.close_all()

    with ThreadPoolExecutor(max_workers=1) as other:
        with transaction.atomic():
            while_open()
            done = other.submit(work)
            wait_until_it_waits(pids.get(timeout=PATIENCE_SECONDS))
        done.result(PATIENCE_SECONDS)


def wait_until_it_waits(pid: int) -> None:
    """Return once the other transaction waits for ours, so that it has read what was before."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        with database.cursor() as cursor:
            cursor.execute("SELECT pg_blocking_pids(%s)", [pid])
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("the other transaction did not wait")
