"""
What a creation costs on PostgreSQL: few messages, none of them read anew by psycopg (goal 6).

psycopg remembers how to send a text of so many characters and parameters at most. One column more
would go over that without a word, and cost each creation a tenth of its time.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from psycopg import _queries

from invoices.tests import world as w
from tests.vendors import Connected

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]


def test_psycopg_remembers_how_to_send_each_message_of_a_creation(connected: Connected) -> None:
    operation = w.press(connected)
    messages: list[tuple[int, int]] = []

    def look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        messages.append((len(sql), len(params or ())))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        w.send(operation, now=timezone.now())

    assert len(w.made(connected, operation)) == 1
    lengths, counts = zip(*messages, strict=True)
    assert max(lengths) <= _queries.MAX_CACHED_STATEMENT_LENGTH
    assert max(counts) <= _queries.MAX_CACHED_STATEMENT_PARAMS
