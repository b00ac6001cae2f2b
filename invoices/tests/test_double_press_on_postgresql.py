"""One form pressed twice at the very same moment makes one invoice (P-1)."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connections as db_connections
from django.test import Client

from invoices.models import Operation
from invoices.tests.dialog_page import DialogPage
from mappings.models import ContactLink, ProductLink
from tests.vendors import Connected

REFIT = 1


def _press_at_once(connected: Connected, page: DialogPage, actions: list[str]) -> list[Any]:
    gate = threading.Barrier(len(actions))
    answers: list[Any] = []

    def press(action: str) -> None:
        client = Client(raise_request_exception=False)
        client.force_login(connected.user)
        try:
            gate.wait()
            answers.append(client.post(page.address, {**page.fields, "action": action}))
        finally:
            db_connections.close_all()

    threads = [threading.Thread(target=press, args=[action]) for action in actions]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return answers


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("actions", [["create"] * 4, ["create_another"] * 4])
@pytest.mark.parametrize("choice", ["contact:0", "new_contact"])
def test_one_form_in_four_hands_makes_one_invoice(
    connected: Connected, client: Client, actions: list[str], choice: str
) -> None:
    client.force_login(connected.user)
    page = DialogPage(client, REFIT).link_all("er").press(choice)
    if choice == "new_contact":
        page.fill(to="Nobody has this name Ltd")

    answers = _press_at_once(connected, page, actions)

    assert [each.status_code for each in answers] == [302] * 4
    assert len({each.headers["Location"] for each in answers}) == 1
    rows = Operation.objects.for_company(connected.company)
    assert rows.filter(kind=Operation.Kind.CREATE).count() == 1
    assert rows.count() == (1 if choice == "contact:0" else 2)
    assert ProductLink.objects.for_company(connected.company).count() == 3
    assert ContactLink.objects.for_company(connected.company).count() <= 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_forms_of_one_deal_pressed_at_once_make_one_invoice(
    connected: Connected, client: Client
) -> None:
    client.force_login(connected.user)
    pages = [DialogPage(client, REFIT).link_all("er").press("contact:0") for _ in range(2)]
    gate = threading.Barrier(2)
    answers: list[Any] = []

    def press(page: DialogPage) -> None:
        own = Client(raise_request_exception=False)
        own.force_login(connected.user)
        try:
            gate.wait()
            answers.append(own.post(page.address, {**page.fields, "action": "create"}))
        finally:
            db_connections.close_all()

    threads = [threading.Thread(target=press, args=[page]) for page in pages]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert sorted(each.status_code for each in answers) == [302, 409]
    (told,) = [each.content.decode() for each in answers if each.status_code == 409]
    assert 'value="create_another"' in told
    assert Operation.objects.for_company(connected.company).count() == 1
