"""Two workers on one row: on a server database, where workers are real (reliability T-5)."""

from __future__ import annotations

import threading

import pytest
from django.db import connections as db_connections
from django.db import transaction
from django.utils import timezone

from invoices import deal_news, sending
from invoices.models import DealInvoice, Operation
from invoices.tests import world as w
from tests.live import wait_until
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


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_an_invoice_that_is_stored_while_its_deal_is_being_merged_follows_the_merge(
    connected: Connected,
) -> None:
    operation = w.press(connected, deal_id=1)
    settings = w.runtime()
    now = timezone.now()
    slow = {"method": "PUT", "path": "/Invoices$", "kind": "drip", "seconds_per_byte": 0.0005}
    connected.vendors.control("faults", {"vendor": "xero"} | slow)

    def work() -> None:
        try:
            sending.send(operation.id, now=now, runtime=settings)
        finally:
            db_connections.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    wait_until(lambda: w.fresh(operation).state == State.SENDING)
    with transaction.atomic():
        deal_news._merge(connected.company, 1, 2, now=now)
        # Xero's answer is there long since: the worker waits for the merge to end.
        worker.join(timeout=4)
        assert worker.is_alive()
    worker.join()

    assert w.fresh(operation).state == State.DONE
    assert DealInvoice.objects.for_company(connected.company).get().deal_id == 2
