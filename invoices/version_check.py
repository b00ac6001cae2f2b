"""What a person saw against what Xero holds now (P-5, F-25). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, Protocol

from connections.xero.types import Invoice as XeroInvoice
from invoices.comparing import Difference
from invoices.models import Invoice, Operation

Kind = Operation.Kind

NO_TAX = "NoTax"
# Where an action takes an invoice. One without anything to pay is paid as soon as it is approved.
TARGETS: dict[str, tuple[str, ...]] = {
    Kind.SUBMIT: ("SUBMITTED",),
    Kind.APPROVE: ("AUTHORISED", "PAID"),
    Kind.VOID: ("VOIDED",),
    Kind.VOID_PAID: ("VOIDED",),
    Kind.DELETE: ("DELETED",),
}
# What is kept of the invoice as it was seen, and where Xero's answer has it.
_SEEN = {
    "status": "status",
    "total": "total",
    "amount_due": "amount_due",
    "amount_paid": "amount_paid",
    "amount_credited": "amount_credited",
    "due_date": "due_date",
}


class Verdict(Enum):
    """What a read says about an action: done, still as seen, changed by others, or unclear."""

    REACHED = "reached"
    SAME = "same"
    CHANGED = "changed"
    UNCLEAR = "unclear"


class Line(Protocol):
    """A line of the mirror or of Xero, as far as approving asks for it."""

    @property
    def quantity(self) -> Decimal | None: ...
    @property
    def unit_amount(self) -> Decimal | None: ...
    @property
    def account_code(self) -> str: ...
    @property
    def tax_type(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Missing:
    """What a line lacks for approval: "account" or "tax_rate"; "due_date" on line 0, the whole."""

    line: int
    field: str


def remember(invoice: Invoice) -> dict[str, Any]:
    """Return what a person has before them, for `Operation.summary`: texts and ids, no names."""
    return {
        "status": invoice.xero_status,
        "number": invoice.number,
        "currency_code": invoice.currency_code,
        "total": str(invoice.total),
        "amount_due": str(invoice.amount_due),
        "amount_paid": str(invoice.amount_paid),
        "amount_credited": str(invoice.amount_credited),
        "due_date": invoice.due_date.isoformat() if invoice.due_date else "",
        "is_sent": invoice.is_sent,
    }


def judge(operation: Operation, held: XeroInvoice) -> Verdict:
    """Return what Xero's invoice says about an action on its status."""
    if held.status in TARGETS.get(operation.kind, ()):
        return Verdict.REACHED
    return Verdict.SAME if is_as_seen(operation, held) else Verdict.CHANGED


def is_as_seen(operation: Operation, held: XeroInvoice) -> bool:
    """
    Whether Xero holds the version that the person saw. The values are compared as well, because
    some changes do not move UpdatedDateUTC (reliability P-7).
    """
    return held.updated_at == operation.seen_updated_at and not list_differences(operation, held)


def list_differences(operation: Operation, held: XeroInvoice) -> list[Difference]:
    """
    Return what has changed since the person looked, for the card: dicts of line (0), field,
    confirmed (as seen) and in_xero; "updated_at" says by when (UTC, ISO 8601).
    """
    seen = operation.summary
    found: list[Difference] = [
        _difference(field, seen[field], getattr(held, name))
        for field, name in _SEEN.items()
        if field in seen and not _is_equal(seen[field], getattr(held, name))
    ]
    if operation.seen_updated_at is not None and held.updated_at != operation.seen_updated_at:
        found.append(_difference("updated_at", operation.seen_updated_at, held.updated_at))
    return found


def list_missing(
    lines: Iterable[Line], *, tax_mode: str, due_date: date | None
) -> tuple[Missing, ...]:
    """
    Return what keeps an invoice from being approved: each line with an amount needs an account
    and a tax rate (M-34, xero-api §4.6). Without tax on the whole invoice no rate is needed.

    :param tax_mode: Xero's LineAmountTypes
    """
    return tuple(_missing(lines, tax_mode=tax_mode, due_date=due_date))


def _missing(lines: Iterable[Line], *, tax_mode: str, due_date: date | None) -> Iterator[Missing]:
    if due_date is None:
        yield Missing(0, "due_date")
    for number, line in enumerate(lines, start=1):
        if line.unit_amount is None or _is_text(line):
            continue
        if not line.account_code:
            yield Missing(number, "account")
        if not line.tax_type and tax_mode != NO_TAX:
            yield Missing(number, "tax_rate")


def _is_text(line: Line) -> bool:
    """Xero gives a line that is only text noughts, or nothing (xero-api §11)."""
    return not line.unit_amount and not line.quantity


def _is_equal(seen: str, held: object) -> bool:
    if isinstance(held, Decimal):
        return Decimal(seen) == held
    return seen == _text(held)


def _difference(field: str, seen: object, held: object) -> Difference:
    return {"line": 0, "field": field, "confirmed": _text(seen), "in_xero": _text(held)}


def _text(value: object) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)
