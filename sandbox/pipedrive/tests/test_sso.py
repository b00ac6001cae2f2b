"""Signing on through the sandbox's OpenID Connect provider."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import jwt
import requests

from sandbox.pipedrive.tests.conftest import Sandbox

BASIC = ("sandbox-sso", "sandbox-sso-secret")
EMMA = "emma.clarke@brightside.example"


def visit(sandbox: Sandbox, method: str = "GET", **more: str) -> requests.Response:
    """Open, or answer, the page that asks who somebody is."""
    form = {"email": more.pop("email")} if "email" in more else None
    query = {
        "client_id": "sandbox-sso",
        "redirect_uri": f"{sandbox.app}/sso/callback/",
        "response_type": "code",
        "scope": "openid email profile",
        "state": "s-2",
        "nonce": "n-1",
    }
    return requests.request(
        method,
        f"{sandbox.pipedrive}/sso/authorize",
        params=query | more,
        data=form,
        allow_redirects=False,
        timeout=10,
    )


def read_code(answer: requests.Response) -> str:
    """The code in the address the browser is sent to."""
    return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


def exchange(sandbox: Sandbox, code: str, **more: str) -> requests.Response:
    """Ask for tokens with the app's credentials."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": f"{sandbox.app}/sso/callback/",
    }
    return requests.post(f"{sandbox.pipedrive}/sso/token", data=form | more, auth=BASIC, timeout=10)


def test_somebody_who_presses_their_button_is_signed_on_with_verified_claims(
    sandbox: Sandbox,
) -> None:
    issuer = f"{sandbox.pipedrive}/sso"
    about = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=10).json()
    page = visit(sandbox)
    pressed = visit(sandbox, "POST", email="mehmet.yilmaz@brightside.example")

    tokens = exchange(sandbox, read_code(pressed)).json()

    assert "Sign in as Emma Clarke — admin, Brightside Interiors" in page.text
    assert parse_qs(urlsplit(pressed.headers["Location"]).query)["state"] == ["s-2"]
    keys = jwt.PyJWKSet.from_dict(requests.get(about["jwks_uri"], timeout=10).json())
    header = jwt.get_unverified_header(tokens["id_token"])
    claims = jwt.decode(
        tokens["id_token"],
        keys[header["kid"]].key,
        algorithms=["RS256"],
        audience="sandbox-sso",
        issuer=about["issuer"],
        options={"verify_exp": True, "require": ["exp", "iat", "sub"]},
    )
    assert about["issuer"] == issuer
    assert (claims["email"], claims["email_verified"]) == (
        "mehmet.yilmaz@brightside.example",
        True,
    )
    assert (claims["name"], claims["locale"], claims["nonce"]) == ("Mehmet Yılmaz", "tr", "n-1")
    userinfo = requests.get(
        about["userinfo_endpoint"],
        headers={"Authorization": f"Bearer {tokens['access_token']}"},
        timeout=10,
    ).json()
    assert userinfo == {name: claims[name] for name in userinfo}
    assert userinfo["sub"]


def test_a_login_hint_needs_no_page(sandbox: Sandbox) -> None:
    answer = visit(sandbox, login_hint="sam.porter@invoicebridge.example")

    assert answer.status_code == 302
    assert exchange(sandbox, read_code(answer)).status_code == 200


def test_an_unknown_login_hint_shows_the_page(sandbox: Sandbox) -> None:
    assert visit(sandbox, login_hint="nobody@example.com").status_code == 200


def test_a_code_works_once_and_only_for_its_app_and_verifier(sandbox: Sandbox) -> None:
    verifier = "a-verifier-of-forty-three-characters-or-more"
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    code = read_code(
        visit(sandbox, login_hint=EMMA, code_challenge=challenge, code_challenge_method="S256")
    )

    stranger = requests.post(
        f"{sandbox.pipedrive}/sso/token",
        data={"grant_type": "authorization_code", "code": code},
        auth=("sandbox-sso", "wrong"),
        timeout=10,
    )
    without = exchange(sandbox, code)
    right = exchange(sandbox, code, code_verifier=verifier)
    again = exchange(sandbox, code, code_verifier=verifier)

    statuses = [answer.status_code for answer in (stranger, without, right, again)]
    assert statuses == [401, 400, 200, 400]
    assert again.json()["error"] == "invalid_grant"


def test_a_code_dies_after_five_minutes(sandbox: Sandbox) -> None:
    code = read_code(visit(sandbox, login_hint=EMMA))

    sandbox.control("clock", {"advance_seconds": 301})

    assert exchange(sandbox, code).json()["error"] == "invalid_grant"


def test_strange_apps_and_addresses_are_refused(sandbox: Sandbox) -> None:
    refused = [
        visit(sandbox, client_id="another"),
        visit(sandbox, redirect_uri="https://evil.example/"),
        visit(sandbox, response_type="token"),
        visit(sandbox, scope="email"),
    ]

    assert [answer.status_code for answer in refused] == [400, 400, 400, 400]


def test_userinfo_needs_a_token(sandbox: Sandbox) -> None:
    answer = requests.get(f"{sandbox.pipedrive}/sso/userinfo", timeout=10)

    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_token"})


def test_the_key_survives_a_reset(sandbox: Sandbox) -> None:
    before = requests.get(f"{sandbox.pipedrive}/sso/jwks", timeout=10).json()

    sandbox.control("reset")

    assert requests.get(f"{sandbox.pipedrive}/sso/jwks", timeout=10).json() == before
