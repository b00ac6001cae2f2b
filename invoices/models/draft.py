"""A create dialog that somebody has begun and not pressed yet."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from connections.models import Company, Membership
from connections.scoping import CustomerRow, SameCompany


class DialogDraft(CustomerRow):
    """
    What one person typed into the dialog of one deal, so that a reload, another tab, a sign-out or
    a night in between lose nothing (R-25).

    It holds personal data of a customer. It is deleted with the press that it leads to, and some
    days after the last change of it.
    """

    company = models.ForeignKey(
        Company, models.CASCADE, related_name="dialog_drafts", verbose_name=_("company")
    )
    membership = models.ForeignKey(
        Membership, models.CASCADE, related_name="dialog_drafts", verbose_name=_("member")
    )
    deal_id = models.BigIntegerField(_("Pipedrive deal id"))
    # Of the form that was typed into: once that was pressed, the draft is the past.
    submission_id = models.UUIDField(_("submission id"))
    content = models.JSONField(_("content"), default=dict)
    saved_at = models.DateTimeField(_("saved at"))

    class Meta(CustomerRow.Meta):
        verbose_name = _("begun invoice")
        verbose_name_plural = _("begun invoices")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            SameCompany("membership", name="draft_own_membership"),
            models.UniqueConstraint(fields=["membership", "deal_id"], name="draft_one_per_deal"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["saved_at"], name="draft_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.membership_id} · {self.deal_id}"
