"""
The create dialog's fields: what may be typed, and the message beside each field (reliability §5).

Forms read and refuse; they decide nothing. What is offered in a list is passed in, so a value that
is not in the list now is refused as unknown, whoever made it up (B-12).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, MaxLengthValidator
from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from connections.templatetags import display
from invoices import dialog_reading
from mappings import customer, planning
from mappings.models import TaxMode

MAX_LINES = 1000
MAX_PLACES = 4
MIN_SEARCH = 2
MAX_SEARCH = 100

Choices = Iterable[tuple[str, str | Promise]]

_TOO_LONG = ngettext_lazy(
    "Use at most %(limit_value)d character (these are %(show_value)d).",
    "Use at most %(limit_value)d characters (these are %(show_value)d).",
    "limit_value",
)
_NOT_AN_EMAIL = _("Write one email address, like name@example.com.")
_NOT_OFFERED = {
    "tax_mode": _("%(value)s (not in Xero)"),
    "currency": _("%(value)s (not in Xero)"),
    "theme": _("A template that Xero has no more"),
}
_NO_CURRENCY = _("Xero has no %(value)s: enable it in Xero or choose another currency.")
CHOOSE_AGAIN = _("This choice is not in Xero's list now. Choose again.")


class Text(forms.CharField):
    """Plain text: control characters out, no NUL, a length that is named (B-1, B-2)."""

    def __init__(self, *, has_lines: bool = False, max_length: int, **extra: Any) -> None:
        if has_lines:
            extra.setdefault("widget", forms.Textarea(attrs={"rows": 3}))
        super().__init__(strip=False, **extra)
        self.has_lines = has_lines
        self.longest = max_length
        self.widget.attrs["maxlength"] = max_length
        # Django would refuse a NUL with words of its own before ours are asked.
        self.validators = [MaxLengthValidator(max_length, _TOO_LONG)]

    def to_python(self, value: Any) -> str:
        """Return the text that is kept of what was typed."""
        try:
            return dialog_reading.read_text(
                super().to_python(value) or "", has_lines=self.has_lines
            )
        except dialog_reading.Unreadable as exc:
            raise ValidationError(str(exc), code="unreadable") from exc


class Number(forms.CharField):
    """A Decimal as the reader's language writes it; None when nothing was typed (B-9)."""

    default_error_messages = {  # noqa: RUF012 - Django merges these as a plain class attribute
        "too_large": _("This number is too large."),
        "places": _("Use at most 4 decimals."),
    }

    def __init__(self, *, largest: Decimal, places: int = MAX_PLACES, **extra: Any) -> None:
        extra.setdefault(
            "widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        )
        super().__init__(**extra)
        self.largest = largest
        self.places = places
        self.validators = []

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        """Return the number that was typed."""
        text = super().to_python(value)
        if not text:
            return None
        if len(text) > 40:
            raise ValidationError(self.error_messages["too_large"], code="too_large")
        try:
            number = dialog_reading.read_number(text, get_language() or "en")
        except dialog_reading.Unreadable as exc:
            raise ValidationError(str(exc), code="unreadable") from exc
        if abs(number) > self.largest:
            raise ValidationError(self.error_messages["too_large"], code="too_large")
        if number != round(number, self.places):
            raise ValidationError(self.error_messages["places"], code="places")
        return number

    def validate(self, value: Any) -> None:
        """Refuse an empty value where one is needed: 0 is not empty."""
        if value is None and self.required:
            raise ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: Any) -> None:
        """Reading has checked everything."""


class Day(forms.CharField):
    """A calendar day in the reader's language or as ISO (B-8)."""

    def __init__(self, **extra: Any) -> None:
        extra.setdefault("widget", forms.TextInput(attrs={"type": "date"}))
        super().__init__(**extra)
        self.validators = []

    def to_python(self, value: Any) -> date | None:  # type: ignore[override]
        """Return the day that was typed."""
        text = super().to_python(value)
        if not text:
            return None
        try:
            return dialog_reading.read_date(text[:40], get_language() or "en")
        except dialog_reading.Unreadable as exc:
            raise ValidationError(str(exc), code="unreadable") from exc

    def run_validators(self, value: Any) -> None:
        """Reading has checked everything."""


class DealSearch(forms.Form):
    """The search box of the deal list (B-15)."""

    q = Text(label=_("Search deals"), max_length=MAX_SEARCH, required=False)

    def clean_q(self) -> str:
        """Pipedrive searches from two characters on (pipedrive-api §3.8)."""
        return check_search(self.cleaned_data["q"])


class Customer(forms.Form):
    """Customer details: whom the invoice is addressed to (M-17). Limits are Xero's (§6)."""

    to = Text(label=_("To"), max_length=customer.MAX_NAME)
    address = Text(
        label=_("Address"),
        has_lines=True,
        max_length=customer.MAX_ADDRESS_LINES * (customer.MAX_ADDRESS_LINE + 1),
        required=False,
    )
    city = Text(label=_("City"), max_length=customer.MAX_CITY, required=False)
    region = Text(label=_("Region"), max_length=customer.MAX_CITY, required=False)
    postal_code = Text(label=_("Postal code"), max_length=customer.MAX_POSTAL_CODE, required=False)
    country = Text(label=_("Country"), max_length=customer.MAX_COUNTRY, required=False)
    email = Text(
        label=_("Email"),
        max_length=customer.MAX_EMAIL,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "email", "autocomplete": "off"}),
    )
    tax_number = Text(
        label=_("Customer tax number"), max_length=customer.MAX_TAX_NUMBER, required=False
    )
    update_contact = forms.BooleanField(label=_("Update customer info in Xero"), required=False)

    def clean_to(self) -> str:
        """Xero refuses these two signs in a contact's name (B-4)."""
        name = str(self.cleaned_data["to"])
        if "<" in name or ">" in name:
            raise ValidationError(_("Xero does not take the signs < and > in a contact name."))
        return name

    def clean_address(self) -> str:
        """Xero prints up to four lines of up to 500 characters."""
        text = str(self.cleaned_data["address"])
        lines = text.split("\n")
        if len(lines) > customer.MAX_ADDRESS_LINES:
            raise ValidationError(_("Use at most 4 lines; city and country have their own fields."))
        if any(len(line) > customer.MAX_ADDRESS_LINE for line in lines):
            raise ValidationError(_("Use at most 500 characters in a line."))
        return text

    def clean_country(self) -> str:
        """Xero takes letters only."""
        country = str(self.cleaned_data["country"])
        if any(letter.isdigit() for letter in country):
            raise ValidationError(_("Write the country in letters, without digits."))
        return country

    def clean_email(self) -> str:
        """Xero keeps one plain address: the first of several is taken (B-5)."""
        if any(sign in (self.data.get(self.add_prefix("email")) or "") for sign in "\r\n"):
            raise ValidationError(_("An email address is written on one line."))
        email = customer.first_email(str(self.cleaned_data["email"]))
        if not email:
            if self.cleaned_data["email"]:
                raise ValidationError(_NOT_AN_EMAIL)
            return ""
        if not email.isascii():
            raise ValidationError(
                _("Xero takes email addresses in plain letters only, without accents or umlauts.")
            )
        EmailValidator(message=_NOT_AN_EMAIL)(email)
        return email

    def postal_address(self) -> customer.PostalAddress:
        """Return the address of a valid form."""
        clean = self.cleaned_data
        return customer.PostalAddress(
            lines=tuple(clean["address"].split("\n")) if clean["address"] else (),
            city=clean["city"],
            region=clean["region"],
            postal_code=clean["postal_code"],
            country=clean["country"],
        )


class Details(forms.Form):
    """Invoice details (M-20 to M-25)."""

    tax_mode = forms.ChoiceField(label=_("Amounts are"), choices=TaxMode.choices)
    currency = forms.ChoiceField(label=_("Currency"))
    theme = forms.ChoiceField(label=_("Template"), required=False)
    issue_date = Day(label=_("Issue date"))
    due_date = Day(label=_("Due date"))
    reference = Text(label=_("Reference"), max_length=planning.MAX_REFERENCE, required=False)

    def __init__(
        self,
        *args: Any,
        currencies: Choices,
        themes: Choices,
        lock_date: date | None = None,
        **extra: Any,
    ) -> None:
        """
        :param lock_date: the books are closed up to and including this day
        """
        super().__init__(*args, **extra)
        self.lock_date = lock_date
        _offer(self.fields["tax_mode"], TaxMode.choices)
        _offer(self.fields["currency"], currencies)
        _offer(self.fields["theme"], [("", _("Xero's default template")), *themes])
        for name, words in _NOT_OFFERED.items():
            _keep_on_show(self.fields[name], str(self[name].value() or ""), words)
        self.fields["currency"].error_messages["invalid_choice"] = _NO_CURRENCY

    def clean_issue_date(self) -> date:
        """A day in a locked period is refused here, with its date (F-23)."""
        day: date = self.cleaned_data["issue_date"]
        if self.lock_date and day <= self.lock_date:
            raise ValidationError(
                _("The books are locked up to %(day)s in Xero. Choose a later date."),
                params={"day": display.day(self.lock_date)},
            )
        return day

    def clean_reference(self) -> str:
        """Xero searches by it, so it needs a letter or a digit, on one line (B-13)."""
        typed = self.data.get(self.add_prefix("reference")) or ""
        reference = str(self.cleaned_data["reference"])
        if any(sign in typed.strip() for sign in "\r\n"):
            raise ValidationError(_("A reference is written on one line."))
        if reference and not any(letter.isalnum() for letter in reference):
            raise ValidationError(_("A reference needs at least one letter or digit."))
        return reference

    def clean(self) -> dict[str, Any]:
        """Due dates are not before issue dates (M-24)."""
        issued, due = self.cleaned_data.get("issue_date"), self.cleaned_data.get("due_date")
        if issued and due and due < issued:
            self.add_error("due_date", _("The due date is before the issue date."))
        return self.cleaned_data


def check_search(text: str) -> str:
    """
    Return a search text that may be sent, "" for none.

    :raises ValidationError: one character only
    """
    if text and len(text) < MIN_SEARCH:
        raise ValidationError(_("Type at least 2 characters."))
    return text


def _keep_on_show(field: forms.Field, value: str, words: str | Promise) -> None:
    """
    Show a value that is not offered (any more) as the one chosen, though it will be refused.

    A browser would choose the first of the list in its place, and send that without a word: a
    deal in another currency would become an invoice in the wrong one.
    """
    offered = list(field.choices)  # type: ignore[attr-defined]
    if value and value not in {code for code, _name in offered}:
        kept = (value, str(words) % {"value": value})
        field.widget.choices = [kept, *offered]


def _offer(field: forms.Field, choices: Choices) -> None:
    field.choices = list(choices)  # type: ignore[attr-defined]
    field.error_messages["invalid_choice"] = CHOOSE_AGAIN
