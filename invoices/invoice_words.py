"""Words of the page of one invoice."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from connections.models import XeroConnection
from connections.templatetags import display
from invoices.models import Invoice, Operation
from mappings.models import TaxMode


@dataclass(frozen=True, slots=True)
class Total:
    """One row of the totals; `is_sum` draws a line above it."""

    label: str
    amount: str
    is_sum: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of an invoice; `is_wide` for text that takes the room of two."""

    label: str
    value: str
    is_wide: bool = False


def facts(invoice: Invoice, *, template: str) -> tuple[Fact, ...]:
    """Return the facts of an invoice in the order of the page."""
    tax_mode = TaxMode(invoice.tax_mode).label if invoice.tax_mode in TaxMode.values else ""
    found = [
        Fact(_("Contact"), invoice.contact_name),
        Fact(_("Reference"), invoice.reference, is_wide=True),
        Fact(_("Issue date"), display.day(invoice.issue_date)),
        Fact(_("Due date"), display.day(invoice.due_date)),
        Fact(_("Currency"), invoice.currency_code),
        Fact(_("Amounts are"), str(tax_mode)),
        Fact(_("Template"), template),
        Fact(_("Sent to contact"), _("Yes") if invoice.is_sent else _("No")),
    ]
    if invoice.fully_paid_date and invoice.xero_status == Invoice.Status.PAID:
        found.append(Fact(_("Paid on"), display.day(invoice.fully_paid_date)))
    return tuple(found)


def identifiers(operation: Operation, *, correlation_id: str) -> tuple[tuple[str, str], ...]:
    """Return what support finds an operation by, as label and value."""
    found = [
        (_("Operation"), str(operation.pk)),
        (_("Idempotency key"), operation.idempotency_key),
        (_("Correlation id"), correlation_id),
        (_("Attempts"), display.number(operation.attempts)),
        (_("Generation"), display.number(operation.generation)),
        (_("Next attempt"), display.moment(operation.next_attempt_at)),
    ]
    if operation.error_code:
        found.append((_("Error"), operation.error_code))
    return tuple((label, value or display.NOTHING) for label, value in found)


def unread(invoice: Invoice, *, is_paused: bool) -> str:
    """Return why Xero could not be asked, and how old what is shown is (P-17)."""
    age = display.moment(invoice.checked_at)
    connection: XeroConnection = invoice.connection
    if is_paused:
        return _("Xero asked us to wait until %(until)s. What you see is from %(age)s.") % {
            "until": display.moment(connection.pause_until),
            "age": age,
        }
    if not connection.is_usable:
        return _("Xero is not connected at the moment. What you see is from %(age)s.") % {
            "age": age
        }
    return _("Xero did not answer. What you see is from %(age)s; nothing was changed.") % {
        "age": age
    }


def totals(invoice: Invoice, taxes: tuple[tuple[str, str], ...]) -> tuple[Total, ...]:
    """
    Return the totals as Xero holds them, tax by rate where the lines are those of this version.

    :param taxes: name and amount of each rate
    """

    def money(amount: Decimal) -> str:
        return display.money(amount, invoice.currency_code)

    if not (invoice.is_whole and taxes):
        taxes = ((_("Tax"), money(invoice.total_tax)),) if invoice.total_tax else ()
    rows = [
        Total(_("Subtotal"), money(invoice.subtotal)),
        *(Total(label, amount) for label, amount in taxes),
        Total(_("Total"), money(invoice.total), is_sum=True),
    ]
    if invoice.amount_paid:
        rows.append(Total(pgettext("an amount", "Paid"), money(-invoice.amount_paid)))
    if invoice.amount_credited:
        rows.append(Total(pgettext("an amount", "Credited"), money(-invoice.amount_credited)))
    if not invoice.is_gone:
        rows.append(Total(_("Amount due"), money(invoice.amount_due), is_sum=True))
    return tuple(rows)
