"""What people do about Xero: connect it and choose the organisation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from connections import (
    access,
    audit,
    gates,
    grants,
    native_registration,
    organisations,
    queries,
    renewal,
)
from connections.models import (
    Company,
    PersonalXeroLink,
    User,
    XeroAuthorisation,
    XeroConnection,
)
from connections.runtime import snapshot
from connections.tokens import TokenSet
from connections.xero.types import Connection

ORGANISATION = "ORGANISATION"


def store_grant(
    *, xero_user_id: UUID, email: str, tokens: TokenSet, now: datetime
) -> XeroAuthorisation:
    """
    Store a Xero user's grant in the one row that this user has (xero-api §2.2).

    A second consent replaces the usable token pair of the first, so the row is overwritten.
    """
    with transaction.atomic():
        row = XeroAuthorisation.objects.select_for_update().filter(
            xero_user_id=xero_user_id
        ).first() or XeroAuthorisation(xero_user_id=xero_user_id, generation=0)
        row.email, row.unused_since = email, None
        renewal.store(row, tokens, now=now)
    return row


def list_tenants(
    authorisation: XeroAuthorisation, *, company: Company, now: datetime
) -> list[Connection]:
    """
    Return the organisations that this grant reaches.

    :raises errors.ProviderError: Xero did not tell
    """
    with access.open_tenants(authorisation, company=company, now=now) as session:
        tenants = session.call(lambda xero: xero.list_connections())
    return [tenant for tenant in tenants if tenant.tenant_type == ORGANISATION]


@dataclass(frozen=True, slots=True)
class Choice:
    """One organisation to choose; `is_taken` by another company, `is_current` for this one."""

    tenant: Connection
    is_current: bool
    is_taken: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """The organisations that a grant reaches, and which one the company had until now."""

    tenants: tuple[Choice, ...]
    current: XeroConnection | None

    def find(self, tenant_id: str) -> Connection | None:
        """Return an organisation of the list that is free to be chosen."""
        return next(
            (
                each.tenant
                for each in self.tenants
                if each.tenant.tenant_id == tenant_id and not each.is_taken
            ),
            None,
        )

    def is_change(self, tenant: Connection) -> bool:
        """Whether the company's work would move to another organisation than until now (P-9)."""
        return self.current is not None and str(self.current.tenant_id) != tenant.tenant_id


def list_choices(authorisation: XeroAuthorisation, *, company: Company, now: datetime) -> Choices:
    """
    Return the organisations that a grant reaches, each with what speaks for or against it (R-6).

    :raises errors.ProviderError: Xero did not tell
    """
    tenants = list_tenants(authorisation, company=company, now=now)
    current = queries.last_connection(company)
    taken = {
        str(each)
        for each in XeroConnection.objects.across_companies()
        .filter(tenant_id__in=[tenant.tenant_id for tenant in tenants])
        .exclude(state=XeroConnection.State.ENDED)
        .exclude(company=company)
        .values_list("tenant_id", flat=True)
    }
    return Choices(
        tuple(
            Choice(
                tenant,
                is_current=current is not None and str(current.tenant_id) == tenant.tenant_id,
                is_taken=tenant.tenant_id in taken,
            )
            for tenant in tenants
        ),
        current,
    )


def connect_tenant(
    *,
    company: Company,
    authorisation: XeroAuthorisation,
    tenant: Connection,
    by: User,
    now: datetime,
) -> XeroConnection:
    """
    Connect a company to one organisation, after the gates of product §2.

    Connecting the same organisation again finds its links, its invoices and what waited; another
    organisation ends the earlier connection and receives none of its work (P-9).

    :raises gates.Refused: closed to new installs, role not allowed, or taken by another company
    :raises errors.ProviderError: Xero did not answer
    """
    gates.check_open_for(company, snapshot())
    ended: list[PersonalXeroLink] = []
    left: list[XeroConnection] = []
    facts = organisations.ask_facts(
        authorisation, company=company, tenant_id=tenant.tenant_id, now=now
    )
    rows = XeroConnection.objects.for_company(company)
    try:
        with transaction.atomic():
            row = rows.select_for_update().filter(
                tenant_id=tenant.tenant_id
            ).first() or XeroConnection(company=company, tenant_id=UUID(tenant.tenant_id))
            is_allowed = gates.is_role_allowed(facts.role, is_overridden=row.is_role_overridden)
            before = row.state if row.pk else ""
            earlier = rows.exclude(state=XeroConnection.State.ENDED).exclude(pk=row.pk)
            is_somebody_elses = row.is_usable and row.authorisation_id != authorisation.pk
            if is_allowed:
                links = PersonalXeroLink.objects.for_company(company)
                # Locked before its links, as by everybody who ends or makes a link.
                left = list(earlier.select_for_update())
                ended = grants.end_links(links.filter(connection__in=left), by=by, now=now)
                earlier.update(state=XeroConnection.State.ENDED, state_changed_at=now)
            elif earlier.exists() or (row.pk and is_somebody_elses):
                # What works with a colleague's role stays as it is.
                raise gates.Refused(_role_code(facts.role), facts.role)
            used_before = [row.authorisation, *(each.authorisation for each in left)]
            row.authorisation = authorisation
            row.xero_connection_id = UUID(tenant.id)
            organisations.keep_facts(row, facts, now=now)
            row.state = (
                XeroConnection.State.ACTIVE if is_allowed else XeroConnection.State.ROLE_REFUSED
            )
            row.state_changed_at = now
            row.last_success_at = now
            row.next_poll_at = now
            row.save()
            grants.note_unused(used_before, now=now)
            if is_allowed:
                native_registration.want(company, by=by, now=now)
            audit.record(
                "xero.connected" if is_allowed else "xero.role_refused",
                company=company,
                actor=by,
                subject=f"xero_connection:{row.pk}",
                before={"state": before},
                after={"state": row.state, "role": row.role, "tenant_id": tenant.tenant_id},
                now=now,
            )
    except IntegrityError as exc:
        raise gates.Refused("organisation_taken", tenant.tenant_name) from exc
    grants.give_back_links(ended, now=now)
    for each in left:
        organisations.give_back(each, now=now)
    if not is_allowed:
        raise gates.Refused(_role_code(facts.role), facts.role)
    return row


def _role_code(role: str) -> str:
    """Return which refusal names this role: a known one, or one that support may accept."""
    return "unknown_role" if role and gates.is_role_unknown(role) else "role"
