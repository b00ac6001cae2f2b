"""docs/bad-input.md names a test for each of its rows, and each test that it names exists."""

import ast
import re

import pytest

from tests.needs import ROOT

ROWS = [*(f"B-{number}" for number in range(1, 26)), "F-30", "F-40", "F-42"]
_ROW = re.compile(r"^\| ([BF]-\d+) \| (.+) \| ([^|]+) \|$", re.MULTILINE)
_TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")


@pytest.fixture(scope="module")
def table() -> dict[str, str]:
    text = (ROOT / "docs" / "bad-input.md").read_text(encoding="utf-8")
    return {row: tests for row, _given, tests in _ROW.findall(text)}


def test_every_row_is_there(table: dict[str, str]) -> None:
    assert list(table) == ROWS


@pytest.mark.parametrize("row", ROWS)
def test_every_test_of_a_row_exists(table: dict[str, str], row: str) -> None:
    named = _TEST.findall(table[row])

    assert named, f"{row} names no test"
    assert len(named) == table[row].count("`") // 2
    for path, name in named:
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        known = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert name in known, f"{path}::{name}"
