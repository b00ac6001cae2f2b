"""Only what Pipedrive signed, and not long ago, says who opens a frame (S-8)."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from connections.frames import identity
from connections.frames.identity import Identity, NotTrusted

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
END = int((NOW + timedelta(minutes=5)).timestamp())
SECRET, OLD = "s" * 40, "o" * 40
CLAIMS: dict[str, Any] = {"userId": 101, "companyId": 7001, "exp": END}


def sign(claims: dict[str, Any], secret: str = SECRET, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, secret, algorithm=algorithm)


def read(token: str, *, now: datetime = NOW) -> Identity:
    return identity.read(token, secrets=[SECRET, OLD], now=now)


def part(data: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")


@pytest.mark.parametrize("ids", [(101, 7001), ("101", "7001")])
def test_ids_come_as_numbers_or_as_text(ids: tuple[object, object]) -> None:
    assert read(sign({"userId": ids[0], "companyId": ids[1], "exp": END})) == Identity(7001, 101)


def test_the_older_secret_is_accepted_while_it_is_changed() -> None:
    assert read(sign(CLAIMS, OLD)) == Identity(7001, 101)


def test_a_token_may_be_thirty_seconds_late_and_not_more() -> None:
    token = sign(CLAIMS)

    assert read(token, now=NOW + timedelta(minutes=5, seconds=29))
    with pytest.raises(NotTrusted):
        read(token, now=NOW + timedelta(minutes=5, seconds=30))


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": None},
        {"exp": "soon"},
        {"exp": True},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"exp": [END]},
        {"userId": None},
        {"companyId": None},
        {"userId": True},
        {"userId": 101.0},
        {"userId": "101 "},
        {"userId": "١٠١"},
        {"userId": -101},
        {"userId": 0},
        {"userId": 2**63},
        {"companyId": {"id": 7001}},
    ],
)
def test_claims_that_say_nothing_usable_are_refused(changes: dict[str, Any]) -> None:
    claims = {name: value for name, value in (CLAIMS | changes).items() if value is not None}

    with pytest.raises(NotTrusted):
        read(sign(claims))


def test_other_secrets_and_algorithms_are_refused() -> None:
    unsigned = f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(CLAIMS)}"
    refused = [
        sign(CLAIMS, "x" * 40),
        sign(CLAIMS, "s" * 64, "HS384"),
        sign(CLAIMS, SECRET + "s" * 24, "HS512"),
        jwt.encode(CLAIMS, "", algorithm="none"),
        f"{unsigned}.",
        f"{unsigned}.AA",
        f"{part({'alg': 'RS256', 'typ': 'JWT'})}.{part(CLAIMS)}.AAAA",
        f"{part({'alg': 'HS256', 'b64': False, 'crit': ['b64']})}.{part(CLAIMS)}.AAAA",
        f"{part({'alg': ['HS256']})}.{part(CLAIMS)}.AAAA",
        f"{part([])}.{part(CLAIMS)}.AAAA",
        "",
        "...",
        "a.b.c",
        "é.é.é",
        sign(CLAIMS) + "\n",
        " " + sign(CLAIMS),
    ]

    for token in refused:
        with pytest.raises(NotTrusted):
            read(token)


def test_a_header_that_exhausts_the_parser_is_refused() -> None:
    brackets = base64.urlsafe_b64encode(b"[" * 2900).decode().rstrip("=")

    with pytest.raises(NotTrusted):
        read(f"{brackets}.AA.AA")


def test_a_token_has_one_spelling() -> None:
    token = sign(CLAIMS)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    accepted = [letter for letter in letters if _is_read(token[:-1] + letter)]

    assert accepted == [token[-1]]


def test_a_long_token_is_not_looked_at() -> None:
    with pytest.raises(NotTrusted):
        read(sign(CLAIMS | {"more": "x" * 5000}))


def test_without_a_secret_nobody_is_believed() -> None:
    for secrets in ([], [""]):
        with pytest.raises(NotTrusted):
            identity.read(sign(CLAIMS), secrets=secrets, now=NOW)


@pytest.mark.parametrize("said", [{"companyId": "7002"}, {"userId": "102"}, {"userId": "101x"}])
def test_an_address_that_speaks_of_others_is_refused(said: dict[str, str]) -> None:
    with pytest.raises(NotTrusted):
        identity.check_said(Identity(7001, 101), said)


def test_an_address_may_leave_out_what_the_token_says() -> None:
    identity.check_said(Identity(7001, 101), {"userId": "101"})


def _is_read(token: str) -> bool:
    try:
        read(token)
    except NotTrusted:
        return False
    return True
