"""Inviting people by e-mail: a link that works once, for seven days, for that address (S-1)."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

import structlog
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from connections import audit, browser_sessions, invitation_mail
from connections.models import Company, Invitation, Membership, User

log = structlog.get_logger(__name__)

VALID_FOR: Final = timedelta(days=7)
# How many may be open for one company: nobody's mailbox is to be flooded in our name (S-30).
MOST_OPEN: Final = 100
KEY_BYTES: Final = 32


class NotPossible(Exception):
    """
    Nothing was changed; `code`: member, invited, too_many, ended, other_person, needs_sign_in.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotSent(Exception):
    """The invitation is stored, and its mail could not be handed over: it can be sent again."""


def list_open(company: Company) -> list[Invitation]:
    """Return a company's invitations that nobody accepted or withdrew, the latest first."""
    rows = Invitation.objects.for_company(company).select_related("invited_by")
    return list(rows.filter(**_OPEN).order_by("-invited_at", "-pk"))


def get_open(company: Company, invitation_id: int) -> Invitation | None:
    """Return one open invitation of a company; None when it has no such."""
    row: Invitation | None = (
        Invitation.objects.for_company(company)
        .select_related("company")
        .filter(pk=invitation_id, **_OPEN)
        .first()
    )
    return row


def invite(*, by: Membership, email: str, role: str, now: datetime) -> None:
    """
    Invite an address. What the admin hears is the same whether it has an account here or not.

    :raises NotPossible: "member" of this company already, "invited" already, or "too_many" open
    :raises NotSent: stored, but the mail could not be handed over
    """
    company, email = by.company, email.strip().lower()
    members = Membership.objects.for_company(company).filter(removed_at__isnull=True)
    if members.filter(user__email=email).exists():
        raise NotPossible("member")
    if Invitation.objects.for_company(company).filter(**_OPEN).count() >= MOST_OPEN:
        raise NotPossible("too_many")
    key = _new_key()
    try:
        with transaction.atomic():
            invitation = Invitation.objects.create(
                company=company,
                email=email,
                role=role,
                key_hash=_hash(key),
                invited_by=by.user,
                invited_at=now,
                expires_at=now + VALID_FOR,
            )
            _audit("invitation.made", invitation, by.user, now=now, after={"role": role})
    except IntegrityError as exc:
        raise NotPossible("invited") from exc
    _send(invitation, key)


def send_again(invitation: Invitation, *, by: User, now: datetime) -> None:
    """
    Send an open invitation with a new link; the old one ends.

    :raises NotPossible: "ended": accepted or withdrawn meanwhile
    :raises NotSent: stored, but the mail could not be handed over
    """
    key = _new_key()
    with transaction.atomic():
        rows = Invitation.objects.for_company(invitation.company).filter(pk=invitation.pk, **_OPEN)
        if not rows.update(key_hash=_hash(key), invited_at=now, expires_at=now + VALID_FOR):
            raise NotPossible("ended")
        _audit("invitation.sent_again", invitation, by, now=now)
    _send(invitation, key)


def withdraw(invitation: Invitation, *, by: User, now: datetime) -> None:
    """
    End an open invitation: its link opens nothing any more.

    :raises NotPossible: "ended": accepted or withdrawn meanwhile
    """
    with transaction.atomic():
        rows = Invitation.objects.for_company(invitation.company).filter(pk=invitation.pk, **_OPEN)
        if not rows.update(revoked_at=now):
            raise NotPossible("ended")
        _audit("invitation.withdrawn", invitation, by, now=now)


def withdraw_all_of(email: str, *, company: Company | None, now: datetime) -> None:
    """
    End what an address was invited to and has not accepted, because it is about to be erased.

    :param company: in this company only; None: in all of them
    """
    rows = Invitation.objects.across_companies().filter(email__iexact=email, **_OPEN)
    (rows if company is None else rows.filter(company=company)).update(revoked_at=now)


def find(key: str, *, now: datetime) -> Invitation | None:
    """Return the invitation that a link opens; None when it is used, withdrawn, old or unknown."""
    row: Invitation | None = (
        Invitation.objects.across_companies()
        .select_related("company", "invited_by")
        .filter(key_hash=_hash(key), expires_at__gt=now, **_OPEN)
        .first()
    )
    return row


def is_known(invitation: Invitation) -> bool:
    """Whether the address has an account whose owner has confirmed it: they sign in to accept."""
    return EmailAddress.objects.filter(email=invitation.email, verified=True).exists()


def accept(key: str, *, user: User, now: datetime) -> Membership:
    """
    Make a signed-in person a member, by the link that was sent to their confirmed address.

    :raises NotPossible: "ended", or "other_person": it was sent to another address
    """
    with transaction.atomic():
        invitation = _take(key, now=now)
        owns = EmailAddress.objects.filter(user=user, email=invitation.email, verified=True)
        if not owns.exists():
            raise NotPossible("other_person")
        return _join(invitation, user, now=now)


def accept_as_new(
    key: str, *, first_name: str, last_name: str, password: str, now: datetime
) -> User:
    """
    Make an account for an invited address, and its owner a member.

    An account that somebody made for this address without ever confirming it becomes theirs: its
    password, second factors and sessions are whoever's made it, and end.

    :raises NotPossible: "ended", or "needs_sign_in": the address has a confirmed account
    :raises ValidationError: the password is too weak
    """
    with transaction.atomic():
        invitation = _take(key, now=now)
        if is_known(invitation):
            raise NotPossible("needs_sign_in")
        user = User.objects.filter(email=invitation.email).first()
        if user is not None and (user.is_staff or not user.is_active):
            raise NotPossible("needs_sign_in")
        if user is None:
            user = User(email=invitation.email)
        user.first_name, user.last_name = first_name, last_name
        validate_password(password, user)
        user.set_password(password)
        user.save()
        Authenticator.objects.filter(user=user).delete()
        browser_sessions.end_all(user, by=None, now=now)
        EmailAddress.objects.filter(user=user).exclude(email=invitation.email).delete()
        EmailAddress.objects.update_or_create(
            user=user, email=invitation.email, defaults={"verified": True, "primary": True}
        )
        _join(invitation, user, now=now)
    return user


def _take(key: str, *, now: datetime) -> Invitation:
    """Lock the invitation that a key opens, so that it is accepted once."""
    row: Invitation | None = (
        Invitation.objects.across_companies()
        .select_for_update(of=("self",))
        .select_related("company")
        .filter(key_hash=_hash(key), expires_at__gt=now, **_OPEN)
        .first()
    )
    if row is None:
        raise NotPossible("ended")
    return row


def _join(invitation: Invitation, user: User, *, now: datetime) -> Membership:
    company, role = invitation.company, invitation.role
    is_admin = role == Membership.Role.ADMIN
    keeps_books = is_admin or role == Membership.Role.ACCOUNTANT
    membership: Membership | None = (
        Membership.objects.for_company(company).select_for_update().filter(user=user).first()
    )
    if membership is None:
        membership = Membership.objects.create(
            company=company,
            user=user,
            role=role,
            can_create=role != Membership.Role.ACCOUNTANT,
            can_approve=keeps_books,
            can_void=is_admin,
        )
    elif membership.removed_at is not None:
        if invitation.invited_at <= membership.removed_at:
            # Joined by another way, and taken out since: the old link is no admin's word any more.
            raise NotPossible("ended")
        membership.removed_at, membership.role = None, role
        membership.save(update_fields=["removed_at", "role"])
    Invitation.objects.for_company(company).filter(pk=invitation.pk).update(
        accepted_at=now, accepted_by=user
    )
    _audit(
        "invitation.accepted",
        invitation,
        user,
        now=now,
        after={"membership": membership.pk, "role": membership.role},
    )
    return membership


def _send(invitation: Invitation, key: str) -> None:
    """Hand the mail over, outside of any transaction; the key is in it and nowhere else."""
    company, path = invitation.company, reverse("connections:open_invitation")
    link = f"{settings.SITE_URL}{path}?{urlencode({'key': key})}"
    with translation.override(company.language):
        subject = _("%(company)s invites you to InvoiceBridge") % {"company": company.name}
        body = invitation_mail.write(
            company=company.name,
            invited_by=str(invitation.invited_by),
            link=link,
            days=VALID_FOR.days,
        )
    try:
        # A name with a line break would begin another header.
        send_mail(" ".join(subject.split()), body, None, [invitation.email])
    except OSError as exc:
        log.warning("invitation_unsent", invitation=invitation.pk, error=type(exc).__name__)
        raise NotSent from exc


def _new_key() -> str:
    return secrets.token_urlsafe(KEY_BYTES)


def _hash(key: str) -> str:
    # The key is 256 random bits: nothing slower is needed to keep it from being guessed.
    return hashlib.sha256(key.encode()).hexdigest()


def _audit(
    event: str,
    invitation: Invitation,
    by: User,
    *,
    now: datetime,
    after: dict[str, object] | None = None,
) -> None:
    audit.record(
        event,
        company=invitation.company,
        actor=by,
        subject=f"invitation:{invitation.pk}",
        after=after,
        now=now,
    )


_OPEN: Final[dict[str, bool]] = {"accepted_at__isnull": True, "revoked_at__isnull": True}
