"""Goals 8 to 12: what it costs to ask, when there is nothing new."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from bench import reference, world
from bench.results import Result
from connections.models import XeroConnection
from invoices import polling
from invoices.models import Invoice

TENANTS = 1_000
LATENCY = 0.2
APP_LIMIT_PER_MINUTE = 10_000


def measure() -> list[Result]:
    """Return the cost, the pace and the number of calls of polls."""
    tenants = world.connect(TENANTS)
    world.play(changed=0, version=0, latency=0.0)
    return [*_cost(tenants), *_pace(tenants), *_calls(tenants[0])]


def _cost(tenants: list[XeroConnection]) -> list[Result]:
    api = reference.build_api(pool_threads=16)
    ids = [str(each.tenant_id) for each in tenants]
    reference.poll(api, ids[:50])
    raw = _least(lambda: reference.poll(api, ids))
    _poll_all(tenants[:50])
    ours = _least(lambda: _poll_all(tenants))
    return [
        Result(
            "8 ratio",
            "CPU of a quiet poll with its bookkeeping / 16 threads, SDK raw",
            ours.own / raw.own,
            2,
            detail=f"{ours.each(TENANTS)} against {raw.each(TENANTS)}",
        ),
        Result(
            "8 share",
            f"share of a core at {APP_LIMIT_PER_MINUTE:,} polls a minute",
            ours.own / TENANTS * APP_LIMIT_PER_MINUTE / 60,
            0.30,
        ),
    ]


def _least(use: Callable[[], object]) -> world.Cpu:
    """Return the cheaper of two runs: what else the machine does only ever adds."""
    return min((world.measure_cpu(use) for _ in range(2)), key=lambda cpu: cpu.own)


def _pace(tenants: list[XeroConnection]) -> list[Result]:
    world.play(latency=LATENCY)
    world.seen()
    began = time.monotonic()
    _poll_all(tenants)
    elapsed = time.monotonic() - began
    told = world.seen()
    world.play(latency=0.0)
    return [
        Result("9", "polls a second at 200 ms", TENANTS / elapsed, 167, is_floor=True),
        Result("10", "new connections per 1,000 polls", told["connections"], 100),
    ]


def _poll_all(tenants: list[XeroConnection]) -> None:
    world.rewind(tenants)
    done = 0
    while done < len(tenants):
        count = polling.poll_due(now=world.NOW)
        assert count, "no more are due"
        done += count


def _calls(connection: XeroConnection) -> list[Result]:
    XeroConnection.objects.across_companies().exclude(pk=connection.pk).update(state="ENDED")
    results = []
    for open_invoices in (0, 100, 10_000):
        world.play(changed=open_invoices, version=0)
        _poll_all([connection])
        count = Invoice.objects.for_company(connection.company).count()
        assert count == open_invoices, count
        world.play(changed=0)
        world.seen()
        XeroConnection.objects.across_companies().filter(pk=connection.pk).update(
            next_poll_at=world.NOW
        )
        polling.poll_due(now=world.NOW + timedelta(hours=1))
        calls = world.seen()["calls"]
        results.append(Result("11", f"calls per poll, {open_invoices:,} open", calls, 1))
        if open_invoices == 100:
            results.append(_day(connection))
    return results


def _day(connection: XeroConnection) -> Result:
    """Live a day at the tick of beat, minute by minute."""
    start = world.NOW + timedelta(days=2)
    XeroConnection.objects.across_companies().filter(pk=connection.pk).update(
        next_poll_at=start, day_calls_left=None, swept_at=start
    )
    world.seen()
    for minute in range(24 * 60):
        polling.poll_due(now=start + timedelta(minutes=minute))
    calls = world.seen()["calls"]
    return Result("12", "calls a day, 100 open invoices", calls, 320)
