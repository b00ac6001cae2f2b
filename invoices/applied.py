"""What is applied to an invoice, in words: payments, credit notes, pre- and overpayments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from connections.templatetags import display
from invoices.models import Invoice


@dataclass(frozen=True, slots=True)
class Row:
    """A payment or credit; `amount` is "" for people who may not see amounts."""

    kind: str
    day: str
    amount: str
    reference: str
    note: str = ""


def list_rows(
    invoice: Invoice, *, shows_amounts: bool, obstacles: Mapping[str, str] | None = None
) -> tuple[Row, ...]:
    """
    Return what the last whole read of an invoice brought.

    :param obstacles: why a payment is not removed here, by its id (`voiding.find_obstacle`)
    """
    known = obstacles or {}
    return tuple(
        Row(
            kind=_kind(each["kind"]),
            day=display.day(date.fromisoformat(each["date"]) if each["date"] else None),
            amount=display.money(Decimal(each["amount"]), invoice.currency_code)
            if shows_amounts
            else "",
            reference=each["reference"],
            note=_note(known.get(each["id"], "")),
        )
        for each in invoice.applied
    )


def _kind(kind: str) -> str:
    match kind:
        case "payment":
            return _("Payment")
        case "credit_note":
            return _("Credit note")
        case "prepayment":
            return _("Prepayment")
        case _:
            return _("Overpayment")


def _note(obstacle: str) -> str:
    match obstacle:
        case "reconciled":
            return _("reconciled with a bank line")
        case "batch":
            return _("part of a batch")
        case _:
            return ""
