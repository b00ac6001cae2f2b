"""Support's view of the native front: whose link Pipedrive knows, and the manifest to upload."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _

from connections import native_registration
from connections.admin_base import ReasonedAdmin
from connections.models import NativeRegistration
from invoices.native import manifest


class NativeRegistrationAdmin(ReasonedAdmin):
    """Registrations of native links with Pipedrive; one is asked for again with a reason."""

    list_display = (
        "company",
        "state",
        "registered_at",
        "asked_at",
        "next_attempt_at",
        "attempts",
        "error_code",
        "tenant_id",
    )
    list_filter = ("state",)
    list_select_related = ("company",)
    whole_numbers = ("company__pipedrive_company_id",)
    uuids = ("tenant_id",)
    ordering = ("-pk",)
    exclude = ("redirect_url",)
    actions = ("register_again",)
    change_list_template = "admin/native_registrations.html"

    def has_register_permission(self, request: HttpRequest) -> bool:
        """Whether this member of staff may have a link registered again."""
        return request.user.has_perm("connections.register_nativeregistration")

    @admin.action(description=_("Re-register native link"), permissions=["register"])
    def register_again(self, request: HttpRequest, queryset: QuerySet[NativeRegistration]) -> None:
        """Have Pipedrive told of the chosen links again."""
        self.do_with_reason(request, queryset, native_registration.register_again)

    def get_urls(self) -> list[Any]:
        """Add the page of the manifest."""
        page = path(
            "manifest/", self.admin_site.admin_view(self.show_manifest), name="native_manifest"
        )
        return [page, *super().get_urls()]

    def show_manifest(self, request: HttpRequest) -> HttpResponse:
        """Show what is uploaded in Pipedrive's developer hub, to be copied."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("Manifest of the Invoice tab"),
            "manifest": write_manifest(),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/native_manifest.html", context)


def write_manifest() -> str:
    """Return the manifest as it is uploaded."""
    built = manifest.build(site_url=settings.SITE_URL, client_id=settings.PIPEDRIVE_CLIENT_ID)
    return json.dumps(built, indent=2)


def register() -> None:
    """Add it to the admin; called by the app's own `admin` module."""
    admin.site.register(NativeRegistration, NativeRegistrationAdmin)
