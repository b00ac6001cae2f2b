"""
How often people may search, by person and by company (reliability B-15, S-29).

Counted in the shared cache, by the minute. A cache that forgets lets a few more through: the
vendors' own limits are held elsewhere (P-15).
"""

from __future__ import annotations

from datetime import datetime

from django.core.cache import cache

from connections.models import Membership

SEARCHES_OF_A_PERSON = 20
SEARCHES_OF_A_COMPANY = 120
_WINDOW_SECONDS = 60


def take_search(membership: Membership, *, now: datetime) -> int:
    """
    Count one search of a person.

    :return: 0 when it may be made, else after how many seconds the next may
    """
    window, passed = divmod(int(now.timestamp()), _WINDOW_SECONDS)
    person = f"searches:person:{membership.pk}:{window}"
    company = f"searches:company:{membership.company_id}:{window}"
    # The company is counted only for what its people were let through.
    is_free = _count(person) <= SEARCHES_OF_A_PERSON and _count(company) <= SEARCHES_OF_A_COMPANY
    return 0 if is_free else _WINDOW_SECONDS - passed


def _count(key: str) -> int:
    cache.add(key, 0, 2 * _WINDOW_SECONDS)
    try:
        return cache.incr(key)
    except ValueError:  # the cache dropped it in between
        return 1
