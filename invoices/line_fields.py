"""
What may be typed into a line of the dialog, and the message beside each field (B-9 to B-12).

No Django form: a form of a thousand lines is read at every pause in typing, and the fields of one
line are the same as those of the next.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import Field
from django.utils.translation import gettext as _

from invoices.forms import CHOOSE_AGAIN, Number, Text
from mappings.planned_lines import MAX_DESCRIPTION

MAX_UNIT_PRICE = Decimal("9999999999.9999")
MAX_QUANTITY = Decimal("99999999.9999")
PERCENT = "percent"
AMOUNT = "amount"
NAMES = (
    "description", "quantity", "unit_price", "discount", "discount_kind", "account", "tax_rate",
)  # fmt: skip

_DESCRIPTION = Text(label="", has_lines=True, max_length=MAX_DESCRIPTION)
_FIELDS: Mapping[str, Field] = {
    "description": _DESCRIPTION,
    "quantity": Number(label="", largest=MAX_QUANTITY),
    "unit_price": Number(label="", largest=MAX_UNIT_PRICE),
    "discount": Number(label="", largest=MAX_UNIT_PRICE, required=False),
}


@dataclass(frozen=True, slots=True)
class Checked:
    """What could be read of a line, and the messages beside its fields."""

    clean: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)

    def add_error(self, name: str, message: str) -> None:
        """Put a message beside a field."""
        self.errors.setdefault(name, []).append(message)

    @property
    def has_amount(self) -> bool:
        """Whether the line's amount can be worked out."""
        is_read = all(self.clean.get(name) is not None for name in ("quantity", "unit_price"))
        return is_read and "discount" not in self.errors


def check_text(values: Mapping[str, str]) -> Checked:
    """Read a line that is only text."""
    checked = Checked()
    _read(checked, "description", _DESCRIPTION, values)
    return checked


def check(
    values: Mapping[str, str], *, accounts: Collection[str], tax_rates: Collection[str]
) -> Checked:
    """
    Read a line as typed.

    :param accounts: the codes that Xero offers now; a value that is not among them is refused
    :param tax_rates: the tax types that Xero offers now
    """
    checked = Checked()
    for name, each in _FIELDS.items():
        _read(checked, name, each, values)
    for name, offered in (
        ("account", accounts),
        ("tax_rate", tax_rates),
        ("discount_kind", (PERCENT, AMOUNT)),
    ):
        value = values[name]
        if value and value not in offered:
            checked.add_error(name, str(CHOOSE_AGAIN))
        else:
            checked.clean[name] = value
    quantity = checked.clean.get("quantity")
    if quantity is not None and quantity <= 0:  # nothing is sold zero or fewer times (F-28)
        checked.add_error("quantity", _("The quantity must be more than 0."))
        checked.clean["quantity"] = None
    _check_discount(checked)
    return checked


def _read(checked: Checked, name: str, one: Field, values: Mapping[str, str]) -> None:
    try:
        checked.clean[name] = one.clean(values[name])
    except ValidationError as exc:
        checked.errors[name] = [str(message) for message in exc.messages]


def _check_discount(checked: Checked) -> None:
    """A discount takes off at most the whole line, and takes one form (B-10)."""
    discount = checked.clean.get("discount")
    if discount is None:
        return
    if discount < 0:
        checked.add_error("discount", _("A discount is not negative; raise the price instead."))
    elif checked.clean.get("discount_kind") == AMOUNT:
        if discount > _gross(checked.clean):
            checked.add_error("discount", _("The discount is more than the line's amount."))
        elif discount != round(discount, 2):
            checked.add_error("discount", _("An amount has at most 2 decimals."))
    elif discount > 100:
        checked.add_error("discount", _("A discount is at most 100 %."))


def _gross(clean: Mapping[str, Any]) -> Decimal:
    """Quantity × price; while either is unread, their own messages come first."""
    quantity, price = clean.get("quantity"), clean.get("unit_price")
    return MAX_UNIT_PRICE if quantity is None or price is None else Decimal(quantity * price)
