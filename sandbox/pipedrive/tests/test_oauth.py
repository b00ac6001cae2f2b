"""The way to a token, as the app walks it (pipedrive-api §1)."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import requests

from sandbox.pipedrive.tests.conftest import Api, App, Sandbox

BASIC = ("sandbox-pipedrive", "sandbox-pipedrive-secret")
CALLBACK = "/accounts/pipedrive/login/callback/"
SCOPE = "base,deals:read,contacts:read,products:read,users:read,search:read,webhooks:full"


def authorize(sandbox: Sandbox, **form: str) -> requests.Response:
    """Answer the consent page."""
    query = {
        "client_id": "sandbox-pipedrive",
        "redirect_uri": sandbox.app + CALLBACK,
        "state": "s-1",
    }
    return requests.post(
        f"{sandbox.pipedrive}/oauth/authorize",
        params=query,
        data=form,
        allow_redirects=False,
        timeout=10,
    )


def get_code(sandbox: Sandbox, user_id: int = 102) -> str:
    """Consent as somebody."""
    answer = authorize(sandbox, decision="allow", user_id=str(user_id))
    return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


def exchange(sandbox: Sandbox, **form: str) -> requests.Response:
    """Ask for tokens with the app's credentials."""
    return requests.post(f"{sandbox.pipedrive}/oauth/token", data=form, auth=BASIC, timeout=10)


def exchange_code(sandbox: Sandbox, code: str) -> requests.Response:
    """Ask for the first tokens."""
    return exchange(
        sandbox,
        grant_type="authorization_code",
        code=code,
        redirect_uri=sandbox.app + CALLBACK,
    )


def ask_who_am_i(sandbox: Sandbox, access_token: str) -> requests.Response:
    """Use a token."""
    return requests.get(
        f"{sandbox.pipedrive}/api/v1/users/me",
        headers={"Authorization": f"Bearer {access_token}"},
        timeout=10,
    )


def test_consent_ends_in_a_token_that_says_who_its_user_is(sandbox: Sandbox) -> None:
    consent = authorize(sandbox, decision="allow", user_id="102")
    back = parse_qs(urlsplit(consent.headers["Location"]).query)

    tokens = exchange_code(sandbox, back["code"][0]).json()

    assert consent.status_code == 302
    assert consent.headers["Location"].startswith(f"{sandbox.app}{CALLBACK}?")
    assert back["state"] == ["s-1"]
    assert tokens.pop("refresh_token").startswith("7001:102:")
    me = ask_who_am_i(sandbox, tokens.pop("access_token")).json()["data"]
    assert tokens == {
        "token_type": "Bearer",
        "scope": SCOPE,
        "expires_in": 3599,
        "api_domain": sandbox.pipedrive,
    }
    assert (me["id"], me["company_id"], me["company_domain"]) == (102, 7001, "brightside")
    assert me["language"] == {"language_code": "tr", "country_code": "TR"}
    assert not any(entry["admin"] for entry in me["access"])


def test_refused_consent_comes_back_as_user_denied(sandbox: Sandbox) -> None:
    answer = authorize(sandbox, decision="deny")

    back = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert back == {"error": ["user_denied"], "state": ["s-1"]}


def test_a_code_works_once(sandbox: Sandbox) -> None:
    code = get_code(sandbox)

    first, second = exchange_code(sandbox, code), exchange_code(sandbox, code)

    assert first.status_code == 200
    assert second.status_code == 400
    assert second.json() == {
        "success": False,
        "message": "Invalid grant: authorization code is invalid",
        "error": "invalid_grant",
    }


def test_a_code_dies_after_five_minutes(sandbox: Sandbox) -> None:
    code = get_code(sandbox)

    sandbox.control("clock", {"advance_seconds": 301})

    assert exchange_code(sandbox, code).json()["error"] == "invalid_grant"


def test_a_code_is_bound_to_the_callback_it_was_asked_for(sandbox: Sandbox) -> None:
    answer = exchange(
        sandbox,
        grant_type="authorization_code",
        code=get_code(sandbox),
        redirect_uri=sandbox.app + "/elsewhere/",
    )

    assert answer.json()["error"] == "invalid_grant"


def test_the_consent_page_refuses_strange_apps_and_callbacks(sandbox: Sandbox) -> None:
    good = {"client_id": "sandbox-pipedrive", "redirect_uri": sandbox.app + CALLBACK}
    bad = [
        good | {"client_id": "another"},
        good | {"redirect_uri": "https://evil.example/callback"},
        good | {"redirect_uri": ""},
        good | {"scope": ""},
    ]

    statuses = [
        requests.get(f"{sandbox.pipedrive}/oauth/authorize", params=query, timeout=10).status_code
        for query in [good, *bad]
    ]

    assert statuses == [200, 400, 400, 400, 400]


def test_wrong_credentials_get_no_token(sandbox: Sandbox) -> None:
    code = get_code(sandbox)

    answer = requests.post(
        f"{sandbox.pipedrive}/oauth/token",
        data={"grant_type": "authorization_code", "code": code},
        auth=("sandbox-pipedrive", "wrong"),
        timeout=10,
    )

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client")
    assert exchange_code(sandbox, code).status_code == 200


def test_the_token_route_names_what_is_missing(sandbox: Sandbox) -> None:
    url = f"{sandbox.pipedrive}/oauth/token"

    as_json = requests.post(url, json={"grant_type": "refresh_token"}, auth=BASIC, timeout=10)

    assert as_json.json()["error"] == "invalid_request"
    assert exchange(sandbox, code="x").json()["error"] == "invalid_request"
    assert exchange(sandbox, grant_type="password").json()["error"] == "unsupported_grant_type"


def test_an_access_token_dies_after_an_hour(sandbox: Sandbox, mehmet: Api) -> None:
    before = mehmet.get("v1/users/me")

    sandbox.control("clock", {"advance_seconds": 3600})

    after = mehmet.get("v1/users/me")
    assert before.status_code == 200
    assert after.status_code == 401
    assert after.json() == {
        "success": False,
        "error": "unauthorized access",
        "errorCode": 401,
        "error_info": "Please check developers.pipedrive.com",
    }


def test_a_rotated_refresh_token_works_once(sandbox: Sandbox, mehmet: Api) -> None:
    old = mehmet.grant["refresh_token"]

    first = exchange(sandbox, grant_type="refresh_token", refresh_token=old)
    again = exchange(sandbox, grant_type="refresh_token", refresh_token=old)

    new = first.json()
    assert new["refresh_token"] != old
    assert ask_who_am_i(sandbox, new["access_token"]).json()["data"]["id"] == 102
    assert again.status_code == 400
    assert again.json() == {
        "success": False,
        "message": "Invalid grant: refresh token has already been exchanged",
        "error": "invalid_grant",
    }


def test_of_two_refreshes_at_once_one_loses(sandbox: Sandbox, mehmet: Api) -> None:
    ask = {"grant_type": "refresh_token", "refresh_token": mehmet.grant["refresh_token"]}

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: exchange(sandbox, **ask), range(2)))

    assert sorted(answer.status_code for answer in answers) == [200, 400]


def test_without_rotation_the_same_refresh_token_comes_back(sandbox: Sandbox, mehmet: Api) -> None:
    sandbox.control("settings", {"pipedrive_rotate_refresh": False})
    old = mehmet.grant["refresh_token"]

    answers = [
        exchange(sandbox, grant_type="refresh_token", refresh_token=old).json() for _ in range(2)
    ]

    assert [answer["refresh_token"] for answer in answers] == [old, old]
    assert answers[0]["access_token"] != answers[1]["access_token"]


def test_a_refresh_token_dies_after_sixty_days_without_use(sandbox: Sandbox, mehmet: Api) -> None:
    sandbox.control("settings", {"pipedrive_rotate_refresh": False})
    ask = {"grant_type": "refresh_token", "refresh_token": mehmet.grant["refresh_token"]}

    sandbox.control("clock", {"advance_seconds": 59 * 86400})
    in_time = exchange(sandbox, **ask)
    sandbox.control("clock", {"advance_seconds": 59 * 86400})
    again_in_time = exchange(sandbox, **ask)
    sandbox.control("clock", {"advance_seconds": 61 * 86400})
    too_late = exchange(sandbox, **ask)

    assert [in_time.status_code, again_in_time.status_code] == [200, 200]
    assert too_late.json()["error"] == "invalid_grant"


def test_revoking_the_refresh_token_uninstalls_for_that_user_only(
    sandbox: Sandbox, mehmet: Api, emma: Api
) -> None:
    answer = requests.post(
        f"{sandbox.pipedrive}/oauth/revoke",
        data={"token": mehmet.grant["refresh_token"], "token_type_hint": "refresh_token"},
        auth=BASIC,
        timeout=10,
    )

    assert answer.status_code == 200
    assert mehmet.get("v1/users/me").status_code == 401
    assert emma.get("v1/users/me").status_code == 200


def test_revoking_an_unknown_token_is_no_error(sandbox: Sandbox) -> None:
    answer = requests.post(
        f"{sandbox.pipedrive}/oauth/revoke", data={"token": "unknown"}, auth=BASIC, timeout=10
    )

    assert answer.status_code == 200


def test_uninstalling_on_the_apps_page_tells_the_callback_and_ends_the_tokens(
    sandbox: Sandbox, app_server: App
) -> None:
    tokens = exchange_code(sandbox, get_code(sandbox, user_id=102)).json()
    with requests.Session() as browser:
        browser.post(f"{sandbox.pipedrive}/enter", data={"user_id": "102"}, timeout=10)

        page = browser.post(f"{sandbox.pipedrive}/settings/marketplace", timeout=10)

    assert "InvoiceBridge was told and answered 204." in page.text
    assert ask_who_am_i(sandbox, tokens["access_token"]).status_code == 401
    (call,) = app_server.calls
    assert call["path"] == CALLBACK
    assert call["authorization"] == "Basic " + base64.b64encode(":".join(BASIC).encode()).decode()
    assert call["body"].pop("timestamp")
    assert call["body"] == {
        "client_id": "sandbox-pipedrive",
        "company_id": 7001,
        "user_id": 102,
    }


def test_uninstalling_by_control_tells_the_default_callback(
    sandbox: Sandbox, app_server: App, emma: Api
) -> None:
    told = sandbox.control("pipedrive/7001/users/101/uninstall")

    assert told == {"callback_status": 204}
    assert [(call["path"], call["body"]["user_id"]) for call in app_server.calls] == [
        (CALLBACK, 101)
    ]
    assert emma.get("v1/users/me").status_code == 401
