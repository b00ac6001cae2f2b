"""The audit trail is written once: the database itself refuses to change it (P-21, S-20)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from connections import audit
from connections.models import AuditEvent, Company, User

pytestmark = pytest.mark.django_db
EVENT: dict[str, Any] = {
    "company": None,
    "reason": "Emma asked for it",
    "after": {"state": "ACTIVE"},
}


def test_no_row_is_changed_or_deleted_by_whatever_statement() -> None:
    event = _record("company.resumed", now=timezone.now(), **EVENT)
    rows = AuditEvent.objects.filter(pk=event.pk)

    for attempt in (
        lambda: rows.update(event="company.paused"),
        lambda: rows.update(reason=""),
        rows.delete,
        event.delete,
        lambda: _execute("UPDATE connections_auditevent SET at = at"),
        lambda: _execute("DELETE FROM connections_auditevent"),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            attempt()

    assert rows.get().reason == "Emma asked for it"


def test_what_is_older_than_thirteen_months_is_forgotten_and_nothing_younger() -> None:
    now = timezone.now()
    young = _record("company.paused", now=now - timedelta(days=390), **EVENT)
    audit.record("company.paused", now=now - timedelta(days=398), **EVENT)

    assert audit.forget_old(now=now) == 1
    assert [*AuditEvent.objects.values_list("pk", flat=True)] == [young.pk]
    # A clock that runs ahead deletes nothing that the database holds for young.
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        audit.forget_old(now=now + timedelta(days=100))


def test_erasing_empties_reasons_and_can_change_nothing_else() -> None:
    event = _record("company.paused", now=timezone.now(), **EVENT)
    rows = AuditEvent.objects.filter(pk=event.pk)

    assert audit.empty_reasons(rows) == 1

    assert rows.values("reason", "after").get() == {"reason": "", "after": {"state": "ACTIVE"}}
    changes: list[dict[str, Any]] = [
        {"event": "x"},
        {"after": {}},
        {"actor": 7},
        {"reason": "another"},
    ]
    for change in changes:
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            audit.open_door("erasure"),
        ):
            rows.update(**change)


def test_a_door_closes_behind_who_opened_it() -> None:
    event = _record("company.paused", now=timezone.now() - timedelta(days=398), **EVENT)

    with audit.open_door("retention"):
        pass

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        event.delete()
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        audit.open_door("erasure"),
    ):
        event.delete()


def test_of_an_erased_company_and_person_the_ids_stay() -> None:
    company = Company.objects.create(pipedrive_company_id=1, name="Harbour")
    person = User.objects.create_user("emma@harbour.example")
    event = _record("member.changed", now=timezone.now(), company=company, actor=person)
    ids = (company.pk, person.pk)

    company.delete()
    person.delete()

    kept = AuditEvent.objects.select_related("company", "actor").get(pk=event.pk)
    assert (kept.company_id, kept.actor_id) == ids
    assert (kept.company, kept.actor) == (None, None)


def _record(event: str, **told: Any) -> AuditEvent:
    audit.record(event, **told)
    return AuditEvent.objects.latest("pk")


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
