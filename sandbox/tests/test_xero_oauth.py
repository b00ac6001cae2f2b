"""Consent, tokens and connections behave as Xero's identity service."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests

from sandbox.tests.conftest import Sandbox
from sandbox.tests.xero_client import EMMA, Xero, tenant_of

BACK = "http://localhost:8000/xero/callback/"
SCOPES = (
    "openid profile email offline_access accounting.invoices accounting.contacts "
    "accounting.settings.read"
)
VERIFIER = "v" * 43
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)
APP = ("SANDBOXXERO", "sandbox-xero-secret")


def asked(**more: str) -> dict[str, str]:
    """Return the query of a consent request."""
    return {
        "response_type": "code",
        "client_id": "SANDBOXXERO",
        "redirect_uri": BACK,
        "scope": SCOPES,
        "state": "s-1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "nonce": "n-1",
    } | more


def user_id(sandbox: Sandbox, slug: str, email: str) -> str:
    """Return a seeded person's user id."""
    users = sandbox.control("GET", "state")["xero"]["organisations"][tenant_of(slug)]["users"]
    return str(next(u["UserID"] for u in users if u["EmailAddress"] == email))


def consent(sandbox: Sandbox, **more: str) -> dict[str, str]:
    """Allow access to Brightside as Emma and return the query sent back."""
    form = asked() | {
        "choice": "allow",
        "person": user_id(sandbox, "brightside", EMMA),
        "organisation": tenant_of("brightside"),
    }
    answer = requests.post(
        f"{sandbox.xero}/identity/connect/authorize",
        data=form | more,
        allow_redirects=False,
        timeout=10,
    )
    assert answer.status_code == 302, answer.text
    assert answer.headers["Location"].startswith(BACK)
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    return {name: values[0] for name, values in query.items()}


def token(sandbox: Sandbox, auth: Any = APP, **form: str) -> requests.Response:
    """Ask the token endpoint."""
    return requests.post(f"{sandbox.xero}/connect/token", data=form, auth=auth, timeout=10)


def exchange(sandbox: Sandbox, code: str, **more: str) -> requests.Response:
    """Exchange a code."""
    form = {"code": code, "redirect_uri": BACK, "code_verifier": VERIFIER} | more
    return token(sandbox, grant_type="authorization_code", **form)


def connections(sandbox: Sandbox, access_token: str, **params: str) -> list[dict[str, Any]]:
    """List the connections of an access token."""
    answer = requests.get(
        f"{sandbox.xero}/Connections",
        headers={"Authorization": f"Bearer {access_token}"},
        params=params,
        timeout=10,
    )
    assert answer.status_code == 200
    listed: list[dict[str, Any]] = answer.json()
    return listed


def test_the_whole_round_trip(sandbox: Sandbox) -> None:
    page = requests.get(f"{sandbox.xero}/identity/connect/authorize", params=asked(), timeout=10)
    sent = consent(sandbox)
    tokens = exchange(sandbox, sent["code"]).json()

    assert page.status_code == 200
    assert "Emma Clarke" in page.text
    assert sent["state"] == "s-1"
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 1800
    keys = jwt.PyJWKClient(f"{sandbox.xero}/.well-known/openid-configuration/jwks")
    claims = jwt.decode(
        tokens["id_token"],
        keys.get_signing_key_from_jwt(tokens["id_token"]).key,
        algorithms=["RS256"],
        audience="SANDBOXXERO",
        issuer=sandbox.xero,
    )
    assert claims["xero_userid"] == user_id(sandbox, "brightside", EMMA)
    assert claims["nonce"] == "n-1"
    assert claims["email"] == EMMA
    event_id = jwt.decode(tokens["access_token"], options={"verify_signature": False})[
        "authentication_event_id"
    ]
    listed = connections(sandbox, tokens["access_token"], authEventId=event_id)
    assert [c["tenantId"] for c in listed] == [tenant_of("brightside")]
    assert listed[0]["tenantType"] == "ORGANISATION"


def test_cancel_sends_access_denied_back(sandbox: Sandbox) -> None:
    assert consent(sandbox, choice="cancel") == {"error": "access_denied", "state": "s-1"}


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"client_id": "other"}, "unauthorized_client"),
        ({"redirect_uri": "https://elsewhere.example/"}, "invalid_request"),
        ({"scope": "openid everything"}, "invalid_scope"),
    ],
)
def test_a_bad_request_shows_xeros_page_and_never_goes_back(
    sandbox: Sandbox, wrong: dict[str, str], error: str
) -> None:
    answer = requests.get(
        f"{sandbox.xero}/identity/connect/authorize",
        params=asked(**wrong),
        allow_redirects=False,
        timeout=10,
    )

    assert answer.status_code == 400
    assert error in answer.text
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_a_code_works_once(sandbox: Sandbox) -> None:
    code = consent(sandbox)["code"]

    first, second = exchange(sandbox, code), exchange(sandbox, code)

    assert first.status_code == 200
    assert (second.status_code, second.json()) == (400, {"error": "invalid_grant"})


def test_a_code_works_for_five_minutes(sandbox: Sandbox) -> None:
    code = consent(sandbox)["code"]
    sandbox.control("POST", "clock", {"advance_seconds": 301})

    assert exchange(sandbox, code).json() == {"error": "invalid_grant"}


@pytest.mark.parametrize(
    "wrong", [{"code_verifier": "w" * 43}, {"redirect_uri": "http://localhost:8000/other/"}]
)
def test_a_code_needs_its_verifier_and_its_address(sandbox: Sandbox, wrong: dict[str, str]) -> None:
    code = consent(sandbox)["code"]

    assert exchange(sandbox, code, **wrong).json() == {"error": "invalid_grant"}


def test_the_secret_may_come_in_the_header_or_in_the_body_but_must_be_right(
    sandbox: Sandbox,
) -> None:
    refresh = exchange(sandbox, consent(sandbox)["code"]).json()["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": refresh}

    in_body = token(
        sandbox, None, client_id="SANDBOXXERO", client_secret="sandbox-xero-secret", **form
    )
    wrong = token(sandbox, ("SANDBOXXERO", "guess"), **form)

    assert in_body.status_code == 200
    assert (wrong.status_code, wrong.json()) == (400, {"error": "invalid_client"})


def test_refreshing_rotates_and_the_old_token_has_thirty_minutes_of_grace(
    sandbox: Sandbox,
) -> None:
    old = exchange(sandbox, consent(sandbox)["code"]).json()["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": old}

    first = token(sandbox, **form).json()
    sandbox.control("POST", "clock", {"advance_seconds": 1790})
    again = token(sandbox, **form)
    sandbox.control("POST", "clock", {"advance_seconds": 20})
    late = token(sandbox, **form)

    assert first["refresh_token"] != old
    assert again.status_code == 200
    assert (late.status_code, late.json()) == (400, {"error": "invalid_grant"})
    newest = token(sandbox, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert newest.status_code == 200


def test_a_refresh_token_dies_after_sixty_days(sandbox: Sandbox) -> None:
    old = exchange(sandbox, consent(sandbox)["code"]).json()["refresh_token"]
    sandbox.control("POST", "clock", {"advance_seconds": 61 * 86400})

    answer = token(sandbox, grant_type="refresh_token", refresh_token=old)

    assert answer.json() == {"error": "invalid_grant"}


def test_an_access_token_expires_with_the_clock(sandbox: Sandbox) -> None:
    xero = Xero.connect(sandbox)
    assert xero.send("GET", "Organisation").status_code == 200

    sandbox.control("POST", "clock", {"advance_seconds": 1801})

    answer = xero.send("GET", "Organisation")
    assert answer.status_code == 401
    assert answer.json()["Title"] == "Unauthorized"


def test_lifetimes_are_switches(sandbox: Sandbox) -> None:
    sandbox.control("POST", "settings", {"xero_access_ttl": 5})

    assert exchange(sandbox, consent(sandbox)["code"]).json()["expires_in"] == 5


def test_a_second_consent_replaces_the_first_ones_tokens(sandbox: Sandbox) -> None:
    first = exchange(sandbox, consent(sandbox)["code"]).json()
    exchange(sandbox, consent(sandbox, organisation=tenant_of("brightside-nz"))["code"])

    answer = token(sandbox, grant_type="refresh_token", refresh_token=first["refresh_token"])

    assert answer.json() == {"error": "invalid_grant"}


def test_a_tenant_linked_before_keeps_its_first_event(sandbox: Sandbox) -> None:
    consent(sandbox)
    tokens = exchange(sandbox, consent(sandbox)["code"]).json()
    event_id = jwt.decode(tokens["access_token"], options={"verify_signature": False})[
        "authentication_event_id"
    ]

    assert connections(sandbox, tokens["access_token"], authEventId=event_id) == []
    assert len(connections(sandbox, tokens["access_token"])) == 1


def test_revoking_ends_everything_of_that_person(sandbox: Sandbox) -> None:
    tokens = exchange(sandbox, consent(sandbox)["code"]).json()

    revoked = requests.post(
        f"{sandbox.xero}/connect/revocation",
        data={"token": tokens["refresh_token"]},
        auth=APP,
        timeout=10,
    )

    assert (revoked.status_code, revoked.content) == (200, b"")
    refused = token(sandbox, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refused.json() == {"error": "invalid_grant"}
    state = sandbox.control("GET", "state")["xero"]["organisations"]
    assert state[tenant_of("brightside")]["connections"] == []


def test_deleting_a_connection(sandbox: Sandbox) -> None:
    xero = Xero.connect(sandbox)
    connection_id = xero.grant["connections"][0]["id"]
    headers = {"Authorization": f"Bearer {xero.access_token}"}

    def delete(name: str) -> int:
        address = f"{sandbox.xero}/connections/{name}"
        return requests.delete(address, headers=headers, timeout=10).status_code

    assert delete(xero.tenant_id) == 403
    assert delete("11111111-1111-4111-8111-111111111111") == 404
    assert delete(connection_id) == 204
    assert xero.send("GET", "Organisation").status_code == 403
    assert connections(sandbox, xero.access_token) == []


def test_disconnecting_in_xero_forbids_the_tenant(sandbox: Sandbox) -> None:
    xero = Xero.connect(sandbox)

    sandbox.control("POST", f"xero/{xero.tenant_id}/disconnect")

    answer = xero.send("GET", "Organisation")
    assert answer.status_code == 403
    assert answer.json()["Detail"] == "AuthenticationUnsuccessful"


def test_a_demoted_user_reaches_nothing_any_more(sandbox: Sandbox) -> None:
    xero = Xero.connect(sandbox)

    sandbox.control("POST", f"xero/{xero.tenant_id}/users/{EMMA}", {"role": "READONLY"})

    assert xero.send("GET", "Organisation").status_code == 403


def test_a_dead_grant_is_unauthorized(sandbox: Sandbox) -> None:
    xero = Xero.connect(sandbox)

    sandbox.control("POST", "xero/revoke", {"email": EMMA})

    assert xero.send("GET", "Organisation").status_code == 401


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("Authorization", "", 401),
        ("Authorization", "Bearer nonsense", 401),
        ("Xero-Tenant-Id", "", 403),
        ("Xero-Tenant-Id", "11111111-1111-4111-8111-111111111111", 403),
        ("Accept", "application/xml", 406),
    ],
)
def test_each_header_is_checked(sandbox: Sandbox, header: str, value: str, status: int) -> None:
    xero = Xero.connect(sandbox)

    assert xero.send("GET", "Organisation", headers={header: value}).status_code == status


def test_another_tenant_needs_its_own_connection(sandbox: Sandbox) -> None:
    xero = Xero.connect(sandbox)

    answer = xero.send("GET", "Invoices", headers={"Xero-Tenant-Id": tenant_of("brightside-nz")})

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("scope", "method", "path", "status"),
    [
        ("accounting.invoices.read", "GET", "Invoices", 200),
        ("accounting.invoices.read", "PUT", "Invoices", 401),
        ("accounting.invoices", "GET", "Contacts", 401),
        ("accounting.invoices", "GET", "Payments", 401),
        ("accounting.invoices", "GET", "Items", 200),
        ("accounting.contacts", "GET", "Organisation", 401),
        ("accounting.settings.read", "GET", "TaxRates", 200),
    ],
)
def test_each_address_needs_its_scope(
    sandbox: Sandbox, scope: str, method: str, path: str, status: int
) -> None:
    xero = Xero.connect(sandbox, scope=scope)

    answer = xero.send(method, path, {} if method == "PUT" else None)

    assert answer.status_code == status
    if status == 401:
        assert "insufficient_scope" in answer.headers["WWW-Authenticate"]
