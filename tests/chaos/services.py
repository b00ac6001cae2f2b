"""A PostgreSQL and a Redis of our own, to be stopped without a warning and wiped."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
import redis

from tests.live import list_free_ports, wait_until
from tests.needs import find_postgres_programs


class Cluster:
    """A PostgreSQL server with a directory of its own; never one that others use."""

    def __init__(self) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="ib-chaos-"))
        (self.port,) = list_free_ports(1)
        programs = find_postgres_programs()
        assert programs is not None
        self._programs = programs
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def create(self) -> None:
        """Make the directory and start."""
        if _is_root():
            shutil.chown(self._directory, "postgres")
        self._run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C")
        self.start()

    def start(self) -> None:
        """Start, and wait until it answers."""
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self._directory}"
            # The machine goes on when the server is killed, so nothing written is lost by this.
            " -c fsync=off -c max_connections=150 -c shared_buffers=64MB"
        )
        self._run("pg_ctl", "start", "--wait", f"--log={self._directory}/log", "-o", options)

    def stop_immediately(self) -> None:
        """End it as a power cut does: no transaction is finished, no client is told."""
        self._run("pg_ctl", "stop", "--mode=immediate", "--wait")

    def drop(self) -> None:
        """Stop it for good and delete its directory."""
        self._run("pg_ctl", "stop", "--mode=immediate", "--wait", must_work=False)
        shutil.rmtree(self._directory, ignore_errors=True)

    def ask(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query, asked over a connection of its own."""
        with psycopg.connect(self.url, connect_timeout=5) as connection:
            return connection.execute(query, values).fetchall()

    def _run(self, program: str, *arguments: str, must_work: bool = True) -> None:
        command = [str(self._programs / program), "-D", str(self._directory), *arguments]
        if _is_root():  # PostgreSQL refuses to run as root
            command = ["runuser", "-u", "postgres", "--", *command]
        done = subprocess.run(
            command,
            cwd=self._directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0 or not must_work, f"{program}: {done.stderr!r}"


class Broker:
    """A Redis that keeps nothing."""

    def __init__(self, directory: Path) -> None:
        (self.port,) = list_free_ports(1)
        self.url = f"redis://127.0.0.1:{self.port}"
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start empty, and wait until it answers."""
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._process = subprocess.Popen(
            command, cwd=self._directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until(self._is_listening)

    def wipe(self) -> None:
        """Forget every message."""
        with redis.Redis(port=self.port) as client:
            client.flushall()

    def kill(self) -> None:
        """End it without a warning."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    def _is_listening(self) -> bool:
        with socket.socket() as trial:
            return trial.connect_ex(("127.0.0.1", self.port)) == 0


def _is_root() -> bool:
    return os.geteuid() == 0
