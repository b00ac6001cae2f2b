"""A row looks the same whether Django wrote it or one of our own statements did."""

from __future__ import annotations

import uuid
from contextlib import suppress
from datetime import datetime, timedelta
from datetime import timezone as fixed_offset
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, models, transaction
from django.db import connection as database
from django.utils import timezone

from connections import access, statements
from connections.models import ApiCall
from invoices import operations, outcomes, places
from invoices.models import DealInvoice, Invoice, LineItem, Operation, OperationEvent
from invoices.tests import rows
from invoices.tests import world as w
from tests.vendors import Connected

pytestmark = pytest.mark.django_db

# Noon in London, said in Istanbul.
ISTANBUL_NOON = datetime(2026, 11, 23, 15, 0, 0, 123456, tzinfo=fixed_offset(timedelta(hours=3)))


def raw(model: type[models.Model], key: object) -> tuple[Any, ...]:
    """Return a row as the database holds it, but for its key."""
    names = [each.column or "" for each in model._meta.concrete_fields if not each.primary_key]
    with database.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(names)} FROM {model._meta.db_table} WHERE id = %s",  # noqa: S608
            [statements.stored(model, "id", key)],
        )
        found: tuple[Any, ...] = cursor.fetchone()
    return found


def test_an_inserted_row_is_the_row_that_django_would_have_written() -> None:
    connection = rows.make_connection()
    values: dict[str, Any] = {
        "company_id": connection.company_id,
        "vendor": "xero",
        "operation": "xero.create_invoice",
        "status": None,
        "error_code": "unreachable",
        "duration_ms": 12,
        "day_calls_left": 4990,
        "minute_calls_left": None,
        "correlation_id": "Ağaç 'İşleri'; --",
        "at": ISTANBUL_NOON,
    }

    by_django = ApiCall.objects.create(**values)
    statements.insert(ApiCall, tuple(values), [tuple(values.values())] * 2)

    keys = ApiCall.objects.across_companies().order_by("pk").values_list("pk", flat=True)
    assert [raw(ApiCall, key) for key in keys] == [raw(ApiCall, by_django.pk)] * 3


def test_a_whole_new_row_is_the_row_that_django_would_have_saved() -> None:
    connection = rows.make_connection()
    values: dict[str, Any] = {
        "company": connection.company,
        "connection": connection,
        "kind": Operation.Kind.CREATE_CONTACT,
        "summary": {"contact_name": "Ağaç 'İşleri'; --", "person_id": None},
        "request_body": '{"Contacts": [%s]}',
        "xero_contact_id": str(uuid.uuid4()),
        "state": Operation.State.READY,
        "state_changed_at": ISTANBUL_NOON,
        "next_attempt_at": ISTANBUL_NOON,
    }

    saved = Operation.objects.create(submission_id=uuid.uuid4(), **values)
    ours = Operation(submission_id=uuid.uuid4(), **values)
    statements.run(statements.insertion_of(ours))

    assert ours.created_at >= saved.created_at
    Operation.objects.across_companies().filter(pk=ours.pk).update(
        submission_id=uuid.UUID(int=0), created_at=ISTANBUL_NOON
    )
    written = raw(Operation, ours.pk)
    ours.delete()
    Operation.objects.across_companies().filter(pk=saved.pk).update(
        submission_id=uuid.UUID(int=0), created_at=ISTANBUL_NOON
    )
    assert written == raw(Operation, saved.pk)


def test_a_statement_that_fails_leaves_the_callers_transaction_only_to_be_undone() -> None:
    company_id = rows.make_connection().company_id
    names = ("company_id", "vendor", "operation", "error_code", "duration_ms", "correlation_id")

    def call(vendor: str | None) -> statements.Statement:
        values = (company_id, vendor, "xero.get_invoice", "", 12, "", ISTANBUL_NOON)
        return statements.insertion(ApiCall, (*names, "at"), [values])

    # PostgreSQL says once more, at the transaction's end, that it has failed.
    with suppress(DatabaseError), transaction.atomic():
        statements.run(call("xero"))
        with pytest.raises(IntegrityError):
            statements.run(call("xero"), call(None))

    assert not ApiCall.objects.across_companies().exists()


def test_a_change_writes_what_django_would_have_written(connected: Connected) -> None:
    ours, djangos = w.press(connected, deal_id=1), w.press(connected, deal_id=2)
    values: dict[str, Any] = {
        "xero_contact_id": str(uuid.UUID(int=7)),
        "lease_token": uuid.UUID(int=8),
        "lease_until": ISTANBUL_NOON,
        "differences": [{"line": 1, "field": "quantity", "confirmed": "1", "in_xero": "İ"}],
        "error_status": None,
        "is_another": True,
    }

    counts = statements.run(statements.change(Operation, values, {"id": ours.pk, "state": "ready"}))
    Operation.objects.across_companies().filter(pk=djangos.pk).update(**values)

    assert counts == [1]
    names = [each.name for each in Operation._meta.concrete_fields if not each.primary_key]
    held = [dict(zip(names, raw(Operation, each.pk), strict=True)) for each in (ours, djangos)]
    assert {key: held[0][key] for key in values} == {key: held[1][key] for key in values}


def test_an_invoice_made_here_and_its_lines_look_as_django_writes_them(
    connected: Connected,
) -> None:
    now = timezone.now()
    operation = w.send(w.press(connected, now=now), now=now)

    invoice = Invoice.objects.for_company(connected.company).get()
    line = LineItem.objects.for_company(connected.company).get()
    place = DealInvoice.objects.for_company(connected.company).get()
    told = [*OperationEvent.objects.for_company(connected.company).filter(operation=operation)]
    written = [invoice, line, place, *told, operation]
    held = [raw(type(each), each.pk) for each in written]
    for each in written:
        each.save(force_update=True)

    assert len(told) == 3
    assert [raw(type(each), each.pk) for each in written] == held


@pytest.mark.parametrize("has_deal", [True, False])
def test_an_end_that_is_not_ours_any_more_stores_nothing_but_the_call(
    connected: Connected, *, has_deal: bool
) -> None:
    now = timezone.now()
    operation = w.press(connected, now=now)
    places.claim(operation, runtime=w.runtime(), now=now)
    late = w.fresh(operation)
    operations.postpone(operation, now, lease_token=uuid.uuid4())
    late.deal_id = late.deal_id if has_deal else None
    ApiCall.objects.across_companies().all().delete()

    with access.open_xero(connected.connection, now=now) as session:
        answer = session.call(
            lambda xero: xero.create_invoice(late.request_body, idempotency_key="k")
        )
        is_ours = outcomes.complete_invoice(
            late, answer, source="created", fetched_at=now, session=session, now=now
        )

    assert not is_ours
    assert not Invoice.objects.for_company(connected.company).exists()
    assert not LineItem.objects.for_company(connected.company).exists()
    assert not DealInvoice.objects.for_company(connected.company).exists()
    assert w.story(operation) == ["ready", "sending"]
    assert w.fresh(operation).state == Operation.State.SENDING
    assert ApiCall.objects.for_company(connected.company).count() == 1


def test_a_step_that_is_not_ours_spoils_nothing_else_of_the_transaction(
    connected: Connected,
) -> None:
    operation = w.press(connected)
    late = w.fresh(operation)
    operations.move(operation, Operation.State.REFUSED, now=rows.NOON)

    with transaction.atomic():
        is_ours = operations.move(late, Operation.State.WAITING, now=rows.NOON)
        ApiCall.objects.create(
            company=operation.company,
            vendor="xero",
            operation="kept",
            duration_ms=1,
            at=rows.NOON,
        )

    assert not is_ours
    assert ApiCall.objects.across_companies().filter(operation="kept").exists()
    assert w.story(operation) == ["ready", "refused"]
