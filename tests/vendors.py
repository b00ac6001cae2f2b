"""
The sandbox for tests inside one process: real HTTP to a real server, our own code in between.

`vendors` is started once a session and put back to its seed for each test that asks for it; the
product's addresses point at it. `connected` gives a company whose Pipedrive and Xero grants come
from the sandbox's control, stored by the services that a person's consent would use.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from django.utils import timezone

from connections import access, personal, security, services, xero_services
from connections.models import (
    Company,
    Membership,
    PersonalXeroLink,
    SecurityStatement,
    User,
    XeroConnection,
)
from connections.secrets import Secret
from connections.tokens import TokenSet
from tests.live import fetch_json, list_free_ports, wait_until

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Vendors:
    """The running sandbox."""

    pipedrive_url: str
    xero_url: str

    def control(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Call the sandbox's control: GET without a body, POST with one. `path` has no prefix."""
        return fetch_json(f"{self.xero_url}/_sandbox/{path}", body)

    def invoices(self, tenant_id: object) -> list[dict[str, Any]]:
        """Return the truth: every invoice of a tenant as the API would give it."""
        found: list[dict[str, Any]] = self.holds(tenant_id, "invoices")
        return found

    def holds(self, tenant_id: object, part: str) -> Any:
        """Return one part of the truth about a tenant: contacts, items, users, outbox..."""
        return self.control(f"xero/{tenant_id}/holds/{part}")


@dataclass(frozen=True)
class Connected:
    """A company with both sides connected."""

    company: Company
    membership: Membership
    connection: XeroConnection
    vendors: Vendors

    @property
    def user(self) -> User:
        """The person who connected it: the company's admin."""
        return self.membership.user


@pytest.fixture(scope="session")
def _sandbox_process() -> Iterator[Vendors]:
    pipedrive, xero = list_free_ports(2)
    vendors = Vendors(f"http://127.0.0.1:{pipedrive}", f"http://127.0.0.1:{xero}")
    with tempfile.TemporaryDirectory() as directory:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "sandbox",
                f"--pipedrive=127.0.0.1:{pipedrive}",
                f"--xero=127.0.0.1:{xero}",
                f"--state={directory}/sandbox.sqlite3",
                "--app-url=http://testserver",
            ],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_until(lambda: _answers(vendors), seconds=120)
            yield vendors
        finally:
            process.terminate()
            process.wait(timeout=10)


@pytest.fixture
def vendors(_sandbox_process: Vendors, settings: Any) -> Vendors:
    """The sandbox at its seed, with the product's addresses pointing at it."""
    running = _sandbox_process
    settings.PIPEDRIVE_OAUTH_URL = running.pipedrive_url
    settings.PIPEDRIVE_API_HOSTS = f"^{re.escape(running.pipedrive_url)}$"
    for name in ("XERO_API_URL", "XERO_IDENTITY_URL", "XERO_LOGIN_URL", "XERO_WEB_URL"):
        setattr(settings, name, running.xero_url)
    providers = settings.SOCIALACCOUNT_PROVIDERS
    for app in providers["openid_connect"]["APPS"]:
        app["settings"]["server_url"] = (
            running.xero_url if app["provider_id"] == "xero" else f"{running.pipedrive_url}/sso"
        )
    running.control("reset", {})
    cache.clear()  # what was counted and kept for the last test's people
    return running


@pytest.fixture
def connected(vendors: Vendors, db: None) -> Connected:
    """Brightside Interiors as Emma Clarke connected it."""
    return connect(vendors, "emma.clarke@brightside.example", "brightside")


def connect(
    vendors: Vendors, email: str, slug: str | None, *, role: str = Membership.Role.ADMIN
) -> Connected:
    """
    Connect a person's Pipedrive user and, with a slug, their company's Xero organisation.

    :param slug: the sandbox's short name of the Xero organisation; None keeps what there is
    """
    now = timezone.now()
    user = User.objects.filter(email=email).first() or User.objects.create_user(email)
    membership = connect_pipedrive(vendors, user, now=now)
    Membership.objects.across_companies().filter(pk=membership.pk).update(role=role)
    membership.refresh_from_db()
    if slug is not None:
        security.state(membership, method=SecurityStatement.Method.TWO_FACTOR, now=now)
        connection = connect_xero(vendors, membership, slug, now=now)
    else:
        connection = XeroConnection.objects.for_company(membership.company).get()
    return Connected(membership.company, membership, connection, vendors)


def connect_pipedrive(vendors: Vendors, user: User, *, now: datetime) -> Membership:
    """Store a Pipedrive grant as the consent's end does."""
    grant = vendors.control("pipedrive/connect", {"email": user.email})
    tokens = TokenSet(
        access_token=Secret(grant["access_token"]),
        refresh_token=Secret(grant["refresh_token"]),
        expires_in=grant["expires_in"],
        scopes=tuple(grant["scope"].split(",")),
        api_domain=vendors.pipedrive_url,
    )
    me = access.pipedrive_with_token(tokens.api_domain, tokens.access_token).get_me()
    return services.finish_pipedrive(user=user, company_id=None, me=me, tokens=tokens, now=now)


def connect_xero(
    vendors: Vendors, membership: Membership, slug: str, *, now: datetime
) -> XeroConnection:
    """Store a Xero grant and connect the organisation as the consent's end does."""
    grant = vendors.control("xero/connect", {"email": membership.user.email, "slugs": [slug]})
    authorisation = xero_services.store_grant(
        xero_user_id=UUID(grant["xero_userid"]),
        email=membership.user.email,
        tokens=TokenSet(
            access_token=Secret(grant["access_token"]),
            refresh_token=Secret(grant["refresh_token"]),
            expires_in=grant["expires_in"],
            scopes=(),
        ),
        now=now,
    )
    wanted = grant["connections"][0]["tenantId"]
    tenants = xero_services.list_tenants(authorisation, company=membership.company, now=now)
    return xero_services.connect_tenant(
        company=membership.company,
        authorisation=authorisation,
        tenant=next(tenant for tenant in tenants if tenant.tenant_id == wanted),
        by=membership.user,
        now=now,
    )


def link_personally(
    connected: Connected, email: str, slug: str = "brightside", *, now: datetime | None = None
) -> PersonalXeroLink:
    """Link this member's own Xero user, as their consent's end does."""
    now = now or timezone.now()
    grant = connected.vendors.control("xero/connect", {"email": email, "slugs": [slug]})
    link = personal.link(
        membership=connected.membership,
        xero_user_id=UUID(grant["xero_userid"]),
        email=email,
        tokens=TokenSet(
            access_token=Secret(grant["access_token"]),
            refresh_token=Secret(grant["refresh_token"]),
            expires_in=grant["expires_in"],
            scopes=tuple(grant["scope"].split()),
        ),
        now=now,
    )
    connected.membership.xero_link = link
    return link


def _answers(vendors: Vendors) -> bool:
    with suppress(OSError, ValueError):
        return bool(fetch_json(f"{vendors.xero_url}/_sandbox/settings"))
    return False
