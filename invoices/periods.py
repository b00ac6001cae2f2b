"""
Spans of calendar days that a list is limited to, both ends included (M-46, R-32).

Pure: today is the organisation's day and comes from the caller.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ANY, CUSTOM = "", "custom"
THIS_MONTH, LAST_3, LAST_12, THIS_YEAR = (
    "this_month",
    "last_3_months",
    "last_12_months",
    "this_year",
)
CHOICES: tuple[tuple[str, str | Promise], ...] = (
    (ANY, _("All dates")),
    (THIS_MONTH, _("This month")),
    (LAST_3, _("Last 3 months")),
    (LAST_12, _("Last 12 months")),
    (THIS_YEAR, _("This year")),
    (CUSTOM, _("From – to")),
)


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included; None leaves that end open."""

    first: date | None = None
    last: date | None = None


def preset(code: str, today: date) -> Period:
    """
    Return the days of a named span; a Period open at both ends for ANY and CUSTOM.

    A month's and a year's span ends with the month or the year; "last 3 months" reaches from the
    same day of the month three months ago to today.
    """
    if code == THIS_MONTH:
        return Period(today.replace(day=1), _in_month(today.year, today.month, 31))
    if code == THIS_YEAR:
        return Period(date(today.year, 1, 1), date(today.year, 12, 31))
    if code in {LAST_3, LAST_12}:
        return Period(months_before(today, 3 if code == LAST_3 else 12), today)
    return Period()


def months_before(day: date, count: int) -> date:
    """Return the same day so many months earlier, or that month's last day when it has no such."""
    months = day.year * 12 + day.month - 1 - count
    return _in_month(months // 12, months % 12 + 1, day.day)


def _in_month(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))
