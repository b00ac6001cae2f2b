"""
Changing the key that seals secrets, while the service runs (reliability S-18).

The new key comes first in FIELD_ENCRYPTION_KEYS and seals what is written from then on; this seals
the rest anew. It finds its work in the values themselves, so it may be stopped and started at any
time, run twice at once, and run while tokens are renewed: a value that changed since it was read
is left as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import structlog
from django.apps import apps
from django.db import connection, models

from connections import factor_keys, vault
from connections.fields import SealedTextField

log = structlog.get_logger(__name__)

ROWS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Column:
    """A column of sealed values."""

    model: type[models.Model]
    field: models.Field

    @property
    def name(self) -> str:
        """Return table and column."""
        return f"{self.model._meta.db_table}.{self.field.column}"


@dataclass(frozen=True, slots=True)
class Left:
    """How many values of a column there are, and how many still need an older key."""

    name: str
    sealed: int
    left: int


@dataclass(frozen=True, slots=True)
class Done:
    """What became of the values that needed an older key."""

    resealed: int = 0
    changed_meanwhile: int = 0
    unreadable: int = 0

    def __add__(self, other: Done) -> Done:
        return Done(
            self.resealed + other.resealed,
            self.changed_meanwhile + other.changed_meanwhile,
            self.unreadable + other.unreadable,
        )


def list_columns() -> list[Column]:
    """Return every column that holds sealed values, of whatever app."""
    return [
        Column(model, field)
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, SealedTextField)
    ]


def status() -> list[Left]:
    """Return how far the change of the key is, column by column."""
    found = []
    for column in list_columns():
        table, name = _quoted(column)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT COUNT(*), COUNT(CASE WHEN {name} NOT LIKE %s THEN 1 END)"  # noqa: S608
                f" FROM {table} WHERE {name} <> ''",
                [vault.current_prefix() + "%"],
            )
            sealed, left = cursor.fetchone()
        found.append(Left(column.name, sealed, left))
    return [*found, Left(factor_keys.NAME, *factor_keys.count())]


def rotate(*, rows_at_once: int = ROWS_AT_ONCE) -> Done:
    """Seal with the first key what an older one sealed; returns what became of it."""
    done = Done()
    for column in list_columns():
        for key, value in _iterate_old(column, rows_at_once):
            done += reseal(column, key, value)
    for authenticator_id in factor_keys.iterate_old():
        done += _reseal_factor(authenticator_id)
    return done


def reseal(column: Column, key: Any, value: str) -> Done:
    """
    Seal one value anew, if the row still holds it.

    :param key: of the row that it was read from
    :param value: as it was read, sealed
    """
    row = column.model(pk=key)
    try:
        clear = vault.open_sealed(value, row=row, field=column.field.name)
    except vault.CannotOpen:
        # Another key is missing, or the value was tampered with: a person has to look.
        log.error("sealed_value_unreadable", column=column.name, row=str(key))
        return Done(unreadable=1)
    sealed = vault.seal(clear, row=row, field=column.field.name)
    table, name = _quoted(column)
    pk = column.model._meta.pk
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {name} = %s"  # noqa: S608
            f" WHERE {_quote(pk)} = %s AND {name} = %s",
            [sealed, pk.get_db_prep_value(key, connection), value],
        )
        is_ours = cursor.rowcount == 1
    return Done(resealed=1) if is_ours else Done(changed_meanwhile=1)


def _reseal_factor(authenticator_id: int) -> Done:
    try:
        return Done(resealed=factor_keys.reseal(authenticator_id))
    except vault.CannotOpen:
        log.error("sealed_value_unreadable", column=factor_keys.NAME, row=authenticator_id)
        return Done(unreadable=1)


def _iterate_old(column: Column, rows_at_once: int) -> Iterator[tuple[Any, str]]:
    """Read what an older key sealed, by primary key, so that what cannot be read is passed once."""
    table, name = _quoted(column)
    pk = column.model._meta.pk
    key_column = _quote(pk)
    after: Any = None
    while True:
        beyond = "" if after is None else f" AND {key_column} > %s"
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {key_column}, {name} FROM {table}"  # noqa: S608
                f" WHERE {name} <> '' AND {name} NOT LIKE %s{beyond}"
                f" ORDER BY {key_column} LIMIT %s",
                [
                    vault.current_prefix() + "%",
                    *([] if after is None else [after]),
                    rows_at_once,
                ],
            )
            rows = cursor.fetchall()
        for found, value in rows:
            yield pk.to_python(found), value
        if len(rows) < rows_at_once:
            return
        after = rows[-1][0]


def _quoted(column: Column) -> tuple[str, str]:
    return connection.ops.quote_name(column.model._meta.db_table), _quote(column.field)


def _quote(field: models.Field) -> str:
    return connection.ops.quote_name(str(field.column))
