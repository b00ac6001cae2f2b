"""How values travel: shortest JSON numbers, whole-second UTC times, plain dates."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any


def number(value: Decimal | None) -> int | Decimal | None:
    """A decimal with the digits it needs: 90 for 90.0000, 89.5 for 89.5000."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else value.normalize()


def instant(value: datetime | None) -> str | None:
    """RFC 3339 in UTC, whole seconds, as API v2 writes it."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if value else None


def instant_v1(value: datetime) -> str:
    """UTC without a zone, as API v1 writes it."""
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def day(value: date | None) -> str | None:
    """A calendar date."""
    return value.isoformat() if value else None


def storable(value: Any) -> Any:
    """The same value with its decimals as JSON numbers, fit for a JSON column."""
    return json.loads(json.dumps(value, default=_plain))


def _plain(value: Any) -> int | float:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} has no JSON form")
    return int(value) if value == value.to_integral_value() else float(value)
