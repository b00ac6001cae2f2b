"""What every measurement stands on: a fresh database, connected companies, the stand-in."""

from __future__ import annotations

import json
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection as database
from django.test.utils import setup_databases, teardown_databases

from bench import loopback
from connections import renewal
from connections.models import Company, XeroAuthorisation, XeroConnection
from connections.secrets import Secret
from connections.tokens import TokenSet
from mappings.models import ContactLink

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CURSOR = datetime.fromtimestamp(loopback.BASE, UTC)


@contextmanager
def fresh_database() -> Iterator[None]:
    """Make a database for one process's measurements, and drop it."""
    old = setup_databases(verbosity=0, interactive=False)
    try:
        yield
    finally:
        teardown_databases(old, verbosity=0)


def play(**what: Any) -> None:
    """Say what the stand-in is to play."""
    request = urllib.request.Request(
        f"{settings.XERO_API_URL}/_bench", data=json.dumps(what).encode(), method="POST"
    )
    with urllib.request.urlopen(request, timeout=10):
        pass


def seen() -> dict[str, int]:
    """Return what the stand-in has seen since the last time: calls, connections, bytes_sent."""
    with urllib.request.urlopen(f"{settings.XERO_API_URL}/_bench", timeout=10) as answer:
        found: dict[str, int] = json.load(answer)
    return found


def connect(count: int = 1, *, first: int = 1, now: datetime = NOW) -> list[XeroConnection]:
    """Return connections of companies, each with a grant of its own and the contact linked."""
    made = []
    for number in range(first, first + count):
        company = Company.objects.create(
            pipedrive_company_id=number, name=f"Company {number}", is_security_stated=True
        )
        authorisation = XeroAuthorisation(
            xero_user_id=uuid.uuid4(), issued_at=now, access_expires_at=now
        )
        tokens = TokenSet(Secret("access" * 200), Secret("refresh" * 8), 86_400 * 30, ())
        renewal.store(authorisation, tokens, now=now)
        made.append(
            XeroConnection.objects.create(
                company=company,
                authorisation=authorisation,
                xero_connection_id=uuid.uuid4(),
                tenant_id=uuid.uuid4(),
                organisation_name=company.name,
                state_changed_at=now,
                cursor_at=CURSOR,
                next_poll_at=now,
            )
        )
        ContactLink.objects.create(
            company=company,
            connection=made[-1],
            entity="organization",
            pipedrive_id=number,
            xero_contact_id=loopback.CONTACT_ID,
            contact_name="Northwind",
            linked_at=now,
        )
    return made


def rewind(connections: list[XeroConnection], *, version: int = 0) -> None:
    """Make these due again, their cursor before everything of a version."""
    cursor = CURSOR + timedelta(seconds=version * 10_000_000)
    XeroConnection.objects.across_companies().filter(pk__in=[row.pk for row in connections]).update(
        cursor_at=cursor, next_poll_at=NOW, poll_lease_until=None, pause_until=None
    )


@dataclass(frozen=True, slots=True)
class Cpu:
    """CPU seconds of one step: of this process, and beside it of PostgreSQL's server process."""

    own: float
    server: float

    def each(self, count: int) -> str:
        """Return the milliseconds of one of so many, for a detail beside a figure."""
        beside = f" (and {self.server / count * 1e3:.2f} in the server)" if self.server else ""
        return f"{self.own / count * 1e3:.2f} ms{beside}"


def add(steps: Iterable[Cpu]) -> Cpu:
    """Return what several steps used together."""
    every = list(steps)
    return Cpu(sum(each.own for each in every), sum(each.server for each in every))


def measure_cpu(use: Callable[[], object]) -> Cpu:
    """Return the CPU seconds of a step."""
    server, own = _server_cpu(), time.process_time()
    use()
    own = time.process_time() - own
    return Cpu(own, _server_cpu() - server)


def _server_cpu() -> float:
    if database.vendor != "postgresql":
        return 0.0
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    # utime and stime, in hundredths of a second (proc(5)), after the name in brackets.
    words = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / 100


def reset_peak() -> None:
    """Forget the highest memory so far."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_megabytes() -> float:
    """Return the highest resident memory since it was reset."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
