"""
What a company's invoices come to: totals for each currency, and the figures of three charts.

Pure: groups in, sums out, never across currencies. Voided and deleted invoices are counted and
add nothing, because nobody owes or paid them; a status that we do not know adds nothing either.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from invoices.ledger import AGES, Group
from invoices.models import Invoice
from invoices.periods import months_before

Status = Invoice.Status
# The statuses whose amounts count, in the order of an invoice's life.
COUNTED = (Status.DRAFT, Status.SUBMITTED, Status.AUTHORISED, Status.PAID)
MONTHS_SHOWN = 12
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of one currency."""

    currency: str
    invoices: int
    total: Decimal
    outstanding: Decimal
    overdue: Decimal
    paid: Decimal


@dataclass(frozen=True, slots=True)
class Sum:
    """One bar: how many invoices, and what they come to."""

    invoices: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Paid:
    """Invoices paid in full: by month, before these months, and without a day of payment."""

    months: tuple[tuple[date, Sum], ...]
    earlier: Sum
    unknown: Sum


def totals(groups: Iterable[Group]) -> list[Totals]:
    """Return the totals of each currency, by its code."""
    by_currency: dict[str, list[Group]] = {}
    for group in groups:
        by_currency.setdefault(group.currency_code, []).append(group)
    return [_totals(code, by_currency[code]) for code in sorted(by_currency)]


def by_status(groups: Sequence[Group], currency: str) -> list[tuple[str, Sum]]:
    """Return the invoice totals of each status that counts, of one currency."""
    own = [group for group in groups if group.currency_code == currency]
    return [(each, _add(own, "total", status=each)) for each in COUNTED]


def by_age(groups: Sequence[Group], currency: str) -> list[Sum]:
    """Return what invoices awaiting payment still owe: not due yet, then by each of AGES."""
    owing = [
        group
        for group in groups
        if group.currency_code == currency and group.xero_status == Status.AUTHORISED
    ]
    return [
        _sum([group for group in owing if group.age == reached], "amount_due")
        for reached in range(len(AGES) + 1)
    ]


def by_month(groups: Sequence[Group], currency: str, *, today: date) -> Paid:
    """Return what was paid by invoices that are paid in full, by the month of that day."""
    paid = [
        group
        for group in groups
        if group.currency_code == currency and group.xero_status == Status.PAID
    ]
    this = today.replace(day=1)
    shown = [months_before(this, back) for back in reversed(range(MONTHS_SHOWN))]
    # A day ahead of the organisation's own belongs to the present month.
    month_of = [
        (min(group.paid_month, this) if group.paid_month else None, group) for group in paid
    ]
    return Paid(
        tuple(
            (month, _sum([group for found, group in month_of if found == month], "amount_paid"))
            for month in shown
        ),
        _sum([group for found, group in month_of if found and found < shown[0]], "amount_paid"),
        _sum([group for found, group in month_of if found is None], "amount_paid"),
    )


def _totals(currency: str, groups: Sequence[Group]) -> Totals:
    counted = [group for group in groups if group.xero_status in COUNTED]
    owing = [group for group in counted if group.xero_status == Status.AUTHORISED]
    return Totals(
        currency=currency,
        invoices=sum(group.invoices for group in groups),
        total=sum((group.total for group in counted), _NOTHING),
        outstanding=sum((group.amount_due for group in owing), _NOTHING),
        overdue=sum((group.amount_due for group in owing if group.age), _NOTHING),
        paid=sum((group.amount_paid for group in counted), _NOTHING),
    )


def _add(groups: Iterable[Group], name: str, *, status: str) -> Sum:
    return _sum([group for group in groups if group.xero_status == status], name)


def _sum(groups: Sequence[Group], name: str) -> Sum:
    return Sum(
        sum(group.invoices for group in groups),
        sum((getattr(group, name) for group in groups), _NOTHING),
    )
