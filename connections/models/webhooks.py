"""What vendors tell us by themselves: events received, messages refused, hooks that we keep."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from connections.models.people import Company
from connections.scoping import CustomerRow


class WebhookEvent(models.Model):
    """
    One event that a vendor told us of: ids only, a hint to look (P-7, P-14). Kept for 30 days.

    Not a customer row: it is stored before anybody asks whose it is; a worker names the company.
    """

    class Vendor(models.TextChoices):
        XERO = "xero", _("Xero")
        PIPEDRIVE = "pipedrive", _("Pipedrive")

    class State(models.TextChoices):
        NEW = "new", _("to be followed")
        DONE = "done", _("followed")
        IGNORED = "ignored", _("not for us")

    vendor = models.CharField(_("vendor"), max_length=16, choices=Vendor)
    dedupe_key = models.CharField(_("what makes it one event"), max_length=64)
    copies = models.PositiveIntegerField(_("times received"), default=1)
    received_at = models.DateTimeField(_("received at"))
    happened_at = models.DateTimeField(_("happened at"), null=True, blank=True)
    category = models.CharField(_("about"), max_length=32)
    action = models.CharField(_("what happened"), max_length=16)
    resource_id = models.CharField(_("id"), max_length=64)
    tenant_id = models.UUIDField(_("tenant id"), null=True, blank=True)
    pipedrive_company_id = models.BigIntegerField(_("Pipedrive company id"), null=True, blank=True)
    hook_id = models.BigIntegerField(_("Pipedrive webhook id"), null=True, blank=True)
    # A merge in Pipedrive is told twice, by the record that went and by the one that stayed.
    merged_from_id = models.BigIntegerField(_("merged from"), null=True, blank=True)
    merged_to_id = models.BigIntegerField(_("merged into"), null=True, blank=True)
    company = models.ForeignKey(
        Company, models.CASCADE, related_name="+", null=True, blank=True, verbose_name=_("company")
    )
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.NEW)
    outcome = models.CharField(_("outcome"), max_length=32, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt at"))
    processed_at = models.DateTimeField(_("followed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("webhook event")
        verbose_name_plural = _("webhook events")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["vendor", "dedupe_key"], name="webhook_event_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["next_attempt_at"], condition=Q(state="new"), name="webhook_event_due"
            ),
            models.Index(fields=["received_at"], name="webhook_event_age"),
            # Support looks for what was told of one record.
            models.Index(fields=["resource_id"], name="webhook_event_of_resource"),
        ]

    def __str__(self) -> str:
        return f"{self.vendor} {self.category} {self.action}"


class WebhookRefusal(models.Model):
    """Messages that were refused, counted by day, reason and network (F-36). Nothing of them."""

    vendor = models.CharField(_("vendor"), max_length=16, choices=WebhookEvent.Vendor)
    reason = models.CharField(_("reason"), max_length=32)
    source = models.CharField(_("from network"), max_length=64, blank=True)
    day = models.DateField(_("day (UTC)"))
    count = models.PositiveIntegerField(_("messages"), default=1)
    last_at = models.DateTimeField(_("last at"))

    class Meta:
        verbose_name = _("refused webhook messages")
        verbose_name_plural = _("refused webhook messages")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["vendor", "reason", "source", "day"], name="webhook_refusal_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vendor} {self.reason} {self.day}"


class PipedriveSubscription(CustomerRow):
    """
    The webhooks that we keep in a company's Pipedrive, and when they are next looked at (P-7).

    The row is the work: connecting, uninstalling and a lost hook move `next_check_at`.
    """

    company = models.OneToOneField(
        Company, models.CASCADE, related_name="pipedrive_subscription", verbose_name=_("company")
    )
    # Whose grant made them: Pipedrive removes them when this user takes the app off.
    pipedrive_user_id = models.BigIntegerField(_("Pipedrive user id"), null=True, blank=True)
    # Pipedrive's id of the hook for each kind of record: {"deal": 12, ...}.
    hook_ids = models.JSONField(_("webhooks"), default=dict, blank=True)
    next_check_at = models.DateTimeField(_("next check at"))
    checked_at = models.DateTimeField(_("checked at"), null=True, blank=True)
    error_code = models.CharField(_("error"), max_length=32, blank=True)

    class Meta(CustomerRow.Meta):
        verbose_name = _("Pipedrive webhooks")
        verbose_name_plural = _("Pipedrive webhooks")

    def __str__(self) -> str:
        return str(self.company)
