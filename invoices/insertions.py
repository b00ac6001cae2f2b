"""
Insertions of many rows in the form that each database takes fastest: SQLite gets them one by one,
PostgreSQL as one JSON text in one statement. Their text is put together once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from connections.columns import database, text_in_sqlite

Row = Sequence[Any]
Columns = tuple[tuple[str, str], ...]


class Insertion:
    """An insertion of rows of one table, in both of its forms."""

    def __init__(
        self,
        table: str,
        columns: Columns,
        *,
        constants: Mapping[str, str] | None = None,
        conflict: str = "",
    ) -> None:
        """
        All of it is text of ours, never of a request.

        :param columns: of each value its column and PostgreSQL type, in the order of a row
        :param constants: what every row holds besides: columns and SQL literals
        :param conflict: what becomes of a row that is there already: ON CONFLICT ...
        """
        constants = constants or {}
        names = [name for name, _ in columns]
        head = f"INSERT INTO {table} ({', '.join([*names, *constants])})"
        given = ", ".join([*["%s"] * len(names), *constants.values()])
        listed = ", ".join([*names, *constants.values()])
        self._columns = columns
        self._for_one_row = f"{head} VALUES ({given}) {conflict}"
        self._for_all_rows = (
            f"{head} SELECT {listed}"  # noqa: S608
            f" FROM json_to_recordset(%s::json) AS given({shape(columns)}) {conflict}"
        )
        self._ids = _places(columns, "uuid")
        self._instants = _places(columns, "timestamptz")
        self._documents = _places(columns, "jsonb")

    def execute(self, rows: Sequence[Row]) -> None:
        """
        Insert rows, each with its values in the order of the columns.

        :raises django.db.IntegrityError: a constraint of the table
        """
        if not rows:
            return
        connection = database()
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(self._for_all_rows, [document(self._columns, rows)])
            else:
                cursor.executemany(self._for_one_row, [self._in_sqlite(row) for row in rows])

    def execute_for_key(self, row: Row) -> int | None:
        """
        Insert one row; return the primary key that it got, None where another stands for it.

        For an insertion whose `conflict` ends with RETURNING id.
        """
        connection = database()
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(self._for_all_rows, [document(self._columns, [row])])
            else:
                cursor.execute(self._for_one_row, self._in_sqlite(row))
            found = cursor.fetchone()
        return None if found is None else int(found[0])

    def _in_sqlite(self, row: Row) -> list[Any]:
        """Ids without dashes, instants without a zone, JSON as text, as Django stores them."""
        values = list(row)
        for place in self._documents:
            values[place] = json.dumps(values[place])
        for place in self._ids:
            if values[place] is not None:
                values[place] = values[place].replace("-", "")
        for place in self._instants:
            values[place] = text_in_sqlite(values[place])
        return values


def shape(columns: Columns) -> str:
    """Return the columns as PostgreSQL's `json_to_recordset` wants to be told them."""
    return ", ".join(f"{name} {kind}" for name, kind in columns)


def document(columns: Columns, rows: Sequence[Row]) -> str:
    """Return rows as one JSON text, for PostgreSQL to turn into rows by their `shape`."""
    names = [name for name, _ in columns]
    return json.dumps([dict(zip(names, row, strict=True)) for row in rows], default=str)


def _places(columns: Columns, kind: str) -> list[int]:
    return [index for index, (_, each) in enumerate(columns) if each == kind]
