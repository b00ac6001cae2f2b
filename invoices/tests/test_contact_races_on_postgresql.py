"""Two people at once, on the database of production: one wins, the other is told (R-33)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections as database_connections
from django.utils import timezone

from connections.models import AuditEvent, Membership, User, XeroConnection
from invoices import contact_history, contact_placing, mirror
from invoices.models import ContactHistory, Deal, DealInvoice, Invoice, InvoiceEvent
from invoices.tests import rows as r

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 4
CUSTOMER = r.CONTACT.int % 1_000_000


@pytest.fixture
def connection() -> XeroConnection:
    """A connection whose contact has one invoice."""
    connection = r.make_connection()
    mirror.store_page(
        [r.summary("00000000-0000-4000-8000-000000000001")],
        connection,
        source=InvoiceEvent.Source.POLL,
        fetched_at=r.NOON,
        now=r.NOON,
    )
    return connection


def person(connection: XeroConnection, number: int) -> Membership:
    user = User.objects.create_user(f"person{number}@example.com")
    membership: Membership = Membership.objects.create(company=connection.company, user=user)
    return membership


def deal(connection: XeroConnection, number: int) -> Deal:
    row: Deal = Deal.objects.create(
        company=connection.company,
        deal_id=number,
        title=f"Deal {number}",
        organization_id=CUSTOMER,
        seen_at=r.NOON,
    )
    return row


def all_at_once(presses: list[Callable[[], Any]]) -> list[Any]:
    """Make every press at the same instant, each on a connection of its own."""
    start = Barrier(len(presses))

    def run(press: Callable[[], Any]) -> Any:
        try:
            start.wait()
            return press()
        except (contact_placing.Elsewhere, contact_placing.NotOfContact) as exc:
            return exc
        finally:
            database_connections.close_all()

    with ThreadPoolExecutor(len(presses)) as pool:
        return list(pool.map(run, presses))


def test_of_people_who_link_to_different_deals_one_wins_and_the_rest_are_told(
    connection: XeroConnection,
) -> None:
    invoice = Invoice.objects.for_company(connection.company).get()
    people = [person(connection, number) for number in range(AT_ONCE)]
    deals = [deal(connection, number + 1) for number in range(AT_ONCE)]

    def press(number: int) -> Callable[[], Any]:
        return lambda: contact_placing.put(
            people[number],
            connection,
            deals[number],
            invoice.pk,
            moves_from=None,
            now=timezone.now(),
        )

    outcomes = all_at_once([press(number) for number in range(AT_ONCE)])

    place = DealInvoice.objects.for_company(connection.company).get()
    told = [each for each in outcomes if isinstance(each, contact_placing.Elsewhere)]
    assert len(told) == AT_ONCE - 1
    assert {each.deal_id for each in told} == {place.deal_id}
    assert AuditEvent.objects.filter(event="invoice.linked").count() == 1


def test_of_people_who_move_it_away_at_once_one_wins(connection: XeroConnection) -> None:
    invoice = Invoice.objects.for_company(connection.company).get()
    people = [person(connection, number) for number in range(AT_ONCE)]
    deals = [deal(connection, number + 1) for number in range(AT_ONCE)]
    DealInvoice.objects.create(
        company=connection.company, invoice=invoice, deal_id=99, linked_at=r.NOON
    )

    def press(number: int) -> Callable[[], Any]:
        return lambda: contact_placing.put(
            people[number], connection, deals[number], invoice.pk, moves_from=99, now=r.NOON
        )

    outcomes = all_at_once([press(number) for number in range(AT_ONCE)])

    place = DealInvoice.objects.for_company(connection.company).get()
    won = [each for each in outcomes if isinstance(each, Invoice)]
    assert len(won) == 1
    assert place.deal_id in {1, 2, 3, 4}
    assert AuditEvent.objects.filter(event="invoice.moved").count() == 1


def test_a_double_press_links_once_and_neither_is_refused(connection: XeroConnection) -> None:
    invoice = Invoice.objects.for_company(connection.company).get()
    somebody, here = person(connection, 1), deal(connection, 1)

    outcomes = all_at_once(
        [
            lambda: contact_placing.put(
                somebody, connection, here, invoice.pk, moves_from=None, now=r.NOON
            )
        ]
        * AT_ONCE
    )

    assert all(isinstance(each, Invoice) for each in outcomes)
    assert DealInvoice.objects.for_company(connection.company).count() == 1
    assert AuditEvent.objects.filter(event="invoice.linked").count() == 1


def test_a_contact_linked_by_two_presses_at_once_is_read_once(connection: XeroConnection) -> None:
    all_at_once([lambda: contact_history.ask(connection, r.CONTACT, now=r.NOON)] * AT_ONCE)

    row = ContactHistory.objects.for_company(connection.company).get()
    assert (row.state, row.next_page) == (ContactHistory.State.DUE, 1)
