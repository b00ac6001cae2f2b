"""Calls of one client for one company: what is known of each is kept, its consequences drawn."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Any, Generic, Self, TypeAlias, TypeVar

from connections import consequences, dispensable, errors, http, statements, unknown_refusals

Value = TypeVar("Value")
Client = TypeVar("Client")
Outcome: TypeAlias = Value | errors.ProviderError
GATHER_AT_ONCE = 4


class NotConnected(Exception):
    """There is no grant to use; `state` says why: "none", or the state of the connection."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class LinkEnded(NotConnected):
    """
    A person's own Xero link has ended; `state` is the link's.

    What they pressed with it is never written as the company's Xero user instead (R-3).
    """


@dataclass
class Session(ABC, Generic[Client]):
    """Calls of one client on behalf of one company. Use it as a context manager."""

    client: Client
    now: datetime
    company_id: int
    calls: list[http.Call] = field(default_factory=list)
    # By our own watch: how far `now` has moved on since.
    began: float = field(default_factory=time.monotonic)

    @property
    def later(self) -> datetime:
        """The database's clock, moved on by how long this session has lasted."""
        return self.now + timedelta(seconds=time.monotonic() - self.began)

    def call(self, use: Callable[[Client], Value]) -> Value:
        """
        Make one call and draw its consequences.

        :raises errors.ProviderError: it did not give what it was made for
        """
        if not self._take_places(1):
            raise errors.NoPlace(vendor="xero")
        outcome = self.settle(use, attempt(use, self.client))
        if isinstance(outcome, errors.ProviderError):
            raise outcome
        return outcome

    def gather(self, uses: Sequence[Callable[[Client], Any]]) -> list[Any]:
        """Make several reads at once and return value or ProviderError for each, in order."""
        if not uses:
            return []
        at_once = self._take_places(min(len(uses), GATHER_AT_ONCE))
        if not at_once:
            return [errors.NoPlace(vendor="xero") for _ in uses]
        if len(uses) == 1:
            return [self.settle(uses[0], attempt(uses[0], self.client))]
        with ThreadPoolExecutor(max_workers=at_once) as pool:
            outcomes = list(pool.map(partial(_attempt_swapped, self.client), uses))
        return [self.settle(use, outcome) for use, outcome in zip(uses, outcomes, strict=True)]

    def settle(self, use: Callable[[Client], Value], outcome: Outcome[Value]) -> Outcome[Value]:
        """Draw the consequences of an outcome; a 401 is repeated once with a renewed token."""
        if isinstance(outcome, errors.Unauthorized):
            try:
                self._renew()
            except errors.ProviderError as exc:
                self._note(exc)
                return exc
            outcome = attempt(use, self.client)
        if isinstance(outcome, errors.ProviderError):
            self._note(outcome)
            unknown_refusals.count(outcome, now=self.now)
        return outcome

    def close(self) -> None:
        """Store what is known of the calls, by one transaction."""
        with dispensable.write("calls"):
            steps = self.records()
            if steps:
                statements.run(*steps)
        self.calls.clear()

    def records(self) -> list[statements.Statement]:
        """
        Return what stores the calls, for whoever stores them with what they brought.

        Clear `calls` once that is committed: closing stores what is still there.
        """
        return consequences.record_calls(self.company_id, self.calls, now=self.now)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _take_places(self, most: int) -> int:
        """Return how many calls may be made at once, none to all that are wanted."""
        return most

    @abstractmethod
    def _renew(self) -> None:
        """Put a client with a new token into `client`."""

    @abstractmethod
    def _note(self, error: errors.ProviderError) -> None:
        """Store what an error means beyond this call."""


def attempt(use: Callable[[Client], Value], client: Client) -> Outcome[Value]:
    """Make a call and return its value or its ProviderError."""
    try:
        return use(client)
    except errors.ProviderError as exc:
        return exc


def _attempt_swapped(client: Client, use: Callable[[Client], Value]) -> Outcome[Value]:
    return attempt(use, client)
