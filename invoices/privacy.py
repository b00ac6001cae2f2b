"""
One person's data: handed out, or erased, within a company or everywhere (S-37, GDPR and KVKK).

A person is who has an e-mail address: one of our users, or a customer of a company whose address,
and with it whose name, is in what was typed, sent or mirrored. Every text of every table is looked
through, so a table that is added later is too. What is sealed is nobody's text; what Pipedrive and
Xero hold is the company's to erase there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import CharField, JSONField, Model, QuerySet, TextField

from connections import audit, invitations, people, rows_of_a_company
from connections.fields import SealedTextField
from connections.models import AuditEvent, Company, ErasureRecord, Membership, SignOnIdentity, User
from invoices import erasing
from invoices.models import Operation
from mappings import folding

ERASED: Final = "[erased]"
_SHORTEST_NAME: Final = 4
_ROWS_AT_ONCE: Final = 500
_OUR_APPS: Final = frozenset({"connections", "mappings", "invoices"})


class NotPossible(Exception):
    """Nothing was erased; `code`: staff (ours), or last_admin of a company."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Person:
    """Whom to look for: the address, names, and our own user if there is one."""

    email: str
    names: tuple[str, ...]
    user: User | None

    @property
    def pattern(self) -> re.Pattern[str]:
        """Return what finds the address and the names, in whatever case and as searches fold it."""
        words = {self.email, *self.names}
        words |= {folding.fold(each) for each in words}
        # As it stands in the exact bytes of a request, with its letters escaped.
        words |= {json.dumps(each)[1:-1] for each in words}
        # Python's case-blindness does not know the Turkish dotted and dotless i.
        words |= {each.replace("i", "İ").upper() for each in words}
        words |= {each.replace("I", "ı").lower() for each in words}
        found = sorted(map(re.escape, words), key=len, reverse=True)
        return re.compile("|".join(found), re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was done: rows changed by table, and operations that are still under way."""

    counts: dict[str, int]
    under_way: tuple[str, ...] = field(default=())


def find_person(email: str, *, names: Iterable[str] = (), company: Company | None = None) -> Person:
    """
    Return whom an address belongs to: with the name our user has, and those that stand with the
    address in what was sent to Xero.

    :param names: further names to look for, of at least four letters
    """
    email = email.strip().lower()
    user = User.objects.filter(email__iexact=email).first()
    found = {name.strip() for name in names}
    if user is not None:
        found.add(user.get_full_name())
    found |= set(_names_beside(email, company))
    long_enough = sorted(each for each in found if len(each) >= _SHORTEST_NAME)
    return Person(email, tuple(long_enough), user)


def export(
    person: Person, *, company: Company | None, by: User, reason: str, now: datetime
) -> dict[str, Any]:
    """
    Return all that is kept of a person, and put on record that it was handed out.

    :param company: look in this company only; None: everywhere
    """
    found = [
        {"table": row._meta.db_table, "id": str(row.pk), "fields": fields}
        for rows in _tables(company)
        for row, fields in _matches(rows, person.pattern)
    ]
    did = AuditEvent.objects.filter(actor=person.user.pk) if person.user else None
    if did is not None and company is not None:
        did = did.filter(company=company)
    subject = {"user": person.user.pk if person.user else None, "rows": len(found)}
    _record("person.exported", company, by, reason, subject, now)
    return {
        "email": person.email,
        "names": list(person.names),
        "account": _account(person.user, company),
        "found": found,
        "did": [
            {"at": at.isoformat(), "what": event, "subject": about}
            for at, event, about in (did.values_list("at", "event", "subject") if did else ())
        ],
    }


def erase(
    person: Person, *, company: Company | None, by: User, reason: str, now: datetime
) -> Erasure:
    """
    Erase a person: their membership and sign-in end, and every text loses their name and address.

    What is under way is left, because its exact bytes decide whether Xero makes it twice; it is
    named, to be asked for again. Invoices in Xero are not changed.

    :raises NotPossible: one of our staff, or the last admin of a company; nothing was erased
    """
    _end_memberships(person, company, by=by, now=now)
    counts: dict[str, int] = {}
    under_way: list[str] = []
    with transaction.atomic():
        invitations.withdraw_all_of(person.email, company=company, now=now)
        for rows in _tables(company):
            changed = 0
            for row, fields in _matches(rows, person.pattern):
                if isinstance(row, Operation) and row.state not in (
                    Operation.State.DONE,
                    Operation.State.REFUSED,
                ):
                    under_way.append(str(row.pk))
                    continue
                changed += _clean(row, fields, person.pattern)
            if changed:
                counts[rows.model._meta.db_table] = changed
        audit.empty_reasons(_reasons_about(person, company))
        if person.user is not None and not _is_member(person.user):
            counts["connections_user"] = _anonymise(person.user)
        subject = {"user": person.user.pk if person.user else None}
        ErasureRecord.objects.create(
            kind=ErasureRecord.Kind.PERSON,
            subject=subject | {"company": company.pk if company else None},
            counts=counts,
            requested_by=by.pk,
            erased_at=now,
        )
        _record("person.erased", company, by, "", subject | {"rows": sum(counts.values())}, now)
    for each in [company] if company else Company.objects.all():
        erasing.forget_cached(each)
    return Erasure(counts, tuple(under_way))


def _end_memberships(person: Person, company: Company | None, *, by: User, now: datetime) -> None:
    if person.user is None:
        return
    if person.user.is_staff:
        raise NotPossible("staff")
    rows = Membership.objects.across_companies().filter(user=person.user)
    if company is not None:
        rows = rows.filter(company=company)
    for member in rows.filter(removed_at__isnull=True).select_related("company", "user"):
        try:
            people.remove(member, by=by, now=now)
        except people.NotPossible as exc:
            raise NotPossible(exc.code) from exc
    SignOnIdentity.objects.across_companies().filter(membership__in=rows).delete()
    erasing.end_sessions([person.user.pk])


def _account(user: User | None, company: Company | None) -> dict[str, Any] | None:
    """Return what our user's own rows say; None for nobody of ours, or of another company."""
    if user is None:
        return None
    rows = Membership.objects.across_companies().filter(user=user).select_related("company")
    memberships = [each for each in rows if company is None or each.company_id == company.pk]
    if company is not None and not memberships:
        return None
    return {
        "email": user.email,
        "name": user.get_full_name(),
        "joined": user.date_joined.isoformat(),
        "last_sign_in": user.last_login.isoformat() if user.last_login else None,
        "signs_in_by": sorted(
            SocialAccount.objects.filter(user=user).values_list("provider", flat=True)
        ),
        "memberships": [
            {
                "company": each.company.name,
                "role": each.role,
                "pipedrive_user_id": each.pipedrive_user_id,
                "language": each.language,
                "time_zone": each.time_zone,
                "removed_at": each.removed_at.isoformat() if each.removed_at else None,
            }
            for each in memberships
        ],
    }


def _is_member(user: User) -> bool:
    rows = Membership.objects.across_companies().filter(user=user, removed_at__isnull=True)
    return bool(rows.exists())


def _tables(company: Company | None) -> Iterator[QuerySet[Any]]:
    """Return the rows to look through: of a company, or of every table that holds text."""
    if company is not None:
        yield from rows_of_a_company.iterate(company)
        return
    for model in apps.get_models():
        # A session is looked through by whose it is; the audit trail has a door of its own.
        if model not in {AuditEvent, Session, ErasureRecord} and not model._meta.proxy:
            yield model._base_manager.all()


def _texts(model: type[Model]) -> list[Any]:
    return [
        each
        for each in model._meta.local_concrete_fields
        if isinstance(each, CharField | TextField | JSONField)
        and not isinstance(each, SealedTextField)
        and not each.choices
        and not each.primary_key
    ]


def _matches(
    rows: QuerySet[Any], pattern: re.Pattern[str]
) -> Iterator[tuple[Model, dict[str, Any]]]:
    """Read rows and return those in whose texts the pattern is found, with these texts."""
    fields = _texts(rows.model)
    if not fields:
        return
    for row in rows.order_by("pk").iterator(chunk_size=_ROWS_AT_ONCE):
        found = {}
        for each in fields:
            value = getattr(row, each.attname)
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            if value and pattern.search(text):
                found[each.name] = value
        if found:
            yield row, found


def _clean(row: Model, fields: dict[str, Any], pattern: re.Pattern[str]) -> int:
    """Write the texts without the person; users go by themselves, companies keep their names."""
    is_ours = row._meta.app_label in _OUR_APPS | {"admin"}
    if isinstance(row, User | Company) or not is_ours:
        return 0
    values = {}
    for name, value in fields.items():
        cleaned = _without(value, pattern)
        longest = getattr(row._meta.get_field(name), "max_length", None)
        is_cut = longest is not None and isinstance(cleaned, str)
        values[name] = cleaned[:longest] if is_cut else cleaned
    return type(row)._base_manager.filter(pk=row.pk).update(**values)


def _anonymise(user: User) -> int:
    """
    Take a user's name, address and every way to sign in; the row stays for what names its id.
    """
    EmailAddress.objects.filter(user=user).delete()
    SocialAccount.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    user.email = f"erased-{user.pk}@erased.invalid"
    user.first_name = user.last_name = ""
    user.is_active = False
    user.set_unusable_password()
    user.save()
    return 1


def _without(value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return pattern.sub(ERASED, value)
    if isinstance(value, dict):
        return {pattern.sub(ERASED, key): _without(each, pattern) for key, each in value.items()}
    if isinstance(value, list):
        return [_without(each, pattern) for each in value]
    return value


def _names_beside(email: str, company: Company | None) -> Iterator[str]:
    """Return the names that stand with the address in what was sent to Xero."""
    rows = Operation.objects.across_companies().filter(request_body__icontains=email)
    if company is not None:
        rows = rows.filter(company=company)
    for body in rows.values_list("request_body", flat=True).iterator(chunk_size=_ROWS_AT_ONCE):
        try:
            yield from _walk_names(json.loads(body), email)
        except ValueError:
            continue


def _walk_names(content: Any, email: str) -> Iterator[str]:
    if isinstance(content, dict):
        if str(content.get("EmailAddress", "")).lower() == email and content.get("Name"):
            yield str(content["Name"])
        for each in content.values():
            yield from _walk_names(each, email)
    elif isinstance(content, list):
        for each in content:
            yield from _walk_names(each, email)


def _reasons_about(person: Person, company: Company | None) -> QuerySet[AuditEvent]:
    rows = AuditEvent.objects.exclude(reason="")
    if company is not None:
        rows = rows.filter(company=company)
    ids = [pk for pk, reason in rows.values_list("pk", "reason") if person.pattern.search(reason)]
    return AuditEvent.objects.filter(pk__in=ids)


def _record(
    event: str,
    company: Company | None,
    by: User,
    reason: str,
    subject: dict[str, Any],
    now: datetime,
) -> None:
    audit.record(
        event,
        company=company,
        actor=by,
        subject=f"user:{subject['user']}" if subject["user"] else "contact",
        after=subject,
        reason=reason,
        now=now,
    )
