"""The ready page tells how long the queue is, and for how long its oldest message has waited."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from invoicebridge import queue_age
from tests.live import list_free_ports, wait_until

NOW = 1_800_000_000.0


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[redis.Redis]:
    (port,) = list_free_ports(1)
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL)
    client = redis.Redis(port=port)
    wait_until(lambda: answers(client))
    yield client
    client.close()
    process.kill()
    process.wait(10)


@pytest.mark.services
def test_the_oldest_message_in_redis_says_when_it_was_rung(
    broker: redis.Redis, settings: Any
) -> None:
    settings.CELERY_BROKER_URL = address(broker)
    assert queue_age.read(now=NOW) == queue_age.Waiting(0, None)

    for headers in ({"rung_at": NOW - 40}, {}, {"rung_at": NOW - 3}):
        broker.lpush(queue_age.QUEUE, json.dumps({"body": "", "headers": headers}))

    assert queue_age.read(now=NOW) == queue_age.Waiting(3, 40.0)


@pytest.mark.services
def test_a_broker_that_is_gone_is_told_within_seconds(broker: redis.Redis, settings: Any) -> None:
    settings.CELERY_BROKER_URL = address(broker)
    broker.shutdown(nosave=True)

    with pytest.raises(queue_age.Unreachable):
        queue_age.read(now=NOW)


def test_messages_in_files_are_as_old_as_their_files(tmp_path: Path, settings: Any) -> None:
    settings.CELERY_BROKER_URL = "filesystem://localhost//"
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"data_folder_in": str(tmp_path)}
    for number in (5, 90):
        path = tmp_path / f"{number}.msg"
        path.touch()
        os.utime(path, (NOW - number, NOW - number))

    assert queue_age.read(now=NOW) == queue_age.Waiting(2, 90.0)


def address(broker: redis.Redis) -> str:
    port = broker.connection_pool.connection_kwargs["port"]
    return f"redis://127.0.0.1:{port}/0"


def answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
