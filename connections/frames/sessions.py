"""Sessions of our frames: opened for a trusted identity, found by a token, held as rows (S-9)."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.sessions.backends.base import SessionBase
from django.db.models import Exists, OuterRef

from connections import queries
from connections.models import Company, FrameSession, Membership, PipedriveAuthorisation
from connections.models.authorisations import AuthorisationState

if TYPE_CHECKING:
    # What reads tokens is heavy, and no worker reads any.
    from connections.frames.identity import Identity

IDLE = timedelta(minutes=15)
# Whoever is at work for longer is signed anew by Pipedrive, unnoticed.
LONGEST = timedelta(hours=12)
# A use is written down only when it says something new.
NOTED_AFTER = timedelta(minutes=1)
TOKEN_BYTES = 32


class NotInstalled(Exception):
    """
    Pipedrive's user is nobody here; `code` says what to press: "install", "reconnect" (their own
    grant has ended), "removed" (an admin took them out), "paused" (support paused the company).
    """

    def __init__(self, code: str, membership: Membership | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.membership = membership


def admit(identity: Identity) -> Membership:
    """
    Return the member whom Pipedrive vouches for, by at most two queries.

    :raises NotInstalled: they have no living install of their own
    """
    membership = queries.find_pipedrive_member(identity.company_id, identity.user_id)
    if membership is None or membership.company.state == Company.State.UNINSTALLED:
        raise NotInstalled("install", membership)
    if membership.removed_at is not None or not membership.user.is_active:
        raise NotInstalled("removed", membership)
    if membership.company.state != Company.State.ACTIVE:
        raise NotInstalled("paused", membership)
    grant = queries.pipedrive_authorisation(membership)
    if grant is None:
        raise NotInstalled("install", membership)
    if grant.state != AuthorisationState.ACTIVE:
        raise NotInstalled("reconnect", membership)
    return membership


def start(membership: Membership, *, now: datetime) -> str:
    """Start a session and return its token, which is nowhere else."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    FrameSession.objects.create(
        company=membership.company,
        membership=membership,
        token_hash=_hash(token),
        created_at=now,
        last_used_at=now,
        expires_at=now + IDLE,
    )
    return token


def find(token: str, *, is_only_looking: bool = False, now: datetime) -> FrameSession | None:
    """
    Return the living session of a token, its member loaded, by one query; its use is noted.

    None when there is none, when it is over, or when its member may not be here any more.

    :param is_only_looking: the page asked by itself, and this is no use of the session
    """
    grants = (
        PipedriveAuthorisation.objects.across_companies()
        .filter(
            company=OuterRef("company"), pipedrive_user_id=OuterRef("membership__pipedrive_user_id")
        )
        .exclude(state=AuthorisationState.ENDED)
    )
    # The token is the only word on which company's row it is.
    session: FrameSession | None = (
        FrameSession.objects.across_companies()
        .filter(
            Exists(grants),
            token_hash=_hash(token),
            expires_at__gt=now,
            company__state=Company.State.ACTIVE,
            membership__removed_at__isnull=True,
            membership__user__is_active=True,
        )
        .select_related("membership__company", "membership__user")
        .first()
    )
    if session is not None:
        session.company = session.membership.company
        if not is_only_looking:
            _note_use(session, now=now)
    return session


def forget_old(*, before: datetime) -> None:
    """Drop the sessions that ended before this instant."""
    FrameSession.objects.across_companies().filter(expires_at__lt=before).delete()


class FrameStore(SessionBase):
    """The session of a request from a frame, as Django's own: what is put into it is in the row."""

    def __init__(self, row: FrameSession) -> None:
        super().__init__(row.token_hash)
        self._row = row

    def load(self) -> dict[str, Any]:
        """Return what the row holds."""
        return dict(self._row.data)

    def save(self, must_create: bool = False) -> None:
        """Write it back."""
        self._row.data = dict(self.items())
        FrameSession.objects.for_company(self._row.company).filter(pk=self._row.pk).update(
            data=self._row.data
        )

    def exists(self, session_key: str) -> bool:
        """Only Pipedrive's signed token begins another one."""
        return session_key == self.session_key

    def create(self) -> None:
        """Begin with nothing in it."""
        self.clear()
        self.save()

    def delete(self, session_key: str | None = None) -> None:
        """End it: the token is worth nothing from now on."""
        FrameSession.objects.for_company(self._row.company).filter(pk=self._row.pk).delete()


def _note_use(session: FrameSession, *, now: datetime) -> None:
    if now - session.last_used_at < NOTED_AFTER:
        return
    session.last_used_at = now
    session.expires_at = min(now + IDLE, session.created_at + LONGEST)
    FrameSession.objects.for_company(session.company).filter(pk=session.pk).update(
        last_used_at=session.last_used_at, expires_at=session.expires_at
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
