"""No customer row is read without saying for whom (P-10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone

from connections.models import ApiCall, Company, Membership, User
from connections.scoping import CustomerRow, UnscopedQuery

pytestmark = pytest.mark.django_db


def list_customer_tables() -> list[type[CustomerRow]]:
    return [model for model in apps.get_models() if issubclass(model, CustomerRow)]


READS: dict[str, Callable[[Any], Any]] = {
    "list": list,
    "get": lambda rows: rows.get(pk=1),
    "first": lambda rows: rows.first(),
    "count": lambda rows: rows.count(),
    "exists": lambda rows: rows.exists(),
    "values": lambda rows: list(rows.values("pk")),
    "iterator": lambda rows: list(rows.iterator()),
    "aggregate": lambda rows: rows.aggregate(),
    "update": lambda rows: rows.update(pk=1),
    "delete": lambda rows: rows.delete(),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_every_customer_table_refuses_to_be_used_without_a_company(
    read: Callable[[Any], Any],
) -> None:
    tables = list_customer_tables()

    for table in tables:
        with pytest.raises(UnscopedQuery):
            read(table._default_manager.filter())

    assert len(tables) > 15


def test_a_company_sees_its_own_rows_only() -> None:
    ours = Company.objects.create(pipedrive_company_id=1, name="Ours")
    theirs = Company.objects.create(pipedrive_company_id=2, name="Theirs")
    for company in (ours, theirs):
        ApiCall.objects.create(
            company=company, vendor="xero", operation="x", duration_ms=1, at=timezone.now()
        )

    rows = ApiCall.objects.for_company(ours)

    assert [row.company_id for row in rows] == [ours.pk]
    assert ApiCall.objects.across_companies().count() == 2


def test_rows_reached_from_a_row_need_no_second_scope() -> None:
    company = Company.objects.create(pipedrive_company_id=1, name="Ours")
    user = User.objects.create_user("somebody@ours.example")
    Membership.objects.create(company=company, user=user)

    assert [member.user for member in company.memberships.all()] == [user]
