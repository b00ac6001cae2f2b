"""
How the values of a model's columns look in the database that is used: asked of its fields once.

Django asks each field anew for each value, which costs more than the writing (docs/performance.md,
goals 6 and 8). A row looks the same whoever wrote it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

Form = Callable[[Any], Any]


@lru_cache(maxsize=512)
def column(model: type[models.Model], name: str, vendor: str) -> tuple[str, Form | None]:
    """Return a field's column and what turns its values, None where nothing has to."""
    found = field(model, name)
    return quote(found.column), form(found, vendor)


def database() -> BaseDatabaseWrapper:
    """Return this thread's connection itself: asking Django's stand-in for it costs each time."""
    return connections[DEFAULT_DB_ALIAS]


@lru_cache(maxsize=512)
def quote(name: str) -> str:
    return database().ops.quote_name(name)


@lru_cache(maxsize=512)
def field(model: type[models.Model], name: str) -> Any:
    """Return a field by its name or, for a foreign key, by its column's: `invoice_id`."""
    return next(each for each in model._meta.concrete_fields if name in (each.name, each.attname))


def formed(forms: Sequence[Form | None], row: Sequence[Any]) -> list[Any]:
    """Return a row's values as the driver takes them, by the forms of its columns."""
    return [
        value if form is None or value is None else form(value)
        for form, value in zip(forms, row, strict=True)
    ]


def form(field: Any, vendor: str) -> Form | None:
    """
    Return what turns a field's values into what the driver takes, as Django's own field would.

    Django asks each field anew for each value; which question it is, is known from the column.
    """
    while field.is_relation:
        field = field.target_field
    match field:
        case models.JSONField():
            return json.dumps
        case models.UUIDField():
            return _uuid if vendor == "postgresql" else _hex
        case models.DateTimeField():
            return None if vendor == "postgresql" else text_in_sqlite
        case (
            models.CharField() | models.TextField() | models.IntegerField() | models.BooleanField()
        ):
            return None
        case models.DecimalField() if vendor == "postgresql":
            return None
        case _:
            return lambda value: field.get_db_prep_save(value, database())


def _uuid(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _hex(value: UUID | str) -> str:
    return _uuid(value).hex


@lru_cache(maxsize=4096)
def text_in_sqlite(instant: datetime) -> str:
    """
    Return an instant as Django keeps it there: UTC, without saying so.

    Remembered: each is written several times, in a row and in the rows that tell of it.
    """
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
