"""An Idempotency-Key protects a retry for six minutes."""

import threading
from typing import Any

import pytest

from sandbox.tests.conftest import Sandbox
from sandbox.tests.xero_client import Xero

KEY = {"Idempotency-Key": "5c1a2f0e-6f5f-4c83-9a0e-4be1c5f0a001"}


@pytest.fixture
def xero(sandbox: Sandbox) -> Xero:
    """Emma in Brightside."""
    return Xero.connect(sandbox)


def count(xero: Xero) -> int:
    """Return how many invoices there are."""
    return len(xero.get("Invoices")["Invoices"])


def test_the_same_request_gets_the_same_answer_and_is_not_repeated(xero: Xero) -> None:
    body, before = {"Invoices": [xero.element()]}, count(xero)

    first = xero.send("PUT", "Invoices", body, headers=KEY)
    again = xero.send("PUT", "Invoices", body, headers=KEY)

    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert count(xero) == before + 1


def test_a_different_request_with_the_key_is_refused(xero: Xero) -> None:
    before = count(xero)
    xero.send("PUT", "Invoices", {"Invoices": [xero.element()]}, headers=KEY)

    other_body = {"Invoices": [xero.element(Reference="other")]}
    body = xero.send("PUT", "Invoices", other_body, headers=KEY)
    address = xero.send("POST", "Invoices", {"Invoices": [xero.element()]}, headers=KEY)

    for answer in (body, address):
        assert answer.status_code == 400
        assert "used with a different request" in answer.text
    assert count(xero) == before + 1


def test_after_six_minutes_the_key_is_new(xero: Xero) -> None:
    body, before = {"Invoices": [xero.element()]}, count(xero)
    xero.send("PUT", "Invoices", body, headers=KEY)

    xero.sandbox.control("POST", "clock", {"advance_seconds": 359})
    xero.send("PUT", "Invoices", body, headers=KEY)
    within = count(xero)
    xero.sandbox.control("POST", "clock", {"advance_seconds": 2})
    xero.send("PUT", "Invoices", body, headers=KEY)

    assert within == before + 1
    assert count(xero) == before + 2


def test_a_refusal_is_remembered_too(xero: Xero) -> None:
    body = {"Invoices": [xero.element(InvoiceNumber="TAKEN")]}
    xero.create(InvoiceNumber="TAKEN")
    first = xero.send("PUT", "Invoices", body, headers=KEY)
    taken = xero.get("Invoices", InvoiceNumbers="TAKEN")["Invoices"][0]
    xero.act(taken, "delete")

    again = xero.send("PUT", "Invoices", body, headers=KEY)
    new_key = xero.send("PUT", "Invoices", body, headers={"Idempotency-Key": "another"})

    assert (first.status_code, again.status_code, new_key.status_code) == (400, 400, 200)


def test_a_rate_limit_is_not_remembered(xero: Xero) -> None:
    body = {"Invoices": [xero.element()]}
    xero.sandbox.control("POST", "settings", {"xero_minute_limit": 1})

    limited = xero.send("PUT", "Invoices", body, headers=KEY)
    xero.sandbox.control("POST", "settings", {"xero_minute_limit": 60})
    again = xero.send("PUT", "Invoices", body, headers=KEY)

    assert (limited.status_code, again.status_code) == (429, 200)


@pytest.mark.parametrize("key", ["x" * 129])
def test_a_key_that_is_too_long_is_refused(xero: Xero, key: str) -> None:
    before = count(xero)

    answer = xero.send(
        "PUT", "Invoices", {"Invoices": [xero.element()]}, headers={"Idempotency-Key": key}
    )

    assert answer.status_code == 400
    assert count(xero) == before


def send_twins(xero: Xero) -> list[Any]:
    """Send one request four times at once and return the answers."""
    body, answers = {"Invoices": [xero.element()]}, []

    def send() -> None:
        answers.append(xero.send("PUT", "Invoices", body, headers=KEY))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_parallel_twins_make_one_invoice(xero: Xero) -> None:
    before = count(xero)

    answers = send_twins(xero)

    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.content for answer in answers}) == 1
    assert count(xero) == before + 1


def test_parallel_twins_may_be_told_of_the_conflict(xero: Xero) -> None:
    xero.sandbox.control("POST", "settings", {"xero_parallel_twin": "conflict"})
    before = count(xero)

    answers = send_twins(xero)

    assert {answer.status_code for answer in answers} <= {200, 409}
    assert count(xero) == before + 1
