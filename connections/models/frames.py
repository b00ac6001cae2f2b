"""Who is at work inside Pipedrive: a session without cookies (reliability S-9)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from connections.models.people import Company, Membership
from connections.scoping import CustomerRow, SameCompany


class FrameSession(CustomerRow):
    """
    A person in one of our frames in Pipedrive.

    The page holds the token in its memory and sends it as a header; here is only its hash.
    """

    company = models.ForeignKey(
        Company, models.CASCADE, related_name="frame_sessions", verbose_name=_("company")
    )
    membership = models.ForeignKey(
        Membership, models.CASCADE, related_name="frame_sessions", verbose_name=_("member")
    )
    token_hash = models.CharField(_("token hash"), max_length=64, unique=True)
    # What the pages say to each other, such as the message after a press.
    data = models.JSONField(_("data"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created at"))
    last_used_at = models.DateTimeField(_("last used at"))
    expires_at = models.DateTimeField(_("expires at"))

    class Meta(CustomerRow.Meta):
        verbose_name = _("session in Pipedrive")
        verbose_name_plural = _("sessions in Pipedrive")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            SameCompany("membership", name="frame_session_own_membership"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["expires_at"], name="frame_session_age"),
        ]

    def __str__(self) -> str:
        return f"{self.membership_id} · {self.created_at:%Y-%m-%d %H:%M}"
