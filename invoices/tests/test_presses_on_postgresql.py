"""Two presses at the same instant: on a server database, where requests are real (T-5, P-5)."""

from __future__ import annotations

import threading
import uuid

import pytest
from django.db import connections as db_connections
from django.utils import timezone

from invoices import lifecycle
from invoices.models import Operation
from invoices.tests import pressing as p
from tests.vendors import Connected


@pytest.mark.postgres
@pytest.mark.parametrize("is_same_form", [True, False])
@pytest.mark.django_db(transaction=True)
def test_presses_at_the_same_instant_store_one_operation(
    connected: Connected, is_same_form: bool
) -> None:
    p.allow(connected)
    invoice = p.make(connected)
    submission, now = uuid.uuid4(), timezone.now()
    gate = threading.Barrier(4)
    stored: list[uuid.UUID] = []
    refused: list[uuid.UUID] = []

    def press() -> None:
        form = submission if is_same_form else uuid.uuid4()
        try:
            gate.wait()
            stored.append(p.press("approve", connected, invoice, now=now, submission=form).pk)
        except lifecycle.AlreadyOpen as exc:
            refused.append(exc.operation.pk)
        finally:
            db_connections.close_all()

    threads = [threading.Thread(target=press) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    kept = Operation.objects.across_companies().get(kind=Operation.Kind.APPROVE)
    assert {*stored, *refused} == {kept.pk}
    assert len(stored) + len(refused) == 4
    assert is_same_form or len(stored) == 1
