"""README and CONTRIBUTING speak of what is there: files, commands, settings, pictures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.needs import ROOT
from tests.pictures import FOLDER, MOST_BYTES

PAGES = ("README.md", "CONTRIBUTING.md")
# Settings that docker compose has of its own, or that a container has no use for.
NOT_IN_CONTAINERS = {
    "POSTGRES_PASSWORD",
    "WEB_PUBLISH",
    "WEB_PORT",
    "WEB_BIND",
    "IB_VAR_DIR",
    "STATIC_ROOT",
    "DEBUG",
    "IB_TEST_MODE",
    "IB_CRASH_AT",
}


@pytest.fixture(scope="module", params=PAGES)
def page(request: pytest.FixtureRequest) -> str:
    return (ROOT / request.param).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def settings_named() -> set[str]:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    return set(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]+)=", text, re.MULTILINE))


def test_every_file_that_is_named_exists(page: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", page)
    code = re.findall(r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:md|py|yml))`", page)
    # What the running demo leaves in var/ need not be there.
    roots = {path.name for path in ROOT.iterdir()} - {"var"}
    named = {each for each in {*links, *code} if "/" not in each or each.split("/")[0] in roots} - {
        "parsing.py"
    }

    assert named
    assert [each for each in sorted(named) if not (ROOT / each).exists()] == []


def test_every_command_that_is_named_is_there(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    made = set(re.findall(r"(?:`|^    )make ([a-z-]+)", page, re.MULTILINE))
    managed = set(re.findall(r"manage\.py ([a-z_]+)", page))

    assert made - targets == set()
    assert managed - set(get_commands()) == set()


def test_the_readme_explains_each_setting(settings_named: set[str]) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", readme))

    assert len(settings_named) > 40
    assert settings_named - explained == set()


def test_docker_compose_hands_each_setting_on(settings_named: set[str]) -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    handed_on = set(re.findall(r"^    ([A-Z][A-Z0-9_]+):", text, re.MULTILINE))

    assert settings_named - NOT_IN_CONTAINERS - handed_on == set()


def test_each_picture_is_shown_and_small() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = {ROOT / each for each in re.findall(r"\((docs/pictures/[\w-]+\.png)\)", readme)}
    taken: set[Path] = set(FOLDER.glob("*.png"))

    assert shown == taken
    assert [each.name for each in taken if each.stat().st_size > MOST_BYTES] == []
