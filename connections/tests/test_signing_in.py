"""Signing in is bounded, tells nothing of who has an account, and leads nowhere else (S-3, S-4)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client, RequestFactory

from connections import addresses
from connections.tests.people_here import PASSWORD, add_app, make_user, sign_in

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
TOO_MANY = 429


@pytest.fixture(autouse=True)
def _fresh_counts() -> None:
    cache.clear()


def guess(email: str, **headers: str) -> Any:
    return Client().post(LOGIN, {"login": email, "password": "wrong words again"}, headers=headers)


def words(answer: Any, email: str) -> str:
    """Return a page without what differs by itself: tokens and what was typed."""
    text = re.sub(r'(?:value|content)="[^"]*"', "", answer.content.decode())
    return text.replace(email, "")


def test_a_wrong_password_and_an_unknown_address_get_the_same_words() -> None:
    user = make_user()

    known, unknown = guess(user.email), guess("nobody@brightside.example")

    assert known.status_code == unknown.status_code == 200
    assert words(known, user.email) == words(unknown, "nobody@brightside.example")


def test_a_reset_says_the_same_for_known_and_unknown_addresses() -> None:
    user = make_user()

    pages = [
        Client().post("/accounts/password/reset/", {"email": email}, follow=True)
        for email in (user.email, "nobody@brightside.example")
    ]

    assert words(pages[0], user.email) == words(pages[1], "nobody@brightside.example")
    assert len(mail.outbox) == 2  # both take as long


def test_an_account_is_guessed_at_five_times() -> None:
    user = make_user()
    for _each in range(5):
        guess(user.email)

    answer = sign_in(user).get("/")

    assert not answer.wsgi_request.user.is_authenticated


def test_a_second_factor_is_guessed_at_few_times() -> None:
    user = make_user()
    add_app(user)
    client = sign_in(user)

    pages = [
        client.post("/accounts/2fa/authenticate/", {"code": f"{each:06d}"}).content.decode()
        for each in range(7)
    ]

    assert "Too many" in pages[-1]


def test_a_header_that_somebody_writes_changes_nothing() -> None:
    """Ten wrong tries from one address are enough, whatever X-Forwarded-For says."""
    answers = [
        guess(f"nobody{each}@brightside.example", **{"X-Forwarded-For": f"203.0.113.{each}"})
        for each in range(12)
    ]

    assert "Too many" in answers[-1].content.decode()


@pytest.mark.parametrize(
    ("proxies", "header", "expected"),
    [
        (0, "203.0.113.9", "10.0.0.1"),
        (0, "", "10.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 10.0.0.7", "203.0.113.9"),
        (2, "203.0.113.9", "10.0.0.1"),
        (1, "", "10.0.0.1"),
        (1, "not an address", "10.0.0.1"),
    ],
)
def test_only_our_own_proxies_say_where_a_request_comes_from(
    settings: Any, proxies: int, header: str, expected: str
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    request = RequestFactory().get("/", headers={"X-Forwarded-For": header} if header else {})
    request.META["REMOTE_ADDR"] = "10.0.0.1"

    assert addresses.client_ip(request) == expected


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_sent_to_another_site_after_signing_in(path: str) -> None:
    user = make_user()

    answer = Client().post(LOGIN, {"login": user.email, "password": PASSWORD, "next": path})

    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize(
    ("password", "is_taken"),
    [
        ("eleven char", False),
        ("twelve chars", True),
        ("w" * 64 + " and " + "x" * 59, True),
        ("w" * 64 + " and " + "x" * 60, False),
        ("password1234", False),
        ("1234567890123", False),
    ],
)
def test_passwords_are_long_and_not_common(password: str, is_taken: bool) -> None:
    if is_taken:
        validate_password(password)
        return
    with pytest.raises(ValidationError):
        validate_password(password)
