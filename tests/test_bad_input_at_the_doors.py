"""Bad input that belongs to no one form: callbacks, sign-in, headers, the admin (B-20, B-23 on)."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from connections import demo
from connections.models import Company, Membership, PipedriveAuthorisation, User, XeroConnection

pytestmark = pytest.mark.django_db
CALLBACKS = ("/accounts/pipedrive/login/callback/", "/accounts/oidc/xero/login/callback/")
MARK = "reflected-7f3a"
PASSWORD = "a long and quiet sentence"


@pytest.fixture
def emma() -> User:
    demo.seed()
    user = User.objects.get(email="emma.clarke@brightside.example")
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.mark.parametrize("callback", CALLBACKS)
@pytest.mark.parametrize(
    "query",
    [
        {},
        {"code": MARK},
        {"state": MARK},
        {"state": MARK, "code": MARK},
        {"error": f"<script>{MARK}</script>", "state": MARK},
        {"error": "access_denied", "error_description": MARK},
        {"state": "x" * 20_000, "code": MARK},
        {"state": "\0", "code": "\0"},
        {"state": "{{7*7}}", "code": "%00"},
    ],
)
def test_a_callback_that_nobody_began_is_a_plain_page_that_repeats_nothing(
    emma: User, callback: str, query: dict[str, str]
) -> None:
    before = count_links()

    for is_member in (False, True):
        client = Client(raise_request_exception=False)
        if is_member:
            client.force_login(emma)
        answer = client.get(callback, query, follow=True)

        assert answer.status_code in {200, 400, 401, 403}
        assert MARK not in answer.content.decode()
        assert "49" not in re.findall(r">\s*(\d+)\s*<", answer.content.decode())
    assert count_links() == before


def count_links() -> tuple[int, ...]:
    return (
        PipedriveAuthorisation.objects.across_companies().count(),
        XeroConnection.objects.across_companies().count(),
        Membership.objects.across_companies().count(),
        Company.objects.count(),
    )


def try_to_sign_in(email: str, password: str, **more: str) -> Any:
    return Client().post("/accounts/login/", {"login": email, "password": password, **more})


def test_a_known_and_an_unknown_address_are_refused_in_the_same_words(emma: User) -> None:
    answers = [
        try_to_sign_in(email, "wrong") for email in (emma.email, "nobody.here@brightside.example")
    ]

    pages = [
        re.sub(r'(value|nonce|content)="[^"]*"', "", unescape(each.content.decode()))
        for each in answers
    ]
    assert answers[0].status_code == answers[1].status_code
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example/", "https://evil.example/", "https:evil.example", "/\\evil.example",
        "javascript:alert(1)", "\thttps://evil.example", "http://testserver@evil.example/",
        "///evil",
    ],
)  # fmt: skip
def test_after_signing_in_nobody_is_led_away(emma: User, target: str) -> None:
    answer = try_to_sign_in(emma.email, PASSWORD, next=target)

    assert answer.status_code in {200, 302}
    if answer.status_code == 302:
        assert re.fullmatch(r"/(?![/\\]).*", answer.headers["Location"])


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept-Language": "x" * 10_000},
        {"Accept-Language": ",".join(f"a{n};q=0.{n}" for n in range(2000))},
        {"Accept-Language": "tr;q=NaN,*;q=-1"},
        {"Accept": "text/xml"},
        {"X-Forwarded-For": "1" * 5000, "X-Forwarded-Proto": "\x01"},
        {"HX-Request": "true", "HX-Current-URL": "javascript:" + "x" * 9000},
        {"Cookie": "ib_language=" + "x" * 5000},
        {"Cookie": "sessionid=\x01; messages=x"},
    ],
)
def test_odd_headers_get_the_usual_page(emma: User, headers: dict[str, str]) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(emma)

    for path in ("/accounts/login/", "/settings/people/", "/settings/connections/"):
        assert client.get(path, headers=headers).status_code in {200, 302}, path


@pytest.mark.parametrize("kind", ["text/xml", "application/json", "multipart/form-data", "x"])
def test_a_body_of_another_type_is_refused_and_stores_nothing(emma: User, kind: str) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(emma)

    answer = client.post(
        "/settings/connections/security/", b"<a>&method=sso&is_on=yes</a>", content_type=kind
    )

    assert answer.status_code in {400, 415, 422}
    emma_company = Company.objects.get(pipedrive_company_id=7001)
    assert not emma_company.is_security_stated


def test_no_list_of_the_admin_is_narrowed_by_a_secret(emma: User) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.get(email="sam.porter@invoicebridge.example"))
    lists = {
        "connections_pipedriveauthorisation": "refresh_token__startswith",
        "connections_xeroauthorisation": "access_token__startswith",
        "connections_xeroconnection": "authorisation__refresh_token__startswith",
        "connections_membership": "user__password__startswith",
    }

    for name, lookup in lists.items():
        answer = client.get(reverse(f"admin:{name}_changelist"), {lookup: "a"})
        # Django leads back to the list itself with ?e=1 where a lookup is none of its filters'.
        assert answer.status_code in {302, 400, 403}, name
