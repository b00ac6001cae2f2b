"""
The strictness of API v2 (fact sheet §2): unknown keys and wrong types are refused.

A checker takes a value and returns it, perhaps converted, or raises ValueError with the text that
follows the key in Pipedrive's message.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

Checker = Callable[[Any], Any]

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")
ADDRESS_PARTS = (
    "value",
    "street_number",
    "route",
    "subpremise",
    "sublocality",
    "locality",
    "admin_area_level_1",
    "admin_area_level_2",
    "country",
    "postal_code",
    "formatted_address",
)


class Invalid(Exception):
    """A key of the request is unknown, missing or of the wrong type."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"Validation failed: {key}: {problem}")


def integer(value: Any) -> int:
    """A JSON integer; "5" and true are not."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("Expected integer, received " + kind_of(value))
    return int(value)


def identifier(value: Any) -> int:
    """An integer that can be an id."""
    number: int = integer(value)
    if not 1 <= number < 2**31:
        raise ValueError("Number must be greater than 0")
    return number


def decimal(value: Any) -> Decimal:
    """A JSON number that fits our columns."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("Expected number, received " + kind_of(value))
    number = Decimal(value)
    if abs(number) >= 10**11:
        raise ValueError("Number is too large")
    return number


def amount(value: Any) -> Decimal:
    """A number that is not negative."""
    if decimal(value) < 0:
        raise ValueError("Number must be greater than or equal to 0")
    return Decimal(value)


def percent(value: Any) -> Decimal:
    """A number from 0 to 100."""
    if amount(value) > 100:
        raise ValueError("Number must be between 0 and 100")
    return Decimal(value)


def positive(value: Any) -> Decimal:
    """A number above zero."""
    if decimal(value) <= 0:
        raise ValueError("Number must be greater than 0")
    return Decimal(value)


def boolean(value: Any) -> bool:
    """true or false; 1 and 0 are not."""
    if not isinstance(value, bool):
        raise ValueError("Expected boolean, received " + kind_of(value))
    return value


def text(limit: int = 65_000, *, least: int = 0) -> Checker:
    """A string of at least `least` and at most `limit` characters."""

    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError("Expected string, received " + kind_of(value))
        if len(value) < least:
            raise ValueError(f"String must contain at least {least} character(s)")
        if len(value) > limit:
            raise ValueError(f"String must contain at most {limit} character(s)")
        return value

    return check


def one_of(*choices: Any) -> Checker:
    """One of the listed values."""

    def check(value: Any) -> Any:
        if isinstance(value, bool) or value not in choices:
            listed = " | ".join(f"'{choice}'" for choice in choices)
            raise ValueError(f"Invalid enum value. Expected {listed}")
        return value

    return check


def nullable(checker: Checker) -> Checker:
    """null, or what the checker accepts."""
    return lambda value: None if value is None else checker(value)


def list_of(checker: Checker) -> Checker:
    """An array of what the checker accepts."""

    def check(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise ValueError("Expected array, received " + kind_of(value))
        return [checker(element) for element in value]

    return check


def mapping(value: Any) -> dict[str, Any]:
    """A JSON object, its content left to the caller."""
    if not isinstance(value, dict):
        raise ValueError("Expected object, received " + kind_of(value))
    return value


def calendar_date(value: Any) -> date:
    """YYYY-MM-DD."""
    try:
        return datetime.strptime(text()(value), "%Y-%m-%d").date()
    except ValueError as problem:
        raise ValueError("Invalid date") from problem


def instant(value: Any) -> datetime:
    """RFC 3339 with whole seconds; milliseconds are refused (§2)."""
    if not isinstance(value, str) or not INSTANT.fullmatch(value):
        raise ValueError("Invalid datetime")
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError) as problem:
        raise ValueError("Invalid datetime") from problem


def address(value: Any) -> dict[str, str | None]:
    """An address object; `value` is obligatory and parts left out become null (§3.7)."""
    parts = mapping(value)
    for name, part in parts.items():
        if name not in ADDRESS_PARTS:
            raise ValueError(f"Unrecognized key '{name}'")
        nullable(text(255))(part)
    if not parts.get("value"):
        raise ValueError("Address value is required")
    return {name: parts.get(name) for name in ADDRESS_PARTS}


def body(
    given: Any, allowed: Mapping[str, Checker], *, required: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Check a JSON body against its route's keys.

    :raises Invalid: for the first key that is unknown, missing or wrong
    """
    if not isinstance(given, dict):
        raise Invalid("body", "Expected object, received " + kind_of(given))
    for key in required:
        if key not in given:
            raise Invalid(key, "Required")
    return {key: check(key, value, allowed) for key, value in given.items()}


def check(key: str, value: Any, allowed: Mapping[str, Checker]) -> Any:
    """Check one value of a body.

    :raises Invalid: the key is unknown or its value wrong
    """
    if key not in allowed:
        raise Invalid(key, f"Parameter '{key}' is not allowed")
    try:
        return allowed[key](value)
    except ValueError as problem:
        raise Invalid(key, str(problem)) from problem


def kind_of(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | Decimal):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def parse_integer(value: str) -> int:
    """A whole number in a query."""
    if not re.fullmatch(r"-?\d{1,9}", value):
        raise ValueError("Expected integer, received string")
    return int(value)


def parse_limit(most: int) -> Checker:
    """The page size, from 1 to `most`."""

    def check(value: str) -> int:
        size = parse_integer(value)
        if not 1 <= size <= most:
            raise ValueError(f"Number must be between 1 and {most}")
        return size

    return check


def parse_boolean(value: str) -> bool:
    """true or false in a query."""
    if value not in ("true", "false"):
        raise ValueError("Expected boolean, received string")
    return value == "true"


def parse_ids(value: str) -> list[int]:
    """At most 100 ids, comma-separated."""
    ids = [parse_integer(part) for part in value.split(",")]
    if len(ids) > 100:
        raise ValueError("Array must contain at most 100 element(s)")
    return ids


def parse_words(*choices: str) -> Checker:
    """A comma list drawn from the given words."""

    def check(value: str) -> list[str]:
        return [one_of(*choices)(word) for word in value.split(",")]

    return check


def parse_codes(value: str) -> list[str]:
    """At most 15 custom field codes, comma-separated."""
    codes = value.split(",")
    if len(codes) > 15:
        raise ValueError("Array must contain at most 15 element(s)")
    return codes
