"""Makes and touches many invoices at once, for tests of size."""

from datetime import datetime, timedelta
from decimal import Decimal

from sandbox.xero import changes, lines, money, render
from sandbox.xero.models import Contact, Invoice, Organisation, Payment, new_guid


def make_many(
    organisation: Organisation,
    *,
    count: int,
    status: str,
    contact_id: str | None,
    now: datetime,
) -> list[str]:
    """Make many one-line invoices in a status; return their ids in order of change."""
    rows = Contact.objects.filter(organisation=organisation, status="ACTIVE")
    contact = rows.get(contact_id=contact_id) if contact_id else rows.order_by("name")[0]
    books = lines.Books(organisation)
    read = lines.read_lines(
        [{"Description": "Bulk line", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200"}],
        books=books, line_amount_types="Exclusive", places=2, is_approved=True, is_sale=True,
        known={},
    )  # fmt: skip
    totals = money.add_up([(read[0]["LineAmount"], read[0]["TaxAmount"])], "Exclusive")
    first_ms = changes.next_change_ms(organisation, now)
    first_number = organisation.next_number
    is_paid = status == "PAID"
    made = [
        Invoice(
            organisation=organisation,
            contact=contact,
            status=status,
            number=f"INV-{first_number + n:04d}",
            date=now.date(),
            due_date=now.date() + timedelta(days=14),
            fully_paid_on_date=now.date() if is_paid else None,
            currency_code=organisation.base_currency,
            currency_rate=Decimal(1),
            lines=[read[0] | {"LineItemID": new_guid()}],
            sub_total=totals.sub_total,
            total_tax=totals.total_tax,
            total=totals.total,
            amount_due=Decimal("0.00") if is_paid else totals.total,
            amount_paid=totals.total if is_paid else Decimal("0.00"),
            updated_ms=first_ms + n,
        )
        for n in range(count)
    ]
    for invoice in made:
        render.fill_list_texts(invoice, [])
    Invoice.objects.bulk_create(made, batch_size=200)
    if is_paid:
        Payment.objects.bulk_create(
            Payment(organisation=organisation, invoice=invoice, date=now.date(),
                    amount=invoice.total, updated_ms=invoice.updated_ms)
            for invoice in made
        )  # fmt: skip
    Organisation.objects.filter(pk=organisation.pk).update(
        last_change_ms=first_ms + count, next_number=first_number + count
    )
    return [invoice.invoice_id for invoice in made]


def touch_many(organisation: Organisation, *, count: int, now: datetime) -> int:
    """Move UpdatedDateUTC of so many invoices, those changed longest ago first."""
    rows = organisation.invoices.select_related("contact").prefetch_related("payments")
    chosen = list(rows.order_by("updated_ms")[:count])
    first_ms = changes.next_change_ms(organisation, now)
    for n, invoice in enumerate(chosen):
        invoice.updated_ms = first_ms + n
        render.fill_list_texts(invoice, invoice.payments.all())
    Invoice.objects.bulk_update(
        chosen, ["updated_ms", "thin_json", "summary_json", "paged_json"], batch_size=100
    )
    Organisation.objects.filter(pk=organisation.pk).update(last_change_ms=first_ms + len(chosen))
    return len(chosen)
