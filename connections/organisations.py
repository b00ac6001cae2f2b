"""What we know of a connected Xero organisation, and how a connection ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction

from connections import access, audit, errors, gates, grants, queries
from connections.models import (
    Company,
    PersonalXeroLink,
    User,
    XeroAuthorisation,
    XeroConnection,
)
from connections.xero.types import Organisation

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class OrganisationFacts:
    """What a tenant said about itself and about the person who connected it."""

    organisation: Organisation
    role: str
    actions: list[str]


FACT_FIELDS = (
    "organisation_name",
    "short_code",
    "base_currency",
    "country_code",
    "xero_timezone",
    "period_lock_date",
    "end_of_year_lock_date",
    "role",
    "actions",
    "gates_checked_at",
)


def disconnect(connection: XeroConnection, *, by: User | None, now: datetime) -> None:
    """
    End a connection: traffic stops at once, Xero is told, tokens are erased with the last use.

    Nothing in Xero is changed; links and invoices stay for the day it is connected again (M-8).
    """
    authorisation = connection.authorisation
    with transaction.atomic():
        changed = (
            XeroConnection.objects.across_companies()
            .filter(pk=connection.pk)
            .exclude(state=XeroConnection.State.ENDED)
            .update(state=XeroConnection.State.ENDED, state_changed_at=now, authorisation=None)
        )
        if not changed:
            return
        links = grants.end_links(
            PersonalXeroLink.objects.for_company(connection.company).filter(connection=connection),
            by=by,
            now=now,
        )
        audit.record(
            "xero.disconnected",
            company=connection.company,
            actor=by,
            subject=f"xero_connection:{connection.pk}",
            before={"state": connection.state},
            after={"state": XeroConnection.State.ENDED},
            now=now,
        )
    grants.give_back_links(links, now=now)
    if authorisation is not None:
        grants.give_back(
            authorisation,
            company=connection.company,
            tenant_id=connection.tenant_id,
            xero_connection_id=connection.xero_connection_id,
            now=now,
        )


def check_gates(connection: XeroConnection, *, now: datetime) -> None:
    """
    Ask again for role, rights and facts; a lost role makes the connection read-only (R-2).

    :raises access.NotConnected: the connection is not usable
    :raises errors.ProviderError: Xero did not answer
    """
    with access.open_xero(connection, now=now) as session:
        answers = session.gather(
            [
                lambda xero: xero.get_organisation(),
                lambda xero: xero.list_users(),
                lambda xero: xero.list_allowed_actions(),
            ]
        )
    facts = _read_facts(session.authorisation, answers)
    keep_facts(connection, facts, now=now)
    changes = {name: getattr(connection, name) for name in FACT_FIELDS}
    is_allowed = gates.is_role_allowed(facts.role, is_overridden=connection.is_role_overridden)
    if not is_allowed:
        changes |= {"state": XeroConnection.State.ROLE_REFUSED, "state_changed_at": now}
    with transaction.atomic():
        # Only while it is still active: a person may have ended it meanwhile.
        changed = (
            XeroConnection.objects.across_companies()
            .filter(pk=connection.pk, state=XeroConnection.State.ACTIVE)
            .update(**changes)
        )
        if changed and not is_allowed:
            audit.record(
                "xero.role_refused",
                company=connection.company,
                subject=f"xero_connection:{connection.pk}",
                after={"role": facts.role},
                now=now,
            )


def keep_facts(row: XeroConnection, facts: OrganisationFacts, *, now: datetime) -> None:
    """Write what the organisation says of itself onto the row; saving is the caller's."""
    organisation = facts.organisation
    row.organisation_name = organisation.name
    row.short_code = organisation.short_code
    row.base_currency = organisation.base_currency
    row.country_code = organisation.country_code
    row.xero_timezone = organisation.timezone
    row.period_lock_date = organisation.period_lock_date
    row.end_of_year_lock_date = organisation.end_of_year_lock_date
    row.role = facts.role
    row.actions = facts.actions
    row.gates_checked_at = now


def ask_facts(
    authorisation: XeroAuthorisation, *, company: Company, tenant_id: str, now: datetime
) -> OrganisationFacts:
    """
    Ask a tenant about itself, about the connecting person's role and what they may do.

    :raises errors.ProviderError: Xero did not answer
    """
    with access.open_grant(authorisation, company=company, tenant_id=tenant_id, now=now) as session:
        answers = session.gather(
            [
                lambda xero: xero.get_organisation(),
                lambda xero: xero.list_users(),
                lambda xero: xero.list_allowed_actions(),
            ]
        )
    return _read_facts(authorisation, answers)


def _read_facts(authorisation: XeroAuthorisation, answers: list[object]) -> OrganisationFacts:
    for answer in answers:
        if isinstance(answer, errors.ProviderError):
            raise answer
    organisation, users, actions = answers
    return OrganisationFacts(
        organisation=organisation,  # type: ignore[arg-type]
        role=gates.find_role(
            users,  # type: ignore[arg-type]
            xero_user_id=str(authorisation.xero_user_id),
            email=authorisation.email,
        ),
        actions=sorted(actions),  # type: ignore[call-overload]
    )


def finish_uninstall(company: Company, *, now: datetime) -> None:
    """Give back what a company that uninstalled still holds in Xero (P-22)."""
    connection = queries.live_connection(company)
    if company.state == Company.State.UNINSTALLED and connection is not None:
        disconnect(connection, by=None, now=now)
