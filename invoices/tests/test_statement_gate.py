"""Without the admin's word on sign-in nothing new reaches Xero, and nothing is lost (M-2, R-2)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone, translation

from connections import security
from connections.models import SecurityStatement, User
from invoices import action_words, queries, sending, services
from invoices.models import Operation
from invoices.tests import world as w
from tests.vendors import Connected

pytestmark = pytest.mark.django_db
State = Operation.State
REFIT = 1


def revoke(connected: Connected) -> None:
    statement = SecurityStatement.objects.for_company(connected.company).get(
        revoked_at__isnull=True
    )
    support = User.objects.create_user("support@invoicebridge.example")
    security.revoke(statement, by=support, reason="Audit found no 2FA", now=timezone.now())
    connected.company.refresh_from_db()
    connected.membership.refresh_from_db()


def state_again(connected: Connected) -> None:
    security.state(connected.membership, method="sso", now=timezone.now())


def test_an_accepted_press_waits_for_the_statement_and_goes_on_by_itself(
    connected: Connected,
) -> None:
    now = timezone.now()
    operation = w.press(connected, now=now)
    revoke(connected)

    waiting = w.send(operation, now=now)
    rung = sending.sweep(now=now + w.seconds(60))
    state_again(connected)
    due = queries.list_due(now + w.seconds(61), is_sending_paused=False)
    done = w.send(operation, now=now + w.seconds(61))

    assert (waiting.state, waiting.waiting_for) == (State.WAITING, Operation.WaitingFor.GATE)
    assert rung == 0
    assert due == [operation.pk]
    assert done.state == State.DONE
    assert len(w.made(connected, operation)) == 1


def test_an_unknown_outcome_is_neither_resent_nor_forgotten_meanwhile(
    connected: Connected,
) -> None:
    now = timezone.now()
    connected.vendors.control(
        "faults",
        {"vendor": "xero", "method": "PUT", "path": "/Invoices$", "kind": "reset_after"},
    )
    operation = w.send(w.press(connected, now=now), now=now)
    revoke(connected)

    still = w.send(operation, now=now + w.seconds(90))
    state_again(connected)
    done = w.send(w.send(operation, now=now + w.seconds(300)), now=now + w.seconds(301))

    assert (operation.state, still.state) == (State.UNSURE, State.UNSURE)
    assert done.state == State.DONE
    assert len(w.made(connected, operation)) == 1


def test_a_press_is_refused_on_the_server_and_stores_nothing(connected: Connected) -> None:
    revoke(connected)

    with pytest.raises(services.NotAllowed) as refused:
        services.check_may_create(connected.membership, connected.connection)

    assert refused.value.code == "statement"


def test_the_deal_shows_everything_and_says_why_nothing_can_be_created(
    connected: Connected, client: Client
) -> None:
    made = w.send(w.press(connected, deal_id=REFIT), now=timezone.now())
    revoke(connected)
    client.force_login(connected.user)

    page = client.get(f"/deals/{REFIT}/").content.decode()
    opened = client.get(f"/deals/{REFIT}/invoices/new/", follow=True)

    assert made.invoice is not None and made.invoice.number in page
    assert "Nobody has confirmed that single sign-on" in page
    assert "/settings/connections/" in page.split('id="cannot-create"')[1]
    assert opened.redirect_chain == [(f"/deals/{REFIT}/", 302)]
    assert "Nobody has confirmed that single sign-on" in opened.content.decode()


def test_an_action_that_waits_for_a_gate_says_so_in_a_whole_sentence() -> None:
    waiting = Operation(
        kind=Operation.Kind.APPROVE, state=State.WAITING, waiting_for=Operation.WaitingFor.GATE
    )

    with translation.override("en"):
        said = action_words.state(waiting)

    assert said == (
        "Approve: waiting until your company may write to Xero again; it goes by itself then."
    )
