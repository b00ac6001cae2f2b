"""
The create dialog as data: what was typed and chosen, what may be chosen, what is still missing.

Everything that is typed travels in the form, nothing of it is stored before the press, so a page
without JavaScript, a reload and a second tab all work. The server reads the whole form each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.forms import Form
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connections.models import Membership, XeroConnection
from invoices import dialog_reading, dialog_tokens, forms, refusals
from mappings import deal_value, planning, totals
from mappings.types import Item, Lists, Note

NEW = "new"
CUSTOMER_FIELDS = tuple(forms.Customer.base_fields)
DETAIL_FIELDS = tuple(forms.Details.base_fields)
LINE_FIELDS = tuple(forms.Line.base_fields)


@dataclass(slots=True)
class Line:
    """One line of the dialog; `values` are as typed."""

    key: str
    values: dict[str, str]
    item_id: str = ""
    product: tuple[int, int, str] | None = None
    needs_item: bool = True
    query: str = ""
    item: Item | None = None
    results: tuple[Item, ...] | None = None
    search_error: str = ""
    form: forms.Line | None = None
    amount: Decimal | None = None
    errors: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_linked(self) -> bool:
        """Whether nothing remains to be linked on this line (M-27)."""
        return self.item is not None or not self.needs_item

    @property
    def name(self) -> str:
        """Return what Pipedrive calls the product, "" for a line added here."""
        return self.product[2] if self.product else ""

    @property
    def is_readable(self) -> bool:
        """Whether its figures can be added up."""
        clean = self.form.cleaned_data if self.form else {}
        return all(clean.get(name) is not None for name in ("quantity", "unit_price")) and not (
            self.form and self.form.errors.get("discount")
        )


@dataclass(frozen=True, slots=True)
class Figures:
    """What a line's amounts are made of; None for what cannot be read yet."""

    quantity: Decimal | None = None
    unit_amount: Decimal | None = None
    discount_rate: Decimal | None = None
    discount_amount: Decimal | None = None
    tax_type: str = ""


@dataclass(slots=True)
class Dialog:
    """A dialog between two clicks."""

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
    xero_refusals: list[str] = field(default_factory=list)
    lists: Lists = field(default_factory=Lists)
    customer: forms.Customer = field(init=False)
    details: forms.Details = field(init=False)
    checked_customer: forms.Customer = field(init=False)
    checked_details: forms.Details = field(init=False)
    sums: totals.Totals = field(init=False)

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
        lines_valid = all(line.form.is_valid() for line in self.lines if line.form)
        return forms_valid and lines_valid and not self.problems and not self.missing()

    def line(self, key: str) -> Line | None:
        """Return the line with this key."""
        return next((line for line in self.lines if line.key == key), None)

    def add_line(self) -> Line:
        """Add an empty line at the end and return it."""
        taken = {line.key for line in self.lines}
        key = next(f"n{n}" for n in range(1, 2000) if f"n{n}" not in taken)
        line = Line(key, dict.fromkeys(LINE_FIELDS, "") | {"quantity": "1"})
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
            (not self.lines, _("Add at least one line.")),
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
                    "%(count)d line has no price or quantity that can be read.",
                    "%(count)d lines have no price or quantity that can be read.",
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
        for line in self.lines:
            self._check(line, shows_errors=shows_errors)
        self._add_up()

    def show_refusal(self, reason: refusals.Refusal) -> None:
        """Put one of Xero's reasons beside the field it concerns; the forms are built and bound."""
        holders: list[tuple[Form, str]] = [
            (line.form, reason.field)
            for line in self.lines
            if line.form and reason.code and line.values.get(reason.field) == reason.code
        ]
        if reason.field in self.customer.fields:
            holders.append((self.customer, reason.field))
        elif reason.field in self.details.fields:
            holders.append((self.details, reason.field))
        for form, name in holders:
            form.add_error(name, str(reason.text))
        if reason.field == refusals.CONTACT:
            self.contact_message = str(reason.text)
        elif not holders:
            self.xero_refusals.append(str(reason.text))

    @property
    def accounts(self) -> list[tuple[str, str]]:
        """Return the accounts to choose from."""
        return [(each.code, f"{each.code} {each.name}") for each in self.lists.accounts]

    @property
    def tax_rates(self) -> list[tuple[str, str]]:
        """Return the tax rates to choose from."""
        return [(each.tax_type, each.name) for each in self.lists.tax_rates]

    @property
    def taxes(self) -> list[tuple[totals.TaxSum, str]]:
        """Return the tax of each rate with the rate's name."""
        names = {each.tax_type: each.name for each in self.lists.tax_rates}
        return [
            (each, names.get(each.tax_type) or _("No tax rate chosen")) for each in self.sums.taxes
        ]

    @property
    def difference(self) -> Note | None:
        """Return why the total is not the deal's value, None when it is or cannot be compared."""
        if self.values["currency"] != self.submission.currency:
            return None
        note = deal_value.difference(
            self.submission.value,
            [self._figures(line) for line in self.lines],
            self.values["tax_mode"],
            self.lists,
        )
        if note and self.sums.total == self.submission.planned_total:
            # Nobody has changed a figure yet: the deal itself says why.
            return replace(note, values={**note.values, "reason": self.submission.planned_reason})
        return note

    def tax_type_of(self, line: Line) -> str:
        """Return the tax rate that counts for a line: the chosen one, else what Xero fills in."""
        chosen = line.values["tax_rate"] or (line.item.tax_type if line.item else "")
        code = line.values["account"] or (line.item.account_code if line.item else "")
        accounts = (each.tax_type for each in self.lists.accounts if each.code == code)
        return chosen or next(accounts, "")

    def _currencies(self) -> list[tuple[str, str]]:
        return [
            (each.code, f"{each.code} {each.description}".strip()) for each in self.lists.currencies
        ]

    def _themes(self) -> list[tuple[str, str]]:
        return [(str(each.branding_theme_id), each.name) for each in self.lists.branding_themes]

    def _check(self, line: Line, *, shows_errors: bool) -> None:
        wanted = item_id(line.item_id)
        line.item = self.lists.items.get(wanted) if wanted else None
        line.form = forms.Line(
            {f"{line.key}-{name}": value for name, value in line.values.items()},
            prefix=line.key,
            accounts=self.accounts,
            tax_rates=self.tax_rates,
        )
        line.form.full_clean()
        line.errors = line.form.errors if shows_errors else {}

    def _add_up(self) -> None:
        self.sums = deal_value.add_up(
            [self._figures(line) for line in self.lines], self.values["tax_mode"], self.lists
        )
        for line, sums in zip(self.lines, self.sums.lines, strict=True):
            line.amount = sums.line_amount if line.is_readable else None

    def _figures(self, line: Line) -> Figures:
        tax_type = self.tax_type_of(line)
        if not line.form or not line.is_readable:
            return Figures(tax_type=tax_type)
        clean = line.form.cleaned_data
        is_amount = clean.get("discount_kind") == forms.AMOUNT
        return Figures(
            quantity=clean["quantity"],
            unit_amount=clean["unit_price"],
            discount_rate=None if is_amount else clean.get("discount"),
            discount_amount=clean.get("discount") if is_amount else None,
            tax_type=tax_type,
        )


def item_id(text: str) -> UUID | None:
    """Read an id in the one form that we write: braces or capitals are not ours (B-3)."""
    try:
        value = UUID(text)
    except ValueError:
        return None
    return value if str(value) == text else None


def item_ids(lines: Iterable[Line]) -> set[UUID]:
    """Return the Xero items that lines name, known or not."""
    return {value for line in lines if (value := item_id(line.item_id))}
