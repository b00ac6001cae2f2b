"""Two workers on one row: on a server database, where workers are real (reliability T-5)."""

from __future__ import annotations

import threading

import pytest
from django.db import connections as db_connections
from django.utils import timezone

from invoices import sending
from invoices.models import Operation
from invoices.tests import world as w
from tests.vendors import Connected

State = Operation.State


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_workers_on_one_press_make_one_call(connected: Connected) -> None:
    operation = w.press(connected)
    settings = w.runtime()
    now = timezone.now()
    gate = threading.Barrier(4)

    def work() -> None:
        try:
            gate.wait()
            sending.send(operation.id, now=now, runtime=settings)
        finally:
            db_connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert w.fresh(operation).state == State.DONE
    assert len(w.writes(connected)) == 1
    assert len(w.made(connected, operation)) == 1
    assert w.story(operation) == ["ready", "sending", "done"]
