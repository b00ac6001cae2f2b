"""Goals 1, 2 and 4: what it costs to pull changed invoices into the mirror."""

from __future__ import annotations

from statistics import median

from django.db import connection as database

from bench import reference, world
from bench.results import Result
from connections.models import XeroConnection
from invoices import polling
from invoices.models import InvoiceEvent

CHANGED = 10_000
REFERENCE_CHANGED = 2_000
OTHERS = 1_000_000
RUNS = 6


def measure() -> list[Result]:
    """Return cost, calls and bytes of 10,000 changes, and the cost of 1,000 among a million."""
    (ours,) = world.connect(1)
    (theirs,) = world.connect(1, first=2)
    reference_cpu = _measure_reference(theirs)
    world.rewind([theirs])
    XeroConnection.objects.across_companies().filter(pk=theirs.pk).update(next_poll_at=None)
    XeroConnection.objects.across_companies().filter(pk=theirs.pk).update(state="ENDED")
    cpu, calls, read = _measure_ours(ours)
    full = _bytes_of_full_bodies(ours)
    name = database.vendor
    return [
        Result(
            f"1 {name}",
            "CPU per changed invoice, with history / reference row",
            (cpu.own / CHANGED) / (reference_cpu.own / REFERENCE_CHANGED),
            0.20,
            detail=f"{cpu.each(CHANGED)} against {reference_cpu.each(REFERENCE_CHANGED)}",
        ),
        Result("2 calls", f"calls for {CHANGED:,} changes", calls, -(-CHANGED // 1000)),
        Result("2 bytes", "bytes read / full bodies", read / full, 0.45),
        _among_a_million(ours),
    ]


def _measure_reference(connection: XeroConnection) -> world.Cpu:
    world.play(changed=REFERENCE_CHANGED, version=0)
    reference.pull(connection)
    world.play(version=1)
    return world.measure_cpu(lambda: reference.pull(connection))


def _measure_ours(connection: XeroConnection) -> tuple[world.Cpu, int, int]:
    _pull(connection, changed=CHANGED, version=0)
    events = InvoiceEvent.objects.for_company(connection.company).count()
    assert events == CHANGED, events
    world.seen()
    cpu = world.measure_cpu(lambda: _pull(connection, changed=CHANGED, version=1))
    told = world.seen()
    events = InvoiceEvent.objects.for_company(connection.company).count()
    assert events == 2 * CHANGED, events
    return cpu, told["calls"], told["bytes_sent"]


def _pull(connection: XeroConnection, *, changed: int, version: int) -> None:
    world.play(changed=changed, version=version)
    world.rewind([connection], version=version)
    assert polling.poll_due(now=world.NOW) == 1


def _bytes_of_full_bodies(connection: XeroConnection) -> int:
    world.seen()
    api = reference.build_api()
    for page in range(1, CHANGED // 1000 + 1):
        api.get_invoices(
            str(connection.tenant_id),
            where=reference.WHERE,
            order=reference.ORDER,
            page=page,
            page_size=1000,
            _preload_content=False,
        )
    return world.seen()["bytes_sent"]


def _among_a_million(connection: XeroConnection) -> Result:
    alone = [_thousand(connection, version) for version in range(2, 2 + RUNS)]
    _fill(connection, OTHERS)
    among = [_thousand(connection, version) for version in range(2 + RUNS, 2 + 2 * RUNS)]
    # The server's share counts here: it is what a large table would cost. The median, because one
    # run in six takes twice as long, whatever the table holds.
    ours, theirs = (median(each.own + each.server for each in runs) for runs in (among, alone))
    own = median(each.own for each in among) / median(each.own for each in alone)
    return Result(
        f"4 {database.vendor}",
        f"1,000 changed among {OTHERS:,} others / among none",
        ours / theirs,
        1.2,
        detail=f"{ours * 1e3:.0f} us against {theirs * 1e3:.0f} us an invoice; without the "
        f"server {own:.2f}",
    )


def _thousand(connection: XeroConnection, version: int) -> world.Cpu:
    return world.measure_cpu(lambda: _pull(connection, changed=1000, version=version))


def _fill(connection: XeroConnection, count: int) -> None:
    """Insert invoices of this connection by one statement, in the database's own words."""
    is_postgres = database.vendor == "postgresql"
    numbers = (
        "generate_series(1, %s) AS n(i)"
        if is_postgres
        else "(WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < %s)"
        " SELECT i FROM c) AS n"
    )
    key = "md5('other' || i)::uuid" if is_postgres else "lower(hex(randomblob(16)))"
    contact = f"'{'0' * 31}9'" + ("::uuid" if is_postgres else "")
    off = "false" if is_postgres else "0"
    with database.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO invoices_invoice (company_id, connection_id, xero_invoice_id, number,
                reference, xero_status, xero_contact_id, contact_name, currency_code, tax_mode,
                issue_date, due_date, subtotal, total_tax, total, amount_due, amount_paid,
                amount_credited, is_sent, url, search_text, applied, xero_updated_at, fetched_at,
                checked_at, created_at)
            SELECT %s, %s, {key}, 'OLD-' || i, '', 'PAID', {contact}, 'Old', 'GBP', 'Exclusive',
                '2025-01-01', '2025-01-08', 1, 0, 1, 0, 1, 0, {off}, '', 'old' || i, '[]',
                '2025-01-01', '2025-01-01', '2025-01-01', '2025-01-01'
            FROM {numbers}
            """,
            [connection.company_id, connection.pk, count],
        )
        cursor.execute("ANALYZE")
