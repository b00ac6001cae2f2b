"""
What lives on one Xero user's grant, and how a part of it is given back (xero-api §2.2, §2.4).

Revoking ends every organisation of that user, and deleting a tenant ends it for all who use it. So
Xero is told only of what nobody here uses any more: other companies, or colleagues, may.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import structlog
from django.db.models import Exists, OuterRef, Q, QuerySet

from connections import access, audit, errors, renewal
from connections.models import (
    Company,
    PersonalXeroLink,
    User,
    XeroAuthorisation,
    XeroConnection,
)
from connections.models.authorisations import AuthorisationState

log = structlog.get_logger(__name__)

FRESH_SECONDS = 60


def give_back(
    authorisation: XeroAuthorisation,
    *,
    company: Company,
    tenant_id: UUID,
    xero_connection_id: UUID,
    now: datetime,
) -> None:
    """
    Give a tenant back, and with the last use the whole grant, erased here whatever comes (P-22).

    Call it after the row that used it was ended. No error of Xero is raised: it is logged.
    """
    is_last = not is_used(authorisation)
    if not is_last and is_used(authorisation, tenant_id=tenant_id):
        return
    try:
        if authorisation.state == AuthorisationState.ACTIVE:
            fresh = authorisation
            if not renewal.is_fresh(authorisation, now=now, margin_seconds=FRESH_SECONDS):
                fresh = renewal.renew(authorisation, refresh=access.refresh_xero, now=now)
            with access.open_tenants(fresh, company=company, now=now) as session:
                session.call(lambda xero: xero.delete_connection(str(xero_connection_id)))
            if is_last:
                access.revoke_xero(fresh)
    except (errors.ProviderError, access.NotConnected) as exc:
        log.warning("give_back_unconfirmed", tenant=str(tenant_id), error=type(exc).__name__)
    if is_last:
        renewal.wipe(authorisation)


def give_back_unused(authorisation: XeroAuthorisation) -> None:
    """Revoke and erase a grant that came in and serves nothing; leave one that does."""
    if is_used(authorisation):
        return
    try:
        access.revoke_xero(authorisation)
    except errors.ProviderError as exc:
        log.warning("revoke_unconfirmed", error=exc.code)
    renewal.wipe(authorisation)


def is_used(authorisation: XeroAuthorisation, *, tenant_id: UUID | None = None) -> bool:
    """Whether a connection or a personal link lives on a grant, of one tenant or of any."""
    connections = (
        XeroConnection.objects.across_companies()
        .filter(authorisation=authorisation)
        .exclude(state=XeroConnection.State.ENDED)
    )
    links = (
        PersonalXeroLink.objects.across_companies()
        .filter(authorisation=authorisation)
        .exclude(state=PersonalXeroLink.State.ENDED)
    )
    if tenant_id is not None:
        connections = connections.filter(tenant_id=tenant_id)
        links = links.filter(connection__tenant_id=tenant_id)
    return connections.exists() or links.exists()


def note_unused(authorisations: Iterable[XeroAuthorisation | None], *, now: datetime) -> None:
    """Note which of these grants nothing lives on any more; in the transaction that ended it."""
    ids = [each.pk for each in authorisations if each is not None]
    rows = XeroAuthorisation.objects.filter(pk__in=ids, unused_since__isnull=True)
    rows.filter(nothing_lives_on()).update(unused_since=now)


def nothing_lives_on() -> Q:
    """Return the filter of `XeroAuthorisation` for grants that `is_used` says no to."""
    connections = XeroConnection.objects.across_companies().filter(authorisation=OuterRef("pk"))
    links = PersonalXeroLink.objects.across_companies().filter(authorisation=OuterRef("pk"))
    return ~Exists(connections.exclude(state=XeroConnection.State.ENDED)) & ~Exists(
        links.exclude(state=PersonalXeroLink.State.ENDED)
    )


def end_links(
    rows: QuerySet[PersonalXeroLink], *, by: User | None, now: datetime
) -> list[PersonalXeroLink]:
    """
    End personal links, in the caller's transaction; `give_back_links` afterwards tells Xero.

    What was pressed with them and not sent yet is refused unsent by a worker.

    :param rows: scoped to whom it concerns
    :return: those that this call ended
    """
    ended = []
    live = rows.exclude(state=PersonalXeroLink.State.ENDED).select_related(
        "authorisation", "connection", "company"
    )
    for link in live.select_for_update(of=("self",)):
        before = link.state
        link.state, link.state_changed_at = PersonalXeroLink.State.ENDED, now
        link.save(update_fields=["state", "state_changed_at"])
        audit.record(
            "xero.personal_link_ended",
            company=link.company,
            actor=by,
            subject=f"personal_xero_link:{link.pk}",
            before={"state": before},
            after={"state": link.state},
            now=now,
        )
        ended.append(link)
    note_unused([link.authorisation for link in ended], now=now)
    return ended


def give_back_links(links: Iterable[PersonalXeroLink], *, now: datetime) -> None:
    """Give back in Xero what ended personal links used. Not inside a transaction: it calls Xero."""
    for link in links:
        give_back(
            link.authorisation,
            company=link.company,
            tenant_id=link.connection.tenant_id,
            xero_connection_id=link.xero_connection_id,
            now=now,
        )
