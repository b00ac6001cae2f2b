"""One call to the Accounting API and the reading of its envelope."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from connections import errors, http
from connections.xero import parsing

IDS_PER_CALL = 40

Row = TypeVar("Row")


class Accounting(Protocol):
    """What ``sdk.build`` gives; named here so that nothing but ``sdk`` loads the SDK."""

    def call(self, method: str, *arguments: str, operation: str, **options: Any) -> http.Answer:
        """Call one method of the SDK once."""


class Caller:
    """The Accounting API of one tenant, as the parts of ``client.XeroClient`` use it."""

    def __init__(self, accounting: Accounting) -> None:
        """:param accounting: of the tenant, made by ``sdk.build``"""
        self._accounting = accounting

    def list_rows(
        self,
        method: str,
        operation: str,
        envelope: str,
        read: Callable[[parsing.Json], Row],
        *arguments: str,
        **options: Any,
    ) -> tuple[Row, ...]:
        """Call once and return the rows; a 304 has none."""
        answer = self._accounting.call(method, *arguments, operation=operation, **options)
        return read_rows(answer, operation, envelope, read)

    def get_row(
        self,
        method: str,
        operation: str,
        envelope: str,
        read: Callable[[parsing.Json], Row],
        *arguments: str,
        **options: Any,
    ) -> Row:
        """Call once and return the one row that the answer has to have."""
        rows = self.list_rows(method, operation, envelope, read, *arguments, **options)
        if len(rows) != 1:
            raise errors.UnexpectedAnswer(
                vendor="xero", operation=operation, detail=f"{len(rows)} rows instead of one"
            )
        return rows[0]


def read_rows(
    answer: http.Answer, operation: str, envelope: str, read: Callable[[parsing.Json], Row]
) -> tuple[Row, ...]:
    """Return the rows of an answer; none for 304."""
    if answer.status == 304:
        return ()
    try:
        return tuple(read(row) for row in answer.payload[envelope])
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as exc:
        raise errors.UnexpectedAnswer(
            vendor="xero", operation=operation, detail=f"cannot be read: {type(exc).__name__}"
        ) from None


def changed_since(instant: datetime | None) -> dict[str, str]:
    """Return the condition in UTC, cut to the second: the only precision Xero takes."""
    if instant is None:
        return {}
    return {"if_modified_since": f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"}


def in_chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    """Yield the ids, each once, in lists that fit into an address."""
    wanted = list(dict.fromkeys(ids))
    for start in range(0, len(wanted), IDS_PER_CALL):
        yield wanted[start : start + IDS_PER_CALL]
