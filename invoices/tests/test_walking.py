"""No change is skipped between pages, and the fewest calls are made (xero-api §5)."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from connections.xero.types import InvoicePage
from invoices.tests import rows
from invoices.walking import Walk

PAGE = 10


@dataclass
class Xero:
    """Changed invoices by id; a page is cut from them as they are when it is asked for."""

    updated: dict[str, datetime]
    calls: int = 0
    read: set[tuple[str, datetime]] = field(default_factory=set)

    def page(self, since: datetime, page: int, *, tells_count: bool = True) -> InvoicePage:
        self.calls += 1
        since = since.replace(microsecond=0)
        found = sorted((at, key) for key, at in self.updated.items() if at >= since)
        cut = found[(page - 1) * PAGE : page * PAGE]
        self.read |= {(key, at) for at, key in cut}
        return InvoicePage(
            rows=tuple(rows.summary(key, updated_at=at) for at, key in cut),
            page=page,
            is_last=page * PAGE >= len(found),
            item_count=len(found) if tells_count else None,
        )

    def touch(self, key: str) -> None:
        last = max(self.updated.values())
        self.updated[key] = last + (rows.at(1) - rows.NOON)


def walk(xero: Xero, *, between: object = None, tells_count: bool = True) -> Walk:
    steps = Walk(rows.NOON)
    while not steps.is_over:
        steps.take(xero.page(steps.since, steps.page, tells_count=tells_count))
        if callable(between):
            between()
        assert xero.calls < 2000
    return steps


def changed(count: int, *, seconds: float = 1) -> Xero:
    return Xero({f"{index:04}": rows.at(index * seconds) for index in range(count)})


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20, 95, 200])
def test_n_changes_cost_one_call_for_each_page(count: int) -> None:
    xero = changed(count)

    steps = walk(xero)

    assert xero.calls == max(1, math.ceil(count / PAGE))
    assert len(xero.read) == count
    assert steps.cursor == (rows.at(count - 1) if count else None)


@pytest.mark.parametrize("tells_count", [True, False])
def test_a_long_way_moves_the_cursor_with_every_page(tells_count: bool) -> None:
    xero = changed(1000)

    steps = walk(xero, tells_count=tells_count)

    assert len(xero.read) == 1000
    assert steps.cursor == rows.at(999)


def test_a_long_way_that_ends_early_has_moved_the_cursor() -> None:
    xero = changed(1000)
    steps = Walk(rows.NOON)

    for _ in range(5):
        steps.take(xero.page(steps.since, steps.page))

    assert steps.cursor == rows.at(45)
    assert steps.since == rows.at(45)


def test_a_short_way_that_ends_early_has_moved_the_cursor_past_its_first_page() -> None:
    xero = changed(150)
    steps = Walk(rows.NOON)

    steps.take(xero.page(steps.since, steps.page))
    xero.touch("0009")
    for _ in range(5):
        steps.take(xero.page(steps.since, steps.page))

    # What slid over a boundary since then is later than this.
    assert (steps.is_over, steps.cursor) == (False, rows.at(9))


def test_pages_within_one_second_are_walked_by_number() -> None:
    xero = changed(1000, seconds=0.001)

    walk(xero)

    assert len(xero.read) == 1000


@pytest.mark.parametrize("seed", range(50))
@pytest.mark.parametrize("count", [35, 150, 400])
def test_nothing_is_skipped_while_invoices_move(seed: int, count: int) -> None:
    dice = random.Random(seed)
    xero = changed(count, seconds=dice.choice([0.01, 0.2, 1] if count < 200 else [0.2, 1]))

    def someone_works() -> None:
        if dice.random() < 0.3:
            xero.touch(dice.choice(sorted(xero.updated)))

    steps = walk(xero, between=someone_works)

    assert steps.cursor is not None
    missing = {
        key for key, at in xero.updated.items() if (key, at) not in xero.read and at < steps.cursor
    }
    assert missing == set(), f"seed {seed}"
