"""The lines of the create dialog: what was typed, what item each is, what it comes to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import count
from uuid import UUID

from django.utils.safestring import SafeString

from invoices import dialog_reading, line_fields, refusals
from mappings.types import Item

# The keys of lines: p1… are the deal's, n1… were added here, t1… were added and are only text.
_ADDED = "n"
_TEXT = "t"
# What Xero can say of a line that is only text.
_TEXT_ONLY = "description"


@dataclass(frozen=True, slots=True)
class Figures:
    """What a line's amounts are made of; None for what cannot be read yet."""

    quantity: Decimal | None = None
    unit_amount: Decimal | None = None
    discount_rate: Decimal | None = None
    discount_amount: Decimal | None = None
    tax_type: str = ""


@dataclass(slots=True)
class Line:
    """One line of the dialog; `values` are as typed, `shown` is the amount that the page shows."""

    key: str
    values: dict[str, str]
    item_id: str = ""
    product: tuple[int, int, str] | None = None
    is_plain: bool = False
    query: str = ""
    shown: str = ""
    item: Item | None = None
    results: tuple[Item, ...] | None = None
    search_error: str = ""
    checked: line_fields.Checked = field(default_factory=line_fields.Checked)
    errors: Mapping[str, list[str]] = field(default_factory=dict)
    amount_text: str = ""
    options: dict[str, SafeString] = field(default_factory=dict)
    has_whole_lists: bool = True

    @property
    def is_text(self) -> bool:
        """Whether it is only text: it has no amount, and nothing to be linked."""
        return self.key.startswith(_TEXT)

    @property
    def needs_item(self) -> bool:
        """Whether it must be linked to a Xero item (M-27); a deal's discount need not."""
        return not (self.is_plain or self.is_text)

    @property
    def is_linked(self) -> bool:
        """Whether nothing remains to be linked on this line."""
        return self.item is not None or not self.needs_item

    @property
    def name(self) -> str:
        """Return what Pipedrive calls the product, "" for a line added here."""
        return self.product[2] if self.product else ""

    @property
    def is_readable(self) -> bool:
        """Whether its figures can be added up."""
        return self.is_text or self.checked.has_amount

    def check(self, *, accounts: Iterable[str], tax_rates: Iterable[str]) -> None:
        """Read what was typed."""
        if self.is_text:
            self.checked = line_fields.check_text(self.values)
        else:
            self.checked = line_fields.check(
                self.values, accounts=frozenset(accounts), tax_rates=frozenset(tax_rates)
            )

    def is_meant_by(self, reason: refusals.Refusal) -> bool:
        """Whether a refusal means this line: by what it names, else by a field empty or filled."""
        value = self.values.get(reason.field, "")
        if reason.field == refusals.ITEM:
            value = self.item.code if self.item else ""
        elif reason.field not in line_fields.NAMES or (self.is_text and reason.field != _TEXT_ONLY):
            return False
        if reason.code:
            return value == reason.code or _is_same_number(value, reason.code)
        return reason.lines == ("filled" if value else "empty")

    def rewrite(self, *, before: str, now: str) -> None:
        """Write the numbers as another language does than the one they were typed in."""
        is_amount = self.values["discount_kind"] == line_fields.AMOUNT
        places = {"quantity": 0, "unit_price": 2, "discount": 2 if is_amount else 0}
        for name, fewest in places.items():
            self.values[name] = dialog_reading.rewrite_number(
                self.values[name], before=before, now=now, places=fewest
            )

    def figures(self, tax_type: str) -> Figures:
        """Return what its amounts are made of."""
        if not self.is_readable:
            return Figures(tax_type=tax_type)
        clean = self.checked.clean
        is_amount = clean.get("discount_kind") == line_fields.AMOUNT
        return Figures(
            quantity=clean["quantity"],
            unit_amount=clean["unit_price"],
            discount_rate=None if is_amount else clean.get("discount"),
            discount_amount=clean.get("discount") if is_amount else None,
            tax_type=tax_type,
        )


def new_line(taken: Iterable[Line], *, is_text: bool = False) -> Line:
    """Return an empty line with a key that no other line has."""
    keys = {line.key for line in taken}
    letter = _TEXT if is_text else _ADDED
    key = next(key for number in count(1) if (key := f"{letter}{number}") not in keys)
    return Line(key, dict.fromkeys(line_fields.NAMES, "") | {"quantity": "" if is_text else "1"})


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


def _is_same_number(typed: str, named: str) -> bool:
    """Xero names a quantity with four decimals, however it was typed."""
    try:
        return Decimal(typed) == Decimal(named)
    except InvalidOperation:
        return False
