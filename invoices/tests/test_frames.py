"""Frames in Pipedrive let in whom Pipedrive vouches for, and nobody else (P-11, S-8 to S-10)."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connections.frames import sessions
from connections.models import (
    ApiCall,
    Company,
    FrameSession,
    Membership,
    PipedriveAuthorisation,
)
from connections.models.authorisations import AuthorisationState
from invoices.tests import frame_world
from invoices.tests.frame_world import Frame
from tests.vendors import Connected, connect

pytestmark = pytest.mark.django_db
KINDS = ("panel", "modal", "settings")
MUTANTS = 5_000


def open_frame(connected: Connected, kind: str = "panel", **more: str) -> Any:
    member = connected.membership
    query = frame_world.query(member, frame_world.sign(member), **more)
    return Client().get(f"/frames/{kind}/", query)


@pytest.mark.parametrize("kind", KINDS)
def test_a_frame_opens_at_once_for_a_member(connected: Connected, kind: str) -> None:
    calls = ApiCall.objects.for_company(connected.company).count()

    with CaptureQueriesContext(database) as queries:
        answer = open_frame(connected, kind)

    assert answer.status_code == 200
    assert len(queries) <= 6
    assert ApiCall.objects.for_company(connected.company).count() == calls
    row = FrameSession.objects.for_company(connected.company).get()
    assert row.membership == connected.membership
    assert sessions.find(frame_world.read_token(answer), now=timezone.now()) == row


def test_a_token_is_stored_as_a_hash_only(connected: Connected) -> None:
    token = frame_world.read_token(open_frame(connected))

    stored = FrameSession.objects.for_company(connected.company).values().get()

    assert len(token) >= 43  # 256 bits
    assert token not in str(stored)


@pytest.mark.parametrize("kind", KINDS)
def test_pipedrive_and_nobody_else_may_hold_a_frame(
    connected: Connected, settings: Any, kind: str
) -> None:
    settings.FRAME_ANCESTORS = ["https://*.pipedrive.com"]
    for answer in (open_frame(connected, kind), Client().get(f"/frames/{kind}/")):
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors https://*.pipedrive.com;" in f"{policy};"
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "X-Frame-Options" not in answer.headers
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "no-store" in answer.headers["Cache-Control"]
        assert not answer.cookies


@pytest.mark.parametrize("is_here", [True, False])
def test_only_where_the_sdk_is_missing_a_frame_loads_it_from_outside(
    connected: Connected, settings: Any, is_here: bool
) -> None:
    settings.FRAME_SDK_IS_HERE = is_here

    answer = open_frame(connected)

    page, policy = answer.content.decode(), answer.headers["Content-Security-Policy"]
    assert ("cdn.jsdelivr.net" in policy) is not is_here
    assert ('integrity="sha384-' in page) is not is_here
    assert (settings.FRAME_SDK_STATIC_NAME in page) is is_here


@pytest.mark.parametrize(
    "break_it",
    [
        lambda query: query.pop("token"),
        lambda query: query.update(token=""),
        lambda query: query.update(token=query["token"][:-3]),
        lambda query: query.update(token="x" * 100_000),
        lambda query: query.update(token=[query["token"], query["token"]]),
        lambda query: query.update(companyId="7002"),
        lambda query: query.update(userId="102"),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_whom_pipedrive_does_not_vouch_for_gets_a_small_page_and_no_details(
    connected: Connected, kind: str, break_it: Callable[[dict[str, Any]], object]
) -> None:
    member = connected.membership
    query: dict[str, Any] = frame_world.query(member, frame_world.sign(member))
    break_it(query)

    answer = Client().get(f"/frames/{kind}/", query)

    assert answer.status_code == 401
    assert "Brightside" not in answer.content.decode()
    assert "frame-token" not in answer.content.decode()
    assert not FrameSession.objects.for_company(connected.company).exists()


@pytest.mark.parametrize("kind", KINDS)
def test_an_old_token_opens_nothing_and_asks_for_a_new_one(connected: Connected, kind: str) -> None:
    member = connected.membership
    old = frame_world.sign(member, now=timezone.now() - timedelta(minutes=6))

    answer = Client().get(f"/frames/{kind}/", frame_world.query(member, old))

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "data-expired" in page
    assert "frame-token" not in page
    assert "Brightside" not in page and "Emma" not in page
    assert Client().post("/frames/token/", {"token": old}).status_code == 401
    assert not FrameSession.objects.for_company(connected.company).exists()


@pytest.mark.parametrize("language", ["en", "tr"])
def test_whoever_comes_late_is_spoken_to_in_their_language(
    connected: Connected, language: str
) -> None:
    Membership.objects.for_company(connected.company).update(language=language)
    member = connected.membership
    old = frame_world.sign(member, now=timezone.now() - timedelta(days=6))

    answer = Client().get("/frames/panel/", frame_world.query(member, old))

    assert f'<html lang="{language}"' in answer.content.decode()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"exp": "soon"}, {}),
        ({"exp": None}, {}),
        ({"userId": None}, {}),
        ({}, {"companyId": "7002"}),
        ({}, {"userId": "102"}),
        ({}, {"token": "x"}),
    ],
)
def test_only_what_was_once_right_may_come_late(
    connected: Connected, changes: dict[str, Any], said: dict[str, str]
) -> None:
    member = connected.membership
    old = frame_world.sign(member, now=timezone.now() - timedelta(minutes=6), **changes)

    answer = Client().get("/frames/panel/", frame_world.query(member, old) | said)

    assert answer.status_code == 401
    assert "data-expired" not in answer.content.decode()


def test_an_old_token_of_another_hand_is_refused_like_any_other(
    connected: Connected, settings: Any
) -> None:
    member = connected.membership
    settings.PIPEDRIVE_JWT_SECRETS = ["another secret, of somebody who signs for themselves"]
    forged = frame_world.sign(member, now=timezone.now() - timedelta(minutes=6))
    settings.PIPEDRIVE_JWT_SECRETS = ["the secret that we hold, and that nobody else has seen"]

    answer = Client().get("/frames/panel/", frame_world.query(member, forged))

    assert answer.status_code == 401
    assert "data-expired" not in answer.content.decode()


def test_no_mutated_token_is_believed(connected: Connected) -> None:
    member = connected.membership
    dice = random.Random(20260302)
    whole = frame_world.sign(member)
    client = Client()
    statuses: dict[int, int] = {}

    for _each in range(MUTANTS):
        answer = client.post("/frames/token/", {"token": _mutate(whole, dice)})
        statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1

    assert statuses == {401: MUTANTS}
    assert not FrameSession.objects.for_company(connected.company).exists()
    assert client.post("/frames/token/", {"token": whole}).status_code == 200


def _mutate(token: str, dice: random.Random) -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/% \n\x00é"
    while True:
        at = dice.randrange(len(token))
        match dice.randrange(7):
            case 0:
                mutant = token[:at] + dice.choice(letters) + token[at + 1 :]
            case 1:
                mutant = token[:at] + dice.choice(letters) + token[at:]
            case 2:
                mutant = token[:at] + token[at + 1 :]
            case 3:
                mutant = token[:at]
            case 4:
                parts = token.split(".")
                dice.shuffle(parts)
                mutant = ".".join(parts)
            case 5:
                mutant = token + token[at:]
            case _:
                mutant = token[:at] + token[at:].swapcase()
        if mutant != token:
            return mutant


def test_who_has_not_installed_is_told_what_to_press(connected: Connected) -> None:
    member = connected.membership
    stranger = frame_world.sign(member, userId=999)

    answer = Client().get("/frames/panel/", frame_world.query(member, stranger) | {"userId": "999"})

    assert answer.status_code == 403
    assert 'href="/settings/connections/" target="_blank"' in answer.content.decode()
    assert not FrameSession.objects.for_company(connected.company).exists()


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (AuthorisationState.DEAD, "Reconnect Pipedrive"),
        (AuthorisationState.ENDED, "Install InvoiceBridge"),
    ],
)
def test_whose_own_grant_ended_is_told_to_renew_it(
    connected: Connected, state: str, words: str
) -> None:
    PipedriveAuthorisation.objects.for_company(connected.company).update(state=state)

    answer = open_frame(connected)

    assert answer.status_code == 403
    assert words in answer.content.decode()


@pytest.mark.parametrize("state", [Company.State.PAUSED, Company.State.UNINSTALLED])
def test_a_company_that_is_not_active_has_no_frames(connected: Connected, state: str) -> None:
    Company.objects.update(state=state)

    assert open_frame(connected).status_code == 403


def test_a_removed_member_has_no_frames(connected: Connected) -> None:
    Membership.objects.for_company(connected.company).update(removed_at=timezone.now())

    assert open_frame(connected).status_code == 403


def test_a_person_of_another_company_with_the_same_number_is_nobody(connected: Connected) -> None:
    other = connect(connected.vendors, "zeynep.kaya@anadolu.example", "anadolu")
    crossed = frame_world.sign(connected.membership, companyId=other.company.pipedrive_company_id)

    answer = Client().post("/frames/token/", {"token": crossed})

    assert (answer.status_code, answer.json()) == (403, {"error": "install"})


def test_a_new_signature_brings_a_new_session(connected: Connected) -> None:
    answer = Client().post("/frames/token/", {"token": frame_world.sign(connected.membership)})

    row = sessions.find(answer.json()["token"], now=timezone.now())
    assert row is not None and row.membership == connected.membership


def test_two_tokens_are_none(connected: Connected) -> None:
    token = frame_world.sign(connected.membership)

    assert Client().post("/frames/token/", {"token": [token, token]}).status_code == 401


@pytest.mark.parametrize(
    ("data", "start"),
    [
        ('{"page":"create","deal":"1"}', "/frames/app/deals/1/invoices/new/"),
        ('{"page":"invoices","deal":"1"}', "/frames/app/deals/1/invoices/"),
        (
            '{"page":"address","address":"/frames/app/invoices/3/actions/email/?back=invoice"}',
            "/frames/app/invoices/3/actions/email/?back=invoice",
        ),
        ("", "/frames/app/deals/1/invoices/new/"),
    ],
)
def test_the_modal_begins_where_it_was_told(connected: Connected, data: str, start: str) -> None:
    answer = open_frame(connected, "modal", data=data)

    assert f'data-start="{start}"' in answer.content.decode()


@pytest.mark.parametrize(
    "data",
    [
        "{",
        "[]",
        "[" * 1900,
        "x" * 3000,
        '{"page":"nothing"}',
        '{"page":"address"}',
        '{"page":"address","address":"https://evil.example/frames/app/deals/1/"}',
        '{"page":"address","address":"//evil.example/frames/app/"}',
        '{"page":"address","address":"/settings/people/"}',
        '{"page":"address","address":"/frames/app/settings/people/"}',
        '{"page":"address","address":"/frames/app/../../admin/"}',
        '{"page":"invoices","deal":"x"}',
    ],
)
def test_what_the_modal_was_told_leads_nowhere_else(connected: Connected, data: str) -> None:
    answer = open_frame(connected, "modal", data=data, selectedIds="")

    assert answer.status_code == 404
    assert 'data-start=""' in answer.content.decode()


@pytest.mark.parametrize("given", ["", "0", "-1", "1,2", "x", "9" * 30, "１"])
def test_a_panel_without_a_deal_says_where_it_belongs(connected: Connected, given: str) -> None:
    answer = open_frame(connected, selectedIds=given)

    assert answer.status_code == 404
    assert "Open a deal in Pipedrive" in answer.content.decode()


@pytest.mark.parametrize("language", ["en", "tr"])
def test_a_frame_speaks_its_members_language(connected: Connected, language: str) -> None:
    Membership.objects.for_company(connected.company).update(language=language)

    answer = open_frame(connected)

    assert f'<html lang="{language}"' in answer.content.decode()
    assert answer.headers["Content-Language"] == language


def test_a_session_ends_after_a_quarter_of_an_hour_without_use(connected: Connected) -> None:
    now = timezone.now()
    token = sessions.start(connected.membership, now=now)

    assert sessions.find(token, now=now + timedelta(minutes=14))
    assert sessions.find(token, now=now + timedelta(minutes=28))
    assert sessions.find(token, now=now + timedelta(minutes=44)) is None


def test_a_session_ends_after_half_a_day_in_any_case(connected: Connected) -> None:
    now = timezone.now()
    token = sessions.start(connected.membership, now=now)

    for minutes in range(10, 12 * 60, 10):
        assert sessions.find(token, now=now + timedelta(minutes=minutes))

    assert sessions.find(token, now=now + timedelta(hours=12)) is None


def test_old_sessions_are_forgotten(connected: Connected) -> None:
    now = timezone.now()
    sessions.start(connected.membership, now=now - timedelta(hours=1))
    kept = sessions.start(connected.membership, now=now)

    sessions.forget_old(before=now)

    assert FrameSession.objects.for_company(connected.company).count() == 1
    assert sessions.find(kept, now=now)


@pytest.mark.parametrize(
    "end",
    [
        lambda _it: Company.objects.update(state=Company.State.PAUSED),
        lambda it: Membership.objects.for_company(it.company).update(removed_at=timezone.now()),
        lambda it: PipedriveAuthorisation.objects.for_company(it.company).update(state="ENDED"),
        lambda it: type(it.user).objects.update(is_active=False),
    ],
)
def test_an_open_session_ends_with_what_it_rests_on(
    connected: Connected, end: Callable[[Connected], object]
) -> None:
    frame = Frame(connected.membership)
    assert frame.get("/frames/app/deals/1/").status_code == 200

    end(connected)

    assert frame.get("/frames/app/deals/1/").status_code == 401
