"""
Goal 15, and 16 once more: a page of the company's list among a million invoices of 500 companies.

PostgreSQL only. One company has 100,000 invoices, one 1,000, the others share the rest. Pages are
asked for in this process by Django's test client, from the session to the last byte; for the tail
eight processes ask at once. A page among a million is compared with the same page of the same
company when nobody else has an invoice.
"""

from __future__ import annotations

import gc
import multiprocessing
import statistics
from collections.abc import Iterator
from functools import partial

from django.conf import settings
from django.core.cache import cache
from django.db import connection as database
from django.db import connections as databases
from django.template import Context, Engine
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from bench import presses, seed, world
from bench.results import Result
from connections.models import Company, User, XeroConnection
from invoices import ledger, ledger_filters, ledger_rows
from invoices.ledger_filters import Filters
from tests.signed_in import note_single_sign_on

CLIENTS = 8
PAGES_EACH = 60
ROUNDS = 11
ADDRESSES = {
    "all": "/invoices/",
    "page 20": "/invoices/?page=20",
    "status": "/invoices/?status=AUTHORISED&status=SUBMITTED",
    "overdue": "/invoices/?overdue=on",
    "partly paid": "/invoices/?partly_paid=on",
    "date range": "/invoices/?range=last_12_months",
    "currency": "/invoices/?currency=EUR",
    "owner": "/invoices/?owner=3",
    "made here": "/invoices/?made=app",
    "on no deal": "/invoices/?made=none",
    "search, frequent": "/invoices/?q=contact",
    "search, rare": "/invoices/?q=inv-000077",
    "search, none": "/invoices/?q=nowhere",
    "sort by due date": "/invoices/?sort=due_date",
    "sort by number": "/invoices/?sort=number",
    "sort by contact": "/invoices/?sort=contact",
    "sort by total": "/invoices/?sort=-total",
    "sort by status": "/invoices/?sort=status",
    "totals": "/invoices/totals/",
    "charts": "/invoices/charts/",
}
# The same columns, the usual way: dates and numbers written by filters, a badge by its template.
PLAIN = """
{% load i18n l10n %}<table><thead><tr><th>Number</th></tr></thead><tbody>{% for row in rows %}<tr>
<td><a href="{% url "invoices:invoice" row.id %}">{{ row.number }}</a></td>
<td>{% include "components/badge.html" with label=row.xero_status tone="info" icon="coins" %}</td>
<td>{{ row.contact_name }}<span>{{ row.reference }}</span></td>
<td>{{ row.issue_date|date:"j M Y" }}</td><td>{{ row.due_date|date:"j M Y" }}</td>
<td>{{ row.currency_code }} {{ row.total|floatformat:"2g" }}</td>
<td>{{ row.currency_code }} {{ row.amount_due|floatformat:"2g" }}</td>
<td>{% if row.deal_id %}<a href="{% url "invoices:deal" row.deal_id %}">{{ row.deal_title }}</a>
{% endif %}</td></tr>{% endfor %}</tbody></table>
"""


def measure() -> Iterator[Result]:
    """Measure on a fresh database; first alone, then among a million."""
    settings.ALLOWED_HOSTS = ["*"]
    settings.ROOT_URLCONF = "bench.urls"
    usual = seed.add_company(1, seed.USUAL)
    client = presses.sign_in(usual.company)
    _analyse()
    alone = {name: _page(client, address) for name, address in ADDRESSES.items()}
    companies = seed.add_million(first=2)
    big = companies[0]
    _analyse()
    among = {name: _page(client, address) for name, address in ADDRESSES.items()}
    worst = max(ADDRESSES, key=lambda name: among[name] / alone[name])
    yield Result(
        "15 list",
        "page of 50 of a company with 2,000 invoices: among 1M / alone",
        among["all"] / alone["all"],
        1.2,
        detail=f"{among['all']:.1f} ms against {alone['all']:.1f} ms",
    )
    yield Result(
        "15 filters",
        "the filter, order or total that grows most: among 1M / alone",
        among[worst] / alone[worst],
        1.2,
        detail=f"{worst}: {among[worst]:.1f} ms against {alone[worst]:.1f} ms",
    )
    big_client = presses.sign_in(big.company)
    large = {name: _page(big_client, address, rounds=7) for name, address in ADDRESSES.items()}
    yield Result(
        "15 large",
        "first page of a company with 100,000 invoices / with 2,000 alone",
        large["all"] / alone["all"],
        1.2,
        detail=", ".join(f"{name} {value:.0f}" for name, value in large.items()) + " ms",
    )
    queries = max(_queries(big_client, address) for address in ADDRESSES.values())
    yield Result("15 queries", "most queries of a page", queries, 5)
    yield _against_plain(big)
    yield _tail([row.company_id for row in companies[1:41]])
    yield presses.against_rows(client, usual)


def sign_in_again(company: Company) -> Client:
    """Return another browser of the same person."""
    client = Client()
    user = User.objects.get(email=f"accountant-{company.pk}@example.com")
    client.force_login(user)
    note_single_sign_on(client, user)
    return client


def _page(client: Client, address: str, *, rounds: int = ROUNDS) -> float:
    """Return the median milliseconds of a page, after a few that fill the caches."""
    for _ in range(3):
        assert client.get(address).status_code == 200
    return (
        statistics.median(presses.seconds(partial(client.get, address)) for _ in range(rounds))
        * 1e3
    )


def _queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(database) as seen:
        client.get(address)
    return len(seen)


def _analyse() -> None:
    with database.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE invoices_invoice")
        cursor.execute("VACUUM ANALYZE invoices_dealinvoice")
        cursor.execute("VACUUM ANALYZE invoices_deal")
    cache.clear()


def _against_plain(connection: XeroConnection) -> Result:
    """Compare the CPU of a page's rows, each page another one, with a plain template's."""
    today = seed.TODAY
    pages = [
        ledger.read_page(connection, Filters(), "-issue_date", number, today=today).rows
        for number in range(1, 61)
    ]
    plain = Engine.get_default().from_string(PLAIN)
    with translation.override("tr"):
        columns = dict.fromkeys(ledger_filters.SORTS, "")

        def ours() -> None:
            for rows in pages:
                drawn = ledger_rows.present(rows, today=today, sees_amounts=True)
                render_to_string(
                    "invoices/_ledger_table.html",
                    {"rows": drawn, "columns": columns, "sees_amounts": True},
                )

        def theirs() -> None:
            for rows in pages:
                plain.render(Context({"rows": rows}))

        theirs()
        reference = world.measure_cpu(theirs).own / len(pages)
        own = world.measure_cpu(ours).own / len(pages)
    return Result(
        "15 template",
        "CPU of 50 rows drawn / by a plain template with localised columns",
        own / reference,
        0.5,
        detail=f"{own * 1e3:.1f} ms against {reference * 1e3:.1f} ms",
    )


def _tail(company_ids: list[int]) -> Result:
    """Eight processes ask for the lists of forty companies at once."""
    for company_id in company_ids:
        presses.sign_in(Company.objects.get(pk=company_id))
    databases.close_all()
    # As the web process does once it has loaded everything (gunicorn.conf.py).
    gc.collect()
    gc.freeze()
    context = multiprocessing.get_context("fork")
    with context.Pool(CLIENTS) as pool:
        found = pool.map(_ask, [company_ids[each::CLIENTS] for each in range(CLIENTS)], chunksize=1)
    times = sorted(value for each in found for value in each)
    middle, late = times[len(times) // 2], times[int(len(times) * 0.99)]
    return Result(
        "15 tail",
        f"p99 / p50 of a page with {CLIENTS} clients on a million invoices",
        late / middle,
        2,
        detail=f"{late * 1e3:.0f} ms against {middle * 1e3:.0f} ms, {len(times)} pages",
    )


def _ask(company_ids: list[int]) -> list[float]:
    clients = [sign_in_again(Company.objects.get(pk=each)) for each in company_ids]
    for client in clients:
        client.get("/invoices/")
    return [
        presses.seconds(partial(clients[each % len(clients)].get, "/invoices/"))
        for each in range(PAGES_EACH)
    ]
