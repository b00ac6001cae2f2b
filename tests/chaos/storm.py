"""Plays a plan: presses, faults, kills, and services that go away; then waits for calm."""

from __future__ import annotations

import threading
import time
import uuid
from contextlib import suppress
from decimal import Decimal
from functools import partial

import psycopg

from tests.chaos import checker, plan
from tests.chaos.world import World
from tests.live import wait_until

XERO_FAILS = {"vendor": "xero", "kind": "status", "times": 1_000_000}
_OURS = """
    SELECT xero_invoice_id::text, xero_status, total, amount_due FROM invoices_invoice i
    JOIN connections_xeroconnection c ON c.id = i.connection_id WHERE c.tenant_id = %s
"""
_RETRY = """
from django.utils import timezone
from connections.models import User
from invoices import settling
from invoices.models import Operation
support = User.objects.filter(is_staff=True).first()
for each in Operation.objects.across_companies().filter(pk__in={ids}):
    assert settling.retry(each, by=support, reason="after the storm", now=timezone.now())
"""
_SENDINGS = """
    SELECT operation_id::text, count(*) FROM invoices_operationevent
    WHERE to_state = 'sending' GROUP BY 1
"""


class Storm:
    """One run of a plan."""

    def __init__(self, world: World, wanted: plan.Plan) -> None:
        self.world, self.plan = world, wanted
        self.unanswered: list[str] = []
        self.supported: list[str] = []
        self._kills = 0
        self._side: list[threading.Thread] = []

    def play(self) -> None:
        """Do everything that is planned, each at its time."""
        # The first call renews, and the new token lives as long as the plan says.
        self.world.cluster.ask(
            "UPDATE connections_xeroauthorisation SET access_expires_at = now() RETURNING id"
        )
        for fault in self.plan.faults():
            self.world.sandbox.call("faults", fault)
        began = time.monotonic()
        for event in self.plan.events:
            time.sleep(max(0.0, event.at - (time.monotonic() - began)))
            getattr(self, f"_{event.kind}")(event.what)
        for thread in self._side:
            thread.join()

    def calm_down(self) -> None:
        """Send again what nobody answered for, and wait until every press has ended."""
        for key in self.unanswered:
            form = self._form(key)
            wait_until(partial(self.world.presser.press, form), seconds=30)
        # What has not ended by then is told by the report, with all else.
        with suppress(AssertionError):
            wait_until(self._is_over, seconds=self.plan.size.patience_seconds)
            self._press_what_cannot_be_done()
            wait_until(self._is_over, seconds=60)
            self._go_on_as_support()
            wait_until(self._is_over, seconds=60)
        ended = self.world.cluster.ask("SELECT clock_timestamp()")[0][0]
        wait_until(
            lambda: self.world.cluster.ask(
                "SELECT 1 FROM connections_xeroconnection"
                " WHERE state = 'ACTIVE' AND polled_at > %s + interval '1 second'",
                [ended],
            ),
            seconds=90,
        )

    def report(self) -> checker.Report:
        """Compare."""
        world = self.world
        report = checker.Report(accepted=len(self.plan.keys))
        rows = world.cluster.ask("SELECT id::text, state, error_code FROM invoices_operation")
        states = {key: state for key, state, _code in rows}
        report.lost += [key for key in self.plan.keys if key not in states]
        wanted = {self.plan.refused: "refused", self.plan.twice: "needs_person"}
        report.not_done += [
            f"{key}: {state} ({code})"
            for key, state, code in rows
            if state != wanted.get(key, "done")
        ]
        invoices = world.truth()["invoices"]
        odd = [each for each in invoices if each.get("Url", "").endswith(tuple(wanted))]
        if len(odd) != 2:
            report.doubled.append(f"{len(odd)} invoices for what had two and what was refused")
        invoices = [each for each in invoices if each not in odd]
        amounts = {key: self.plan.quantity(key) * Decimal("10.50") for key in self.plan.keys}
        checker.check_truth(report, amounts, invoices)
        planted = {each["InvoiceID"] for each in odd}
        ours = world.cluster.ask(_OURS, [world.tenant])
        checker.check_mirror(report, invoices, [row for row in ours if row[0] not in planted])
        traffic = [
            each
            for each in world.sandbox.call("traffic?vendor=xero")
            if self.plan.twice not in str(each["body"])
        ]
        checker.check_sends(report, traffic, dict(world.cluster.ask(_SENDINGS)))
        checker.check_traffic(
            report,
            traffic,
            pause_seconds=plan.LOOK_PAUSE_SECONDS,
            last_resend_seconds=plan.LAST_RESEND_SECONDS,
        )
        return report

    def _form(self, key: str) -> dict[str, object]:
        return {
            "key": key,
            "deal": 9000 + self.plan.keys.index(key),
            "quantity": self.plan.quantity(key),
            "contact": self.world.sandbox_contact,
            "tenant": self.world.tenant,
        }

    def _press(self, key: str) -> None:
        if not self.world.presser.press(self._form(key)):
            self.unanswered.append(key)

    def _kill(self, what: str) -> None:
        worker = self.world.workers[self._kills % 2]
        self._kills += 1
        worker.kill() if what == "worker" else worker.kill_child()

    def _crash(self, _what: str) -> None:
        """Have whoever presses die; workers die wherever they come first."""
        self.world.presser.crash()

    def _wipe(self, _what: str) -> None:
        self.world.broker.wipe()

    def _restart(self, _what: str) -> None:
        self._aside(self._restart_broker)

    def _restart_broker(self) -> None:
        self.world.broker.kill()
        time.sleep(2)
        self.world.broker.start()

    def _stop(self, _what: str) -> None:
        self.world.cluster.stop_immediately()
        time.sleep(1)
        self.world.cluster.start()

    def _act(self, what: str) -> None:
        """Do to an invoice in Xero what a person may do there, so that there is news."""
        with suppress(psycopg.Error):
            rows = self.world.cluster.ask(
                "SELECT xero_invoice_id::text FROM invoices_invoice WHERE xero_status = %s LIMIT 1",
                ["DRAFT" if what == "approve" else "AUTHORISED"],
            )
            for (invoice_id,) in rows:
                with suppress(OSError):  # another one did it a moment ago
                    self.world.sandbox.press(self.world.tenant, invoice_id, what)

    def _press_what_cannot_be_done(self) -> None:
        """
        Press for what Xero holds two invoices of, and for a contact that it does not know.

        It fails until the first was looked for: only a look finds that it is there twice.
        """
        world = self.world
        twice = self._odd(self.plan.twice, deal=8001)
        refused = self._odd(self.plan.refused, deal=8000, contact=str(uuid.UUID(int=1)))
        world.clear_faults()
        wait_until(partial(world.presser.press, twice | {"plant": 2}), seconds=30)
        world.sandbox.call("faults", XERO_FAILS | {"method": "PUT", "status": 500})
        wait_until(partial(world.presser.press, twice), seconds=30)
        found = "SELECT state = 'needs_person' FROM invoices_operation WHERE id = %s"
        wait_until(lambda: world.cluster.ask(found, [self.plan.twice])[0][0], seconds=60)
        world.clear_faults()
        wait_until(partial(world.presser.press, refused), seconds=30)

    def _go_on_as_support(self) -> None:
        """
        Let those go on that Xero failed for three generations long (reliability §3).

        Their card says so. Support presses "Retry": it looks first, and sends what is not there.
        """
        rows = self.world.cluster.ask(
            "SELECT id::text FROM invoices_operation"
            " WHERE state = 'needs_person' AND error_code = 'generations_spent'"
        )
        self.supported = [key for (key,) in rows]
        if self.supported:
            self.world.site.manage("shell", "-v0", "-c", _RETRY.format(ids=self.supported))

    def _odd(self, key: str, **more: object) -> dict[str, object]:
        form = {"quantity": 2, "tenant": self.world.tenant}
        return form | {"key": key, "contact": self.world.sandbox_contact} | more

    def _is_over(self) -> bool:
        try:
            rows = self.world.cluster.ask(
                "SELECT count(*) FROM invoices_operation"
                " WHERE state NOT IN ('done', 'refused', 'needs_person')"
            )
        except psycopg.Error:
            return False
        return bool(rows[0][0] == 0)

    def _aside(self, do: object, *arguments: object) -> None:
        thread = threading.Thread(target=do, args=arguments, daemon=True)  # type: ignore[arg-type]
        thread.start()
        self._side.append(thread)
