"""The four rate limits, with Xero's headers and refusals."""

import threading

import pytest

from sandbox.tests.conftest import Sandbox
from sandbox.tests.xero_client import Xero


@pytest.fixture
def xero(sandbox: Sandbox) -> Xero:
    """Emma in Brightside."""
    return Xero.connect(sandbox)


def test_every_answer_tells_what_is_left(xero: Xero) -> None:
    first = xero.send("GET", "Organisation")
    second = xero.send("GET", "Invoices/unknown")

    assert first.headers["X-DayLimit-Remaining"] == "4999"
    assert first.headers["X-MinLimit-Remaining"] == "59"
    assert first.headers["X-AppMinLimit-Remaining"] == "9999"
    assert second.status_code == 404
    assert second.headers["X-MinLimit-Remaining"] == "58"


@pytest.mark.parametrize(
    ("switch", "problem", "most_wait"),
    [
        ("xero_minute_limit", "minute", 60),
        ("xero_day_limit", "day", 86400),
        ("xero_app_minute_limit", "appminute", 60),
    ],
)
def test_over_a_limit_comes_a_refusal_without_a_body(
    xero: Xero, switch: str, problem: str, most_wait: int
) -> None:
    xero.sandbox.control("POST", "settings", {switch: 2})

    answers = [xero.send("GET", "Organisation") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    refused = answers[2]
    assert refused.headers["X-Rate-Limit-Problem"] == problem
    assert most_wait - 10 <= int(refused.headers["Retry-After"]) <= most_wait
    assert refused.content == b""
    assert "Content-Type" not in refused.headers


def test_after_the_wait_the_tenant_is_let_in_again(xero: Xero) -> None:
    xero.sandbox.control("POST", "settings", {"xero_minute_limit": 1})
    xero.send("GET", "Organisation")
    wait = int(xero.send("GET", "Organisation").headers["Retry-After"])

    xero.sandbox.control("POST", "clock", {"advance_seconds": wait})

    assert xero.send("GET", "Organisation").status_code == 200


def test_limits_are_counted_for_each_tenant(xero: Xero) -> None:
    other = Xero.connect(xero.sandbox, slug="brightside-nz")
    xero.sandbox.control("POST", "settings", {"xero_minute_limit": 1})

    assert xero.send("GET", "Organisation").status_code == 200
    assert xero.send("GET", "Organisation").status_code == 429
    assert other.send("GET", "Organisation").status_code == 200


def test_limits_can_be_switched_off(xero: Xero) -> None:
    settings = {"xero_minute_limit": 1, "limits_enabled": False}
    xero.sandbox.control("POST", "settings", settings)

    statuses = {xero.send("GET", "Organisation").status_code for _ in range(3)}

    assert statuses == {200}


def test_more_than_five_at_once_are_refused(xero: Xero) -> None:
    xero.sandbox.control("POST", "settings", {"xero_page_latency_ms": 800})
    answers = []

    def ask() -> None:
        answers.append(xero.send("GET", "Organisation"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 3
    assert {answer.headers["X-Rate-Limit-Problem"] for answer in refused} == {"concurrent"}
    assert all("Retry-After" not in answer.headers for answer in refused)
