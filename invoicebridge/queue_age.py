"""How long messages wait for a worker, looked up where they wait, for the ready page (T-3)."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import redis
from django.conf import settings

# The name of Celery's own queue, in Redis the key of a list: the next one to go is its last.
QUEUE: Final = "celery"
_LOOK_AT: Final = 20
_SECONDS: Final = 1.0


class Unreachable(Exception):
    """The broker did not answer, so nobody knows."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits: how many messages, and for how long the oldest rung one has."""

    messages: int
    oldest_seconds: float | None


def read(*, now: float | None = None) -> Waiting | None:
    """
    Return what waits; None with a broker that cannot be looked into.

    A message says when it was rung for (`connections.doorbell`); those of beat end by themselves.

    :param now: seconds since 1970
    :raises Unreachable: the broker did not answer within a second
    """
    now = time.time() if now is None else now
    address = settings.CELERY_BROKER_URL
    if address.startswith(("redis://", "rediss://")):
        return _read_redis(address, now)
    if address.startswith("filesystem://"):
        folder = Path(str(settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_in"]))
        return _read_folder(folder, now)
    return None


def _read_redis(address: str, now: float) -> Waiting:
    try:
        with redis.Redis.from_url(
            address, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS
        ) as client:
            count = int(client.llen(QUEUE))
            messages = client.lrange(QUEUE, -_LOOK_AT, -1)
    except redis.RedisError as exc:
        raise Unreachable from exc
    assert isinstance(messages, list)
    rung = [json.loads(each).get("headers", {}).get("rung_at") for each in messages]
    oldest = min((at for at in rung if at is not None), default=None)
    return Waiting(count, None if oldest is None else max(0.0, now - oldest))


def _read_folder(folder: Path, now: float) -> Waiting:
    times = []
    for path in folder.glob("*.msg"):
        try:
            times.append(path.stat().st_mtime)
        except FileNotFoundError:  # a worker has just taken it
            continue
    return Waiting(len(times), max(0.0, now - min(times)) if times else None)
