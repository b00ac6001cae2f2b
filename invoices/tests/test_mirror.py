"""The mirror shows what Xero said last, and never a word older than one it has shown (P-6)."""

from __future__ import annotations

import random
import uuid
from datetime import date
from decimal import Decimal

import pytest

from connections.models import XeroConnection
from connections.xero.types import InvoiceSummary
from invoices import mirror
from invoices.models import DealInvoice, Invoice, LineItem
from invoices.tests import rows

pytestmark = pytest.mark.django_db

ID = str(uuid.UUID(int=1))
PAID = {"status": "PAID", "amount_due": Decimal(0), "amount_paid": Decimal(120)}


def poll(connection: XeroConnection, *found: InvoiceSummary, fetched: float) -> int:
    return mirror.store_page(
        found,
        connection,
        source="poll",
        fetched_at=rows.at(fetched),
        now=rows.at(fetched + 1),
    )


def test_an_invoice_of_a_linked_contact_is_stored_whole() -> None:
    connection = rows.make_connection()

    count = poll(connection, rows.summary(ID, url="https://x.example/deal/1"), fetched=10)

    invoice = rows.stored(connection)
    assert count == 1
    assert (str(invoice.xero_invoice_id), invoice.number) == (ID, "INV-1")
    assert (invoice.company_id, invoice.connection_id) == (connection.company_id, connection.pk)
    assert (invoice.issue_date, invoice.due_date) == (date(2026, 3, 1), date(2026, 3, 8))
    assert (invoice.subtotal, invoice.total_tax, invoice.total) == (
        Decimal(100),
        Decimal(20),
        Decimal(120),
    )
    assert (invoice.amount_due, invoice.amount_paid, invoice.amount_credited) == (
        Decimal(120),
        Decimal(0),
        Decimal(0),
    )
    assert (invoice.xero_contact_id, invoice.contact_name) == (rows.CONTACT, "Acme")
    assert (invoice.xero_updated_at, invoice.fetched_at) == (rows.NOON, rows.at(10))
    assert (invoice.checked_at, invoice.created_at) == (rows.at(11), rows.at(11))
    assert (invoice.tax_mode, invoice.is_sent) == ("", False)
    assert rows.history(connection) == [("poll", "AUTHORISED", "120.00")]


def test_invoices_of_strangers_are_dropped_at_reading() -> None:
    connection = rows.make_connection()

    count = poll(connection, rows.summary(ID, contact_id=str(uuid.uuid4())), fetched=10)

    assert count == 0
    assert not Invoice.objects.for_company(connection.company).exists()


def test_a_known_invoice_is_followed_even_when_its_contact_is_not_linked() -> None:
    connection = rows.make_connection()
    stranger = str(uuid.uuid4())
    mirror.store_whole(
        [rows.whole(ID, contact_id=stranger)],
        connection,
        source="created",
        fetched_at=rows.at(1),
        now=rows.at(2),
    )

    poll(
        connection, rows.summary(ID, contact_id=stranger, updated_at=rows.at(5), **PAID), fetched=9
    )

    assert rows.stored(connection).xero_status == "PAID"
    assert rows.history(connection) == [
        ("created", "AUTHORISED", "120.00"),
        ("poll", "PAID", "0.00"),
    ]


def test_an_older_word_never_beats_a_newer_one() -> None:
    connection = rows.make_connection()
    poll(connection, rows.summary(ID, updated_at=rows.at(5), **PAID), fetched=10)

    count = poll(connection, rows.summary(ID, updated_at=rows.at(4)), fetched=20)

    assert count == 0
    assert rows.stored(connection).xero_status == "PAID"
    assert rows.history(connection) == [("poll", "PAID", "0.00")]


def test_among_equal_update_times_the_fetch_that_began_later_counts() -> None:
    connection = rows.make_connection()
    late_due = date(2026, 4, 1)
    poll(connection, rows.summary(ID, due_date=late_due), fetched=10)

    poll(connection, rows.summary(ID), fetched=9)
    assert rows.stored(connection).due_date == late_due
    poll(connection, rows.summary(ID), fetched=11)

    assert rows.stored(connection).due_date == date(2026, 3, 8)
    assert len(rows.history(connection)) == 2


def test_the_same_word_again_moves_the_check_but_makes_no_history() -> None:
    connection = rows.make_connection()
    poll(connection, rows.summary(ID), fetched=10)

    count = poll(connection, rows.summary(ID), fetched=20)

    assert count == 0
    assert rows.stored(connection).checked_at == rows.at(21)
    assert len(rows.history(connection)) == 1


def test_paid_may_become_awaiting_payment_when_xero_says_so() -> None:
    connection = rows.make_connection()
    poll(connection, rows.summary(ID, updated_at=rows.at(5), **PAID), fetched=10)

    poll(connection, rows.summary(ID, updated_at=rows.at(6)), fetched=20)

    assert rows.stored(connection).xero_status == "AUTHORISED"


def test_a_summary_leaves_what_it_does_not_tell() -> None:
    connection = rows.make_connection()
    theme = uuid.uuid4()
    mirror.store_whole(
        [rows.whole(ID, (rows.line("Desk"),), branding_theme_id=str(theme))],
        connection,
        source="created",
        fetched_at=rows.at(1),
        now=rows.at(2),
    )

    poll(connection, rows.summary(ID, updated_at=rows.at(5), **PAID), fetched=9)

    invoice = rows.stored(connection)
    assert (invoice.xero_status, invoice.tax_mode) == ("PAID", "Exclusive")
    assert invoice.branding_theme_id == theme
    assert LineItem.objects.for_company(connection.company).get().description == "Desk"


def test_the_day_of_payment_goes_with_the_status() -> None:
    connection = rows.make_connection()
    day = date(2026, 3, 5)

    seen = []
    for at, changes in enumerate(
        (
            PAID | {"fully_paid_on_date": day},
            PAID,  # a list that leaves the day out
            {},
            PAID,
        ),
        start=1,
    ):
        poll(connection, rows.summary(ID, updated_at=rows.at(at), **changes), fetched=at)
        seen.append(rows.stored(connection).fully_paid_date)

    assert seen == [day, day, None, None]


def test_what_a_search_compares_is_stored_with_the_words_it_is_made_of() -> None:
    connection = rows.make_connection()

    poll(
        connection,
        rows.summary(ID, contact_name="ÇAĞLAR  Işık A.Ş.", number="INV-7", reference="İzmir"),
        fetched=1,
    )
    first = rows.stored(connection).search_text
    poll(connection, rows.summary(ID, contact_name="Acme", updated_at=rows.at(5)), fetched=5)

    assert first == "caglar isik a.s.\ninv-7\nizmir"
    assert rows.stored(connection).search_text == "acme\ninv-1\n"


def test_lines_are_replaced_as_xero_tells_them() -> None:
    connection = rows.make_connection()
    for moment, lines in enumerate([("Desk", "Chair", "Lamp"), ("Chair",)]):
        mirror.store_whole(
            [
                rows.whole(
                    ID,
                    tuple(rows.line(each) for each in lines),
                    updated_at=rows.at(moment),
                )
            ],
            connection,
            source="refresh",
            fetched_at=rows.at(moment),
            now=rows.at(moment),
        )

    kept = LineItem.objects.for_company(connection.company)
    assert [(each.position, each.description) for each in kept] == [(1, "Chair")]


def test_the_lines_of_a_creation_are_kept_when_a_poll_was_faster() -> None:
    connection = rows.make_connection()
    poll(connection, rows.summary(ID), fetched=10)

    mirror.store_whole(
        [rows.whole(ID, (rows.line("Desk"),))],
        connection,
        source="created",
        fetched_at=rows.at(9),
        now=rows.at(12),
    )

    assert LineItem.objects.for_company(connection.company).get().description == "Desk"
    assert rows.stored(connection).fetched_at == rows.at(10)


def test_the_same_invoice_id_in_two_companies_stays_two_rows() -> None:
    ours, theirs = rows.make_connection(1), rows.make_connection(2)
    poll(ours, rows.summary(ID), fetched=10)
    poll(theirs, rows.summary(ID, number="THEIRS"), fetched=10)

    poll(ours, rows.summary(ID, updated_at=rows.at(5), **PAID), fetched=20)

    assert rows.stored(ours).xero_status == "PAID"
    assert (rows.stored(theirs).xero_status, rows.stored(theirs).number) == ("AUTHORISED", "THEIRS")
    assert len(rows.history(theirs)) == 1


def test_twice_in_one_answer_counts_as_its_later_word() -> None:
    connection = rows.make_connection()

    poll(
        connection,
        rows.summary(ID, updated_at=rows.at(5), **PAID),
        rows.summary(ID, updated_at=rows.at(4)),
        fetched=10,
    )

    assert rows.stored(connection).xero_status == "PAID"


@pytest.mark.parametrize("seed", range(40))
def test_shuffled_fetches_end_at_the_truth_and_history_never_invents(seed: int) -> None:
    """25 fetches each of 40 lives of an invoice: a thousand interleavings."""
    dice = random.Random(seed)
    connection = rows.make_connection()
    states = [
        rows.summary(
            ID,
            status=dice.choice(["DRAFT", "AUTHORISED", "PAID", "VOIDED"]),
            amount_due=Decimal(dice.randrange(0, 12_000)) / 100,
            updated_at=rows.at(moment),
        )
        for moment in range(8)
    ]
    # A fetch that began at t saw the newest state of then; answers arrive in any order.
    began = sorted(dice.uniform(0, 8) for _ in range(25))
    fetches = [(when, states[int(when)]) for when in [*began, 7.99]]
    dice.shuffle(fetches)

    for when, seen in fetches:
        poll(connection, seen, fetched=when)

    invoice = rows.stored(connection)
    assert (invoice.xero_status, invoice.amount_due) == (states[-1].status, states[-1].amount_due)
    had = {("poll", each.status, f"{each.amount_due:.2f}") for each in states}
    assert set(rows.history(connection)) <= had
    updates = [
        event.xero_updated_at for event in connection.company.invoices.get().events.order_by("pk")
    ]
    assert updates == sorted(updates), f"seed {seed}"


def test_a_deal_keeps_its_invoice_when_the_mirror_moves() -> None:
    connection = rows.make_connection()
    poll(connection, rows.summary(ID), fetched=10)
    invoice = rows.stored(connection)
    DealInvoice.objects.create(
        company=connection.company, invoice=invoice, deal_id=3, linked_at=rows.NOON
    )

    poll(connection, rows.summary(ID, updated_at=rows.at(1), status="VOIDED"), fetched=20)

    assert DealInvoice.objects.for_company(connection.company).get().invoice_id == invoice.pk
    assert rows.stored(connection).xero_status == "VOIDED"
