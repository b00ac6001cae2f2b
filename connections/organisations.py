"""What we know of a connected Xero organisation, and how a connection ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction

from connections import access, audit, doorbell, errors, gates, grants, queries
from connections.models import (
    Company,
    PersonalXeroLink,
    User,
    XeroAuthorisation,
    XeroConnection,
)
from connections.sessions import NotConnected as NotConnected
from connections.xero.types import Organisation

log = structlog.get_logger(__name__)

State = XeroConnection.State


@dataclass(frozen=True, slots=True)
class OrganisationFacts:
    """What a tenant said about itself and about the person who connected it."""

    organisation: Organisation
    role: str
    actions: list[str]


_FACTS: tuple[Callable[[Any], Any], ...] = (
    lambda xero: xero.get_organisation(),
    lambda xero: xero.list_users(),
    lambda xero: xero.list_allowed_actions(),
)
_AUDIT_OF_STATE = {
    State.ACTIVE: "xero.gates_opened",
    State.ROLE_REFUSED: "xero.role_refused",
    State.DISCONNECTED: "xero.organisation_lost",
    State.RECONNECT: "xero.scope_missing",
}
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
        grants.note_unused([authorisation], now=now)
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
    give_back(connection, now=now)


def give_back(connection: XeroConnection, *, now: datetime) -> None:
    """Give back in Xero what an ended connection used. Not inside a transaction: it calls Xero."""
    if connection.authorisation is not None:
        grants.give_back(
            connection.authorisation,
            company=connection.company,
            tenant_id=connection.tenant_id,
            xero_connection_id=connection.xero_connection_id,
            now=now,
        )


def check_gates(connection: XeroConnection, *, now: datetime) -> None:
    """
    Ask again for role, rights and facts (R-2): a lost role makes the connection read-only, one
    that is back opens it, and so does an organisation that is reached again.

    `connection` carries the new state afterwards.

    :raises NotConnected: nothing can be asked: a person has to reconnect
    :raises errors.ProviderError: Xero did not answer; nothing was changed
    """
    with access.open_xero(connection, now=now, is_check=True) as session:
        answers = session.gather(_FACTS)
    before = connection.state
    refusal = next((each for each in answers if isinstance(each, errors.Forbidden)), None)
    changes: dict[str, Any] = {"gates_checked_at": now}
    if refusal is None:
        facts = _read_facts(session.authorisation, answers)
        keep_facts(connection, facts, now=now)
        changes |= {name: getattr(connection, name) for name in FACT_FIELDS}
        is_allowed = gates.is_role_allowed(facts.role, is_overridden=connection.is_role_overridden)
        state = State.ACTIVE if is_allowed else State.ROLE_REFUSED
    elif refusal.scope_missing:
        state = State.RECONNECT
    elif _is_listed(connection, session.authorisation, now=now):
        # Still linked, and nothing may be read: what their role is now, Xero does not say.
        state, changes["role"] = State.ROLE_REFUSED, ""
    else:
        state = State.DISCONNECTED
    _store_check(connection, state, before=before, changes=changes, now=now)


def override_role(connection: XeroConnection, *, by: User, reason: str, now: datetime) -> bool:
    """
    Let support accept a role that the product does not know; the next check opens the gate.

    :return: False when there is nothing to accept: a known role, or accepted already
    """
    return _set_override(connection, is_overridden=True, by=by, reason=reason, now=now)


def withdraw_override(connection: XeroConnection, *, by: User, reason: str, now: datetime) -> bool:
    """
    Take back that support accepted a role; the next check shuts the gate.

    :return: False when it was not accepted
    """
    return _set_override(connection, is_overridden=False, by=by, reason=reason, now=now)


def _set_override(
    connection: XeroConnection, *, is_overridden: bool, by: User, reason: str, now: datetime
) -> bool:
    if is_overridden and not gates.is_role_unknown(connection.role):
        return False
    with transaction.atomic():
        changed = (
            XeroConnection.objects.across_companies()
            .filter(pk=connection.pk, is_role_overridden=not is_overridden)
            .exclude(state=State.ENDED)
            .update(is_role_overridden=is_overridden, gates_checked_at=None)
        )
        if changed:
            audit.record(
                "xero.role_overridden" if is_overridden else "xero.role_override_withdrawn",
                company=connection.company,
                actor=by,
                subject=f"xero_connection:{connection.pk}",
                after={"role": connection.role},
                reason=reason,
                now=now,
            )
            doorbell.ring_on_commit("connections.tasks.check_gates_due")
    return bool(changed)


def _store_check(
    connection: XeroConnection,
    state: XeroConnection.State,
    *,
    before: str,
    changes: dict[str, Any],
    now: datetime,
) -> None:
    if state != before:
        changes |= {"state": state, "state_changed_at": now}
    if state == State.ACTIVE and before != State.ACTIVE:
        changes |= {"next_poll_at": now}
    with transaction.atomic():
        # A person may have ended or renewed it meanwhile: what they did stands.
        changed = (
            XeroConnection.objects.across_companies()
            .filter(
                pk=connection.pk,
                state__in=gates.CHECKED_STATES,
                authorisation=connection.authorisation_id,
            )
            .update(**changes)
        )
        if changed and state != before:
            audit.record(
                _AUDIT_OF_STATE[state],
                company=connection.company,
                subject=f"xero_connection:{connection.pk}",
                before={"state": before},
                after={"state": state, "role": changes.get("role", connection.role)},
                now=now,
            )
    if changed:
        connection.state = state


def _is_listed(
    connection: XeroConnection, authorisation: XeroAuthorisation, *, now: datetime
) -> bool:
    """Whether the grant still reaches the organisation, as Xero lists it (xero-api §2.5)."""
    with access.open_tenants(authorisation, company=connection.company, now=now) as session:
        tenants = session.call(lambda xero: xero.list_connections())
    return any(each.tenant_id == str(connection.tenant_id) for each in tenants)


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
        answers = session.gather(_FACTS)
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
