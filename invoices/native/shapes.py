"""
Invoices as the contract wants them, out of the mirror (invoicing contract §3.2, §3.3).

Pure but for the one query that says which of them have an action under way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _

from connections.models import XeroConnection
from connections.runtime import Runtime
from invoices import actions, cards, queries
from invoices.models import Invoice
from invoices.native import answers
from invoices.native.door import Call
from invoices.native.tab import NativeTab

Status = Invoice.Status

CHANGE_STATUS: Final = "changeInvoiceStatus"
DOWNLOAD: Final = "downloadInvoice"
# Our codes by the ids that Pipedrive sends back when one is pressed.
STATUS_ACTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "SUBMIT": (actions.SUBMIT,),
    "APPROVE": (actions.APPROVE,),
    "VOIDED": (actions.VOID, actions.VOID_PAID),
    "DELETED": (actions.DELETE,),
}
_ID_OF: Final = {code: name for name, codes in STATUS_ACTIONS.items() for code in codes}
_STATUSES: Final[Mapping[str, str]] = {
    Status.DRAFT: "draft",
    Status.SUBMITTED: "created",
    Status.AUTHORISED: "issued",
    Status.PAID: "paid",
    Status.VOIDED: "voided",
    Status.DELETED: "deleted",
}
# Xero has an online invoice for these; a draft has none (xero-api §4.7).
_SHAREABLE: Final = frozenset({Status.AUTHORISED, Status.PAID})
_NOUGHT = Decimal(0)


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom invoices are shown: what the tab may do, and what stands open now."""

    tab: NativeTab
    live: XeroConnection | None
    runtime: Runtime
    under_way: frozenset[int]

    def offered(self, invoice: Invoice) -> tuple[actions.Action, ...]:
        """Return what the invoice offers to the tab, of the same table as the card's."""
        return actions.offered(
            invoice,
            self.tab,
            self.live,
            runtime=self.runtime,
            has_open_operation=invoice.pk in self.under_way,
        )

    def may_remove_payments(self, invoice: Invoice) -> bool:
        """Whether a paid invoice can be voided from here, where no panel explains it (R-27)."""
        return actions.may_remove_payments(
            invoice,
            self.tab,
            self.live,
            runtime=self.runtime,
            can_void_paid=self.tab.preferences.can_void_paid,
        )


def show(call: Call, invoices: Sequence[Invoice]) -> list[dict[str, Any]]:
    """Return these invoices in their order, by one query; each has its connection set."""
    reader = Reader(
        tab=call.tab,
        live=call.live,
        runtime=call.runtime,
        under_way=queries.list_under_way(call.company, [each.pk for each in invoices]),
    )
    return [_show(each, reader) for each in invoices]


def show_one(call: Call, invoice: Invoice) -> dict[str, Any]:
    """Return one invoice."""
    return show(call, [invoice])[0]


def is_shareable(invoice: Invoice) -> bool:
    """Whether Xero has an online page of it."""
    return invoice.xero_status in _SHAREABLE


def paid_amount(invoice: Invoice) -> Decimal:
    """Return what is settled of an invoice, by payments or credits; never more than its total."""
    if invoice.xero_status not in _SHAREABLE:
        return _NOUGHT
    return invoice.total - invoice.amount_due


def _show(invoice: Invoice, reader: Reader) -> dict[str, Any]:
    paid = paid_amount(invoice)
    required = {
        "id": str(invoice.xero_invoice_id),
        "invoiceNumber": invoice.number,
        "contactName": invoice.contact_name,
        "statusCode": invoice.xero_status,
        "statusLabel": _status_label(invoice),
        "pipedriveStatusCode": _pipedrive_status(invoice),
        "total": invoice.total,
        "paidAmount": paid,
        "dueAmount": invoice.amount_due,
        "currencyCode": invoice.currency_code,
    }
    optional = answers.without_empty(
        {"dueDate": invoice.due_date, "paidDate": invoice.fully_paid_date}
    )
    return {
        **required,
        **optional,
        "actions": _actions(invoice, reader),
        "providerInvoiceUrl": cards.link_to_xero(
            invoice.connection, invoice.xero_invoice_id, settings.XERO_WEB_URL
        ),
        "isShareable": is_shareable(invoice),
        "isSent": invoice.is_sent,
    }


def _status_label(invoice: Invoice) -> str:
    """Our word for Xero's status; a status that Xero may add is shown as Xero writes it."""
    labels = dict(Status.choices)
    return str(labels.get(invoice.xero_status, invoice.xero_status))


def _pipedrive_status(invoice: Invoice) -> str:
    if invoice.is_partly_paid:
        return "partiallyPaid"
    return _STATUSES.get(invoice.xero_status, "created")


def _actions(invoice: Invoice, reader: Reader) -> list[dict[str, Any]]:
    """The contract has no disabled actions: what cannot be pressed now is left out."""
    shown = []
    for each in reader.offered(invoice):
        if not each.is_enabled:
            continue
        if each.code == actions.VOID_PAID and not reader.may_remove_payments(invoice):
            continue
        if each.code == actions.OPEN and not is_shareable(invoice):
            continue
        shown.append(_action(each, reader.runtime))
    return shown


def _action(action: actions.Action, runtime: Runtime) -> dict[str, Any]:
    match action.code:
        case actions.PDF:
            name, provider_action, label = "PDF", DOWNLOAD, action.label
        case actions.EMAIL:
            name, provider_action, label = "EMAIL", runtime.native_email_action, action.label
        case actions.OPEN:
            # The invoice itself is opened by `providerInvoiceUrl`; this is its customer's page.
            name, provider_action = "SHARE", runtime.native_link_action
            label = _("Open the online invoice")
        case _:
            name, provider_action, label = _ID_OF[action.code], CHANGE_STATUS, action.label
    return {
        "id": name,
        "label": str(label),
        "providerAction": provider_action,
        "requireConfirmation": action.confirmation,
    }
