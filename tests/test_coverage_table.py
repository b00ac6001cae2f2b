"""docs/coverage.md names a test for each M-, R- and X-number, and each test it names exists."""

import ast
import re

import pytest

from tests.needs import ROOT

NUMBERS = [
    *(f"M-{number}" for number in range(1, 49)),
    *(f"R-{number}" for number in range(1, 34)),
    *(f"X-{number}" for number in range(2, 5)),
]
_ROW = re.compile(r"^\| ([MRX]-\d+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
_TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")


@pytest.fixture(scope="module")
def table() -> dict[str, str]:
    text = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
    return {number: tests for number, _screen, tests in _ROW.findall(text)}


def test_every_number_of_the_product_has_its_row(table: dict[str, str]) -> None:
    assert list(table) == NUMBERS


@pytest.mark.parametrize("number", NUMBERS)
def test_every_test_of_a_row_exists(table: dict[str, str], number: str) -> None:
    named = _TEST.findall(table[number])

    assert named, f"{number} names no test"
    assert len(named) == table[number].count("`") // 2
    for path, name in named:
        assert name in _list_tests(path), f"{path}::{name}"


def _list_tests(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
