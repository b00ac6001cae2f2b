"""The preferences form: what can be chosen, and whether what came back is one of it."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mappings import customer, pickers, types
from mappings.models import MAX_DUE_DAYS, TaxMode
from mappings.preferences_page import Available
from mappings.services import SWITCHES, PreferenceChoices

_DIGITS = re.compile(r"[0-9]{1,9}", re.ASCII)
_Options = list[tuple[str, Any]]


def read_due_days(text: str) -> int | None:
    """Return the days that were typed, None if they are not a whole number from 0 to 365."""
    if not _DIGITS.fullmatch(text.strip()) or int(text) > MAX_DUE_DAYS:
        return None
    return int(text)


class WholeDaysField(forms.CharField):
    """Days until due: a whole number in ordinary digits, 0 to 365 (B-7)."""

    def clean(self, value: Any) -> Any:
        """Return the number of days."""
        days = read_due_days(super().clean(value))
        if days is None:
            raise ValidationError(
                _("Enter a whole number of days from 0 to %(most)d.") % {"most": MAX_DUE_DAYS}
            )
        return days


class PreferencesForm(forms.Form):
    """M-9 to M-14. What is chosen is checked against the lists as they are now (B-12, B-17)."""

    to = forms.ChoiceField(label=gettext_lazy("To"))
    address = forms.ChoiceField(label=gettext_lazy("Address"), required=False)
    email = forms.ChoiceField(label=gettext_lazy("Email"), required=False)
    tax_number = forms.ChoiceField(label=gettext_lazy("Customer tax number"), required=False)
    due_days = WholeDaysField(
        label=gettext_lazy("Due date: days after issue date"),
        max_length=20,
    )
    tax_mode = forms.ChoiceField(
        label=gettext_lazy("Amounts are"),
        choices=TaxMode.choices,
        help_text=gettext_lazy(
            "For deals without products. Products have a tax setting of their own."
        ),
    )
    account_code = forms.ChoiceField(
        label=gettext_lazy("Account"),
        required=False,
        help_text=gettext_lazy("For lines whose Xero item has no account of its own."),
    )
    tax_type = forms.ChoiceField(
        label=gettext_lazy("Tax rate"),
        required=False,
        help_text=gettext_lazy("For lines whose Xero item has no tax rate of its own."),
    )
    branding_theme_id = forms.ChoiceField(label=gettext_lazy("Template"), required=False)
    can_void_paid = forms.BooleanField(
        label=gettext_lazy("Void paid invoices"),
        required=False,
        help_text=gettext_lazy(
            "People who may void can then void paid invoices too. Their payments are removed in "
            "Xero first. Payments that are reconciled or part of a batch, and credits, have to be "
            "removed by your accountant."
        ),
    )
    native_can_approve = forms.BooleanField(
        label=gettext_lazy("Allow approving from the Invoice tab"),
        required=False,
        help_text=gettext_lazy("Anyone who uses the tab can make a draft payable."),
    )
    native_can_void = forms.BooleanField(
        label=gettext_lazy("Allow voiding from the Invoice tab"),
        required=False,
        help_text=gettext_lazy("Voiding cannot be undone."),
    )
    native_can_email = forms.BooleanField(
        label=gettext_lazy("Allow emailing from the Invoice tab"),
        required=False,
        help_text=gettext_lazy("Xero sends the invoice to the customer."),
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, available: Available, can_change: bool) -> None:
        """
        :param available: what the page offers now
        :param can_change: False shows the form without letting it be changed (R-8)
        """
        super().__init__(data, initial=_initial(available), auto_id="preferences_%s")
        self.warnings: dict[str, str] = {}
        self._entries: dict[str, dict[str, pickers.Entry]] = {}
        for target in customer.TARGETS:
            self._offer_fields(target, available)
        lists = available.lists
        accounts = [(row.code, f"{row.code} {row.name}") for row in lists.accounts]
        rates = [(row.tax_type, row.name) for row in lists.tax_rates]
        themes = [(str(row.branding_theme_id), row.name) for row in lists.branding_themes]
        self._offer_list("account_code", accounts, available, empty=_("None"))
        self._offer_list("tax_type", rates, available, empty=_("None"))
        self._offer_list("branding_theme_id", themes, available, empty=_("Xero's own default"))
        self.fields["due_days"].widget.attrs |= {"inputmode": "numeric", "autocomplete": "off"}
        for one in self.fields.values():
            one.disabled = not can_change
            one.error_messages |= {
                "required": _("Choose one."),
                "invalid_choice": _("This is no longer offered. Choose again."),
            }
        self.fields["due_days"].error_messages["required"] = _("Enter a number of days.")

    def clean(self) -> dict[str, Any]:
        """Refuse fields that Pipedrive has deleted: they are offered only to be seen (R-10)."""
        for target in customer.TARGETS:
            entry = self._entries[target].get(self.cleaned_data.get(target, ""))
            if entry is not None and entry.is_deleted:
                self.add_error(target, _("This field was deleted in Pipedrive. Choose another."))
        if "version" in self.errors:  # hidden, so nothing beside it would be seen
            self.add_error(
                None,
                _("This form is damaged. Nothing was changed; reload the page and save again."),
            )
        return self.cleaned_data

    def choices(self) -> PreferenceChoices:
        """Return what was chosen; only for a valid form."""
        chosen = self.cleaned_data
        theme = chosen["branding_theme_id"]
        return PreferenceChoices(
            sources=tuple(
                self._entries[target][chosen[target]].source
                for target in customer.TARGETS
                if chosen[target]
            ),
            due_days=chosen["due_days"],
            tax_mode=chosen["tax_mode"],
            account_code=chosen["account_code"],
            tax_type=chosen["tax_type"],
            branding_theme_id=UUID(theme) if theme else None,
            **{name: chosen[name] for name in SWITCHES},
        )

    def shown_entry(self, target: str) -> pickers.Entry | None:
        """Return the entry that a picker shows now, chosen or saved; None for none."""
        return self._entries[target].get(str(self[target].value() or ""))

    def chosen_label(self, name: str) -> str:
        """Return the words of what a select shows now."""
        shown = (each.data for each in self[name].subwidgets)
        return next((str(each["label"]) for each in shown if each["selected"]), "")

    def _offer_fields(self, target: str, available: Available) -> None:
        groups = pickers.list_entries(target, available.mappings, available.fields)
        self._entries[target] = {
            entry.value: entry for entries in groups.values() for entry in entries
        }
        self._offer(
            target,
            [
                (
                    pickers.group_label(entity),
                    [(entry.value, entry.label) for entry in entries],
                )
                for entity, entries in groups.items()
                if entries
            ],
            empty="" if target == "to" else _("Leave empty"),
        )
        if any(entry.is_deleted for entry in self._entries[target].values()):
            self.warnings[target] = _(
                "This field was deleted in Pipedrive. Invoices open with it left empty until "
                "another field is chosen and saved."
            )

    def _offer_list(self, name: str, rows: _Options, available: Available, *, empty: str) -> None:
        """Offer one of Xero's lists; what was saved is kept while the list cannot be read."""
        saved = self.initial[name]
        if saved and saved not in dict(rows):
            if available.xero_problem:
                rows = [*rows, (saved, saved)]
            else:
                self.warnings[name] = _(
                    "What was saved here is no longer in Xero. Choose again and save."
                )
        self._offer(name, rows, empty=empty)

    def _offer(self, name: str, options: _Options, *, empty: str = "") -> None:
        choice = self.fields[name]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [("", empty or _("Choose…")), *options]


def _initial(available: Available) -> dict[str, Any]:
    saved: types.Preferences = available.preferences
    return {
        **{source.target: pickers.value_of(source) for source in available.mappings},
        "due_days": saved.due_days,
        "tax_mode": saved.tax_mode,
        "account_code": saved.account_code,
        "tax_type": saved.tax_type,
        "branding_theme_id": str(saved.branding_theme_id or ""),
        **{name: getattr(saved, name) for name in SWITCHES},
        "version": saved.version,
    }
