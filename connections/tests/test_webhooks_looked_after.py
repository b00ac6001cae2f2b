"""What support sees of webhooks, and how long they are kept (product §10, S-36)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connections import demo, upkeep
from connections.models import User, WebhookEvent, WebhookRefusal
from connections.tests import webhook_wire as wire
from connections.webhooks import tallies

pytestmark = pytest.mark.django_db


def test_support_sees_what_was_accepted_repeated_and_refused_in_the_last_day() -> None:
    demo.seed()
    client = Client()
    client.force_login(User.objects.get(email="sam.porter@invoicebridge.example"))
    for _ in range(3):
        wire.tell_xero(wire.xero_body(wire.xero_event()))
    wire.tell_xero(wire.xero_body(wire.xero_event(eventCategory="CONTACT")))
    for _ in range(4):
        wire.tell_xero(b"{}", signature="forged")
    wire.tell_pipedrive(7001, wire.pipedrive_body(7001))

    page = client.get(reverse("admin:connections_webhookevent_changelist"))

    xero, pipedrive = page.context["totals"]
    assert (xero.accepted, xero.repeated, xero.refused, xero.waiting) == (2, 2, 4, 2)
    assert (pipedrive.accepted, pipedrive.repeated, pipedrive.refused) == (1, 0, 0)
    text = page.content.decode()
    assert "In the last 24 hours" in text
    assert wire.KEY not in text


def test_the_tallies_are_three_queries_and_of_the_last_day_only(
    django_assert_num_queries: Any,
) -> None:
    wire.tell_xero(wire.xero_body(wire.xero_event()))
    wire.tell_xero(b"{}", signature="forged")
    WebhookEvent.objects.update(received_at=timezone.now() - timedelta(days=2))
    WebhookRefusal.objects.update(day=timezone.now().date() - timedelta(days=2))

    with django_assert_num_queries(3):
        xero, _ = tallies.list_last_day(now=timezone.now())

    assert (xero.accepted, xero.refused, xero.waiting) == (0, 0, 1)


@pytest.mark.parametrize("page", ["webhookevent", "webhookrefusal", "pipedrivesubscription"])
def test_nobody_changes_or_deletes_what_was_received(page: str) -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("engineer@invoicebridge.example"))
    wire.tell_xero(wire.xero_body(wire.xero_event()))
    wire.tell_xero(b"{}", signature="forged")

    added = client.post(reverse(f"admin:connections_{page}_add"), {})
    deleted = client.post(reverse(f"admin:connections_{page}_delete", args=[1]), {"post": "yes"})

    assert {added.status_code, deleted.status_code} <= {302, 403}
    assert (WebhookEvent.objects.count(), WebhookRefusal.objects.count()) == (1, 1)


def test_events_and_refusals_are_dropped_after_thirty_days() -> None:
    wire.tell_xero(wire.xero_body(wire.xero_event()))
    wire.tell_xero(b"{}", signature="forged")
    now = timezone.now()

    upkeep.clean_up(now=now + timedelta(days=29))
    assert (WebhookEvent.objects.count(), WebhookRefusal.objects.count()) == (1, 1)
    upkeep.clean_up(now=now + timedelta(days=32))

    assert (WebhookEvent.objects.count(), WebhookRefusal.objects.count()) == (0, 0)
