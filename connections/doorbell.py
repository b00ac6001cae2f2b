"""Waking a worker. A lost message costs seconds: the sweep finds what was not rung (P-2)."""

from __future__ import annotations

from functools import partial
from typing import Any

import structlog
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)


def ring_on_commit(task: Any, **ids: object) -> None:
    """
    Wake a worker once the transaction is committed; at once when there is none.

    :param task: a Celery task
    :param ids: its arguments: ids only
    """
    transaction.on_commit(partial(_ring, task, ids), robust=True)


def _ring(task: Any, ids: dict[str, object]) -> None:
    try:
        task.apply_async(
            kwargs={
                name: str(value) if not isinstance(value, int) else value
                for name, value in ids.items()
            },
            retry=False,
        )
    except (OperationalError, OSError) as exc:
        log.warning("doorbell_unheard", task=task.name, error=type(exc).__name__)
