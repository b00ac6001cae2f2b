"""One thing a person asked us to do in Xero, and everything that became of it."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from connections.models import Company, PersonalXeroLink, XeroConnection
from connections.scoping import CustomerRow, SameCompany, one_per_company
from invoices.models.invoice import Invoice


class Operation(CustomerRow):
    """
    The intent of reliability §2: the row is the work, a message only wakes a worker.

    Its id is the marker in the invoice's `Url`. The state column is written by
    `invoices.operations.move` alone.
    """

    class Kind(models.TextChoices):
        CREATE = "create", _("Create invoice")
        CREATE_CONTACT = "create_contact", _("Create contact")
        UPDATE_CONTACT = "update_contact", _("Update contact")
        CREATE_ITEM = "create_item", _("Create item")
        UPDATE_ITEM = "update_item", _("Update item")
        SUBMIT = "submit", _("Submit for approval")
        APPROVE = "approve", _("Approve")
        VOID = "void", _("Void")
        VOID_PAID = "void_paid", _("Remove payments and void")
        EMAIL = "email", pgettext_lazy("an action", "Email")
        DELETE = "delete", _("Delete")

    class State(models.TextChoices):
        READY = "ready", _("Ready to send")
        WAITING = "waiting", _("Waiting")
        SENDING = "sending", _("Sending")
        UNSURE = "unsure", _("Outcome unknown")
        LOOKING = "looking", _("Checking with Xero")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")
        NEEDS_PERSON = "needs_person", _("Needs a person")

    class WaitingFor(models.TextChoices):
        LIMIT = "limit", _("Xero's call limit")
        CONNECTION = "connection", _("the Xero connection")
        GATE = "gate", _("the company to be allowed to write")
        OUTAGE = "outage", _("Xero to answer")
        CONTACT = "contact", _("the contact to be saved in Xero")
        OWN_LINK = "own_link", _("the person's own Xero link")

    FINAL_STATES: ClassVar[tuple[str, ...]] = (State.DONE, State.REFUSED, State.NEEDS_PERSON)
    # What an unresolved one has not: it may have done its work in Xero already.
    ENDED_STATES: ClassVar[tuple[str, ...]] = (State.DONE, State.REFUSED)
    # What people do to an invoice that exists: each names it and the version they saw (P-5).
    ACTION_KINDS: ClassVar[tuple[str, ...]] = (
        Kind.SUBMIT,
        Kind.APPROVE,
        Kind.VOID,
        Kind.VOID_PAID,
        Kind.EMAIL,
        Kind.DELETE,
    )
    ITEM_KINDS: ClassVar[tuple[str, ...]] = (Kind.CREATE_ITEM, Kind.UPDATE_ITEM)
    OPEN_STATES: ClassVar[tuple[str, ...]] = (
        State.READY,
        State.WAITING,
        State.SENDING,
        State.UNSURE,
        State.LOOKING,
    )

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(
        Company, models.CASCADE, related_name="operations", verbose_name=_("company")
    )
    # Bound to one tenant for ever: another organisation never receives this work (P-9).
    connection = models.ForeignKey(
        XeroConnection, models.CASCADE, related_name="operations", verbose_name=_("Xero connection")
    )
    # The Xero user to write as; None: whoever connected the organisation.
    personal_link = models.ForeignKey(
        PersonalXeroLink,
        models.PROTECT,
        related_name="operations",
        null=True,
        blank=True,
        verbose_name=_("personal Xero link"),
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    deal_id = models.BigIntegerField(_("Pipedrive deal id"), null=True, blank=True)
    submission_id = models.UUIDField(_("submission id"))
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("requested by"),
    )
    # The person was told of an open one for this deal and confirmed "make another" (P-1).
    is_another = models.BooleanField(_("made beside an open one"), default=False)
    depends_on = models.ForeignKey(
        "self",
        models.PROTECT,
        related_name="dependents",
        null=True,
        blank=True,
        verbose_name=_("depends on"),
    )
    invoice = models.ForeignKey(
        Invoice,
        models.SET_NULL,
        related_name="operations",
        null=True,
        blank=True,
        verbose_name=_("invoice"),
    )
    # What the person confirmed, for the card and for comparing Xero's answer with it (P-4).
    summary = models.JSONField(_("confirmed"), default=dict, blank=True)
    request_body = models.TextField(_("exact request"), blank=True)
    # The invoice's UpdatedDateUTC that the person had before them when they pressed (P-5).
    seen_updated_at = models.DateTimeField(_("version seen"), null=True, blank=True)
    # Work of several writes, in order: {"kind": remove_payment | void, "id", "date", "amount",
    # "reference", "is_done"}; it resumes at the first undone one.
    steps = models.JSONField(_("steps"), default=list, blank=True)
    xero_contact_id = models.UUIDField(_("Xero contact id"), null=True, blank=True)

    state = models.CharField(_("state"), max_length=16, choices=State, default=State.READY)
    state_changed_at = models.DateTimeField(_("state changed at"))
    waiting_for = models.CharField(_("waiting for"), max_length=16, choices=WaitingFor, blank=True)
    generation = models.PositiveSmallIntegerField(_("generation"), default=1)
    idempotency_key = models.CharField(_("idempotency key"), max_length=128, blank=True)
    sends = models.PositiveSmallIntegerField(_("sends in this generation"), default=0)
    attempts = models.PositiveSmallIntegerField(_("attempts in all"), default=0)
    looks = models.PositiveSmallIntegerField(_("looks in this generation"), default=0)
    equal_failures = models.PositiveSmallIntegerField(_("equal failures in a row"), default=0)
    last_failure = models.CharField(_("last failure, as a hash"), max_length=64, blank=True)
    first_sent_at = models.DateTimeField(_("first sent at"), null=True, blank=True)
    last_sent_at = models.DateTimeField(_("last sent at"), null=True, blank=True)
    next_attempt_at = models.DateTimeField(_("next attempt at"))
    lease_token = models.UUIDField(_("lease"), null=True, blank=True)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)

    # Of the press: the worker's calls and the audit trail carry it on (P-21).
    correlation_id = models.CharField(_("correlation id"), max_length=64, blank=True)
    error_code = models.CharField(_("error"), max_length=32, blank=True)
    error_status = models.PositiveSmallIntegerField(_("HTTP status"), null=True, blank=True)
    error_messages = models.JSONField(_("Xero's messages"), default=list, blank=True)
    # Fields in which Xero's answer differs from what was confirmed: shown, never mended (P-4).
    differences = models.JSONField(_("differences"), default=list, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta(CustomerRow.Meta):
        verbose_name = _("operation")
        verbose_name_plural = _("operations")
        permissions: ClassVar[list[tuple[str, Any]]] = [
            ("retry_operation", "Can have an operation tried again safely"),
            ("settle_operation", "Can end an operation, or settle it by hand"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            one_per_company("operation_of_company_id"),
            SameCompany("connection", name="operation_own_connection"),
            SameCompany("personal_link", name="operation_own_personal_link"),
            SameCompany("depends_on", name="operation_own_depends_on"),
            SameCompany("invoice", name="operation_own_invoice"),
            models.UniqueConstraint(
                fields=["company", "submission_id", "kind"], name="operation_one_per_submission"
            ),
            # An unresolved one counts as open: it may have made an invoice already.
            models.UniqueConstraint(
                fields=["company", "deal_id"],
                condition=Q(kind="create", is_another=False) & ~Q(state__in=["done", "refused"]),
                name="operation_one_open_create_per_deal",
            ),
            # An unresolved one counts as open here as well: it may have sent the mail already.
            models.UniqueConstraint(
                fields=["invoice"],
                condition=Q(kind__in=["submit", "approve", "void", "void_paid", "email", "delete"])
                & ~Q(state__in=["done", "refused"]),
                name="operation_one_open_action_per_invoice",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["submit", "approve", "void", "void_paid", "email", "delete"])
                | Q(seen_updated_at__isnull=False),
                name="operation_action_names_what_was_seen",
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | ~Q(kind="create") | Q(invoice__isnull=False),
                name="operation_done_means_in_xero",
            ),
            models.CheckConstraint(
                condition=~Q(state="sending")
                | (Q(lease_token__isnull=False) & Q(first_sent_at__isnull=False)),
                name="operation_sending_is_leased",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(state__in=["ready", "waiting", "sending", "unsure", "looking"]),
                name="operation_due",
            ),
            # What each claim counts: without it a worker would read all that was ever done.
            models.Index(
                fields=["connection"], condition=Q(state="sending"), name="operation_in_flight"
            ),
            # The deal first: support looks for one without knowing whose it is.
            models.Index(fields=["deal_id", "company", "-created_at"], name="operation_of_deal"),
            models.Index(fields=["company", "-created_at"], name="operation_of_company"),
            # What support's list shows first, and what it is there for.
            models.Index(fields=["-created_at"], name="operation_newest"),
            models.Index(
                fields=["-created_at"],
                condition=Q(state="needs_person"),
                name="operation_needs_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to it by itself."""
        return self.state in self.FINAL_STATES


class OperationEvent(CustomerRow):
    """One step in an operation's life, for support and for telling it afterwards (P-21)."""

    company = models.ForeignKey(
        Company, models.CASCADE, related_name="+", db_index=False, verbose_name=_("company")
    )
    operation = models.ForeignKey(
        Operation,
        models.CASCADE,
        related_name="events",
        db_index=False,
        verbose_name=_("operation"),
    )
    from_state = models.CharField(_("from"), max_length=16, blank=True)
    to_state = models.CharField(_("to"), max_length=16)
    generation = models.PositiveSmallIntegerField(_("generation"))
    detail = models.CharField(_("detail"), max_length=255, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta(CustomerRow.Meta):
        verbose_name = _("operation event")
        verbose_name_plural = _("operation events")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            SameCompany("operation", name="operation_event_own_operation"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["operation", "at"], name="operation_event_order"),
        ]

    def __str__(self) -> str:
        return f"{self.from_state} → {self.to_state}"
