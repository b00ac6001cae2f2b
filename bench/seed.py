"""A million invoices of 500 companies, written by the database itself (PostgreSQL)."""

from __future__ import annotations

from datetime import date

from django.db import connection as database

from bench import world
from connections.models import XeroConnection

TODAY = date(2026, 11, 23)
COMPANIES = 500
INVOICES = 1_000_000
LARGE = 100_000
USUAL = 2_000

_DEALS = """
    INSERT INTO invoices_deal (company_id, deal_id, title, search_text, owner_id, owner_name,
        seen_at)
    SELECT %(company)s, i, 'Office ' || i, 'office ' || i, i %% 20, 'Owner ' || i %% 20, now()
    FROM generate_series(1, %(count)s / 2 + 1) AS n(i)
"""
_INVOICES = """
    INSERT INTO invoices_invoice (company_id, connection_id, xero_invoice_id, number, reference,
        xero_status, xero_contact_id, contact_name, currency_code, tax_mode, issue_date, due_date,
        fully_paid_date, subtotal, total_tax, total, amount_due, amount_paid, amount_credited,
        is_sent, applied, url, search_text, xero_updated_at, fetched_at, checked_at, created_at)
    SELECT %(company)s, %(connection)s, gen_random_uuid(), number, reference, status,
        md5(contact)::uuid, contact, (ARRAY['GBP', 'GBP', 'EUR', 'TRY'])[1 + i %% 4], 'Exclusive',
        issued, issued + 30, CASE WHEN status = 'PAID' THEN issued + i %% 60 END,
        total / 1.2, total - total / 1.2, total,
        CASE WHEN status = 'PAID' THEN 0 WHEN i %% 10 = 0 THEN total - paid ELSE total END,
        CASE WHEN status = 'PAID' THEN total
             WHEN status = 'AUTHORISED' AND i %% 10 = 0 THEN paid ELSE 0 END,
        0, true, '[]', '', lower(contact) || E'\\n' || lower(number) || E'\\n' || lower(reference),
        now(), now(), now(), now()
    FROM (
        SELECT i, 'INV-' || lpad(i::text, 6, '0') AS number, 'PO ' || i %% 977 AS reference,
            'Contact ' || (i * 7919) %% 331 AS contact,
            (ARRAY['DRAFT', 'SUBMITTED', 'AUTHORISED', 'AUTHORISED', 'PAID', 'PAID', 'PAID', 'PAID',
                'PAID', 'VOIDED'])[1 + i %% 10] AS status,
            %(today)s::date - (i * 7) %% 900 AS issued,
            (100 + (i::bigint * 104729) %% 900000)::numeric / 100 AS total,
            50::numeric / 100 AS paid
        FROM generate_series(1, %(count)s) AS n(i)
    ) AS made
"""
_LINKS = """
    INSERT INTO invoices_dealinvoice (company_id, invoice_id, deal_id, is_made_by_app, linked_at)
    SELECT company_id, id, 1 + id %% (%(count)s / 2), id %% 2 = 0, now()
    FROM invoices_invoice WHERE connection_id = %(connection)s AND id %% 5 < 3
"""


def add_company(number: int, count: int) -> XeroConnection:
    """Return the connection of a new company with so many invoices."""
    (connection,) = world.connect(1, first=number)
    XeroConnection.objects.across_companies().filter(pk=connection.pk).update(
        base_currency="GBP", polled_at=world.NOW
    )
    values = {
        "company": connection.company_id,
        "connection": connection.pk,
        "count": count,
        "today": TODAY,
    }
    with database.cursor() as cursor:
        for statement in (_DEALS, _INVOICES, _LINKS):
            cursor.execute(statement, values)
    connection.refresh_from_db()
    return connection


def add_million(*, first: int) -> list[XeroConnection]:
    """Return the connections of companies that hold a million invoices, the large one first."""
    others = COMPANIES - 2
    each = (INVOICES - LARGE) // others
    return [add_company(first, LARGE)] + [
        add_company(first + number, each) for number in range(1, others + 1)
    ]
