"""
Goal 16: a press, until it is accepted, against a view that returns fifty invoices as JSON.

PostgreSQL only. Alone it takes one company of 2,000 invoices; `lists` measures the same among a
million others. Both are asked in this process by Django's test client, and take turns.
"""

from __future__ import annotations

import statistics
import time
import uuid
from collections.abc import Iterator
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connection as database
from django.http import HttpRequest, JsonResponse
from django.test import Client

from bench import seed
from bench.results import Result
from connections.models import Company, Membership, User, XeroConnection
from connections.web import member_required
from invoices.models import Invoice, Operation
from tests.signed_in import note_single_sign_on

COUNT = 44


def measure() -> Iterator[Result]:
    """Measure on a fresh database."""
    settings.ALLOWED_HOSTS = ["*"]
    settings.ROOT_URLCONF = "bench.urls"
    connection = seed.add_company(1, seed.USUAL)
    with database.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE invoices_invoice")
    yield against_rows(sign_in(connection.company), connection)


def sign_in(company: Company) -> Client:
    """Return the browser of an accountant of a company."""
    user = User.objects.create_user(f"accountant-{company.pk}@example.com")
    Membership.objects.create(company=company, user=user, role=Membership.Role.ACCOUNTANT)
    client = Client()
    client.force_login(user)
    note_single_sign_on(client, user)
    return client


def against_rows(client: Client, connection: XeroConnection) -> Result:
    """Compare presses on drafts, each accepted and stored, with fifty rows as JSON."""
    drafts = Invoice.objects.for_company(connection.company).filter(xero_status="DRAFT")
    presses, rows = [], []
    for invoice in drafts.order_by("pk")[:COUNT]:
        form = {"seen": invoice.xero_updated_at.isoformat(), "submission": str(uuid.uuid4())}
        address = f"/invoices/{invoice.pk}/actions/submit/"
        rows.append(seconds(partial(client.get, "/bench/rows/")))
        presses.append(seconds(partial(client.post, address, form)))
    accepted = Operation.objects.for_company(connection.company).count()
    assert accepted == COUNT, accepted
    middle, reference = statistics.median(presses), statistics.median(rows)
    return Result(
        "16 press",
        "submitting an invoice for approval, until accepted / 50 rows as JSON",
        middle / reference,
        2,
        detail=f"{middle * 1e3:.1f} ms against {reference * 1e3:.1f} ms",
    )


def seconds(use: Any) -> float:
    """Return how long a request takes that succeeds."""
    began = time.perf_counter()
    answer = use()
    assert answer.status_code < 400, answer.status_code
    return time.perf_counter() - began


@member_required
def rows_as_json(request: HttpRequest) -> JsonResponse:
    """Fifty invoices as JSON, the plainest useful view."""
    rows = Invoice.objects.for_company(request.company).order_by("-issue_date", "-pk")  # type: ignore[attr-defined]
    return JsonResponse(
        {"rows": list(rows.values("id", "number", "xero_status", "total", "due_date")[:50])}
    )
