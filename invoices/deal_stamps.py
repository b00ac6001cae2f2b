"""
Whether anything on a deal's cards has changed since a page drew them: asked by every open page.

One statement and no outside call, because it is asked every few seconds by everybody who has a
deal before them (docs/performance.md, goal 14).
"""

from __future__ import annotations

import hashlib

from connections import statements
from connections.models import Company
from connections.statements import Statement

# What the mirror wrote and when, what is linked, and where each operation stands.
_INVOICES = """
    SELECT d.invoice_id, d.linked_at, i.fetched_at
    FROM invoices_dealinvoice d JOIN invoices_invoice i ON i.id = d.invoice_id
    WHERE d.company_id = %s AND d.deal_id = %s
    ORDER BY 1
"""
_OPERATIONS = """
    SELECT o.id, o.state, o.state_changed_at FROM invoices_operation o
    WHERE o.company_id = %s AND o.deal_id = %s
    UNION
    SELECT o.id, o.state, o.state_changed_at
    FROM invoices_dealinvoice d JOIN invoices_operation o
        ON o.invoice_id = d.invoice_id AND o.company_id = d.company_id
    WHERE d.company_id = %s AND d.deal_id = %s
    ORDER BY 1
"""


def read(company: Company, deal_id: int) -> str:
    """
    Return a word for the present state of a deal's cards: another one after each change.

    Read it before the cards themselves. Then what changes in between is drawn once more, and is
    never missed.
    """
    key = [company.pk, deal_id]
    found = statements.read(Statement(_INVOICES, key), Statement(_OPERATIONS, [*key, *key]))
    return hashlib.sha256(repr(found).encode()).hexdigest()[:16]
