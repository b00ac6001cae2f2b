"""What a page asks for and what the browser says about it, while a person walks."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from tests.browser import looking

MOST_BYTES = 60 * 1024
_NOT_COUNTED = frozenset({"font", "image", "media"})
# Of an error page's own answer the browser says so, whatever is on it.
_STATUS = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")


class Watch:
    """A person's browser, with all that it transfers and says since the last look."""

    def __init__(self, browser: Browser, *, hosts: frozenset[str]) -> None:
        """:param hosts: host and port of whom pages may ask"""
        self.context: BrowserContext = browser.new_context(
            locale="en-GB", viewport={"width": 1280, "height": 800}
        )
        # While requests are routed the browser keeps no cache: each page is weighed as a newcomer
        # loads it.
        self.context.route("**/no-such-address", lambda route: route.abort())
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self._hosts = hosts
        self._said: list[ConsoleMessage] = []
        self._errors: list[str] = []
        self._sent: list[Request] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self._errors.append(str(error)))
        self.page.on("requestfinished", self._note)

    def open(self, address: str, *, status: int = 200, most_bytes: int = MOST_BYTES) -> list[str]:
        """Go to a page and return what is wrong with how it came."""
        self._forget()
        answer = self.page.goto(address)
        looking.settle(self.page)
        found = answer.status if answer else None
        wrong = [] if found == status else [f"{address} answers {found}, not {status}"]
        weight = self.weigh()
        if weight > most_bytes:
            wrong.append(f"{address} weighs {weight} bytes")
        return wrong + self.complain(status)

    def weigh(self) -> int:
        """Return the bytes that came since the page was asked for, fonts and images left out."""
        weights = [
            request.sizes() for request in self._sent if request.resource_type not in _NOT_COUNTED
        ]
        return sum(each["responseBodySize"] + each["responseHeadersSize"] for each in weights)

    def complain(self, status: int = 200) -> list[str]:
        """Return what the browser said, and whom else it asked, since the page was asked for."""
        said = [
            f"{each.type}: {each.text}"
            for each in self._said
            if not ((told := _STATUS.match(each.text)) and int(told[1]) == status)
        ]
        asked = {
            urlsplit(each.url).netloc for each in self._sent if each.url.startswith(("http", "ws"))
        }
        return said + self._errors + [f"asked {host}" for host in sorted(asked - self._hosts)]

    def close(self) -> None:
        """End the browser's session."""
        self.context.close()

    def _forget(self) -> None:
        self._said.clear()
        self._errors.clear()
        self._sent.clear()

    def _hear(self, message: ConsoleMessage) -> None:
        self._said.append(message)

    def _note(self, request: Request) -> None:
        self._sent.append(request)
