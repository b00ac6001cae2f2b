"""
The list as a file for a spreadsheet (reliability S-24).

Excel opens a CSV by the rules of the country it is set to: in Turkey it splits at semicolons and
reads a decimal comma, in Britain commas and points. So the file follows the language of the page.
Days are written as 2026-03-20, which both read as a day; UTF-8 is announced by its mark.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from connections.templatetags import display
from invoices import ledger_rows
from invoices.ledger import Row

MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
# What a spreadsheet would run as a formula, the full-width forms included.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
_LINES_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a spreadsheet of this language reads a file."""

    delimiter: str
    decimal: str


ENGLISH = Dialect(",", ".")
TURKISH = Dialect(";", ",")


class _Line:
    """A file for the writer that hands back what it was given."""

    def write(self, text: str) -> str:
        return text


@dataclass(frozen=True, slots=True)
class _Words:
    """What repeats in the lines, read once: the file is written after the page's language ended."""

    yes: str
    no: str
    made_here: str
    linked: str
    statuses: dict[str, str]


def dialect_of(language: str) -> Dialect:
    """Return the dialect of a page's language."""
    return TURKISH if language.startswith("tr") else ENGLISH


def write(
    rows: Iterable[Row], *, today: date, sees_amounts: bool, dialect: Dialect
) -> Iterator[str]:
    """
    Yield the file in pieces, its head first; call it while the page's language is active.

    :param today: the organisation's calendar day, for Overdue
    :param sees_amounts: without it no column holds an amount
    """
    words = _Words(
        yes=_("Yes"),
        no=_("No"),
        made_here=_("Made here"),
        linked=_("Linked by hand"),
        statuses={code: display.status_label(code) for code in display.STATUSES},
    )
    return _pieces(_head(sees_amounts=sees_amounts), rows, words, today, sees_amounts, dialect)


def neutral(text: str) -> str:
    """Return text that no spreadsheet runs: an apostrophe before what could begin a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _head(*, sees_amounts: bool) -> list[str]:
    amounts = [_("Total"), _("Amount due"), _("Amount paid"), _("Amount credited")]
    return [
        _("Number"),
        _("Status"),
        _("Overdue"),
        _("Partly paid"),
        _("Contact"),
        _("Reference"),
        _("Issue date"),
        _("Due date"),
        _("Paid on"),
        _("Currency"),
        *(amounts if sees_amounts else []),
        _("Sent to contact"),
        _("Deal"),
        _("Deal title"),
        _("Deal owner"),
        _("How it came to its deal"),
        _("Xero invoice id"),
    ]


def _pieces(
    head: list[str],
    rows: Iterable[Row],
    words: _Words,
    today: date,
    sees_amounts: bool,
    dialect: Dialect,
) -> Iterator[str]:
    writer = csv.writer(_Line(), delimiter=dialect.delimiter)
    lines = [MARK + writer.writerow(head)]
    for row in rows:
        lines.append(writer.writerow(_cells(row, words, today, sees_amounts, dialect)))
        if len(lines) >= _LINES_AT_ONCE:
            yield "".join(lines)
            lines = []
    yield "".join(lines)


def _cells(
    row: Row, words: _Words, today: date, sees_amounts: bool, dialect: Dialect
) -> list[str | int]:
    flags = ledger_rows.flags(row, today)
    amounts = (
        row.total,
        row.amount_due if ledger_rows.owed(row) else None,
        row.amount_paid,
        row.amount_credited,
    )
    return [
        neutral(row.number),
        words.statuses.get(row.xero_status, neutral(row.xero_status)),
        words.yes if "overdue" in flags else words.no,
        words.yes if "partly_paid" in flags else words.no,
        neutral(row.contact_name),
        neutral(row.reference),
        _day(row.issue_date),
        _day(row.due_date),
        _day(row.fully_paid_date),
        row.currency_code,
        *([_amount(each, dialect) for each in amounts] if sees_amounts else []),
        words.yes if row.is_sent else words.no,
        row.deal_id or "",
        neutral(row.deal_title or ""),
        neutral(row.deal_owner or ""),
        "" if row.deal_id is None else words.made_here if row.is_made_by_app else words.linked,
        str(row.xero_invoice_id),
    ]


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


def _amount(value: Decimal | None, dialect: Dialect) -> str:
    """At least two decimals, none that counts left out, no grouping."""
    if value is None:
        return ""
    text = format(value, "f")
    whole, _point, fraction = text.partition(".")
    return f"{whole}{dialect.decimal}{fraction.rstrip('0').ljust(2, '0')}"
