"""
The filters of the list as people choose them and as the address carries them (B-2, B-16, B-24).

Reads and refuses. A refused value stays in its field with a message beside it; a page or an order
that makes no sense is only put right.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from connections.templatetags import display
from invoices import ledger, ledger_filters, periods, search_text
from invoices.forms import MAX_SEARCH, Day, Text, check_search
from invoices.ledger_filters import Filters
from invoices.models import Invoice

_ONE_OF = ("currency", "owner", "made")
# The names of the address that choose invoices; page, sort and the charts' currency do not.
NAMES = (
    "q",
    "status",
    "overdue",
    "partly_paid",
    "range",
    "from",
    "to",
    "currency",
    "owner",
    "made",
)
MAX_YEARS = 5
_NOT_OFFERED = _("This is not in the list. Choose again.")


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the list an address points: always a place that there is."""

    sort: str
    page: int


class LedgerFilters(forms.Form):
    """What the list can be narrowed by; everything may stay empty."""

    q = Text(
        label=_("Search by number, contact, reference or deal"),
        max_length=MAX_SEARCH,
        required=False,
    )
    status = forms.MultipleChoiceField(
        label=_("Status"),
        choices=Invoice.Status.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        # Boxes cannot be ticked wrong: it came with the address.
        error_messages={
            "invalid_choice": _("This link names a status that does not exist. Choose from these.")
        },
    )
    overdue = forms.BooleanField(label=_("Overdue"), required=False)
    partly_paid = forms.BooleanField(label=_("Partly paid"), required=False)
    range = forms.ChoiceField(
        label=_("Date range"),
        choices=periods.CHOICES,
        required=False,
        help_text=_("By issue date."),
        error_messages={"invalid_choice": _NOT_OFFERED},
    )
    currency = forms.ChoiceField(
        label=_("Currency"), required=False, error_messages={"invalid_choice": _NOT_OFFERED}
    )
    owner = forms.ChoiceField(
        label=_("Deal owner"), required=False, error_messages={"invalid_choice": _NOT_OFFERED}
    )
    made = forms.ChoiceField(
        label=_("Link to a deal"),
        required=False,
        choices=[
            ("", _("All invoices")),
            (ledger_filters.MADE_BY_APP, _("Made here")),
            (ledger_filters.LINKED, _("Linked by hand")),
            (ledger_filters.ON_NO_DEAL, _("Not on a deal")),
        ],
        error_messages={"invalid_choice": _NOT_OFFERED},
    )

    def __init__(self, data: QueryDict, *, head: ledger.Head, today: date) -> None:
        """:param today: the organisation's calendar day, which the named ranges start from"""
        super().__init__(data)
        self.today = today
        # Words of Python's: they cannot be attributes of a class.
        self.fields["from"] = Day(
            label=pgettext_lazy("first day of a date range", "From"), required=False
        )
        self.fields["to"] = Day(
            label=pgettext_lazy("last day of a date range", "To"),
            required=False,
            help_text=_("Both days are included."),
        )
        owners = [(str(key), name or _owner_without_name(key)) for key, name in head.owners]
        self._offer("owner", [("", gettext("All owners")), *owners])
        self._offer(
            "currency",
            [("", gettext("All currencies")), *((code, code) for code in head.currencies)],
        )

    def clean(self) -> dict[str, Any]:
        """The two days belong to the custom range only, and together they make sense (B-16)."""
        values = super().clean() or {}
        if values.get("range") != periods.CUSTOM:
            for name in ("from", "to"):
                self.errors.pop(name, None)
            return values
        first, last = values.get("from"), values.get("to")
        if first and last and first > last:
            self.add_error("to", _("The last day is before the first one."))
        if first and last and periods.months_before(last, 12 * MAX_YEARS) > first:
            self.add_error("to", _("Choose at most 5 years, or leave one day empty."))
        if not first and not last and not {"from", "to"} & self.errors.keys():
            self.add_error("from", _("Choose a first or a last day."))
        return values

    def clean_q(self) -> str:
        """One letter would find nearly everything; one digit may be a deal's number."""
        text = str(self.cleaned_data["q"])
        return text if text.isdigit() else check_search(text)

    def filters(self) -> Filters:
        """Return what was chosen; only of a valid form."""
        values = self.cleaned_data
        period = periods.preset(values["range"], self.today)
        if values["range"] == periods.CUSTOM:
            period = periods.Period(values.get("from"), values.get("to"))
        return Filters(
            words=tuple(search_text.words(values["q"])) if values["q"] else None,
            statuses=tuple(values["status"]),
            is_overdue=values["overdue"],
            is_partly_paid=values["partly_paid"],
            period=period,
            currency=values["currency"],
            owner_id=int(values["owner"]) if values["owner"] else None,
            origin=values["made"],
        )

    def described(self) -> tuple[str, ...]:
        """Return what was chosen, "label: value" each, for paper; nothing of a wrong form."""
        if not self.is_valid():
            return ()
        values = self.cleaned_data
        said = [(name, self._said(name)) for name in ("q", "status", "range", *_ONE_OF)]
        flags = [name for name in ("overdue", "partly_paid") if values[name]]
        return (
            *(f"{self.fields[name].label}: {text}" for name, text in said if text),
            *(str(self.fields[name].label) for name in flags),
        )

    def _said(self, name: str) -> str:
        value = self.cleaned_data[name]
        if name == "q":
            return str(value)
        if name == "range" and value == periods.CUSTOM:
            first, last = (self.cleaned_data.get(each) for each in ("from", "to"))
            return f"{display.day(first)} – {display.day(last)}"
        words = dict(self.fields[name].choices)  # type: ignore[attr-defined]
        chosen = value if isinstance(value, list) else [value]
        return ", ".join(str(words[each]) for each in chosen if each)

    def has_more_than_search(self) -> bool:
        """Whether a filter besides the search and the range is chosen or wrong."""
        names = ("status", "overdue", "partly_paid", "currency", "owner", "made")
        return any(self.data.get(name) or name in self.errors for name in names)

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]


def read_place(data: QueryDict, *, sees_amounts: bool) -> Place:
    """Return the order and the page of an address; what makes no sense becomes the first (B-24)."""
    sort = data.get("sort", "")
    name = sort.removeprefix("-")
    if name not in ledger_filters.SORTS or (
        name in ledger_filters.AMOUNT_SORTS and not sees_amounts
    ):
        sort = ledger_filters.DEFAULT_SORT
    page = data.get("page", "")
    is_number = page.isascii() and page.isdigit() and len(page) <= 18
    return Place(sort, min(max(1, int(page)), ledger.LAST_PAGE) if is_number else 1)


def address(data: QueryDict, **changes: str) -> str:
    """Return the query of an address with the same filters and these other values; "" for none."""
    kept = [(name, value) for name in NAMES for value in data.getlist(name) if value]
    return urlencode([*kept, *((name, value) for name, value in changes.items() if value)])


def _owner_without_name(owner_id: int) -> str:
    return gettext("Pipedrive user %(id)s") % {"id": owner_id}
