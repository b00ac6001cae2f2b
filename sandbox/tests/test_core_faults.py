"""Every kind of fault is played on the wire, as often as asked."""

import json
import time
from typing import Any

import pytest
import requests

from sandbox.tests.conftest import Sandbox
from sandbox.tests.xero_client import Xero

Broken = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)


@pytest.fixture
def xero(sandbox: Sandbox) -> Xero:
    """Emma in Brightside."""
    return Xero.connect(sandbox)


def plan(xero: Xero, kind: str, **more: Any) -> None:
    """Ask for a fault of the next invoice creation."""
    fault = {"vendor": "xero", "method": "PUT", "path": "/Invoices$", "kind": kind} | more
    xero.sandbox.control("POST", "faults", fault)


def put(xero: Xero, reference: str) -> requests.Response:
    """Create an invoice that can be told apart by its reference."""
    return xero.send("PUT", "Invoices", {"Invoices": [xero.element(Reference=reference)]})


def is_there(xero: Xero, reference: str) -> bool:
    """Whether the invoice was made."""
    found = xero.get("Invoices", where=f'Reference=="{reference}"')["Invoices"]
    return len(found) == 1


@pytest.mark.parametrize(
    ("params", "status", "content_type", "body"),
    [
        ({"status": 500}, 500, "text/plain; charset=utf-8", ""),
        (
            {"status": 503, "body": "The Organisation is offline"},
            503, "text/plain; charset=utf-8", "The Organisation is offline",
        ),
        (
            {"status": 200, "body": "<h1>Maintenance</h1>"},
            200, "text/html; charset=utf-8", "<h1>Maintenance</h1>",
        ),
        (
            {"status": 403, "body": {"Title": "Forbidden"}},
            403, "application/json; charset=utf-8", '{"Title":"Forbidden"}',
        ),
    ],
)  # fmt: skip
def test_status_answers_before_anything_is_done(
    xero: Xero, params: dict[str, Any], status: int, content_type: str, body: str
) -> None:
    plan(xero, "status", **params)

    answer = put(xero, "F")

    assert (answer.status_code, answer.text) == (status, body)
    assert answer.headers["Content-Type"] == content_type
    assert not is_there(xero, "F")


def test_status_can_set_headers(xero: Xero) -> None:
    plan(xero, "status", status=503, headers={"Retry-After": 7})

    assert put(xero, "F").headers["Retry-After"] == "7"


@pytest.mark.parametrize("problem", ["minute", "day", "appminute", "concurrent", "weird"])
def test_rate_limit_has_xeros_shape(xero: Xero, problem: str) -> None:
    plan(xero, "rate_limit", problem=problem, retry_after=26)

    answer = put(xero, "F")

    assert (answer.status_code, answer.content) == (429, b"")
    assert answer.headers["X-Rate-Limit-Problem"] == problem
    assert answer.headers["Retry-After"] == "26"
    assert not is_there(xero, "F")


@pytest.mark.parametrize(("kind", "is_made"), [("reset_before", False), ("reset_after", True)])
def test_a_reset_is_a_reset(xero: Xero, kind: str, is_made: bool) -> None:
    plan(xero, kind)

    with pytest.raises(Broken, match="reset"):
        put(xero, "F")

    assert is_there(xero, "F") is is_made


def test_late_is_carried_out_after_the_connection_is_gone(xero: Xero) -> None:
    plan(xero, "late", seconds=1)

    with pytest.raises(Broken):
        put(xero, "F")

    assert not is_there(xero, "F")
    time.sleep(1.5)
    assert is_there(xero, "F")


@pytest.mark.parametrize("commit", [True, False])
def test_timeout_is_silence_then_an_end(xero: Xero, commit: bool) -> None:
    plan(xero, "timeout", seconds=0.5, commit=commit)
    started = time.monotonic()

    with pytest.raises(Broken):
        put(xero, "F")

    assert time.monotonic() - started >= 0.5
    assert is_there(xero, "F") is commit


def test_drip_comes_byte_by_byte(xero: Xero) -> None:
    plan(xero, "drip", seconds_per_byte=0.0005)
    started = time.monotonic()

    answer = put(xero, "F")

    assert time.monotonic() - started >= 0.5
    assert answer.json()["Invoices"][0]["Reference"] == "F"


def test_cut_ends_in_the_middle_of_a_body(xero: Xero) -> None:
    plan(xero, "cut", bytes=40)

    with pytest.raises(Broken, match=r"IncompleteRead|incomplete"):
        put(xero, "F")

    assert is_there(xero, "F")


def test_garble_is_json_that_does_not_parse(xero: Xero) -> None:
    plan(xero, "garble")

    answer = put(xero, "F")

    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.text)
    assert is_there(xero, "F")


def test_html_is_a_page_where_json_was_due(xero: Xero) -> None:
    plan(xero, "html")

    answer = put(xero, "F")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert is_there(xero, "F")


def test_status_after_lies_about_a_committed_write(xero: Xero) -> None:
    plan(xero, "status_after", status=500)

    assert put(xero, "F").status_code == 500
    assert is_there(xero, "F")


def test_alter_changes_one_field_of_the_answer(xero: Xero) -> None:
    plan(xero, "alter", json_path="Invoices.0.Total", value=1)

    answer = put(xero, "F")

    assert answer.json()["Invoices"][0]["Total"] == 1
    assert is_there(xero, "F")


def test_faults_wait_and_end_as_asked(xero: Xero) -> None:
    plan(xero, "status", status=500, after=1, times=2)

    statuses = [put(xero, f"F{n}").status_code for n in range(5)]

    assert statuses == [200, 500, 500, 200, 200]
    assert xero.sandbox.control("GET", "faults") == []


def test_a_fault_for_ever_ends_when_cleared(xero: Xero) -> None:
    plan(xero, "status", status=503, times=None)

    during = [put(xero, "F").status_code for _ in range(3)]
    xero.sandbox.control("DELETE", "faults")

    assert during == [503] * 3
    assert put(xero, "F").status_code == 200


def test_a_fault_hits_only_what_it_names(xero: Xero) -> None:
    plan(xero, "status", status=500)

    assert xero.send("GET", "Invoices").status_code == 200
    assert xero.send("PUT", "Contacts", {"Name": "New one"}).status_code == 200


@pytest.mark.parametrize(
    "wrong", [{"kind": "explode"}, {"kind": "status"}, {"kind": "garble", "path": "("}]
)
def test_a_fault_that_makes_no_sense_is_refused(xero: Xero, wrong: dict[str, Any]) -> None:
    address = f"{xero.sandbox.xero}/_sandbox/faults"

    answer = requests.post(address, json=wrong, timeout=10)

    assert answer.status_code == 400
    assert answer.json()["error"]
    assert xero.sandbox.control("GET", "faults") == []
