"""What whoever types `make run` relies on, shown with small programs in place of the real parts."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from invoicebridge import probe, runner
from invoicebridge.processes import Child, Supervisor

SLEEP = "import time; time.sleep(60)"


def python(name: str, code: str, **options: object) -> Child:
    return Child(name, (sys.executable, "-u", "-c", code), **options)  # type: ignore[arg-type]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(said: list[str]) -> Supervisor:
    return Supervisor(dict(os.environ), said.append)


def tick_until(supervisor: Supervisor, is_true: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline
        supervisor.tick(0.05)


def test_each_line_carries_the_name_of_its_part(supervisor: Supervisor, said: list[str]) -> None:
    child = python("web", "print('one'); print('two', end='')", is_once=True)

    supervisor.add(child)
    supervisor.wait_for(child)

    assert said == ["web      | one", "web      | two"]


def test_a_one_time_part_gives_its_exit_code_and_is_not_started_again(
    supervisor: Supervisor, said: list[str]
) -> None:
    child = python("prepare", "raise SystemExit(3)", is_once=True)

    supervisor.add(child)

    assert supervisor.wait_for(child) == 3
    assert child.start_at is None
    assert said == []


def test_a_dead_part_is_started_again_after_a_growing_wait(
    supervisor: Supervisor, said: list[str], tmp_path: Path
) -> None:
    starts = tmp_path / "starts"
    code = f"open({str(starts)!r}, 'a').write('x'); raise SystemExit(5)"

    supervisor.add(python("worker", code))
    tick_until(supervisor, lambda: len(said) == 2)
    supervisor.stop()

    assert starts.read_text() == "xx"
    assert said == [
        "worker   | ended with code 5; starting it again in 1 s",
        "worker   | ended with code 5; starting it again in 2 s",
    ]


def test_the_wait_is_short_again_for_a_part_that_had_been_well() -> None:
    child = python("worker", SLEEP)

    waits = [child.plan_restart(now) for now in (0, 1, 2, 3, 4, 5, 6)]
    well = child.plan_restart(100)

    assert waits == [1, 2, 4, 8, 16, 30, 30]
    assert well == 1


def test_what_a_dead_part_left_behind_ends_with_it(
    supervisor: Supervisor, said: list[str], tmp_path: Path
) -> None:
    grandchild = tmp_path / "pid"
    code = (
        "import os, subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-c', {SLEEP!r}])\n"
        f"open({str(grandchild)!r}, 'w').write(str(child.pid))\n"
        "os.kill(os.getpid(), 9)\n"
    )

    supervisor.add(python("web", code))
    tick_until(supervisor, lambda: said)
    supervisor.stop()

    wait_for(lambda: not is_running(int(grandchild.read_text())))


def test_parts_end_in_order_and_one_that_will_not_end_is_killed(
    supervisor: Supervisor, said: list[str]
) -> None:
    polite = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('ended'), sys.exit(0)))\n"
        "print('up')\n"
        "time.sleep(60)\n"
    )
    stubborn = polite.replace("(print('ended'), sys.exit(0))", "print('no')")
    first, second = python("sandbox", polite), python("worker", stubborn, grace_seconds=0.5)
    supervisor.add(first)
    supervisor.add(second)
    tick_until(supervisor, lambda: len(said) == 2)

    supervisor.stop()

    assert said[2:] == ["worker   | no", "sandbox  | ended"]
    assert first.process is not None and first.process.returncode == 0
    assert second.process is not None and second.process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_part_outlives_the_runner(number: signal.Signals, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    child = f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    code = (
        "import os, sys\n"
        "from invoicebridge.processes import Child, Supervisor\n"
        "supervisor = Supervisor(dict(os.environ), print)\n"
        "supervisor.obey_signals()\n"
        f"supervisor.add(Child('web', (sys.executable, '-c', {child!r})))\n"
        "supervisor.run()\n"
        "supervisor.stop()\n"
    )
    running = subprocess.Popen([sys.executable, "-c", code], cwd=runner.ROOT)
    wait_for(lambda: note.exists() and note.read_text())

    running.send_signal(number)
    running.wait(10)

    wait_for(lambda: not is_running(int(note.read_text())))
    assert running.returncode == (-number if number == signal.SIGKILL else 0)


def test_a_taken_port_is_named_with_the_variable_that_moves_us() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        layout = runner.Layout({"WEB_PORT": str(port)})

        with pytest.raises(runner.PortTaken) as taken:
            runner.demand_free_ports(layout.ports(["web"]))

    assert str(taken.value) == (
        f"Port {port} is taken by another program. End that program, or choose another port: "
        f"WEB_PORT={port + 1} make run"
    )


def test_every_part_is_told_the_same_addresses() -> None:
    layout = runner.Layout(
        {"WEB_PORT": "8100", "SANDBOX_PIPEDRIVE_PORT": "9110", "SANDBOX_XERO_PORT": "9210"}
    )

    told = layout.variables()

    assert told["SITE_URL"] == "http://localhost:8100"
    assert told["PIPEDRIVE_OAUTH_URL"] == "http://127.0.0.1:9110"
    assert told["PIPEDRIVE_API_HOSTS"] == r"^http://127\.0\.0\.1:9110$"
    assert told["SSO_URL"] == "http://127.0.0.1:9110/sso"
    for name in ("XERO_API_URL", "XERO_IDENTITY_URL", "XERO_LOGIN_URL", "XERO_WEB_URL"):
        assert told[name] == "http://127.0.0.1:9210"
    assert {"127.0.0.1:9110", "127.0.0.1:9210", "http://localhost:8100"} <= set(
        layout.child("sandbox").command
    )


def test_what_was_given_is_not_overruled_and_nothing_is_given_by_an_empty_variable() -> None:
    layout = runner.Layout({"XERO_API_URL": "http://127.0.0.1:1", "SSO_URL": "", "WEB_PORT": ""})

    told = layout.variables()

    assert told["XERO_API_URL"] == "http://127.0.0.1:1"
    assert told["SSO_URL"] == "http://127.0.0.1:9100/sso"
    assert told["SITE_URL"] == "http://localhost:8000"


def test_an_unknown_part_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        runner.main(["--only", "web,honcho"])

    assert ended.value.code == 2
    assert "unknown parts: honcho" in capsys.readouterr().err


def test_the_probe_tells_a_server_from_none() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]

        assert probe.is_answering(site="http://localhost:8000", port=port) is False


def is_running(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def wait_for(is_true: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
