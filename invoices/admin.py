"""Support's view of invoices and operations, and what may be done: retry, end, settle."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from connections import masking
from connections.admin_base import ReadOnlyAdmin, ReadOnlyInline, ReasonedAdmin
from connections.templatetags import display
from invoices import impersonal, settling
from invoices.company_admin import CompanyAdmin as CompanyAdmin
from invoices.models import DealInvoice, Invoice, InvoiceEvent, LineItem, Operation, OperationEvent
from invoices.native import admin as native_admin

native_admin.register()


class LineItems(ReadOnlyInline):
    """The invoice's lines as Xero holds them."""

    model = LineItem
    personal = ("description",)
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


class StatusFilter(admin.SimpleListFilter):
    """Xero's six statuses by their words; to list those that occur would read the whole table."""

    title = _("Xero status")
    parameter_name = "xero_status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return what can be chosen."""
        return list(Invoice.Status.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Invoice]) -> QuerySet[Invoice]:
        """Narrow the list to the chosen status."""
        return queryset.filter(xero_status=self.value()) if self.value() else queryset


@admin.register(Invoice)
class InvoiceAdmin(ReadOnlyAdmin):
    """Mirrored invoices, by number, Xero id or deal."""

    list_display = (
        "number",
        "company",
        "status",
        "total_with_currency",
        "due_with_currency",
        "due_date",
        "checked_at",
    )
    list_filter = (StatusFilter,)
    list_select_related = ("company",)
    whole_numbers = ("deal_link__deal_id",)
    uuids = ("xero_invoice_id",)
    texts = ("number",)
    personal = ("contact_name", "reference")
    exclude = ("url", "search_text", "applied")
    ordering = ("-pk",)
    inlines = (LineItems, InvoiceEvents)

    @admin.display(description=_("Xero status"))
    def status(self, row: Invoice) -> str:
        """Xero's status in the words of the product."""
        return display.status_label(row.xero_status)

    @admin.display(description=_("total"))
    def total_with_currency(self, row: Invoice) -> str:
        """What the invoice comes to."""
        return display.money(row.total, row.currency_code)

    @admin.display(description=_("amount due"))
    def due_with_currency(self, row: Invoice) -> str:
        """What is still to be paid."""
        return display.money(row.amount_due, row.currency_code)


@admin.register(DealInvoice)
class DealInvoiceAdmin(ReadOnlyAdmin):
    """Which invoice sits on which deal."""

    list_display = ("deal_id", "invoice", "company", "is_made_by_app", "linked_at")
    list_select_related = ("company", "invoice", "linked_by")
    whole_numbers = ("deal_id",)
    uuids = ("invoice__xero_invoice_id",)
    texts = ("invoice__number",)
    personal = ("linked_by",)
    ordering = ("-pk",)


@admin.register(Operation)
class OperationAdmin(ReasonedAdmin):
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
    uuids = ("pk", "invoice__xero_invoice_id")
    texts = ("invoice__number",)
    ordering = ("-created_at",)
    # The exact request is shown below with its figures and ids; the rest once it is revealed.
    exclude = ("request_body", "summary", "error_messages", "lease_token", "last_failure")
    readonly_fields = ("request", "answer", "calls")
    # What the request says of a customer: see `request`.
    personal = ("requested_by",)
    inlines = (OperationEvents,)
    actions = ("retry_safely", "cancel", "mark_resolved")

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """Return an operation to be drawn, its request and answer masked or not."""
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            row.is_shown = self.is_revealed(request, row)
        return row

    @admin.display(description=_("request"))
    def request(self, row: Operation) -> str:
        """What was or will be sent, with all that it says where it is revealed."""
        text = masking.body(row.request_body, is_shown=row.is_shown)  # type: ignore[attr-defined]
        return text or display.NOTHING

    @admin.display(description=_("answer"))
    def answer(self, row: Operation) -> str:
        """What Xero said of it, without what it repeats of the customer."""
        said = [str(each) for each in row.error_messages]
        if not row.is_shown:  # type: ignore[attr-defined]
            said = impersonal.messages(row)
        return " · ".join(said) or display.NOTHING

    @admin.display(description=_("calls and trail"))
    def calls(self, row: Operation) -> str:
        """Where the calls and the audit trail of the press are listed."""
        if not row.correlation_id:
            return display.NOTHING
        query = urlencode({"q": row.correlation_id})
        return format_html(
            '<a href="{}?{}">{}</a> · <a href="{}?{}">{}</a>',
            reverse("admin:connections_apicall_changelist"),
            query,
            _("API calls"),
            reverse("admin:connections_auditevent_changelist"),
            query,
            _("audit events"),
        )

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Whether this member of staff may have operations tried again."""
        return request.user.has_perm("invoices.retry_operation")

    def has_settle_permission(self, request: HttpRequest) -> bool:
        """Whether this member of staff may end operations, or settle them by hand."""
        return request.user.has_perm("invoices.settle_operation")

    @admin.action(description=_("Try again safely"), permissions=["retry"])
    def retry_safely(self, request: HttpRequest, queryset: QuerySet[Operation]) -> None:
        """Let chosen operations that need a person go on: each looks in Xero before it sends."""
        self.do_with_reason(request, queryset, settling.retry)

    @admin.action(
        description=_("End before it is sent (waiting ones only)"), permissions=["settle"]
    )
    def cancel(self, request: HttpRequest, queryset: QuerySet[Operation]) -> None:
        """End chosen operations of which nothing can be in Xero."""
        self.do_with_reason(request, queryset, settling.cancel)

    @admin.action(description=_("Mark resolved (you have looked in Xero)"), permissions=["settle"])
    def mark_resolved(self, request: HttpRequest, queryset: QuerySet[Operation]) -> None:
        """Close chosen operations that need a person; what Xero shows stands."""
        self.do_with_reason(request, queryset, settling.settle)
