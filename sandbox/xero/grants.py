"""Codes, tokens and connections: what the pretend Xero's identity service decides."""

import base64
import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from sandbox.core import clients, signing, switches
from sandbox.xero.models import (
    AccessToken,
    AuthorisationCode,
    Connection,
    Grant,
    Membership,
    Organisation,
    Person,
    RefreshToken,
    new_guid,
)

LINKING_ROLES = ("STANDARD", "FINANCIALADVISER")


class TokenRefused(Exception):
    """The token endpoint says no; the argument is the OAuth error code."""


def allow(
    *, person: Person, organisations: list[Organisation], scope_text: str, now: datetime
) -> tuple[Grant, str]:
    """Record a person's consent and return the grant with the consent's event id."""
    event_id = new_guid()
    with transaction.atomic():
        grant, _ = Grant.objects.get_or_create(
            person=person, client_id=clients.XERO.client_id, defaults={"scopes": ""}
        )
        grant.scopes = _join(grant.scopes, scope_text)
        grant.is_revoked = False
        grant.save()
        for organisation in organisations:
            _link(grant, organisation, event_id, now)
    return grant, event_id


def issue_code(
    *,
    grant: Grant,
    event_id: str,
    redirect_uri: str,
    scope_text: str,
    challenge: str,
    nonce: str,
    now: datetime,
) -> str:
    """Return a one-use code for the token endpoint."""
    code = secrets.token_urlsafe(32)
    AuthorisationCode.objects.create(
        code=code,
        grant=grant,
        redirect_uri=redirect_uri,
        scopes=scope_text,
        challenge=challenge,
        nonce=nonce,
        auth_event_id=event_id,
        issued_at=now,
    )
    return code


def exchange_code(
    *, code: str, redirect_uri: str, verifier: str, issuer: str, now: datetime
) -> dict[str, Any]:
    """
    Return the token answer for a code.

    :raises TokenRefused: unknown, used or old code, other redirect address, wrong verifier
    """
    lifetime = timedelta(seconds=switches.get("xero_code_ttl"))
    with transaction.atomic():
        row = AuthorisationCode.objects.select_related("grant__person").filter(code=code).first()
        if row is None or row.is_used or now - row.issued_at > lifetime:
            raise TokenRefused("invalid_grant")
        AuthorisationCode.objects.filter(pk=code).update(is_used=True)
        if row.redirect_uri != redirect_uri or row.grant.is_revoked:
            raise TokenRefused("invalid_grant")
        if row.challenge and row.challenge != _challenge_of(verifier):
            raise TokenRefused("invalid_grant")
        # A newer consent replaces the usable tokens of an older one.
        RefreshToken.objects.filter(grant=row.grant).delete()
        return issue_tokens(
            row.grant,
            event_id=row.auth_event_id,
            scope_text=row.scopes,
            nonce=row.nonce,
            issuer=issuer,
            now=now,
        )


def refresh(*, token: str, issuer: str, now: datetime) -> dict[str, Any]:
    """
    Return a new token answer; the token given stays good for its grace after this first use.

    :raises TokenRefused: unknown, revoked, or used longer ago than the grace
    """
    with transaction.atomic():
        row = RefreshToken.objects.select_related("grant__person").filter(token=token).first()
        if row is None or row.grant.is_revoked:
            raise TokenRefused("invalid_grant")
        grace = timedelta(seconds=switches.get("xero_refresh_grace"))
        if row.first_used_at is not None and now - row.first_used_at > grace:
            raise TokenRefused("invalid_grant")
        if now - row.issued_at > timedelta(seconds=switches.get("xero_refresh_ttl")):
            raise TokenRefused("invalid_grant")
        if row.first_used_at is None:
            RefreshToken.objects.filter(pk=token).update(first_used_at=now)
        return issue_tokens(
            row.grant,
            event_id=row.auth_event_id,
            scope_text=row.grant.scopes,
            nonce="",
            issuer=issuer,
            now=now,
        )


def issue_tokens(
    grant: Grant, *, event_id: str, scope_text: str, nonce: str, issuer: str, now: datetime
) -> dict[str, Any]:
    """Return the token endpoint's answer: access token, and the others the scopes ask for."""
    lifetime = int(switches.get("xero_access_ttl"))
    granted = scope_text.split()
    answer: dict[str, Any] = {}
    access = signing.sign(_access_claims(grant, event_id, granted, issuer, lifetime, now))
    AccessToken.objects.create(
        digest=digest(access),
        grant=grant,
        scopes=scope_text,
        expires_at=now + timedelta(seconds=lifetime),
    )
    if "openid" in granted:
        answer["id_token"] = signing.sign(_id_claims(grant, access, granted, nonce, issuer, now))
    answer |= {"access_token": access, "expires_in": lifetime, "token_type": "Bearer"}
    if "offline_access" in granted:
        answer["refresh_token"] = secrets.token_urlsafe(32)
        RefreshToken.objects.create(
            token=answer["refresh_token"],
            grant=grant,
            auth_event_id=event_id,
            scopes=scope_text,
            issued_at=now,
        )
    return answer | {"scope": scope_text}


def revoke(token: str) -> None:
    """End the whole grant a refresh token belongs to; an unknown token is no error."""
    row = RefreshToken.objects.select_related("grant").filter(token=token).first()
    if row is not None:
        end_grant(row.grant)


def end_grant(grant: Grant) -> None:
    """Drop every token and connection of a grant."""
    with transaction.atomic():
        Grant.objects.filter(pk=grant.pk).update(is_revoked=True, scopes="")
        RefreshToken.objects.filter(grant=grant).delete()
        AccessToken.objects.filter(grant=grant).delete()
        Connection.objects.filter(grant=grant).delete()


def find_access(token: str, *, now: datetime) -> AccessToken | None:
    """Return the stored access token if it is known, not expired and not revoked."""
    row = AccessToken.objects.select_related("grant__person").filter(digest=digest(token)).first()
    return row if row and row.expires_at > now and not row.grant.is_revoked else None


def reaches(connection: Connection, role: str | None) -> bool:
    """Whether the linking person may still act: not removed, and not demoted since linking."""
    if role is None or role in ("REMOVED", "UNKNOWN"):
        return False
    return role in LINKING_ROLES or role == connection.role_when_linked


def digest(token: str) -> str:
    """Return what is stored of an access token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _link(grant: Grant, organisation: Organisation, event_id: str, now: datetime) -> None:
    role = Membership.objects.get(organisation=organisation, person=grant.person).role
    connection, is_new = Connection.objects.get_or_create(
        grant=grant,
        organisation=organisation,
        defaults={
            "auth_event_id": event_id,
            "role_when_linked": role,
            "created_at": now,
            "updated_at": now,
        },
    )
    if not is_new:  # it keeps the event it was first linked in
        Connection.objects.filter(pk=connection.pk).update(updated_at=now, role_when_linked=role)


def _join(held: str, asked: str) -> str:
    return " ".join(dict.fromkeys([*held.split(), *asked.split()]))


def _challenge_of(verifier: str) -> str:
    hashed = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()


def _access_claims(
    grant: Grant, event_id: str, granted: list[str], issuer: str, lifetime: int, now: datetime
) -> dict[str, Any]:
    issued = int(now.timestamp())
    return {
        "nbf": issued,
        "exp": issued + lifetime,
        "iss": issuer,
        "aud": f"{issuer}/resources",
        "client_id": grant.client_id,
        "sub": _subject(grant),
        "auth_time": issued,
        "xero_userid": grant.person.user_id,
        "global_session_id": hashlib.md5(event_id.encode(), usedforsecurity=False).hexdigest(),
        "jti": secrets.token_hex(16),
        "authentication_event_id": event_id,
        "scope": granted,
    }


def _id_claims(
    grant: Grant, access: str, granted: list[str], nonce: str, issuer: str, now: datetime
) -> dict[str, Any]:
    issued, person = int(now.timestamp()), grant.person
    half = hashlib.sha256(access.encode()).digest()[:16]
    claims: dict[str, Any] = {
        "nbf": issued,
        "exp": issued + 300,
        "iss": issuer,
        "aud": grant.client_id,
        "iat": issued,
        "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
        "sid": secrets.token_hex(16),
        "sub": _subject(grant),
        "auth_time": issued,
        "amr": ["pwd"],
    }
    if nonce:
        claims["nonce"] = nonce
    if "profile" in granted:
        claims |= {
            "xero_userid": person.user_id,
            "given_name": person.first_name,
            "family_name": person.last_name,
            "name": str(person),
        }
    if "email" in granted:
        claims |= {"email": person.email, "preferred_username": person.email}
    return claims


def _subject(grant: Grant) -> str:
    return hashlib.md5(grant.person.user_id.encode(), usedforsecurity=False).hexdigest()
