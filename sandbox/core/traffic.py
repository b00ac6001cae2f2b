"""What was asked of the pretend vendors, newest last, in memory and bounded."""

import re
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.core import codec

MOST_EXCHANGES = 20_000
MOST_BODY_BYTES = 24_000_000
LONGEST_BODY = 64_000


@dataclass
class Exchange:
    """One request and the status it was answered with (None: no whole answer was sent)."""

    n: int
    vendor: str
    method: str
    path: str
    query: str
    at: datetime
    body: bytes = field(repr=False)
    idempotency_key: str | None = None
    tenant_id: str | None = None
    company_id: int | None = None
    status: int | None = None
    fault: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the exchange as the control call shows it; a JSON body is shown parsed."""
        return {
            "n": self.n,
            "vendor": self.vendor,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "status": self.status,
            "idempotency_key": self.idempotency_key,
            "tenant_id": self.tenant_id,
            "company_id": self.company_id,
            "body": _show(self.body),
            "at": self.at.isoformat(),
            "fault": self.fault,
        }


_lock = threading.Lock()
_exchanges: deque[Exchange] = deque()
_counter = 0
_body_bytes = 0


def record(**values: Any) -> Exchange:
    """Remember a request as it arrives; the caller fills in status and fault afterwards."""
    global _counter, _body_bytes
    values["body"] = values["body"][:LONGEST_BODY]
    with _lock:
        _counter += 1
        exchange = Exchange(n=_counter, **values)
        _exchanges.append(exchange)
        _body_bytes += len(exchange.body)
        while len(_exchanges) > MOST_EXCHANGES or _body_bytes > MOST_BODY_BYTES:
            _body_bytes -= len(_exchanges.popleft().body)
    return exchange


def list_exchanges(
    *, vendor: str | None = None, after: int = 0, method: str | None = None, path: str | None = None
) -> list[Exchange]:
    """Return what was asked, oldest first; `path` is a regular expression, case ignored."""
    pattern = re.compile(path or "", re.IGNORECASE)
    with _lock:
        exchanges = list(_exchanges)
    return [
        exchange
        for exchange in exchanges
        if exchange.n > after
        and (vendor is None or exchange.vendor == vendor)
        and (method is None or exchange.method == method.upper())
        and pattern.search(exchange.path)
    ]


def clear() -> None:
    """Forget every exchange; numbering goes on."""
    global _body_bytes
    with _lock:
        _exchanges.clear()
        _body_bytes = 0


def _show(body: bytes) -> Any:
    text = body.decode("utf-8", "replace")
    if text[:1] in ("{", "["):
        try:
            return codec.loads(text)
        except ValueError:
            return text
    return text
