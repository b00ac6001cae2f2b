"""The lifecycle: invoices as Xero holds them, and the operations people asked us to do."""

from invoices.models.draft import DialogDraft
from invoices.models.invoice import (
    ContactHistory,
    Deal,
    DealInvoice,
    Invoice,
    InvoiceEvent,
    LineItem,
)
from invoices.models.native import NativeCall
from invoices.models.operation import Operation, OperationEvent

__all__ = [
    "ContactHistory",
    "Deal",
    "DealInvoice",
    "DialogDraft",
    "Invoice",
    "InvoiceEvent",
    "LineItem",
    "NativeCall",
    "Operation",
    "OperationEvent",
]
