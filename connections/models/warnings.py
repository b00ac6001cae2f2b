"""What admins were warned of."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from connections.models.people import Company
from connections.scoping import CustomerRow


class ConnectionWarning(CustomerRow):
    """
    One occasion on which a company's admins are warned, from when it was seen until it was mended.

    The row is the work: its mail is due until `mailed_at` is set (docs/adr/0043).
    """

    class Kind(models.TextChoices):
        XERO_ENDED = "xero_ended", _("Xero connection ended")
        XERO_ENDING = "xero_ending", _("Xero access not renewed")
        XERO_CONSENT = "xero_consent", _("Xero consent ends")
        PIPEDRIVE_ENDED = "pipedrive_ended", _("Pipedrive access ended")
        PIPEDRIVE_ENDING = "pipedrive_ending", _("Pipedrive access not renewed")

    company = models.ForeignKey(
        Company, models.CASCADE, related_name="connection_warnings", verbose_name=_("company")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    began_at = models.DateTimeField(_("seen at"))
    # When it comes to an end if nobody does anything; unknown where it has ended already.
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("mended at"), null=True, blank=True)
    mail_due_at = models.DateTimeField(_("mail due at"))
    mailed_at = models.DateTimeField(_("mailed at"), null=True, blank=True)
    # The memberships whose mail was handed over, so that a try that follows leaves them out.
    mailed_to = models.JSONField(_("mailed to"), default=list, blank=True)

    class Meta(CustomerRow.Meta):
        verbose_name = _("connection warning")
        verbose_name_plural = _("connection warnings")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["company", "kind"],
                condition=Q(ended_at__isnull=True),
                name="connection_warning_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.company} · {self.kind}"
