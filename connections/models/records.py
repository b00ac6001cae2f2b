"""What was said and done: calls, audit, heartbeats."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from connections.models.people import Company
from connections.scoping import CustomerRow


class ApiCall(CustomerRow):
    """One call to a vendor: ids and figures, never a body. Kept for 30 days."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="api_calls", db_index=False)
    vendor = models.CharField(_("vendor"), max_length=16)
    operation = models.CharField(_("call"), max_length=64)
    status = models.PositiveSmallIntegerField(_("HTTP status"), null=True, blank=True)
    error_code = models.CharField(_("error"), max_length=32, blank=True)
    duration_ms = models.PositiveIntegerField(_("milliseconds"))
    day_calls_left = models.IntegerField(_("calls left today"), null=True, blank=True)
    minute_calls_left = models.IntegerField(_("calls left this minute"), null=True, blank=True)
    correlation_id = models.CharField(_("correlation id"), max_length=64, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta(CustomerRow.Meta):
        verbose_name = _("API call")
        verbose_name_plural = _("API calls")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["company", "-at"], name="api_call_of_company"),
            models.Index(fields=["at"], name="api_call_age"),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.status or self.error_code}"


class AuditEvent(models.Model):
    """Who did what, to what, when: written once, never changed (P-21)."""

    company = models.ForeignKey(Company, models.SET_NULL, related_name="+", null=True, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, related_name="+", null=True, blank=True
    )
    event = models.CharField(_("event"), max_length=64)
    subject = models.CharField(_("subject"), max_length=128, blank=True)
    before = models.JSONField(_("before"), default=dict, blank=True)
    after = models.JSONField(_("after"), default=dict, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    correlation_id = models.CharField(_("correlation id"), max_length=64, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["company", "-at"], name="audit_of_company"),
            models.Index(fields=["company", "subject"], name="audit_of_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.subject}"


class Heartbeat(models.Model):
    """The last sign of life of each background job, shown by the ready page."""

    name = models.CharField(_("job"), max_length=64, primary_key=True)
    beat_at = models.DateTimeField(_("last sign of life"))

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.name
