"""When an operation is tried again, and what is tried: pure rules of reliability §2."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from enum import Enum

from connections.runtime import Runtime
from invoices.models import Operation

# Three identical 5xx under one key are Xero's stored answer: resending brings nothing (P-3).
EQUAL_FAILURES_LIMIT = 3

_dice = random.SystemRandom()


class Step(Enum):
    """What a worker does next with an operation."""

    SEND = "send"
    LOOK = "look"
    WAIT = "wait"


def next_step(operation: Operation, *, runtime: Runtime, now: datetime) -> Step:
    """
    Return what is due: a first send, a resend with the same key, a look, or nothing yet.

    :param now: the database's clock
    """
    state = Operation.State
    match operation.state:
        case state.READY | state.WAITING:
            return Step.WAIT if runtime.sending_paused else Step.SEND
        case state.UNSURE if not runtime.sending_paused and may_resend(
            operation, runtime=runtime, at=now
        ):
            return Step.SEND
        case state.UNSURE if now < look_from(operation, runtime=runtime):
            return Step.WAIT
        case state.UNSURE | state.LOOKING:
            return Step.LOOK
        case _:
            return Step.WAIT


def may_resend(operation: Operation, *, runtime: Runtime, at: datetime) -> bool:
    """Whether the same key may be sent once more: few times, and while Xero remembers it."""
    first = operation.first_sent_at
    return (
        first is not None
        and operation.sends < len(_waits(runtime))
        and operation.equal_failures < EQUAL_FAILURES_LIMIT
        and at <= first + timedelta(seconds=runtime.last_resend_seconds)
    )


def look_from(operation: Operation, *, runtime: Runtime) -> datetime:
    """Return when a look counts: what was late has arrived by then."""
    last = operation.last_sent_at or operation.created_at
    return last + timedelta(seconds=runtime.look_pause_seconds)


def after_unsure(operation: Operation, *, runtime: Runtime, now: datetime) -> datetime:
    """Return when to act on an unknown outcome: the next resend, or the look when none is left."""
    again = now + backoff(operation.sends, runtime=runtime)
    if may_resend(operation, runtime=runtime, at=again):
        return again
    return max(now, look_from(operation, runtime=runtime))


def backoff(tries: int, *, runtime: Runtime) -> timedelta:
    """Return a wait with full jitter after this many tries; the longest repeats for ever."""
    waits = _waits(runtime)
    longest = waits[max(0, min(tries, len(waits)) - 1)]
    return timedelta(seconds=_dice.uniform(0, longest))


def _waits(runtime: Runtime) -> list[float]:
    return [float(part) for part in runtime.resend_waits.split(",")]
