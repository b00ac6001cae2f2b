"""What changes in Xero shows up on the deal, for few calls (performance goals 2, 11, 12)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from connections.models import ApiCall, Heartbeat, XeroConnection
from invoices import pacing, polling
from invoices.models import Invoice, InvoiceEvent, Operation
from invoices.tests import rows
from invoices.tests import world as w
from tests.vendors import Connected, connect

pytestmark = pytest.mark.django_db


def poll(now: datetime, **changes: Any) -> int:
    return polling.poll_due(now=now, runtime=w.runtime(**changes))


def gets(connected: Connected) -> list[dict[str, Any]]:
    return w.writes(connected, "GET")


def clear_traffic(connected: Connected) -> int:
    """Return the number of the last call so far."""
    traffic = connected.vendors.control("traffic?vendor=xero")
    return max((each["n"] for each in traffic), default=0)


def polls_after(connected: Connected, number: int) -> list[dict[str, Any]]:
    traffic = connected.vendors.control(f"traffic?vendor=xero&after={number}")
    return [each for each in traffic if each["path"].endswith("/Invoices")]


def change(connected: Connected, invoice: str, action: str, **more: Any) -> None:
    tenant = connected.connection.tenant_id
    connected.vendors.control(f"xero/{tenant}/invoices/{invoice}/{action}", more)


def create(connected: Connected, now: datetime) -> Operation:
    operation = w.send(w.press(connected, now=now), now=now)
    assert operation.state == Operation.State.DONE
    return operation


def fresh(connected: Connected) -> XeroConnection:
    return XeroConnection.objects.for_company(connected.company).get()


def test_every_step_in_xero_shows_after_one_poll(connected: Connected) -> None:
    now = timezone.now()
    operation = create(connected, now)
    number = w.made(connected, operation)[0]["InvoiceID"]
    poll(now)

    seen = []
    for step, action in enumerate(["submit", "approve", "pay", "unpay", "void"], start=1):
        change(connected, number, action)
        poll(now + timedelta(hours=step))
        invoice = rows.stored(connected.connection)
        seen.append((invoice.xero_status, f"{invoice.amount_due:.2f}"))

    assert [status for status, _ in seen] == [
        "SUBMITTED",
        "AUTHORISED",
        "PAID",
        "AUTHORISED",
        "VOIDED",
    ]
    assert seen[2] == ("PAID", "0.00")
    events = InvoiceEvent.objects.for_company(connected.company).order_by("pk")
    assert [each.source for each in events] == ["created", *["poll"] * 5]


def test_a_deleted_draft_follows(connected: Connected) -> None:
    now = timezone.now()
    operation = create(connected, now)

    change(connected, w.made(connected, operation)[0]["InvoiceID"], "delete")
    poll(now + timedelta(hours=1))

    assert rows.stored(connected.connection).xero_status == "DELETED"


@pytest.mark.parametrize("count", [0, 100])
def test_a_poll_without_news_is_one_call_whatever_is_open(connected: Connected, count: int) -> None:
    now = timezone.now()
    tenant = connected.connection.tenant_id
    if count:
        rows.link_contact(connected.connection, rows.UUID(w.contact_id(connected)))
        connected.vendors.control(
            f"xero/{tenant}/invoices",
            {"count": count, "status": "AUTHORISED", "contact": w.contact_id(connected)},
        )
    poll(now)
    assert Invoice.objects.for_company(connected.company).count() >= count
    mark = clear_traffic(connected)

    poll(now + timedelta(hours=2))

    (call,) = polls_after(connected, mark)
    assert (call["method"], call["status"]) == ("GET", 200)
    query = call["query"]
    text = query if isinstance(query, str) else str(query)
    assert "summaryOnly" in text and "pageSize" in text and "UpdatedDateUTC" in text
    connection = fresh(connected)
    assert connection.polled_at is not None and connection.polled_at >= now + timedelta(hours=2)
    assert connection.poll_lease_until is None
    assert ApiCall.objects.for_company(connected.company).order_by("-pk")[0].status == 200


def test_the_cursor_is_xeros_time_and_never_ours(connected: Connected) -> None:
    now = timezone.now()
    operation = create(connected, now)
    poll(now)

    (truth,) = w.made(connected, operation)
    stamp = int(truth["UpdatedDateUTC"].split("(")[1].split("+")[0].rstrip(")/"))
    cursor = fresh(connected).cursor_at
    assert cursor is not None
    newest = max(
        int(each["UpdatedDateUTC"].split("(")[1].split("+")[0].rstrip(")/"))
        for each in connected.vendors.invoices(connected.connection.tenant_id)
    )
    assert round(cursor.timestamp() * 1000) == newest >= stamp


def test_a_failed_poll_keeps_the_data_and_comes_again(connected: Connected) -> None:
    now = timezone.now()
    create(connected, now)
    poll(now)
    before = fresh(connected)
    connected.vendors.control(
        "faults", {"vendor": "xero", "method": "GET", "path": "Invoices", "kind": "html"}
    )

    poll(now + timedelta(hours=1))

    after = fresh(connected)
    assert (after.polled_at, after.cursor_at) == (before.polled_at, before.cursor_at)
    assert after.poll_lease_until is None
    assert after.next_poll_at is not None and after.next_poll_at > now + timedelta(hours=1)
    assert rows.stored(connected.connection).xero_status == "DRAFT"


def test_a_limit_pauses_polls_until_xero_asked(connected: Connected) -> None:
    now = timezone.now()
    connected.vendors.control(
        "faults",
        {
            "vendor": "xero",
            "method": "GET",
            "path": "Invoices",
            "times": 1,
            "kind": "rate_limit",
            "problem": "minute",
            "retry_after": 40,
        },
    )
    poll(now)
    mark = clear_traffic(connected)

    assert poll(now + timedelta(seconds=30)) == 0
    assert polls_after(connected, mark) == []
    assert poll(now + timedelta(seconds=45)) == 1


def test_an_organisation_that_left_is_asked_once_and_never_again(connected: Connected) -> None:
    now = timezone.now()
    connected.vendors.control(f"xero/{connected.connection.tenant_id}/disconnect", {})

    poll(now)
    mark = clear_traffic(connected)

    assert fresh(connected).state == XeroConnection.State.DISCONNECTED
    assert poll(now + timedelta(days=1)) == 0
    assert polls_after(connected, mark) == []


def test_one_organisation_in_trouble_does_not_hold_up_another(connected: Connected) -> None:
    other = connect(connected.vendors, "zeynep.kaya@anadolu.example", "anadolu")
    tenant = connected.connection.tenant_id
    connected.vendors.control(f"xero/{tenant}/disconnect", {})
    now = timezone.now()

    assert poll(now) == 2

    assert fresh(other).polled_at is not None
    assert fresh(connected).polled_at is None


def test_a_due_date_changed_on_a_part_paid_invoice_is_found_by_the_daily_check(
    connected: Connected,
) -> None:
    now = timezone.now()
    operation = create(connected, now)
    number = w.made(connected, operation)[0]["InvoiceID"]
    change(connected, number, "approve")
    change(connected, number, "pay", amount="10.00")
    tenant = connected.connection.tenant_id
    connected.vendors.control("clock", {"advance_seconds": 600})
    connected.vendors.control(f"xero/{tenant}/invoices", {"count": 1, "status": "DRAFT"})
    poll(now + timedelta(minutes=1))
    assert rows.stored(connected.connection).is_partly_paid
    change(connected, number, "edit", DueDate="2026-12-01", bump=False)

    poll(now + timedelta(hours=2))
    assert rows.stored(connected.connection).due_date == date(2026, 3, 20)
    poll(now + timedelta(hours=25))

    invoice = rows.stored(connected.connection)
    assert invoice.due_date == date(2026, 12, 1)
    assert invoice.checked_at >= now + timedelta(hours=25)
    assert InvoiceEvent.objects.for_company(connected.company).latest("pk").source == "sweep"


def test_a_daily_check_that_xero_did_not_answer_is_made_with_the_next_one(
    connected: Connected,
) -> None:
    now = timezone.now()
    operation = create(connected, now)
    number = w.made(connected, operation)[0]["InvoiceID"]
    tenant = connected.connection.tenant_id
    connected.vendors.control("clock", {"advance_seconds": 600})
    connected.vendors.control(f"xero/{tenant}/invoices", {"count": 1, "status": "DRAFT"})
    poll(now + timedelta(minutes=1))
    change(connected, number, "edit", DueDate="2026-12-01", bump=False)
    connected.vendors.control(
        "faults",
        {"vendor": "xero", "method": "GET", "path": "Invoices", "after": 1}
        | {"kind": "status", "status": 500},
    )

    poll(now + timedelta(hours=25))
    assert rows.stored(connected.connection).due_date == date(2026, 3, 20)
    poll(now + timedelta(hours=38))

    assert rows.stored(connected.connection).due_date == date(2026, 12, 1)


def test_refresh_brings_the_news_at_once_by_the_deals_own_invoices_too(
    connected: Connected,
) -> None:
    now = timezone.now()
    operation = create(connected, now)
    number = w.made(connected, operation)[0]["InvoiceID"]
    change(connected, number, "approve")
    change(connected, number, "pay", amount="10.00")
    poll(now)
    change(connected, number, "edit", DueDate="2026-12-01", bump=False)

    result = polling.refresh(fresh(connected), now=now + timedelta(seconds=9), deal_id=w.DEAL)

    assert result.outcome == "fresh"
    assert result.checked_at is not None and result.checked_at >= now + timedelta(seconds=9)
    assert rows.stored(connected.connection).due_date == date(2026, 12, 1)


def test_refresh_says_what_is_true_when_it_brings_nothing(
    connected: Connected, settings: Any
) -> None:
    now = timezone.now()
    create(connected, now)
    poll(now)
    polled_at = fresh(connected).polled_at

    settings.XERO_API_URL = "http://127.0.0.1:1"
    failed = polling.refresh(fresh(connected), now=now + timedelta(seconds=9))
    assert (failed.outcome, failed.error_code) == ("failed", "unreachable")
    assert failed.checked_at == polled_at

    XeroConnection.objects.across_companies().update(poll_lease_until=now + timedelta(hours=1))
    assert polling.refresh(fresh(connected), now=now).outcome == "busy"
    XeroConnection.objects.across_companies().update(pause_until=now + timedelta(hours=1))
    assert polling.refresh(fresh(connected), now=now).outcome == "paused"
    XeroConnection.objects.across_companies().update(state="DISCONNECTED")
    assert polling.refresh(fresh(connected), now=now).outcome == "not_connected"
    assert fresh(connected).polled_at == polled_at


def test_a_lease_that_was_left_behind_ends(connected: Connected) -> None:
    now = timezone.now()
    lease = timedelta(seconds=w.runtime().poll_lease_seconds)
    XeroConnection.objects.across_companies().update(poll_lease_until=now + lease)

    assert poll(now) == 0
    assert poll(now + lease) == 1


def test_a_poll_leaves_a_sign_of_life(connected: Connected) -> None:
    now = timezone.now()

    poll(now)

    assert Heartbeat.objects.get(name="poll").beat_at == now


@pytest.mark.parametrize(
    ("is_busy", "quiet", "left", "seconds"),
    [
        (True, 0, None, 900),
        (True, 50, 5000, 900),
        (False, 0, None, 900),
        (False, 1, None, 1800),
        (False, 2, None, 3600),
        (False, 60, None, 3600),
        (True, 0, 1540, 2160),
        (True, 0, 1500, 14400),
        (True, 0, 0, 14400),
    ],
)
def test_the_pace_follows_what_is_open_and_what_the_day_leaves(
    db: None, is_busy: bool, quiet: int, left: int | None, seconds: int
) -> None:
    spans = [
        pacing.next_poll_in(
            is_busy=is_busy, quiet_polls=quiet, day_calls_left=left, runtime=w.runtime()
        ).total_seconds()
        for _ in range(50)
    ]

    assert seconds * 0.9 <= min(spans) <= max(spans) <= seconds * 1.1
    assert len(set(spans)) > 1
