"""How calls end: every answer has one name, and a write that may have happened says so."""

import gzip
import io
import json
import logging
import re
import traceback
from contextlib import AbstractContextManager, nullcontext
from decimal import Decimal
from typing import Any

import pytest

from connections import dialects, errors, http, sockets
from connections.pipedrive.dialect import PipedriveDialect
from connections.tests import wire
from connections.xero.dialect import XeroDialect

CANARY = "canary-token-3f9a"
CARRIERS = {"urllib3": sockets.Pool, "requests": sockets.SessionPool}


@pytest.fixture(params=CARRIERS, name="carrier")
def _carrier(request: pytest.FixtureRequest) -> sockets.Carrier:
    carrier: sockets.Carrier = CARRIERS[request.param](max_per_host=2)
    return carrier


def transport(
    carrier: sockets.Carrier, url: str, *, dialect: dialects.Dialect | None = None, **options: Any
) -> http.Transport:
    return http.Transport(
        carrier,
        dialect or XeroDialect(),
        allowed_origins=http.allow_origins_of(url),
        **({"deadline_seconds": 5.0, "connect_seconds": 1.0} | options),
    )


def put(way: http.Transport, url: str) -> http.Answer:
    return way.send(
        "PUT",
        f"{url}/Invoices",
        operation="xero.create_invoice",
        headers={
            "Authorization": f"Bearer {CANARY}",
            "Content-Type": "application/json",
            "Idempotency-Key": "key-1",
        },
        body=b'{"a":1}',
    )


def test_a_good_answer_keeps_its_decimals_and_the_body_arrives_as_given(
    carrier: sockets.Carrier,
) -> None:
    with wire.serve(wire.answer(body=b'{"Total":10.10,"Count":3}')) as server:
        answer = put(transport(carrier, server.url), server.url)

    assert str(answer.payload["Total"]) == "10.10"
    assert answer.payload == {"Total": Decimal("10.10"), "Count": 3}
    (request,) = server.requests
    assert (request.method, request.target, request.body) == ("PUT", "/Invoices", b'{"a":1}')
    assert request.headers["authorization"] == f"Bearer {CANARY}"
    assert request.headers["idempotency-key"] == "key-1"
    assert request.headers["user-agent"] == "InvoiceBridge"


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(wire.reset, id="reset before an answer"),
        pytest.param(wire.raw(wire.whole(200, {"a": "b" * 50})[:-9]), id="body cut short"),
        pytest.param(
            wire.raw(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n5\r\n{"
            ),
            id="chunk cut short",
        ),
        pytest.param(wire.raw(b"what?\r\n\r\n"), id="no HTTP"),
        pytest.param(wire.raw(b""), id="closed without a word"),
    ],
)
def test_an_answer_that_was_lost_leaves_a_write_unsure_and_is_asked_once(
    carrier: sockets.Carrier, step: wire.Step
) -> None:
    with wire.serve(step) as server:
        with pytest.raises(errors.Unreachable) as caught:
            put(transport(carrier, server.url), server.url)

        assert len(server.requests) == 1

    assert caught.value.sent
    assert caught.value.is_unsure_for_write
    assert caught.value.retryable


def test_a_refused_connection_is_known_not_to_have_written(carrier: sockets.Carrier) -> None:
    with wire.serve(wire.answer()) as server:
        url = server.url

    with pytest.raises(errors.Unreachable) as caught:
        put(transport(carrier, url), url)

    assert not caught.value.sent
    assert not caught.value.is_unsure_for_write
    assert caught.value.retryable


def test_a_dropped_connection_that_was_kept_open_is_not_repeated(carrier: sockets.Carrier) -> None:
    with wire.serve(wire.answer(200, {}), wire.reset, wire.answer(200, {})) as server:
        way = transport(carrier, server.url)
        put(way, server.url)

        with pytest.raises(errors.Unreachable) as caught:
            put(way, server.url)

        assert len(server.requests) == 2

    assert caught.value.is_unsure_for_write


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(
            wire.answer(body=b"<html>soon back</html>", content_type="text/html"), id="html 200"
        ),
        pytest.param(wire.answer(body=b'{"Invoices":[{"Inv'), id="broken JSON"),
        pytest.param(wire.answer(body=b'{"Total":NaN}'), id="NaN"),
        pytest.param(wire.raw(b"HTTP/1.1 200 OK\r\nContent-Ty"), id="head cut short"),
        pytest.param(wire.answer(body=b"[" * 100_000), id="nested for ever"),
        pytest.param(wire.answer(body=b"\xff\xfe\xfa"), id="no text"),
        pytest.param(wire.answer(body=b""), id="empty 200"),
        pytest.param(wire.answer(body=b"{}", content_type=None), id="200 without a type"),
        pytest.param(wire.answer(302, headers={"Location": "/elsewhere"}), id="redirect"),
        pytest.param(wire.answer(304), id="304 nobody asked for"),
        pytest.param(wire.answer(408, {"Message": "late"}), id="408"),
        pytest.param(wire.answer(409, {"Message": "at work"}), id="409"),
        pytest.param(
            wire.answer(403, body=b"<html>blocked</html>", content_type="text/html"), id="html 403"
        ),
        pytest.param(
            wire.answer(404, body=b"<html>what</html>", content_type="text/html"), id="html 404"
        ),
        pytest.param(wire.answer(400, content_type=None), id="400 without a word"),
    ],
)
def test_an_answer_we_cannot_read_is_unexpected_and_leaves_a_write_unsure(
    carrier: sockets.Carrier, step: wire.Step, caplog: pytest.LogCaptureFixture
) -> None:
    with wire.serve(step) as server:
        with pytest.raises(errors.UnexpectedAnswer) as caught:
            put(transport(carrier, server.url), server.url)

        assert len(server.requests) == 1

    assert caught.value.is_unsure_for_write
    assert caught.value.code == "unexpected_answer"
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


@pytest.mark.parametrize("status", [500, 501, 502, 503, 504])
def test_a_vendors_fault_leaves_a_write_unsure_and_tells_equal_ones_by_their_hash(
    carrier: sockets.Carrier, status: int
) -> None:
    steps = [
        wire.answer(status, body=b"broken", content_type="text/plain"),
        wire.answer(status, body=b"broken", content_type="text/html"),
        wire.answer(status, body=b"other", headers={"Retry-After": "7"}),
    ]
    hashes, waits = [], []

    with wire.serve(*steps) as server:
        for _ in steps:
            with pytest.raises(errors.ServerError) as caught:
                put(transport(carrier, server.url), server.url)
            hashes.append(caught.value.body_hash)
            waits.append(caught.value.retry_after_seconds)

    assert caught.value.is_unsure_for_write
    assert caught.value.status == status
    assert hashes[0] == hashes[1] != hashes[2]
    assert waits == [None, None, 7]


@pytest.mark.parametrize(
    ("headers", "problem", "seconds"),
    [
        ({"X-Rate-Limit-Problem": "minute", "Retry-After": "26"}, "minute", 26),
        ({"X-Rate-Limit-Problem": "Day", "Retry-After": "66975"}, "day", 66975),
        ({"X-Rate-Limit-Problem": "appminute", "Retry-After": "12"}, "appminute", 12),
        ({"X-Rate-Limit-Problem": "appminute"}, "appminute", 60),
        ({"X-Rate-Limit-Problem": "concurrent"}, "concurrent", 1),
        ({"X-Rate-Limit-Problem": "weird", "Retry-After": "3"}, "other", 60),
        ({"X-Rate-Limit-Problem": "weird", "Retry-After": "90"}, "other", 90),
        ({"Retry-After": "40"}, "other", 40),
        ({"X-Rate-Limit-Problem": "minute", "Retry-After": "soon"}, "minute", 60),
        ({"X-Rate-Limit-Problem": "minute", "Retry-After": "-5"}, "minute", 60),
        ({"X-Rate-Limit-Problem": "day", "Retry-After": "99999999"}, "day", 86400),
        ({}, "other", 60),
    ],
)
def test_a_429_of_xero_names_its_limit_and_how_long_to_wait(
    headers: dict[str, str], problem: str, seconds: int
) -> None:
    with wire.serve(wire.answer(429, headers=headers, content_type=None)) as server:
        with pytest.raises(errors.RateLimited) as caught:
            put(transport(sockets.Pool(), server.url), server.url)

        assert len(server.requests) == 1

    assert (caught.value.problem, caught.value.retry_after_seconds) == (problem, seconds)
    assert not caught.value.is_unsure_for_write
    assert caught.value.retryable


@pytest.mark.parametrize(
    ("headers", "problem", "seconds"),
    [
        ({"Retry-After": "9", "x-ratelimit-reset": "1"}, "other", 9),
        ({"x-ratelimit-reset": "2"}, "other", 2),
        ({"x-ratelimit-reset": "0"}, "other", 1),
        ({}, "other", 2),
        ({"x-daily-ratelimit-token-remaining": "0"}, "day", 3600),
    ],
)
def test_a_429_of_pipedrive_says_seconds_left_not_an_hour_of_the_clock(
    headers: dict[str, str], problem: str, seconds: int
) -> None:
    with wire.serve(wire.answer(429, {"error": "too many"}, headers=headers)) as server:
        way = transport(sockets.SessionPool(), server.url, dialect=PipedriveDialect())
        with pytest.raises(errors.RateLimited) as caught:
            put(way, server.url)

    assert (caught.value.problem, caught.value.retry_after_seconds) == (problem, seconds)


VALIDATION = {
    "ErrorNumber": 10,
    "Type": "ValidationException",
    "Message": "A validation exception occurred",
    "Elements": [
        {
            "LineItems": [
                {"ValidationErrors": [{"Message": "Account code '999' is not valid"}]},
                {"ValidationErrors": [{"Message": "The TaxType code 'X' is not valid"}]},
            ],
            "Contact": {"ValidationErrors": []},
            "ValidationErrors": [
                {"Message": "Account code '999' is not valid"},
                {"Message": "Invoice # must be unique."},
            ],
        },
        {"ValidationErrors": [{"Message": "The document date is locked"}]},
    ],
}


def test_a_refusal_of_xero_carries_every_message_once() -> None:
    with (
        wire.serve(wire.answer(400, VALIDATION)) as server,
        pytest.raises(errors.Rejected) as caught,
    ):
        put(transport(sockets.Pool(), server.url), server.url)

    assert caught.value.status == 400
    assert caught.value.error_type == "ValidationException"
    assert caught.value.messages == (
        "Account code '999' is not valid",
        "The TaxType code 'X' is not valid",
        "Invoice # must be unique.",
        "The document date is locked",
    )
    assert not caught.value.is_unsure_for_write
    assert not caught.value.retryable


AUTHENTICATION = {"Type": None, "Title": "Unauthorized", "Status": 401, "Detail": "TokenExpired"}
SCOPE = {"WWW-Authenticate": 'Bearer error="insufficent_scope"'}


@pytest.mark.parametrize(
    ("step", "kind", "scope_missing"),
    [
        (wire.answer(401, AUTHENTICATION), errors.Unauthorized, None),
        (wire.answer(401, content_type=None), errors.Unauthorized, None),
        (wire.answer(401, AUTHENTICATION, headers=SCOPE), errors.Forbidden, True),
        (wire.answer(403, {"Title": "Forbidden"}), errors.Forbidden, False),
        (wire.answer(403, {"Title": "Forbidden"}, headers=SCOPE), errors.Forbidden, True),
        (wire.answer(404, content_type="text/html; charset=utf-8"), errors.NotFound, None),
        (wire.answer(404, {"Message": "no"}), errors.NotFound, None),
        (wire.answer(412, {"Message": "no"}), errors.Rejected, None),
    ],
)
def test_refusals_of_xero_are_told_apart(
    step: wire.Step, kind: type[errors.ProviderError], scope_missing: bool | None
) -> None:
    with wire.serve(step) as server, pytest.raises(errors.ProviderError) as caught:
        put(transport(sockets.Pool(), server.url), server.url)

    assert type(caught.value) is kind
    assert getattr(caught.value, "scope_missing", None) is scope_missing
    assert not caught.value.is_unsure_for_write


@pytest.mark.parametrize(
    ("step", "kind", "told"),
    [
        (
            wire.answer(
                400,
                {
                    "success": False,
                    "error": "Validation failed: limit",
                    "code": "ERR_SCHEMA_VALIDATION_FAILED",
                },
            ),
            errors.Rejected,
            (("Validation failed: limit",), "ERR_SCHEMA_VALIDATION_FAILED"),
        ),
        (
            wire.answer(404, {"success": False, "error": "Deal not found", "data": None}),
            errors.NotFound,
            (("Deal not found",), ""),
        ),
        (wire.answer(402, {"error": "closed"}), errors.Rejected, (("closed",), "")),
        (
            wire.answer(403, {"success": False, "error": "Scope and URL mismatch"}),
            errors.Forbidden,
            True,
        ),
        (
            wire.answer(403, {"error": "cap", "code": "feature_capping_deals_limit"}),
            errors.Forbidden,
            False,
        ),
        (wire.answer(401, {"error": "unauthorized access"}), errors.Unauthorized, None),
        (wire.answer(200, {"success": False, "data": None}), errors.UnexpectedAnswer, None),
    ],
)
def test_refusals_of_pipedrive_are_told_apart(
    step: wire.Step, kind: type[errors.ProviderError], told: object
) -> None:
    with wire.serve(step) as server:
        way = transport(sockets.SessionPool(), server.url, dialect=PipedriveDialect())
        with pytest.raises(errors.ProviderError) as caught:
            put(way, server.url)

    error = caught.value
    assert type(error) is kind
    if isinstance(error, errors.Rejected):
        assert (error.messages, error.error_type) == told
    if isinstance(error, errors.Forbidden):
        assert error.scope_missing is told


def test_a_redirect_is_not_followed(carrier: sockets.Carrier) -> None:
    with wire.serve(wire.answer(200, {"stolen": True})) as elsewhere:
        step = wire.answer(307, {"big": "x" * 1000}, headers={"Location": elsewhere.url})
        with (
            wire.serve(step) as server,
            pytest.raises(errors.UnexpectedAnswer),
        ):
            put(transport(carrier, server.url), server.url)

        assert elsewhere.requests == []


@pytest.mark.parametrize("declared", [True, False])
def test_an_answer_over_the_cap_is_not_taken(carrier: sockets.Carrier, declared: bool) -> None:
    content = b'{"a":"' + b"x" * 200_000 + b'"}'
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{}\r\n"
    length = f"Content-Length: {len(content)}\r\n" if declared else ""
    calls: list[http.Call] = []

    with wire.serve(wire.raw(head.format(length).encode() + content)) as server:
        way = transport(carrier, server.url, max_bytes=100_000, on_call=calls.append)
        with pytest.raises(errors.UnexpectedAnswer) as caught:
            put(way, server.url)

    assert caught.value.detail == "the answer is too long"
    assert calls[0].bytes_received < 200_000


def test_a_small_answer_that_unpacks_to_a_big_one_is_not_taken(carrier: sockets.Carrier) -> None:
    packed = gzip.compress(b'{"a":"' + b"x" * 20_000_000 + b'"}')
    step = wire.answer(body=packed, headers={"Content-Encoding": "gzip"})

    with wire.serve(step) as server, pytest.raises(errors.UnexpectedAnswer) as caught:
        put(transport(carrier, server.url), server.url)

    assert caught.value.detail == "the answer is too long"


def test_a_packed_answer_is_read(carrier: sockets.Carrier) -> None:
    step = wire.answer(body=gzip.compress(b'{"a":1.5}'), headers={"Content-Encoding": "gzip"})

    with wire.serve(step) as server:
        answer = put(transport(carrier, server.url), server.url)

    assert answer.payload == {"a": Decimal("1.5")}
    assert server.requests[0].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/x",
        "http://127.0.0.1:1/x",
        "https://api.xero.com.evil.example/x",
        "https://api.xero.com@evil.example/x",
        "https://api.xero.com:444/x",
        "http://api.xero.com/x",
        "https://api.xero.com\n.evil.example/x",
        "https://api.xerö.com/x",
        "//api.xero.com/x",
        "",
    ],
)
def test_an_address_outside_the_allow_list_gets_nothing(carrier: sockets.Carrier, url: str) -> None:
    calls: list[http.Call] = []
    way = http.Transport(
        carrier,
        XeroDialect(),
        allowed_origins=http.allow_origins_of("https://api.xero.com"),
        on_call=calls.append,
    )

    with pytest.raises(errors.HostNotAllowed) as caught:
        way.send("GET", url, operation="xero.get_invoice", headers={})

    assert not caught.value.is_unsure_for_write
    assert calls == []


def test_proxies_and_credentials_of_the_environment_are_ignored(
    carrier: sockets.Carrier, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    with wire.serve(wire.answer(200, {})) as server:
        way = transport(carrier, server.url)
        way.send("GET", f"{server.url}/x", operation="xero.get_invoice", headers={})

        assert "authorization" not in server.requests[0].headers


def test_a_vendors_cookie_is_never_given_back(carrier: sockets.Carrier) -> None:
    with wire.serve(wire.answer(200, {}, headers={"Set-Cookie": "who=company-a"})) as server:
        way = transport(carrier, server.url)
        put(way, server.url)
        put(way, server.url)

        assert all("cookie" not in request.headers for request in server.requests)


def test_a_call_is_recorded_with_what_is_left_of_the_limits(carrier: sockets.Carrier) -> None:
    calls: list[http.Call] = []
    headers = {
        "X-DayLimit-Remaining": "344",
        "X-MinLimit-Remaining": "0",
        "X-AppMinLimit-Remaining": "9999",
        "Xero-Correlation-Id": "abc",
        "Retry-After": "26",
        "X-Rate-Limit-Problem": "minute",
    }

    with wire.serve(wire.answer(429, headers=headers)) as server:
        way = transport(carrier, server.url, on_call=calls.append, correlation_id="ours")
        with pytest.raises(errors.RateLimited):
            put(way, server.url)

    (call,) = calls
    assert 0 <= call.milliseconds < 5000
    assert call == http.Call(
        vendor="xero",
        operation="xero.create_invoice",
        method="PUT",
        status=429,
        outcome="rate_limited",
        milliseconds=call.milliseconds,
        bytes_received=0,
        remaining_day=344,
        remaining_minute=0,
        remaining_app_minute=9999,
        retry_after_seconds=26,
        correlation_id="ours",
        vendor_request_id="abc",
        has_idempotency_key=True,
    )


def test_a_call_without_an_answer_is_recorded_too(carrier: sockets.Carrier) -> None:
    calls: list[http.Call] = []

    with wire.serve(wire.reset) as server, pytest.raises(errors.Unreachable):
        put(transport(carrier, server.url, on_call=calls.append), server.url)

    assert [(call.status, call.outcome) for call in calls] == [(None, "unreachable")]


def test_a_gate_can_refuse_a_call_before_anything_is_sent(carrier: sockets.Carrier) -> None:
    asked: list[str] = []

    def gate(operation: str) -> AbstractContextManager[object]:
        asked.append(operation)
        if len(asked) == 2:
            raise errors.RateLimited(
                vendor="xero", operation=operation, retry_after_seconds=5, problem="concurrent"
            )
        return nullcontext()

    with wire.serve(wire.answer(200, {})) as server:
        way = transport(carrier, server.url, gate=gate)
        put(way, server.url)
        with pytest.raises(errors.RateLimited):
            put(way, server.url)

        assert len(server.requests) == 1

    assert asked == ["xero.create_invoice", "xero.create_invoice"]


ENDINGS = [
    wire.reset,
    wire.raw(wire.whole(200, {"name": "Harbour Dental"})[:-3]),
    wire.raw(b"what " + CANARY.encode()),
    wire.answer(body=b"<html>Harbour Dental " + CANARY.encode(), content_type="text/html"),
    wire.answer(302, headers={"Location": f"http://127.0.0.1/{CANARY}"}),
    wire.answer(400, {"Message": f"Harbour Dental {CANARY}"}),
    wire.answer(401, {"Detail": CANARY}),
    wire.answer(403, {"Detail": CANARY}),
    wire.answer(404, {"Message": CANARY}),
    wire.answer(429, {"error": CANARY}),
    wire.answer(500, {"error": CANARY}),
    wire.answer(200, {"ok": 1}, headers={"Content-Encoding": "gzip"}),
]


@pytest.mark.parametrize("step", ENDINGS)
def test_no_ending_shows_a_token_or_a_customer(
    carrier: sockets.Carrier, step: wire.Step, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    calls: list[http.Call] = []

    with wire.serve(step) as server:
        way = transport(carrier, server.url, on_call=calls.append)
        with pytest.raises(errors.ProviderError) as caught:
            way.send(
                "GET",
                f"{server.url}/Contacts?searchTerm=Harbour+Dental",
                operation="xero.search_contacts",
                headers={"Authorization": f"Bearer {CANARY}"},
            )

    shown = io.StringIO()
    traceback.print_exception(caught.value, file=shown)
    logged = json.dumps([record.getMessage() for record in caplog.records])
    for text in (str(caught.value), repr(caught.value), shown.getvalue(), logged, repr(calls)):
        assert CANARY not in text
        assert not re.search("Harbour", text)


def test_a_header_that_cannot_be_sent_is_refused_without_showing_it(
    carrier: sockets.Carrier,
) -> None:
    with wire.serve(wire.answer(200, {})) as server:
        way = transport(carrier, server.url)
        with pytest.raises(errors.Unreachable) as caught:
            way.send(
                "GET",
                f"{server.url}/x",
                operation="xero.get_invoice",
                headers={"Authorization": f"Bearer {CANARY}\r\nX-Evil: 1"},
            )

        assert server.requests == []

    shown = io.StringIO()
    traceback.print_exception(caught.value, file=shown)
    assert CANARY not in shown.getvalue()
    assert not caught.value.is_unsure_for_write
