"""
The create dialog as data: what was typed and chosen, what may be chosen, what is still missing.

Everything that is typed travels in the form, so a page without JavaScript works too, and the
server reads the whole form each time. A draft of it is kept beside (`dialog_drafts`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connections.models import Membership, XeroConnection
from connections.templatetags import display
from invoices import (
    dialog_lines,
    dialog_options,
    dialog_reading,
    dialog_tokens,
    forms,
    refusals,
)
from invoices.dialog_lines import Figures, Line
from mappings import deal_value, planning, totals
from mappings.types import Lists, Note

NEW = "new"
CUSTOMER_FIELDS = tuple(forms.Customer.base_fields)
DETAIL_FIELDS = tuple(forms.Details.base_fields)


@dataclass(slots=True)
class Dialog:
    """
    A dialog between two clicks.

    `problems` keep it from being pressed, `warnings` and `hints` are only said. `original` is
    Xero's own text of what it refused (R-25). `followed` are lines that changed with another one.
    """

    membership: Membership
    connection: XeroConnection
    language: str
    now: datetime
    submission: dialog_tokens.Submission
    values: dict[str, str]
    lines: list[Line]
    contact: dialog_tokens.ContactChoice | None = None
    is_new_contact: bool = False
    candidates: list[dialog_tokens.ContactChoice] = field(default_factory=list)
    contact_query: str = ""
    contact_message: str = ""
    changes: Mapping[str, tuple[str, str]] | None = None
    has_moved_due_date: bool = False
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    kept_since: str = ""
    xero_refusals: list[str] = field(default_factory=list)
    original: list[str] = field(default_factory=list)
    focus: str = ""
    followed: set[str] = field(default_factory=set)
    lists: Lists = field(default_factory=Lists)
    customer: forms.Customer = field(init=False)
    details: forms.Details = field(init=False)
    checked_customer: forms.Customer = field(init=False)
    checked_details: forms.Details = field(init=False)
    sums: totals.Totals = field(init=False)
    _account_taxes: dict[str, str] = field(default_factory=dict)

    @property
    def token(self) -> str:
        """Return the signed submission to carry in the form."""
        return self.submission.sign(self.membership, self.connection)

    @property
    def contact_token(self) -> str:
        """Return the chosen contact to carry in the form."""
        if self.contact is None:
            return NEW if self.is_new_contact else ""
        return self.contact.sign(self.membership, self.connection)

    @property
    def candidate_tokens(self) -> list[tuple[str, dialog_tokens.ContactChoice]]:
        """Return the contacts offered, each with what carries it in the form."""
        return [(each.sign(self.membership, self.connection), each) for each in self.candidates]

    @property
    def is_valid(self) -> bool:
        """Whether every field could be read and nothing is missing."""
        forms_valid = self.checked_customer.is_valid() and self.checked_details.is_valid()
        lines_valid = not any(line.checked.errors for line in self.lines)
        return forms_valid and lines_valid and not self.problems and not self.missing()

    def line(self, key: str) -> Line | None:
        """Return the line with this key."""
        return next((line for line in self.lines if line.key == key), None)

    @property
    def is_long(self) -> bool:
        """Whether the lists to choose from are put into each line only when they are needed."""
        return len(self.lines) > dialog_options.FEW_LINES

    @property
    def most_lines(self) -> int:
        """Return how many lines an invoice takes."""
        return forms.MAX_LINES

    @property
    def is_full(self) -> bool:
        """Whether no further line can be added."""
        return len(self.lines) >= forms.MAX_LINES

    def add_line(self, *, is_text: bool = False) -> Line:
        """Add an empty line at the end and return it."""
        line = dialog_lines.new_line(self.lines, is_text=is_text)
        self.lines.append(line)
        return line

    def missing(self) -> list[str]:
        """Return in whole sentences what keeps the invoice from being created."""
        unlinked = sum(not line.is_linked for line in self.lines)
        unreadable = sum(not line.is_readable for line in self.lines)
        currency = self.values["currency"]
        enabled = {each.code for each in self.lists.currencies}
        reasons = (
            (
                not enabled,
                _("Xero's lists could not be read yet. Try again in a minute."),
            ),
            (
                bool(enabled) and currency not in enabled,
                _("Xero has no %(currency)s: enable it in Xero or choose another currency.")
                % {"currency": currency},
            ),
            (
                self.contact is None and not self.is_new_contact,
                _("Choose a Xero contact or create a new one."),
            ),
            (
                all(line.is_text for line in self.lines),
                _("Add at least one line that is more than text.")
                if self.lines
                else _("Add at least one line."),
            ),
            (
                len(self.lines) > forms.MAX_LINES,
                ngettext(
                    "At most %(count)d line fits on an invoice.",
                    "At most %(count)d lines fit on an invoice.",
                    forms.MAX_LINES,
                )
                % {"count": forms.MAX_LINES},
            ),
            (
                unlinked > 0,
                ngettext(
                    "%(count)d line is not linked to a Xero item yet.",
                    "%(count)d lines are not linked to Xero items yet.",
                    unlinked,
                )
                % {"count": unlinked},
            ),
            (
                unreadable > 0,
                ngettext(
                    "%(count)d line needs a price and a quantity, as numbers.",
                    "%(count)d lines need a price and a quantity, as numbers.",
                    unreadable,
                )
                % {"count": unreadable},
            ),
        )
        return [text for holds, text in reasons if holds]

    def follow_issue_date(self) -> None:
        """Move the due date with the issue date, until a person has changed it (M-24)."""
        try:
            issued = dialog_reading.read_date(self.values["issue_date"], self.language)
        except dialog_reading.Unreadable:
            return
        if self.values["due_date"] == self.values["due_follows"]:
            due = planning.due_date_after(issued, self.submission.due_days).isoformat()
            self.has_moved_due_date = due != self.values["due_date"]
            self.values["due_date"] = self.values["due_follows"] = due

    @property
    def issue_day(self) -> str:
        """Return the issue date as it is read, "" while it cannot be."""
        return self._day("issue_date")

    @property
    def due_day(self) -> str:
        """Return the due date as it is read, "" while it cannot be."""
        return self._day("due_date")

    def build(self, *, shows_errors: bool) -> None:
        """
        Read all fields, add up the lines, and make the forms that the page shows.

        :param shows_errors: False while a person is still at it: then nothing is called wrong
        """
        offered: dict[str, Any] = {"currencies": self._currencies(), "themes": self._themes()}
        lock_date = max(
            filter(None, (self.connection.period_lock_date, self.connection.end_of_year_lock_date)),
            default=None,
        )
        self.checked_customer = forms.Customer(self.values)
        self.checked_details = forms.Details(self.values, lock_date=lock_date, **offered)
        self.checked_customer.full_clean()
        self.checked_details.full_clean()
        self.customer, self.details = self.checked_customer, self.checked_details
        if not shows_errors:
            self.customer = forms.Customer(initial=self.values)
            self.details = forms.Details(initial=self.values, **offered)
        self._account_taxes = {each.code: each.tax_type for each in self.lists.accounts}
        accounts = frozenset(self._account_taxes)
        tax_rates = frozenset(each.tax_type for each in self.lists.tax_rates)
        for line in self.lines:
            wanted = dialog_lines.item_id(line.item_id)
            line.item = self.lists.items.get(wanted) if wanted else None
            line.check(accounts=accounts, tax_rates=tax_rates)
            line.errors = line.checked.errors if shows_errors else {}
        dialog_options.offer(self.lines, self.lists, is_long=self.is_long, focus=self.focus)
        self._add_up()

    def show_refusal(self, reason: refusals.Refusal) -> None:
        """Put one of Xero's reasons beside the field it concerns; the dialog is built and bound."""
        text, is_placed = str(reason.text), False
        for line in self.lines:
            if line.is_meant_by(reason):
                line.checked.add_error(reason.field, text)
                is_placed = True
        for form in (self.customer, self.details):
            if reason.field in form.fields:
                form.add_error(reason.field, text)
                is_placed = True
        if reason.field == refusals.CONTACT and self.contact_message in {"", text}:
            self.contact_message = text
        elif not is_placed:
            self.xero_refusals.append(text)
        self.original.append(reason.original)

    @property
    def all_options(self) -> Mapping[str, SafeString]:
        """Return the whole lists, for a long invoice to take its lines' options from."""
        return dialog_options.whole(self.lists)

    @property
    def taxes(self) -> list[tuple[totals.TaxSum, str]]:
        """Return the tax of each known rate with the rate's name."""
        names = {each.tax_type: each.name for each in self.lists.tax_rates}
        return [(each, names[each.tax_type]) for each in self.sums.taxes if each.tax_type in names]

    @property
    def leaves_tax_to_xero(self) -> bool:
        """Whether a line with an amount gets its tax rate in Xero, so that its tax is unknown."""
        known = {each.tax_type for each in self.lists.tax_rates}
        priced = [line for line in self.lines if not line.is_text]
        return self.values["tax_mode"] != totals.NO_TAX and any(
            sums.line_amount and self.tax_type_of(line) not in known
            for line, sums in zip(priced, self.sums.lines, strict=True)
        )

    @property
    def holds_unknown_tax(self) -> bool:
        """Whether prices hold a tax that is not known: then the sum before tax is not, either."""
        return self.leaves_tax_to_xero and self.values["tax_mode"] == totals.INCLUSIVE

    @property
    def is_total_known(self) -> bool:
        """Whether no tax comes on top that is not known."""
        return not self.leaves_tax_to_xero or self.holds_unknown_tax

    @property
    def difference(self) -> Note | None:
        """Return why the total is not the deal's value, None when it is or cannot be compared."""
        if self.values["currency"] != self.submission.currency:
            return None
        note = deal_value.difference(
            self.submission.value,
            [self._figures(line) for line in self.lines if not line.is_text],
            self.values["tax_mode"],
            self.lists,
        )
        if note is None:
            return None
        reason = note.values["reason"]
        if reason != "incomplete" and self.sums.total == self.submission.planned_total:
            # Nobody has changed a figure yet: the deal itself says why.
            reason = self.submission.planned_reason
        if reason == "tax" and self.leaves_tax_to_xero:
            reason = "tax_unknown"
        return replace(note, values={**note.values, "reason": reason})

    @property
    def not_converted(self) -> str:
        """Return that the prices are another currency's, "" while the currency is the deal's."""
        here, deals = self.values["currency"], self.submission.currency
        if here == deals or not here:
            return ""
        return _(
            "The deal's prices are in %(deals)s and were not converted to %(here)s. Check each one."
        ) % {"deals": deals, "here": here}

    def tax_type_of(self, line: Line) -> str:
        """Return the tax rate that counts for a line: the chosen one, else what Xero fills in."""
        chosen = line.values["tax_rate"] or (line.item.tax_type if line.item else "")
        code = line.values["account"] or (line.item.account_code if line.item else "")
        return chosen or self._account_taxes.get(code, "")

    def _day(self, name: str) -> str:
        try:
            return display.day(dialog_reading.read_date(self.values[name], self.language))
        except dialog_reading.Unreadable:
            return ""

    def _currencies(self) -> list[tuple[str, str]]:
        return [
            (each.code, f"{each.code} {each.description}".strip()) for each in self.lists.currencies
        ]

    def _themes(self) -> list[tuple[str, str]]:
        return [(str(each.branding_theme_id), each.name) for each in self.lists.branding_themes]

    def _add_up(self) -> None:
        priced = [line for line in self.lines if not line.is_text]
        self.sums = deal_value.add_up(
            [self._figures(line) for line in priced], self.values["tax_mode"], self.lists
        )
        for line, sums in zip(priced, self.sums.lines, strict=True):
            amount = sums.line_amount if line.is_readable else None
            line.amount_text = display.money(amount, self.values["currency"])

    def _figures(self, line: Line) -> Figures:
        return line.figures(self.tax_type_of(line))
