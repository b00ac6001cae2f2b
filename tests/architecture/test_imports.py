"""
The import contracts of pyproject.toml are held by `make contracts`. Here each of them is seen to
fail: a tree of empty modules keeps them all, and one bad import breaks the one that forbids it.
"""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LINTER = SETTINGS["tool"]["importlinter"]
CONTRACTS = {contract["id"]: contract for contract in LINTER["contracts"]}

BAD_IMPORTS = [
    ("apps", "connections.queries", "mappings.queries"),
    ("apps", "mappings.services", "invoices.services"),
    ("apps", "invoices.services", "invoicebridge.env"),
    ("within", "invoices.services", "invoices.views"),
    ("within", "invoices.queries", "invoices.sending"),
    ("within", "mappings.models", "mappings.queries"),
    ("within", "mappings.tasks", "mappings.services"),
    ("clients", "invoices.sending", "connections.xero.client"),
    ("clients", "mappings.reference", "connections.xero.sdk"),
    ("clients", "connections.services", "connections.pipedrive.client"),
    ("wire", "connections.http", "django.conf"),
    ("wire", "connections.xero.types", "django.db"),
    ("wire", "connections.pipedrive.client", "connections.models"),
    ("models", "connections.models", "requests"),
    ("models", "invoices.models", "connections.access"),
    ("start", "connections.web", "connections.vault"),
    ("start", "connections.web", "connections.access"),
    ("planning", "mappings.planning", "django.utils.timezone"),
    ("planning", "mappings.planning", "mappings.models"),
    ("planning", "mappings.totals", "connections.access"),
    ("sandbox-out", "invoices.services", "sandbox.core"),
    ("sandbox-in", "sandbox.core", "connections.errors"),
    ("cycles", "invoices.queries", "invoices.cards"),
]


@pytest.fixture
def empty_tree(tmp_path: Path) -> Path:
    """A project of the same contracts, whose modules are all there and all empty."""
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    for module in sorted(_modules_named()):
        _file_of(tmp_path, module).touch()
    return tmp_path


def test_an_empty_tree_keeps_every_contract(empty_tree: Path) -> None:
    done = lint(empty_tree)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("contract", "importer", "imported"), BAD_IMPORTS)
def test_a_bad_import_breaks_its_contract(
    empty_tree: Path, contract: str, importer: str, imported: str
) -> None:
    if contract == "cycles":
        _file_of(empty_tree, imported).write_text(f"import {importer}\n", encoding="utf-8")
    _file_of(empty_tree, importer).write_text(f"import {imported}\n", encoding="utf-8")

    done = lint(empty_tree, "--contract", contract)

    assert done.returncode == 1, done.stdout
    assert f"{CONTRACTS[contract]['name']} BROKEN" in done.stdout


def test_every_contract_was_seen_to_fail() -> None:
    assert {contract for contract, _importer, _imported in BAD_IMPORTS} == set(CONTRACTS)


def lint(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the linter on a tree."""
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-cache", *arguments], cwd=tree, capture_output=True, text=True, check=False
    )


def _modules_named() -> set[str]:
    modules = set(LINTER["root_packages"])
    for contract in CONTRACTS.values():
        for key in (
            "source_modules",
            "forbidden_modules",
            "protected_modules",
            "allowed_importers",
            "ancestors",
        ):
            modules.update(contract.get(key, []))
    for _contract, importer, imported in BAD_IMPORTS:
        modules.update((importer, imported))
    ours = tuple(LINTER["root_packages"])
    return {module for module in modules if module.split(".")[0] in ours}


def _file_of(tree: Path, module: str) -> Path:
    """Return the file of a module, its packages made."""
    *packages, name = module.split(".")
    folder = tree
    for package in packages:
        folder = folder / package
        folder.mkdir(exist_ok=True)
        (folder / "__init__.py").touch()
    is_package = any(other.startswith(f"{module}.") for other in _modules_named())
    if is_package or not packages:
        (folder / name).mkdir(exist_ok=True)
        return folder / name / "__init__.py"
    return folder / f"{name}.py"
