"""Support's view of invoices and operations, and the one thing to do: try again safely."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from connections.admin_base import (
    MOST_AT_ONCE,
    MOST_REASON,
    ReadOnlyAdmin,
    ReadOnlyInline,
    ReasonForm,
    staff_member,
)
from invoices import operations
from invoices.models import DealInvoice, Invoice, InvoiceEvent, LineItem, Operation, OperationEvent


class LineItems(ReadOnlyInline):
    """The invoice's lines as Xero holds them."""

    model = LineItem
    fields = (
        "position",
        "item_code",
        "description",
        "quantity",
        "unit_amount",
        "account_code",
        "tax_type",
        "line_amount",
    )


class InvoiceEvents(ReadOnlyInline):
    """The invoice's history."""

    model = InvoiceEvent
    ordering = ("-at",)
    fields = ("at", "source", "xero_status", "amount_due", "xero_updated_at")


class OperationEvents(ReadOnlyInline):
    """The operation's steps."""

    model = OperationEvent
    ordering = ("at",)
    fields = ("at", "from_state", "to_state", "generation", "detail")


@admin.register(Invoice)
class InvoiceAdmin(ReadOnlyAdmin):
    """Mirrored invoices, by number, Xero id or deal."""

    list_display = (
        "number",
        "company",
        "xero_status",
        "total",
        "amount_due",
        "currency_code",
        "due_date",
        "checked_at",
    )
    list_filter = ("xero_status",)
    list_select_related = ("company",)
    whole_numbers = ("deal_link__deal_id",)
    uuids = ("xero_invoice_id", "xero_contact_id")
    texts = ("number",)
    ordering = ("-pk",)
    inlines = (LineItems, InvoiceEvents)


@admin.register(DealInvoice)
class DealInvoiceAdmin(ReadOnlyAdmin):
    """Which invoice sits on which deal."""

    list_display = ("deal_id", "invoice", "company", "is_made_by_app", "linked_at")
    list_select_related = ("company", "invoice")
    whole_numbers = ("deal_id",)
    uuids = ("invoice__xero_invoice_id",)
    texts = ("invoice__number",)
    ordering = ("-pk",)


@admin.register(Operation)
class OperationAdmin(ReadOnlyAdmin):
    """Every write to Xero: state, attempts, Xero's answer; the request without personal data."""

    list_display = (
        "created_at",
        "company",
        "kind",
        "deal_id",
        "state",
        "waiting_for",
        "attempts",
        "generation",
        "next_attempt_at",
        "error_code",
        "invoice",
    )
    list_filter = ("state", "kind")
    list_select_related = ("company", "invoice")
    whole_numbers = ("deal_id", "company__pipedrive_company_id")
    uuids = ("pk", "submission_id", "invoice__xero_invoice_id", "xero_contact_id")
    texts = ("invoice__number", "idempotency_key")
    ordering = ("-created_at",)
    # The exact request and what was confirmed hold a customer's name and address.
    exclude = ("request_body", "summary")
    inlines = (OperationEvents,)
    actions = ("retry_safely",)
    action_form = ReasonForm

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Whether this member of staff may have operations tried again."""
        return request.user.has_perm("invoices.retry_operation")

    @admin.action(description=_("Try again safely"), permissions=["retry"])
    def retry_safely(self, request: HttpRequest, queryset: QuerySet[Operation]) -> None:
        """Let chosen operations that need a person go on: each looks in Xero before it sends."""
        reason = request.POST.get("reason", "").strip()[:MOST_REASON]
        if not reason:
            self.message_user(
                request, _("Say why, beside the action. Nothing was changed."), messages.ERROR
            )
            return
        chosen = list(queryset[:MOST_AT_ONCE])
        now = timezone.now()
        retried = sum(
            operations.retry(operation, by=staff_member(request), reason=reason, now=now)
            for operation in chosen
        )
        self.message_user(
            request,
            ngettext(
                "%(retried)d of %(chosen)d operation goes on; what needs nobody is left alone.",
                "%(retried)d of %(chosen)d operations go on; what needs nobody is left alone.",
                len(chosen),
            )
            % {"retried": retried, "chosen": len(chosen)},
        )
