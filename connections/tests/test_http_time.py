"""A call ends by the clock, whatever drips, and connections are shared and given back."""

import os
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from connections import errors, http, sockets
from connections.tests import wire
from connections.tests.way_out import CARRIERS, make_carrier, put, transport
from connections.xero.dialect import XeroDialect


@pytest.fixture(params=CARRIERS, name="carrier")
def _carrier(request: pytest.FixtureRequest) -> sockets.Carrier:
    return make_carrier(request.param)


def get(carrier: sockets.Carrier, url: str, **options: Any) -> http.Answer:
    way = http.Transport(
        carrier, XeroDialect(), allowed_origins=http.allow_origins_of(url), **options
    )
    return way.send("GET", f"{url}/x", operation="xero.get_invoice", headers={})


CHUNKS = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(wire.silence(seconds=3), id="silence"),
        pytest.param(wire.drip(wire.whole(200, {}), seconds_per_byte=0.05), id="dripping head"),
        pytest.param(
            lambda sock: (
                sock.sendall(wire.whole(200, {"a": "b" * 500})[:-500])
                or wire.drip(b"b" * 500, seconds_per_byte=0.05)(sock)
            ),
            id="dripping body",
        ),
        pytest.param(
            lambda sock: (
                sock.sendall(CHUNKS) or wire.drip(b"1\r\n \r\n" * 100, seconds_per_byte=0.02)(sock)
            ),
            id="dripping chunks",
        ),
        pytest.param(
            lambda sock: (
                sock.sendall(CHUNKS) or wire.drip(b"0" * 1000, seconds_per_byte=0.02)(sock)
            ),
            id="a chunk's length that never ends",
        ),
    ],
)
def test_a_call_ends_at_its_deadline_however_the_answer_drips(
    carrier: sockets.Carrier, step: wire.Step
) -> None:
    with wire.serve(step) as server:
        started = time.monotonic()
        with pytest.raises(errors.Unreachable) as caught:
            get(carrier, server.url, deadline_seconds=0.4)
        took = time.monotonic() - started

        assert len(server.requests) == 1

    assert 0.35 < took < 1.0
    assert caught.value.is_unsure_for_write


def test_a_silence_after_a_drip_is_given_only_what_is_left(carrier: sockets.Carrier) -> None:
    head = wire.whole(200, {"a": "b" * 50})[:-40]

    def step(sock: socket.socket) -> bool:
        wire.drip(head[:12], seconds_per_byte=0.05)(sock)
        return wire.silence(seconds=3)(sock)

    with wire.serve(step) as server:
        started = time.monotonic()
        with pytest.raises(errors.Unreachable):
            get(carrier, server.url, deadline_seconds=0.8)
        took = time.monotonic() - started

    assert took < 1.2


def test_one_connection_serves_many_calls(carrier: sockets.Carrier) -> None:
    with wire.serve(wire.answer(200, {"a": 1})) as server:
        for _ in range(10):
            get(carrier, server.url)

        assert (len(server.requests), server.connections) == (10, 1)


def test_a_request_leaves_in_one_piece(carrier: sockets.Carrier) -> None:
    pieces: list[bytes] = []

    def take(listening: socket.socket) -> None:
        client, _ = listening.accept()
        with client:
            for _ in range(2):
                pieces.append(client.recv(1_000_000))
                client.sendall(wire.whole(200, {"a": 1}))

    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        vendor = threading.Thread(target=take, args=[listening])
        vendor.start()
        for _ in range(2):
            assert put(transport(carrier, url), url).payload == {"a": 1}
        vendor.join()

    for piece in pieces:
        assert piece.startswith(b"PUT /Invoices HTTP/1.1\r\n")
        assert piece.endswith(b'\r\n\r\n{"a":1}')


def test_calls_that_ended_badly_give_their_connection_back(carrier: sockets.Carrier) -> None:
    bad = [
        wire.answer(500, {"a": 1}),
        wire.reset,
        wire.raw(wire.whole(200, {"a": "b"})[:-2]),
        wire.answer(body=b"x" * 500_000),
        wire.silence(seconds=1),
        wire.answer(302, {"a": 1}, headers={"Location": "/y"}),
    ]

    with wire.serve(*bad, *bad, wire.answer(200, {"a": 1})) as server:
        for _ in bad * 2:
            with pytest.raises(errors.ProviderError):
                get(carrier, server.url, deadline_seconds=0.3, max_bytes=100_000)
        answer = get(carrier, server.url)

    assert answer.payload == {"a": 1}


def test_no_more_calls_are_in_flight_than_allowed_and_the_wait_is_bounded(
    carrier: sockets.Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "CONNECT_SECONDS", 0.3)
    calls: list[http.Call] = []

    with wire.serve(wire.silence(seconds=2)) as server, ThreadPoolExecutor(3) as pool:
        started = time.monotonic()
        running = [
            pool.submit(get, carrier, server.url, deadline_seconds=1.2, on_call=calls.append)
            for _ in range(3)
        ]
        faults = [each.exception() for each in running]
        took = time.monotonic() - started

        assert len(server.requests) == 2

    assert took < 1.8
    sent = [fault.sent for fault in faults if isinstance(fault, errors.Unreachable)]
    assert sorted(sent) == [False, True, True]


def test_a_wait_for_a_connection_counts_towards_the_deadline(carrier: sockets.Carrier) -> None:
    with wire.serve(wire.silence(seconds=0.5)) as server:
        busy = [threading.Thread(target=_swallow, args=(carrier, server.url)) for _ in range(2)]
        for each in busy:
            each.start()
        time.sleep(0.1)
        started = time.monotonic()
        with pytest.raises(errors.Unreachable):
            get(carrier, server.url, deadline_seconds=0.7)
        took = time.monotonic() - started
        for each in busy:
            each.join()

    assert took < 0.85


def _swallow(carrier: sockets.Carrier, url: str) -> None:
    with pytest.raises(errors.Unreachable):
        get(carrier, url, deadline_seconds=5)


def test_a_forked_child_does_not_use_its_parents_connections(carrier: sockets.Carrier) -> None:
    with wire.serve(wire.answer(200, {"a": 1})) as server:
        get(carrier, server.url)

        child = os.fork()
        if child == 0:
            answered = get(carrier, server.url).payload == {"a": 1}
            os._exit(0 if answered else 1)
        _, ended = os.waitpid(child, 0)
        get(carrier, server.url)

        assert os.waitstatus_to_exitcode(ended) == 0
        assert (len(server.requests), server.connections) == (3, 2)
