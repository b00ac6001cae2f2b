"""Makes and touches many invoices at once, for tests of size."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sandbox.xero import changes, lines, money, render, webhooks
from sandbox.xero.models import Contact, Invoice, Organisation, Payment, new_guid

_BATCH = 500


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
    line = _read_line(organisation)
    first_ms = changes.next_change_ms(organisation, now)
    first_number = organisation.next_number
    made: list[str] = []
    for start in range(0, count, _BATCH):
        batch = [
            _build(contact, status, line, first_ms + n, first_number + n, now)
            for n in range(start, min(start + _BATCH, count))
        ]
        for invoice in batch:
            render.fill_list_texts(invoice, [])
        Invoice.objects.bulk_create(batch)
        if status == "PAID":
            Payment.objects.bulk_create(_payment(invoice) for invoice in batch)
        made += [invoice.invoice_id for invoice in batch]
    Organisation.objects.filter(pk=organisation.pk).update(
        last_change_ms=first_ms + count, next_number=first_number + count
    )
    webhooks.announce_many(organisation, "INVOICE", made, "CREATE")
    return made


def touch_many(organisation: Organisation, *, count: int, now: datetime) -> int:
    """Move UpdatedDateUTC of so many invoices, those changed longest ago first."""
    oldest = organisation.invoices.order_by("updated_ms").values_list("pk", flat=True)[:count]
    ids = list(oldest)
    first_ms = changes.next_change_ms(organisation, now)
    for start in range(0, len(ids), _BATCH):
        rows = Invoice.objects.filter(pk__in=ids[start : start + _BATCH]).order_by("updated_ms")
        batch = list(rows.select_related("contact").prefetch_related("payments"))
        for n, invoice in enumerate(batch, start=start):
            invoice.updated_ms = first_ms + n
            render.fill_list_texts(invoice, invoice.payments.all())
        Invoice.objects.bulk_update(
            batch, ["updated_ms", "thin_json", "summary_json", "paged_json"], batch_size=100
        )
    Organisation.objects.filter(pk=organisation.pk).update(last_change_ms=first_ms + len(ids))
    webhooks.announce_many(organisation, "INVOICE", ids, "UPDATE")
    return len(ids)


def _read_line(organisation: Organisation) -> dict[str, Any]:
    element = {"Description": "Bulk line", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200"}
    return lines.read_lines(
        [element],
        books=lines.Books(organisation),
        line_amount_types="Exclusive",
        places=2,
        is_approved=True,
        is_sale=True,
        known={},
    )[0]


def _build(
    contact: Contact,
    status: str,
    line: dict[str, Any],
    updated_ms: int,
    number: int,
    now: datetime,
) -> Invoice:
    zero = Decimal("0.00")
    totals = money.add_up([(line["LineAmount"], line["TaxAmount"])], "Exclusive")
    is_paid = status == "PAID"
    return Invoice(
        organisation=contact.organisation,
        contact=contact,
        status=status,
        number=f"INV-{number:04d}",
        date=now.date(),
        due_date=now.date() + timedelta(days=14),
        fully_paid_on_date=now.date() if is_paid else None,
        currency_code=contact.organisation.base_currency,
        currency_rate=Decimal(1),
        lines=[line | {"LineItemID": new_guid()}],
        sub_total=totals.sub_total,
        total_tax=totals.total_tax,
        total=totals.total,
        amount_due=zero if is_paid else totals.total,
        amount_paid=totals.total if is_paid else zero,
        updated_ms=updated_ms,
    )


def _payment(invoice: Invoice) -> Payment:
    return Payment(
        organisation=invoice.organisation,
        invoice=invoice,
        date=invoice.date,
        amount=invoice.total,
        updated_ms=invoice.updated_ms,
    )
