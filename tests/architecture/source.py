"""The product's source as the tests of this folder read it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("connections", "mappings", "invoices")
PRODUCT = (*APPS, "invoicebridge")
CODE = (*PRODUCT, "sandbox", "tests", "bench")


def list_modules(*packages: str, with_tests: bool = False) -> list[Path]:
    """Return the Python files of these packages, migrations left out."""
    return [
        path
        for package in packages
        for path in sorted((ROOT / package).rglob("*.py"))
        if "migrations" not in path.parts and (with_tests or "tests" not in path.parts)
    ]


def list_templates() -> list[Path]:
    """Return the templates of the product and of the sandbox."""
    return sorted(
        path
        for folder in ("templates", *PRODUCT, "sandbox")
        for path in (ROOT / folder).rglob("*")
        if "templates" in path.parts and path.suffix in {".html", ".txt", ".svg"}
    )


@cache
def tree_of(path: Path) -> ast.Module:
    """Return the syntax tree of a module."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def name_of(path: Path) -> str:
    """Return the path as people write it, from the top of the project."""
    return path.relative_to(ROOT).as_posix()


def calls_in(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the dotted name of every call in a module, as far as it is written out."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)
