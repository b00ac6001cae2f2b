"""Where the log goes to is full or gone: people notice nothing (F-42)."""

from __future__ import annotations

import errno
import io
import logging
from collections.abc import Iterator

import pytest
import structlog
from django.test import Client


class Broken(io.StringIO):
    """A target that takes nothing."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error
        self.tries = 0

    def write(self, text: str) -> int:
        self.tries += 1
        raise self.error


@pytest.fixture(params=[errno.ENOSPC, errno.EPIPE, errno.EIO])
def broken(request: pytest.FixtureRequest) -> Iterator[Broken]:
    target = Broken(OSError(request.param, "no log"))
    handlers = [
        each
        for each in logging.getLogger().handlers
        if isinstance(each.formatter, structlog.stdlib.ProcessorFormatter)
        and isinstance(each, logging.StreamHandler)
    ]
    assert handlers
    before = [each.stream for each in handlers]
    for each in handlers:
        each.stream = target
    yield target
    for each, stream in zip(handlers, before, strict=True):
        each.stream = stream


@pytest.mark.django_db
def test_every_page_is_answered_as_ever(broken: Broken) -> None:
    client = Client()

    assert client.get("/live").status_code == 200
    assert client.get("/accounts/login/").status_code == 200
    assert client.post(
        "/accounts/login/", {"login": "a@b.example", "password": "x"}
    ).status_code in {
        200,
        429,
    }

    assert broken.tries > 0
