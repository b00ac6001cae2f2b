"""Support's view of companies, people and connections. No column here holds a secret."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from connections.admin_base import ReadOnlyAdmin, ReadOnlyInline
from connections.models import (
    ApiCall,
    AuditEvent,
    Company,
    Heartbeat,
    Membership,
    PipedriveAuthorisation,
    User,
    XeroAuthorisation,
    XeroConnection,
)

admin.site.unregister(Group)


@admin.register(User)
class PeopleAdmin(UserAdmin):
    """Who can sign in."""

    ordering = ("email",)
    list_display = ("email", "first_name", "last_name", "is_staff", "is_active")
    search_fields = ("email__iexact",)
    fieldsets = (
        (None, {"fields": ("email", "first_name", "last_name")}),
        (_("Rights"), {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "password1", "password2")}),)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People are made inactive, never deleted: the audit trail names them."""
        return False


class MembershipInline(ReadOnlyInline):
    """The company's people and what each may do; its own admin decides about them."""

    model = Membership
    fields = ("user", "role", "pipedrive_user_id", "can_create", "can_approve", "can_void")


@admin.register(Company)
class CompanyAdmin(ReadOnlyAdmin):
    """A customer, found by name or Pipedrive id."""

    list_display = ("name", "pipedrive_company_id", "pipedrive_domain", "state", "language")
    list_filter = ("state", "language")
    whole_numbers = ("pipedrive_company_id", "pk")
    texts = ("name", "pipedrive_domain")
    ordering = ("-pk",)
    exclude = ("link_id",)
    inlines = (MembershipInline,)


@admin.register(XeroConnection)
class XeroConnectionAdmin(ReadOnlyAdmin):
    """Connection health: state, role, last success, expiry, pause, poll."""

    list_display = (
        "organisation_name",
        "company",
        "state",
        "role",
        "last_success_at",
        "access_expires_at",
        "pause_until",
        "polled_at",
        "day_calls_left",
    )
    list_filter = ("state",)
    list_select_related = ("company", "authorisation")
    whole_numbers = ("company__pipedrive_company_id",)
    uuids = ("tenant_id", "xero_connection_id")
    texts = ("organisation_name",)
    ordering = ("-pk",)

    @admin.display(description=_("access token expires at"))
    def access_expires_at(self, row: XeroConnection) -> Any:
        """When the access token ends; the token itself is shown nowhere."""
        return row.authorisation.access_expires_at if row.authorisation else None


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

    list_display = ("at", "company", "actor", "event", "subject", "correlation_id")
    list_select_related = ("company", "actor")
    whole_numbers = ("company__pipedrive_company_id",)
    texts = ("event", "subject", "correlation_id")
    ordering = ("-at",)


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    """The background jobs' last signs of life."""

    list_display = ("name", "beat_at")
    texts = ("name",)
    ordering = ("name",)
