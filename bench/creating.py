"""Goals 5, 6 and 7: what it costs to create an invoice, and how long a limit holds a worker."""

from __future__ import annotations

import time
import uuid
from datetime import date, timedelta
from decimal import Decimal

from bench import loopback, reference, world
from bench.results import Result
from connections.models import XeroConnection
from connections.xero.drafts import NewInvoice, NewLineItem
from invoices import operations, sending
from invoices.models import Operation

COUNT = 200
FEW = 40
PAST = 20_000


def measure() -> list[Result]:
    """Return calls and CPU of a creation, and the time that a 429 takes."""
    (connection,) = world.connect(1)
    world.play(changed=0, version=0)
    tenant = str(connection.tenant_id)
    shared = reference.build_api()
    reference.create(shared, tenant, 0)
    kept = world.measure_cpu(lambda: [reference.create(shared, tenant, n) for n in range(COUNT)])
    alone = world.measure_cpu(
        lambda: [reference.create(reference.build_api(), tenant, n) for n in range(FEW)]
    )
    _send(_press(connection, 1_000_000))
    pressed = [_press(connection, number) for number in range(COUNT)]
    world.seen()
    ours = world.measure_cpu(lambda: [_send(each) for each in pressed])
    calls = world.seen()["calls"]
    done = Operation.objects.for_company(connection.company).filter(state="done").count()
    assert done == COUNT + 1, done
    return [
        Result("5", "calls per invoice created", calls / COUNT, 1),
        Result(
            "6",
            "CPU per invoice created, our writes included / SDK models alone",
            (ours.own / COUNT) / (alone.own / FEW),
            3,
            detail=f"{ours.each(COUNT)} against {alone.each(FEW)}; with one client kept for all "
            f"tenants {kept.each(COUNT)}, x{ours.own / kept.own:.1f}",
        ),
        _among_history(connection, ours.own / COUNT),
        _held_by_a_limit(connection),
    ]


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
    among = world.measure_cpu(lambda: [_send(each) for each in pressed])
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
    _send(operation)
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


def _send(operation: Operation) -> None:
    sending.send(operation.id, now=world.NOW + timedelta(seconds=1))
