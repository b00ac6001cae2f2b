"""How a vendor words its limits and refusals: what ``http`` asks of each vendor."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from connections import errors

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Remaining:
    """What the vendor says is left of its limits; None where it does not say."""

    day: int | None = None
    minute: int | None = None
    app_minute: int | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal as the vendor words it."""

    messages: tuple[str, ...] = ()
    error_type: str = ""
    scope_missing: bool = False


class Dialect(Protocol):
    """How one vendor words limits and refusals; the rest of HTTP is the same for all."""

    @property
    def vendor(self) -> str:
        """Return "xero" or "pipedrive"."""

    def read_refusal(self, headers: Headers, payload: Any) -> Refusal:
        """Return what a 4xx answer says; ``payload`` is its JSON, None when it is empty."""

    def read_limit(self, headers: Headers) -> tuple[errors.Problem, int]:
        """Return which limit a 429 names and the seconds to wait."""

    def read_remaining(self, headers: Headers) -> Remaining:
        """Return what is left of the limits."""

    def read_request_id(self, headers: Headers) -> str:
        """Return the vendor's own id of the request, for its support."""

    def is_success(self, payload: Any) -> bool:
        """Return whether the JSON of a 2xx answer says that it went well."""


def read_seconds(headers: Headers, name: str) -> int | None:
    """Return a header's whole, not negative number (at most a day), or None."""
    text = headers.get(name, "")
    return min(int(text), 86_400) if text.isascii() and text.isdigit() else None


def read_count(headers: Headers, name: str) -> int | None:
    """Return a header's whole, not negative number, or None."""
    text = headers.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
