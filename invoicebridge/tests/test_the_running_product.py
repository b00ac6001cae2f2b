"""The real processes, started by the runner as `make run` starts them."""

import signal
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

import psutil
import pytest

from tests.live import LiveSite, fetch_json, running_site, wait_until


def test_the_pages_and_both_halves_of_the_sandbox_answer(live_site: LiveSite) -> None:
    assert fetch_json(f"{live_site.url}/live") == {"live": True}
    assert get_page(f"{live_site.url}/accounts/login/").count("Emma Clarke") >= 1
    for address in (live_site.pipedrive, live_site.xero):
        assert "<html" in get_page(f"{address}/")


def test_the_background_jobs_run(live_site: LiveSite) -> None:
    wait_until(lambda: {"sweep", "poll"} <= beats_of(live_site), seconds=60)

    found = fetch_json(f"{live_site.url}/ready")

    assert found["ready"] is True
    assert found["problems"] == []


def test_a_killed_worker_comes_back(live_site: LiveSite) -> None:
    first = find_part(live_site, "worker")
    assert first is not None

    first.kill()
    wait_until(lambda: not first.is_running())
    second = wait_until(lambda: find_part(live_site, "worker"), seconds=30)

    assert second is not None
    assert second.pid != first.pid
    assert "worker   | ended with code -9; starting it again in" in live_site.log()


@pytest.mark.live
def test_ctrl_c_ends_every_process_and_says_no_word_of_trouble(tmp_path: Path) -> None:
    with running_site(tmp_path) as live_site:
        children = psutil.Process(live_site.pid).children(recursive=True)

        code = live_site.stop()

        assert code == 0
        assert len(children) >= 6
        wait_until(lambda: not any(is_running(child) for child in children))
        assert "Traceback" not in live_site.log()


@pytest.mark.live
def test_what_was_made_is_there_after_a_restart(tmp_path: Path) -> None:
    with running_site(tmp_path) as live_site:
        before = live_site.manage("shell", "-v0", "-c", COUNT_PEOPLE)
        live_site.stop()

        live_site.start()

        assert int(before) >= 8
        assert live_site.manage("shell", "-v0", "-c", COUNT_PEOPLE) == before


@pytest.mark.live
def test_nothing_outlives_a_killed_runner(tmp_path: Path) -> None:
    with running_site(tmp_path) as live_site:
        children = psutil.Process(live_site.pid).children(recursive=True)

        psutil.Process(live_site.pid).send_signal(signal.SIGKILL)

        wait_until(lambda: not any(is_running(child) for child in children), seconds=60)


COUNT_PEOPLE = "from connections.models import User; print(User.objects.count())"


def beats_of(live_site: LiveSite) -> set[str]:
    """Return the jobs that left a sign of life, once the service is ready."""
    try:
        return set(fetch_json(f"{live_site.url}/ready")["heartbeat_seconds"])
    except HTTPError:
        return set()


def get_page(address: str) -> str:
    with build_opener(ProxyHandler({})).open(address, timeout=10) as answer:
        text: str = answer.read().decode()
    return text


def find_part(live_site: LiveSite, name: str) -> psutil.Process | None:
    """Return the process of a part that the runner started, if it runs now."""
    for child in psutil.Process(live_site.pid).children():
        if name in child.cmdline() and is_running(child):
            return child
    return None


def is_running(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
