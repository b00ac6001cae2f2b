"""
Rows read and written by plain statements, for the steps that every poll and every invoice takes.

Django compiles a query anew each time it runs, and each statement costs a round trip and a cursor.
On these steps that was several times what the database did (docs/performance.md, goals 6 and 8).
Columns and the form of their values still come from the models' own fields, so a row looks the
same whoever wrote it. Tables and columns in the text are the models' own; every value is a
parameter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

from django.db import models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from connections import columns

ROWS_AT_ONCE = 500


class Statement(NamedTuple):
    """One statement and its values, to be sent by `run`."""

    text: str
    values: Sequence[Any] = ()


class Told(NamedTuple):
    """A row of a model that tells of a change: see `insertion` for its names."""

    model: type[models.Model]
    names: tuple[str, ...]
    row: Sequence[Any]


def run(*steps: Statement) -> list[int]:
    """
    Execute statements as one transaction, on PostgreSQL as one message: a round trip for all.

    :return: for each, how many rows it found or wrote
    """
    if not steps:
        return []
    connection = columns.database()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Statements of one message are one transaction, and each sees what was committed
            # before it began: so a count behind a lock is right.
            cursor.execute(*_message(steps))
            counts = [cursor.rowcount]
            while cursor.nextset():
                counts += [cursor.rowcount]
            return counts
        with _one_transaction(connection):
            counts = []
            for step in steps:
                cursor.execute(*step)
                is_read = cursor.description is not None
                counts.append(len(cursor.fetchall()) if is_read else cursor.rowcount)
        return counts


def read(*steps: Statement) -> list[list[Sequence[Any]]]:
    """Execute reads, on PostgreSQL as one message; return the rows that each found."""
    connection = columns.database()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(*_message(steps))
            found = [cursor.fetchall()]
            while cursor.nextset():
                found += [cursor.fetchall()]
            return found
        found = []
        for step in steps:
            cursor.execute(*step)
            found += [cursor.fetchall()]
        return found


def fetch(step: Statement, *more: Statement) -> Sequence[Any] | None:
    """Execute statements as `run` does on PostgreSQL; return the first row of the first one."""
    with columns.database().cursor() as cursor:
        cursor.execute(*_message([step, *more]))
        row: Sequence[Any] | None = cursor.fetchone()
    return row


def insertion(
    model: type[models.Model],
    names: tuple[str, ...],
    rows: Sequence[Sequence[Any]],
    *,
    ignore_conflicts: bool = False,
    on_conflict: str = "",
) -> Statement:
    """
    Return the insertion of rows of one model; a few, as one statement takes them.

    :param names: the columns: every one without which the table takes no row
    :param rows: their values in that order; UUIDs may be text, documents are plain lists and dicts
    :param ignore_conflicts: leave out a row that another one stands for already
    :param on_conflict: what becomes of such a row instead: what follows ON CONFLICT
    """
    head, marks, forms = _insertion(model, names, columns.database().vendor)
    tail = f" ON CONFLICT {on_conflict}" if on_conflict else ""
    tail = " ON CONFLICT DO NOTHING" if ignore_conflicts else tail
    values = [value for row in rows for value in columns.formed(forms, row)]
    return Statement(f"{head} VALUES {', '.join([marks] * len(rows))}{tail}", values)


def insertion_of(row: models.Model) -> Statement:
    """Return the insertion of a new instance as `save` would write it, every column of it."""
    fields = [each for each in row._meta.concrete_fields if each is not row._meta.auto_field]
    names = tuple(each.attname for each in fields)
    return insertion(type(row), names, [[each.pre_save(row, True) for each in fields]])


def insertion_for_each(
    found: str, model: type[models.Model], names: tuple[str, ...], row: Sequence[Any]
) -> Statement:
    """
    Return the insertion of a row for each row of `found`, a part of a larger statement.

    :param row: as in `insertion`; a Statement among the values is an expression over `found`
    """
    head, _, forms = _insertion(model, names, columns.database().vendor)
    marks: list[str] = []
    values: list[Any] = []
    for form, value in zip(forms, row, strict=True):
        mark, found_values = _given(form, value)
        marks.append(mark)
        values += found_values
    return Statement(f"{head} SELECT {', '.join(marks)} FROM {found}", values)  # noqa: S608


def insert(
    model: type[models.Model], names: tuple[str, ...], rows: Sequence[Sequence[Any]]
) -> None:
    """
    Insert any number of rows of one model, see `insertion`.

    :raises django.db.IntegrityError: a constraint of the table
    """
    if rows:
        run(*(insertion(model, names, slice_) for slice_ in _slices(rows)))


def change(
    model: type[models.Model],
    values: Mapping[str, Any],
    where: Mapping[str, Any],
    *,
    only_if: Statement | None = None,
) -> Statement:
    """
    Return the writing of values into the rows that hold all of `where`.

    :param values: a Statement among them is an expression
    :param where: None there means that nothing is stored
    :param only_if: a further condition, as SQL
    """
    vendor, changes = columns.database().vendor, []
    arguments: list[Any] = []
    for name, value in values.items():
        column, form = columns.column(model, name, vendor)
        mark, found = _given(form, value)
        changes.append(f"{column} = {mark}")
        arguments += found
    conditions, found = _conditions(model, where)
    arguments += found
    if only_if is not None:
        conditions += f" AND {only_if.text}"
        arguments += only_if.values
    return Statement(
        f"UPDATE {columns.quote(model._meta.db_table)} SET {', '.join(changes)} WHERE {conditions}",  # noqa: S608
        arguments,
    )


def selection_for_update(
    model: type[models.Model], where: Mapping[str, Any], names: Sequence[str]
) -> Statement:
    """
    Return the reading and locking of the rows that hold all of `where`, see `change`.

    SQLite lets one transaction write at a time and needs no lock for it.
    """
    database = columns.database()
    vendor, lock = database.vendor, " FOR UPDATE" if database.features.has_select_for_update else ""
    listed = ", ".join(columns.column(model, name, vendor)[0] for name in names)
    conditions, values = _conditions(model, where)
    return Statement(
        f"SELECT {listed} FROM {columns.quote(model._meta.db_table)}"  # noqa: S608
        f" WHERE {conditions}{lock}",
        values,
    )


def change_and_tell(
    changing: Statement,
    model: type[models.Model],
    names: tuple[str, ...],
    row: Sequence[Any],
    *,
    first: Sequence[Statement] = (),
    also: Told | None = None,
) -> list[int]:
    """
    Execute a change and, if it found its row, insert the row that tells of it: one transaction.

    :param first: what is executed before, in the same transaction
    :param also: a second row that tells of it, elsewhere
    :return: the counts of `first`, then of the change; where that is 0, the row is not inserted
    """
    if columns.database().vendor == "postgresql":
        telling = insertion_for_each("changed", model, names, row)
        more = as_part(also, "changed")
        whole = Statement(
            f"WITH changed AS ({changing.text} RETURNING 1){more.text} {telling.text}",
            [*changing.values, *more.values, *telling.values],
        )
        return run(*first, whole)
    with _one_transaction(columns.database()):
        counts = run(*first, changing)
        if counts[-1]:
            run(insertion(model, names, [row]))
            if also is not None:
                run(insertion(also.model, also.names, [also.row]))
    return counts


def as_part(told: Told | None, found: str) -> Statement:
    """Return the telling as a further part of a larger statement, after `found`; "" for None."""
    if told is None:
        return Statement("")
    telling = insertion_for_each(found, told.model, told.names, told.row)
    return Statement(f", audited AS ({telling.text})", telling.values)


def update_each(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Write these fields of each row as its instance holds them, all rows of one model."""
    if not rows:
        return
    connection = columns.database()
    model = type(rows[0])
    key, fields = model._meta.pk, [columns.field(model, name) for name in names]
    quoted = [columns.quote(field.column) for field in fields]
    forms = [columns.form(field, connection.vendor) for field in (*fields, key)]
    read = attrgetter(*(field.attname for field in (*fields, key)))
    table = columns.quote(model._meta.db_table)
    # Always in one order: two that write the same rows wait for each other, and never both.
    values = [columns.formed(forms, read(row)) for row in sorted(rows, key=attrgetter("pk"))]
    with _one_transaction(connection), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            changes = ", ".join(f"{column} = %s" for column in quoted)
            cursor.executemany(
                f"UPDATE {table} SET {changes} WHERE {columns.quote(key.column)} = %s",  # noqa: S608
                values,
            )
            return
        # Without its length: a cast to varchar(n) would cut what the column refuses.
        kinds = [(field.db_type(connection) or "").partition("(")[0] for field in fields]
        changes = ", ".join(
            f"{column} = given.{column}::{kind}" for column, kind in zip(quoted, kinds, strict=True)
        )
        marks = f"({', '.join(['%s'] * (len(fields) + 1))})"
        for slice_ in _slices(values):
            cursor.execute(
                f"UPDATE {table} SET {changes}"  # noqa: S608
                f" FROM (VALUES {', '.join([marks] * len(slice_))})"
                f" AS given({', '.join(quoted)}, given_key)"
                f" WHERE {table}.{columns.quote(key.column)} = given.given_key",
                [each for row in slice_ for each in row],
            )


def stored(model: type[models.Model], name: str, value: Any) -> Any:
    """Return a value in the form in which this database keeps it in the model's field."""
    return columns.field(model, name).get_db_prep_save(value, columns.database())


def _conditions(model: type[models.Model], where: Mapping[str, Any]) -> tuple[str, list[Any]]:
    vendor = columns.database().vendor
    conditions, values = [], []
    for name, value in where.items():
        column, form = columns.column(model, name, vendor)
        if value is None:
            conditions.append(f"{column} IS NULL")
        else:
            conditions.append(f"{column} = %s")
            values.append(value if form is None else form(value))
    return " AND ".join(conditions), values


def _one_transaction(connection: BaseDatabaseWrapper) -> AbstractContextManager[None]:
    """
    Return a transaction, or the caller's, which an error then leaves nothing to do but to undo: to
    nest one costs as much as a statement or two.
    """
    if connection.in_atomic_block:
        return transaction.mark_for_rollback_on_error(using=connection.alias)
    return transaction.atomic()


def _message(steps: Sequence[Statement]) -> tuple[str, list[Any]]:
    return "; ".join(step.text for step in steps), [each for step in steps for each in step.values]


@lru_cache(maxsize=64)
def _insertion(
    model: type[models.Model], names: tuple[str, ...], vendor: str
) -> tuple[str, str, list[columns.Form | None]]:
    found = [columns.column(model, name, vendor) for name in names]
    listed = ", ".join(column for column, _ in found)
    marks = f"({', '.join(['%s'] * len(found))})"
    forms = [form for _, form in found]
    return f"INSERT INTO {columns.quote(model._meta.db_table)} ({listed})", marks, forms


def _given(form: columns.Form | None, value: Any) -> tuple[str, Sequence[Any]]:
    """
    Return what stands in the text for a value, and its parameters.

    What is empty stands there itself: psycopg remembers how to send a text with 50 parameters at
    most, and reads a longer one anew each time.
    """
    if isinstance(value, Statement):
        return value
    if value is None:
        return "NULL", ()
    return "%s", [value if form is None else form(value)]


def _slices(values: Sequence[Sequence[Any]]) -> Iterator[Sequence[Sequence[Any]]]:
    for start in range(0, len(values), ROWS_AT_ONCE):
        yield values[start : start + ROWS_AT_ONCE]
