"""The app is taken off while presses run: nothing new is written, no doubt is lost (F-40)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from connections import services
from connections.models import Company
from invoices import queries, sending
from invoices.models import Operation
from invoices.tests import world as w
from tests.vendors import Connected

pytestmark = pytest.mark.django_db
State = Operation.State


def uninstall(connected: Connected) -> None:
    services.uninstall(
        pipedrive_company_id=connected.company.pipedrive_company_id,
        pipedrive_user_id=connected.membership.pipedrive_user_id or 0,
        now=timezone.now(),
    )
    assert Company.objects.get().state == Company.State.UNINSTALLED


def test_what_was_not_sent_is_not_sent_any_more(connected: Connected) -> None:
    operation = w.press(connected)
    uninstall(connected)
    later = timezone.now() + timedelta(hours=1)

    sending.send(operation.pk, now=later)
    sending.sweep(now=later)

    operation.refresh_from_db()
    assert (operation.state, operation.sends) == (State.WAITING, 0)
    assert w.made(connected, operation) == []
    assert queries.list_due(later, is_sending_paused=False) == []


def test_what_may_be_in_xero_is_neither_sent_again_nor_forgotten(connected: Connected) -> None:
    operation = w.press(connected)
    connected.vendors.control(
        "faults", {"vendor": "xero", "method": "PUT", "path": "/Invoices", "kind": "reset_after"}
    )
    sending.send(operation.pk, now=timezone.now())
    operation.refresh_from_db()
    assert operation.state == State.UNSURE
    uninstall(connected)

    for hours in range(1, 4):
        sending.send(operation.pk, now=timezone.now() + timedelta(hours=hours))

    operation.refresh_from_db()
    assert (operation.state, operation.sends) == (State.UNSURE, 1)
    assert len(w.made(connected, operation)) == 1
    assert len(w.writes(connected)) == 1
