"""What Pipedrive's own Invoice tab called us for, so that a repeat is the same work (F-39)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from connections.models import Company
from connections.scoping import CustomerRow, SameCompany
from invoices.models.operation import Operation


class NativeCall(CustomerRow):
    """
    The operation of one call, by what was said. Pipedrive sends no key with a call, so that its own
    words have to tell a repeat from a new wish.

    Whoever stores an operation holds this row: of two equal calls at once, one makes it.
    """

    company = models.ForeignKey(
        Company, models.CASCADE, related_name="native_calls", verbose_name=_("company")
    )
    # A digest of link, endpoint and body: nothing of a customer is kept here.
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    operation = models.ForeignKey(
        Operation,
        models.CASCADE,
        related_name="native_calls",
        null=True,
        verbose_name=_("operation"),
    )
    made_at = models.DateTimeField(_("made at"))

    class Meta(CustomerRow.Meta):
        verbose_name = _("call of the Invoice tab")
        verbose_name_plural = _("calls of the Invoice tab")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            SameCompany("operation", name="native_call_own_operation"),
            models.UniqueConstraint(fields=["company", "fingerprint"], name="native_call_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["made_at"], name="native_call_by_age"),
        ]

    def __str__(self) -> str:
        return self.fingerprint[:12]
