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

    company = models.ForeignKey(
        Company, models.CASCADE, related_name="api_calls", db_index=False, verbose_name=_("company")
    )
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
            models.Index(
                fields=["correlation_id"],
                condition=~models.Q(correlation_id=""),
                name="api_call_of_one_press",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.status or self.error_code}"


class AuditEvent(models.Model):
    """
    Who did what, to what, when: written once, and the database refuses to change it (P-21).

    It outlives whom it names: of an erased company or person the ids stay here, as plain values
    without the rows they pointed to (docs/adr/0038).
    """

    company = models.ForeignKey(
        Company,
        models.DO_NOTHING,
        related_name="+",
        null=True,
        blank=True,
        db_constraint=False,
        verbose_name=_("company"),
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        related_name="+",
        null=True,
        blank=True,
        db_constraint=False,
        verbose_name=_("who"),
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
            models.Index(
                fields=["correlation_id"],
                condition=~models.Q(correlation_id=""),
                name="audit_of_one_press",
            ),
            models.Index(fields=["at"], name="audit_age"),
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


class ErasureRecord(models.Model):
    """
    That something was erased, on whose word and how much: ids only, kept for three years (S-37).
    """

    class Kind(models.TextChoices):
        COMPANY = "company", _("Company, after it uninstalled")
        PERSON = "person", _("Person, on request")

    kind = models.CharField(_("what"), max_length=16, choices=Kind)
    # Our ids and the vendors': {"company": 7, "pipedrive_company_id": 7001, ...}.
    subject = models.JSONField(_("subject"), default=dict)
    # How many rows of each table went or were changed.
    counts = models.JSONField(_("rows"), default=dict)
    requested_by = models.BigIntegerField(_("on the word of (user id)"), null=True, blank=True)
    erased_at = models.DateTimeField(_("erased at"))

    class Meta:
        verbose_name = _("erasure record")
        verbose_name_plural = _("erasure records")

    def __str__(self) -> str:
        return f"{self.kind} {self.erased_at:%Y-%m-%d}"


class VendorState(models.Model):
    """
    What all workers together know of a vendor: whether it fails, and what was sent to it again.

    One row a vendor. It is written when something fails and when something is sent again, never
    on the way of a first send.
    """

    vendor = models.CharField(_("vendor"), max_length=16, primary_key=True)
    failures = models.PositiveIntegerField(_("failures lately"), default=0)
    failures_from = models.DateTimeField(_("failures counted from"), null=True, blank=True)
    # The breaker: since when nothing is sent, and when one call tries whether it works again.
    opened_at = models.DateTimeField(_("held back since"), null=True, blank=True)
    probe_at = models.DateTimeField(_("next probe at"), null=True, blank=True)
    probes = models.PositiveIntegerField(_("probes without an answer"), default=0)
    retries = models.PositiveIntegerField(_("sent again lately"), default=0)
    retries_from = models.DateTimeField(_("sent again counted from"), null=True, blank=True)

    class Meta:
        verbose_name = _("state of a vendor")
        verbose_name_plural = _("states of vendors")

    def __str__(self) -> str:
        return self.vendor


class UnknownRefusal(models.Model):
    """
    A wording with which a vendor refused and which our table does not know, and how often it was
    met. Only its shape, with nothing of a customer: support reads it, and the table grows.
    """

    vendor = models.CharField(_("vendor"), max_length=16)
    shape = models.CharField(_("what the vendor said"), max_length=200)
    count = models.PositiveIntegerField(_("times met"), default=1)
    first_at = models.DateTimeField(_("first met"))
    last_at = models.DateTimeField(_("last met"))

    class Meta:
        verbose_name = _("refusal without an explanation")
        verbose_name_plural = _("refusals without an explanation")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["vendor", "shape"], name="unknown_refusal_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["-last_at"], name="unknown_refusal_age"),
        ]

    def __str__(self) -> str:
        return self.shape
