"""
Whose turn it is, of companies that are looked after one by one: a row each, and its next time.

A row is taken by moving its time. Of two workers one changes it, so nothing is done twice at once,
and whatever a worker that dies has taken comes round again.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from django.db.models import QuerySet

from connections.models import Company, NativeRegistration, PipedriveSubscription

Row = TypeVar("Row", NativeRegistration, PipedriveSubscription)
AT_ONCE = 50


def list_due(rows: QuerySet[Row], column: str, *, now: datetime) -> list[int]:
    """
    Return the active companies whose turn it is, the longest due first, so many at once.

    :param rows: of all companies
    :param column: when the next turn of a row is
    """
    due = rows.filter(**{f"{column}__lte": now}, company__state=Company.State.ACTIVE)
    return list(due.order_by(column).values_list("company", flat=True)[:AT_ONCE])


def take(
    rows: QuerySet[Row], column: str, company_id: int, *, until: datetime, now: datetime
) -> Row | None:
    """
    Return a company's row, its company loaded, if its turn is now and nobody else took it.

    :param until: when it comes round again if whoever took it dies
    """
    due = rows.filter(
        **{f"{column}__lte": now}, company=company_id, company__state=Company.State.ACTIVE
    )
    row = due.select_related("company").first()
    if row is None or not due.filter(**{column: getattr(row, column)}).update(**{column: until}):
        return None
    setattr(row, column, until)
    return row
