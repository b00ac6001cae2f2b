"""Support's view of companies, people and connections. No column here holds a secret."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from connections import organisations, security
from connections import sign_on_admin as sign_on_admin
from connections.admin_base import ReadOnlyAdmin, ReasonedAdmin
from connections.models import (
    ApiCall,
    AuditEvent,
    ErasureRecord,
    Heartbeat,
    Membership,
    PersonalXeroLink,
    PipedriveAuthorisation,
    PipedriveSubscription,
    SecurityStatement,
    UnknownRefusal,
    WebhookEvent,
    WebhookRefusal,
    XeroAuthorisation,
    XeroConnection,
)
from connections.settings_admin import SettingsAdmin as SettingsAdmin
from connections.webhooks import tallies

admin.site.unregister(Group)


@admin.register(SecurityStatement)
class SecurityStatementAdmin(ReasonedAdmin):
    """The admins' word on sign-in in Pipedrive (M-2); support revokes one, with a reason."""

    list_display = ("company", "method", "stated_by", "stated_at", "revoked_by", "revoked_at")
    list_filter = ("method",)
    list_select_related = ("company", "stated_by", "revoked_by")
    # Who replaced a statement is the company's admin, too.
    personal = ("stated_by", "revoked_by")
    whole_numbers = ("company__pipedrive_company_id",)
    ordering = ("-stated_at",)
    actions = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Whether this member of staff may revoke a statement."""
        return request.user.has_perm("connections.revoke_securitystatement")

    @admin.action(description=_("Revoke (the company reads why)"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[SecurityStatement]) -> None:
        """Revoke the chosen statements that stand."""
        self.do_with_reason(request, queryset, security.revoke)


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    """Who is a member of which company, and may do what there; its own admin decides."""

    list_display = (
        "company",
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
    list_filter = ("role",)
    list_select_related = ("company", "user")
    whole_numbers = ("company__pipedrive_company_id", "pipedrive_user_id", "pk")
    texts = ("user__email",)
    personal = ("user",)
    ordering = ("-pk",)


@admin.register(PersonalXeroLink)
class PersonalXeroLinkAdmin(ReadOnlyAdmin):
    """Members who act as their own Xero user: state, role, what Xero allows, when last asked."""

    list_display = (
        "company",
        "member",
        "state",
        "role",
        "checked_at",
        "state_changed_at",
        "xero_user_id",
    )
    list_filter = ("state",)
    list_select_related = ("company", "membership__user", "authorisation", "connection")
    whole_numbers = ("company__pipedrive_company_id", "pk")
    uuids = ("authorisation__xero_user_id", "connection__tenant_id")
    personal = ("membership__user",)
    ordering = ("-pk",)

    @admin.display(description=_("member"))
    def member(self, row: PersonalXeroLink) -> str:
        """Who linked it."""
        return str(row.membership.user)

    @admin.display(description=_("Xero user id"))
    def xero_user_id(self, row: PersonalXeroLink) -> str:
        """As whom they act; the name is Xero's to tell."""
        return str(row.authorisation.xero_user_id)


@admin.register(XeroConnection)
class XeroConnectionAdmin(ReasonedAdmin):
    """Connection health: state, role, last success, expiry, pause, poll; accepting a role."""

    list_display = (
        "organisation_name",
        "company",
        "state",
        "role",
        "is_role_overridden",
        "last_success_at",
        "access_expires_at",
        "pause_until",
        "polled_at",
        "day_calls_left",
    )
    list_filter = ("state",)
    list_select_related = ("company", "authorisation")
    whole_numbers = ("company__pipedrive_company_id",)
    uuids = ("tenant_id",)
    ordering = ("-pk",)
    actions = ("accept_role", "withdraw_role")

    @admin.display(description=_("access token expires at"))
    def access_expires_at(self, row: XeroConnection) -> Any:
        """When the access token ends; the token itself is shown nowhere."""
        return row.authorisation.access_expires_at if row.authorisation else None

    def has_override_permission(self, request: HttpRequest) -> bool:
        """Whether this member of staff may accept a Xero role (M-1)."""
        return request.user.has_perm("connections.override_role")

    @admin.action(
        description=_("Accept the Xero role (unknown ones only)"), permissions=["override"]
    )
    def accept_role(self, request: HttpRequest, queryset: QuerySet[XeroConnection]) -> None:
        """Accept a role that the product does not know; a check opens the connection."""
        self.do_with_reason(request, queryset, organisations.override_role)

    @admin.action(description=_("Do not accept the Xero role any more"), permissions=["override"])
    def withdraw_role(self, request: HttpRequest, queryset: QuerySet[XeroConnection]) -> None:
        """Take the acceptance back; a check shuts the connection."""
        self.do_with_reason(request, queryset, organisations.withdraw_override)


@admin.register(XeroAuthorisation)
class XeroAuthorisationAdmin(ReadOnlyAdmin):
    """Grants of Xero users: whose, in which state, until when."""

    list_display = ("xero_user_id", "state", "generation", "issued_at", "access_expires_at")
    list_filter = ("state",)
    uuids = ("xero_user_id",)
    ordering = ("-issued_at",)
    exclude = ("access_token", "refresh_token", "email")


@admin.register(PipedriveAuthorisation)
class PipedriveAuthorisationAdmin(ReadOnlyAdmin):
    """Grants of Pipedrive users."""

    list_display = (
        "company",
        "pipedrive_user_id",
        "state",
        "generation",
        "issued_at",
        "access_expires_at",
    )
    list_filter = ("state",)
    list_select_related = ("company",)
    whole_numbers = ("company__pipedrive_company_id", "pipedrive_user_id")
    ordering = ("-issued_at",)


@admin.register(ApiCall)
class ApiCallAdmin(ReadOnlyAdmin):
    """What was asked of the vendors, and how it ended."""

    list_display = (
        "at",
        "company",
        "vendor",
        "operation",
        "status",
        "error_code",
        "duration_ms",
        "day_calls_left",
        "correlation_id",
    )
    list_select_related = ("company",)
    whole_numbers = ("company__pipedrive_company_id",)
    texts = ("correlation_id",)
    ordering = ("-at",)


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """Who did what."""

    list_display = ("at", "company_id", "company", "actor", "event", "subject", "correlation_id")
    list_select_related = ("company", "actor")
    # The subject's index begins with the company: an operation's page links to its trail.
    whole_numbers = ("company__pipedrive_company_id",)
    texts = ("correlation_id",)
    personal = ("actor",)
    ordering = ("-at",)


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnlyAdmin):
    """What vendors told us, how often they said it, and what became of it (product §10)."""

    list_display = (
        "received_at",
        "vendor",
        "company",
        "category",
        "action",
        "state",
        "outcome",
        "copies",
        "resource_id",
        "processed_at",
    )
    list_filter = ("vendor", "state")
    list_select_related = ("company",)
    whole_numbers = ("company__pipedrive_company_id",)
    texts = ("resource_id",)
    ordering = ("-received_at",)
    exclude = ("dedupe_key",)
    change_list_template = "admin/webhook_events.html"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Show with the list what arrived in the last day: accepted, repeated, refused."""
        totals = tallies.list_last_day(now=timezone.now())
        return super().changelist_view(request, {**(extra_context or {}), "totals": totals})


@admin.register(WebhookRefusal)
class WebhookRefusalAdmin(ReadOnlyAdmin):
    """What we refused, from where, how often."""

    list_display = ("day", "vendor", "reason", "source", "count", "last_at")
    list_filter = ("vendor", "reason")
    ordering = ("-pk",)


@admin.register(PipedriveSubscription)
class PipedriveSubscriptionAdmin(ReadOnlyAdmin):
    """The webhooks that we keep in customers' Pipedrives."""

    list_display = (
        "company",
        "pipedrive_user_id",
        "checked_at",
        "next_check_at",
        "error_code",
    )
    list_select_related = ("company",)
    whole_numbers = ("company__pipedrive_company_id",)
    ordering = ("-next_check_at",)


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    """The background jobs' last signs of life."""

    list_display = ("name", "beat_at")
    texts = ("name",)
    ordering = ("name",)


@admin.register(UnknownRefusal)
class UnknownRefusalAdmin(ReadOnlyAdmin):
    """What vendors refused in words without an explanation of ours: the table's next rows."""

    list_display = ("shape", "vendor", "count", "first_at", "last_at")
    list_filter = ("vendor",)
    texts = ("shape",)
    ordering = ("-last_at",)


@admin.register(ErasureRecord)
class ErasureRecordAdmin(ReadOnlyAdmin):
    """What was erased, when, on whose word: ids only."""

    list_display = ("erased_at", "kind", "subject", "requested_by")
    list_filter = ("kind",)
    ordering = ("-pk",)
