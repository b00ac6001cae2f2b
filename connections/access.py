"""
The only door to a vendor: a ready client for a connection or a person, or why there is none.

A session makes calls, keeps what is known of each, and draws the consequences once: a 401 renews
and repeats one time, a 429 pauses the whole organisation, a lost grant stops the traffic (P-9).
Threads do network only; the database is touched by the thread that opened the session.
"""

from __future__ import annotations

import importlib
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings

from connections import (
    audit,
    call_places,
    carriers,
    consequences,
    errors,
    gates,
    http,
    queries,
    renewal,
    statements,
    vault,
)
from connections.models import (
    Company,
    Membership,
    PersonalXeroLink,
    PipedriveAuthorisation,
    XeroAuthorisation,
    XeroConnection,
)
from connections.models.authorisations import AuthorisationState
from connections.pipedrive import client as pipedrive_client
from connections.pipedrive import dialect as pipedrive_dialect
from connections.pipedrive import oauth as pipedrive_oauth
from connections.runtime import Runtime, snapshot
from connections.secrets import Secret
from connections.sessions import Client, Session, Value
from connections.sessions import LinkEnded as LinkEnded
from connections.sessions import NotConnected as NotConnected
from connections.sessions import Outcome as Outcome
from connections.sessions import attempt as attempt
from connections.tokens import TokenSet
from connections.xero import client as xero_client
from connections.xero import dialect as xero_dialect
from connections.xero import oauth as xero_oauth
from connections.xero import tenants

# A grant that is asked about itself needs its token for the next calls only.
GRANT_MARGIN_SECONDS = 60


@dataclass
class XeroSession(Session[xero_client.XeroClient]):
    """Calls to one tenant, as the Xero user who connected it or as a person's own (R-3)."""

    connection: XeroConnection = field(kw_only=True)
    authorisation: XeroAuthorisation = field(kw_only=True)
    personal_link: PersonalXeroLink | None = field(kw_only=True, default=None)
    runtime: Runtime = field(kw_only=True)
    # Places that its reads hold, until it is closed or who writes through it takes over.
    places: list[uuid.UUID] = field(kw_only=True, default_factory=list)
    # What a press reads may take the last place; what it writes is counted by its lease.
    is_press: bool = field(kw_only=True, default=False)
    is_counted: bool = field(kw_only=True, default=False)

    def close(self) -> None:
        """Store the calls and give the places back."""
        super().close()
        self.places.clear()

    def _take_places(self, most: int) -> int:
        if self.is_counted:
            return most
        if (missing := most - len(self.places)) > 0:
            self.places += call_places.take(
                self.connection,
                missing,
                now=self.later,
                runtime=self.runtime,
                is_press=self.is_press,
            )
        return min(most, len(self.places))

    def records(self) -> list[statements.Statement]:
        """Return what stores the calls, and what they say of the connection's health."""
        consequences.note_app_minute(self.connection, self.calls, now=self.now)
        health = consequences.record_health(self.connection, self.calls, now=self.now)
        return [*health, *super().records(), *call_places.giving_back(self.places)]

    def _renew(self) -> None:
        self.authorisation = renewal.renew(self.authorisation, refresh=refresh_xero, now=self.now)
        self.client = _build_xero(self.authorisation, str(self.connection.tenant_id), self.calls)

    def _note(self, error: errors.ProviderError) -> None:
        consequences.note_xero(
            self.connection, error, now=self.now, personal_link=self.personal_link
        )


@dataclass
class PipedriveSession(Session[pipedrive_client.PipedriveClient]):
    """Calls as one person, with that person's rights in Pipedrive (P-11)."""

    authorisation: PipedriveAuthorisation = field(kw_only=True)
    deadline_seconds: float | None = None

    def close(self) -> None:
        """Store the calls, and when the grant last worked."""
        consequences.note_pipedrive_health(self.authorisation, self.calls, now=self.now)
        super().close()

    def _renew(self) -> None:
        self.authorisation = renewal.renew(
            self.authorisation, refresh=refresh_pipedrive, now=self.now
        )
        self.client = _build_pipedrive(self.authorisation, self.calls, self.deadline_seconds)

    def _note(self, error: errors.ProviderError) -> None:
        consequences.note_pipedrive(self.authorisation, error, now=self.now)


def open_xero(
    connection: XeroConnection,
    *,
    now: datetime,
    runtime: Runtime | None = None,
    personal_link: PersonalXeroLink | None = None,
    is_check: bool = False,
) -> XeroSession:
    """
    Return a session for a connection, its token renewed if it is about to end.

    :param personal_link: to call as this person's own Xero user, its authorisation loaded (R-3)
    :param is_check: to ask whether a connection that is shut for a reason of Xero's (a role, the
        organisation) works again
    :raises NotConnected: the connection is not usable; LinkEnded: the person's own link is not
    :raises errors.ProviderError: the token could not be renewed (Revoked: a person must reconnect)
    """
    authorisation = connection.authorisation
    is_allowed = connection.state in gates.CHECKED_STATES if is_check else connection.is_usable
    if not is_allowed or authorisation is None:
        raise NotConnected(connection.state)
    if personal_link is not None:
        if personal_link.state != PersonalXeroLink.State.ACTIVE:
            raise LinkEnded(personal_link.state)
        authorisation = personal_link.authorisation
    runtime = runtime or snapshot()
    margin = runtime.renew_before_seconds
    if not renewal.is_fresh(authorisation, now=now, margin_seconds=margin):
        try:
            authorisation = renewal.renew(authorisation, refresh=refresh_xero, now=now)
        except errors.ProviderError as exc:
            consequences.note_xero(connection, exc, now=now, personal_link=personal_link)
            raise
        (personal_link or connection).authorisation = authorisation
    calls: list[http.Call] = []
    return XeroSession(
        client=_build_xero(authorisation, str(connection.tenant_id), calls),
        now=now,
        company_id=connection.company_id,
        calls=calls,
        connection=connection,
        authorisation=authorisation,
        personal_link=personal_link,
        runtime=runtime,
    )


@dataclass
class GrantSession(Session[Client]):
    """Calls with a grant that has no connection yet: a 401 is an answer, not a reason to renew."""

    def _renew(self) -> None:
        raise errors.Revoked(vendor="xero", operation="connect", detail="new grant refused")

    def _note(self, error: errors.ProviderError) -> None:
        """Nothing is stored yet that an error could change."""


def open_grant(
    authorisation: XeroAuthorisation, *, company: Company, tenant_id: str, now: datetime
) -> GrantSession[xero_client.XeroClient]:
    """Return a session for one tenant of a grant, before it is connected."""
    calls: list[http.Call] = []
    client = _build_xero(authorisation, tenant_id, calls)
    return GrantSession(client=client, now=now, company_id=company.pk, calls=calls)


def open_tenants(
    authorisation: XeroAuthorisation, *, company: Company, now: datetime
) -> GrantSession[tenants.TenantsClient]:
    """Return a session that asks which tenants a grant reaches, or drops one; renews as needed."""
    if not renewal.is_fresh(authorisation, now=now, margin_seconds=GRANT_MARGIN_SECONDS):
        authorisation = renewal.renew(authorisation, refresh=refresh_xero, now=now)
    calls: list[http.Call] = []
    client = tenants.TenantsClient(
        _xero_transport(calls),
        api_url=settings.XERO_API_URL,
        access_token=_open_access_token(authorisation),
    )
    return GrantSession(client=client, now=now, company_id=company.pk, calls=calls)


def open_pipedrive(
    membership: Membership,
    *,
    now: datetime,
    runtime: Runtime | None = None,
    deadline_seconds: float | None = None,
) -> PipedriveSession:
    """
    Return a session with this person's own Pipedrive grant.

    :param deadline_seconds: how long a call may take, where a person waits; None for the usual
    :raises NotConnected: they have not connected Pipedrive, or their grant has ended
    :raises errors.ProviderError: the token could not be renewed
    """
    authorisation = queries.pipedrive_authorisation(membership)
    if authorisation is None:
        raise NotConnected("none")
    if authorisation.state != AuthorisationState.ACTIVE:
        raise NotConnected(authorisation.state)
    margin = (runtime or snapshot()).renew_before_seconds
    if not renewal.is_fresh(authorisation, now=now, margin_seconds=margin):
        authorisation = renewal.renew(authorisation, refresh=refresh_pipedrive, now=now)
    calls: list[http.Call] = []
    return PipedriveSession(
        client=_build_pipedrive(authorisation, calls, deadline_seconds),
        now=now,
        company_id=membership.company_id,
        calls=calls,
        authorisation=authorisation,
        deadline_seconds=deadline_seconds,
    )


def pipedrive_with_token(api_domain: str, access_token: Secret) -> pipedrive_client.PipedriveClient:
    """Return a client for a token that has no row yet: the one call that says whose it is."""
    return _pipedrive(api_domain, access_token, [])


def refresh_xero(row: XeroAuthorisation) -> TokenSet:
    """Ask Xero for a new token pair (the `refresh` of `renewal.renew`)."""
    return _ask_xero_identity(xero_oauth.refresh, row)


def refresh_pipedrive(row: PipedriveAuthorisation) -> TokenSet:
    """Ask Pipedrive for a new token pair (the `refresh` of `renewal.renew`)."""
    return _ask_pipedrive_identity(pipedrive_oauth.refresh, row)


def revoke_xero(row: XeroAuthorisation) -> None:
    """
    Give a whole Xero grant back: all tenants of that user.

    :raises errors.ProviderError: Xero did not confirm it
    """
    _ask_xero_identity(xero_oauth.revoke, row)


def revoke_pipedrive(row: PipedriveAuthorisation) -> None:
    """
    Give a person's Pipedrive grant back, which uninstalls the app for them.

    :raises errors.ProviderError: Pipedrive did not confirm it
    """
    _ask_pipedrive_identity(pipedrive_oauth.revoke, row)


def _ask_xero_identity(ask: Callable[..., Value], row: XeroAuthorisation) -> Value:
    return ask(
        carriers.to_identity(xero_oauth.DIALECT, settings.XERO_IDENTITY_URL),
        settings.XERO_IDENTITY_URL,
        client_id=settings.XERO_CLIENT_ID,
        client_secret=Secret(settings.XERO_CLIENT_SECRETS[0]),
        refresh_token=vault.open_sealed(row.refresh_token, row=row, field="refresh_token"),
    )


def _ask_pipedrive_identity(ask: Callable[..., Value], row: PipedriveAuthorisation) -> Value:
    return ask(
        carriers.to_oauth(pipedrive_oauth.DIALECT, settings.PIPEDRIVE_OAUTH_URL),
        settings.PIPEDRIVE_OAUTH_URL,
        client_id=settings.PIPEDRIVE_CLIENT_ID,
        client_secret=Secret(settings.PIPEDRIVE_CLIENT_SECRETS[0]),
        refresh_token=vault.open_sealed(row.refresh_token, row=row, field="refresh_token"),
    )


def _build_xero(
    authorisation: XeroAuthorisation, tenant_id: str, calls: list[http.Call]
) -> xero_client.XeroClient:
    # xero-python costs 110 ms and 5 MB: a process that never calls Xero does not load it.
    sdk = importlib.import_module("connections.xero.sdk")
    accounting = sdk.build(
        _xero_transport(calls),
        api_url=settings.XERO_API_URL,
        tenant_id=tenant_id,
        access_token=_open_access_token(authorisation),
    )
    return xero_client.XeroClient(accounting)


def _xero_transport(calls: list[http.Call]) -> http.Transport:
    return http.Transport(
        carriers.pool(),
        xero_dialect.XeroDialect(),
        allowed_origins=carriers.origins_of(settings.XERO_API_URL),
        on_call=calls.append,
        correlation_id=audit.correlation_id(),
        deadline_seconds=settings.PROVIDER_DEADLINE_SECONDS,
    )


def _open_access_token(row: XeroAuthorisation | PipedriveAuthorisation) -> Secret:
    return vault.open_sealed(row.access_token, row=row, field="access_token")


def _build_pipedrive(
    authorisation: PipedriveAuthorisation, calls: list[http.Call], deadline_seconds: float | None
) -> pipedrive_client.PipedriveClient:
    token = _open_access_token(authorisation)
    return _pipedrive(authorisation.api_domain, token, calls, deadline_seconds)


def _pipedrive(
    api_domain: str,
    token: Secret,
    calls: list[http.Call],
    deadline_seconds: float | None = None,
) -> pipedrive_client.PipedriveClient:
    transport = http.Transport(
        carriers.session_pool(),
        pipedrive_dialect.PipedriveDialect(),
        allowed_origins=re.compile(settings.PIPEDRIVE_API_HOSTS),
        on_call=calls.append,
        correlation_id=audit.correlation_id(),
        deadline_seconds=deadline_seconds or settings.PROVIDER_DEADLINE_SECONDS,
    )
    return pipedrive_client.PipedriveClient(transport, api_domain=api_domain, access_token=token)
