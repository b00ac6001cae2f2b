"""Authorisations and connections. Token columns hold sealed text only (reliability S-17)."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from connections.fields import SealedTextField
from connections.models.people import Company, Membership
from connections.scoping import CustomerRow, SameCompany, one_per_company


class AuthorisationState(models.TextChoices):
    """Whether a token pair may be used."""

    ACTIVE = "ACTIVE", _("Active")
    DEAD = "DEAD", _("Ended: reconnect")
    ENDED = "ENDED", _("Disconnected here")


class TokenPair(models.Model):
    """A sealed token pair. The row's own id is part of the seal, so it is made before saving."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    access_token = SealedTextField(_("access token"), blank=True)
    refresh_token = SealedTextField(_("refresh token"), blank=True)
    scopes = models.TextField(_("scopes"), blank=True)
    generation = models.PositiveIntegerField(_("generation"), default=1)
    state = models.CharField(
        _("state"), max_length=8, choices=AuthorisationState, default=AuthorisationState.ACTIVE
    )
    issued_at = models.DateTimeField(_("issued at"))
    access_expires_at = models.DateTimeField(_("access token expires at"))
    last_success_at = models.DateTimeField(_("last success at"), null=True, blank=True)
    # Since when no renewal worked, though the vendor did not say that the grant is gone.
    renewal_failing_since = models.DateTimeField(_("not renewed since"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        abstract = True


class PipedriveAuthorisation(TokenPair, CustomerRow):
    """One person's Pipedrive grant: deals are read with the rights of whoever looks (P-11)."""

    company = models.ForeignKey(
        Company, models.CASCADE, related_name="pipedrive_authorisations", verbose_name=_("company")
    )
    pipedrive_user_id = models.BigIntegerField(_("Pipedrive user id"))
    api_domain = models.CharField(_("API domain"), max_length=255)

    class Meta(CustomerRow.Meta):
        verbose_name = _("Pipedrive authorisation")
        verbose_name_plural = _("Pipedrive authorisations")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["company", "pipedrive_user_id"], name="pipedrive_authorisation_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.company} · {self.pipedrive_user_id}"


class XeroAuthorisation(TokenPair):
    """
    One Xero user's grant to this app; it reaches every tenant that user linked (xero-api §2.2).

    Not a customer row: the same accountant may connect two of our companies, and a second
    token row for one user would invalidate the first at each refresh.
    """

    xero_user_id = models.UUIDField(_("Xero user id"), unique=True)
    email = models.CharField(_("email"), max_length=255, blank=True)
    # Since when nothing lives on it: it is erased soon, whoever was to do it (P-22).
    unused_since = models.DateTimeField(_("unused since"), null=True, blank=True)

    class Meta:
        verbose_name = _("Xero authorisation")
        verbose_name_plural = _("Xero authorisations")

    def __str__(self) -> str:
        return str(self.xero_user_id)


class XeroConnection(CustomerRow):
    """A company's link to one Xero tenant, with the organisation's facts and the poll cursor."""

    class State(models.TextChoices):
        ACTIVE = "ACTIVE", _("Connected")
        RECONNECT = "RECONNECT", _("Connection ended: reconnect")
        DISCONNECTED = "DISCONNECTED", _("Disconnected in Xero")
        ROLE_REFUSED = "ROLE_REFUSED", _("Xero role not allowed")
        ENDED = "ENDED", _("Disconnected here")

    class PauseReason(models.TextChoices):
        MINUTE = "minute", _("Xero's limit for this minute is used up")
        DAY = "day", _("Xero's limit for today is used up")
        APP = "appminute", _("Xero's limit for this app is used up")
        CONCURRENT = "concurrent", _("too many calls to Xero at once")
        OTHER = "other", _("Xero asked us to wait")
        OUTAGE = "outage", _("Xero does not answer")

    company = models.ForeignKey(
        Company, models.CASCADE, related_name="xero_connections", verbose_name=_("company")
    )
    authorisation = models.ForeignKey(
        XeroAuthorisation,
        models.PROTECT,
        related_name="connections",
        null=True,
        blank=True,
        verbose_name=_("Xero authorisation"),
    )
    xero_connection_id = models.UUIDField(_("Xero connection id"))
    tenant_id = models.UUIDField(_("tenant id"))
    organisation_name = models.CharField(_("organisation"), max_length=255)
    short_code = models.CharField(_("short code"), max_length=32, blank=True)
    base_currency = models.CharField(_("base currency"), max_length=3, blank=True)
    country_code = models.CharField(_("country"), max_length=2, blank=True)
    xero_timezone = models.CharField(_("Xero time zone"), max_length=64, blank=True)
    period_lock_date = models.DateField(_("period lock date"), null=True, blank=True)
    end_of_year_lock_date = models.DateField(_("end of year lock date"), null=True, blank=True)
    role = models.CharField(_("Xero role of the connecting user"), max_length=64, blank=True)
    is_role_overridden = models.BooleanField(_("role accepted by support"), default=False)
    actions = models.JSONField(_("allowed actions"), default=list, blank=True)
    state = models.CharField(_("state"), max_length=16, choices=State, default=State.ACTIVE)
    state_changed_at = models.DateTimeField(_("state changed at"))
    gates_checked_at = models.DateTimeField(_("gates checked at"), null=True, blank=True)
    last_success_at = models.DateTimeField(_("last success at"), null=True, blank=True)
    pause_until = models.DateTimeField(_("paused until"), null=True, blank=True)
    pause_reason = models.CharField(
        _("paused because"), max_length=16, choices=PauseReason, blank=True
    )
    day_calls_left = models.IntegerField(_("calls left today"), null=True, blank=True)
    # What Xero allows in a day, by the plan; told from what it said was left (P-15).
    day_calls_limit = models.IntegerField(_("calls allowed a day"), null=True, blank=True)
    # Poll cursor (xero-api §5): the greatest UpdatedDateUTC seen, never our clock.
    cursor_at = models.DateTimeField(_("poll cursor"), null=True, blank=True)
    polled_at = models.DateTimeField(_("polled at"), null=True, blank=True)
    next_poll_at = models.DateTimeField(_("next poll at"), null=True, blank=True)
    swept_at = models.DateTimeField(_("open invoices swept at"), null=True, blank=True)
    poll_lease_until = models.DateTimeField(_("poll lease until"), null=True, blank=True)
    quiet_polls = models.PositiveIntegerField(_("polls without news"), default=0)

    class Meta(CustomerRow.Meta):
        verbose_name = _("Xero connection")
        verbose_name_plural = _("Xero connections")
        permissions: ClassVar[list[tuple[str, Any]]] = [
            ("override_role", "Can accept a Xero role that the product does not know"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            one_per_company("xero_connection_of_company"),
            models.UniqueConstraint(
                fields=["company", "tenant_id"], name="xero_connection_once_per_tenant"
            ),
            models.UniqueConstraint(
                fields=["company"],
                condition=~Q(state="ENDED"),
                name="xero_connection_one_live_per_company",
            ),
            # One organisation feeds one company: two would each see the other's invoices.
            models.UniqueConstraint(
                fields=["tenant_id"],
                condition=~Q(state="ENDED"),
                name="xero_connection_one_live_per_tenant",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                F("next_poll_at"),
                condition=Q(state="ACTIVE"),
                name="xero_connection_poll_due",
            ),
        ]

    def __str__(self) -> str:
        return self.organisation_name

    @property
    def is_usable(self) -> bool:
        """Whether calls may be made at all (a pause is shorter than this)."""
        return self.state == self.State.ACTIVE

    def is_paused(self, now: datetime) -> bool:
        """Whether Xero asked us to wait past this instant."""
        return self.pause_until is not None and self.pause_until > now


class CallPlace(CustomerRow):
    """
    One read that is in flight to a tenant, held until it is answered or its time is over (P-15).

    `connections.call_places` alone writes it.
    """

    token = models.UUIDField(_("token"), primary_key=True, editable=False)
    company = models.ForeignKey(
        Company, models.CASCADE, related_name="+", db_index=False, verbose_name=_("company")
    )
    connection = models.ForeignKey(
        XeroConnection,
        models.CASCADE,
        related_name="call_places",
        verbose_name=_("Xero connection"),
    )
    held_until = models.DateTimeField(_("held until"))

    class Meta(CustomerRow.Meta):
        verbose_name = _("place of a call")
        verbose_name_plural = _("places of calls")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            SameCompany("connection", name="call_place_own_connection"),
        ]

    def __str__(self) -> str:
        return str(self.connection_id)


class PersonalXeroLink(CustomerRow):
    """
    A member's own Xero user in the company's organisation (R-3).

    While it is active, what this member presses is written as that Xero user: their rights, their
    name in Xero's history. It is never deleted, because operations name it.
    """

    class State(models.TextChoices):
        ACTIVE = "ACTIVE", _("Connected")
        RECONNECT = "RECONNECT", _("Connection ended: reconnect")
        ENDED = "ENDED", _("Disconnected here")

    company = models.ForeignKey(
        Company, models.CASCADE, related_name="personal_xero_links", verbose_name=_("company")
    )
    membership = models.ForeignKey(
        Membership, models.CASCADE, related_name="personal_xero_links", verbose_name=_("member")
    )
    connection = models.ForeignKey(
        XeroConnection,
        models.CASCADE,
        related_name="personal_links",
        verbose_name=_("Xero connection"),
    )
    authorisation = models.ForeignKey(
        XeroAuthorisation,
        models.PROTECT,
        related_name="personal_links",
        verbose_name=_("Xero authorisation"),
    )
    xero_connection_id = models.UUIDField(_("Xero connection id"))
    role = models.CharField(_("Xero role"), max_length=64, blank=True)
    actions = models.JSONField(_("allowed actions"), default=list, blank=True)
    state = models.CharField(_("state"), max_length=16, choices=State, default=State.ACTIVE)
    state_changed_at = models.DateTimeField(_("state changed at"))
    checked_at = models.DateTimeField(_("rights checked at"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta(CustomerRow.Meta):
        verbose_name = _("personal Xero link")
        verbose_name_plural = _("personal Xero links")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            one_per_company("personal_xero_link_of_company"),
            SameCompany("membership", name="personal_xero_link_own_membership"),
            SameCompany("connection", name="personal_xero_link_own_connection"),
            models.UniqueConstraint(
                fields=["membership"],
                condition=~Q(state="ENDED"),
                name="personal_xero_link_one_live",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.membership} · {self.authorisation}"
