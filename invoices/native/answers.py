"""Answers in the contract's shape, written so that an amount is a JSON number, digit for digit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpResponse

from invoices.native.failures import Failure


def success(data: Any) -> HttpResponse:
    """Answer with data."""
    return _respond({"success": True, "data": data}, status=200)


def failure(error: Failure) -> HttpResponse:
    """Answer with why there is none."""
    body = {"success": False, "error": error.code, "message": error.message}
    response = _respond(body, status=error.status)
    for name, value in error.headers.items():
        response[name] = value
    return response


def without_empty(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what the contract lets be absent and what is not known."""
    return {name: value for name, value in fields.items() if value not in (None, "")}


def dump(value: Any) -> str:
    """
    Return compact JSON. The json module would pass a Decimal through a binary float; this does not.

    :raises ValueError: a number is not finite
    """
    if isinstance(value, Mapping):
        members = (f"{json.dumps(str(key))}:{dump(member)}" for key, member in value.items())
        return "{" + ",".join(members) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(dump(member) for member in value) + "]"
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, date):
        return f'"{value:%Y-%m-%d}"'
    if value is None or isinstance(value, bool | int):
        return json.dumps(value)
    return json.dumps(str(value))


def _number(value: Decimal) -> str:
    if not value.is_finite():
        raise ValueError("only finite numbers can be sent")
    return format(value.normalize() if value else Decimal(0), "f")


def _respond(body: dict[str, Any], *, status: int) -> HttpResponse:
    response = HttpResponse(dump(body), status=status, content_type="application/json")
    response["Cache-Control"] = "private, no-store"
    return response
