"""A grant does not die because nobody used it (refresh tokens end after 60 days unused)."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from connections import upkeep
from connections.models import PipedriveAuthorisation, XeroAuthorisation, XeroConnection
from tests.vendors import Connected


def test_grants_that_nobody_used_for_a_month_are_renewed_once(connected: Connected) -> None:
    xero, pipedrive = grants()
    later = timezone.now() + timedelta(days=31)

    assert upkeep.renew_idle(now=later - timedelta(days=2)) == 0
    assert upkeep.renew_idle(now=later) == 2
    assert upkeep.renew_idle(now=later + timedelta(hours=1)) == 0

    assert [each.generation for each in grants()] == [xero.generation + 1, pipedrive.generation + 1]
    assert all(each.issued_at >= later for each in grants())


def test_a_renewal_that_fails_is_tried_again_and_changes_nothing(connected: Connected) -> None:
    later = timezone.now() + timedelta(days=31)
    before = [each.generation for each in grants()]
    connected.vendors.control(
        "faults", {"kind": "status", "status": 503, "path": "/token", "times": 2}
    )

    assert upkeep.renew_idle(now=later) == 0
    assert [each.generation for each in grants()] == before
    assert {each.state for each in grants()} == {"ACTIVE"}

    assert upkeep.renew_idle(now=later + timedelta(hours=1)) == 2


def test_a_grant_that_is_gone_is_noticed_though_nobody_uses_it(connected: Connected) -> None:
    connected.vendors.control("xero/revoke", {"email": connected.user.email})

    upkeep.renew_idle(now=timezone.now() + timedelta(days=31))

    assert grants()[0].state == "DEAD"
    assert XeroConnection.objects.across_companies().get().state == "RECONNECT"


def grants() -> tuple[XeroAuthorisation, PipedriveAuthorisation]:
    return XeroAuthorisation.objects.get(), PipedriveAuthorisation.objects.across_companies().get()
