"""Reads about companies, people and connections."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.core import get_global
from django.db.models import FilteredRelation, Q

from connections.models import (
    Company,
    Membership,
    PipedriveAuthorisation,
    User,
    XeroConnection,
)
from connections.models.authorisations import AuthorisationState


def live_connection(company: Company) -> XeroConnection | None:
    """Return the company's current Xero connection, usable or not; None when there is none."""
    connection: XeroConnection | None = (
        XeroConnection.objects.for_company(company)
        .exclude(state=XeroConnection.State.ENDED)
        .select_related("authorisation")
        .first()
    )
    return connection


def pipedrive_authorisation(membership: Membership) -> PipedriveAuthorisation | None:
    """Return this person's own Pipedrive grant in this company, dead or alive."""
    if membership.pipedrive_user_id is None:
        return None
    authorisation: PipedriveAuthorisation | None = (
        PipedriveAuthorisation.objects.for_company(membership.company)
        .filter(pipedrive_user_id=membership.pipedrive_user_id)
        .exclude(state=AuthorisationState.ENDED)
        .first()
    )
    return authorisation


def find_background_reader(company: Company, *, preferred: int | None = None) -> Membership | None:
    """
    Return whose Pipedrive grant serves what nobody pressed for: an admin's, who sees most.

    :param preferred: the Pipedrive user to take while that grant lives
    """
    grants = PipedriveAuthorisation.objects.for_company(company).filter(
        state=AuthorisationState.ACTIVE
    )
    members: list[Membership] = list(
        Membership.objects.for_company(company)
        .filter(pipedrive_user_id__in=grants.values("pipedrive_user_id"))
        .select_related("company")
        .order_by("pk")
    )
    return min(
        members,
        key=lambda each: (each.pipedrive_user_id != preferred, not each.is_admin, each.pk),
        default=None,
    )


def list_memberships(user: User) -> list[Membership]:
    """
    Return the companies a person belongs to, the oldest first, by one query: the company and their
    own Xero link are loaded.
    """
    rows = (
        Membership.objects.across_companies()
        .filter(user=user, removed_at__isnull=True)
        .annotate(
            live_link=FilteredRelation(
                "personal_xero_links", condition=~Q(personal_xero_links__state="ENDED")
            )
        )
        .select_related("company", "live_link")
        .order_by("pk")
    )
    memberships = list(rows)
    for membership in memberships:
        membership.xero_link = getattr(membership, "live_link", None)
    return memberships


def list_admins(company: Company) -> list[User]:
    """Return who decides for the company: those to name when only an admin can mend something."""
    return [
        membership.user
        for membership in Membership.objects.for_company(company)
        .filter(role=Membership.Role.ADMIN, user__is_active=True, removed_at__isnull=True)
        .select_related("user")
        .order_by("pk")
    ]


def organisation_today(connection: XeroConnection, now: datetime) -> date:
    """
    Return the calendar day in the Xero organisation's time zone (R-11).

    :param now: aware instant
    """
    return now.astimezone(_zone(connection.xero_timezone)).date()


@lru_cache(maxsize=256)
def _zone(xero_timezone: str) -> ZoneInfo:
    """Xero names zones as Windows does, without blanks (NEWZEALANDSTANDARDTIME, xero-api §7)."""
    return ZoneInfo(_windows_zones().get(xero_timezone.upper(), "UTC"))


@lru_cache(maxsize=1)
def _windows_zones() -> dict[str, str]:
    names = get_global("windows_zone_mapping")
    return {
        "".join(letter for letter in name if letter.isalnum()).upper(): zone
        for name, zone in names.items()
    }
