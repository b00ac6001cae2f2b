"""
A company's own audit trail, for its admins: who did what, when, before and after (P-21).

A page costs a fixed number of queries, however many events there are: whom and what they concern
is looked up for the whole page at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_
from re import fullmatch
from typing import Any, Final
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from connections.converters import RowIdConverter
from connections.models import AuditEvent, Company, Membership, User
from invoices import activity_words
from invoices.models import Invoice, Operation

PAGE: Final = 50
# Nobody leafs further than this: dates lead there.
LAST_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed by; empty values narrow nothing."""

    person_id: int | None = None
    kind: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One event in words. `who` is "" for what nobody pressed for, `about_href` where what it is
    about has no page.
    """

    at: datetime
    who: str
    text: str
    about: str
    about_href: str
    reason: str
    changes: tuple[activity_words.Change, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the trail, the newest first."""

    entries: tuple[Entry, ...]
    number: int
    has_next: bool


def list_people(company: Company) -> list[tuple[int, str]]:
    """Return everybody who is or was a member, as id and name, by name: one query."""
    rows = Membership.objects.for_company(company).select_related("user")
    return sorted(((row.user_id, str(row.user)) for row in rows), key=lambda each: each[1].lower())


def load(company: Company, filters: Filters, *, number: int) -> Page:
    """
    Return a page of the company's trail.

    :param number: from 1; a page after the last is empty
    """
    number = min(max(number, 1), LAST_PAGE)
    start = (number - 1) * PAGE
    rows = AuditEvent.objects.filter(_narrowed(filters), company=company).order_by("-at", "-pk")
    found = list(rows[start : start + PAGE + 1])
    shown = found[:PAGE]
    names = _Names.of(company, shown)
    return Page(
        tuple(_entry(each, names) for each in shown),
        number,
        len(found) > PAGE and number < LAST_PAGE,
    )


def _narrowed(filters: Filters) -> Q:
    wanted = Q()
    if filters.person_id is not None:
        wanted &= Q(actor_id=filters.person_id)
    if filters.kind:
        prefixes = activity_words.PREFIXES[filters.kind]
        wanted &= reduce(or_, (Q(event__startswith=each) for each in prefixes))
    if filters.first is not None:
        wanted &= Q(at__gte=_midnight(filters.first))
    if filters.last is not None:
        wanted &= Q(at__lt=_midnight(filters.last + timedelta(days=1)))
    return wanted


def _midnight(day: date) -> datetime:
    """Return where a day begins for the person who looks."""
    return timezone.make_aware(datetime.combine(day, time.min))


@dataclass(frozen=True, slots=True)
class _Names:
    """What the ids of a page are called."""

    people: Mapping[int, str]
    members: Mapping[str, str]
    operations: Mapping[str, tuple[int | None, str, int | None]]
    invoices: Mapping[str, str]

    @classmethod
    def of(cls, company: Company, events: Sequence[AuditEvent]) -> _Names:
        """Look them up, by four queries; other companies' ids find nothing."""
        subjects = [each.subject.partition(":") for each in events]
        ids = {
            kind: [number for name, _colon, number in subjects if name == kind]
            for kind in ("membership", "operation", "invoice")
        }
        members = list(Membership.objects.for_company(company).select_related("user"))
        operations = (
            Operation.objects.for_company(company)
            .filter(pk__in=[UUID(each) for each in ids["operation"]])
            .values_list("pk", "invoice_id", "invoice__number", "deal_id")
        )
        invoices = Invoice.objects.for_company(company).filter(pk__in=ids["invoice"])
        people = {each.user_id: str(each.user) for each in members}
        others = {each.actor_id for each in events if each.actor_id} - people.keys()
        staff = User.objects.filter(pk__in=others, is_staff=True).values_list("pk", flat=True)
        people |= {each: activity_words.support() for each in staff}
        return cls(
            people,
            {str(each.pk): str(each.user) for each in members},
            {
                str(key): (invoice_id, number or "", deal_id)
                for key, invoice_id, number, deal_id in operations
            },
            {str(key): number for key, number in invoices.values_list("pk", "number")},
        )


def _entry(event: AuditEvent, names: _Names) -> Entry:
    who = ""
    if event.actor_id is not None:
        who = names.people.get(event.actor_id) or activity_words.former_person(event.actor_id)
    about, about_href = _about(event, names)
    return Entry(
        at=event.at,
        who=who,
        text=activity_words.sentence(event.event),
        about=about,
        about_href=about_href,
        reason=event.reason,
        changes=activity_words.changes(event.before, event.after),
    )


def _about(event: AuditEvent, names: _Names) -> tuple[str, str]:
    """Return what an event is about, and its page; "" where there is none."""
    kind, _colon, number = event.subject.partition(":")
    deal_id: Any = None
    invoice_id: Any = None
    invoice = ""
    match kind:
        case "membership":
            return names.members.get(number, ""), ""
        case "operation":
            invoice_id, invoice, deal_id = names.operations.get(number, (None, "", None))
        case "invoice":
            invoice_id, invoice = number, names.invoices.get(number, "")
        case "deal":
            deal_id = number
        case "organization" | "person" | "product":
            return activity_words.pipedrive_record(kind, number), ""
    if invoice:
        return activity_words.invoice(invoice), reverse("invoices:invoice", args=[invoice_id])
    wanted = str(deal_id or event.after.get("deal_id") or "")
    if not fullmatch(RowIdConverter.regex, wanted):
        return "", ""
    return activity_words.deal(wanted), reverse("invoices:deal", args=[int(wanted)])
