"""
What deals were called and whose they were when somebody last saw them (`models.Deal`).

For finding invoices in a company's list, which no person's own rights in Pipedrive limit. Noted
whenever a page reads deals, by one read and, where something is new, one write.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.core.cache import cache

from connections import access, dispensable, doorbell, errors
from connections.models import Company, Membership
from connections.pipedrive.types import Deal as PipedriveDeal
from connections.pipedrive.types import FoundDeal
from invoices import search_text
from invoices.models import Deal

log = structlog.get_logger(__name__)

# A deal that reads as before is noted again after this long only.
NOTED_FOR = timedelta(hours=1)
NAMES_KEPT_SECONDS = 3600
# A worker is not woken for the same company's names more often than this.
_ASK_AGAIN_SECONDS = 60
_MAX_TEXT = 255
_TOLD = ("title", "owner_id", "owner_name", "organization_id", "person_id", "deleted_at")


def note(
    membership: Membership, deals: Sequence[PipedriveDeal | FoundDeal], *, now: datetime
) -> None:
    """
    Remember the title and owner of deals that Pipedrive just showed this person.

    Makes no call: owners are named by what a worker read of the company's users (`name_owners`),
    who is woken where that is not known.
    """
    shown = {deal.id: deal for deal in deals}
    if not shown:
        return
    company = membership.company
    names: dict[int, str] | None = cache.get(_names_key(company.pk))
    known = {
        row.deal_id: row for row in Deal.objects.for_company(company).filter(deal_id__in=shown)
    }
    changed = []
    for deal_id, deal in shown.items():
        row, before = _row(membership, deal, names or {}, now), known.get(deal_id)
        if before is not None and not row.owner_name and before.owner_id == row.owner_id:
            row.owner_name = before.owner_name
        if before is not None and row.deleted_at and before.deleted_at:
            row.deleted_at = before.deleted_at
        if before is None or _is_news(row, before):
            changed.append(row)
    with dispensable.write("deals"):
        Deal.objects.bulk_create(
            changed,
            update_conflicts=True,
            unique_fields=["company", "deal_id"],
            update_fields=[
                "title", "search_text", "owner_id", "owner_name", "organization_id", "person_id",
                "seen_at", "deleted_at",
            ],
        )  # fmt: skip
    if names is None and cache.add(_asked_key(company.pk), True, _ASK_AGAIN_SECONDS):
        doorbell.ring_on_commit("invoices.tasks.name_owners", membership_id=membership.pk)


def get(company: Company, deal_id: int) -> Deal | None:
    """Return what is kept of a deal; None when nobody of the company has seen it yet."""
    row: Deal | None = Deal.objects.for_company(company).filter(deal_id=deal_id).first()
    return row


def find_heir(company: Company, deal_id: int) -> int:
    """Return the deal that a merged one became, through further merges; itself if it was not."""
    rows = Deal.objects.for_company(company)
    seen = {deal_id}
    while True:
        found = rows.filter(deal_id=deal_id).values_list("merged_into_id", flat=True)
        heir = found.first()
        if heir is None or heir in seen:
            return deal_id
        seen.add(heir)
        deal_id = heir


def name_owners(membership_id: int, *, now: datetime) -> None:
    """
    Read the names of a company's Pipedrive users, and name the owners of its deals by them.

    One call, with this person's grant (users:read, pipedrive-api §3.8); a failure leaves the names
    as they were.
    """
    membership = (
        Membership.objects.across_companies()
        .select_related("company")
        .filter(pk=membership_id)
        .first()
    )
    if membership is None:
        return
    company = membership.company
    try:
        with access.open_pipedrive(membership, now=now) as session:
            users = session.call(lambda pipedrive: pipedrive.list_users())
    except (access.NotConnected, errors.ProviderError) as exc:
        log.warning("owners_not_named", company=company.pk, error=type(exc).__name__)
        return
    names = {user.id: _clean(user.name) for user in users}
    cache.set(_names_key(company.pk), names, NAMES_KEPT_SECONDS)
    owned = Deal.objects.for_company(company)
    stored = owned.filter(owner_id__in=names).values_list("owner_id", "owner_name").distinct()
    for owner_id, name in stored:
        if name != names[owner_id]:
            owned.filter(owner_id=owner_id, owner_name=name).update(owner_name=names[owner_id])


def _row(
    membership: Membership,
    deal: PipedriveDeal | FoundDeal,
    names: dict[int, str],
    now: datetime,
) -> Deal:
    return Deal(
        company_id=membership.company_id,
        deal_id=deal.id,
        title=_clean(deal.title),
        search_text=search_text.of_deal(deal.title),
        owner_id=deal.owner_id,
        owner_name=names.get(deal.owner_id, "") if deal.owner_id else "",
        organization_id=deal.org_id,
        person_id=deal.person_id,
        seen_at=now,
        # A search tells nothing of it, and finds only what is there.
        deleted_at=now if isinstance(deal, PipedriveDeal) and deal.is_deleted else None,
    )


def _is_news(row: Deal, before: Deal) -> bool:
    if any(getattr(row, name) != getattr(before, name) for name in _TOLD):
        return True
    return before.seen_at <= row.seen_at - NOTED_FOR


def _clean(text: str) -> str:
    """PostgreSQL keeps no NUL."""
    return text.replace("\x00", "")[:_MAX_TEXT]


def forget_names(company: Company) -> None:
    """Forget the owners' names kept for a moment, because somebody's name is erased."""
    cache.delete(_names_key(company.pk))


def _names_key(company_id: int) -> str:
    # Not the key of `mappings.names`: names there are as Pipedrive wrote them, these can be stored.
    return f"pipedrive-owners:{company_id}"


def _asked_key(company_id: int) -> str:
    return f"pipedrive-owners-asked:{company_id}"
