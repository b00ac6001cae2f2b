"""The lines of an invoice and its totals as strings, a page of lines at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from connections.templatetags import display
from invoices.models import Invoice, LineItem
from mappings import naming

LINES_A_PAGE = 100
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Line:
    """One line in words; amounts are "" for people who may not see them."""

    position: int
    item: str
    description: str
    quantity: str
    price: str
    discount: str
    account: str
    tax_rate: str
    amount: str


@dataclass(frozen=True, slots=True)
class Lines:
    """A page of lines, and what all lines are taxed by rate: name and amount."""

    rows: tuple[Line, ...]
    count: int
    page: int
    pages: int
    has_discount: bool
    taxes: tuple[tuple[str, str], ...]
    template: str

    @property
    def first(self) -> int:
        """Return the number of the first line of this page."""
        return (self.page - 1) * LINES_A_PAGE + 1

    @property
    def last(self) -> int:
        """Return the number of the last line of this page."""
        return min(self.count, self.page * LINES_A_PAGE)


def load(invoice: Invoice, *, page: int, shows_amounts: bool) -> Lines:
    """
    Return a page of an invoice's lines with the names that Xero's lists give, by six queries.

    :param invoice: with its connection and company loaded
    :param page: from 1; beyond the last one the last is given
    """
    lines = LineItem.objects.for_company(invoice.connection.company).filter(invoice=invoice)
    by_rate = list(
        lines.order_by()
        .values("tax_type")
        .annotate(count=Count("pk"), tax=Sum("tax_amount"))
        .order_by("-tax", "tax_type")
    )
    count = sum(each["count"] for each in by_rate)
    pages = max(1, -(-count // LINES_A_PAGE))
    page = min(max(1, page), pages)
    start = (page - 1) * LINES_A_PAGE
    chosen = list(lines.order_by("position")[start : start + LINES_A_PAGE])
    names = naming.names_for(
        invoice.connection,
        item_codes={each.item_code for each in chosen},
        account_codes={each.account_code for each in chosen},
        tax_types={each["tax_type"] for each in by_rate},
        branding_theme_id=invoice.branding_theme_id,
    )
    currency = invoice.currency_code
    return Lines(
        rows=tuple(_row(each, currency, names, shows_amounts) for each in chosen),
        count=count,
        page=page,
        pages=pages,
        has_discount=any(_has_discount(each) for each in chosen),
        taxes=_taxes(by_rate, currency, names) if shows_amounts else (),
        template=names.template,
    )


def _row(line: LineItem, currency: str, names: naming.Names, shows_amounts: bool) -> Line:
    def money(amount: Decimal | None) -> str:
        return display.money(amount, currency) if shows_amounts else ""

    return Line(
        position=line.position,
        item=_named(line.item_code, names.items),
        description=line.description,
        quantity=display.number(line.quantity),
        price=money(line.unit_amount),
        discount=_discount(line, currency) if shows_amounts else "",
        account=_named(line.account_code, names.accounts),
        tax_rate=names.tax_rates.get(line.tax_type) or line.tax_type or display.NOTHING,
        amount=money(line.line_amount),
    )


def _named(code: str, names: dict[str, str]) -> str:
    return f"{code} {names.get(code, '')}".strip() or display.NOTHING


def _has_discount(line: LineItem) -> bool:
    return bool(line.discount_rate or line.discount_amount)


def _discount(line: LineItem, currency: str) -> str:
    if line.discount_amount:
        return display.money(line.discount_amount, currency)
    return display.percent(line.discount_rate) if line.discount_rate else display.NOTHING


def _taxes(
    by_rate: Sequence[dict[str, object]], currency: str, names: naming.Names
) -> tuple[tuple[str, str], ...]:
    """Name each rate that takes something; one that takes nothing is worth no row."""
    return tuple(
        (_tax_label(str(each["tax_type"]), names), display.money(each["tax"], currency))
        for each in by_rate
        if isinstance(each["tax"], Decimal) and each["tax"] != _ZERO
    )


def _tax_label(tax_type: str, names: naming.Names) -> str:
    return _("Tax: %(rate)s") % {"rate": names.tax_rates.get(tax_type) or tax_type}
