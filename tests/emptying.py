"""Emptying the test database after a transactional test, in which SQLite obeys our triggers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import TransactionTestCase


@pytest.fixture(scope="session", autouse=True)
def emptying_passes_the_guards() -> Iterator[None]:
    """The audit trail refuses to be deleted: the test database is emptied without its guards."""
    # Private in Django's types; nothing public runs between a test and its flush.
    tear_down: Any = vars(TransactionTestCase)["_fixture_teardown"]

    def without_guards(self: TransactionTestCase) -> None:
        with guards_away():
            tear_down(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", without_guards)
        yield


@contextmanager
def guards_away() -> Iterator[None]:
    """Take SQLite's triggers away and put them back; PostgreSQL truncates, which asks none."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        found = cursor.fetchall()
        for name, _sql in found:
            cursor.execute(f'DROP TRIGGER "{name}"')
    yield
    with connection.cursor() as cursor:
        for _name, sql in found:
            cursor.execute(sql)
