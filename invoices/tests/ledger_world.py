"""A company with many different invoices, and what a list of them has to hold, worked out anew."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.test import Client

from connections.models import Membership, User, XeroConnection
from invoices import search_text
from invoices.models import Deal, DealInvoice, Invoice
from invoices.tests import rows

TODAY = date(2026, 3, 13)
CONTACTS = (
    "Acme Ltd",
    "ÇAĞLAR Işık A.Ş.",
    "çağlar ışık a.ş.",
    "İstanbul Mobilya",
    "Zoë & Sons",
    '=HYPERLINK("x")',
    "<b>Bold</b> 100%_",
)
TITLES = ("Ofis yenileme", "İZMİR FUARI", "Reception refit", "Şişli – 2. kat")
OWNERS = ((7, "Emma Clarke"), (8, "Can Demir"), (9, ""))
STATUSES = ("DRAFT", "SUBMITTED", "AUTHORISED", "AUTHORISED", "PAID", "PAID", "VOIDED", "DELETED")


@dataclass
class World:
    """A connection's company with a member who is signed in."""

    connection: XeroConnection
    membership: Membership
    client: Client
    invoices: list[Invoice] = field(default_factory=list)
    # By the primary key of the invoice.
    links: dict[int, DealInvoice] = field(default_factory=dict)
    deals: dict[int, Deal] = field(default_factory=dict)

    def get(self, address: str, status: int = 200) -> str:
        """Return a page."""
        answer = self.client.get(address)
        assert answer.status_code == status, answer.content.decode()[:2000]
        return str(answer.content.decode())


def make(number: int = 1, **member: Any) -> World:
    """Return an empty world; `member` are columns of the membership."""
    connection = rows.make_connection(number)
    XeroConnection.objects.across_companies().filter(pk=connection.pk).update(
        base_currency="GBP", polled_at=rows.NOON
    )
    connection.refresh_from_db()
    user = User.objects.create_user(f"person{number}@example.com")
    member = {"role": Membership.Role.ACCOUNTANT, **member}
    membership = Membership.objects.create(company=connection.company, user=user, **member)
    client = Client()
    client.force_login(user)
    return World(connection, membership, client)


def fill(world: World, count: int, seed: int = 1, today: date = TODAY) -> World:
    """Add invoices of every kind around a day; the same seed makes the same ones."""
    chance = random.Random(seed)
    company = world.connection.company
    for number in range(1, 21):
        owner_id, owner_name = chance.choice(OWNERS)
        title = f"{chance.choice(TITLES)} {number}"
        world.deals[number] = Deal.objects.create(
            company=company,
            deal_id=number,
            title=title,
            search_text=search_text.of_deal(title),
            owner_id=owner_id,
            owner_name=owner_name,
            seen_at=rows.NOON,
        )
    made = [_invoice(world, each, chance, today) for each in range(count)]
    world.invoices = Invoice.objects.bulk_create(made)
    for invoice in world.invoices:
        if chance.random() < 0.6:
            # Numbers beyond 20 are of deals that nobody has seen.
            world.links[invoice.pk] = DealInvoice.objects.create(
                company=company,
                invoice=invoice,
                deal_id=chance.randint(1, 24),
                is_made_by_app=chance.random() < 0.5,
                linked_at=rows.NOON,
            )
    return world


def _invoice(world: World, number: int, chance: random.Random, today: date) -> Invoice:
    status = chance.choice(STATUSES)
    total = Decimal(chance.randint(1, 10_000_000)) / 100 + chance.choice((0, Decimal("0.0001")))
    paid = Decimal(0)
    if status == "PAID":
        paid = total
    elif status == "AUTHORISED" and chance.random() < 0.4:
        paid = (total / 3).quantize(Decimal("0.01"))
    credited = Decimal("0.50") if status == "AUTHORISED" and chance.random() < 0.1 else Decimal(0)
    issue = today - timedelta(days=chance.randint(0, 500))
    due = issue + timedelta(days=chance.choice((0, 7, 30, 60)))
    contact = chance.choice(CONTACTS)
    reference = chance.choice(("", "PO 77_1", "Sipariş İ-9", "+44 call"))
    code = "" if status == "DRAFT" and chance.random() < 0.3 else f"INV-{number:04}"
    paid_day = issue + timedelta(days=chance.randint(0, 90))
    return Invoice(
        company=world.connection.company,
        connection=world.connection,
        xero_invoice_id=uuid.UUID(int=chance.getrandbits(128)),
        number=code,
        reference=reference,
        xero_status=status,
        xero_contact_id=rows.CONTACT,
        contact_name=contact,
        search_text=search_text.of_invoice(contact, code, reference),
        currency_code=chance.choice(("GBP", "GBP", "TRY", "EUR")),
        issue_date=issue,
        due_date=None if status == "DRAFT" and chance.random() < 0.5 else due,
        fully_paid_date=paid_day if status == "PAID" and chance.random() < 0.8 else None,
        subtotal=total,
        total_tax=0,
        total=total,
        amount_due=total - paid - credited,
        amount_paid=paid,
        amount_credited=credited,
        xero_updated_at=rows.NOON,
        fetched_at=rows.NOON,
        checked_at=rows.NOON,
    )
