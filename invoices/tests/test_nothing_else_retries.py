"""
One press makes the sends that the schedule allows and no other, whatever goes wrong (P-16).

Counted where the bytes arrive: what a client library, a pool or a queue repeated would be there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.utils import timezone

from connections import access, errors
from connections.tests import wire
from invoices.models import Operation
from invoices.tests import world as w
from tests.vendors import Connected

pytestmark = pytest.mark.django_db

State = Operation.State
DEADLINE = 1.0
FAILURES: dict[str, tuple[wire.Step, int]] = {
    # The same 5xx three times under one key is Xero's stored answer: resending brings nothing.
    "500": (wire.answer(500, {"Title": "Error"}), 3),
    "503": (wire.answer(503, body=b"The Xero API is temporarily unavailable"), 3),
    "502, which is no answer of Xero's": (wire.answer(502, body=b"<html>"), 3),
    "closed before an answer": (wire.raw(b""), 6),
    "reset before an answer": (wire.reset, 6),
    "cut within the answer": (wire.raw(wire.whole(200, {"Invoices": [{}]})[:-9]), 6),
    "no answer in time": (wire.silence(seconds=DEADLINE * 3), 6),
    "an answer of something else": (wire.answer(200, body=b"<html>", content_type="text/html"), 6),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_write_that_fails_is_sent_again_by_the_schedule_alone(
    connected: Connected, settings: Any, failure: str
) -> None:
    step, most = FAILURES[failure]
    now = timezone.now()
    operation = w.press(connected, now=now)

    with xero_that(settings, connected, step) as server:
        sent_at: list[datetime] = []
        while not asked(server):
            before = len(writes(server))
            now = max(now, w.fresh(operation).next_attempt_at)
            w.send(operation, now=now)
            made = len(writes(server)) - before
            assert made <= 1, f"one step sent {made} times"
            sent_at += [now] * made

    keys = {each.headers["idempotency-key"] for each in writes(server)}
    assert len(writes(server)) == most
    assert len(keys) == 1
    assert len({each.body for each in writes(server)}) == 1
    assert w.story(operation).count("sending") == most
    assert sent_at[-1] - sent_at[0] <= timedelta(seconds=240)


def test_a_limit_is_waited_for_and_asked_once_each_time(
    connected: Connected, settings: Any
) -> None:
    limit = wire.answer(429, headers={"Retry-After": "7", "X-Rate-Limit-Problem": "minute"})
    now = timezone.now()
    operation = w.press(connected, now=now)

    with xero_that(settings, connected, limit) as server:
        sent_at: list[datetime] = []
        for _ in range(4):
            before = len(writes(server))
            now = max(now, w.fresh(operation).next_attempt_at)
            w.send(operation, now=now)
            w.send(operation, now=now + timedelta(seconds=6))
            assert len(writes(server)) - before == 1
            sent_at.append(now)

    assert w.fresh(operation).state == State.WAITING
    assert all(later - earlier >= timedelta(seconds=7) for earlier, later in pairwise(sent_at))


@pytest.mark.parametrize("failure", FAILURES)
def test_a_read_that_fails_is_not_repeated_at_all(
    connected: Connected, settings: Any, failure: str
) -> None:
    step, _most = FAILURES[failure]

    with xero_that(settings, connected, step) as server:
        session = access.open_xero(connected.connection, now=timezone.now())
        with session, pytest.raises(errors.ProviderError):
            session.call(lambda xero: xero.get_organisation())

    assert len(server.requests) == 2


@contextmanager
def xero_that(settings: Any, connected: Connected, step: wire.Step) -> Iterator[wire.Server]:
    """
    A Xero that fails every time, after one call that left a connection in the pool: it is there
    that libraries like to try once more.
    """
    with wire.serve(wire.answer(404, {}), step) as server:
        settings.XERO_API_URL = server.url
        settings.PROVIDER_DEADLINE_SECONDS = DEADLINE
        session = access.open_xero(connected.connection, now=timezone.now())
        with session, suppress(errors.ProviderError):
            session.call(lambda xero: xero.get_organisation())
        yield server


def writes(server: wire.Server) -> list[wire.Request]:
    return [each for each in server.requests if each.method == "PUT"]


def asked(server: wire.Server) -> bool:
    """Whether it came to the look, which ends the sends under one key."""
    return sum(each.method == "GET" for each in server.requests) > 1
