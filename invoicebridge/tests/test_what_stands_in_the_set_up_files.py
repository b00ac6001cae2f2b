"""The files that start and describe the product agree with the code."""

import ast
import re
import shlex
import subprocess
import sys
from typing import Any

import pytest
import yaml

from invoicebridge import runner

ROOT = runner.ROOT
PRODUCT = ("migrate", "web", "worker", "beat", "sandbox")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    services: dict[str, Any] = yaml.safe_load(text)["services"]
    return services


@pytest.fixture(scope="module")
def variables() -> set[str]:
    """The variables that the settings read."""
    found: set[str] = set()
    for name in ("invoicebridge/settings.py", "gunicorn.conf.py"):
        for node in ast.walk(ast.parse((ROOT / name).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("env."):
                assert isinstance(node.args[0], ast.Constant)
                found.add(str(node.args[0].value))
    return found


@pytest.mark.parametrize("part", ["web", "worker", "beat"])
def test_containers_run_what_the_runner_runs(services: dict[str, Any], part: str) -> None:
    ours = ["python" if word == sys.executable else word for word in _command(part)]

    assert services[part]["command"] == ours


def test_the_sandbox_container_runs_what_the_runner_runs(services: dict[str, Any]) -> None:
    words = services["sandbox"]["command"]

    assert words[:3] == ["python", "-m", "sandbox"]
    assert [word for word in words if word.startswith("--")] == [
        word for word in _command("sandbox") if word.startswith("--")
    ]
    assert services["sandbox"]["profiles"] == ["sandbox"]


def test_tables_are_ready_before_anything_starts(services: dict[str, Any]) -> None:
    assert services["migrate"]["command"] == ["python", "-m", "invoicebridge.prepare"]
    for part in ("web", "worker", "beat"):
        assert services[part]["depends_on"]["migrate"] == {
            "condition": "service_completed_successfully"
        }


@pytest.mark.parametrize("part", PRODUCT)
def test_containers_of_the_product_can_change_nothing(services: dict[str, Any], part: str) -> None:
    service = services[part]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


def test_the_image_does_not_run_as_root() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if line.startswith("USER ")] == ["USER invoicebridge"]


def test_the_list_of_work_is_not_in_redis(services: dict[str, Any]) -> None:
    command = services["broker"]["command"]

    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"
    assert command[command.index("--save") + 1] == ""


def test_every_setting_reaches_the_containers(
    services: dict[str, Any], variables: set[str]
) -> None:
    of_the_image = {"IB_VAR_DIR", "STATIC_ROOT", "WEB_BIND", "WEB_PORT"}
    deliberately_fixed = {"DEBUG", "IB_CRASH_AT", "IB_TEST_MODE", "SECURE_SSL_REDIRECT"}
    given = set(services["web"]["environment"])

    assert variables - given - of_the_image - deliberately_fixed == set()


def test_containers_are_given_nothing_that_no_setting_reads(
    services: dict[str, Any], variables: set[str]
) -> None:
    assert set(services["web"]["environment"]) - variables - {"IB_PROFILE"} == set()


def test_every_setting_is_explained_in_the_example_file(variables: set[str]) -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    explained = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", text, re.MULTILINE))

    assert variables - explained == set()
    assert explained - variables - {"POSTGRES_PASSWORD", "WEB_PUBLISH"} == set()


def test_the_readme_names_only_commands_that_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))

    named = set(re.findall(r"(?:`|^    )make ([a-z-]+)", text, re.MULTILINE))

    assert {"run", "test"} <= named
    assert named - targets == set()


def test_the_script_of_the_ci_is_valid_and_runs_make_test() -> None:
    script = ROOT / ".ci" / "run"

    subprocess.run(["bash", "-n", str(script)], check=True)

    lines = script.read_text(encoding="utf-8").splitlines()
    assert any(shlex.split(line)[:2] == ["make", "test"] for line in lines if line[:4] == "make")
    assert "export CI=true" in lines


def test_locks_hold_a_hash_for_every_package_and_no_address() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        pins = re.findall(r"^\S+==", text, re.MULTILINE)

        assert pins
        assert len(re.findall(r"^\S+==[^\n]*\\\n +--hash=sha256:", text, re.MULTILINE)) == len(pins)
        assert "://" not in text


def _command(part: str) -> list[str]:
    return list(runner.Layout({}).child(part).command)
