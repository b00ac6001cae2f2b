"""
docs/coverage.md names a test for each M-, R- and X-number and for each endpoint of the native tab,
and each test it names exists.
"""

import ast
import re

import pytest

from invoices.native.manifest import ENDPOINTS
from tests.needs import ROOT

NUMBERS = [
    *(f"M-{number}" for number in range(1, 49)),
    *(f"R-{number}" for number in range(1, 34)),
    *(f"X-{number}" for number in range(2, 5)),
]
_ROW = re.compile(r"^\| ([MRX]-\d+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
_ENDPOINT = re.compile(r"^\| ((?:get|post|put)\w+) \| ([^|]+) \|$", re.MULTILINE)
_TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")


@pytest.fixture(scope="module")
def text() -> str:
    return (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def table(text: str) -> dict[str, str]:
    return {number: tests for number, _screen, tests in _ROW.findall(text)}


@pytest.fixture(scope="module")
def endpoints(text: str) -> dict[str, str]:
    return dict(_ENDPOINT.findall(text))


def test_every_number_of_the_product_has_its_row(table: dict[str, str]) -> None:
    assert list(table) == NUMBERS


@pytest.mark.parametrize("number", NUMBERS)
def test_every_test_of_a_row_exists(table: dict[str, str], number: str) -> None:
    _check(number, table[number])


def test_every_endpoint_has_its_row(endpoints: dict[str, str]) -> None:
    assert list(endpoints) == [each.name for each in ENDPOINTS]


@pytest.mark.parametrize("endpoint", [each.name for each in ENDPOINTS])
def test_every_test_of_an_endpoint_exists(endpoints: dict[str, str], endpoint: str) -> None:
    _check(endpoint, endpoints[endpoint])


def _check(what: str, tests: str) -> None:
    named = _TEST.findall(tests)
    assert named, f"{what} names no test"
    assert len(named) == tests.count("`") // 2
    for path, name in named:
        assert name in _list_tests(path), f"{path}::{name}"


def _list_tests(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
