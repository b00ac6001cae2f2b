"""Whether Pipedrive knows our link, and so draws its own Invoice tab for a company."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from connections.models.people import Company
from connections.scoping import CustomerRow


class NativeRegistration(CustomerRow):
    """
    How far the registration of a company's link with Pipedrive is (invoicing contract §2).

    The row is the work: connecting, changing the organisation and "Try again" move
    `next_attempt_at`; a worker takes it by moving that time.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for Pipedrive")
        REGISTERED = "registered", _("On")
        REFUSED = "refused", _("Not granted by Pipedrive")

    company = models.OneToOneField(
        Company, models.CASCADE, related_name="native_registration", verbose_name=_("company")
    )
    state = models.CharField(_("state"), max_length=16, choices=State, default=State.WAITING)
    # Whose grant registers it: the admin who connected, while that grant lives.
    pipedrive_user_id = models.BigIntegerField(_("Pipedrive user id"), null=True, blank=True)
    # What Pipedrive was last told: of another organisation it has to be told anew.
    tenant_id = models.UUIDField(_("tenant id"), null=True, blank=True)
    # Where Pipedrive shows its own preferences; checked against its hosts before it is kept.
    redirect_url = models.CharField(_("Pipedrive's page"), max_length=2000, blank=True)
    registered_at = models.DateTimeField(_("registered at"), null=True, blank=True)
    asked_at = models.DateTimeField(_("asked at"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt at"), null=True, blank=True)
    error_code = models.CharField(_("error"), max_length=32, blank=True)

    class Meta(CustomerRow.Meta):
        verbose_name = _("native link")
        verbose_name_plural = _("native links")
        permissions: ClassVar[list[tuple[str, Any]]] = [
            ("register_nativeregistration", "Can have a native link registered again"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(next_attempt_at__isnull=False),
                name="native_registration_due",
            ),
        ]

    def __str__(self) -> str:
        return str(self.company)
