"""A message of the embedded queue is there whole or not at all, and none is lost or taken twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection
from kombu.simple import SimpleQueue

from invoicebridge.file_queue import Transport

MESSAGES = 1500


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    """A queue of files in a folder of its own."""
    options = {
        "data_folder_in": str(tmp_path),
        "data_folder_out": str(tmp_path),
        "control_folder": str(tmp_path / "control"),
    }
    with Connection("filesystem://localhost//", transport_options=options) as opened:
        yield opened


def test_a_worker_never_sees_half_a_message(connection: Connection) -> None:
    def ring() -> None:
        with connection.clone() as own, closing(own.SimpleQueue("bell")) as queue:
            for number in range(MESSAGES):
                queue.put({"number": number, "body": "x" * 500})

    ringing = threading.Thread(target=ring)
    taken: list[int] = []
    with closing(connection.SimpleQueue("bell")) as queue:
        ringing.start()
        was_ringing = True
        while was_ringing:
            # Asked before the queue is emptied: what was rung until now is taken yet.
            was_ringing = ringing.is_alive()
            taken += _take_all(queue)

    assert taken == list(range(MESSAGES))


def _take_all(queue: SimpleQueue) -> Iterator[int]:
    while True:
        try:
            message = queue.get_nowait()
        except Empty:
            return
        message.ack()
        yield message.payload["number"]


def test_the_product_uses_it_by_the_usual_address(connection: Connection) -> None:
    assert isinstance(connection.transport, Transport)
