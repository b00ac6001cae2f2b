"""Which invoices of a contact are shown, as the address says it: dates, status, order, page."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from invoices.forms import MAX_SEARCH, Day, Text, check_search
from invoices.models import Invoice

MONTH, QUARTER, YEAR_BACK, THIS_YEAR, CUSTOM = "month", "3m", "12m", "year", "custom"
RANGES: tuple[tuple[str, Promise], ...] = (
    (MONTH, _("This month")),
    (QUARTER, _("Last 3 months")),
    (YEAR_BACK, _("Last 12 months")),
    (THIS_YEAR, _("This year")),
    (CUSTOM, _("From – to")),
)
OVERDUE, PARTLY_PAID = "overdue", "partly_paid"
STATUSES: tuple[tuple[str, str | Promise], ...] = (
    ("", _("All statuses")),
    *Invoice.Status.choices,
    (OVERDUE, _("Overdue")),
    (PARTLY_PAID, _("Partly paid")),
)
SORTS: tuple[tuple[str, Promise], ...] = (
    ("-issue_date", _("Newest issue date first")),
    ("issue_date", _("Oldest issue date first")),
    ("-due_date", _("Latest due date first")),
    ("due_date", _("Earliest due date first")),
    ("-total", _("Largest total first")),
    ("total", _("Smallest total first")),
    ("number", _("Number, ascending")),
    ("-number", _("Number, descending")),
    ("status", _("Status, from Draft on")),
    ("-status", _("Status, from Deleted back")),
)
NEWEST_FIRST = "-issue_date"
BY_AMOUNT = frozenset({"total", "-total"})
MOST_YEARS = 5
MOST_PAGES = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to show: issue dates from and to, both inclusive, one status or all, in which order."""

    first: date
    last: date
    status: str
    sort: str
    page: int


class Filter(forms.Form):
    """The form above the list. Lists' values that are unknown become the usual ones (B-24)."""

    range = forms.ChoiceField(label=_("Date range"), choices=RANGES, required=False)
    start = Day(label=pgettext_lazy("first day of a date range", "From"), required=False)
    end = Day(label=pgettext_lazy("last day of a date range", "To"), required=False)
    status = forms.ChoiceField(label=_("Status"), choices=STATUSES, required=False)
    sort = forms.ChoiceField(label=_("Order"), choices=SORTS, required=False)

    def __init__(self, data: QueryDict, *, today: date, sees_amounts: bool) -> None:
        """:param today: the organisation's calendar day"""
        sorts = [(code, label) for code, label in SORTS if sees_amounts or code not in BY_AMOUNT]
        known = {
            "range": _known(data.get("range"), RANGES, YEAR_BACK),
            "status": _known(data.get("status"), STATUSES, ""),
            "sort": _known(data.get("sort"), sorts, NEWEST_FIRST),
            "start": data.get("start", ""),
            "end": data.get("end", ""),
        }
        if known["range"] != CUSTOM:
            # What a range of one's own begins with, once it is chosen.
            first, last = _span(known, today)
            known |= {"start": first.isoformat(), "end": last.isoformat()}
        super().__init__(known, auto_id="filter_%s")
        self._page = _read_page(data.get("page", ""))
        self.today = today
        sort = self.fields["sort"]
        assert isinstance(sort, forms.ChoiceField)
        sort.choices = sorts
        for field in self.fields.values():
            field.widget.attrs.setdefault("class", "input")

    def clean(self) -> dict[str, Any]:
        """A range of one's own needs both ends, in order, and no more than some years (B-16)."""
        clean = super().clean() or self.cleaned_data
        if clean.get("range") != CUSTOM:
            return clean
        start, end = clean.get("start"), clean.get("end")
        for name, value in (("start", start), ("end", end)):
            if value is None and name not in self.errors:
                self.add_error(name, ValidationError(_("Choose a date."), code="required"))
        if start and end:
            if start > end:
                self.add_error("end", _("This date is before the first one."))
            elif end > _months_after(start, 12 * MOST_YEARS):
                self.add_error("end", _("Choose at most 5 years."))
        return clean

    @property
    def is_custom(self) -> bool:
        """Whether the person sets the dates."""
        return bool(self.data["range"] == CUSTOM)

    @property
    def wanted(self) -> Wanted | None:
        """What to show; None while a date cannot be read."""
        if not self.is_valid():
            return None
        clean = self.cleaned_data
        first, last = _span(clean, self.today)
        return Wanted(first, last, clean["status"], clean["sort"], self._page)

    def query(self, **changes: Any) -> str:
        """Return this list's query string with these changes; what is usual is left out."""
        usual = {"range": YEAR_BACK, "status": "", "sort": NEWEST_FIRST, "page": 1}
        values = {**self.data, "page": self._page} | changes
        if values["range"] != CUSTOM:
            values |= {"start": "", "end": ""}
        query = QueryDict(mutable=True)
        for name, value in values.items():
            if value != usual.get(name, ""):
                query[name] = str(value)
        return query.urlencode()


class ContactSearch(forms.Form):
    """The search for a Xero contact to link (B-15)."""

    contact = Text(label=_("Search Xero contacts"), max_length=MAX_SEARCH, required=False)

    def clean_contact(self) -> str:
        """Two characters at least, as everywhere."""
        term = check_search(self.cleaned_data["contact"])
        if not term:
            raise ValidationError(_("Type 2 to 100 characters to search."), code="required")
        return term


def longest_span(today: date) -> tuple[date, date]:
    """Return the longest range that can be asked for, up to today."""
    return _months_after(today, -12 * MOST_YEARS), today


def _span(clean: dict[str, Any], today: date) -> tuple[date, date]:
    """Return the ends of a range by the calendar (R-11)."""
    match clean["range"]:
        case "month":
            last = calendar.monthrange(today.year, today.month)[1]
            return today.replace(day=1), today.replace(day=last)
        case "3m":
            return _months_after(today, -3), today
        case "year":
            return date(today.year, 1, 1), date(today.year, 12, 31)
        case "custom":
            return clean["start"], clean["end"]
        case _:
            return _months_after(today, -12), today


def _months_after(day: date, months: int) -> date:
    """Return the same day some months on, or the last of a month that has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def _known(value: str | None, choices: Any, usual: str) -> str:
    return value if value is not None and value in dict(choices) else usual


def _read_page(text: str) -> int:
    is_number = text.isascii() and text.isdecimal() and len(text) < 6
    return max(1, min(int(text), MOST_PAGES)) if is_number else 1
