"""A member's own Xero user in the company's organisation: link it, end it, ask its rights (R-3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction

from connections import (
    access,
    audit,
    errors,
    gates,
    grants,
    organisations,
    queries,
    xero_services,
)
from connections.models import (
    Company,
    Membership,
    PersonalXeroLink,
    User,
    XeroAuthorisation,
    XeroConnection,
)
from connections.runtime import snapshot
from connections.tokens import TokenSet

log = structlog.get_logger(__name__)

State = PersonalXeroLink.State
CHECKED_AT_ONCE = 50
# Until a check has answered, another worker leaves the link alone for this long.
RETRY_AFTER = timedelta(minutes=10)


def link(
    *,
    membership: Membership,
    xero_user_id: UUID,
    email: str,
    tokens: TokenSet,
    now: datetime,
) -> PersonalXeroLink:
    """
    Let a member act as their own Xero user, whose consent brought these tokens.

    The tokens are stored in any case: a second consent of one Xero user has ended those of the
    first (xero-api §2.2), and the company's connection may live on them. A grant that serves
    nothing in the end is given back.

    :raises gates.Refused: "no_connection", "removed", "personal_tenant" (another organisation was
        chosen), or "personal_other_user" (they are linked as somebody else, and have to remove
        that first)
    :raises errors.ProviderError: Xero did not answer
    """
    authorisation = xero_services.store_grant(
        xero_user_id=xero_user_id, email=email, tokens=tokens, now=now
    )
    try:
        return _link(membership, authorisation, now=now)
    except (gates.Refused, errors.ProviderError):
        grants.give_back_unused(authorisation)
        raise


def end(link: PersonalXeroLink, *, by: User, now: datetime) -> bool:
    """
    End a personal link: here at once, in Xero if nothing else lives on it.

    What was pressed with it and not sent yet is refused unsent; nothing goes in another name.

    :return: False when it had ended already
    """
    rows = PersonalXeroLink.objects.for_company(link.company).filter(pk=link.pk)
    with transaction.atomic():
        ended = grants.end_links(rows, by=by, now=now)
    grants.give_back_links(ended, now=now)
    return bool(ended)


def check_rights_due(*, now: datetime) -> int:
    """
    Ask again for role and rights of personal links whose last answer has aged (R-2).

    Each is claimed by moving its time, so that two workers never ask for the same one.

    :return: how many were asked
    """
    age = timedelta(seconds=snapshot().gates_seconds)
    rows = PersonalXeroLink.objects.across_companies()
    due = rows.filter(
        state=State.ACTIVE,
        checked_at__lte=now - age,
        connection__state=XeroConnection.State.ACTIVE,
        company__state=Company.State.ACTIVE,
    ).select_related("authorisation", "connection__authorisation", "company")
    asked = 0
    for each in due.order_by("checked_at")[:CHECKED_AT_ONCE]:
        if each.connection.is_paused(now) or not rows.filter(
            pk=each.pk, checked_at=each.checked_at
        ).update(checked_at=now - age + RETRY_AFTER):
            continue
        asked += 1
        try:
            check_rights(each, now=now)
        except (errors.ProviderError, access.NotConnected) as exc:
            log.warning("personal_rights_unchecked", link=each.pk, error=type(exc).__name__)
    return asked


def check_rights(link: PersonalXeroLink, *, now: datetime) -> None:
    """
    Ask Xero what a linked user may do now; a lost right narrows at once what the person is offered.

    :raises access.NotConnected: the connection or the link is not usable
    :raises errors.ProviderError: Xero did not answer
    """
    with access.open_xero(link.connection, now=now, personal_link=link) as session:
        users, actions = session.gather(
            [lambda xero: xero.list_users(), lambda xero: xero.list_allowed_actions()]
        )
    for answer in (users, actions):
        if isinstance(answer, errors.ProviderError):
            raise answer
    role = gates.find_role(
        users, xero_user_id=str(link.authorisation.xero_user_id), email=link.authorisation.email
    )
    changed = {"role": role, "actions": sorted(actions)}
    before = {"role": link.role, "actions": link.actions}
    with transaction.atomic():
        # Only while it is still active: the person may have ended it meanwhile.
        is_live = (
            PersonalXeroLink.objects.for_company(link.company)
            .filter(pk=link.pk, state=State.ACTIVE)
            .update(**changed, checked_at=now)
        )
        if is_live and changed != before:
            _audit("xero.personal_rights_changed", link, None, before, changed, now=now)


def _link(
    membership: Membership, authorisation: XeroAuthorisation, *, now: datetime
) -> PersonalXeroLink:
    company = membership.company
    connection = queries.live_connection(company)
    if connection is None:
        raise gates.Refused("no_connection")
    tenants = xero_services.list_tenants(authorisation, company=company, now=now)
    wanted = str(connection.tenant_id)
    tenant = next((each for each in tenants if each.tenant_id.lower() == wanted), None)
    if tenant is None:
        raise gates.Refused("personal_tenant", connection.organisation_name)
    facts = organisations.ask_facts(authorisation, company=company, tenant_id=wanted, now=now)
    rows = PersonalXeroLink.objects.for_company(company).filter(membership=membership)
    try:
        with transaction.atomic():
            _check_still_wanted(membership, connection)
            # Into an organisation that the company has left: nothing is written there any more.
            stale = grants.end_links(
                rows.exclude(connection=connection), by=membership.user, now=now
            )
            # A removed link stays removed: what was pressed with it is not sent.
            row = (
                rows.select_for_update()
                .filter(connection=connection, authorisation=authorisation)
                .exclude(state=State.ENDED)
                .first()
            ) or PersonalXeroLink(
                company=company,
                membership=membership,
                connection=connection,
                authorisation=authorisation,
                state="",
            )
            before = {"state": row.state, "role": row.role}
            row.xero_connection_id = UUID(tenant.id)
            row.role, row.actions, row.checked_at = facts.role, facts.actions, now
            row.state, row.state_changed_at = State.ACTIVE, now
            row.save()
            after = {"state": row.state, "role": row.role}
            _audit("xero.personal_linked", row, membership.user, before, after, now=now)
    except IntegrityError as exc:
        # One live link a member: what was pressed as one Xero user is never sent as another.
        raise gates.Refused("personal_other_user") from exc
    grants.give_back_links(stale, now=now)
    return row


def _check_still_wanted(membership: Membership, connection: XeroConnection) -> None:
    """
    Hold member and connection until the link is stored; who ends either meanwhile ends it too.

    :raises gates.Refused: they were removed, or the company left the organisation, while Xero
        was asked
    """
    company = membership.company
    members = Membership.objects.for_company(company).select_for_update()
    if members.filter(pk=membership.pk, removed_at__isnull=True).first() is None:
        raise gates.Refused("removed", company.name)
    live = XeroConnection.objects.for_company(company).exclude(state=XeroConnection.State.ENDED)
    if live.select_for_update().filter(pk=connection.pk).first() is None:
        other = queries.live_connection(company)
        if other is None:
            raise gates.Refused("no_connection")
        raise gates.Refused("personal_tenant", other.organisation_name)


def _audit(
    event: str,
    row: PersonalXeroLink,
    by: User | None,
    before: dict[str, Any],
    after: dict[str, Any],
    *,
    now: datetime,
) -> None:
    audit.record(
        event,
        company=row.company,
        actor=by,
        subject=f"personal_xero_link:{row.pk}",
        before=before,
        after=after,
        now=now,
    )
