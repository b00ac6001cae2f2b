"""What a call never does: leave the allow-list, grow without end, repeat, or tell a secret."""

import gzip
import io
import json
import logging
import re
import traceback
from contextlib import nullcontext
from decimal import Decimal
from pathlib import Path

import certifi
import pytest

from connections import errors, http, sockets
from connections.tests import wire
from connections.tests.way_out import CANARY, CARRIERS, make_carrier, put, transport
from connections.xero.dialect import XeroDialect


@pytest.fixture(params=CARRIERS, name="carrier")
def _carrier(request: pytest.FixtureRequest) -> sockets.Carrier:
    return make_carrier(request.param)


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


def test_a_server_that_nobody_vouches_for_gets_no_request(
    carrier: sockets.Carrier, tmp_path: Path
) -> None:
    with (
        wire.serve(wire.answer(200, {}), tls=wire.make_certificate(tmp_path)) as server,
        pytest.raises(errors.Unreachable) as caught,
    ):
        put(transport(carrier, server.url), server.url)

    assert caught.value.detail == "SSLCertVerificationError"
    assert not caught.value.is_unsure_for_write
    assert server.requests == []


@pytest.mark.parametrize("library", CARRIERS)
@pytest.mark.parametrize(("address", "is_answered"), [("127.0.0.1", True), ("127.0.0.2", False)])
def test_a_server_is_spoken_to_if_the_bundle_vouches_for_it_under_its_own_name(
    library: str,
    address: str,
    is_answered: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    certificate = wire.make_certificate(tmp_path, address=address)
    monkeypatch.setattr(certifi, "where", lambda: str(certificate.certificate))
    carrier = make_carrier(library)

    with wire.serve(wire.answer(200, {"a": 1}), tls=certificate) as server:
        refused = nullcontext() if is_answered else pytest.raises(errors.Unreachable)
        with refused:
            put(transport(carrier, server.url), server.url)

        assert len(server.requests) == is_answered


def test_proxies_and_credentials_of_the_environment_are_ignored(
    carrier: sockets.Carrier, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
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
