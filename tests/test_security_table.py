"""docs/security.md has a row for each item, and every file that it names exists."""

from __future__ import annotations

import re

import pytest

from tests.needs import ROOT

ROWS = re.compile(r"^\| (S-\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
_PATH = re.compile(r"`([a-z_]+/[\w/]+(?:\.\w+)?/?)`")


@pytest.fixture(scope="module")
def text() -> str:
    return (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def test_every_item_has_its_row_and_says_by_what_it_is_shown(text: str) -> None:
    rows = ROWS.findall(text)

    assert [number for number, *_ in rows] == [f"S-{number}" for number in range(1, 41)]
    assert all(each.strip() for row in rows for each in row)


def test_every_file_that_is_named_exists(text: str) -> None:
    named = _PATH.findall(text)

    assert len(named) > 60
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_what_the_page_says_of_settings_is_so(text: str) -> None:
    source = (ROOT / "invoicebridge" / "runtime_settings.py").read_text(encoding="utf-8")
    named = re.findall(r"`([A-Z_]+_DAYS)`", text)

    assert set(named) == {"API_CALL_DAYS", "WEBHOOK_DAYS", "FORM_DAYS", "ERASE_DAYS"}
    assert all(f'"{name}"' in source for name in named)
