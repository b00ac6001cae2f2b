"""
Occasions on which a company's admins are warned: kept as rows, and mailed once.

Pages show what there is (`dangers.list_for`): what is mended is gone from them at once, and the row
follows with the next look.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone, translation

from connections import alert_words, dangers
from connections.dangers import Danger
from connections.models import Company, ConnectionWarning, Membership
from connections.runtime import snapshot

log = structlog.get_logger(__name__)

# What comes back within a day is the same occasion: nobody is mailed anew.
SAME_OCCASION = timedelta(days=1)
# Until a mail that could not be handed over, or whose worker died, is tried again.
MAIL_AGAIN = timedelta(minutes=15)
MAILS_AT_ONCE = 50


def look(*, now: datetime) -> None:
    """Keep the occasions as they are now, and mail what was not mailed yet."""
    _keep(dangers.find(now=now, runtime=snapshot()), now=now)
    for warning in _list_unmailed(now):
        _mail(warning, now=now)


def _keep(found: Iterable[Danger], *, now: datetime) -> None:
    """End what is mended, begin what is new; two workers come to the same."""
    seen = {(each.company_id, each.kind): each for each in found}
    rows = ConnectionWarning.objects.across_companies()
    with transaction.atomic():
        for row in rows.filter(ended_at__isnull=True):
            danger = seen.pop((row.company_id, row.kind), None)
            if danger is None:
                rows.filter(pk=row.pk, ended_at__isnull=True).update(ended_at=now)
            elif danger.ends_at != row.ends_at:
                rows.filter(pk=row.pk).update(ends_at=danger.ends_at)
        new = [each for each in seen.values() if not _reopen(each, now=now)]
        ConnectionWarning.objects.bulk_create(
            [
                ConnectionWarning(
                    company_id=each.company_id,
                    kind=each.kind,
                    ends_at=each.ends_at,
                    began_at=now,
                    mail_due_at=now,
                )
                for each in new
            ],
            ignore_conflicts=True,
        )
        is_open = Exists(rows.filter(company=OuterRef("pk"), ended_at__isnull=True))
        Company.objects.filter(is_open, is_warned=False).update(is_warned=True)
        Company.objects.filter(~is_open, is_warned=True).update(is_warned=False)
    for each in new:
        log.warning("company_warned", company=each.company_id, kind=each.kind)


def _reopen(danger: Danger, *, now: datetime) -> bool:
    lately = ConnectionWarning.objects.across_companies().filter(
        company=danger.company_id, kind=danger.kind, ended_at__gt=now - SAME_OCCASION
    )
    last = lately.order_by("-ended_at").first()
    return last is not None and bool(
        lately.filter(pk=last.pk).update(ended_at=None, ends_at=danger.ends_at)
    )


def _list_unmailed(now: datetime) -> list[ConnectionWarning]:
    rows = ConnectionWarning.objects.across_companies().filter(
        mailed_at__isnull=True, ended_at__isnull=True, mail_due_at__lte=now
    )
    return list(rows.select_related("company").order_by("mail_due_at")[:MAILS_AT_ONCE])


def _mail(warning: ConnectionWarning, *, now: datetime) -> None:
    """Mail each admin once. A row is taken by moving its time, and nothing is sent under a lock."""
    row = ConnectionWarning.objects.for_company(warning.company).filter(pk=warning.pk)
    if not row.filter(mail_due_at=warning.mail_due_at).update(mail_due_at=now + MAIL_AGAIN):
        return
    told = list(warning.mailed_to)
    admins = (
        Membership.objects.for_company(warning.company)
        .filter(role=Membership.Role.ADMIN, removed_at__isnull=True, user__is_active=True)
        .exclude(user__email="")
        .exclude(pk__in=told)
        .select_related("user", "company")
        .order_by("pk")
    )
    for admin in admins:
        try:
            _write_to(admin, warning)
        except OSError as exc:
            log.warning("warning_unsent", warning=warning.pk, error=type(exc).__name__)
            return
        told.append(admin.pk)
        row.update(mailed_to=told)
    row.update(mailed_at=now)


def _write_to(admin: Membership, warning: ConnectionWarning) -> None:
    danger = Danger(warning.company_id, warning.kind, warning.ends_at)
    with (
        translation.override(admin.language or admin.company.language),
        timezone.override(admin.zone),
    ):
        subject, body = alert_words.write(
            danger,
            company=admin.company.name,
            link=f"{settings.SITE_URL}{reverse('connections:overview')}",
        )
    # A name with a line break would begin another header.
    send_mail(" ".join(subject.split()), body, None, [admin.user.email])
