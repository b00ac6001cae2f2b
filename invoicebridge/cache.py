"""A cache in Redis that may go away: then nothing is found and nothing is kept (F-29)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

Value = TypeVar("Value")
# After a failure Redis is left alone for so long: a page must not wait for it at every key.
REST_SECONDS = 5.0
# How long one answer may take. It is a cache: reading anew is cheaper than waiting.
PATIENCE_SECONDS = 0.5


class DisposableRedisCache(RedisCache):
    """
    Django's Redis cache, whose failures are misses: Redis holds nothing that we need (P-18).

    What counts in it, such as tries to sign in, is not counted while it is away.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        patience = {
            "socket_connect_timeout": PATIENCE_SECONDS,
            "socket_timeout": PATIENCE_SECONDS,
        }
        super().__init__(server, {**params, "OPTIONS": patience | params.get("OPTIONS", {})})
        self._rests_until = 0.0

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """As Django's; the default while Redis is away."""
        return self._try(default, super().get, key, default, version)

    def get_many(self, keys: Any, version: int | None = None) -> dict[Any, Any]:
        """As Django's; nothing while Redis is away."""
        return self._try({}, super().get_many, keys, version)

    def has_key(self, key: str, version: int | None = None) -> bool:
        """As Django's; False while Redis is away."""
        return self._try(False, super().has_key, key, version)

    def set(self, key: str, value: Any, *args: Any, **kwargs: Any) -> None:
        """As Django's; without effect while Redis is away."""
        self._try(None, super().set, key, value, *args, **kwargs)

    def set_many(self, data: dict[Any, Any], *args: Any, **kwargs: Any) -> list[Any]:
        """As Django's; without effect while Redis is away."""
        return self._try([*data], super().set_many, data, *args, **kwargs)

    def add(self, key: str, value: Any, *args: Any, **kwargs: Any) -> bool:
        """As Django's; while Redis is away as if nobody had added it before."""
        return self._try(True, super().add, key, value, *args, **kwargs)

    def touch(self, key: str, *args: Any, **kwargs: Any) -> bool:
        """As Django's; False while Redis is away."""
        return self._try(False, super().touch, key, *args, **kwargs)

    def delete(self, key: str, version: int | None = None) -> bool:
        """As Django's; False while Redis is away."""
        return self._try(False, super().delete, key, version)

    def delete_many(self, keys: Any, version: int | None = None) -> None:
        """As Django's; without effect while Redis is away."""
        self._try(None, super().delete_many, keys, version)

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """As Django's; counts from nought while Redis is away."""
        return self._try(delta, super().incr, key, delta, version)

    def _try(self, otherwise: Value, use: Callable[..., Value], *args: Any, **kwargs: Any) -> Value:
        if time.monotonic() < self._rests_until:
            return otherwise
        try:
            return use(*args, **kwargs)
        except RedisError as exc:
            self._rests_until = time.monotonic() + REST_SECONDS
            log.warning("cache_away", error=type(exc).__name__)
            return otherwise
