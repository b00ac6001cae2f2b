"""Support's page of a company: the overview, and what may be done about it as a whole."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from connections import companies
from connections.admin_base import ReadOnlyInline, ReasonedAdmin
from connections.models import Company, Membership, SecurityStatement
from connections.runtime import snapshot
from invoices import overview


class SecurityStatementInline(ReadOnlyInline):
    """What the company's admins said of sign-in in Pipedrive, the newest first."""

    model = SecurityStatement
    personal = ("stated_by", "revoked_by")
    fields = ("method", "stated_by", "stated_at", "revoked_by", "revoked_at", "revoke_reason")
    ordering = ("-stated_at",)


class MembershipInline(ReadOnlyInline):
    """The company's people and what each may do; its own admin decides about them."""

    model = Membership
    personal = ("user",)
    fields = (
        "user",
        "role",
        "pipedrive_user_id",
        "can_create",
        "can_approve",
        "can_void",
        "can_email",
        "can_see_amounts",
        "removed_at",
    )


@admin.register(Company)
class CompanyAdmin(ReasonedAdmin):
    """A customer, found by name or Pipedrive id."""

    list_display = (
        "name",
        "pipedrive_company_id",
        "pipedrive_domain",
        "state",
        "is_security_stated",
        "language",
    )
    list_filter = ("state", "is_security_stated", "language")
    whole_numbers = ("pipedrive_company_id", "pk")
    texts = ("name", "pipedrive_domain")
    # Its own columns name nobody; the people below it are masked with it.
    personal = ("people",)
    ordering = ("-pk",)
    exclude = ("link_id",)
    inlines = (SecurityStatementInline, MembershipInline)
    actions = (
        "pause",
        "resume",
        "check_gates_again",
        "make_hooks_again",
        "raise_limits",
        "reset_limits",
    )
    change_form_template = "admin/company.html"

    def has_pause_permission(self, request: HttpRequest) -> bool:
        """Whether this member of staff may pause a company."""
        return request.user.has_perm("connections.pause_company")

    def has_look_permission(self, request: HttpRequest) -> bool:
        """Whether this member of staff may have a company's connections looked at."""
        return request.user.has_perm("connections.look_after_company")

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show the overview above the columns."""
        company = kwargs.get("obj")
        if isinstance(company, Company):
            context["overview"] = overview.load(company, runtime=snapshot(), now=timezone.now())
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.action(description=_("Pause (nothing is written to Xero)"), permissions=["pause"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Company]) -> None:
        """Pause the chosen companies that are active."""
        self.do_with_reason(request, queryset, companies.pause)

    @admin.action(description=_("End the pause"), permissions=["pause"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Company]) -> None:
        """End the pause of the chosen companies that are paused."""
        self.do_with_reason(request, queryset, companies.resume)

    @admin.action(description=_("Check role and rights in Xero again"), permissions=["look"])
    def check_gates_again(self, request: HttpRequest, queryset: QuerySet[Company]) -> None:
        """Have role and rights asked again."""
        self.do_with_reason(request, queryset, companies.check_gates_again)

    @admin.action(description=_("Set up the webhooks in Pipedrive again"), permissions=["look"])
    def make_hooks_again(self, request: HttpRequest, queryset: QuerySet[Company]) -> None:
        """Have the webhooks listed and made again where they are missing."""
        self.do_with_reason(request, queryset, companies.make_hooks_again)

    @admin.action(description=_("Double the limits on its invoices"), permissions=["look"])
    def raise_limits(self, request: HttpRequest, queryset: QuerySet[Company]) -> None:
        """Let the chosen companies create twice as much."""
        self.do_with_reason(request, queryset, companies.raise_limits)

    @admin.action(description=_("Back to the usual limits on its invoices"), permissions=["look"])
    def reset_limits(self, request: HttpRequest, queryset: QuerySet[Company]) -> None:
        """Give the chosen companies the usual limits again."""
        self.do_with_reason(request, queryset, companies.reset_limits)
