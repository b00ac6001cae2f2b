"""
Rows read and written by plain statements, for the steps that every poll and every invoice takes.

Django compiles a query anew each time it runs. On these steps that cost several times what the
database did (docs/performance.md, goals 6 and 8). Names and values still come from the models'
own fields, so a row looks the same whoever wrote it. Tables and columns in the text are the
models' own; every value is a parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

ROWS_AT_ONCE = 500

_Convert = Callable[[Any, Any, Any], Any]


def insert(rows: Sequence[models.Model], *, ignore_conflicts: bool = False) -> None:
    """
    Insert rows of one model; keys that the database makes are not read back.

    :param ignore_conflicts: leave out a row that another one stands for already
    :raises django.db.IntegrityError: a constraint of the table
    """
    if not rows:
        return
    connection = _database()
    head, marks, fields = _insertion(type(rows[0]))
    tail = " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    values = [
        [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
        for row in rows
    ]
    with connection.cursor() as cursor:
        if len(values) == 1:
            cursor.execute(f"{head} {marks}{tail}", values[0])
            return
        with transaction.atomic(savepoint=False):
            if connection.vendor == "sqlite":
                cursor.executemany(f"{head} {marks}{tail}", values)
                return
            for slice_ in _slices(values):
                lists = ", ".join([marks] * len(slice_))
                cursor.execute(f"{head} {lists}{tail}", [each for row in slice_ for each in row])


def update(model: type[models.Model], values: Mapping[str, Any], where: Mapping[str, Any]) -> int:
    """
    Write values into the rows that hold all of `where`; None there means that nothing is stored.

    :return: how many rows those were
    """
    connection = _database()
    changes, arguments = [], []
    for name, value in values.items():
        field = _field(model, name)
        changes.append(f"{_quote(field.column)} = %s")
        arguments.append(field.get_db_prep_save(value, connection))
    conditions = []
    for name, value in where.items():
        field = _field(model, name)
        if value is None:
            conditions.append(f"{_quote(field.column)} IS NULL")
        else:
            conditions.append(f"{_quote(field.column)} = %s")
            arguments.append(field.get_db_prep_save(value, connection))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {_quote(model._meta.db_table)} SET {', '.join(changes)}"  # noqa: S608
            f" WHERE {' AND '.join(conditions)}",
            arguments,
        )
        return int(cursor.rowcount)


def update_each(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Write these fields of each row as its instance holds them, all rows of one model."""
    if not rows:
        return
    connection = _database()
    model = type(rows[0])
    key, fields = _key(model), [_field(model, name) for name in names]
    columns = [_quote(field.column) for field in fields]
    table = _quote(model._meta.db_table)
    # Always in one order: two that write the same rows wait for each other, and never both.
    values = [
        [
            field.get_db_prep_save(getattr(row, field.attname), connection)
            for field in (*fields, key)
        ]
        for row in sorted(rows, key=lambda row: row.pk)
    ]
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            changes = ", ".join(f"{column} = %s" for column in columns)
            cursor.executemany(
                f"UPDATE {table} SET {changes} WHERE {_quote(key.column)} = %s",  # noqa: S608
                values,
            )
            return
        # Without its length: a cast to varchar(n) would cut what the column refuses.
        kinds = [(field.db_type(connection) or "").partition("(")[0] for field in fields]
        changes = ", ".join(
            f"{column} = given.{column}::{kind}"
            for column, kind in zip(columns, kinds, strict=True)
        )
        marks = f"({', '.join(['%s'] * (len(fields) + 1))})"
        for slice_ in _slices(values):
            cursor.execute(
                f"UPDATE {table} SET {changes}"  # noqa: S608
                f" FROM (VALUES {', '.join([marks] * len(slice_))})"
                f" AS given({', '.join(columns)}, given_key)"
                f" WHERE {table}.{_quote(key.column)} = given.given_key",
                [each for row in slice_ for each in row],
            )


def stored(model: type[models.Model], name: str, value: Any) -> Any:
    """Return a value in the form in which this database keeps it in the model's field."""
    return _field(model, name).get_db_prep_save(value, _database())


class Reader:
    """Reads rows of joined tables as instances of their models, the columns in a fixed order."""

    def __init__(self, *parts: tuple[str, type[models.Model]]) -> None:
        """:param parts: each table's alias in the statement, and its model"""
        self._parts = parts

    @property
    def columns(self) -> str:
        """The list to put between SELECT and FROM."""
        return ", ".join(
            f"{alias}.{_quote(field.column)}"
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
                values[index] = convert(values[index], expression, connection)
            is_there = values[_key_index(model)] is not None
            found.append(model.from_db(connection.alias, names, values) if is_there else None)
        return found


@lru_cache(maxsize=64)
def _insertion(model: type[models.Model]) -> tuple[str, str, list[Any]]:
    fields = [
        field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)
    ]
    names = ", ".join(_quote(field.column) for field in fields)
    marks = f"({', '.join(['%s'] * len(fields))})"
    return f"INSERT INTO {_quote(model._meta.db_table)} ({names}) VALUES", marks, fields


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
    return list(model._meta.concrete_fields).index(_key(model))


@lru_cache(maxsize=512)
def _field(model: type[models.Model], name: str) -> Any:
    """Return a field by its name or, for a foreign key, by its column's: `invoice_id`."""
    return next(
        field for field in model._meta.concrete_fields if name in (field.name, field.attname)
    )


def _database() -> BaseDatabaseWrapper:
    """Return this thread's connection itself: asking Django's stand-in for it costs each time."""
    return connections[DEFAULT_DB_ALIAS]


def _slices(values: list[list[Any]]) -> Iterator[list[list[Any]]]:
    for start in range(0, len(values), ROWS_AT_ONCE):
        yield values[start : start + ROWS_AT_ONCE]


def _key(model: type[models.Model]) -> Any:
    return model._meta.pk


@lru_cache(maxsize=512)
def _quote(name: str) -> str:
    return _database().ops.quote_name(name)
