"""The database is away or full: people are told, and what they typed waits (F-30, F-42)."""

from __future__ import annotations

import json
import re
from contextlib import AbstractContextManager
from html import unescape
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from invoices.models import Operation
from invoices.native.tests.caller import Caller
from invoices.tests import frame_world
from invoices.tests.dialog_page import DialogPage
from tests.vendors import Connected

pytestmark = pytest.mark.django_db(transaction=True)
REFIT = 1
REFERENCE = 'Işık & "Öğüt" <b>'
_READS = ("SELECT", "SAVEPOINT", "ROLLBACK", "RELEASE", "BEGIN", "WITH RECURSIVE")


def away() -> AbstractContextManager[None]:
    """Have the database answer nothing, as while it restarts."""

    def refuse(*_: Any) -> Any:
        raise OperationalError("terminating connection due to administrator command")

    return connection.execute_wrapper(refuse)


def full() -> AbstractContextManager[None]:
    """Have the database read and write nothing, as with a full disk."""

    def refuse_writes(execute: Any, sql: str, *rest: Any) -> Any:
        if not sql.lstrip().upper().startswith(_READS):
            raise OperationalError("could not extend file: No space left on device")
        return execute(sql, *rest)

    return connection.execute_wrapper(refuse_writes)


@pytest.fixture
def emma(connected: Connected) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(connected.user)
    client.cookies["ib_language"] = "en"
    return client


@pytest.fixture
def ready(emma: Client) -> DialogPage:
    """The dialog of the refit, all lines linked and the contact chosen."""
    return DialogPage(emma, REFIT).link_all("er").press("contact:0")


def hidden(page: str) -> dict[str, list[str]]:
    """Return what the button of a page would send."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page):
        found.setdefault(unescape(name), []).append(unescape(value))
    return found


@pytest.mark.parametrize("path", ["/", "/deals/", "/deals/1/?x=1&y=2", "/invoices/", "/admin/"])
def test_a_page_is_not_shown_and_says_so(emma: Client, path: str) -> None:
    with away():
        answer = emma.get(path)

    page = answer.content.decode()
    assert answer.status_code == 503
    assert answer["Retry-After"] == "30"
    assert "no-store" in answer["Cache-Control"]
    assert "InvoiceBridge is busy just now" in page
    assert "Nothing was changed." in page
    assert f'href="{path.replace("&", "&amp;")}"' in page


def test_it_is_said_in_the_language_of_the_person(emma: Client) -> None:
    emma.cookies["ib_language"] = "tr"
    with away():
        page = emma.get("/deals/").content.decode()

    assert 'lang="tr"' in page
    assert "Yeniden dene" in page


@pytest.mark.parametrize("trouble", [away, full])
def test_a_press_waits_on_the_page_and_is_made_once_by_its_button(
    ready: DialogPage, connected: Connected, emma: Client, trouble: Any
) -> None:
    ready.fill(reference=REFERENCE)
    with trouble():
        answer = emma.post(ready.address, {**ready.fields, "action": "create"})

    page = answer.content.decode()
    assert answer.status_code == 503
    assert "What you sent could not be saved." in page
    assert f'action="{ready.address}"' in page
    typed = hidden(page)
    assert typed == {**ready.fields, "action": ["create"]}
    assert not Operation.objects.for_company(connected.company).exists()

    for _ in range(2):
        emma.post(ready.address, typed)

    operation = Operation.objects.for_company(connected.company).get()
    assert operation.deal_id == REFIT
    assert json.loads(operation.request_body)["Invoices"][0]["Reference"] == REFERENCE


def test_pages_are_read_while_nothing_can_be_written(emma: Client) -> None:
    # A session's first page would be noted in it.
    with full():
        answers = [emma.get(path) for path in ("/deals/", "/deals/1/", "/invoices/")]

    assert [each.status_code for each in answers] == [200, 200, 200]


def test_a_password_is_typed_again(emma: Client) -> None:
    with away():
        answer = Client(raise_request_exception=False).post(
            "/accounts/login/", {"login": "emma@brightside.example", "password": "my own secret"}
        )

    assert answer.status_code == 503
    assert b"my own secret" not in answer.content
    assert b"<form" not in answer.content


def test_a_part_of_a_page_leaves_the_words_to_its_script(ready: DialogPage, emma: Client) -> None:
    with away():
        answer = emma.post(ready.address, ready.fields, headers={"HX-Request": "true"})

    assert (answer.status_code, answer.content) == (503, b"")


def test_a_frame_leaves_the_words_to_its_script(connected: Connected) -> None:
    member = connected.membership
    query = frame_world.query(member, frame_world.sign(member))
    with away():
        answer = Client(raise_request_exception=False).get("/frames/panel/", query)

    assert (answer.status_code, answer.content) == (503, b"")


def test_pipedrives_own_tab_is_answered_in_its_shape(connected: Connected) -> None:
    pipedrive = Caller(connected)
    pipedrive.client.raise_request_exception = False
    with away():
        answer = pipedrive.get("currencies")

    assert answer.status_code == 503
    assert answer.json()["error"] == "unavailable"
    assert int(answer["Retry-After"]) >= 1


def test_what_is_broken_otherwise_stays_an_error(emma: Client) -> None:
    def break_(*_: Any) -> Any:
        raise ValueError("a mistake of ours")

    with connection.execute_wrapper(break_):
        answer = emma.get("/deals/")

    assert answer.status_code == 500
    assert b"Something went wrong on our side" in answer.content
