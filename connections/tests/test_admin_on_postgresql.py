"""Support's lists and searches stay fast at a million rows: PostgreSQL reads them by an index."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.sessions.backends.cache import SessionStore
from django.db import connection
from django.db.models import Model
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from connections.models import ApiCall, AuditEvent, User, WebhookEvent
from invoices.models import DealInvoice, Invoice, Operation
from mappings.models import ContactLink, ProductLink

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
HUGE = (
    ApiCall,
    AuditEvent,
    WebhookEvent,
    Invoice,
    DealInvoice,
    Operation,
    ContactLink,
    ProductLink,
)
_SORT = re.compile(r"(?<!Incremental )Sort  \(")
_SEQUENTIAL = re.compile(r"Seq Scan on (\w+)")


@pytest.fixture(autouse=True)
def planner_believes_in_size(db: None) -> None:
    """An empty table is read whole whatever there is: the planner is told not to, if it can."""
    if connection.vendor != "postgresql":
        pytest.skip("plans are PostgreSQL's")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")


@pytest.mark.parametrize("model", HUGE)
def test_a_list_is_read_in_the_order_of_an_index(model: type[Model]) -> None:
    for statement, plan in _plans(model, ""):
        # Sorting among rows of one instant, as an index gives them, is no sort.
        assert not _SORT.search(plan), statement
        assert not _is_read_whole(model, plan), statement
        assert "COUNT(" not in statement


@pytest.mark.parametrize("model", HUGE)
@pytest.mark.parametrize("term", ["4711", "INV-0042", "13b6dfca-dc5f-418b-a28c-f11ad1dc67c3"])
def test_a_search_asks_an_index(model: type[Model], term: str) -> None:
    for statement, plan in _plans(model, term):
        assert not _is_read_whole(model, plan), statement
        assert "COUNT(" not in statement


def _is_read_whole(model: type[Model], plan: str) -> bool:
    return model._meta.db_table in _SEQUENTIAL.findall(plan)


def _plans(model: type[Model], term: str) -> list[tuple[str, str]]:
    """Return what a page of a list asks, with how PostgreSQL answers it."""
    assert get_resolver().url_patterns
    site: Any = admin.site._registry[model]
    request = RequestFactory().get("/", {"q": term} if term else {})
    request.user = User(is_staff=True, is_superuser=True, is_active=True)
    request.session = SessionStore()
    with CaptureQueriesContext(connection) as caught:
        changes = site.get_changelist_instance(request)
        list(changes.result_list)
    asked = [each["sql"] for each in caught if model._meta.db_table in each["sql"]]
    assert asked or term
    plans = []
    for statement in asked:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {statement}", None)
            plans.append((statement, "\n".join(row[0] for row in cursor.fetchall())))
    return plans
