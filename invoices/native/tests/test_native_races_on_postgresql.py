"""The same call many times at the very same moment makes one invoice (F-39)."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connections as db_connections
from django.utils import timezone

from invoices.models import NativeCall, Operation
from invoices.native.tests.caller import Caller, copy_lists, data, order, refusal
from invoices.tests import world
from tests.vendors import Connected

AT_ONCE = 6

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.postgres,
]


@pytest.mark.parametrize("with_contact", [True, False])
def test_equal_calls_at_once_make_one_invoice(connected: Connected, with_contact: bool) -> None:
    copy_lists(connected, now=timezone.now())
    contact_id = world.contact_id(connected) if with_contact else None
    body = order(connected, contact_id)
    gate = threading.Barrier(AT_ONCE)
    answers: list[Any] = []

    def call() -> None:
        try:
            gate.wait()
            answers.append(Caller(connected).post("invoices", body))
        finally:
            db_connections.close_all()

    threads = [threading.Thread(target=call) for _each in range(AT_ONCE)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    good = [answer for answer in answers if answer.status_code == 200]
    assert good
    for answer in answers:
        if answer not in good:
            assert refusal(answer)[0] == 503
            assert int(answer["Retry-After"]) >= 1
    made = [
        each["InvoiceID"]
        for each in connected.vendors.invoices(connected.connection.tenant_id)
        if "/invoices/#ib=" in each.get("Url", "")
    ]
    assert made == [data(good[0])["id"]]
    assert {data(answer)["id"] for answer in good} == set(made)
    assert NativeCall.objects.for_company(connected.company).count() == 1
    kinds = Operation.objects.for_company(connected.company).values_list("kind", flat=True)
    assert sorted(kinds) == (["create"] if with_contact else ["create", "create_contact"])
