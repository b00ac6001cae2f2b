"""What ends while a card is being read shows on it, or the page looks again (product §7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection as database
from django.utils import timezone

from connections.models import Company
from invoices import queries, sending
from invoices.models import DealInvoice, Invoice, Operation
from invoices.queries import Card
from invoices.tests import pressing as p
from tests.vendors import Connected

pytestmark = pytest.mark.django_db
DEAL = 7


def _of_deal(company: Company, _invoice: Invoice) -> Card | None:
    (card,) = queries.list_cards(company, DEAL)
    return card


def _of_invoice(company: Company, invoice: Invoice) -> Card | None:
    return queries.get_invoice_card(company, invoice.pk)


def _of_creation(company: Company, invoice: Invoice) -> Card | None:
    made_by = Operation.objects.for_company(company).get(invoice=invoice, kind="create")
    return queries.get_operation_card(company, made_by.pk)


@pytest.mark.parametrize("after", [1, 2, 3])
@pytest.mark.parametrize("read", [_of_deal, _of_invoice, _of_creation])
def test_an_action_that_ends_between_two_reads_is_not_missed(
    connected: Connected, read: Callable[[Company, Invoice], Card | None], after: int
) -> None:
    p.allow(connected)
    invoice = p.make(connected)
    DealInvoice.objects.for_company(connected.company).filter(invoice=invoice).delete()
    DealInvoice.objects.create(
        company=connected.company, invoice=invoice, deal_id=DEAL, linked_at=timezone.now()
    )
    pressed = p.press("approve", connected, invoice, now=timezone.now())
    asked = 0

    def end_meanwhile(execute: Any, *statement: Any) -> Any:
        nonlocal asked
        found = execute(*statement)
        asked += 1
        if asked == after:
            sending.send(pressed.pk, now=timezone.now())
        return found

    with database.execute_wrapper(end_meanwhile):
        card = read(connected.company, invoice)

    assert card is not None and card.invoice is not None
    assert card.is_moving or card.invoice.xero_status == Invoice.Status.AUTHORISED
