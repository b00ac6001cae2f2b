"""
How the changes of one organisation are read page by page (xero-api §5). Pure.

Up to QUICK_PAGES are walked by page number from one starting instant, which costs the fewest
calls. An invoice changed meanwhile moves to the end and pulls its successors one place forward,
past a page boundary that was read already; it is then met a second time, which gives the skip
away, and the walk starts over the slow way. The slow way asks for page 1 from the last row's
update time, so nothing can be skipped and every page moves the cursor; longer ways go so at once.
Only where more than a page was changed within one second is it walked by number here too: what
moves meanwhile is then left to the daily check of open invoices.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from connections.xero.types import InvoicePage

QUICK_PAGES = 20


@dataclass
class Walk:
    """
    One reading of what changed since an instant.

    `cursor` is the greatest update time up to which nothing can be missing: None until known.
    """

    since: datetime
    page: int = 1
    is_over: bool = False
    cursor: datetime | None = None
    _is_quick: bool = True
    _start: datetime = field(init=False)
    _seen: set[str] = field(default_factory=set)
    _latest: datetime | None = None

    def __post_init__(self) -> None:
        self._start = self.since

    def take(self, answer: InvoicePage) -> None:
        """Note one answer to (`since`, `page`); then these two say what to ask for next."""
        if answer.rows:
            newest = answer.rows[-1].updated_at
            self._latest = newest if self._latest is None else max(self._latest, newest)
        if self._is_quick:
            self._step_quickly(answer)
        else:
            self._step_slowly(answer)

    def _step_quickly(self, answer: InvoicePage) -> None:
        ids = {row.invoice_id for row in answer.rows}
        if not self._seen.isdisjoint(ids):
            self._slow_down(self._start)
            return
        if answer.is_last:
            self.is_over = True
            self.cursor = self._latest
            return
        if self.page == 1 and (answer.item_count or 0) > QUICK_PAGES * len(answer.rows):
            self._is_quick = False
            self._step_slowly(answer)
            return
        if self.page >= QUICK_PAGES:
            # Xero did not say how many there are.
            self._slow_down(self._start)
            return
        if self.page == 1:
            # Its rows were read at once; only what later pages hold may have slid past us.
            self.cursor = self._latest
        self._seen |= ids
        self.page += 1

    def _slow_down(self, since: datetime) -> None:
        self._is_quick = False
        self._seen.clear()
        self.since, self.page = since, 1

    def _step_slowly(self, answer: InvoicePage) -> None:
        if answer.is_last:
            self.is_over = True
            self.cursor = self._latest
            return
        first, last = answer.rows[0].updated_at, answer.rows[-1].updated_at
        if first.replace(microsecond=0) == last.replace(microsecond=0):
            # A whole page within the second that we may ask for: only the next page leads on.
            self.page += 1
            return
        self.since, self.page = last, 1
        self.cursor = last
