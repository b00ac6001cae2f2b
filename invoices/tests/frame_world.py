"""A person of Pipedrive in front of our frames: what Pipedrive signs, and what the page sends."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import jwt
from django.conf import settings
from django.test import Client
from django.utils import timezone

from connections.frames import sessions
from connections.models import Membership


def sign(membership: Membership, *, now: datetime | None = None, **changes: Any) -> str:
    """Return what Pipedrive signs about a member; None leaves a claim out."""
    now = now or timezone.now()
    claims = {
        "userId": membership.pipedrive_user_id,
        "companyId": membership.company.pipedrive_company_id,
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(minutes=5)).timestamp()),
    } | changes
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, settings.PIPEDRIVE_JWT_SECRETS[0], algorithm="HS256")


def query(membership: Membership, token: str, **more: str) -> dict[str, str]:
    """Return the query of a frame's address as Pipedrive writes it (§7.2)."""
    return {
        "id": "frame-1",
        "resource": "deal",
        "view": "details",
        "selectedIds": "1",
        "userId": str(membership.pipedrive_user_id),
        "companyId": str(membership.company.pipedrive_company_id),
        "theme": "light",
        "token": token,
        **more,
    }


def read_token(answer: Any) -> str:
    """Return the session token that a frame holds."""
    found = re.search(r'<meta name="frame-token" content="([^"]+)">', answer.content.decode())
    assert found is not None
    return found[1]


class Frame(Client):
    """A browser that sends the header that a frame's script sends, and follows as it does."""

    def __init__(self, membership: Membership, *, now: datetime | None = None) -> None:
        self.token = sessions.start(membership, now=now or timezone.now())
        super().__init__(
            enforce_csrf_checks=True, headers={"authorization": f"Bearer {self.token}"}
        )
