"""
Goal 14: how long it takes until what is paid in Xero shows here, on the whole running product.

An invoice is paid, and from then on the deal's page is drawn again and again until it says so.
Beside it stands the deal's panel in Pipedrive, left open: it asks for news as often as its script
does, and nobody touches it. First by webhooks alone, then by polls alone.
"""

from __future__ import annotations

import json
import re
import statistics
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
from django.conf import settings

from bench.results import Result
from invoices.journey.steps import DEAL_ID, PIPEDRIVE_USER, Journey
from invoices.journey.truth import Sandbox
from tests.live import LiveSite, live_variables, wait_until
from tests.needs import NEEDS

COMPANY = 7001
PAYMENTS = 20
POLLED_PAYMENTS = 3
POLL_SECONDS = 30
# Never, for as long as this takes.
NO_POLLS = 86_400
MEDIAN, WORST, BESIDE_INTERVAL = 2, 5, 10
PATIENCE_SECONDS = 120
BETWEEN_LOOKS = 0.05
CARD = '<article class="panel-card"'
_NEWS = re.compile(r'data-news hx-get="([^"]+)" hx-trigger="news, every (\d+)s"')
PAID, UNPAID = "Paid", "Awaiting payment"
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def measure() -> Iterator[Result]:
    """Measure on the embedded default and, where they are, on PostgreSQL and Redis."""
    yield from _measure(on_services=False)
    if all(is_there() for is_there in NEEDS["services"].values()):
        yield from _measure(on_services=True)


def _measure(*, on_services: bool) -> Iterator[Result]:
    kind = "PostgreSQL and Redis" if on_services else "embedded"
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with live_variables(directory, on_services=on_services) as variables:
            # As it is delivered: no tick is told to hurry.
            site = LiveSite(directory, {"TICK_SECONDS": "5", "SWEEP_SECONDS": "15", **variables})
            try:
                site.start()
                watch = _Watch(site)
                _set_polls(site, NO_POLLS)
                told = [watch.pay() for _ in range(PAYMENTS)]
                site.control("settings", {"webhooks_paused": True})
                _set_polls(site, POLL_SECONDS)
                watch.pay()  # the first check is long due
                polled = [watch.pay() for _ in range(POLLED_PAYMENTS)]
            finally:
                site.stop()
    for place in told[0]:
        seconds = [each[place] for each in told]
        yield Result(
            f"14 {place} {kind}",
            f"paid in Xero until the {place} shows it, by webhook, median, s",
            statistics.median(seconds),
            MEDIAN,
            detail=f"{PAYMENTS} payments",
        )
        yield Result(
            f"14 {place} {kind}",
            f"paid in Xero until the {place} shows it, by webhook, worst, s",
            max(seconds),
            WORST,
        )
        yield Result(
            f"14 {place} {kind}",
            f"paid in Xero until the {place} shows it, by polls each {POLL_SECONDS} s, worst, s",
            max(each[place] for each in polled),
            POLL_SECONDS + BESIDE_INTERVAL,
            detail=f"{POLLED_PAYMENTS} payments",
        )


def _set_polls(site: LiveSite, seconds: int) -> None:
    for name in ("POLL_SECONDS", "POLL_QUIET_SECONDS"):
        site.manage("constance", "set", name, str(seconds))


class _Watch:
    """An invoice awaiting payment, seen on its deal's page and in the deal's panel."""

    def __init__(self, site: LiveSite) -> None:
        self._site = site
        wait_until(lambda: site.control("xero/webhooks", {})["state"] == "enabled", seconds=60)
        self._journey = Journey(site.url, Sandbox(site.xero), lambda *_: None)
        self._journey.walk(last="see_awaiting_payment")
        self._token = self._enter_panel()
        self._panel = _OpenPanel(self._read_frame)

    def pay(self) -> dict[str, float]:
        """Pay the invoice and return the seconds until each place says so; then take it back."""
        self._press("pay")
        seconds = self._look_until(PAID)
        self._press("unpay")
        self._look_until(UNPAID)
        return seconds

    def _press(self, what: str) -> None:
        self._journey.sandbox.press(self._journey.tenant_id, self._journey.invoice_id, what)

    def _look_until(self, words: str) -> dict[str, float]:
        """
        Look at both places until they say so.

        :raises AssertionError: one of them did not in time
        """
        began = time.monotonic()
        left: dict[str, Callable[[], str]] = {
            "page": self._see_page,
            "open panel": self._panel.look,
        }
        seconds: dict[str, float] = {}
        while left:
            for place, see in list(left.items()):
                if words in see():
                    seconds[place] = time.monotonic() - began
                    del left[place]
            assert time.monotonic() - began < PATIENCE_SECONDS, f"no {words!r} in {list(left)}"
            time.sleep(BETWEEN_LOOKS)
        return seconds

    def _see_page(self) -> str:
        page = self._journey.browser.open(f"{self._site.url}/deals/{DEAL_ID}/")
        return next((each for each in page.articles if self._journey.number in each), "")

    def _read_frame(self, address: str) -> str:
        request = urllib.request.Request(
            f"{self._site.url}{address}", headers={"Authorization": f"Bearer {self._token}"}
        )
        with _opener.open(request, timeout=30) as answer:
            return str(answer.read().decode())

    def _enter_panel(self) -> str:
        """Swap what Pipedrive signs for a session, as a frame does."""
        claims = {
            "userId": int(PIPEDRIVE_USER),
            "companyId": COMPANY,
            "exp": datetime.now(UTC) + timedelta(minutes=5),
        }
        signed = jwt.encode(claims, settings.PIPEDRIVE_JWT_SECRETS[0], algorithm="HS256")
        body = urllib.parse.urlencode({"token": signed}).encode()
        with _opener.open(f"{self._site.url}/frames/token/", body, timeout=30) as answer:
            return str(json.load(answer)["token"])


class _OpenPanel:
    """A panel that somebody has before them and leaves alone: what htmx does there, and when."""

    def __init__(self, read: Callable[[str], str]) -> None:
        self._read = read
        self._draw(read(f"/frames/app/deals/{DEAL_ID}/"))

    def look(self) -> str:
        """Return the card as it stands there, after the question for news if that is due."""
        if time.monotonic() >= self._next_look:
            news = self._read(self._address)
            if news:
                self._draw(news)
            else:
                self._next_look = time.monotonic() + self._every
        return self._card

    def _draw(self, text: str) -> None:
        found = _NEWS.search(text)
        assert found is not None
        self._address, self._every = found[1], int(found[2])
        self._card = _card_of(text)
        self._next_look = time.monotonic() + self._every


def _card_of(text: str) -> str:
    return text.partition(CARD)[2].partition("</article>")[0]
