"""
Following what Pipedrive told of: deals renamed, deleted and merged, customers merged (F-27, F-38).

An event is a hint. What a deal is now is read again by its id, with the grant that made the
webhook, and only of deals that we hold something of; so repeated, late and shuffled events end at
the same place. Where a merge leads is known by both of its events.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction

from connections import access, audit, errors
from connections import queries as connection_queries
from connections.models import Company, Membership, PipedriveSubscription, WebhookEvent
from connections.pipedrive.types import Deal as PipedriveDeal
from connections.webhooks import hooks, waiting
from invoices import deals, seen_deals
from invoices.models import Deal, DealInvoice, Operation
from mappings import contact_news

log = structlog.get_logger(__name__)

TRY_AGAIN = (
    timedelta(seconds=5),
    timedelta(seconds=60),
    timedelta(minutes=10),
    timedelta(hours=1),
)

_CUSTOMERS = {"organization": "organization_id", "person": "person_id"}
# As the constraint on open creations has it: an unresolved one may have made an invoice.
_CLOSED = (Operation.State.DONE, Operation.State.REFUSED)


def follow(rows: Sequence[WebhookEvent], *, now: datetime) -> None:
    """Follow events of Pipedrive, company by company."""
    by_company: dict[int | None, list[WebhookEvent]] = {}
    for row in rows:
        by_company.setdefault(row.pipedrive_company_id, []).append(row)
    companies = {
        each.pipedrive_company_id: each
        for each in Company.objects.filter(pipedrive_company_id__in=[*by_company])
    }
    for company_id, told in by_company.items():
        company = companies.get(company_id) if company_id else None
        if company is None:
            waiting.ignore(told, "unknown_company", now=now)
        elif company.state == Company.State.UNINSTALLED:
            waiting.ignore(told, "not_connected", now=now, company=company)
        else:
            with waiting.kept_apart(told, waits=TRY_AGAIN, now=now, company=company):
                _follow_company(company, told, now)


def _follow_company(company: Company, rows: list[WebhookEvent], now: datetime) -> None:
    subscription = PipedriveSubscription.objects.for_company(company).first()
    known = set(subscription.hook_ids.values()) if subscription else set()
    strange = [row for row in rows if row.hook_id not in known]
    waiting.ignore(strange, "unknown_hook", now=now, company=company)
    ours = [row for row in rows if row.hook_id in known]
    others = [row for row in ours if row.category != "deal"]
    if others:
        contact_news.follow_records(company, others, now=now)
        _follow_customers(company, others)
        waiting.finish(others, "followed", now=now, company=company)
    of_deals = [row for row in ours if row.category == "deal"]
    if of_deals and subscription:
        _follow_deals(company, of_deals, subscription.pipedrive_user_id, now)


def _follow_customers(company: Company, rows: Sequence[WebhookEvent]) -> None:
    """Have the deals of an organization or person that was merged name the one that stayed."""
    for row in rows:
        column = _CUSTOMERS.get(row.category)
        if column is not None and row.merged_from_id is not None:
            heir = waiting.find_heir(company, row.category, row.merged_from_id)
            Deal.objects.for_company(company).filter(**{column: row.merged_from_id}).update(
                **{column: heir}
            )


def _follow_deals(
    company: Company, rows: list[WebhookEvent], reader_id: int | None, now: datetime
) -> None:
    for row in rows:
        if row.merged_from_id is not None and row.merged_to_id is not None:
            _merge(company, row.merged_from_id, row.merged_to_id, now=now)
    reader = connection_queries.find_background_reader(company, preferred=reader_id)
    if reader is None:
        waiting.finish(rows, "not_connected", now=now, company=company)
        return
    try:
        with access.open_pipedrive(reader, now=now) as session:
            outcome = _read_again(session, reader, rows, now)
    except (access.NotConnected, errors.ProviderError) as exc:
        log.warning("deals_not_read", company=company.pk, error=type(exc).__name__)
        waiting.try_again_or_give_up(rows, waits=TRY_AGAIN, now=now, company=company)
        return
    waiting.finish(rows, outcome, now=now, company=company)


def _read_again(
    session: access.PipedriveSession,
    reader: Membership,
    rows: Sequence[WebhookEvent],
    now: datetime,
) -> str:
    """Read the deals that we hold something of, note them, and ask people's rights anew."""
    told = {int(row.resource_id) for row in rows if row.action != hooks.CATCH_UP}
    told |= {row.merged_to_id for row in rows if row.merged_to_id is not None}
    for row in rows:
        if row.action == hooks.CATCH_UP and row.happened_at is not None:
            told |= _list_changed(session, row.happened_at)
    held = _list_held(reader.company, told)
    if not held:
        return "not_kept"
    wanted = sorted(held)
    outcomes = session.gather([_ask(deal_id) for deal_id in wanted])
    shown: list[PipedriveDeal] = []
    for deal_id, outcome in zip(wanted, outcomes, strict=True):
        if isinstance(outcome, errors.NotFound):
            _note_gone(reader.company, deal_id, now=now)
        elif isinstance(outcome, errors.Forbidden) and not outcome.scope_missing:
            # There, but hidden from whoever's grant we read with: what was noted of it stays.
            continue
        elif isinstance(outcome, errors.ProviderError):
            raise outcome
        else:
            shown.append(outcome)
    seen_deals.note(reader, shown, now=now)
    deals.forget_seen(reader.company, held)
    return "followed"


def _ask(deal_id: int) -> Any:
    return lambda pipedrive: pipedrive.get_deal(deal_id)


def _list_changed(session: access.PipedriveSession, since: datetime) -> set[int]:
    found: set[int] = set()
    for status in (None, "deleted"):
        cursor: str | None = None
        while True:
            page = session.call(
                lambda pipedrive, status=status, cursor=cursor: pipedrive.list_deals(  # type: ignore[misc]
                    status=status, updated_since=since, cursor=cursor, limit=500
                )
            )
            found |= {deal.id for deal in page.rows}
            cursor = page.next_cursor
            if cursor is None:
                break
    return found


def _list_held(company: Company, deal_ids: Collection[int]) -> set[int]:
    """Return those of the deals that we hold something of."""
    held: set[int] = set()
    for model in (Deal, DealInvoice, Operation):
        rows = model.objects.for_company(company).filter(deal_id__in=deal_ids)
        held |= set(rows.values_list("deal_id", flat=True).distinct())
    return held


def _note_gone(company: Company, deal_id: int, *, now: datetime) -> None:
    """Not even its webhook's maker sees it any more: deleted for good, or as good as."""
    Deal.objects.for_company(company).filter(deal_id=deal_id, deleted_at__isnull=True).update(
        deleted_at=now
    )


def _merge(company: Company, gone: int, into: int, *, now: datetime) -> None:
    """Have all that we hold of a deal that was merged follow it to where it is now."""
    rows = Deal.objects.for_company(company)
    with transaction.atomic():
        rows.bulk_create(
            [
                Deal(
                    company=company,
                    deal_id=gone,
                    merged_into_id=into,
                    deleted_at=now,
                    seen_at=now,
                )
            ],
            update_conflicts=True,
            unique_fields=["company", "deal_id"],
            update_fields=["merged_into_id", "deleted_at"],
        )
        heir = seen_deals.find_heir(company, gone)
        operations = Operation.objects.for_company(company).filter(deal_id=gone)
        # Both deals may have an invoice under way: each was confirmed on its own deal.
        open_there = Operation.objects.for_company(company).filter(
            deal_id=heir, kind=Operation.Kind.CREATE, is_another=False
        )
        if open_there.exclude(state__in=_CLOSED).exists():
            operations.filter(kind=Operation.Kind.CREATE).exclude(state__in=_CLOSED).update(
                is_another=True
            )
        # The operations first: one that is about to end waits for this and is then placed on the
        # heir, or this waits for it and then finds the place it took.
        moved = operations.update(deal_id=heir)
        moved += DealInvoice.objects.for_company(company).filter(deal_id=gone).update(deal_id=heir)
        if moved:
            audit.record(
                "deal.merged",
                company=company,
                subject=f"deal:{heir}",
                before={"deal_id": gone},
                after={"deal_id": heir},
                now=now,
            )
    deals.forget_seen(company, [gone, heir])
