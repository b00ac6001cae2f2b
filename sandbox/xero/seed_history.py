"""The invoices of one customer of many years in each country: more than a page, of every fate."""

from typing import Any

from sandbox.xero.models import Contact

CUSTOMERS = {"brightside": "Northgate Hotels", "anadolu": "Kuzey Lojistik Ltd. Şti."}
HOW_MANY = 72
DAYS_APART = 10
NEWEST_DAYS_AGO = 15
# What became of them, again and again from the newest on: status, share paid, currency.
FATES = [
    ("DRAFT", 0, None), ("AUTHORISED", 0, None), ("AUTHORISED", 40, None), ("PAID", 100, None),
    ("AUTHORISED", 0, "EUR"), ("PAID", 100, "EUR"), ("SUBMITTED", 0, None), ("PAID", 100, None),
    ("VOIDED", 0, None), ("PAID", 100, None), ("DELETED", 0, None), ("PAID", 100, None),
]  # fmt: skip


def list_old(slug: str, contacts: list[Contact]) -> list[tuple[Any, ...]]:
    """Return them as `seed_data.INVOICES` does, the oldest first; none where nobody is so loyal."""
    if slug not in CUSTOMERS:
        return []
    place = [contact.name for contact in contacts].index(CUSTOMERS[slug])
    rows = []
    for n in reversed(range(HOW_MANY)):
        status, paid, currency = FATES[n % len(FATES)]
        days_ago, wanted = NEWEST_DAYS_AGO + n * DAYS_APART, [(n % 4, str(1 + n % 7))]
        rows.append((place, days_ago, 30, status, wanted, paid, currency))
    return rows
