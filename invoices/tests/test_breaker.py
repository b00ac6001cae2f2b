"""When Xero fails it is left alone, one call tries, and nothing is lost meanwhile (P-16, P-17)."""

from __future__ import annotations

from datetime import datetime, timedelta

import requests
from django.utils import timezone

from connections import breaker, probing
from connections.models import ApiCall, VendorState, XeroConnection
from invoices import queries
from invoices.models import Operation
from invoices.tests import world as w
from tests.vendors import Connected, Vendors, connect

EVERYTHING = {"vendor": "xero", "kind": "status", "status": 500, "times": 1000}


def test_after_ten_failures_nothing_is_sent_for_anybody(
    connected: Connected, vendors: Vendors
) -> None:
    now = timezone.now()
    other = connect(vendors, "zeynep.kaya@anadolu.example", "anadolu")
    ApiCall.objects.across_companies().all().delete()
    vendors.control("faults", EVERYTHING)

    fail(connected, 12, now=now)

    assert len(w.writes(connected)) == 10
    waiting = w.send(w.press(other, now=now, deal_id=77), now=now + timedelta(seconds=1))
    assert (waiting.state, waiting.waiting_for) == ("waiting", "outage")
    assert len(w.writes(connected)) == 10
    reasons = XeroConnection.objects.across_companies().values_list("pause_reason", flat=True)
    assert list(reasons) == ["outage", "outage"]


def test_one_call_tries_and_its_answer_lets_everything_go_on(
    connected: Connected, vendors: Vendors
) -> None:
    now = timezone.now()
    ApiCall.objects.across_companies().all().delete()
    vendors.control("faults", EVERYTHING)
    operations = fail(connected, 12, now=now)
    calls = count_calls(vendors)

    assert not probing.probe_due(now=now + timedelta(seconds=2))
    assert probing.probe_due(now=now + timedelta(seconds=6))
    assert not probing.probe_due(now=now + timedelta(seconds=6))
    assert count_calls(vendors) == calls + 1
    later = now + timedelta(seconds=30)
    assert queries.list_due(later, is_sending_paused=False) == []

    forget_faults(vendors)
    assert probing.probe_due(now=later)
    assert not probing.probe_due(now=later + timedelta(minutes=5))

    due = queries.list_due(later + timedelta(seconds=1), is_sending_paused=False)
    never_sent = operations[-1]
    assert never_sent.id in due
    assert w.send(w.fresh(never_sent), now=later + timedelta(seconds=1)).state == "done"


def test_of_two_workers_at_once_one_makes_the_try(connected: Connected) -> None:
    now = timezone.now()
    VendorState.objects.create(vendor="xero", opened_at=now, probe_at=now)

    # The first one has not heard from Xero yet.
    assert breaker.claim_probe(now=now)
    assert not breaker.claim_probe(now=now)
    # It died: after a while another one tries.
    assert breaker.claim_probe(now=now + breaker.HELD_BEYOND)


def test_a_word_of_refusal_is_an_answer_too(connected: Connected, vendors: Vendors) -> None:
    now = timezone.now()
    ApiCall.objects.across_companies().all().delete()
    vendors.control("faults", EVERYTHING | {"times": 10})
    fail(connected, 10, now=now)
    vendors.control("faults", {"vendor": "xero", "kind": "rate_limit", "problem": "concurrent"})

    assert probing.probe_due(now=now + timedelta(seconds=6))

    assert VendorState.objects.get().opened_at is None


def test_a_few_failures_among_many_answers_hold_nobody_back(connected: Connected) -> None:
    now = timezone.now()
    ApiCall.objects.across_companies().all().delete()
    for number in range(30):
        ApiCall.objects.create(
            company=connected.company,
            vendor="xero",
            operation="xero.create_invoice",
            status=200,
            duration_ms=90,
            at=now + timedelta(seconds=number / 2),
        )

    for number in range(15):
        breaker.note_failure(now=now + timedelta(seconds=number))

    assert VendorState.objects.get().opened_at is None
    assert not XeroConnection.objects.across_companies().filter(pause_reason="outage").exists()


def test_failures_that_are_far_apart_hold_nobody_back(connected: Connected) -> None:
    now = timezone.now()
    for number in range(40):
        breaker.note_failure(now=now + timedelta(seconds=number * 4))

    assert VendorState.objects.get().opened_at is None


def test_a_tenth_may_be_sent_again_and_the_rest_waits(connected: Connected) -> None:
    now = timezone.now()
    runtime = w.runtime()
    ApiCall.objects.across_companies().all().delete()
    assert [breaker.take_retry(now=now, runtime=runtime) for _ in range(11)].count(True) == 10
    for _ in range(132):
        ApiCall.objects.create(
            company=connected.company,
            vendor="xero",
            operation="xero.create_invoice",
            status=200,
            duration_ms=90,
            at=now,
        )

    # 132 writes, ten of them sent again: a tenth of the others is twelve.
    assert [breaker.take_retry(now=now, runtime=runtime) for _ in range(5)].count(True) == 2
    later = now + timedelta(seconds=61)
    assert breaker.take_retry(now=later, runtime=runtime)


def test_what_may_not_be_sent_again_yet_stays_as_it_is(connected: Connected) -> None:
    now = timezone.now()
    connected.vendors.control("faults", EVERYTHING | {"times": 1, "method": "PUT"})
    unsure = w.send(w.press(connected, now=now), now=now)
    due = unsure.next_attempt_at

    held = w.send(unsure, now=due, retries_at_least=0)

    assert (held.state, held.sends) == ("unsure", 1)
    assert held.next_attempt_at >= due
    assert len(w.writes(connected)) == 1
    assert w.send(held, now=held.next_attempt_at).state == "done"


def test_a_first_send_asks_for_no_part_of_the_budget(connected: Connected) -> None:
    now = timezone.now()

    assert w.send(w.press(connected, now=now), now=now, retries_at_least=0).state == "done"

    assert not VendorState.objects.exists()


def fail(connected: Connected, count: int, *, now: datetime) -> list[Operation]:
    """Press so many times while Xero fails."""
    operations = [w.press(connected, now=now, deal_id=500 + each) for each in range(count)]
    return [w.send(each, now=now) for each in operations]


def count_calls(vendors: Vendors) -> int:
    return len(vendors.control("traffic?vendor=xero"))


def forget_faults(vendors: Vendors) -> None:
    requests.delete(f"{vendors.xero_url}/_sandbox/faults", timeout=10)
