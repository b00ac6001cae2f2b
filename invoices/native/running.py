"""
Writes for a caller who waits: stored as an operation like every press, then carried out at once.

The row is the work here too. It is sent by the same code and the same lease as a worker's; what
cannot be told in this call is left to the sweep, and the same call again tells it (F-39).
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from connections.models import Company
from connections.runtime import Runtime
from invoices import action_words, clock, difference_words, refusals, sending
from invoices.models import NativeCall, Operation
from invoices.native import answers
from invoices.native.failures import Failure, invalid, refused, seconds_until, try_again

State = Operation.State

WINDOW = timedelta(minutes=10)
# No step is begun later than this: who calls does not wait for ever.
PATIENCE_SECONDS = 20.0
_MOST_STEPS = 12


def fingerprint(company: Company, endpoint: str, said: Mapping[str, Any]) -> str:
    """Return what tells a repeat from a new wish: link, endpoint and what was said, no more."""
    text = "\n".join((str(company.link_id), endpoint, answers.dump(_sorted(said))))
    return hashlib.sha256(text.encode()).hexdigest()


def find(company: Company, key: str, *, keeps_done: bool = True, now: datetime) -> Operation | None:
    """
    Return what the same call has made already.

    What was refused made nothing: it may be asked for again. What is not told yet is found however
    long ago it was asked for.

    :param keeps_done: within the window a repeat is answered with what was done; False where the
        same words can be meant anew, because others changed it meanwhile
    """
    row = NativeCall.objects.for_company(company).filter(fingerprint=key).first()
    return None if row is None else _same(row, keeps_done=keeps_done, now=now)


def record(
    company: Company,
    key: str,
    make: Callable[[], Operation],
    *,
    keeps_done: bool = True,
    now: datetime,
) -> Operation:
    """
    Return the operation of a call, made by `make` if no equal call has one. Of two equal calls at
    once the second waits here for the first, and finds its operation.

    :param make: stores the operation, without ringing for it
    """
    with transaction.atomic():
        rows = NativeCall.objects.for_company(company)
        NativeCall.objects.bulk_create(
            [NativeCall(company=company, fingerprint=key, made_at=now)], ignore_conflicts=True
        )
        row = rows.select_for_update().get(fingerprint=key)
        known = _same(row, keeps_done=keeps_done, now=now)
        if known is not None:
            return known
        operation = make()
        rows.filter(pk=row.pk).update(operation=operation, made_at=now)
    return operation


def carry_out(operation: Operation, *, runtime: Runtime) -> Operation:
    """
    Do the next steps of an operation, and of what it waits for, as a worker would.

    :return: the row as it is then
    :raises Failure: it was refused, or nobody can tell yet what became of it
    """
    began = time.monotonic()
    for _step in range(_MOST_STEPS):
        due = _next(operation)
        if due is None or time.monotonic() - began > PATIENCE_SECONDS:
            break
        before = (due.state, due.attempts)
        sending.send(due.pk, now=clock.database_now(), runtime=runtime, rings=False)
        operation = _read(operation)
        after = _next(operation)
        if after is not None and after.pk == due.pk and (after.state, after.attempts) == before:
            break
    _demand_done(operation)
    return operation


def _next(operation: Operation) -> Operation | None:
    """Return what can be sent now: the operation, or first what it waits for; None for nothing."""
    if operation.is_final:
        return None
    first = operation.depends_on
    if first is not None and not first.is_final:
        operation = first
    is_open = operation.state in {State.READY, State.WAITING, State.UNSURE, State.LOOKING}
    return operation if is_open and operation.next_attempt_at <= clock.database_now() else None


def _read(operation: Operation) -> Operation:
    rows = Operation.objects.for_company(operation.company)
    found: Operation = rows.select_related("depends_on", "connection").get(pk=operation.pk)
    found.company = operation.company
    return found


def _same(row: NativeCall, *, keeps_done: bool, now: datetime) -> Operation | None:
    if row.operation_id is None:
        return None
    found: Operation | None = (
        Operation.objects.for_company(row.company)
        .filter(pk=row.operation_id)
        .select_related("depends_on", "connection")
        .first()
    )
    if found is None or found.state == State.REFUSED:
        return None
    is_old = row.made_at <= now - WINDOW
    if found.state == State.DONE and (is_old or not keeps_done):
        return None
    found.company = row.company
    return found


def _demand_done(operation: Operation) -> None:
    """:raises Failure: it is not done; its sentence says what is true now"""
    first = operation.depends_on if operation.state == State.WAITING else None
    # What waits for a contact goes on by itself only if that one does.
    is_stuck = first is not None and first.state == State.NEEDS_PERSON
    match State.NEEDS_PERSON if is_stuck else operation.state:
        case State.DONE:
            return
        case State.REFUSED:
            raise _refusal(operation)
        case State.NEEDS_PERSON:
            raise refused(
                "needs_person",
                _(
                    "We could not find out whether this arrived in Xero. Look there before you "
                    "try again; our support sees this too."
                ),
            )
        case _:
            raise _waiting(operation)


def _refusal(operation: Operation) -> Failure:
    if operation.kind in Operation.ACTION_KINDS:
        sentence = action_words.state(operation, sees_amounts=True)
        changes = difference_words.since_seen(operation, sees_amounts=True)
        return refused(operation.error_code or "refused", " ".join((sentence, *changes)))
    if operation.error_code == "scope_missing":
        return refused(
            "scope_missing",
            _(
                "The Xero connection may not write items. Change the item in Xero, or have an "
                "admin of your company connect Xero again."
            ),
        )
    told = [each.text for each in refusals.explain(operation.error_messages, sees_amounts=True)]
    return invalid(" ".join(map(str, told)) or _("Xero refused it. Nothing was made."))


def _waiting(operation: Operation) -> Failure:
    now = clock.database_now()
    waits = _next_to_end(operation)
    pause = operation.connection.pause_until
    until = max(filter(None, (waits.next_attempt_at, waits.lease_until, pause)), default=now)
    if waits.state in {State.UNSURE, State.LOOKING, State.SENDING}:
        message = _(
            "Xero has not confirmed this yet. We are finding out; nothing is done twice. Please "
            "try again in a moment."
        )
    else:
        message = _(
            "This is kept and goes to Xero by itself as soon as Xero takes it. Please look again "
            "in a moment; nothing is done twice."
        )
    return try_again(f"{waits.state}", message, seconds=min(seconds_until(until, now=now), 60))


def _next_to_end(operation: Operation) -> Operation:
    first = operation.depends_on
    return operation if first is None or first.is_final else first


def _sorted(value: Any) -> Any:
    """Return the same value with the members of every object in one order."""
    if isinstance(value, Mapping):
        return {name: _sorted(value[name]) for name in sorted(value)}
    if isinstance(value, list | tuple):
        return [_sorted(member) for member in value]
    return value
