"""Reads single values out of what a client sent, refusing wrong types and lengths."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.xero import dates, problems


def text(element: Mapping[str, Any], name: str, *, most: int) -> str | None:
    """
    Return a text, or None when it was not sent.

    :raises problems.ApiProblem: it is not a text
    :raises problems.Invalid: it is too long
    """
    value = element.get(name)
    if value is None:
        return None
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise problems.bad_post_data(f"{name} must be a string.")
    if len(value) > most:
        raise problems.Invalid(f"The {name} field cannot be longer than {most} characters.")
    return value


def number(element: Mapping[str, Any], name: str) -> Decimal | None:
    """
    Return an exact number, or None when it was not sent; a number written as text counts.

    :raises problems.ApiProblem: it is not a number
    """
    value = element.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise problems.bad_post_data(f"{name} must be a number.")
    try:
        found = Decimal(value)
    except ArithmeticError as exc:
        raise problems.bad_post_data(f"{name} must be a number.") from exc
    if not found.is_finite() or abs(found) > Decimal("9999999999.9999"):
        raise problems.Invalid(f"{name} is out of range.")
    return found


def day(element: Mapping[str, Any], name: str) -> date | None:
    """
    Return a calendar date, or None when it was not sent.

    :raises problems.ApiProblem: it is not a date
    """
    value = element.get(name)
    if value is None or value == "":
        return None
    try:
        return dates.read_date(value)
    except (ValueError, OverflowError) as exc:
        raise problems.bad_post_data(f"{name} is not a valid date.") from exc


def flag(element: Mapping[str, Any], name: str) -> bool | None:
    """
    Return a boolean, or None when it was not sent.

    :raises problems.ApiProblem: it is not a boolean
    """
    value = element.get(name)
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if value is not None and not isinstance(value, bool):
        raise problems.bad_post_data(f"{name} must be true or false.")
    return value
