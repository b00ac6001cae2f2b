"""House rules that no linter knows: each test names the rule, and its message names the place."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import (
    APPS,
    CODE,
    PRODUCT,
    ROOT,
    calls_in,
    list_modules,
    name_of,
    tree_of,
)

LONGEST_FILE = 350
LONGEST_TEST_FILE = 500
# The one guard that records what nobody foresaw and raises it again.
WORKER_GUARDS = {"invoices/sending.py", "invoices/polling.py"}
# Seconds to wait; and the form in which SQLite gives back what it stored.
NOT_MONEY = {"invoices/schedule.py", "invoices/upserts.py"}
CLOCK = re.compile(
    r"(^|\.)(timezone\.now|(datetime|date|dt)\.(now|utcnow|today)|time\.(time|monotonic))$"
)
MIXED_BAGS = {"utils", "util", "helpers", "helper", "common", "misc", "lib"}


def test_files_have_one_job_and_the_length_of_one() -> None:
    too_long = {
        name_of(path): length
        for path in list_modules(*CODE, with_tests=True)
        if (length := len(path.read_text(encoding="utf-8").splitlines()))
        > (LONGEST_TEST_FILE if path.name.startswith("test_") else LONGEST_FILE)
        and path != ROOT / "invoicebridge" / "settings.py"
        and "seed" not in path.parts  # tables of data
    }

    assert too_long == {}


def test_no_module_is_a_mixed_bag() -> None:
    assert [
        name_of(path)
        for path in list_modules(*CODE, with_tests=True)
        if MIXED_BAGS & {path.stem, path.parent.name}
    ] == []


def test_nothing_is_caught_blindly_but_in_the_worker_guard() -> None:
    found = {
        name_of(path)
        for path in list_modules(*PRODUCT)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ExceptHandler) and _is_blind(node)
    }

    assert found <= WORKER_GUARDS


def test_no_module_imports_inside_a_function() -> None:
    found = [
        f"{name_of(path)}:{inner.lineno}"
        for path in list_modules(*PRODUCT)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]

    assert found == []


def test_modules_are_loaded_by_name_only_where_most_processes_do_without_them() -> None:
    found = {place.split(":")[0] for place in _calls(r"(^|\.)(import_module|__import__)$")}

    # The second loads what only some processes want: the reporting of errors.
    assert found <= {"connections/access.py", "invoicebridge/apps.py"}


@pytest.mark.parametrize("name", ["models", "planning", "totals"])
def test_models_and_planning_have_no_clock(name: str) -> None:
    found = [
        place
        for place in _calls(CLOCK.pattern)
        if name in re.split(r"[/.]", place.split(":", maxsplit=1)[0])
    ]

    assert found == []


def test_no_page_and_no_worker_sleeps() -> None:
    calls = _calls(r"(^|\.)sleep$", *APPS)

    # The walk of the demo waits as a person in front of a browser does.
    assert [call for call in calls if not call.startswith("invoices/journey/")] == []


def test_celery_retries_nothing_and_delays_nothing() -> None:
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in list_modules(*APPS)
        for node in ast.walk(tree_of(path))
        if (isinstance(node, ast.keyword) and node.arg in {"countdown", "eta", "autoretry_for"})
        or (isinstance(node, ast.Attribute) and node.attr == "retry" and _is_self(node.value))
    ]

    assert found == []


def test_apps_call_each_other_and_send_no_signals() -> None:
    assert _calls(r"(^|\.)(Signal|receiver)$", *APPS) == []
    assert _calls(r"(^|\.)(pre|post)_(save|delete|init)\.connect$", *APPS) == []


def test_saving_a_row_has_no_behaviour() -> None:
    found = [
        f"{name_of(path)}:{method.lineno}"
        for path in list_modules(*APPS)
        if "models" in path.parts or path.stem == "models"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ClassDef)
        for method in node.body
        if isinstance(method, ast.FunctionDef) and method.name in {"save", "delete"}
    ]

    assert found == []


def test_apps_read_their_settings_from_django_and_not_from_the_environment() -> None:
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in list_modules(*APPS)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"os.environ", "os.getenv"}
    ]

    assert found == []


def test_html_is_escaped_by_the_templates_alone() -> None:
    assert _calls(r"(^|\.)(mark_safe|SafeString|SafeText)$") == []


def test_money_is_never_a_float() -> None:
    found = {place.split(":")[0] for place in _calls(r"^float$", "mappings", "invoices")}

    assert found <= NOT_MONEY


def test_nothing_is_left_for_later() -> None:
    unfinished = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    found = [
        f"{name_of(path)}:{number}"
        for path in list_modules(*CODE, with_tests=True)
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if unfinished.search(line)
    ]

    assert found == []


def _calls(pattern: str, *packages: str) -> list[str]:
    return [
        f"{name_of(path)}:{line}"
        for path in list_modules(*(packages or PRODUCT))
        for line, name in calls_in(path)
        if re.search(pattern, name)
    ]


def _is_blind(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or bool(set(_names(handler.type)) & {"Exception", "BaseException"})


def _names(node: ast.expr) -> Iterator[str]:
    for part in node.elts if isinstance(node, ast.Tuple) else [node]:
        yield ast.unparse(part).rsplit(".", maxsplit=1)[-1]


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in {"self", "task"}
