"""How people sign in: browser sessions, invitations, a company's own single sign-on."""

from __future__ import annotations

import hashlib
import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from connections.fields import SealedTextField
from connections.models.people import Company, Membership
from connections.scoping import CustomerRow, SameCompany, one_per_company


class BrowserSession(AbstractBaseSession):
    """One browser's session: Django's own row, with whose it is and from where it was begun."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="browser_sessions",
        null=True,
        verbose_name=_("user"),
    )
    ip_address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    device = models.CharField(_("device"), max_length=200, blank=True)
    signed_in_at = models.DateTimeField(_("signed in at"), null=True, blank=True)
    seen_at = models.DateTimeField(_("last seen"), null=True, blank=True)

    class Meta(AbstractBaseSession.Meta):
        abstract = False
        verbose_name = _("browser session")  # type: ignore[assignment]
        verbose_name_plural = _("browser sessions")  # type: ignore[assignment]

    @property
    def public_id(self) -> str:
        """What a page names it by: the key itself would open the session."""
        return hashlib.sha256(self.session_key.encode()).hexdigest()[:32]


class Invitation(CustomerRow):
    """
    A company admin's invitation of an e-mail address, by a link that works once (S-1).

    The link's key is kept as a hash only: who reads the table cannot accept anything.
    """

    company = models.ForeignKey(
        Company, models.CASCADE, related_name="invitations", verbose_name=_("company")
    )
    email = models.EmailField(_("email address"))
    role = models.CharField(_("role"), max_length=16, choices=Membership.Role)
    key_hash = models.CharField(_("hash of the key"), max_length=64, unique=True)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        related_name="+",
        null=True,
        verbose_name=_("invited by"),
    )
    invited_at = models.DateTimeField(_("invited at"))
    expires_at = models.DateTimeField(_("expires at"))
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("accepted by"),
    )
    revoked_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    class Meta(CustomerRow.Meta):
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["company", "email"],
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="invitation_one_open",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(revoked_at__isnull=True),
                name="invitation_accepted_or_withdrawn",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.company} · {self.pk}"


class SignOn(CustomerRow):
    """
    A company's own OpenID Connect provider. It vouches for that company's people, nobody else's.

    The addresses are those that the provider's discovery document named when it was saved.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.OneToOneField(
        Company, models.CASCADE, related_name="sign_on", verbose_name=_("company")
    )
    # Names the company in the address where its people sign in.
    slug = models.SlugField(_("name in the address"), max_length=80, unique=True)
    issuer = models.CharField(_("issuer"), max_length=500)
    client_id = models.CharField(_("client id"), max_length=255)
    client_secret = SealedTextField(_("client secret"))
    authorization_endpoint = models.CharField(max_length=500)
    token_endpoint = models.CharField(max_length=500)
    jwks_uri = models.CharField(max_length=500)
    is_secret_posted = models.BooleanField(default=False)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        related_name="+",
        null=True,
        verbose_name=_("saved by"),
    )
    saved_at = models.DateTimeField(_("saved at"))

    class Meta(CustomerRow.Meta):
        verbose_name = _("company sign-on")
        verbose_name_plural = _("company sign-ons")
        constraints: ClassVar[list[models.BaseConstraint]] = [one_per_company("sign_on_of_company")]

    def __str__(self) -> str:
        return f"{self.company} · {self.slug}"


class SignOnIdentity(CustomerRow):
    """Who somebody is at their company's provider, bound at their first sign-in through it."""

    company = models.ForeignKey(
        Company, models.CASCADE, related_name="+", verbose_name=_("company")
    )
    sign_on = models.ForeignKey(
        SignOn, models.CASCADE, related_name="identities", verbose_name=_("single sign-on")
    )
    membership = models.ForeignKey(
        Membership, models.CASCADE, related_name="sign_on_identities", verbose_name=_("member")
    )
    subject = models.CharField(_("subject"), max_length=255)
    bound_at = models.DateTimeField(_("bound at"))

    class Meta(CustomerRow.Meta):
        verbose_name = _("sign-on identity")
        verbose_name_plural = _("sign-on identities")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["sign_on", "subject"], name="sign_on_subject_once"),
            models.UniqueConstraint(fields=["sign_on", "membership"], name="sign_on_member_once"),
            SameCompany("sign_on", name="sign_on_identity_own_sign_on"),
            SameCompany("membership", name="sign_on_identity_own_membership"),
        ]

    def __str__(self) -> str:
        return f"{self.membership} · {self.pk}"
