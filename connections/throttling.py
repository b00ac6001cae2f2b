"""
How often people may search, open and press, by person and by company (reliability B-15, S-29).

Counted in the shared cache, by the minute. A cache that forgets, or is away, lets a few more
through: the vendors' own limits (P-15) and the invoices of an hour (S-30) are held elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache

from connections.models import Membership

SEARCHES_OF_A_COMPANY = 120
_WINDOW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Limit:
    """What is counted for a person, and how often it may be done in a minute."""

    name: str
    most: int


SEARCHES = Limit("searches", 20)
# Frames that Pipedrive opens, and sessions that they have renewed.
FRAMES = Limit("frames", 60)
# What asks a vendor when it is opened or refreshed: the panel, the create dialog.
PANELS = Limit("panels", 60)
PRESSES = Limit("presses", 60)
CREATES = Limit("creates", 10)


def take_search(membership: Membership, *, now: datetime) -> int:
    """
    Count one search of a person and of their company.

    :return: 0 when it may be made, else after how many seconds the next may
    """
    # The company is counted only for what its people were let through.
    return take(membership, SEARCHES, now=now) or _take(
        f"searches:company:{membership.company_id}", SEARCHES_OF_A_COMPANY, now=now
    )


def take(membership: Membership, limit: Limit, *, now: datetime) -> int:
    """
    Count one more of what a person does.

    :return: 0 when it may be done, else after how many seconds the next may
    """
    return _take(f"{limit.name}:person:{membership.pk}", limit.most, now=now)


def _take(name: str, most: int, *, now: datetime) -> int:
    window, passed = divmod(int(now.timestamp()), _WINDOW_SECONDS)
    return 0 if _count(f"{name}:{window}") <= most else _WINDOW_SECONDS - passed


def _count(key: str) -> int:
    cache.add(key, 0, 2 * _WINDOW_SECONDS)
    try:
        return cache.incr(key)
    except ValueError:  # the cache dropped it in between
        return 1
