"""
JSON whose numbers are exact: Decimal in, Decimal out, trailing zeros kept (24.10 stays 24.10).
"""

import json
import re
from decimal import Decimal
from typing import Any

from django.http import HttpResponse

_MARK = "\x00decimal:"
_MARKED = re.compile(r'"\\u0000decimal:([-+0-9.Ee]+)"')


class ExactEncoder(json.JSONEncoder):
    """Writes a Decimal as a plain JSON number with just the digits it has."""

    def default(self, value: Any) -> Any:
        """Stand in for a Decimal until the text is whole."""
        if isinstance(value, Decimal):
            return f"{_MARK}{value:f}"
        return super().default(value)

    def encode(self, value: Any) -> str:
        """Return the JSON text."""
        return _MARKED.sub(r"\1", super().encode(value))


class ExactDecoder(json.JSONDecoder):
    """Reads every fractional number as a Decimal."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"parse_float": Decimal})


def dumps(value: Any) -> str:
    """Return compact JSON text; Decimals keep their digits."""
    return json.dumps(value, cls=ExactEncoder, ensure_ascii=False, separators=(",", ":"))


def loads(text: str | bytes) -> Any:
    """Parse JSON; fractional numbers become Decimals. Raises ValueError when it is not JSON."""
    return json.loads(text, parse_float=Decimal)


def respond(value: Any, status: int = 200) -> HttpResponse:
    """Answer with a value as JSON."""
    return HttpResponse(dumps(value), status=status, content_type="application/json; charset=utf-8")
