"""Redis is disposable: no page needs it, and none waits for it (P-18, F-29)."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from connections.models import Membership
from invoicebridge.env import Environment
from tests.live import list_free_ports
from tests.vendors import Connected, connect

PAGES = (
    "/",
    "/deals/",
    "/deals/1/",
    "/deals/1/invoices/new/",
    "/settings/preferences/",
    "/settings/preferences/example/?target=to&to=organization:name",
    "/settings/connections/",
)


@pytest.fixture
def no_redis(settings: Any) -> None:
    """The cache of a set-up with Redis, whose Redis is not there."""
    (port,) = list_free_ports(1)
    environment = Environment({"CACHE_URL": f"redis://127.0.0.1:{port}/1"})
    settings.CACHES = {"default": environment.cache("CACHE_URL")}


@pytest.mark.django_db
def test_every_page_opens_and_people_sign_in(connected: Connected, no_redis: None) -> None:
    rep = connect(
        connected.vendors, "mehmet.yilmaz@brightside.example", None, role=Membership.Role.REP
    )
    client = Client(raise_request_exception=False)
    client.force_login(rep.user)

    opened = {address: client.get(address).status_code for address in PAGES}
    client.logout()
    tried = client.post("/accounts/login/", {"login": "a@b.example", "password": "wrong words"})

    assert opened == dict.fromkeys(PAGES, 200)
    assert tried.status_code == 200


def test_what_is_kept_is_not_found_and_nobody_waits(no_redis: None) -> None:
    began = time.monotonic()

    cache.set("key", 1)
    cache.set_many({"key": 1})
    cache.delete("key")
    cache.delete_many(["key"])

    assert cache.get("key") is None
    assert cache.get("key", 7) == 7
    assert cache.get_many(["key"]) == {}
    assert cache.has_key("key") is False
    assert cache.touch("key") is False
    assert cache.add("key", 1) is True
    assert cache.incr("key") == 1
    assert cache.get_or_set("key", 5) == 5
    assert time.monotonic() - began < 2
