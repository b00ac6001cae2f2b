"""Companies, people, and what each person may do in a company."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from connections.scoping import CustomerRow, one_per_company

if TYPE_CHECKING:
    from connections.models.authorisations import PersonalXeroLink


class UserManager(BaseUserManager["User"]):
    """People sign in with their e-mail address; there is no user name."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> User:
        """Create a person; without a password they can only use single sign-on."""
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> User:
        """Create an engineer who may do everything in the admin."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **extra)


class User(AbstractUser):
    """A person: a rep, an accountant, a company admin or one of our support staff."""

    username = None  # type: ignore[assignment]
    email = models.EmailField(_("email address"), unique=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()  # type: ignore[assignment,misc]

    def __str__(self) -> str:
        return self.get_full_name() or self.email


class Company(models.Model):
    """One Pipedrive account: our customer, and the scope of every customer row."""

    class State(models.TextChoices):
        ACTIVE = "ACTIVE", _("Active")
        PAUSED = "PAUSED", _("Paused by support")
        UNINSTALLED = "UNINSTALLED", _("Uninstalled")

    class Language(models.TextChoices):
        ENGLISH = "en", _("English")
        TURKISH = "tr", _("Turkish")

    pipedrive_company_id = models.BigIntegerField(_("Pipedrive company id"), unique=True)
    name = models.CharField(_("name"), max_length=255)
    pipedrive_domain = models.CharField(_("Pipedrive domain"), max_length=255, blank=True)
    # Where the deal pages are: the api_domain of the latest authorisation.
    pipedrive_url = models.CharField(_("Pipedrive address"), max_length=255, blank=True)
    language = models.CharField(
        _("language"), max_length=2, choices=Language, default=Language.ENGLISH
    )
    # The zone of whoever installed: for people of whom Pipedrive tells none.
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    currency_code = models.CharField(_("currency"), max_length=16, blank=True)
    state = models.CharField(_("state"), max_length=16, choices=State, default=State.ACTIVE)
    # Whether a SecurityStatement stands: kept beside the company, because every write asks for it.
    # `connections.security` alone writes it, together with the statement.
    is_security_stated = models.BooleanField(_("sign-in security confirmed"), default=False)
    # Whether the company's own single sign-on is the only way in for its people: asked on every
    # page. `connections.sign_on` alone writes it.
    is_sign_on_required = models.BooleanField(_("company sign-on only"), default=False)
    # Whether a ConnectionWarning is open: asked on every page. `connections.alerts` writes it.
    is_warned = models.BooleanField(_("warned"), default=False)
    # How many times the service's limits on invoices (S-30): support raises it.
    limits_factor = models.PositiveSmallIntegerField(_("limit multiplier"), default=1)
    # Since when nobody of it has the app: what is kept of it is erased a month later (P-22).
    uninstalled_at = models.DateTimeField(_("uninstalled at"), null=True, blank=True)
    link_id = models.UUIDField(_("native link id"), default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        permissions: ClassVar[list[tuple[str, Any]]] = [
            ("pause_company", "Can pause a company and end the pause"),
            ("look_after_company", "Can have a company's connections looked at"),
            ("reveal_personal", "Can look at personal data, with a reason"),
            ("change_switches", "Can change the switches of the service"),
            ("change_durations", "Can change the durations and limits of the service"),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(CustomerRow):
    """A person in a company. The flags narrow what Xero allows, they never widen it (R-3)."""

    class Role(models.TextChoices):
        ADMIN = "admin", _("Company admin")
        REP = "rep", _("Sales rep")
        ACCOUNTANT = "accountant", _("Accountant")

    company = models.ForeignKey(
        Company, models.CASCADE, related_name="memberships", verbose_name=_("company")
    )
    user = models.ForeignKey(
        User, models.CASCADE, related_name="memberships", verbose_name=_("user")
    )
    pipedrive_user_id = models.BigIntegerField(_("Pipedrive user id"), null=True, blank=True)
    role = models.CharField(_("role"), max_length=16, choices=Role, default=Role.REP)
    language = models.CharField(
        _("language"), max_length=2, choices=Company.Language, blank=True, default=""
    )
    # Pipedrive's word for where the person is, e.g. Europe/Istanbul: instants are shown in it.
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    can_create = models.BooleanField(_("can create"), default=True)
    can_approve = models.BooleanField(_("can approve"), default=False)
    can_void = models.BooleanField(_("can void"), default=False)
    can_email = models.BooleanField(_("can email"), default=True)
    can_see_amounts = models.BooleanField(_("can see amounts"), default=True)
    # They have put the list of first steps away.
    is_guide_hidden = models.BooleanField(_("has hidden the first steps"), default=False)
    # The row is kept for what they did. While it is set they are no member, and only an admin can
    # make them one again.
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)

    class Meta(CustomerRow.Meta):
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            one_per_company("membership_of_company"),
            models.UniqueConstraint(fields=["company", "user"], name="membership_once"),
            models.UniqueConstraint(
                fields=["company", "pipedrive_user_id"],
                condition=Q(pipedrive_user_id__isnull=False),
                name="membership_one_per_pipedrive_user",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.company}"

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which this person reads instants: theirs, else the company's."""
        return ZoneInfo(self.time_zone or self.company.time_zone or "UTC")

    @property
    def keeps_books(self) -> bool:
        """Whether this person sees all of the company's invoices, whatever Pipedrive shows."""
        return self.role in {self.Role.ADMIN, self.Role.ACCOUNTANT}

    @property
    def is_admin(self) -> bool:
        """Whether this person decides for the company."""
        return self.role == self.Role.ADMIN

    @cached_property
    def xero_link(self) -> PersonalXeroLink | None:
        """
        Their own Xero user in the company's organisation, working or to be renewed; None: they
        act as the company's (R-3).

        `queries.list_memberships` brings it along, so that a page asks nothing more for it.
        """
        if self._state.adding:
            return None  # a person who is not a member yet has no links
        live = self.personal_xero_links.exclude(state="ENDED")
        return live.exclude(connection__state="ENDED").first()


class SecurityStatement(CustomerRow):
    """
    An admin's word that single sign-on or two-factor authentication is on in Pipedrive (M-2, R-1).

    No call of Pipedrive tells it, so it is recorded: who said so, when, by which method. A row is
    never changed but to be revoked; without one that stands, nothing new is written.
    """

    class Method(models.TextChoices):
        SSO = "sso", _("Single sign-on (SSO)")
        TWO_FACTOR = "two_factor", _("Two-factor authentication (2FA)")

    company = models.ForeignKey(
        Company, models.CASCADE, related_name="security_statements", verbose_name=_("company")
    )
    method = models.CharField(_("method"), max_length=16, choices=Method)
    stated_by = models.ForeignKey(
        User, models.SET_NULL, related_name="+", null=True, verbose_name=_("stated by")
    )
    stated_at = models.DateTimeField(_("stated at"))
    revoked_by = models.ForeignKey(
        User, models.SET_NULL, related_name="+", null=True, blank=True, verbose_name=_("revoked by")
    )
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revoke_reason = models.TextField(_("reason for revoking"), blank=True)

    class Meta(CustomerRow.Meta):
        verbose_name = _("security statement")
        verbose_name_plural = _("security statements")
        permissions: ClassVar[list[tuple[str, Any]]] = [
            ("revoke_securitystatement", "Can revoke a security statement"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["company"],
                condition=Q(revoked_at__isnull=True),
                name="security_statement_one_stands",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.company} · {self.method}"
