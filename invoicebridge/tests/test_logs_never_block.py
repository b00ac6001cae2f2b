"""Where the log goes to is full, hangs or is gone: people notice nothing (F-42)."""

from __future__ import annotations

import errno
import io
import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from django.test import Client

from invoicebridge import log_writer
from tests.needs import ROOT

MANY = log_writer.MOST_WAITING + 5_000


class Broken(io.StringIO):
    """A target that takes nothing."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error
        self.tries = 0

    def write(self, text: str) -> int:
        self.tries += 1
        raise self.error


def ours() -> log_writer.Handler:
    """Return the handler of this process's log."""
    (handler,) = (
        each for each in logging.getLogger().handlers if isinstance(each, log_writer.Handler)
    )
    return handler


@pytest.fixture(params=[errno.ENOSPC, errno.EPIPE, errno.EIO])
def broken(request: pytest.FixtureRequest) -> Iterator[Broken]:
    target = Broken(OSError(request.param, "no log"))
    handler = ours()
    handler.flush()
    before, handler.stream = handler.stream, target
    yield target
    handler.flush()
    handler.stream = before


@pytest.mark.django_db
def test_every_page_is_answered_as_ever(broken: Broken) -> None:
    client = Client()

    assert client.get("/live").status_code == 200
    assert client.get("/accounts/login/").status_code == 200
    assert client.post(
        "/accounts/login/", {"login": "a@b.example", "password": "x"}
    ).status_code in {
        200,
        429,
    }

    ours().flush()
    assert broken.tries > 0


def test_a_collector_that_hangs_holds_nobody_up() -> None:
    reading, writing = os.pipe()
    handler = log_writer.Handler()
    with os.fdopen(writing, "w") as stream, os.fdopen(reading) as collector:
        handler.stream = stream
        began = time.monotonic()
        for number in range(MANY):
            handler.emit(logging.makeLogRecord({"msg": f"{number} {'x' * 200}"}))
        assert time.monotonic() - began < 5

        lines = [collector.readline() for _ in range(1_000)]
        handler.emit(logging.makeLogRecord({"msg": "after it hung"}))
        while lines[-1] != "after it hung\n":
            lines.append(collector.readline())

    lost = sum(json.loads(line)["count"] for line in lines if "log_lines_lost" in line)
    written = [int(line.split()[0]) for line in lines if line[0].isdigit()]
    assert lost > 0
    assert lost + len(written) == MANY
    assert written == sorted(written)


def test_the_last_lines_of_a_process_are_written() -> None:
    program = (
        "import logging; from invoicebridge.log_writer import Handler;"
        "logging.getLogger().addHandler(Handler());"
        "[logging.warning('line %s', n) for n in range(500)]"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert done.stderr.splitlines()[-1] == "line 499"


def test_a_forked_child_writes_as_well() -> None:
    program = (
        "import logging, os; from invoicebridge.log_writer import Handler;"
        "logging.getLogger().addHandler(Handler());"
        "logging.warning('parent');"
        "child = os.fork();"
        "logging.warning('child' if child == 0 else 'parent again');"
        "child and os.waitpid(child, 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert sorted(done.stderr.splitlines()) == ["child", "parent", "parent again"]
