"""A process dies where it was told to, and only where that was asked for with tests on (T-4)."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from connections import crash
from tests.needs import ROOT

STANDING = re.compile(r'crash\.(?:point|before_commit)(?:\(f?|, )"([\w{}]+)"')
# One call stands for the steps to all states.
STATE = re.compile(r"_storing_(?!\{).+")
PROGRAM = """
import django
django.setup()
from connections import crash
crash.point("after_answer_stored")
crash.point("after_commit_before_send")
print("alive")
"""


def test_a_process_dies_at_its_point_and_at_no_other(tmp_path: Path) -> None:
    done = run(tmp_path, IB_TEST_MODE="true", IB_CRASH_AT="after_commit_before_send")

    assert (done.returncode, done.stdout) == (-signal.SIGKILL, "")


def test_so_many_processes_die_as_were_asked_for(tmp_path: Path) -> None:
    wanted = {"IB_TEST_MODE": "true", "IB_CRASH_AT": "after_commit_before_send*2"}

    ends = [run(tmp_path, **wanted).returncode for _ in range(3)]

    assert ends == [-signal.SIGKILL, -signal.SIGKILL, 0]


def test_several_points_are_counted_each_by_itself(tmp_path: Path) -> None:
    wanted = {
        "IB_TEST_MODE": "true",
        "IB_CRASH_AT": "after_commit_before_send*1,after_answer_stored*1",
    }

    ends = [run(tmp_path, **wanted).returncode for _ in range(3)]

    assert ends == [-signal.SIGKILL, -signal.SIGKILL, 0]
    assert sorted(each.name for each in (tmp_path / "crashes").iterdir()) == [
        "after_answer_stored.0",
        "after_commit_before_send.0",
    ]


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"IB_CRASH_AT": "after_commit_before_send"}, "IB_TEST_MODE"),
        ({"IB_TEST_MODE": "true", "IB_CRASH_AT": "somewhere"}, "after_answer_stored"),
        ({"IB_TEST_MODE": "true", "IB_CRASH_AT": "after_answer_stored*x"}, "IB_CRASH_AT"),
        ({"IB_TEST_MODE": "true", "IB_CRASH_AT": "after_answer_stored,odd"}, "IB_CRASH_AT"),
    ],
)
def test_a_process_refuses_to_start(tmp_path: Path, variables: dict[str, str], said: str) -> None:
    done = run(tmp_path, **variables)

    assert done.returncode == 1
    assert "alive" not in done.stdout
    assert said in done.stderr.splitlines()[-1]


def test_nothing_is_asked_for_by_default() -> None:
    crash.check("", is_test_mode=False)

    assert not any(crash.is_armed(name) for name in crash.POINTS)
    with pytest.raises(ImproperlyConfigured):
        crash.check(crash.POINTS[0], is_test_mode=False)


def test_every_point_stands_somewhere_in_the_product_and_each_that_stands_is_known() -> None:
    standing: set[str] = set()
    for app in ("connections", "invoices"):
        for path in (ROOT / app).rglob("*.py"):
            if "tests" not in path.parts:
                standing |= set(STANDING.findall(path.read_text(encoding="utf-8")))

    def shorten(name: str) -> str:
        return STATE.sub("_storing_{to}", name)

    assert {shorten(name) for name in standing} == {shorten(name) for name in crash.POINTS}


def run(directory: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    ours = {
        "IB_PROFILE": "demo",
        "IB_VAR_DIR": str(directory),
        "DJANGO_SETTINGS_MODULE": "invoicebridge.settings",
    }
    return subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=kept | ours | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
