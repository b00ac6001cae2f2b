"""The life of an operation: only the steps of the table, each once, each told (reliability §2)."""

from __future__ import annotations

import itertools
import uuid
from typing import Any

import pytest

from connections.models import Company, XeroConnection
from invoices import operations, queries, sending
from invoices.models import Operation, OperationEvent
from invoices.tests import rows
from invoices.tests import world as w

pytestmark = pytest.mark.django_db

State = Operation.State
PATHS = {
    State.READY: (),
    State.WAITING: (State.WAITING,),
    State.SENDING: (State.SENDING,),
    State.UNSURE: (State.SENDING, State.UNSURE),
    State.LOOKING: (State.SENDING, State.UNSURE, State.LOOKING),
    State.NEEDS_PERSON: (State.SENDING, State.UNSURE, State.LOOKING, State.NEEDS_PERSON),
    State.REFUSED: (State.SENDING, State.REFUSED),
}
EXPECTED = {
    State.READY: {State.SENDING, State.WAITING, State.REFUSED, State.DONE},
    State.WAITING: {State.READY, State.REFUSED},
    State.SENDING: {State.DONE, State.REFUSED, State.UNSURE, State.WAITING, State.READY},
    State.UNSURE: {State.SENDING, State.LOOKING},
    State.LOOKING: {State.DONE, State.READY, State.REFUSED, State.NEEDS_PERSON},
    State.NEEDS_PERSON: {State.LOOKING, State.REFUSED},
    State.REFUSED: set(),
}


def record(connection: XeroConnection, **more: object) -> Operation:
    return operations.record(
        company=connection.company,
        connection=connection,
        kind=Operation.Kind.UPDATE_CONTACT,
        submission_id=uuid.uuid4(),
        body="{}",
        summary={},
        requested_by=None,
        now=rows.NOON,
        **more,  # type: ignore[arg-type]
    )


def step(operation: Operation, to: str) -> bool:
    leased: dict[str, Any] = {"lease_token": uuid.uuid4(), "first_sent_at": rows.NOON}
    return operations.move(operation, to, now=rows.NOON, **(leased if to == State.SENDING else {}))


@pytest.mark.parametrize(("before", "to"), list(itertools.product(PATHS, State)))
def test_only_the_steps_of_the_table_exist(before: str, to: str) -> None:
    operation = record(rows.make_connection())
    for each in PATHS[before]:  # type: ignore[index]
        assert step(operation, each)

    if to in EXPECTED[before]:  # type: ignore[index]
        assert step(operation, to)
    else:
        with pytest.raises(operations.ImpossibleMove):
            step(operation, to)

    kept = to if to in EXPECTED[before] else before  # type: ignore[index]
    assert w.fresh(operation).state == kept


def test_each_step_is_told_once_with_it() -> None:
    operation = record(rows.make_connection())

    operations.move(operation, State.WAITING, now=rows.at(5), detail="minute")

    event = OperationEvent.objects.for_company(operation.company).latest("pk")
    assert (event.from_state, event.to_state) == ("ready", "waiting")
    assert (event.detail, event.at, event.generation) == ("minute", rows.at(5), 1)


def test_whoever_read_an_older_row_moves_nothing() -> None:
    operation = record(rows.make_connection())
    late = w.fresh(operation)
    step(operation, State.SENDING)

    is_ours = step(late, State.SENDING)

    assert not is_ours
    assert w.fresh(operation).lease_token == operation.lease_token
    assert w.story(operation) == ["ready", "sending"]


def test_a_worker_whose_lease_was_taken_stores_nothing() -> None:
    operation = record(rows.make_connection())
    step(operation, State.SENDING)
    slow = w.fresh(operation)
    step(operation, State.UNSURE)
    step(operation, State.SENDING)

    assert not operations.move(slow, State.REFUSED, now=rows.NOON)

    assert w.fresh(operation).state == State.SENDING


def test_companies_take_turns_when_many_operations_are_due() -> None:
    busy, other = rows.make_connection(1), rows.make_connection(2)
    for _ in range(queries.RINGS_PER_SWEEP + 10):
        record(busy)
    theirs = record(other)

    due = queries.list_due(rows.at(1), is_sending_paused=False)

    assert len(due) == queries.RINGS_PER_SWEEP
    assert theirs.pk in due[:2]


@pytest.mark.parametrize(
    ("change", "is_due"),
    [
        ({}, True),
        ({"state": "DISCONNECTED"}, False),
        ({"pause_until": rows.at(60)}, False),
        ({"pause_until": rows.at(0)}, True),
    ],
)
def test_what_waits_is_due_as_soon_as_its_connection_is_usable(
    change: dict[str, object], is_due: bool
) -> None:
    connection = rows.make_connection()
    operation = record(connection)
    operations.move(
        operation, State.WAITING, now=rows.NOON, waiting_for=Operation.WaitingFor.CONNECTION
    )
    XeroConnection.objects.across_companies().filter(pk=connection.pk).update(**change)

    due = queries.list_due(rows.at(1), is_sending_paused=False)

    assert due == ([operation.pk] if is_due else [])


def test_a_company_paused_by_support_waits() -> None:
    connection = rows.make_connection()
    operation = record(connection)
    Company.objects.filter(pk=connection.company_id).update(state=Company.State.PAUSED)

    sending.send(operation.pk, now=rows.at(1), runtime=w.runtime())

    assert (w.fresh(operation).state, w.fresh(operation).waiting_for) == ("waiting", "gate")
    assert queries.list_due(rows.at(2), is_sending_paused=False) == []


def test_the_oldest_due_operation_is_known_to_the_ready_page() -> None:
    connection = rows.make_connection()
    assert queries.get_oldest_due_at(rows.at(9)) is None
    record(connection)

    assert queries.get_oldest_due_at(rows.at(9)) == rows.NOON


def test_cards_of_another_company_do_not_exist() -> None:
    ours, theirs = rows.make_connection(1), rows.make_connection(2)
    operation = operations.record(
        company=theirs.company,
        connection=theirs,
        kind=Operation.Kind.CREATE,
        submission_id=uuid.uuid4(),
        body="{}",
        summary={},
        requested_by=None,
        deal_id=5,
        now=rows.NOON,
    )

    assert queries.get_operation_card(ours.company, operation.pk) is None
    assert queries.list_cards(ours.company, 5) == []
    assert queries.get_open_creation(ours.company, 5) is None
    assert [each.operation for each in queries.list_cards(theirs.company, 5)] == [operation]
