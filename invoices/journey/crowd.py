"""
Many companies with both sides connected, whose every secret is known: for tests from outside.

Grants come from the sandbox's control; they are stored by the services that a person's consent
uses, so nothing here is simpler than in life. Only the sandbox has that control.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings

from connections import access, security, services, xero_services
from connections.models import Membership, SecurityStatement, User
from connections.secrets import Secret
from connections.tokens import TokenSet
from invoices.journey.truth import Sandbox


def seed(count: int, *, now: datetime) -> Iterator[dict[str, Any]]:
    """
    Make so many companies, and yield each with its secrets in clear. Those that are there already
    get new tokens.
    """
    sandbox = Sandbox(settings.XERO_API_URL)
    sandbox.call("pipedrive/crowd", {"count": count})
    slugs = sandbox.call("xero/crowd", {"count": count})["slugs"]
    for number, slug in enumerate(slugs, start=1):
        yield _connect(sandbox, number, slug, now=now)


def _connect(sandbox: Sandbox, number: int, slug: str, *, now: datetime) -> dict[str, Any]:
    email, password = f"admin@{slug}.example", f"known-password-{number:06}"
    user = User.objects.filter(email=email).first() or User.objects.create_user(email)
    user.set_password(password)
    user.first_name, user.last_name = "Alex", slug.title()
    user.save()
    EmailAddress.objects.update_or_create(
        user=user, email=email, defaults={"verified": True, "primary": True}
    )
    pipedrive = sandbox.call("pipedrive/connect", {"email": email})
    tokens = _tokens(pipedrive, api_domain=settings.PIPEDRIVE_OAUTH_URL)
    me = access.pipedrive_with_token(tokens.api_domain, tokens.access_token).get_me()
    membership = services.finish_pipedrive(
        user=user, company_id=None, me=me, tokens=tokens, now=now
    )
    Membership.objects.for_company(membership.company).filter(pk=membership.pk).update(
        role=Membership.Role.ADMIN, can_create=True, can_approve=True, can_void=True
    )
    if not membership.company.is_security_stated:
        security.state(membership, method=SecurityStatement.Method.TWO_FACTOR, now=now)
    xero = sandbox.call("xero/connect", {"email": email, "slugs": [slug]})
    authorisation = xero_services.store_grant(
        xero_user_id=UUID(xero["xero_userid"]), email=email, tokens=_tokens(xero), now=now
    )
    (tenant,) = xero_services.list_tenants(authorisation, company=membership.company, now=now)
    connection = xero_services.connect_tenant(
        company=membership.company, authorisation=authorisation, tenant=tenant, by=user, now=now
    )
    return {
        "company_id": membership.company_id,
        "connection_id": connection.pk,
        "tenant_id": str(connection.tenant_id),
        "pipedrive_company_id": me.company_id,
        "email": email,
        "password": password,
        "secrets": {
            "pipedrive_access_token": pipedrive["access_token"],
            "pipedrive_refresh_token": pipedrive["refresh_token"],
            "xero_access_token": xero["access_token"],
            "xero_refresh_token": xero["refresh_token"],
        },
    }


def _tokens(grant: dict[str, Any], *, api_domain: str = "") -> TokenSet:
    return TokenSet(
        access_token=Secret(grant["access_token"]),
        refresh_token=Secret(grant["refresh_token"]),
        expires_in=grant["expires_in"],
        scopes=tuple(grant["scope"].replace(",", " ").split()),
        api_domain=api_domain,
    )
