"""What the Activity page is narrowed by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from invoices import activity, activity_words
from invoices.forms import Day

_NOT_OFFERED = _("This is not in the list. Choose again.")


class ActivityFilters(forms.Form):
    """Person, kind and days; of a plain GET, so that the address says it all."""

    NAMES: ClassVar[tuple[str, ...]] = ("person", "kind", "from", "to")

    person = forms.ChoiceField(
        label=_("Person"), required=False, error_messages={"invalid_choice": _NOT_OFFERED}
    )
    kind = forms.ChoiceField(
        label=_("About"), required=False, error_messages={"invalid_choice": _NOT_OFFERED}
    )

    def __init__(self, data: QueryDict, *, people: Sequence[tuple[int, str]]) -> None:
        """:param people: who may be chosen: id and name"""
        super().__init__(data)
        # Words of Python's: they cannot be attributes of a class.
        self.fields["from"] = Day(
            label=pgettext_lazy("first day of a date range", "From"), required=False
        )
        self.fields["to"] = Day(
            label=pgettext_lazy("last day of a date range", "To"), required=False
        )
        named = [(str(key), name) for key, name in people]
        self._offer("person", [("", gettext("Everybody")), *named])
        kinds = [(code, str(label)) for code, label in activity_words.KINDS.items()]
        self._offer("kind", [("", gettext("Everything")), *kinds])

    def clean(self) -> dict[str, Any]:
        """The two days together make sense (B-16)."""
        values = super().clean() or {}
        first, last = values.get("from"), values.get("to")
        if first and last and first > last:
            self.add_error("to", _("The last day is before the first one."))
        return values

    @property
    def is_filtered(self) -> bool:
        """Whether anything narrows the list."""
        return any(self.data.get(name) for name in self.NAMES)

    @property
    def page(self) -> int:
        """Return the page that is asked for; what makes no sense is the first (B-24)."""
        text = self.data.get("page", "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1

    def filters(self) -> activity.Filters:
        """Return what was chosen; only of a valid form."""
        values = self.cleaned_data
        return activity.Filters(
            person_id=int(values["person"]) if values["person"] else None,
            kind=values["kind"],
            first=values.get("from"),
            last=values.get("to"),
        )

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]
