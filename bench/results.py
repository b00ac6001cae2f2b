"""One measured figure against its goal."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Result:
    """`value` is to stay at or under `limit`, or at or over it where `is_floor`."""

    goal: str
    what: str
    value: float
    limit: float
    is_floor: bool = False
    detail: str = ""

    @property
    def is_met(self) -> bool:
        """Whether the figure keeps the goal."""
        return self.value >= self.limit if self.is_floor else self.value <= self.limit

    def to_json(self) -> dict[str, Any]:
        """Return its fields, for the process that prints the table."""
        return asdict(self)
