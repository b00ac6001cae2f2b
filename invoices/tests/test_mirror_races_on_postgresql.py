"""Two that tell of one invoice at the same time: the newer word stays (P-6)."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection as database
from django.db import connections as db_connections
from django.db import transaction

from connections.models import XeroConnection
from connections.xero.types import InvoiceSummary
from invoices import mirror
from invoices.tests import rows

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

ID = "00000000-0000-0000-0000-000000000001"
PAID = {"status": "PAID", "amount_due": Decimal(0), "amount_paid": Decimal(120)}
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


def test_the_answer_of_a_creation_waits_for_a_poll_that_tells_of_it() -> None:
    connection = rows.make_connection()
    polled = rows.summary(ID, updated_at=rows.at(5), **PAID)
    made = rows.whole(ID, (rows.line("Desk"),))

    keys: list[int] = []
    hold(
        connection,
        while_open=lambda: store(connection, polled, 20),
        meanwhile=lambda: keys.append(
            mirror.store_made(
                made, connection, source="created", fetched_at=rows.at(1), now=rows.at(2)
            )
        ),
    )

    invoice = rows.stored(connection)
    assert keys == [invoice.pk]
    assert invoice.xero_status == "PAID"
    assert rows.history(connection) == [("poll", "PAID", "0.00")]


def race(
    connection: XeroConnection,
    *,
    first: tuple[InvoiceSummary, float],
    second: tuple[InvoiceSummary, float],
) -> None:
    """Let `second` be stored by a transaction that begins, and waits, while `first`'s is open."""
    hold(
        connection,
        while_open=lambda: store(connection, *first),
        meanwhile=lambda: store(connection, *second),
    )


def store(connection: XeroConnection, told: InvoiceSummary, fetched: float) -> None:
    mirror.store_page(
        [told], connection, source="poll", fetched_at=rows.at(fetched), now=rows.at(fetched + 1)
    )


def hold(
    connection: XeroConnection,
    *,
    while_open: Callable[[], object],
    meanwhile: Callable[[], object],
) -> None:
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
