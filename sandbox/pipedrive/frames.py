"""
The app's frames: their addresses and the JWT that says who looks (fact sheet §7.2, §7.3).

They live on the app's own host, so that a browser takes them for another site's, as in life.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import jwt
from django.conf import settings
from django.http import HttpRequest

from sandbox.core import switches
from sandbox.pipedrive.models import Deal, Installation, User

TOKEN_LIFETIME = timedelta(minutes=5)
WRONG_SECRET = "somebody-else-signs-with-a-secret-of-their-own"
# Nobody of the seed: looks without the app when everybody in the company has it.
STRANGER_ID = 999_999


@dataclass(frozen=True)
class Look:
    """How the page is looked at; each part is a switch that the address may overrule."""

    theme: str
    panel_width: int
    token: str


def read_look(request: HttpRequest) -> Look:
    """Return how this page is looked at, by its address (`theme`, `width`, `token`) or switches."""
    return Look(
        theme=_choose(request, "theme", "pipedrive_theme"),
        panel_width=int(_choose(request, "width", "pipedrive_panel_width")),
        token=_choose(request, "token", "pipedrive_token"),
    )


def theme(request: HttpRequest) -> dict[str, str]:
    """Give every page the theme (a context processor)."""
    return {"theme": read_look(request).theme}


def is_shown(user: User, look: Look) -> bool:
    """Whether this user sees frames: in life only who installed the app, here also on purpose."""
    return look.token == "not_installed" or Installation.objects.filter(user=user).exists()


def make(
    kind: str, *, user: User, look: Look, deal: Deal | None = None, data: str | None = None
) -> dict[str, Any]:
    """
    Return a frame's runtime id and address.

    :param kind: panel, modal or settings
    :param data: the JSON text that OPEN_MODAL hands to a modal
    """
    frame_id = uuid4().hex
    who = _find_who(user, look)
    query: dict[str, Any] = {"id": frame_id}
    if deal is not None:
        query |= {"resource": "deal", "view": "details", "selectedIds": deal.number}
    query |= {"userId": who, "companyId": user.company_id}
    token = mint(user, look)
    if token is not None:
        query["token"] = token
    query["theme"] = look.theme
    if data is not None:
        query["data"] = data
    address = f"{settings.SANDBOX_APP_URLS[0]}/frames/{kind}/?{urlencode(query)}"
    return {"id": frame_id, "kind": kind, "url": address}


def mint(user: User, look: Look, *, is_asked_for: bool = False) -> str | None:
    """
    Return the JWT that says who looks, spoilt as the switch has it; None when it is missing.

    :param is_asked_for: by GET_SIGNED_TOKEN, which gives a fresh one when that of the page is old
    """
    if look.token == "missing":
        return None
    # By the real clock: moving that of the sandbox must not spoil what the app reads by its own.
    now = datetime.now(UTC)
    if look.token == "expired" and not is_asked_for:
        now -= timedelta(hours=1)
    claims = {
        "userId": _find_who(user, look),
        "companyId": user.company_id,
        "iat": now,
        "exp": now + TOKEN_LIFETIME,
    }
    if look.token == "alg_none":
        return jwt.encode(claims, None, algorithm="none")
    is_wrong = look.token == "wrong_secret"
    secret = WRONG_SECRET if is_wrong else settings.SANDBOX_PIPEDRIVE_JWT_SECRET
    return jwt.encode(claims, secret, algorithm="HS256")


def _choose(request: HttpRequest, name: str, switch: str) -> Any:
    given = request.GET.get(name, "")
    allowed = {str(value): value for value in switches.CHOICES[switch]}
    return allowed.get(given, switches.get(switch))


def _find_who(user: User, look: Look) -> int:
    if look.token != "not_installed":
        return user.pk
    without = User.objects.filter(company=user.company_id, installation__isnull=True)
    if without.filter(pk=user.pk).exists():
        return user.pk
    return without.order_by("pk").values_list("pk", flat=True).first() or STRANGER_ID
