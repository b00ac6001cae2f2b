"""Goals 5, 6 and 7: what it costs to create an invoice, and how long a limit holds a worker."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from statistics import median

from xero_python.accounting import AccountingApi

from bench import loopback, reference, world
from bench.results import Result
from connections.models import XeroConnection
from connections.xero.drafts import NewInvoice, NewLineItem
from invoices import operations, sending
from invoices.models import Operation

ROUNDS = 20
EACH = 10
COUNT = ROUNDS * EACH
PAST = 20_000


def measure() -> list[Result]:
    """
    Return calls and CPU of a creation, and the time that a 429 takes.

    The reference and ours take turns in short rounds, and the median of their ratios counts: what
    else the machine does hits both.
    """
    (connection,) = world.connect(1)
    world.play(changed=0, version=0)
    tenant = str(connection.tenant_id)
    shared = reference.build_api()
    reference.create(shared, tenant, 0)
    _send(_press(connection, 1_000_000))
    calls, rounds = 0, []
    for number in range(ROUNDS):
        pressed = [_press(connection, number * EACH + each) for each in range(EACH)]
        kept = world.measure_cpu(lambda: _create(lambda: shared, tenant))
        alone = world.measure_cpu(lambda: _create(reference.build_api, tenant))
        world.seen()
        # A round a minute, as an organisation's limit allows.
        later = timedelta(minutes=number)
        ours = world.measure_cpu(
            lambda pressed=pressed, later=later: [_send(each, later=later) for each in pressed]
        )
        calls += world.seen()["calls"]
        rounds.append((ours, alone, kept))
    done = Operation.objects.for_company(connection.company).filter(state="done").count()
    assert done == COUNT + 1, done
    ours, alone, kept = (world.add(each) for each in zip(*rounds, strict=True))
    return [
        Result("5", "calls per invoice created", calls / COUNT, 1),
        Result(
            "6",
            "CPU per invoice created, our writes included / SDK models alone",
            median(ours.own / alone.own for ours, alone, _ in rounds),
            3,
            detail=f"{ours.each(COUNT)} against {alone.each(COUNT)}; with one client kept for all "
            f"tenants {kept.each(COUNT)}, "
            f"x{median(ours.own / kept.own for ours, _, kept in rounds):.1f}",
        ),
        _among_history(connection, ours.own / COUNT),
        _held_by_a_limit(connection),
    ]


def _create(get_api: Callable[[], AccountingApi], tenant: str) -> None:
    for number in range(EACH):
        reference.create(get_api(), tenant, number)


def _among_history(connection: XeroConnection, without: float) -> Result:
    """Measure the same once the organisation has a past."""
    past = [
        Operation(
            company=connection.company,
            connection=connection,
            kind=Operation.Kind.CREATE,
            state=Operation.State.REFUSED,
            deal_id=3_000_000 + number,
            submission_id=uuid.uuid4(),
            request_body="{}",
            state_changed_at=world.NOW,
            next_attempt_at=world.NOW,
        )
        for number in range(PAST)
    ]
    Operation.objects.bulk_create(past, batch_size=500)
    pressed = [_press(connection, 4_000_000 + number) for number in range(COUNT)]
    hour = timedelta(hours=1)
    among = world.measure_cpu(
        lambda: [
            _send(each, later=hour + timedelta(minutes=number // EACH))
            for number, each in enumerate(pressed)
        ]
    )
    return Result(
        "6 past",
        f"CPU per invoice created after {PAST:,} others / after none",
        among.own / COUNT / without,
        1.3,
        detail=among.each(COUNT),
    )


def _held_by_a_limit(connection: XeroConnection) -> Result:
    operation = _press(connection, 2_000_000)
    world.play(limited=True)
    began = time.monotonic()
    _send(operation, later=timedelta(hours=2))
    held = time.monotonic() - began
    world.play(limited=False)
    state = Operation.objects.for_company(connection.company).get(pk=operation.pk).state
    assert state == Operation.State.WAITING, state
    return Result("7", "seconds that a 429 holds a worker", held, 0.2)


def _press(connection: XeroConnection, number: int) -> Operation:
    operation_id = uuid.uuid4()
    line = NewLineItem(
        description="Oak desk",
        quantity=Decimal(2),
        unit_amount=Decimal("10.50"),
        account_code="200",
        tax_type="OUTPUT2",
        item_code="DESK-OAK",
    )
    body = NewInvoice(
        contact_id=loopback.CONTACT_ID,
        line_items=(line, line, line),
        invoice_date=date(2026, 11, 23),
        due_date=date(2026, 11, 30),
        currency_code="GBP",
        reference="Oak desks",
        url=f"https://brightside.pipedrive.example/deal/{number}#ib={operation_id}",
    ).to_json()
    return operations.record(
        company=connection.company,
        connection=connection,
        kind=Operation.Kind.CREATE,
        submission_id=uuid.uuid4(),
        operation_id=operation_id,
        body=body,
        summary={"total": "145.20", "currency_code": "GBP"},
        requested_by=None,
        deal_id=number,
        now=world.NOW,
    )


def _send(operation: Operation, *, later: timedelta = timedelta(0)) -> None:
    sending.send(operation.id, now=world.NOW + timedelta(seconds=1) + later)
