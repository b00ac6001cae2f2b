"""Three presses of one company are done in seconds behind three hundred of another (P-15)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.live import LiveSite, fetch_json, live_variables, wait_until

pytestmark = [pytest.mark.live, pytest.mark.services]

MANY, FEW = 300, 3
# Of a machine that others use as well; on a quiet one it takes about a second.
SECONDS = 10
PRESS = """
import uuid
from django.utils import timezone
from connections.models import XeroConnection
from invoices import operations
from invoices.models import Operation
from invoices.tests import world

rows = XeroConnection.objects.across_companies().select_related("company")
for tenant, contact, count in {presses!r}:
    connection = rows.get(tenant_id=tenant)
    for number in range(count):
        key = uuid.uuid4()
        operations.record(
            company=connection.company,
            connection=connection,
            kind=Operation.Kind.CREATE,
            submission_id=uuid.uuid4(),
            operation_id=key,
            body=world.body(None, key, contact),
            summary={{"total": "21.00", "currency_code": "GBP"}},
            requested_by=connection.company.memberships.get().user,
            deal_id=9000 + number,
            now=timezone.now(),
        )
"""
STATES = """
import json
from collections import Counter
from django.utils import timezone
from invoices.models import Operation
rows = list(Operation.objects.across_companies().filter(connection__tenant_id={tenant!r}))
took = [(row.finished_at - row.created_at).total_seconds() for row in rows if row.finished_at]
print(json.dumps([Counter(row.state for row in rows), max(took, default=0)]))
"""


@pytest.fixture
def site(tmp_path: Any) -> Iterator[LiveSite]:
    """A product on services of its own, with two connected companies."""
    with live_variables(tmp_path, on_services=True) as variables:
        running = LiveSite(tmp_path, variables)
        running.start()
        try:
            yield running
        finally:
            running.stop()


def test_one_companys_shortage_hurts_no_other(site: LiveSite) -> None:
    busy, calm = (json.loads(each) for each in site.manage("seed_companies", "2").splitlines())
    organisations = site.control("state")["xero"]["organisations"]

    def presses_of(company: dict[str, Any], count: int) -> tuple[str, str, int]:
        contacts = organisations[company["tenant_id"]]["contacts"]
        return company["tenant_id"], contacts[0]["ContactID"], count

    run(site, PRESS.format(presses=[presses_of(busy, MANY), presses_of(calm, FEW)]))
    wait_until(lambda: states(site, calm)[0].get("done") == FEW, seconds=60)

    _states, slowest = states(site, calm)
    assert slowest <= SECONDS
    # The other one's are still waiting, for its minute, and none was pushed through it.
    theirs, _took = states(site, busy)
    assert theirs["done"] + theirs["waiting"] + theirs.get("ready", 0) >= MANY - 5
    assert theirs["waiting"] + theirs.get("ready", 0) >= MANY - 120
    seen = fetch_json(f"{site.xero}/_sandbox/traffic?vendor=xero")
    assert Counter(each["status"] for each in seen)[429] == 0


def states(site: LiveSite, company: dict[str, Any]) -> tuple[dict[str, int], float]:
    found, took = json.loads(run(site, STATES.format(tenant=company["tenant_id"])))
    return found, took


def run(site: LiveSite, program: str) -> str:
    return site.manage("shell", "-v0", "-c", program)
