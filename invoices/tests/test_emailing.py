"""What a person relies on who has an invoice mailed: never twice by accident (R-29, P-5)."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest
from django.utils import timezone

from connections import access
from invoices import emailing, lifecycle
from invoices.models import Invoice, Operation
from invoices.tests import pressing as p
from invoices.tests import world as w
from tests.vendors import Connected

pytestmark = pytest.mark.django_db

State = Operation.State


def mails(connected: Connected, invoice: Invoice) -> list[list[str]]:
    """Return whom each mail of an invoice has reached."""
    outbox = w.holds(connected, "outbox")
    wanted = str(invoice.xero_invoice_id)
    return [each["recipients"] for each in outbox if each["invoice_id"] == wanted]


@pytest.mark.parametrize("moves", [("approve",), ("approve", "pay")])
def test_a_press_sends_one_mail_and_shows_the_sent_mark(
    connected: Connected, moves: tuple[str, ...]
) -> None:
    p.allow(connected)
    invoice = p.make(connected, *moves)
    now = timezone.now()

    operation = w.send(p.press("email", connected, invoice, now=now), now=now)

    assert operation.state == State.DONE
    assert len(mails(connected, invoice)) == 1
    assert p.row(invoice).is_sent
    assert p.audited(connected) == ["invoice.email.requested", "invoice.email.done"]


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("reset_after", {}),
        ("status_after", {"status": 500}),
        ("status_after", {"status": 200}),
        ("html", {}),
        ("reset_before", {}),
        ("status", {"status": 500}),
    ],
)
@pytest.mark.parametrize("was_sent", [False, True])
@pytest.mark.parametrize("pause", [60, 500])
def test_a_mail_of_unknown_outcome_reaches_the_customer_once(
    connected: Connected, kind: str, more: dict[str, Any], was_sent: bool, pause: int
) -> None:
    p.allow(connected)
    invoice = p.make(connected, "approve")
    now = timezone.now()
    if was_sent:
        w.send(p.press("email", connected, invoice, now=now), now=now)
        invoice = p.row(invoice)
    count = len(mails(connected, invoice))
    p.fault(connected, kind, "/Email$", **more)
    operation = p.press("email", connected, invoice, now=now, is_repeat_confirmed=True)

    operation = w.send(operation, now=now)
    assert operation.state == State.UNSURE
    for step in range(3):
        operation = w.send(operation, now=now + w.seconds(pause + step))

    assert operation.state == State.DONE
    assert len(mails(connected, invoice)) == count + 1


def test_a_mail_that_may_still_arrive_is_followed_by_no_other(connected: Connected) -> None:
    p.allow(connected)
    invoice = p.make(connected, "approve")
    p.fault(connected, "late", "/Email$", seconds=1)
    now = timezone.now()
    operation = w.send(p.press("email", connected, invoice, now=now), now=now)

    operation = w.send(operation, now=now + w.seconds(60))
    time.sleep(1.5)  # the sandbox carries the first request out meanwhile

    assert operation.state == State.DONE
    assert len(mails(connected, invoice)) == 1


def test_a_mark_that_others_set_before_the_press_is_not_taken_for_its_mail(
    connected: Connected,
) -> None:
    p.allow(connected)
    invoice = p.make(connected, "approve")
    # As on part-paid ones: nothing tells us of it before the daily check (xero-api §5).
    p.in_xero(connected, invoice, "edit", SentToContact=True, bump=False)
    p.fault(connected, "reset_before", "/Email$")
    now = timezone.now()
    operation = w.send(p.press("email", connected, invoice, now=now), now=now)

    for step in range(3):
        operation = w.send(operation, now=now + w.seconds(60 + step))

    assert operation.state == State.DONE
    assert len(mails(connected, invoice)) == 1


def test_news_that_nobody_can_read_asks_for_a_person(connected: Connected) -> None:
    p.allow(connected)
    invoice = p.make(connected, "approve")
    p.fault(connected, "reset_before", "/Email$")
    now = timezone.now()
    operation = w.send(p.press("email", connected, invoice, now=now), now=now)
    p.in_xero(connected, invoice, "edit", Reference="New words")

    operation = w.send(operation, now=now + w.seconds(500))

    assert (operation.state, operation.error_code) == (State.NEEDS_PERSON, "other_news")
    assert mails(connected, invoice) == []


def test_a_repeat_within_minutes_asks_first(connected: Connected) -> None:
    p.allow(connected)
    invoice = p.make(connected, "approve")
    now = timezone.now()
    first = w.send(p.press("email", connected, invoice, now=now), now=now)
    invoice = p.row(invoice)

    with pytest.raises(lifecycle.SentJustNow) as caught:
        p.press("email", connected, invoice, now=now + w.seconds(590))
    assert caught.value.at == first.finished_at
    assert Operation.objects.for_company(connected.company).filter(kind="email").count() == 1

    later = now + w.seconds(660)
    again = w.send(p.press("email", connected, invoice, now=later), now=later)
    assert again.state == State.DONE
    assert len(mails(connected, invoice)) == 2


def test_a_double_press_sends_one_mail(connected: Connected) -> None:
    p.allow(connected)
    invoice = p.make(connected, "approve")
    now = timezone.now()
    submission = uuid.uuid4()

    operation = p.press("email", connected, invoice, now=now, submission=submission)
    w.send(operation, now=now)
    p.press("email", connected, p.row(invoice), now=now, submission=submission)
    w.send(operation, now=now)

    assert len(mails(connected, invoice)) == 1


def test_a_contact_without_an_address_is_refused_before_and_by_xero(connected: Connected) -> None:
    p.allow(connected)
    invoice = p.make(connected, "approve")
    tenant, contact = connected.connection.tenant_id, invoice.xero_contact_id
    connected.vendors.control(f"xero/{tenant}/contacts/{contact}/edit", {"EmailAddress": ""})
    now = timezone.now()
    operation = w.send(p.press("email", connected, invoice, now=now), now=now)

    assert (operation.state, operation.error_code) == (State.REFUSED, "rejected")
    invoice = p.mirrored(connected, invoice)
    with pytest.raises(lifecycle.NotAllowed) as caught:
        p.press("email", connected, invoice, now=now)
    assert caught.value.code == "no_email"


def test_the_panel_names_whom_xero_mails_and_when_it_last_did(connected: Connected) -> None:
    p.allow(connected)
    invoice = p.make(connected, "approve")
    now = timezone.now()
    with access.open_xero(connected.connection, now=now) as session:
        before = emailing.recipients(session, invoice)
    w.send(p.press("email", connected, invoice, now=now), now=now)

    with access.open_xero(connected.connection, now=now) as session:
        after = emailing.recipients(session, invoice)

    assert before.last_sent_at is None
    assert after.last_sent_at is not None
    (reached,) = mails(connected, invoice)
    assert [each.email for each in after.people] == reached
