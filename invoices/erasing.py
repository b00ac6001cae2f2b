"""
What a company leaves when it has uninstalled: nothing but ids, a month later (P-22, M-8, S-36).

Until then a reinstall finds its links again. All of it goes in one transaction, rows of whatever
app, found by their foreign key to the company: a table that is added later goes with them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import QuerySet

from connections import audit, rows_of_a_company, upkeep
from connections.models import (
    AuditEvent,
    BrowserSession,
    Company,
    ErasureRecord,
    Membership,
    User,
    XeroAuthorisation,
    XeroConnection,
)
from connections.models.authorisations import AuthorisationState
from connections.runtime import snapshot
from invoices import seen_deals
from mappings import example, names

log = structlog.get_logger(__name__)

COMPANIES_AT_ONCE = 10


def erase_due(*, now: datetime) -> int:
    """Erase the companies whose month is over; returns how many those were."""
    before = now - timedelta(days=snapshot().erase_days)
    due = _uninstalled(before).order_by("uninstalled_at").values_list("pk", flat=True)
    erased = sum(erase(pk, before=before, now=now) for pk in list(due[:COMPANIES_AT_ONCE]))
    upkeep.beat("erasure", now=now)
    return erased


def erase(company_id: int, *, before: datetime, now: datetime) -> bool:
    """
    Erase a company, its people who are nobody else's, and every name in its audit trail.

    :param before: it has to be uninstalled since before this
    :return: False when it was installed again, or is gone
    """
    with transaction.atomic():
        company = _uninstalled(before).select_for_update().filter(pk=company_id).first()
        if company is None:
            return False
        forget_cached(company)
        subject = {
            "company": company.pk,
            "pipedrive_company_id": company.pipedrive_company_id,
            "tenants": [
                str(each)
                for each in XeroConnection.objects.for_company(company).values_list(
                    "tenant_id", flat=True
                )
            ],
        }
        people = _people_of_nobody_else(company)
        counts = {
            rows.model._meta.db_table: rows._raw_delete(rows.db)
            for rows in rows_of_a_company.iterate(company)
        }
        counts["connections_xeroauthorisation"] = _delete_ended_grants(before)
        counts["connections_user"] = erase_people(people)
        audit.empty_reasons(AuditEvent.objects.filter(company=company.pk))
        Company.objects.filter(pk=company.pk).delete()
        counts = {table: count for table, count in counts.items() if count}
        ErasureRecord.objects.create(
            kind=ErasureRecord.Kind.COMPANY, subject=subject, counts=counts, erased_at=now
        )
        audit.record(
            "company.erased",
            company=company,
            subject=f"company:{company_id}",
            after=subject,
            now=now,
        )
    log.info("company_erased", company=company_id, rows=sum(counts.values()))
    return True


def forget_cached(company: Company) -> None:
    """Forget what is kept for a moment of what Pipedrive told about the company's records."""
    example.forget(company)
    names.forget(company)
    seen_deals.forget_names(company)


def erase_people(ids: Iterable[int]) -> int:
    """Delete people with all that signs them in; returns how many."""
    wanted = set(ids)
    end_sessions(wanted)
    return sum(bool(user.delete()) for user in User.objects.filter(pk__in=wanted))


def end_sessions(ids: Iterable[int]) -> None:
    """Delete the sessions of these people: they hold what was done in them."""
    BrowserSession.objects.filter(user__in=set(ids)).delete()


def _uninstalled(before: datetime) -> QuerySet[Company]:
    return Company.objects.filter(state=Company.State.UNINSTALLED, uninstalled_at__lte=before)


def _people_of_nobody_else(company: Company) -> list[int]:
    members = Membership.objects.for_company(company).values_list("user_id", flat=True)
    others = Membership.objects.across_companies().exclude(company=company)
    free = User.objects.filter(pk__in=list(members), is_staff=False)
    return list(free.exclude(pk__in=others.values("user_id")).values_list("pk", flat=True))


def _delete_ended_grants(before: datetime) -> int:
    """A Xero user's address is on the row of their grant: it goes when nothing refers to it."""
    ended = XeroAuthorisation.objects.filter(
        state=AuthorisationState.ENDED,
        issued_at__lte=before,
        connections__isnull=True,
        personal_links__isnull=True,
    )
    return XeroAuthorisation.objects.filter(
        pk__in=list(ended.values_list("pk", flat=True))
    ).delete()[0]
