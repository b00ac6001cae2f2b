"""Reads about companies, people and connections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection as database
from django.db.models import FilteredRelation, Q, QuerySet

from connections import reading
from connections.models import (
    Company,
    Membership,
    PersonalXeroLink,
    PipedriveAuthorisation,
    User,
    XeroAuthorisation,
    XeroConnection,
)
from connections.models.authorisations import AuthorisationState

PEOPLE_PAGE = 50
# Written out, because each page and each press asks for it; see `connections.reading`.
_LIVE_ROW = reading.Reader(("c", XeroConnection), ("a", XeroAuthorisation))
_LIVE = f"""
    SELECT {_LIVE_ROW.columns}
    FROM connections_xeroconnection c
    LEFT JOIN connections_xeroauthorisation a ON a.id = c.authorisation_id
    WHERE c.company_id = %s AND c.state <> %s
"""  # noqa: S608
_PERSON = ("company", "user", "live_link__authorisation", "live_link__connection")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of a company, and their own Pipedrive grant if they have one, dead or alive."""

    membership: Membership
    pipedrive: PipedriveAuthorisation | None

    @property
    def last_seen_at(self) -> datetime | None:
        """When they last signed in here, or their own Pipedrive was last read for them."""
        last_read = self.pipedrive.last_success_at if self.pipedrive else None
        seen = [each for each in (self.membership.user.last_login, last_read) if each]
        return max(seen, default=None)


def live_connection(company: Company) -> XeroConnection | None:
    """Return the company's current Xero connection, usable or not; None when there is none."""
    with database.cursor() as cursor:
        cursor.execute(_LIVE, [company.pk, XeroConnection.State.ENDED])
        row = cursor.fetchone()
    if row is None:
        return None
    connection: XeroConnection
    connection, authorisation = _LIVE_ROW.read(row)
    connection.company, connection.authorisation = company, authorisation
    return connection


def live_connection_beside(connection: XeroConnection) -> XeroConnection | None:
    """Return the company's live connection, without a query when it is the one at hand."""
    if connection.state != XeroConnection.State.ENDED:
        return connection
    return live_connection(connection.company)


def last_connection(company: Company) -> XeroConnection | None:
    """Return the live connection, else the one that ended last; None when there never was one."""
    connection: XeroConnection | None = (
        XeroConnection.objects.for_company(company)
        .annotate(has_ended=Q(state=XeroConnection.State.ENDED))
        .order_by("has_ended", "-state_changed_at")
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


def find_pipedrive_member(pipedrive_company_id: int, pipedrive_user_id: int) -> Membership | None:
    """
    Return who a user of Pipedrive is here, removed or not, by one query; None for a stranger.

    Company, person and their own Xero link are loaded.
    """
    rows = Membership.objects.across_companies().filter(
        company__pipedrive_company_id=pipedrive_company_id, pipedrive_user_id=pipedrive_user_id
    )
    return next(iter(_read_members(rows, *_PERSON)), None)


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


def is_installed(company: Company) -> bool:
    """Whether anybody of the company has the app in Pipedrive, as far as we were told."""
    grants = PipedriveAuthorisation.objects.for_company(company)
    return bool(grants.exclude(state=AuthorisationState.ENDED).exists())


def list_memberships(user: User) -> list[Membership]:
    """
    Return the companies a person belongs to, the oldest first, by one query: the company, the
    person and their own Xero link are loaded.
    """
    rows = Membership.objects.across_companies().filter(user=user, removed_at__isnull=True)
    members = _read_members(rows.order_by("pk"), "company", "live_link__connection")
    for member in members:
        member.user = user
    return members


def list_people(
    company: Company, *, are_removed: bool, first: int = 0, most: int = PEOPLE_PAGE
) -> list[Person]:
    """
    Return a part of a company's people, by name, with how each is connected; two queries.

    :param are_removed: those whom an admin took out, the latest first, instead of the members
    """
    rows = Membership.objects.for_company(company).filter(removed_at__isnull=not are_removed)
    names = ("user__first_name", "user__last_name", "user__email", "pk")
    rows = rows.order_by(*(("-removed_at",) if are_removed else ()), *names)
    members = _read_members(rows, *_PERSON, part=slice(first, first + most))
    grants = {
        grant.pipedrive_user_id: grant
        for grant in PipedriveAuthorisation.objects.for_company(company)
        .filter(pipedrive_user_id__in=[each.pipedrive_user_id for each in members])
        .exclude(state=AuthorisationState.ENDED)
    }
    return [Person(each, grants.get(each.pipedrive_user_id)) for each in members]


def count_people(company: Company) -> int:
    """Return how many members a company has, removed ones left out."""
    return Membership.objects.for_company(company).filter(removed_at__isnull=True).count()


def get_member(company: Company, member_id: int) -> Membership | None:
    """Return one person of a company, removed or not; None when this company has no such."""
    rows = Membership.objects.for_company(company).filter(pk=member_id)
    return next(iter(_read_members(rows, *_PERSON)), None)


def _read_members(
    rows: QuerySet[Any], *related: str, part: slice | None = None
) -> list[Membership]:
    """Read memberships and their own live Xero links by one query."""
    rows = rows.annotate(
        live_link=FilteredRelation(
            "personal_xero_links",
            condition=~Q(personal_xero_links__state=PersonalXeroLink.State.ENDED),
        )
    ).select_related(*related)
    members: list[Membership] = list(rows[part] if part else rows)
    for member in members:
        link: PersonalXeroLink | None = getattr(member, "live_link", None)
        is_left = link is not None and link.connection.state == XeroConnection.State.ENDED
        member.xero_link = None if is_left else link
    return members


def list_admins(company: Company) -> list[User]:
    """Return who decides for the company: those to name when only an admin can mend something."""
    return [
        membership.user
        for membership in Membership.objects.for_company(company)
        .filter(role=Membership.Role.ADMIN, user__is_active=True, removed_at__isnull=True)
        .select_related("user")
        .order_by("pk")
    ]
