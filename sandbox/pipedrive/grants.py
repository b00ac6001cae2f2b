"""Consents, codes and tokens of the pretend Pipedrive (fact sheet §1)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from sandbox.core import clients, clock, switches
from sandbox.pipedrive.models import (
    AccessToken,
    AuthorizationCode,
    Installation,
    RefreshToken,
    User,
)

# What the README's "Going live" asks an app to be registered with, and no more.
SCOPE = "base,deals:read,contacts:read,products:read,users:read,search:read,webhooks:full"


class InvalidGrant(Exception):
    """The code or refresh token does not entitle to a token."""


@dataclass(frozen=True)
class Tokens:
    """What the token route hands out."""

    access_token: str
    refresh_token: str
    expires_in: int
    scope: str
    user: User


def give_code(*, user: User, redirect_uri: str) -> str:
    """Record the user's consent as a code that may be exchanged once."""
    lifetime = timedelta(seconds=switches.get("pipedrive_code_ttl"))
    code = AuthorizationCode.objects.create(
        code=secrets.token_hex(20),
        user=user,
        redirect_uri=redirect_uri,
        expires_at=clock.now() + lifetime,
    )
    return code.code


def exchange_code(*, code: str, redirect_uri: str) -> Tokens:
    """
    Turn a code into an installation with its first tokens.

    :raises InvalidGrant: unknown, used, expired, or asked for with another redirect address
    """
    with transaction.atomic():
        taken = AuthorizationCode.objects.filter(
            code=code, redirect_uri=redirect_uri, is_used=False, expires_at__gt=clock.now()
        ).update(is_used=True)
        if not taken:
            raise InvalidGrant("Invalid grant: authorization code is invalid")
        user = AuthorizationCode.objects.select_related("user").get(code=code).user
        return install(user=user, redirect_uri=redirect_uri, scope=SCOPE)


def install(*, user: User, redirect_uri: str, scope: str) -> Tokens:
    """Install the app for a user, or install it again, and hand out tokens."""
    installation, _ = Installation.objects.update_or_create(
        user=user,
        defaults={
            "client_id": clients.PIPEDRIVE.client_id,
            "redirect_uri": redirect_uri,
            "scope": scope,
            "installed_at": clock.now(),
        },
    )
    return _issue(installation, refresh_token=_new_refresh(installation))


def refresh(refresh_token: str) -> Tokens:
    """
    Hand out a new access token; the refresh token's sixty days start again.

    Whether the refresh token is replaced is unconfirmed in life, so it is a switch here (§1.2).

    :raises InvalidGrant: unknown, revoked, already exchanged or sixty days unused
    """
    now = clock.now()
    with transaction.atomic():
        held = (
            RefreshToken.objects.select_related("installation__user")
            .filter(token=refresh_token, expires_at__gt=now)
            .first()
        )
        if held is None:
            raise InvalidGrant("Invalid grant: refresh token is invalid")
        if not held.is_live:
            raise InvalidGrant("Invalid grant: refresh token has already been exchanged")
        AccessToken.objects.filter(installation=held.installation, expires_at__lte=now).delete()
        if not switches.get("pipedrive_rotate_refresh"):
            held.expires_at = now + _refresh_lifetime()
            held.save(update_fields=["expires_at"])
            return _issue(held.installation, refresh_token=held.token)
        held.is_live = False
        held.save(update_fields=["is_live"])
        return _issue(held.installation, refresh_token=_new_refresh(held.installation))


def revoke(token: str) -> None:
    """End a token; ending a refresh token uninstalls the app for its user (§1.5)."""
    held = RefreshToken.objects.filter(token=token, is_live=True).first()
    if held is not None:
        held.installation.delete()
        return
    AccessToken.objects.filter(token=token).delete()


def find_access(token: str) -> AccessToken | None:
    """The access token a request carries, or None when it is unknown or expired."""
    return (
        AccessToken.objects.select_related("installation__user__company")
        .filter(token=token, expires_at__gt=clock.now())
        .first()
    )


def _refresh_lifetime() -> timedelta:
    return timedelta(seconds=switches.get("pipedrive_refresh_ttl"))


def _new_refresh(installation: Installation) -> str:
    user = installation.user
    return RefreshToken.objects.create(
        token=f"{user.company_id}:{user.pk}:{secrets.token_hex(20)}",
        installation=installation,
        expires_at=clock.now() + _refresh_lifetime(),
    ).token


def _issue(installation: Installation, *, refresh_token: str) -> Tokens:
    lifetime = switches.get("pipedrive_access_ttl")
    access = AccessToken.objects.create(
        token=f"v1u:{secrets.token_urlsafe(48)}",
        installation=installation,
        expires_at=clock.now() + timedelta(seconds=lifetime),
    )
    return Tokens(access.token, refresh_token, lifetime, installation.scope, installation.user)
