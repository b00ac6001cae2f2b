"""How calls end without a word we know: a write that may have happened says so."""

import logging
from decimal import Decimal

import pytest

from connections import errors, sockets
from connections.tests import wire
from connections.tests.way_out import CANARY, CARRIERS, make_carrier, put, transport


@pytest.fixture(params=CARRIERS, name="carrier")
def _carrier(request: pytest.FixtureRequest) -> sockets.Carrier:
    return make_carrier(request.param)


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
