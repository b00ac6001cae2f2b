"""
Rows of joined tables read as instances of their models, by a statement that is written out.

Django compiles a query anew each time it runs; see `connections.statements`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

_Convert = Callable[[Any, Any, Any], Any]


class Reader:
    """Reads rows of joined tables as instances of their models, the columns in a fixed order."""

    def __init__(self, *parts: tuple[str, type[models.Model]]) -> None:
        """:param parts: each table's alias in the statement, and its model"""
        self._parts = parts

    @property
    def columns(self) -> str:
        """The list to put between SELECT and FROM."""
        return ", ".join(
            f"{alias}.{_database().ops.quote_name(field.column or '')}"
            for alias, model in self._parts
            for field in model._meta.concrete_fields
        )

    def read(self, row: Sequence[Any]) -> list[Any]:
        """Return an instance for each part; None where an outer join found no row."""
        connection = _database()
        found: list[Any] = []
        start = 0
        for _, model in self._parts:
            names, converters = _reading(model, connection.vendor)
            values = list(row[start : start + len(names)])
            start += len(names)
            for index, expression, convert in converters:
                if values[index] is not None:
                    values[index] = convert(values[index], expression, connection)
            is_there = values[_key_index(model)] is not None
            found.append(model.from_db(connection.alias, names, values) if is_there else None)
        return found


@lru_cache(maxsize=64)
def _reading(
    model: type[models.Model], _vendor: str
) -> tuple[list[str], list[tuple[int, Any, _Convert]]]:
    """Return a model's attributes and, where the database's form differs, what turns it."""
    connection = _database()
    names, converters = [], []
    for index, field in enumerate(model._meta.concrete_fields):
        names.append(field.attname)
        expression = field.get_col(model._meta.db_table)
        own = expression.get_db_converters(connection)
        for convert in (*connection.ops.get_db_converters(expression), *own):
            converters += [(index, expression, convert)]
    return names, converters


@lru_cache(maxsize=64)
def _key_index(model: type[models.Model]) -> int:
    return list(model._meta.concrete_fields).index(model._meta.pk)


def _database() -> BaseDatabaseWrapper:
    """Return this thread's connection itself: asking Django's stand-in for it costs each time."""
    return connections[DEFAULT_DB_ALIAS]
