"""
What happened to an invoice, in the words of a person, newest first (issue 3 §7, P-21).

Three records tell it: the operations that people pressed with their steps, the changes of the
mirror with how we learned of them, and the audit trail.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connections.models import AuditEvent, Company
from connections.templatetags import display
from invoices import action_words, voiding
from invoices.models import Invoice, InvoiceEvent, Operation, OperationEvent

State = Operation.State
Source = InvoiceEvent.Source

_REMOVALS = frozenset({"payment_removed", "found_removed"})
SHORT = 20
MOST = 500

# What people did to an invoice's place here; presses are told by their operations.
_AUDITED: dict[str, str | Promise] = {
    "invoice.linked": gettext_lazy("Linked to the deal."),
    "invoice.unlinked": gettext_lazy("Unlinked from the deal."),
    "invoice.moved": gettext_lazy("Moved to another deal."),
}
_LEARNED: dict[str, str | Promise] = {
    Source.ADOPTED: gettext_lazy("Seen by looking in Xero after an unclear answer."),
    Source.POLL: gettext_lazy("Seen in the regular check."),
    Source.REFRESH: gettext_lazy("Seen when somebody here checked Xero."),
    Source.SWEEP: gettext_lazy("Seen in the daily check of open invoices."),
    # The step before it says what was asked for and by whom.
    Source.CREATED: "",
    Source.ACTION: "",
    Source.WEBHOOK: gettext_lazy("Xero sent a notice of this."),
    Source.HISTORY: gettext_lazy("Seen when the contact's earlier invoices were read."),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened: when, in words, who did it ("" for nobody), how it was learned."""

    at: datetime
    text: str
    who: str = ""
    how: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The newest entries; `has_more` when older ones were left out."""

    entries: tuple[Entry, ...]
    has_more: bool


def load(
    invoice: Invoice,
    operations: Sequence[Operation],
    audited: Iterable[AuditEvent],
    *,
    shows_amounts: bool,
    most: int = SHORT,
) -> Timeline:
    """
    Return the newest entries of an invoice, by two queries.

    :param operations: of `queries.list_operations`
    :param audited: of `list_audited`, the newest first
    """
    by_id = {each.pk: each for each in operations}
    found = [
        *_steps(invoice, by_id, shows_amounts=shows_amounts, most=most),
        *_changes(invoice, shows_amounts=shows_amounts, most=most),
        *(
            Entry(each.at, str(_AUDITED[each.event]), who=_name(each))
            for each in audited
            if each.event in _AUDITED
        ),
    ]
    # Of one instant what was pressed came first: it is told below what followed from it.
    newest = sorted(found, key=lambda entry: entry.at, reverse=True)
    return Timeline(tuple(newest[:most]), len(newest) > most)


def list_audited(
    company: Company, invoice: Invoice, operations: Sequence[Operation]
) -> list[AuditEvent]:
    """Return what the audit trail holds on an invoice and on these operations, newest first."""
    subjects = [f"invoice:{invoice.pk}", *(f"operation:{each.pk}" for each in operations)]
    rows = AuditEvent.objects.filter(company=company, subject__in=subjects)
    return list(rows.select_related("actor").order_by("-pk")[:MOST])


def _steps(
    invoice: Invoice, by_id: Mapping[UUID, Operation], *, shows_amounts: bool, most: int
) -> Iterator[Entry]:
    if not by_id:
        return
    # That a request went out says nothing once its answer is told.
    under_way = [each.pk for each in by_id.values() if each.state == State.SENDING]
    rows = list(
        OperationEvent.objects.for_company(invoice.connection.company)
        .filter(~Q(to_state=State.SENDING) | Q(operation_id__in=under_way))
        .filter(operation_id__in=by_id)
        .order_by("-at", "-pk")[: most + 1]
    )
    newest = {row.operation_id: row.pk for row in reversed(rows)}
    removed = _removed(rows, by_id, invoice.currency_code) if shows_amounts else {}
    for row in rows:
        if row.to_state == State.SENDING and row.pk != newest[row.operation_id]:
            continue
        operation = by_id[row.operation_id]
        text = removed.get(row.pk) or _step(row, operation, shows_amounts=shows_amounts)
        if text:
            is_press = not row.from_state
            person = operation.requested_by if is_press else None
            yield Entry(row.at, text, who=str(person) if person else "")


def _removed(
    rows: Sequence[OperationEvent], by_id: Mapping[UUID, Operation], currency: str
) -> dict[int, str]:
    """
    Return by the step's row which payment each removal took away; they happen in order.

    Nothing for an operation whose first rows were cut off: then none can be told by its number.
    """
    found: dict[int, str] = {}
    for pressed in (row for row in rows if not row.from_state):
        steps = by_id[pressed.operation_id].steps
        amounts = [each["amount"] for each in steps if each["kind"] == voiding.REMOVE_PAYMENT]
        removals = [
            row.pk
            for row in reversed(rows)
            if row.operation_id == pressed.operation_id and row.detail in _REMOVALS
        ]
        for pk, amount in zip(removals, amounts, strict=False):
            told = {"amount": display.money(Decimal(amount), currency)}
            found[pk] = _("A payment of %(amount)s was removed in Xero.") % told
    return found


def _step(row: OperationEvent, operation: Operation, *, shows_amounts: bool) -> str:
    """Return the sentence of one step; "" for one that says nothing to a person."""
    action = {"action": str(operation.get_kind_display())}
    match row.to_state:
        case State.READY if not row.from_state:
            return _("Pressed “%(action)s”.") % action
        case State.READY if row.detail in _REMOVALS:
            return _("A payment was removed in Xero.")
        case State.READY if row.detail == "not_in_xero":
            return _("“%(action)s” had not arrived in Xero and is sent anew.") % action
        case State.SENDING:
            return _("The request “%(action)s” went to Xero.") % action
        case State.WAITING:
            return _("“%(action)s” waits for Xero.") % action
        case State.UNSURE:
            return _("Xero gave no clear answer to “%(action)s”.") % action
        case State.LOOKING:
            return _("Asking Xero what became of “%(action)s”.") % action
        case State.DONE if row.detail == Source.ADOPTED:
            return _("“%(action)s” was found done in Xero.") % action
        case State.DONE:
            return _("Xero completed “%(action)s”.") % action
        case State.REFUSED:
            return action_words.state(operation, sees_amounts=shows_amounts)
        case State.NEEDS_PERSON:
            return _("What became of “%(action)s” could not be found out.") % action
        case _:
            return ""


def _changes(invoice: Invoice, *, shows_amounts: bool, most: int) -> Iterator[Entry]:
    rows = InvoiceEvent.objects.for_company(invoice.connection.company).filter(invoice=invoice)
    for row in rows.order_by("-at", "-pk")[: most + 1]:
        yield Entry(
            row.at,
            _change(row.xero_status, row.amount_due, invoice.currency_code, shows_amounts),
            how=str(_LEARNED.get(row.source, row.get_source_display())),
        )


def _change(status: str, amount_due: Decimal, currency: str, shows_amounts: bool) -> str:
    told = {
        "status": display.status_label(status),
        "amount": display.money(amount_due, currency),
    }
    owes = status not in {Invoice.Status.PAID, *Invoice.GONE}
    if not (owes and shows_amounts):
        return _("Xero says: %(status)s.") % told
    return _("Xero says: %(status)s, %(amount)s due.") % told


def _name(event: AuditEvent) -> str:
    return str(event.actor) if event.actor else ""
