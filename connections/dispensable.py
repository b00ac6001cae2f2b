"""Writes that a page can do without: a database that takes none still lets it be read (F-42)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db import OperationalError

from connections import columns

log = structlog.get_logger(__name__)


@contextmanager
def write(what: str) -> Iterator[None]:
    """
    Leave out what is written within, and log that, where the database refuses it.

    Not within a transaction, which the refusal has ended: there it is an error like any other.

    :param what: a word for the log
    :raises django.db.OperationalError: within a transaction
    """
    try:
        yield
    except OperationalError as exc:
        if columns.database().in_atomic_block:
            raise
        log.warning("not_written", what=what, error=type(exc).__name__)
