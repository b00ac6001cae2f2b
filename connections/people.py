"""What a company's admin decides about its people: role, flags, who is a member (R-3, B-18)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Self

from django.db import transaction

from connections import audit, browser_sessions, grants, services
from connections.models import Company, Membership, PersonalXeroLink, User

Role = Membership.Role


class NotPossible(Exception):
    """Nothing was changed; `code`: last_admin, changed_meanwhile, removed or needs_amounts."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Rights:
    """What an admin decides about one person."""

    role: str
    can_create: bool
    can_approve: bool
    can_void: bool
    can_email: bool
    can_see_amounts: bool

    @classmethod
    def of(cls, member: Membership) -> Self:
        """Return what a row holds."""
        return cls(**{name: getattr(member, name) for name in cls.__slots__})

    def write(self) -> str:
        """Return them as one word for a form, to tell later whether somebody changed them."""
        role, *flags = (getattr(self, name) for name in self.__slots__)
        return f"{role}:{''.join('1' if flag else '0' for flag in flags)}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return what `write` wrote; None for anything else."""
        role, _colon, flags = text.partition(":")
        names = cls.__slots__[1:]
        if role not in Role.values or len(flags) != len(names) or set(flags) - {"0", "1"}:
            return None
        return cls(role, *(flag == "1" for flag in flags))


def change(member: Membership, *, seen: Rights, wanted: Rights, by: User, now: datetime) -> None:
    """
    Give a person another role or other flags, if they are still as the admin saw them.

    :raises NotPossible: "changed_meanwhile", "last_admin", "removed", or "needs_amounts" (who may
        not see amounts cannot create invoices, docs/adr/0006)
    """
    if wanted.can_create and not wanted.can_see_amounts:
        raise NotPossible("needs_amounts")
    if member.removed_at is not None:
        raise NotPossible("removed")
    if wanted == seen:
        return
    with transaction.atomic():
        _queue(member.company)
        if wanted.role != Role.ADMIN:
            _check_not_last_admin(member)
        changed = (
            Membership.objects.for_company(member.company)
            .filter(pk=member.pk, removed_at__isnull=True, **asdict(seen))
            .update(**asdict(wanted))
        )
        if not changed:
            raise NotPossible("changed_meanwhile")
        before, after = asdict(seen), asdict(wanted)
        _audit(
            "member.changed",
            member,
            by,
            before={name: value for name, value in before.items() if value != after[name]},
            after={name: value for name, value in after.items() if value != before[name]},
            now=now,
        )


def remove(member: Membership, *, by: User, now: datetime) -> None:
    """
    Take a person out of the company: their grants end, what they did and pressed stays.

    What they pressed as their own Xero user and was not sent yet is refused unsent.

    :raises NotPossible: "last_admin", or "removed" already
    """
    with transaction.atomic():
        _queue(member.company)
        _check_not_last_admin(member)
        rows = Membership.objects.for_company(member.company).filter(pk=member.pk)
        if not rows.filter(removed_at__isnull=True).update(removed_at=now):
            raise NotPossible("removed")
        links = PersonalXeroLink.objects.for_company(member.company).filter(membership=member)
        ended = grants.end_links(links, by=by, now=now)
        if by.pk != member.user_id:  # who leaves by themselves is told so in their session
            browser_sessions.end_all(member.user, by=by, now=now)
        _audit("member.removed", member, by, after={"role": member.role}, now=now)
    grants.give_back_links(ended, now=now)
    services.disconnect_pipedrive(member, by=by, now=now)


def restore(member: Membership, *, by: User, now: datetime) -> None:
    """
    Make a removed person a member again, with the role of a rep and their earlier flags.

    :raises NotPossible: "changed_meanwhile": they are a member already
    """
    with transaction.atomic():
        rows = Membership.objects.for_company(member.company).filter(pk=member.pk)
        if not rows.filter(removed_at__isnull=False).update(removed_at=None, role=Role.REP):
            raise NotPossible("changed_meanwhile")
        after = asdict(replace(Rights.of(member), role=Role.REP))
        _audit("member.restored", member, by, after=after, now=now)


def _queue(company: Company) -> None:
    """Two admins who demote each other at once do so one after the other."""
    Company.objects.select_for_update().get(pk=company.pk)


def _check_not_last_admin(member: Membership) -> None:
    admins = Membership.objects.for_company(member.company).filter(
        role=Role.ADMIN, removed_at__isnull=True, user__is_active=True
    )
    if admins.filter(pk=member.pk).exists() and not admins.exclude(pk=member.pk).exists():
        raise NotPossible("last_admin")


def _audit(
    event: str,
    member: Membership,
    by: User,
    *,
    now: datetime,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    audit.record(
        event,
        company=member.company,
        actor=by,
        subject=f"membership:{member.pk}",
        before=before,
        after=after,
        now=now,
    )
