"""What opens something is cut out of log lines, in the path of an address as well (S-19)."""

from __future__ import annotations

import io
import logging
import re
import runpy
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from gunicorn.config import Config

from connections.tests.people_here import make_member
from connections.webhooks import signatures
from invoicebridge import log_writer, runner

pytestmark = pytest.mark.django_db


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What this process writes to its log."""
    cache.clear()
    (handler,) = (
        each for each in logging.getLogger().handlers if isinstance(each, log_writer.Handler)
    )
    handler.flush()
    before, handler.stream = handler.stream, io.StringIO()
    yield handler.stream
    handler.flush()
    handler.stream = before


def read(log: io.StringIO) -> str:
    for handler in logging.getLogger().handlers:
        handler.flush()
    return log.getvalue()


def test_who_reads_the_log_can_set_nobodys_password(log: io.StringIO) -> None:
    client = Client()
    client.post("/accounts/password/reset/", {"email": make_member().user.email})
    link = re.search(
        r"http://[^/]+(/accounts/password/reset/key/\w+-(\S+?)/)", str(mail.outbox[0].body)
    )
    assert link

    client.get(link[1])
    client.get(f"{link[1]}nowhere")

    lines = read(log)
    assert "/accounts/password/reset/key/" in lines
    assert link[2] not in lines


def test_who_reads_the_log_confirms_nobodys_address(log: io.StringIO) -> None:
    client = Client()
    form = {"email": "new@brightside.example", "password1": "four quiet winter rivers"}
    client.post("/accounts/signup/", form | {"password2": form["password1"]})
    link = re.search(r"http://[^/]+(/accounts/confirm-email/(\S+?)/)", str(mail.outbox[0].body))
    assert link

    assert client.get(link[1]).status_code == 200

    lines = read(log)
    assert "/accounts/confirm-email/" in lines
    assert link[2] not in lines


def test_a_companys_webhook_address_is_not_told(log: io.StringIO) -> None:
    address = signatures.credentials_for(7001).address

    answer = Client().post(f"/webhooks/pipedrive/{address}", b"{}", content_type="text/plain")

    lines = read(log)
    assert answer.status_code == 401
    assert "/webhooks/pipedrive/7001-" in lines and "Unauthorized" in lines
    assert address not in lines


def test_the_access_log_of_the_server_tells_no_key() -> None:
    found: dict[str, Any] = runpy.run_path(str(runner.ROOT / "gunicorn.conf.py"))
    config = Config()
    config.set("logger_class", found["logger_class"])
    path = "/accounts/password/reset/key/1-d5kx0p-0a1b2c3d/"
    environ = {
        "REQUEST_METHOD": "GET",
        "RAW_URI": path,
        "PATH_INFO": path,
        "SERVER_PROTOCOL": "HTTP/1.1",
    }
    answer = SimpleNamespace(status="302 Found", headers=[], sent=0)

    told = config.logger_class(config).atoms(
        answer, SimpleNamespace(headers=[]), environ, timedelta(milliseconds=7)
    )

    line = found["access_log_format"] % told
    assert '"GET /accounts/password/reset/key/1-***/" 302' in line
    assert "d5kx0p" not in line
