"""
Following what Xero told of: one check of each organisation, however many events there were.

The check is the poll's own (`polling.follow`), so an event that comes twice, late or out of order
changes nothing. It reads what changed since the cursor; an invoice that it did not show as new as
the event is read by id a little later, because on part-paid ones Xero changes a due date without
saying so, and because the answer may trail the event by seconds (xero-api §5, §10).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from connections.models import Company, WebhookEvent, XeroConnection
from connections.runtime import Runtime
from connections.webhooks import waiting
from invoices import contact_history, pacing, polling, search_text
from invoices.models import Invoice
from mappings import contact_news

# What changes an invoice: itself, and what is applied to it.
OF_INVOICES = frozenset({"INVOICE", "CREDITNOTE", "PREPAYMENT", "OVERPAYMENT"})
OF_CONTACTS = "CONTACT"
# An invoice that is still older than its event is read by id after these waits, then left to the
# daily check.
LOOK_AGAIN = (timedelta(seconds=3), timedelta(seconds=30))
BUSY = timedelta(seconds=1)
# Xero's clocks for an event and for the invoice it is about are not the same one.
TOLERANCE = timedelta(seconds=2)
RENAMED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class _Group:
    """The events of one organisation that we follow."""

    connection: XeroConnection
    rows: list[WebhookEvent]

    def about(self, categories: Iterable[str]) -> list[WebhookEvent]:
        return [row for row in self.rows if row.category in categories]


def follow(rows: Sequence[WebhookEvent], *, now: datetime, runtime: Runtime) -> None:
    """Follow events of Xero: those of organisations that we may ask, and that may be asked now."""
    groups = _list_ready(rows, now, runtime)
    of_invoices = [row for group in groups for row in group.about(OF_INVOICES)]
    with waiting.kept_apart(of_invoices, waits=LOOK_AGAIN, now=now):
        _follow_invoices(groups, now, runtime)
    for group in groups:
        rest = [row for row in group.rows if row.category not in OF_INVOICES | {OF_CONTACTS}]
        waiting.ignore(rest, "unknown_category", now=now, company=group.connection.company)
        told = group.about({OF_CONTACTS})
        if told:
            with _kept_apart(group, told, now):
                _follow_contacts(group.connection, told, now)


def _list_ready(rows: Sequence[WebhookEvent], now: datetime, runtime: Runtime) -> list[_Group]:
    by_tenant: dict[UUID | None, list[WebhookEvent]] = {}
    for row in rows:
        by_tenant.setdefault(row.tenant_id, []).append(row)
    connections = {
        each.tenant_id: each
        for each in XeroConnection.objects.across_companies()
        .filter(tenant_id__in=[tenant for tenant in by_tenant if tenant])
        .exclude(state=XeroConnection.State.ENDED)
        .select_related("company", "authorisation")
    }
    ready = []
    for tenant_id, told in by_tenant.items():
        connection = connections.get(tenant_id)
        if connection is None:
            waiting.ignore(told, "unknown_tenant", now=now)
        elif not connection.is_usable or connection.company.state == Company.State.UNINSTALLED:
            # Whoever connects it again reads on from the cursor.
            waiting.ignore(told, "not_connected", now=now, company=connection.company)
        elif (until := _not_before(connection, runtime)) is not None and until > now:
            waiting.put_back(told, until=until)
        else:
            ready.append(_Group(connection, told))
    return ready


def _not_before(connection: XeroConnection, runtime: Runtime) -> datetime | None:
    """Return when the organisation may be asked: after a pause, and not all the time (P-15)."""
    gap = pacing.least_after_notice(
        connection.day_calls_left,
        runtime=pacing.for_plan(connection.day_calls_limit, runtime=runtime),
    )
    polled = connection.polled_at
    instants = [connection.pause_until, polled and polled + timedelta(seconds=gap)]
    return max((each for each in instants if each is not None), default=None)


def _follow_invoices(groups: Sequence[_Group], now: datetime, runtime: Runtime) -> None:
    told = {group.connection.pk: group.about(OF_INVOICES) for group in groups}
    wanted = {
        key: sorted({row.resource_id for row in rows if row.attempts})
        for key, rows in told.items()
        if rows
    }
    if not wanted:
        return
    checked = polling.follow(wanted, now=now, runtime=runtime)
    for group in groups:
        rows = told[group.connection.pk]
        is_whole = checked.get(group.connection.pk)
        if is_whole is None:
            waiting.put_back(rows, until=now + BUSY)
        elif is_whole:
            with _kept_apart(group, rows, now):
                _settle(group.connection, rows, now)
        else:
            # The poll asks again by its own schedule, and reads on from the cursor.
            waiting.finish(rows, "left_to_poll", now=now, company=group.connection.company)


def _kept_apart(
    group: _Group, rows: Sequence[WebhookEvent], now: datetime
) -> AbstractContextManager[None]:
    company = group.connection.company
    return waiting.kept_apart(rows, waits=LOOK_AGAIN, now=now, company=company)


def _settle(connection: XeroConnection, rows: Sequence[WebhookEvent], now: datetime) -> None:
    """Close what the mirror shows now; look again for what it does not show yet."""
    company = connection.company
    held = dict(
        Invoice.objects.for_company(company)
        .filter(connection=connection, xero_invoice_id__in={row.resource_id for row in rows})
        .values_list("xero_invoice_id", "xero_updated_at")
    )
    shown, strange, late = [], [], []
    for row in rows:
        updated_at = held.get(UUID(row.resource_id))
        if updated_at is None:
            strange.append(row)
        elif _is_older(updated_at, row) and row.attempts < len(LOOK_AGAIN):
            late.append(row)
        else:
            shown.append(row)
    waiting.finish(shown, "followed", now=now, company=company)
    waiting.finish(strange, "not_kept", now=now, company=company)
    for attempt, wait in enumerate(LOOK_AGAIN):
        waiting.try_again([row for row in late if row.attempts == attempt], until=now + wait)


def _is_older(updated_at: datetime, row: WebhookEvent) -> bool:
    return row.happened_at is not None and updated_at < row.happened_at - TOLERANCE


def _follow_contacts(
    connection: XeroConnection, rows: Sequence[WebhookEvent], now: datetime
) -> None:
    outcome = contact_news.follow(connection, {UUID(row.resource_id) for row in rows}, now=now)
    if outcome.is_failed:
        waiting.try_again_or_give_up(rows, waits=LOOK_AGAIN, now=now, company=connection.company)
        return
    for contact_id, name in outcome.renamed.items():
        _rename(connection, contact_id, name)
    for contact_id in outcome.merged:
        contact_history.ask(connection, contact_id, now=now)
    waiting.finish(rows, "followed", now=now, company=connection.company)


def _rename(connection: XeroConnection, contact_id: UUID, name: str) -> None:
    """Give a contact's invoices its new name, by which they are found and sorted too."""
    with transaction.atomic():
        rows = Invoice.objects.for_company(connection.company).filter(
            connection=connection, xero_contact_id=contact_id
        )
        invoices = list(rows.select_for_update().only("number", "reference"))
        for row in invoices:
            row.contact_name = name
            row.search_text = search_text.of_invoice(name, row.number, row.reference)
        rows.bulk_update(invoices, ["contact_name", "search_text"], batch_size=RENAMED_AT_ONCE)
