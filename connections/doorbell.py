"""Waking a worker. A lost message costs seconds: the sweep finds what was not rung (P-2)."""

from __future__ import annotations

import time
from functools import partial

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)

# A broker that is away costs seconds to find out: after that nobody rings for a while, because a
# page must not wait for it at each press (F-29).
REST_SECONDS = 5.0
_rest = {"until": 0.0}
_last_rung: dict[str, float] = {}


class _NoAnswer:
    """
    Stands for the result of a message, which nobody asks for. To make Celery's own, a process looks
    through everything installed for places that results could be kept at.
    """

    def __init__(self, task_id: str) -> None:
        self.id = task_id
        self.ignored = True


def ring_on_commit(task_name: str, *, at_most_every: float = 0, **ids: object) -> None:
    """
    Wake a worker once the transaction is committed; at once when there is none.

    :param task_name: "app.tasks.function". By name, so that whoever rings need not load what a
        worker does, nor stand above it.
    :param at_most_every: seconds in which this process rings for the task once only, for work
        that comes in floods and that a sweep picks up as well
    :param ids: the task's arguments: ids only
    """
    transaction.on_commit(partial(_ring, task_name, at_most_every, ids), robust=True)


def _ring(task_name: str, at_most_every: float, ids: dict[str, object]) -> None:
    now = time.monotonic()
    if now < _rest["until"]:
        return
    if at_most_every:
        if now < _last_rung.get(task_name, 0.0) + at_most_every:
            return
        _last_rung[task_name] = now
    try:
        current_app.send_task(
            task_name,
            kwargs={
                name: str(value) if not isinstance(value, int) else value
                for name, value in ids.items()
            },
            ignore_result=True,
            result_cls=_NoAnswer,  # type: ignore[arg-type]  # it is made, and no more
            add_to_parent=False,
            # For whoever looks at how long messages wait; no worker reads it.
            headers={"rung_at": time.time()},
            retry=False,
        )
    except (OperationalError, OSError) as exc:
        _rest["until"] = time.monotonic() + REST_SECONDS
        log.warning("doorbell_unheard", task=task_name, error=type(exc).__name__)
