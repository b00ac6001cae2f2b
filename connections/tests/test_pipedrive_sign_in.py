"""Signing in with Pipedrive: whose user it is, within that company only (S-13, M-2)."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from connections.models import AuditEvent, Membership, PipedriveAuthorisation
from connections.tests.people_here import add_app
from connections.tests.test_connecting import answer_consent
from tests.vendors import Connected

pytestmark = pytest.mark.django_db
START = "/accounts/pipedrive/sign-in/"
PAGE = "/settings/people/"
EMMA, MEHMET = "101", "102"


@pytest.fixture(autouse=True)
def _fresh_counts() -> None:
    cache.clear()


def come_through(client: Client, user_id: str, **form: str) -> Any:
    """Press the button, be somebody on Pipedrive's consent page, and come back."""
    asked = client.post(START, form)
    assert asked.status_code == 302, asked.content
    return client.get(answer_consent(asked["Location"], as_user(user_id)))


def as_user(user_id: str) -> dict[str, str]:
    return {"user_id": user_id, "decision": "allow"}


def test_a_member_is_signed_in_and_their_role_stays_ours(connected: Connected) -> None:
    Membership.objects.across_companies().update(role="rep")
    client = Client()

    answer = come_through(client, EMMA, next=PAGE)

    assert answer.headers["Location"] == PAGE
    page = client.get(PAGE)
    assert page.status_code == 200
    assert page.context["membership"].role == "rep"
    assert client.get("/accounts/2fa/").status_code == 403


def test_without_the_companys_statement_the_second_step_is_ours(connected: Connected) -> None:
    connected.company.is_security_stated = False
    connected.company.save()
    client = Client()

    answer = come_through(client, EMMA)

    assert answer.headers["Location"] == "/accounts/login/"
    assert client.get(PAGE).headers["Location"].startswith("/accounts/login/")
    event = AuditEvent.objects.get(event="sign_in.pipedrive_refused")
    assert (event.company, event.after["error_code"]) == (connected.company, "statement")
    add_app(connected.user)
    answer = come_through(client, EMMA)
    assert answer.headers["Location"].startswith("/accounts/2fa/authenticate/")
    assert client.get(PAGE).headers["Location"].startswith("/accounts/login/")


def test_a_statement_that_is_revoked_ends_what_it_opened(connected: Connected) -> None:
    client = Client()
    come_through(client, EMMA)
    assert client.get(PAGE).status_code == 200

    connected.company.is_security_stated = False
    connected.company.save()

    assert client.get(PAGE).status_code == 403


def test_an_unknown_person_is_told_whom_to_ask_and_nothing_is_kept(connected: Connected) -> None:
    client = Client()

    answer = come_through(client, MEHMET)

    assert answer.headers["Location"] == "/accounts/login/"
    assert str(connected.user) in client.get("/accounts/login/").content.decode()
    grants = PipedriveAuthorisation.objects.for_company(connected.company)
    assert not grants.filter(pipedrive_user_id=102).exists()
    event = AuditEvent.objects.get(event="sign_in.pipedrive_refused")
    assert (event.company, event.actor) == (connected.company, None)
    assert event.after == {"pipedrive_id": 102, "error_code": "no_member"}


def test_an_answer_in_another_browser_signs_nobody_in(
    connected: Connected,
) -> None:
    asked = Client().post(START)
    victim = Client()

    victim.get(answer_consent(asked["Location"], as_user(EMMA)))

    assert "_auth_user_id" not in victim.session
