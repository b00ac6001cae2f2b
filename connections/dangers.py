"""
What a company's connections are in danger of, or have come to, before its people notice (P-9).

A vendor lets a grant die that was not renewed for 60 days, and Xero's old scopes end for everybody
on one day. Grants are renewed long before (`upkeep.renew_idle`), so one that comes near its end is
one whose renewal fails.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from connections.models import (
    Company,
    ConnectionWarning,
    PipedriveAuthorisation,
    XeroAuthorisation,
    XeroConnection,
)
from connections.models.authorisations import AuthorisationState
from connections.runtime import Runtime, snapshot

Kind = ConnectionWarning.Kind
# Xero's broad scopes, which the narrow ones replace, and the end of their last day (xero-api §2.6).
BROAD_SCOPES: Final = frozenset({"accounting.transactions", "accounting.reports.read"})
BROAD_SCOPES_END: Final = datetime(2027, 10, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Danger:
    """One thing that an admin can mend; `ends_at` is None where it has ended already."""

    company_id: int
    kind: str
    ends_at: datetime | None = None

    @property
    def has_ended(self) -> bool:
        """Whether nothing works any more, in contrast to soon."""
        return self.ends_at is None


def list_for(company: Company | None, *, now: datetime) -> list[Danger]:
    """
    Return what the people of a company are shown, the worst first; mostly without a query.

    Pages ask the company's row whether there is something, and only then what.
    """
    if company is None or not company.is_warned:
        return []
    return find(now=now, runtime=snapshot(), company=company)


def find(*, now: datetime, runtime: Runtime, company: Company | None = None) -> list[Danger]:
    """
    Return the dangers of every company that is at work, or of one; what has ended comes first.

    :param now: aware instant
    """
    connections = XeroConnection.objects.across_companies()
    companies = Company.objects.all()
    if company is not None:
        connections = XeroConnection.objects.for_company(company)
        companies = companies.filter(pk=company.pk)
    connections = connections.filter(company__state=Company.State.ACTIVE)
    found = [
        *_of_xero(connections, now, runtime),
        *_of_pipedrive(companies.filter(state=Company.State.ACTIVE), now, runtime),
    ]
    return sorted(found, key=lambda each: (not each.has_ended, each.ends_at or now, each.kind))


def count_unrenewed(*, now: datetime) -> int:
    """Return how many grants could not be renewed since before this instant (P-8)."""
    failing = {"state": AuthorisationState.ACTIVE, "renewal_failing_since__lte": now}
    people = PipedriveAuthorisation.objects.across_companies().filter(**failing)
    return XeroAuthorisation.objects.filter(**failing).count() + people.count()


def _of_xero(rows: QuerySet[XeroConnection], now: datetime, runtime: Runtime) -> list[Danger]:
    ended = rows.exclude(state__in=(XeroConnection.State.ACTIVE, XeroConnection.State.ENDED))
    # A lost role or organisation is looked at anew at once, and may be back.
    ended = ended.filter(state_changed_at__lte=now - timedelta(seconds=runtime.warn_ended_seconds))
    found = [Danger(each, Kind.XERO_ENDED) for each in ended.values_list("company_id", flat=True)]
    live = rows.filter(
        state=XeroConnection.State.ACTIVE, authorisation__state=AuthorisationState.ACTIVE
    )
    unrenewed = live.filter(_is_unrenewed("authorisation__", now, runtime))
    for company_id, issued_at in unrenewed.values_list("company_id", "authorisation__issued_at"):
        found.append(Danger(company_id, Kind.XERO_ENDING, _death(issued_at, runtime)))
    if now >= BROAD_SCOPES_END - timedelta(days=runtime.warn_days):
        for company_id, scopes in live.values_list("company_id", "authorisation__scopes"):
            if BROAD_SCOPES & set(scopes.split()):
                found.append(Danger(company_id, Kind.XERO_CONSENT, BROAD_SCOPES_END))
    return found


def _of_pipedrive(rows: QuerySet[Company], now: datetime, runtime: Runtime) -> list[Danger]:
    """
    One person's grant that lives is enough for what nobody presses for; whoever has lost their
    own is asked for it when they come.
    """
    grants: Callable[..., QuerySet[Any]] = PipedriveAuthorisation.objects.across_companies().filter
    living = grants(company=OuterRef("pk"), state=AuthorisationState.ACTIVE)
    had = grants(company=OuterRef("pk")).exclude(state=AuthorisationState.ENDED)
    in_danger = rows.filter(Exists(had)).exclude(
        Exists(living.exclude(_is_unrenewed("", now, runtime)))
    )
    latest = in_danger.annotate(
        issued_at=Max(
            "pipedrive_authorisations__issued_at",
            filter=Q(pipedrive_authorisations__state=AuthorisationState.ACTIVE),
        )
    )
    return [
        Danger(company_id, Kind.PIPEDRIVE_ENDED)
        if issued_at is None
        else Danger(company_id, Kind.PIPEDRIVE_ENDING, _death(issued_at, runtime))
        for company_id, issued_at in latest.values_list("pk", "issued_at")
    ]


def _is_unrenewed(prefix: str, now: datetime, runtime: Runtime) -> Q:
    near = now - timedelta(days=runtime.grant_days - runtime.warn_days)
    failing = now - timedelta(seconds=runtime.warn_unrenewed_seconds)
    # Each says False where it is not known, so that it can be turned round.
    return Q(**{f"{prefix}issued_at__lte": near}) | Q(
        **{
            f"{prefix}renewal_failing_since__isnull": False,
            f"{prefix}renewal_failing_since__lte": failing,
        }
    )


def _death(issued_at: datetime, runtime: Runtime) -> datetime:
    return issued_at + timedelta(days=runtime.grant_days)
