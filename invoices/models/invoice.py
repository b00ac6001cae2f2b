"""The mirror of a Xero sales invoice, its lines, its history and its place on a deal."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from connections.models import Company, XeroConnection
from connections.scoping import CustomerRow, SameCompany, one_per_company


class Invoice(CustomerRow):
    """
    A sales invoice as Xero holds it. Only an answer of Xero writes these columns (P-6).

    `xero_status` is Xero's word, stored verbatim; overdue and partly paid are derived.
    """

    class Status(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        SUBMITTED = "SUBMITTED", _("Awaiting approval")
        AUTHORISED = "AUTHORISED", _("Awaiting payment")
        PAID = "PAID", _("Paid")
        VOIDED = "VOIDED", _("Voided")
        DELETED = "DELETED", _("Deleted")

    # Nothing is owed on them, and nothing can be done with them any more.
    GONE = (Status.VOIDED, Status.DELETED)

    # Each poll rewrites rows, and with them every index: none here that another one serves.
    company = models.ForeignKey(
        Company, models.CASCADE, related_name="invoices", db_index=False, verbose_name=_("company")
    )
    connection = models.ForeignKey(
        XeroConnection,
        models.CASCADE,
        related_name="invoices",
        db_index=False,
        verbose_name=_("Xero connection"),
    )
    xero_invoice_id = models.UUIDField(_("Xero invoice id"))
    number = models.CharField(_("number"), max_length=255, blank=True)
    reference = models.CharField(_("reference"), max_length=255, blank=True)
    xero_status = models.CharField(_("Xero status"), max_length=32)
    xero_contact_id = models.UUIDField(_("Xero contact id"))
    contact_name = models.CharField(_("contact"), max_length=255, blank=True)
    currency_code = models.CharField(_("currency"), max_length=3, blank=True)
    tax_mode = models.CharField(_("tax mode"), max_length=16, blank=True)
    issue_date = models.DateField(_("issue date"), null=True, blank=True)
    due_date = models.DateField(_("due date"), null=True, blank=True)
    fully_paid_date = models.DateField(_("paid on"), null=True, blank=True)
    subtotal = models.DecimalField(_("subtotal"), max_digits=19, decimal_places=4)
    total_tax = models.DecimalField(_("tax"), max_digits=19, decimal_places=4)
    total = models.DecimalField(_("total"), max_digits=19, decimal_places=4)
    amount_due = models.DecimalField(_("amount due"), max_digits=19, decimal_places=4)
    amount_paid = models.DecimalField(_("amount paid"), max_digits=19, decimal_places=4)
    amount_credited = models.DecimalField(
        _("amount credited"), max_digits=19, decimal_places=4, default=0
    )
    branding_theme_id = models.UUIDField(_("template"), null=True, blank=True)
    is_sent = models.BooleanField(_("sent to contact"), default=False)
    # Whether the contact had an email address when Xero last showed it; None: not shown yet.
    has_contact_email = models.BooleanField(_("contact has an email"), null=True, blank=True)
    # What is applied: {"kind": payment | credit_note | prepayment | overpayment, "id",
    # "date": YYYY-MM-DD or "", "amount": decimal text in the invoice's currency, "reference"}.
    # Of the last whole read: compare its sum with amount_paid and amount_credited.
    applied = models.JSONField(_("applied"), default=list, blank=True)
    url = models.CharField(_("link back"), max_length=2000, blank=True)
    # Contact, number and reference as a search compares them: `invoices.search_text`.
    search_text = models.CharField(_("search text"), max_length=600, default="", editable=False)
    # Xero's UpdatedDateUTC, to the millisecond: an older one never overwrites a newer one.
    xero_updated_at = models.DateTimeField(_("updated in Xero at"))
    # The xero_updated_at at which it was read with its lines: older, and they may be as well.
    whole_updated_at = models.DateTimeField(_("read whole at version"), null=True, blank=True)
    # When the fetch that wrote this row began; equal xero_updated_at is decided by it.
    fetched_at = models.DateTimeField(_("fetched at"))
    checked_at = models.DateTimeField(_("checked at"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta(CustomerRow.Meta):
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            one_per_company("invoice_of_company"),
            SameCompany("connection", name="invoice_own_connection"),
            models.UniqueConstraint(
                fields=["connection", "xero_invoice_id"], name="invoice_once_per_tenant"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["company", "xero_status", "-xero_updated_at"], name="invoice_by_status"
            ),
            models.Index(
                fields=["connection", "xero_contact_id", "-issue_date"], name="invoice_by_contact"
            ),
            models.Index(fields=["company", "number"], name="invoice_by_number"),
            models.Index(fields=["number"], name="invoice_of_number"),
            models.Index(fields=["xero_invoice_id"], name="invoice_by_xero_id"),
            # The company's list, in its usual orders (docs/performance.md, goal 15).
            models.Index(fields=["company", "issue_date", "id"], name="invoice_by_issue_date"),
            models.Index(fields=["company", "due_date", "id"], name="invoice_by_due_date"),
        ]

    def __str__(self) -> str:
        return self.number or str(self.xero_invoice_id)

    @property
    def is_whole(self) -> bool:
        """Whether lines, payments and credits are those of the version that is shown."""
        return self.whole_updated_at == self.xero_updated_at

    @property
    def is_partly_paid(self) -> bool:
        """Awaiting payment with something paid or credited: a flag, never a seventh status."""
        return self.xero_status == self.Status.AUTHORISED and (
            self.amount_paid > 0 or self.amount_credited > 0
        )

    @property
    def is_gone(self) -> bool:
        """Whether it was voided or deleted in Xero."""
        return self.xero_status in self.GONE

    def is_overdue(self, today: date) -> bool:
        """Awaiting payment after its due date, `today` being the organisation's calendar day."""
        return (
            self.xero_status == self.Status.AUTHORISED
            and self.due_date is not None
            and self.due_date < today
        )


class LineItem(CustomerRow):
    """A line of an invoice, as Xero holds it."""

    company = models.ForeignKey(
        Company, models.CASCADE, related_name="+", db_index=False, verbose_name=_("company")
    )
    invoice = models.ForeignKey(
        Invoice,
        models.CASCADE,
        related_name="line_items",
        db_index=False,
        verbose_name=_("invoice"),
    )
    position = models.PositiveSmallIntegerField(_("position"))
    xero_line_item_id = models.UUIDField(_("Xero line item id"), null=True, blank=True)
    item_code = models.CharField(_("item"), max_length=30, blank=True)
    description = models.TextField(_("description"), blank=True)
    quantity = models.DecimalField(
        _("quantity"), max_digits=19, decimal_places=4, null=True, blank=True
    )
    unit_amount = models.DecimalField(
        _("unit price"), max_digits=19, decimal_places=4, null=True, blank=True
    )
    discount_rate = models.DecimalField(
        _("discount, percent"), max_digits=9, decimal_places=4, null=True, blank=True
    )
    discount_amount = models.DecimalField(
        _("discount, amount"), max_digits=19, decimal_places=4, null=True, blank=True
    )
    account_code = models.CharField(_("account"), max_length=10, blank=True)
    tax_type = models.CharField(_("tax rate"), max_length=50, blank=True)
    tax_amount = models.DecimalField(
        _("tax"), max_digits=19, decimal_places=4, null=True, blank=True
    )
    line_amount = models.DecimalField(
        _("line amount"), max_digits=19, decimal_places=4, null=True, blank=True
    )

    class Meta(CustomerRow.Meta):
        verbose_name = _("line item")
        verbose_name_plural = _("line items")
        ordering: ClassVar[list[str]] = ["position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            SameCompany("invoice", name="line_item_own_invoice"),
            models.UniqueConstraint(fields=["invoice", "position"], name="line_item_position"),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.description[:40]}"


class DealInvoice(CustomerRow):
    """An invoice's place on a deal: made from it by the app, or linked by a person (M-48, R-33)."""

    company = models.ForeignKey(
        Company, models.CASCADE, related_name="deal_invoices", verbose_name=_("company")
    )
    invoice = models.OneToOneField(
        Invoice, models.CASCADE, related_name="deal_link", verbose_name=_("invoice")
    )
    deal_id = models.BigIntegerField(_("Pipedrive deal id"))
    is_made_by_app = models.BooleanField(_("made by the app"), default=True)
    linked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("linked by"),
    )
    linked_at = models.DateTimeField(_("linked at"))

    class Meta(CustomerRow.Meta):
        verbose_name = _("invoice on a deal")
        verbose_name_plural = _("invoices on deals")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            SameCompany("invoice", name="deal_invoice_own_invoice"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # The deal first: support looks for one without knowing whose it is.
            models.Index(fields=["deal_id", "company"], name="deal_invoice_of_deal"),
        ]

    def __str__(self) -> str:
        return f"{self.deal_id} · {self.invoice_id}"


class Deal(CustomerRow):
    """
    What a deal was called and whose it was when somebody here last saw it.

    For finding invoices by it in lists; a page about the deal itself asks Pipedrive (P-11).
    """

    company = models.ForeignKey(
        Company, models.CASCADE, related_name="deals", verbose_name=_("company")
    )
    deal_id = models.BigIntegerField(_("Pipedrive deal id"))
    title = models.CharField(_("title"), max_length=255, blank=True)
    # The title as a search compares it: `invoices.search_text`.
    search_text = models.CharField(_("search text"), max_length=600, default="", editable=False)
    owner_id = models.BigIntegerField(_("Pipedrive user id of the owner"), null=True, blank=True)
    owner_name = models.CharField(_("owner"), max_length=255, blank=True)
    # Whose invoices these are: a page finds the linked contact without asking Pipedrive again.
    organization_id = models.BigIntegerField(_("Pipedrive organization id"), null=True, blank=True)
    person_id = models.BigIntegerField(_("Pipedrive person id"), null=True, blank=True)
    seen_at = models.DateTimeField(_("seen at"))
    deleted_at = models.DateTimeField(_("found deleted at"), null=True, blank=True)
    # The deal that it became in Pipedrive: what we hold of this one is there (F-27).
    merged_into_id = models.BigIntegerField(_("merged into deal"), null=True, blank=True)

    class Meta(CustomerRow.Meta):
        verbose_name = _("deal")
        verbose_name_plural = _("deals")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["company", "deal_id"], name="deal_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["company", "owner_id", "owner_name"], name="deal_by_owner"),
        ]

    def __str__(self) -> str:
        return self.title or str(self.deal_id)


class ContactHistory(CustomerRow):
    """
    How far the invoices that a Xero contact already had have been read (M-45).

    The poll brings what changes; this brings what was there before the contact was linked. The
    row is the work: a worker takes it by its lease and reads page after page.
    """

    class State(models.TextChoices):
        DUE = "due", _("to be read")
        DONE = "done", _("read")

    company = models.ForeignKey(
        Company, models.CASCADE, related_name="contact_histories", verbose_name=_("company")
    )
    connection = models.ForeignKey(
        XeroConnection,
        models.CASCADE,
        related_name="contact_histories",
        verbose_name=_("Xero connection"),
    )
    xero_contact_id = models.UUIDField(_("Xero contact id"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.DUE)
    next_page = models.PositiveIntegerField(_("next page"), default=1)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt at"))
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    error_code = models.CharField(_("error"), max_length=32, blank=True)
    read_at = models.DateTimeField(_("read whole at"), null=True, blank=True)

    class Meta(CustomerRow.Meta):
        verbose_name = _("contact history")
        verbose_name_plural = _("contact histories")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            SameCompany("connection", name="contact_history_own_connection"),
            models.UniqueConstraint(
                fields=["connection", "xero_contact_id"], name="contact_history_once"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(state="due"),
                name="contact_history_due",
            ),
        ]

    def __str__(self) -> str:
        return str(self.xero_contact_id)


class InvoiceEvent(CustomerRow):
    """One change of an invoice, and how we learned of it. Written once."""

    class Source(models.TextChoices):
        CREATED = "created", _("created from a deal")
        ADOPTED = "adopted", _("found in Xero after an unclear answer")
        POLL = "poll", _("regular check")
        REFRESH = "refresh", _("refresh by a person")
        SWEEP = "sweep", _("daily check of open invoices")
        ACTION = "action", _("an action of a person here")
        HISTORY = "history", _("reading of the contact's earlier invoices")
        WEBHOOK = "webhook", _("a notice from Xero")

    company = models.ForeignKey(
        Company, models.CASCADE, related_name="+", db_index=False, verbose_name=_("company")
    )
    invoice = models.ForeignKey(
        Invoice, models.CASCADE, related_name="events", db_index=False, verbose_name=_("invoice")
    )
    source = models.CharField(_("learned by"), max_length=16, choices=Source)
    xero_status = models.CharField(_("Xero status"), max_length=32)
    amount_due = models.DecimalField(_("amount due"), max_digits=19, decimal_places=4)
    xero_updated_at = models.DateTimeField(_("updated in Xero at"))
    at = models.DateTimeField(_("at"))

    class Meta(CustomerRow.Meta):
        verbose_name = _("invoice event")
        verbose_name_plural = _("invoice events")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            SameCompany("invoice", name="invoice_event_own_invoice"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["invoice", "-at"], name="invoice_event_of_invoice"),
        ]

    def __str__(self) -> str:
        return f"{self.xero_status} ({self.source})"
