"""Cursor paging of API v2 and start/limit paging of API v1 (fact sheet §2)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from sandbox.pipedrive import validation

QUERY: dict[str, validation.Checker] = {
    "limit": validation.parse_limit(500),
    "cursor": str,
    "sort_by": validation.one_of("id", "add_time", "update_time"),
    "sort_direction": validation.one_of("asc", "desc"),
}


def page(
    rows: QuerySet, query: Mapping[str, Any], *, id_column: str = "number"
) -> tuple[list[Any], str | None]:
    """
    Cut one page out of the rows and make the cursor of the next.

    The cursor carries the sort and the last row's place, so a page stays stable while rows
    are added.

    :raises validation.Invalid: the cursor is not ours, or belongs to another sort order
    """
    sort_by, direction = query.get("sort_by", "id"), query.get("sort_direction", "asc")
    column = id_column if sort_by == "id" else sort_by
    ascending = direction == "asc"
    if "cursor" in query:
        rows = rows.filter(_after(query["cursor"], column, id_column, sort_by, direction))
    sign = "" if ascending else "-"
    size = query.get("limit", 100)
    found = list(rows.order_by(f"{sign}{column}", f"{sign}{id_column}")[: size + 1])
    if len(found) <= size:
        return found, None
    last = found[size - 1]
    return found[:size], _cursor(getattr(last, column), getattr(last, id_column), query)


def _cursor(value: Any, number: int, query: Mapping[str, Any]) -> str:
    place = {
        "field": query.get("sort_by", "id"),
        "fieldValue": value.isoformat() if isinstance(value, date) else value,
        "sortDirection": query.get("sort_direction", "asc"),
        "id": number,
    }
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def _after(cursor: str, column: str, id_column: str, sort_by: str, direction: str) -> Q:
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        value, number = place["fieldValue"], int(place["id"])
        if (place["field"], place["sortDirection"]) != (sort_by, direction):
            raise ValueError("another order")
        if column.endswith("_time"):
            value = datetime.fromisoformat(value)
    except (ValueError, TypeError, KeyError, binascii.Error) as problem:
        raise validation.Invalid("cursor", "Invalid cursor") from problem
    way = "gt" if direction == "asc" else "lt"
    return Q(**{f"{column}__{way}": value}) | Q(**{column: value, f"{id_column}__{way}": number})


def cut(items: list[Any], query: Mapping[str, Any]) -> tuple[list[Any], str | None]:
    """Page through a list held in memory; the cursor is the place of the next element."""
    size, start = query.get("limit", 100), 0
    if "cursor" in query:
        try:
            start = int(base64.urlsafe_b64decode(query["cursor"] + "=="))
        except (ValueError, binascii.Error) as problem:
            raise validation.Invalid("cursor", "Invalid cursor") from problem
    end = start + size
    more = base64.urlsafe_b64encode(str(end).encode()).decode().rstrip("=")
    return items[start:end], more if end < len(items) else None


def v1_page(rows: QuerySet, query: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Cut one page by start and limit, with API v1's description of it."""
    start, limit = query.get("start", 0), query.get("limit", 100)
    found = list(rows[start : start + limit + 1])
    more = len(found) > limit
    pagination = {"start": start, "limit": limit, "more_items_in_collection": more}
    if more:
        pagination["next_start"] = start + limit
    return found[:limit], {"pagination": pagination}
