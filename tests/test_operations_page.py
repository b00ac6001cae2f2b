"""docs/operations.md speaks of what there is: alarms, jobs, states, settings, commands, logs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

from connections.models import NativeRegistration, XeroConnection
from invoices.models import Operation
from tests.architecture.source import PRODUCT, list_modules
from tests.needs import ROOT

State, WaitingFor = Operation.State, Operation.WaitingFor


@pytest.fixture(scope="module")
def text() -> str:
    return (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def source() -> str:
    paths = [*list_modules(*PRODUCT), *(ROOT / "invoicebridge").glob("*.py")]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def first_column(text: str, heading: str) -> set[str]:
    """Return the names that stand first in the rows of the first table below a heading."""
    table = re.search(rf"{re.escape(heading)}.*?\n\|[-|]+\n(.*?)(?:\n\n|\Z)", text, re.DOTALL)
    assert table, heading
    return set(re.findall(r"^\| `([^`]+)` \|", table[1], re.MULTILINE))


def test_every_problem_of_the_ready_page_is_told(text: str) -> None:
    health = (ROOT / "invoicebridge" / "health.py").read_text(encoding="utf-8")
    said = set(re.findall(r'problems\.append\("([^"]+)"\)', health))
    said |= set(re.findall(r'"problems": \["([^"]+)"\]', health))
    said |= {"heartbeat NAME"} if 'f"heartbeat {name}"' in health else set()

    assert len(said) >= 7
    assert first_column(text, "## The ready page") == said


def test_every_job_is_told(text: str) -> None:
    # Whoever takes a tick of the sweep leaves this one as well.
    assert first_column(text, "## Heartbeats") == {*settings.CELERY_BEAT_SCHEDULE, "worker"}


def test_every_state_and_every_reason_to_wait_is_told(text: str) -> None:
    assert first_column(text, "## States of an operation") == set(State.values)
    waiting = "\n" + text[text.index("| `waiting_for` | Until |") :]
    assert first_column(waiting, "") == set(WaitingFor.values)


def test_every_pause_is_told(text: str) -> None:
    named = first_column(text, "## Pauses")

    assert named == set(XeroConnection.PauseReason.values)
    assert NativeRegistration.State.REFUSED in text


def test_every_setting_that_is_named_exists(text: str) -> None:
    named = set(re.findall(r"`([A-Z][A-Z_]{4,})`", text))
    environment = (ROOT / "invoicebridge" / "settings.py").read_text(encoding="utf-8")

    assert len(named) > 10
    assert {
        name
        for name in named
        if name not in settings.CONSTANCE_CONFIG and f'"{name}"' not in environment
    } == set()


def test_every_command_that_is_named_exists(text: str) -> None:
    named = set(re.findall(r"manage\.py (\w+)", text))

    assert len(named) >= 5
    assert named <= set(get_commands())


def test_every_line_of_the_log_that_is_named_is_written(text: str, source: str) -> None:
    tables = {
        *first_column(text, "## States of an operation"),
        *first_column(text, "## Heartbeats"),
    }
    named = {each for each in re.findall(r"`([a-z]+(?:_[a-z]+)+)`", text) if each not in tables}
    named -= {"oldest_due_seconds", "grants_not_renewed", "heartbeat_seconds", "test_mode"}
    known = {*WaitingFor.values, "waiting_for", "pause_until", "pause_reason", "rotate_keys"}

    assert len(named) > 12
    assert {each for each in named - known if f'"{each}"' not in source} == set()


def test_every_service_and_page_that_is_named_exists(text: str) -> None:
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    services = set(re.findall(r"^  (\w+):$", compose, re.MULTILINE))
    named = set(re.findall(r"docker compose (?:exec|restart|stop) (\w+)", text))

    assert named <= services
    assert {"web", "db", "broker"} <= named
    assert [
        each for each in re.findall(r"`(docs/[\w./-]+)`", text) if not (ROOT / Path(each)).exists()
    ] == []


def test_every_action_that_is_named_is_offered(text: str, source: str) -> None:
    named = re.findall(r'"(End before it is sent|Mark [^"]+|Try\s+again safely|Re-[^"]+)"', text)

    assert len(named) == 4
    assert all(" ".join(each.split()) in source for each in named)
