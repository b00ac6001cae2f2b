"""The three pictures of a company's invoices, with their words (see `ledger_figures`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from babel import Locale
from babel.dates import format_date
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from connections.templatetags import display
from invoices import charts, ledger_figures
from invoices.charts import Chart, Figure
from invoices.ledger import Group
from invoices.ledger_figures import Sum
from invoices.models import Invoice

_TONES = {
    Invoice.Status.DRAFT: "quiet",
    Invoice.Status.SUBMITTED: "info",
    Invoice.Status.AUTHORISED: "info",
    Invoice.Status.PAID: "good",
}


def draw(groups: Sequence[Group], currency: str, *, today: date) -> list[Chart]:
    """Return the charts of one currency: by status, by age, by month of payment."""
    return [
        _by_status(groups, currency),
        _by_age(groups, currency),
        _by_month(groups, currency, today),
    ]


def _by_status(groups: Sequence[Group], currency: str) -> Chart:
    figures = [
        _figure(display.status_label(status), found, currency, tone=_TONES[Invoice.Status(status)])
        for status, found in ledger_figures.by_status(groups, currency)
    ]
    drawn, height = charts.bars(figures)
    return Chart(
        key="status",
        title=_("Amounts by status"),
        description=_("One bar for each status, as long as the totals of its invoices come to."),
        note=_("Totals of the invoices, tax included. Voided and deleted ones are left out."),
        first_column=_("Status"),
        height=height,
        bars=drawn,
    )


def _by_age(groups: Sequence[Group], currency: str) -> Chart:
    labels = (
        (_("Not due yet"), "info"),
        (_("1–30 days"), "warn"),
        (_("31–60 days"), "warn"),
        (_("61–90 days"), "bad"),
        (_("Over 90 days"), "bad"),
    )
    found = ledger_figures.by_age(groups, currency)
    figures = [
        _figure(label, each, currency, tone=tone)
        for (label, tone), each in zip(labels, found, strict=True)
    ]
    drawn, height = charts.bars(figures)
    return Chart(
        key="age",
        title=_("Outstanding by days overdue"),
        description=_("One bar for each age, as long as what is still due on its invoices."),
        note=_("What is still due on invoices awaiting payment, by days past the due date."),
        first_column=_("Overdue by"),
        height=height,
        bars=drawn,
    )


def _by_month(groups: Sequence[Group], currency: str, today: date) -> Chart:
    paid = ledger_figures.by_month(groups, currency, today=today)
    locale = Locale.parse(get_language() or "en")
    figures = [
        _figure(
            format_date(month, "LLLL y", locale=locale),
            found,
            currency,
            tone="good",
            short=format_date(month, "LLL", locale=locale).rstrip("."),
        )
        for month, found in paid.months
    ]
    rest = [
        _figure(label, found, currency)
        for label, found in (
            (_("Earlier than these months"), paid.earlier),
            (_("Day of payment not known"), paid.unknown),
        )
        if found.invoices
    ]
    drawn, height = charts.columns(figures)
    return Chart(
        key="month",
        title=_("Paid by month"),
        description=_("One column for each of the last 12 months, as high as what was paid."),
        note=_(
            "An invoice counts in the month in which Xero marked it as paid in full, with what was "
            "paid on it. Payments on invoices that are still open are left out."
        ),
        first_column=_("Month"),
        height=height,
        columns=drawn,
        more=tuple(rest),
    )


def _figure(
    label: str, found: Sum, currency: str, *, tone: str = "info", short: str = ""
) -> Figure:
    return Figure(
        label=label,
        amount=found.amount,
        money=display.money(found.amount, currency),
        count=display.number(found.invoices),
        tone=tone,
        short=short,
    )
