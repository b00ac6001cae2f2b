"""The product on services of its own, with workers that die and come back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import requests

from invoicebridge import runner
from invoices.journey.browser import Browser
from invoices.journey.steps import Journey
from invoices.journey.truth import Sandbox
from tests.chaos import plan
from tests.chaos.services import Broker, Cluster
from tests.live import LiveSite
from tests.needs import ROOT

_SET_DURATIONS = """
from constance import config
for name, value in {values!r}.items():
    setattr(config, name, value)
"""


class Part:
    """One process that is started again as soon as it is dead."""

    def __init__(self, command: tuple[str, ...], variables: dict[str, str], log: Path) -> None:
        self._command = command
        self._variables = variables
        self._log = log
        self._is_over = False
        self.process = self._start()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()

    def kill(self) -> None:
        """End the process as a crash does; whatever it started goes with it."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def kill_child(self) -> None:
        """End one of the processes that work for it."""
        with suppress(psutil.Error):
            for child in psutil.Process(self.process.pid).children()[:1]:
                child.kill()

    def end(self) -> None:
        """End it for good."""
        self._is_over = True
        self.kill()
        self.process.wait(10)
        self._keeper.join(5)

    def _keep(self) -> None:
        while not self._is_over:
            self.process.wait()
            if not self._is_over:
                time.sleep(0.3)
                self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=self._variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


class Presser:
    """The program that presses, started again when it died; what it was not told is unknown."""

    def __init__(self, variables: dict[str, str], log: Path) -> None:
        self._variables = variables
        self._log = log
        self._dies = 0
        self._process: subprocess.Popen[str] | None = None

    def press(self, press: dict[str, Any]) -> bool:
        """Press once; False when nobody answered for it."""
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(press) + "\n")
            process.stdin.flush()
            return process.stdout.readline().split() == ["accepted", press["key"]]
        except BrokenPipeError:
            return False

    def crash(self) -> None:
        """Let the next one die before it rings."""
        self.end()
        self._dies += 1
        crash_at = f"{plan.PRESSERS_POINT}*{self._dies}"
        self._variables = {**self._variables, "IB_CRASH_AT": crash_at}

    def end(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self.end()
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "tests.chaos.presser"],
                    cwd=ROOT,
                    env=self._variables,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                )
        return self._process


class World:
    """Everything that runs in a storm."""

    def __init__(self, directory: Path, cluster: Cluster, broker: Broker) -> None:
        self.cluster, self.broker = cluster, broker
        self.log = directory / "parts.txt"
        self.site = LiveSite(
            directory,
            {
                "DATABASE_URL": cluster.url,
                "CELERY_BROKER_URL": f"{broker.url}/0",
                "CACHE_URL": f"{broker.url}/1",
                "PROVIDER_DEADLINE_SECONDS": str(plan.DEADLINE_SECONDS),
                "IB_TEST_MODE": "true",
                "WEB_PROCESSES": "1",
            },
        )
        self.sandbox = Sandbox(self.site.xero)
        layout = runner.Layout(self.site.variables)
        self.variables = layout.variables()
        self.tenant = self.sandbox_contact = ""
        self.browser: Browser | None = None
        self._commands = {part: layout.child(part).command for part in ("worker", "beat")}
        self.workers: list[Part] = []
        self.beats: list[Part] = []
        self.presser = Presser(self.variables, self.log)

    def start(self, crash_at: str) -> None:
        """Start web and sandbox, connect a company, then start two workers and two beats."""
        self.site.start("--only", "sandbox,web")
        journey = Journey(self.site.url, self.sandbox, lambda *_: None)
        for step in (journey.sign_in, journey.connect_pipedrive, journey.connect_xero):
            step()
        self.tenant = journey.tenant_id
        self.browser = journey.browser
        contacts = self.truth()["contacts"]
        self.sandbox_contact = next(
            each["ContactID"] for each in contacts if each["ContactStatus"] == "ACTIVE"
        )
        values = _SET_DURATIONS.format(values=plan.DURATIONS)
        self.site.manage("shell", "-v0", "-c", values)
        self.sandbox.call("settings", plan.SWITCHES)
        doomed = self.variables | {"IB_CRASH_AT": crash_at}
        for number in range(2):
            # Beats keep what they did last in a file each.
            directory = self.site.directory / f"beat{number}"
            directory.mkdir()
            own = self.variables | {"IB_VAR_DIR": str(directory)}
            self.workers.append(Part(self._commands["worker"], doomed, self.log))
            self.beats.append(Part(self._commands["beat"], own, self.log))

    def list_crashed(self) -> list[str]:
        """Return the points at which somebody died."""
        directory = self.site.directory / "var" / "crashes"
        return sorted({each.stem for each in directory.glob("*.*")})

    def stop(self) -> None:
        """End all of it."""
        self.presser.end()
        for part in (*self.workers, *self.beats):
            part.end()
        self.site.stop()

    def clear_faults(self) -> None:
        """Let both vendors answer as they should."""
        with requests.Session() as session:
            session.trust_env = False
            session.delete(f"{self.site.xero}/_sandbox/faults", timeout=30)

    def truth(self) -> dict[str, Any]:
        """Return what the sandbox holds of the organisation."""
        found: dict[str, Any] = self.sandbox.call("state")["xero"]["organisations"][self.tenant]
        return found


@contextmanager
def running(directory: Path, *, crash_at: str = "") -> Iterator[World]:
    """Start everything for a storm, whose workers die at some points, and end it."""
    cluster, broker = Cluster(), Broker(directory)
    world = None
    try:
        cluster.create()
        broker.start()
        world = World(directory, cluster, broker)
        world.start(crash_at)
        yield world
    finally:
        if world is not None:
            world.stop()
        broker.kill()
        cluster.drop()
