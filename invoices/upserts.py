"""
The mirror's one statement: insert or update, guarded by what the stored row already knows.

Written as SQL because a poll may bring thousands of rows: Django's own `bulk_create` has no
condition on its update and costs several times as much (performance goal 1). Rows are given in
the order of `COLUMNS`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from connections.columns import database, text_in_sqlite
from connections.statements import Statement
from invoices import insertions
from invoices.insertions import Columns, Insertion, Row

# Column and PostgreSQL type, in the order of a row. The first are known of every row Xero lists;
# `WHOLE_COLUMNS` follow only when the invoice was read whole.
COLUMNS = (
    ("company_id", "bigint"),
    ("connection_id", "bigint"),
    ("xero_invoice_id", "uuid"),
    ("number", "text"),
    ("reference", "text"),
    ("xero_status", "text"),
    ("xero_contact_id", "uuid"),
    ("contact_name", "text"),
    ("currency_code", "text"),
    ("issue_date", "date"),
    ("due_date", "date"),
    ("subtotal", "numeric"),
    ("total_tax", "numeric"),
    ("total", "numeric"),
    ("amount_due", "numeric"),
    ("amount_paid", "numeric"),
    ("amount_credited", "numeric"),
    ("is_sent", "boolean"),
    ("url", "text"),
    ("fully_paid_date", "date"),
    ("search_text", "text"),
    ("xero_updated_at", "timestamptz"),
    ("fetched_at", "timestamptz"),
    ("checked_at", "timestamptz"),
    ("created_at", "timestamptz"),
)
WHOLE_COLUMNS = (
    ("tax_mode", "text"),
    ("branding_theme_id", "uuid"),
    ("has_contact_email", "boolean"),
    ("applied", "jsonb"),
    ("whole_updated_at", "timestamptz"),
)
LINE_COLUMNS = (
    ("position", "smallint"),
    ("xero_line_item_id", "uuid"),
    ("item_code", "text"),
    ("description", "text"),
    ("quantity", "numeric"),
    ("unit_amount", "numeric"),
    ("discount_rate", "numeric"),
    ("discount_amount", "numeric"),
    ("account_code", "text"),
    ("tax_type", "text"),
    ("tax_amount", "numeric"),
    ("line_amount", "numeric"),
)
# A list shows the contact by name alone: what a single read told of it stays.
_KEPT_WHEN_NOT_TOLD = {"has_contact_email"}
_KEPT = {"company_id", "connection_id", "xero_invoice_id", "created_at"}
_TABLE = "invoices_invoice"
_LINES = "invoices_lineitem"
_EVENTS = "invoices_invoiceevent"
_EVENT_COLUMNS = (
    ("company_id", "bigint"),
    ("invoice_id", "bigint"),
    ("source", "text"),
    ("xero_status", "text"),
    ("amount_due", "numeric"),
    ("xero_updated_at", "timestamptz"),
    ("at", "timestamptz"),
)

# The drivers would make objects of ids, instants and dates, only for them to be compared.
_KNOWN_IN_POSTGRESQL = """
    SELECT CAST(xero_invoice_id AS TEXT), id,
        CAST(extract(epoch FROM xero_updated_at) * 1000000 AS bigint),
        CAST(extract(epoch FROM fetched_at) * 1000000 AS bigint),
        xero_status, number, due_date, total, amount_due, amount_paid, amount_credited
    FROM invoices_invoice WHERE connection_id = %s
"""
_KNOWN_IN_SQLITE = """
    SELECT xero_invoice_id, id, CAST(xero_updated_at AS TEXT), CAST(fetched_at AS TEXT),
        xero_status, number, CAST(due_date AS TEXT), total, amount_due, amount_paid, amount_credited
    FROM invoices_invoice WHERE connection_id = %s
"""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def _newer_wins(columns: Columns) -> str:
    """Return the guard: what an older stored row takes over, and when it is older."""
    changes = ", ".join(_change(name) for name, _ in columns if name not in _KEPT)
    return f"""
        ON CONFLICT (connection_id, xero_invoice_id) DO UPDATE SET {changes}
        WHERE excluded.xero_updated_at > {_TABLE}.xero_updated_at
           OR (excluded.xero_updated_at = {_TABLE}.xero_updated_at
               AND excluded.fetched_at > {_TABLE}.fetched_at)
    """


def _change(name: str) -> str:
    if name in _KEPT_WHEN_NOT_TOLD:
        return f"{name} = COALESCE(excluded.{name}, {_TABLE}.{name})"
    if name == "fully_paid_date":
        # Only a paid invoice has this day; what a list may leave out stays known.
        return (
            f"{name} = CASE WHEN excluded.xero_status = 'PAID'"
            f" THEN COALESCE(excluded.{name}, {_TABLE}.{name}) END"
        )
    return f"{name} = excluded.{name}"


_UPSERT = Insertion(
    _TABLE,
    COLUMNS,
    # What a summary does not tell is empty in a new row and untouched in a known one.
    constants={"tax_mode": "''", "applied": "'[]'"},
    conflict=_newer_wins(COLUMNS),
)
_WHOLE_UPSERT = Insertion(
    _TABLE, COLUMNS + WHOLE_COLUMNS, conflict=_newer_wins(COLUMNS + WHOLE_COLUMNS)
)
_INSERTION_OF_NEW = Insertion(
    _TABLE,
    COLUMNS + WHOLE_COLUMNS,
    conflict="ON CONFLICT (connection_id, xero_invoice_id) DO NOTHING RETURNING id",
)
_LINE_INSERTION = Insertion(
    _LINES,
    (("company_id", "bigint"), ("invoice_id", "bigint"), *LINE_COLUMNS),
    # Who made the same invoice's row at the same time has stored the same lines.
    conflict="ON CONFLICT DO NOTHING",
)
_EVENT_INSERTION = Insertion(_EVENTS, _EVENT_COLUMNS)


def upsert(rows: Sequence[Row], *, is_whole: bool) -> None:
    """
    Insert rows or update them where the stored one is older: by Xero's update time, and among
    equals by when our fetch began (P-6).

    :param rows: values in the order of COLUMNS, then of WHOLE_COLUMNS if `is_whole`
    """
    (_WHOLE_UPSERT if is_whole else _UPSERT).execute(rows)


def insert_new(row: Row) -> int | None:
    """
    Insert an invoice that was read whole and return its primary key; None where it is there.

    :param row: values in the order of COLUMNS and WHOLE_COLUMNS
    """
    return _INSERTION_OF_NEW.execute_for_key(row)


def insertion_of_made(
    row: Row, lines: Sequence[Row], *, source: str, at: datetime, beside: str
) -> Statement:
    """
    Return parts of a larger statement, for PostgreSQL: `made` inserts an invoice that nobody told
    of yet and gives its `id`, `told` its first history row, `lined` its lines.

    Where the invoice is there already, `made` is empty and nothing is written.

    :param row: values in the order of COLUMNS and WHOLE_COLUMNS
    :param lines: of each, values in the order of LINE_COLUMNS
    :param beside: the name of a part without which nothing is written either
    """
    documents = (
        insertions.document(COLUMNS + WHOLE_COLUMNS, [row]),
        insertions.document(LINE_COLUMNS, lines),
    )
    return Statement(_text_of_made(beside), [documents[0], source, at, documents[1]])


@lru_cache(maxsize=4)
def _text_of_made(beside: str) -> str:
    columns = COLUMNS + WHOLE_COLUMNS
    names = ", ".join(name for name, _ in columns)
    line_names = ", ".join(name for name, _ in LINE_COLUMNS)
    event_names = ", ".join(name for name, _ in _EVENT_COLUMNS)
    whole, line = insertions.shape(columns), insertions.shape(LINE_COLUMNS)
    # Only names written in this file and the caller's.
    return f"""
        made AS (
            INSERT INTO {_TABLE} ({names})
            SELECT given.* FROM {beside}, json_to_recordset(%s::json) AS given({whole})
            ON CONFLICT (connection_id, xero_invoice_id) DO NOTHING
            RETURNING id, company_id, xero_status, amount_due, xero_updated_at
        ), told AS (
            INSERT INTO {_EVENTS} ({event_names})
            SELECT company_id, id, %s, xero_status, amount_due, xero_updated_at, %s FROM made
        ), lined AS (
            INSERT INTO {_LINES} (company_id, invoice_id, {line_names})
            SELECT made.company_id, made.id, given.*
            FROM made, json_to_recordset(%s::json) AS given({line})
        )
    """  # noqa: S608


def add_lines(company_id: int, invoice_id: int, lines: Sequence[Row]) -> None:
    """Insert the lines of an invoice, of each the values in the order of LINE_COLUMNS."""
    _LINE_INSERTION.execute([(company_id, invoice_id, *line) for line in lines])


def add_events(rows: Sequence[Row]) -> None:
    """Insert history rows: company, invoice, source, status, amount due, update time, at."""
    _EVENT_INSERTION.execute(rows)


def read_known(connection_id: int, ids: Sequence[str]) -> dict[str, Row]:
    """
    Return and lock what is stored of these invoices, by Xero's id: the primary key, then
    Xero's update time, our fetch time, and the values whose change is history.

    Dates, amounts and instants come as the database gives them: compare by `stored_form()`.
    """
    if database().vendor == "postgresql":
        return _select(_KNOWN_IN_POSTGRESQL, connection_id, ids, "ORDER BY id FOR UPDATE")
    return _select(_KNOWN_IN_SQLITE, connection_id, ids, "")


def stored_form() -> Callable[[Any], Any]:
    """
    Return what turns a value into the form in which `read_known` gives it back, to compare them.

    Asked for once a page: which database this is costs more to find out than the turning.
    """
    return _as_in_postgresql if database().vendor == "postgresql" else _as_in_sqlite


def _as_in_postgresql(value: Any) -> Any:
    if type(value) is datetime:
        return (value - _EPOCH) // _MICROSECOND
    return value


def _as_in_sqlite(value: Any) -> Any:
    if type(value) is Decimal:
        return float(value)
    if type(value) is datetime:
        return text_in_sqlite(value)
    if type(value) is date:
        return value.isoformat()
    return value


def _select(query: str, connection_id: int, ids: Sequence[str], end: str) -> dict[str, Row]:
    """Return the rows of these invoices by Xero's id, which leads each row."""
    if not ids:
        return {}
    connection = database()
    if connection.vendor == "postgresql":
        chosen = "= ANY(%s::uuid[])"
        wanted = f"{{{','.join(ids)}}}"
    else:
        chosen = "IN (SELECT value FROM json_each(%s))"
        wanted = json.dumps([each.replace("-", "") for each in ids])
    with connection.cursor() as cursor:
        cursor.execute(f"{query} AND xero_invoice_id {chosen} {end}", [connection_id, wanted])
        return {_dashed(row[0]): row[1:] for row in cursor.fetchall()}


def _dashed(text: str) -> str:
    if len(text) == 36:
        return text
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
