"""Who came by single sign-on shows again by it who they are: no dead end (S-5)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import requests
from django.core.cache import cache
from django.test import Client

from connections.models import Membership
from connections.tests.people_here import age_proof, make_member
from tests.vendors import Vendors

pytestmark = pytest.mark.django_db
PAGE = "/settings/sign-on/"
AGAIN = "/accounts/confirm/sso/"
EMMA, MEHMET = "emma.clarke@brightside.example", "mehmet.yilmaz@brightside.example"


@pytest.fixture
def emma(vendors: Vendors) -> Membership:
    cache.clear()
    return make_member(EMMA)


def browser(member: Membership) -> Client:
    client = Client()
    client.force_login(member.user)
    age_proof(client, 601)
    return client


def come_back(client: Client, email: str) -> Any:
    asked = client.post(AGAIN, {"next": PAGE})
    address = asked["Location"].replace("login_hint=", "nobody=")
    page = requests.post(address, data={"email": email}, allow_redirects=False, timeout=10)
    back = urlsplit(page.headers["Location"])
    return client.get(f"{back.path}?{back.query}")


def test_the_single_sign_on_is_told_to_ask_anew(emma: Membership) -> None:
    client = browser(emma)
    page = client.get(PAGE)
    assert page.headers["Location"].startswith("/accounts/confirm/")
    assert AGAIN in client.get(page.headers["Location"]).content.decode()

    asked = parse_qs(urlsplit(client.post(AGAIN)["Location"]).query)

    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])


def test_afterwards_they_go_on_where_they_were(emma: Membership) -> None:
    client = browser(emma)

    assert come_back(client, EMMA).headers["Location"] == PAGE
    assert client.get(PAGE).status_code == 200


def test_somebody_else_at_the_single_sign_on_opens_nothing(emma: Membership) -> None:
    make_member(MEHMET, role="rep")
    client = browser(emma)

    come_back(client, MEHMET)

    assert client.get(PAGE).headers["Location"].startswith("/accounts/confirm/")
    assert client.get("/settings/people/").context["user"] == emma.user


def test_what_was_posted_is_not_done_and_they_return_to_its_page(emma: Membership) -> None:
    client, back = browser(emma), "/settings/people/?page=2"

    answer = client.post(
        "/settings/people/invite/",
        {"email": "new@brightside.example", "role": "rep"},
        headers={"Referer": f"http://testserver{back}"},
    )

    assert answer.headers["Location"] == f"/accounts/confirm/?next={quote(back, safe='')}"
    page = client.get("/settings/people/").content.decode()
    assert "what you typed is kept" in page and "new@brightside.example" in page


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        # Where they came from is not ours, or not known: to the page that holds the form.
        ("http://evil.example/x", "/settings/people/"),
        ("", "/settings/people/"),
        ("http://testserver//evil.example", "/"),
    ],
)
def test_they_return_to_a_page_of_ours_only(emma: Membership, referer: str, back: str) -> None:
    answer = browser(emma).post("/settings/people/invite/", headers={"Referer": referer})

    assert answer.headers["Location"] == f"/accounts/confirm/?next={quote(back, safe='')}"
