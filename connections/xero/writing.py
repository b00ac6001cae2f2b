"""JSON for Xero, written so that what was confirmed is what is sent, digit for digit (P-4)."""

import json
from datetime import date
from decimal import Decimal

Value = str | int | bool | Decimal | date | None | list["Value"] | dict[str, "Value"]
Fields = dict[str, Value]


def dump(value: Value) -> str:
    """
    Return compact JSON: Decimals as numbers from their own text, calendar days as YYYY-MM-DD,
    keys in the order given, absent (None) members left out.

    The json module would pass a Decimal through a binary float; this does not.

    :raises ValueError: a number is not finite
    """
    if isinstance(value, dict):
        members = (
            f"{json.dumps(key)}:{dump(member)}"
            for key, member in value.items()
            if member is not None
        )
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(dump(element) for element in value) + "]"
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, date):
        return f'"{value:%Y-%m-%d}"'
    return json.dumps(value, ensure_ascii=False)


def _number(value: Decimal) -> str:
    if not value.is_finite():
        raise ValueError("only finite numbers can be sent")
    return format(value or abs(value), "f")
