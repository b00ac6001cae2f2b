"""What changed in Xero while a connection was ended is there once it is made again (P-7, P-9)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from connections.models import XeroAuthorisation, XeroConnection
from invoices import polling
from invoices.models import InvoiceEvent
from invoices.tests import pressing as p
from tests.vendors import Connected, connect_xero

pytestmark = pytest.mark.django_db


def test_missed_changes_are_caught_up_by_the_first_check(connected: Connected) -> None:
    p.allow(connected)
    paid, voided = p.make(connected), p.make(connected, "approve")
    now = timezone.now()
    polling.poll_due(now=now)
    connected.vendors.control("xero/revoke", {"email": connected.user.email})
    XeroAuthorisation.objects.update(access_expires_at=now)
    polling.poll_due(now=now + timedelta(hours=2))
    assert XeroConnection.objects.for_company(connected.company).get().state == "RECONNECT"

    p.in_xero(connected, paid, "approve")
    p.in_xero(connected, paid, "pay")
    p.in_xero(connected, voided, "void")
    later = now + timedelta(hours=3)
    assert polling.poll_due(now=later) == 0
    assert p.row(paid).xero_status == "DRAFT"

    connect_xero(connected.vendors, connected.membership, "brightside", now=later)
    assert polling.poll_due(now=later + timedelta(seconds=5)) == 1

    assert [p.row(each).xero_status for each in (paid, voided)] == ["PAID", "VOIDED"]
    assert p.row(paid).events.latest("pk").source == InvoiceEvent.Source.POLL
